"""The ordinary weeks: providers report, councils refer and answer, some in time and some not.

Knows what people are told: facts, and matches of their own. Everything is drawn from the stage's own chance. Scripted
scenes have homes, referrals and people of their own, which this leaves alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from schemas import referrals, vacancies
from schemas.words import (
    ChoiceReason,
    CloseReason,
    CouncilDecline,
    ExtendReason,
    FallThroughReason,
    Kind,
    ProviderDecline,
)
from services.demo.play import Act, Play
from services.demo.stage import Happened, Stage, team
from services.demo.world import FIRST, NEEDS, ON_LADDER, Home
from services.matcher.adapters.terms_files import POLICY
from services.matcher.domain.calendar import LONDON

RELEASES = tuple(each for each in CouncilDecline if each is not CouncilDecline.QUALITY_CONCERN)
DECLINES = (
    ProviderDecline.IMPACT_ON_CURRENT_RESIDENTS,
    ProviderDecline.STAFFING_OR_SKILLS,
    ProviderDecline.INSUFFICIENT_INFORMATION,
    ProviderDecline.LOCATION_RISK,
)
FELL = (
    FallThroughReason.PLAN_CHANGED,
    FallThroughReason.CHILD_OR_FAMILY_VIEWS,
    FallThroughReason.GROUP_CHANGED,
)
AFTERNOON = time(15)
CONFIRMS = 0.6
STANDS_BY = 0.3
"""How often somebody stands by while one council has a window alone."""


@dataclass(frozen=True, slots=True)
class Volume:
    """How much happens."""

    vacancies_at_start: int = 22
    referrals_at_start: int = 36
    vacancies_a_day: float = 1.4
    referrals_a_day: float = 2.2
    share_with_agreement: float = 0.75


@dataclass(slots=True)
class Known:
    """What people have been told so far."""

    windows: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Open windows, by id."""
    window_of: dict[str, str] = field(default_factory=dict)
    """The open window of a vacancy."""
    fits: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """By window, then by council: its referrals that fit, best order first as they came."""
    vouched: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """By vacancy: the nominations that its provider may answer."""
    open_referrals: dict[str, str] = field(default_factory=dict)
    """Referrals that still seek a place, with their council."""
    nominated: dict[str, int] = field(default_factory=dict)
    busy: dict[str, set[int]] = field(default_factory=dict)
    """By setting: places of which something has been said already."""


class Life:
    """The people. `react` is told every fact once."""

    def __init__(self, stage: Stage, homes: Iterable[Home], councils: Iterable[str], volume: Volume) -> None:
        self.stage, self.volume, self.known = stage, volume, Known()
        self.homes = {home.setting_id: home for home in homes if home.provision in ON_LADDER}
        self._near = [home for home in self.homes.values() if home.borough in FIRST]
        self._far = [home for home in self.homes.values() if home.borough not in FIRST]
        self._councils = list(councils)
        self._reactions = {
            "WindowOpened": self._window_opened,
            "WindowEnded": self._window_ended,
            "match_found": self._match_found,
            "NominationVouched": self._nomination_vouched,
            "NominationEnded": self._nomination_ended,
            "ChoiceOpened": self._choice_opened,
            "PlaceHeld": self._place_held,
            "TakeAgreed": self._take_agreed,
            "MovedIn": self._moved_in,
            "VacancyAged": self._vacancy_aged,
            "LadderEnded": self._ladder_ended,
            "WindowExtensionAsked": self._extension_asked,
            "ReferralOpened": self._referral_opened,
            "ReferralReopened": self._referral_opened,
            "ReferralConfirmationDue": self._confirmation_due,
            "Placed": self._referral_gone,
            "ReferralClosed": self._referral_gone,
        }
        self.play = Play(stage, self.react)
        self._own: dict[str, str] = {}

    # --- beginning ----------------------------------------------------------------------------------------

    def begin(self, until: datetime) -> None:
        """Let the weeks begin: a stock at once, then day by day until an instant."""
        stage = self.stage
        for _ in range(self.volume.referrals_at_start):
            self.play.begin(self._refers(), stage.after(stage.rng.uniform(0, 12)))
        for _ in range(self.volume.vacancies_at_start):
            self.play.begin(self._posts(), stage.after(stage.rng.uniform(0, 20)))
        self.arrive(until)

    def arrive(self, until: datetime | None) -> None:
        """Let referrals and vacancies come in until an instant, or for ever."""
        stage = self.stage
        self.play.begin(self._arrivals(self._refers, self.volume.referrals_a_day, until), stage.after(8))
        self.play.begin(self._arrivals(self._posts, self.volume.vacancies_a_day, until), stage.after(8))

    def _arrivals(self, kind: Any, a_day: float, until: datetime | None) -> Act:
        while until is None or self.stage.now < until:
            yield self.stage.after(self.stage.rng.expovariate(a_day / 8))
            self.play.begin(kind(), self.stage.now)

    def _home(self) -> Home:
        is_near = self._near and self.stage.rng.random() < self.volume.share_with_agreement
        return self.stage.rng.choice(self._near if is_near else self._far)

    def _posts(self) -> Act:
        """A provider posts a vacancy on a place of which it has said nothing yet."""
        rng = self.stage.rng
        home = self._home()
        busy = self.known.busy.setdefault(home.setting_id, set())
        free = [number for number in range(1, home.places + 1) if number not in busy]
        if not free:
            return
        busy.add(free[0])
        kind = Kind.EMERGENCY if rng.random() < 0.07 else Kind.PLANNED
        fee = (
            None
            if home.borough not in FIRST and rng.random() < 0.3
            else rng.randrange(380_000, 640_000, 5_000)
        )
        days = rng.choice((0, 0, 1, 3, 7))
        self.stage.say(
            home.by,
            vacancies.VacancyPosted,
            setting_id=home.setting_id,
            place=free[0],
            kind=kind,
            available_from=self.stage.today + timedelta(days=days),
            fee=fee,
        )
        yield from self._confirms_weekly(home)

    def _confirms_weekly(self, home: Home) -> Act:
        """Most say every week that all is as it was; the others wait to be reminded."""
        while self.stage.rng.random() < CONFIRMS and self._has_vacancy(home):
            yield self.stage.after(38 + self.stage.rng.uniform(0, 4))
            if self._has_vacancy(home):
                self.stage.say(home.by, vacancies.NoChange, setting_id=home.setting_id)

    def _has_vacancy(self, home: Home) -> bool:
        record = self.stage.log.latest("offers", home.setting_id)
        return record is None or any(
            place["vacancy"] for place in self.stage.setting(home.setting_id)["places"]
        )

    def _refers(self) -> Act:
        """A council submits a referral."""
        rng = self.stage.rng
        council = rng.choice(list(FIRST)) if rng.random() < 0.5 else rng.choice(self._councils)
        referral_id = self.stage.new_referral()
        self._own[referral_id] = council
        needs = {
            "age": rng.randint(7, 17),
            "gender": rng.choice(("female", "male")),
            "provisions": ["childrens_home"],
            "needs": sorted(rng.sample(NEEDS, rng.choice((0, 1, 1, 2)))),
            "needed_by": (self.stage.today + timedelta(days=rng.choice((2, 7, 14, 21, 28)))).isoformat(),
            "urgency": rng.choice(("same_day", "days", "weeks", "weeks")),
            "home_borough": council,
            "fee_max": rng.choice((None, None, 600_000)),
        }
        said = {"referral_id": referral_id, "council": council, "needs": needs, "policy": POLICY}
        self.stage.say(team(council), referrals.ReferralSubmitted, **said)
        yield self.stage.soon()

    # --- reacting -----------------------------------------------------------------------------------------

    def react(self, happened: Happened) -> None:
        """Take in what a person would be told, and perhaps begin to act on it."""
        reaction = self._reactions.get(happened.kind)
        if reaction is not None:
            reaction(happened)

    def _is_ours(self, setting_id: str) -> bool:
        return setting_id in self.homes

    def _pause(self, kind: str, least_h: float, most_h: float) -> datetime:
        """A while in working hours; in an emergency minutes."""
        hours = self.stage.rng.uniform(least_h, most_h)
        return self.stage.later(5 + hours * 5) if kind == Kind.EMERGENCY else self.stage.after(hours)

    def _window_opened(self, happened: Happened) -> None:
        if not self._is_ours(happened.key):
            return
        fact = dict(happened.fact)
        self.known.windows[fact["window_id"]] = fact
        self.known.window_of[fact["vacancy_id"]] = fact["window_id"]
        rng = self.stage.rng
        members = fact["members"]
        looking = members if len(members) == 1 else rng.sample(members, min(3, len(members)))
        for council in looking:
            act = self._looks(fact["window_id"], council, is_alone=len(members) == 1)
            self.play.begin(act, self._pause(fact["kind"], 0.5, 5))
        if fact["tier"] == 1 and len(members) == 1 and rng.random() < STANDS_BY:
            self.play.begin(self._stands_by(fact["vacancy_id"]), self._pause(fact["kind"], 1, 8))

    def _looks(self, window_id: str, council: str, *, is_alone: bool) -> Act:
        """A team looks at a window: acknowledges it, then puts a child forward, lets it go, or does nothing."""
        rng, stage = self.stage.rng, self.stage
        window = self.known.windows.get(window_id)
        if window is None:
            return
        if rng.random() < 0.85:
            stage.say(
                team(council),
                vacancies.AcknowledgeWindow,
                setting_id=_setting(window_id),
                window_id=window_id,
            )
        if is_alone and rng.random() < 0.06:
            said = {"window_id": window_id, "seconds": 8 * 3600, "reason": ExtendReason.VISIT}
            stage.say(team(council), vacancies.ExtendWindow, setting_id=_setting(window_id), **said)
        yield self._pause(window["kind"], 1, 8)
        if window_id not in self.known.windows:
            return
        if self._puts_forward(window_id, council):
            return
        if rng.random() < (0.55 if is_alone else 0.3):
            said = {"window_id": window_id, "reason": rng.choice(RELEASES)}
            stage.say(team(council), vacancies.ReleaseWindow, setting_id=_setting(window_id), **said)

    def _puts_forward(self, window_id: str, council: str) -> bool:
        """Nominate the council's referrals that fit, the ones that were matched first."""
        fits = self.known.fits.get(window_id, {}).get(council, [])
        fits = [each for each in fits if self.known.open_referrals.get(each) == council]
        fits = [each for each in fits if self.known.nominated.get(each, 0) < 2][
            : self.stage.rng.choice((1, 1, 2))
        ]
        for referral_id in fits:
            self.known.nominated[referral_id] = self.known.nominated.get(referral_id, 0) + 1
            said = {"window_id": window_id, "referral_id": referral_id}
            self.stage.say(team(council), vacancies.Nominate, setting_id=_setting(window_id), **said)
        return bool(fits)

    def _match_found(self, happened: Happened) -> None:
        fact = happened.fact
        if fact["near_miss"] is not None or fact["is_anticipated"] or fact["referral_id"] not in self._own:
            return
        window_id, council = fact["window_id"], fact["council"]
        if window_id is None:
            return
        known = self.known.fits.setdefault(window_id, {}).setdefault(council, [])
        if fact["referral_id"] not in known:
            known.append(fact["referral_id"])
        window = self.known.windows.get(window_id)
        if window is not None and len(window["members"]) > 1 and self.stage.rng.random() < 0.15:
            act = self._looks(window_id, council, is_alone=False)
            self.play.begin(act, self._pause(window["kind"], 0.5, 4))

    def _stands_by(self, vacancy_id: str) -> Act:
        """A neighbour that sees the place's profile stands by with a child of its own."""
        window = self.known.windows.get(self.known.window_of.get(vacancy_id, ""))
        waiting = self.known.open_referrals.items()
        holder = window["members"] if window is not None else ()
        theirs = [each for each, council in waiting if council in FIRST and council not in holder]
        if window is not None and theirs:
            referral_id = self.stage.rng.choice(theirs)
            said = {"vacancy_id": vacancy_id, "referral_id": referral_id}
            council = team(self.known.open_referrals[referral_id])
            self.stage.say(council, vacancies.RegisterStandby, setting_id=_setting(vacancy_id), **said)
        yield self.stage.soon()

    def _window_ended(self, happened: Happened) -> None:
        self.known.windows.pop(happened.fact["window_id"], None)
        self.known.window_of.pop(happened.fact["vacancy_id"], None)
        self.known.fits.pop(happened.fact["window_id"], None)

    # --- providers answer ---------------------------------------------------------------------------------

    def _nomination_vouched(self, happened: Happened) -> None:
        fact = happened.fact
        if not self._is_ours(happened.key) or "council" not in fact:
            return
        self.known.vouched.setdefault(fact["vacancy_id"], {})[fact["nomination_id"]] = dict(fact)
        window = self.known.windows.get(self.known.window_of.get(fact["vacancy_id"], ""))
        if window is not None and len(window["members"]) == 1:
            self.play.begin(self._answers(fact["vacancy_id"]), self._pause(window["kind"], 1, 7))

    def _choice_opened(self, happened: Happened) -> None:
        if self._is_ours(happened.key):
            self.play.begin(
                self._answers(happened.fact["vacancy_id"]), self.stage.after(self.stage.rng.uniform(0.5, 6))
            )

    def _answers(self, vacancy_id: str) -> Act:
        """A provider answers what it sees: usually one is accepted, some are declined, a few stay unanswered."""
        rng, home = self.stage.rng, self.homes[_setting(vacancy_id)]
        pending = list(self.known.vouched.get(vacancy_id, {}))
        if not pending or rng.random() < 0.08:
            return
        chosen = pending[0]
        if rng.random() < 0.7:
            said = {"nomination_id": chosen, "reason": ChoiceReason.BEST_MATCH}
            self.stage.say(home.by, vacancies.AcceptNomination, setting_id=home.setting_id, **said)
        else:
            said = {"nomination_id": chosen, "reason": rng.choice(DECLINES)}
            self.stage.say(home.by, vacancies.DeclineNomination, setting_id=home.setting_id, **said)
        yield self.stage.after(1)
        if self.known.vouched.get(vacancy_id) and chosen not in self.known.vouched[vacancy_id]:
            self.play.begin(self._answers(vacancy_id), self.stage.after(1))

    def _nomination_ended(self, happened: Happened) -> None:
        fact = happened.fact
        self.known.vouched.get(fact["vacancy_id"], {}).pop(fact["nomination_id"], None)
        referral_id = fact["referral_id"]
        if referral_id in self.known.nominated:
            self.known.nominated[referral_id] = max(0, self.known.nominated[referral_id] - 1)

    def _extension_asked(self, happened: Happened) -> None:
        if self._is_ours(happened.key) and self.stage.rng.random() < 0.7:
            self.play.begin(self._consents(happened), self.stage.after(1))

    def _consents(self, happened: Happened) -> Act:
        home, window_id = self.homes[happened.key], happened.fact["window_id"]
        if window_id in self.known.windows:
            self.stage.say(
                home.by, vacancies.ConsentToExtension, setting_id=happened.key, window_id=window_id
            )
        yield self.stage.soon()

    # --- taking, moving in --------------------------------------------------------------------------------

    def _place_held(self, happened: Happened) -> None:
        if self._is_ours(happened.key) and self.stage.rng.random() < 0.88:
            self.play.begin(
                self._takes(dict(happened.fact)), self.stage.after(self.stage.rng.uniform(0.3, 5))
            )

    def _takes(self, held: dict[str, Any]) -> Act:
        starts_on = self.stage.today + timedelta(days=self.stage.rng.choice((1, 2, 3, 5)))
        said = {"referral_id": held["referral_id"], "hold_id": held["hold_id"], "starts_on": starts_on}
        self.stage.say(team(held["council"]), referrals.TakePlace, **said)
        yield self.stage.soon()

    def _take_agreed(self, happened: Happened) -> None:
        if not self._is_ours(happened.key):
            return
        fact, rng = dict(happened.fact), self.stage.rng
        at = self._afternoon(date.fromisoformat(fact["starts_on"]))
        if rng.random() < 0.08:
            at = max(self.stage.after(1), at - timedelta(hours=20))
            self.play.begin(self._falls_through(fact), at)
        else:
            is_silent = rng.random() < 0.06
            self.play.begin(self._moves_in(fact), at + timedelta(days=2) * is_silent)

    def _afternoon(self, day: date) -> datetime:
        if self.stage.pace.hour is not None:
            return self.stage.after(self.stage.rng.uniform(6, 12))
        return max(datetime.combine(day, AFTERNOON, LONDON).astimezone(UTC), self.stage.soon())

    def _moves_in(self, fact: dict[str, Any]) -> Act:
        home = self.homes[_setting(fact["vacancy_id"])]
        self.stage.say(home.by, vacancies.MovedIn, setting_id=home.setting_id, vacancy_id=fact["vacancy_id"])
        yield self.stage.soon()

    def _falls_through(self, fact: dict[str, Any]) -> Act:
        said = {"vacancy_id": fact["vacancy_id"], "reason": self.stage.rng.choice(FELL)}
        self.stage.say(
            team(fact["council"]), vacancies.FellThrough, setting_id=_setting(fact["vacancy_id"]), **said
        )
        yield self.stage.soon()

    def _moved_in(self, happened: Happened) -> None:
        council = self._own.get(happened.fact["referral_id"])
        if council is not None:
            act = self._closes(happened.fact["referral_id"], council, CloseReason.NO_LONGER_NEEDED)
            self.play.begin(act, self.stage.after(self.stage.rng.uniform(8, 24)))

    # --- freshness, referrals -----------------------------------------------------------------------------

    def _vacancy_aged(self, happened: Happened) -> None:
        if self._is_ours(happened.key) and self.stage.rng.random() < 0.75:
            act = self._confirms(happened.key, happened.fact["vacancy_id"])
            self.play.begin(act, self.stage.after(self.stage.rng.uniform(1, 10)))

    def _ladder_ended(self, happened: Happened) -> None:
        if self._is_ours(happened.key) and self.stage.rng.random() < 0.2:
            act = self._confirms(happened.key, happened.fact["vacancy_id"])
            self.play.begin(act, self.stage.after(self.stage.rng.uniform(8, 30)))

    def _confirms(self, setting_id: str, vacancy_id: str) -> Act:
        home = self.homes[setting_id]
        if self.stage.vacancy(vacancy_id) is not None:
            self.stage.say(home.by, vacancies.VacancyConfirmed, setting_id=setting_id, vacancy_id=vacancy_id)
        yield self.stage.soon()

    def _referral_opened(self, happened: Happened) -> None:
        if happened.key in self._own:
            self.known.open_referrals[happened.key] = self._own[happened.key]

    def _referral_gone(self, happened: Happened) -> None:
        self.known.open_referrals.pop(happened.key, None)

    def _confirmation_due(self, happened: Happened) -> None:
        council = self._own.get(happened.key)
        if council is None:
            return
        at = self.stage.after(self.stage.rng.uniform(1, 8))
        if self.stage.rng.random() < 0.75:
            self.play.begin(self._confirms_referral(happened.key, council), at)
        else:
            self.play.begin(self._closes(happened.key, council, CloseReason.PLACED_ELSEWHERE), at)

    def _confirms_referral(self, referral_id: str, council: str) -> Act:
        self.stage.say(team(council), referrals.ReferralConfirmed, referral_id=referral_id)
        yield self.stage.soon()

    def _closes(self, referral_id: str, council: str, reason: CloseReason) -> Act:
        self.stage.say(team(council), referrals.ReferralClosed, referral_id=referral_id, reason=reason)
        yield self.stage.soon()


def _setting(instance: str) -> str:
    """The setting that an instance's id begins with."""
    return instance.partition(":")[0]
