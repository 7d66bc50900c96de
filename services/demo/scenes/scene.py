"""What a scene is made of: a home of its own, days of the six weeks, and short words for what people say in it.

Knows the stage. Every helper says one thing and lets a moment pass, so that the scene can go on from what was decided.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from schemas import referrals, vacancies
from schemas.base import Event
from schemas.words import ChoiceReason, CloseReason, Kind, ProviderDecline
from services.demo.channel import MadeUpChannel
from services.demo.play import Act
from services.demo.stage import Stage, team
from services.demo.world import HARINGEY, Home, attach
from services.matcher.adapters.terms_files import CALENDAR, POLICY
from services.matcher.domain.calendar import LONDON

Found = TypeVar("Found")
Step = Generator[datetime, None, Found]
"""A part of a scene that takes time and comes to something."""


@dataclass(slots=True)
class Theatre:
    """What all scenes share."""

    stage: Stage
    channel: MadeUpChannel
    days: tuple[date, ...]
    """The working days of the six weeks, the first and the last left out."""
    names: dict[str, str] = field(default_factory=dict)
    homes: list[Home] = field(default_factory=list)

    def new_home(self, name: str, prefix: str, provision: str, places: int, provider_id: str) -> Home:
        """Make up a home; nothing is said of it yet."""
        number = len(self.homes) + 1
        home = Home(f"{prefix}-{9_000_000 + number}", provider_id, provision, HARINGEY, places)
        self.homes.append(home)
        self.names[home.setting_id] = name
        return home


@dataclass(slots=True)
class Scene:
    """One home, its provider and its time."""

    theatre: Theatre
    home: Home
    more: Mapping[str, Any] = field(default_factory=dict)
    """What its registration says besides."""
    referred: list[tuple[str, str]] = field(default_factory=list)
    """Who referred what in it: council and referral."""

    @property
    def stage(self) -> Stage:
        return self.theatre.stage

    @property
    def id(self) -> str:
        return self.home.setting_id

    # --- time ---------------------------------------------------------------------------------------------

    def at(self, day: int, hour: float = 9.0) -> datetime:
        """An hour of a working day of the six weeks, in London; days count from 0."""
        minutes = round(hour * 60)
        clock = time(minutes // 60, minutes % 60)
        return datetime.combine(self.theatre.days[day], clock, LONDON).astimezone(UTC)

    # --- saying -------------------------------------------------------------------------------------------

    def says(self, model: type[Event], **fields: Any) -> str:
        """The provider says something about its home."""
        return self.stage.say(self.home.by, model, setting_id=self.id, **fields)

    def team_says(self, council: str, model: type[Event], **fields: Any) -> str:
        """A council says something about this home."""
        return self.stage.say(team(council), model, setting_id=self.id, **fields)

    def refers(self, council: str, model: type[Event] = referrals.ReferralSubmitted, **needs: Any) -> str:
        """A council submits a referral that fits, unless `needs` say otherwise."""
        referral_id = self.stage.new_referral()
        self.submits(council, referral_id, model, **needs)
        self.referred.append((council, referral_id))
        return referral_id

    def submits(
        self, council: str, referral_id: str, model: type[Event] = referrals.ReferralSubmitted, **needs: Any
    ) -> str:
        whole = {
            "age": 14,
            "gender": "female",
            "provisions": [self.home.provision],
            "needs": ["ebd"],
            "needed_by": (self.stage.today + timedelta(days=60)).isoformat(),
            "urgency": "days",
            "home_borough": council,
            **needs,
        }
        said = {"referral_id": referral_id, "council": council, "needs": whole, "policy": POLICY}
        return self.stage.say(team(council), model, **said)

    def registers(self, **more: Any) -> None:
        """The provider registers the home, judged good, with Haringey first."""
        self.registers_only(**more)
        self.says(vacancies.SettingJudged, judgement="good")
        attach(self.stage, self.home, "haringey-ncl")

    def registers_only(self, **more: Any) -> str:
        return self.says(
            vacancies.SettingRegistered,
            **{
                "provider_id": self.home.provider_id,
                "provision": self.home.provision,
                "sector": "private",
                "registration": "registered",
                "region": "London",
                "borough": HARINGEY,
                "registered_places": self.home.places,
                "profile": {"age_min": 8, "age_max": 17, "needs": ["ebd", "semh"]},
                "policy": POLICY,
                "calendar": CALENDAR,
                **self.more,
                **more,
            },
        )

    def clears(self) -> None:
        """Close what was referred and is still open."""
        for council, referral_id in self.referred:
            said = {"referral_id": referral_id, "reason": CloseReason.PLACED_ELSEWHERE}
            self.stage.say(team(council), referrals.ReferralClosed, **said)

    # --- steps --------------------------------------------------------------------------------------------

    def wait(self, minutes: float = 1) -> Step[None]:
        yield self.stage.later(minutes)

    def posts(self, kind: Kind = Kind.PLANNED, place: int | None = None, **more: Any) -> Step[str]:
        """Post a vacancy and return its id."""
        more = {"available_from": self.stage.today, "fee": 480_000, **more}
        said = self.says(vacancies.VacancyPosted, kind=kind, place=place, **more)
        yield from self.wait()
        return str(self.stage.fact(said, "VacancyPosted")["vacancy_id"])

    def window(self, vacancy_id: str) -> str:
        """The window that is open on a vacancy; LookupError if there is none."""
        vacancy = self.stage.vacancy(vacancy_id)
        if vacancy is None or vacancy["window"] is None:
            raise LookupError(f"{vacancy_id} has no window")
        return str(vacancy["window"]["window_id"])

    def nominates(self, council: str, vacancy_id: str, referral_id: str) -> Step[str]:
        """Put a referral forward, be vouched for, and return the nomination."""
        window_id = self.window(vacancy_id)
        said = self.team_says(council, vacancies.Nominate, window_id=window_id, referral_id=referral_id)
        yield from self.wait()
        return str(self.stage.fact(said, "NominationMade")["nomination_id"])

    def refers_and_nominates(self, council: str, vacancy_id: str, **needs: Any) -> Step[tuple[str, str]]:
        """Return referral and nomination."""
        referral_id = self.refers(council, **needs)
        yield from self.wait()
        return referral_id, (yield from self.nominates(council, vacancy_id, referral_id))

    def accepts(self, nomination_id: str, reason: ChoiceReason | None = None) -> Step[str]:
        """Hold the place and return the hold."""
        said = self.says(vacancies.AcceptNomination, nomination_id=nomination_id, reason=reason)
        yield from self.wait()
        return str(self.stage.fact(said, "PlaceHeld")["hold_id"])

    def declines(self, nomination_id: str, reason: ProviderDecline) -> Step[None]:
        self.says(vacancies.DeclineNomination, nomination_id=nomination_id, reason=reason)
        yield from self.wait()

    def takes(self, council: str, referral_id: str, hold_id: str, in_days: int = 1) -> Step[str]:
        starts_on = self.stage.today + timedelta(days=in_days)
        said = {"referral_id": referral_id, "hold_id": hold_id, "starts_on": starts_on}
        taken = self.stage.say(team(council), referrals.TakePlace, **said)
        yield from self.wait()
        return taken

    def held(self, council: str = HARINGEY, **posted: Any) -> Step[tuple[str, str, str]]:
        """Go from a registered home to a held place; return vacancy, referral and hold."""
        vacancy_id = yield from self.posts(**posted)
        referral_id, nomination_id = yield from self.refers_and_nominates(council, vacancy_id)
        return vacancy_id, referral_id, (yield from self.accepts(nomination_id))

    def placed(self, in_days: int = 1) -> Step[tuple[str, str]]:
        """Go from a registered home to a reserved place; return vacancy and referral."""
        vacancy_id, referral_id, hold_id = yield from self.held()
        yield from self.takes(HARINGEY, referral_id, hold_id, in_days)
        return vacancy_id, referral_id


Script = Callable[[Scene], Act]


@dataclass(frozen=True, slots=True)
class Listed:
    """A scene as it is put on: its script, the day and hour at which it begins, and its home."""

    script: Script
    day: int
    hour: float
    name: str
    prefix: str = "T"
    provision: str = "childrens_home"
    places: int = 4
    home: Mapping[str, Any] = field(default_factory=dict)
