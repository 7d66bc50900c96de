"""The life of one home under a ladder of three tiers: what its provider, councils, clock and notifier say next.

Knows the inputs of the offers rule book and the state that it left. Decides nothing: whoever speaks looks at the state
and says what somebody in that place would say; now and then too late, or about what is over. All follows from the seed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any, Final, NamedTuple

from schemas.words import (
    ChoiceReason,
    CouncilDecline,
    Judgement,
    Kind,
    ProviderDecline,
    Provision,
    Registration,
    Role,
    Sector,
    UnusableReason,
)
from services.matcher.adapters.terms_files import CALENDAR, POLICY
from services.matcher.domain import inputs
from services.matcher.domain.agreement import Agreement, Member, Tier
from services.matcher.domain.setting import Hold, Nomination, Place, Setting, Vacancy, Window
from services.matcher.domain.values import (
    AudienceId,
    CouncilId,
    InputId,
    Party,
    PlaceNumber,
    ProviderId,
    ReferralId,
    SettingId,
    WindowId,
)

from .feed import BOROUGHS

BEGINS_AT: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
STEP_S_MAX: Final = 4 * 3600
PLACES: Final = 4
"""The median home of London's register has four places; so has this one."""
CLOCK, NOTIFIER = Party(Role.CLOCK, "clock"), Party(Role.NOTIFIER, "notifier")
PLACEMENTS, REGISTER = Party(Role.PLACEMENTS, "placements"), Party(Role.REGISTER, "register")


DECLINES: Final = (
    ProviderDecline.STAFFING_OR_SKILLS,
    ProviderDecline.STAFFING_OR_SKILLS,
    ProviderDecline.IMPACT_ON_CURRENT_RESIDENTS,
    ProviderDecline.LOCATION_RISK,
)
"""Some block the pair, until the group changes or for ever; so an old home remembers more than a young one."""


class Said(NamedTuple):
    """An input and when the log took it in."""

    order: inputs.Input
    at: datetime


Answer = Callable[[], Said]


@dataclass(slots=True)
class Seen:
    """What of a home somebody may speak about now."""

    open: list[tuple[Vacancy, Window]]
    pending: list[Nomination]
    held: list[tuple[Vacancy, Hold]]
    reserved: list[Vacancy]
    waiting: list[Vacancy]
    """Vacancies that nobody may answer now: their ladder has ended, or something blocks them."""
    unusable: list[Place]
    lived_in: list[Place]

    @classmethod
    def of(cls, state: Setting) -> "Seen":
        vacancies = list(state.vacancies())
        return cls(
            open=[(each, each.window) for each in vacancies if each.window is not None],
            pending=[nomination for each in vacancies for nomination in each.nominations],
            held=[(each, each.hold) for each in vacancies if each.hold is not None],
            reserved=[each for each in vacancies if each.reservation is not None],
            waiting=[each for each in vacancies if each.blocked is not None],
            unusable=[place for place in state.places if place.unusable is not None],
            lived_in=[place for place in state.places if place.vacancy is None and place.unusable is None],
        )


class Life:
    """Says one input after the other; whoever decides them hands the state back."""

    def __init__(self, seed: int) -> None:
        self._draw = Random(seed)
        self._setting_id = SettingId(f"SC{seed:06}")
        self._provider = Party(Role.PROVIDER, f"P-{seed:010x}")
        councils = self._draw.sample(BOROUGHS, 5)
        self._ladder = councils[:1], sorted(councils), list(BOROUGHS)
        self._said = 0
        self._stale: list[WindowId] = []
        self.now = BEGINS_AT

    def beginning(self) -> Iterator[Said]:
        """Registered, judged, with an agreement."""
        yield self._by(REGISTER, inputs.SettingRegistered, **self._registration())
        yield self._by(REGISTER, inputs.SettingJudged, judgement=Judgement.GOOD)
        yield self._by(Party(Role.OPS, "ops"), inputs.AgreementAttached, agreement=self._agreement())

    def next(self, state: Setting, due_at: datetime | None) -> Said:
        """Say what comes next: what parts of Hearth say at once; then, some time later, what somebody says."""
        seen = Seen.of(state)
        if (untold := self._told(seen)) is not None:
            return untold
        self.now += timedelta(seconds=self._draw.randint(60, STEP_S_MAX))
        if due_at is not None and due_at <= self.now:
            return self._by(CLOCK, inputs.DeadlineDue)
        answers = [*self._answers(seen)]
        if answers and self._draw.random() < 0.7:
            return self._draw.choice(answers)()
        return self._provider_says(seen)

    # --- who says what ----------------------------------------------------------------------------------------

    def _told(self, seen: Seen) -> Said | None:
        """The notifier reports for each member of a window; placements vouches for each nomination."""
        for nomination in seen.pending:
            if not nomination.is_vouched:
                return self._by(PLACEMENTS, inputs.NominationVouched, nomination_id=nomination.nomination_id)
        for _, window in seen.open:
            told = {each.council for each in window.told}
            council = next((each for each in window.members if each not in told), None)
            if council is not None:
                fields = {"window_id": window.window_id, "council": council, "told_at": self.now}
                return self._by(NOTIFIER, inputs.WindowTold, **fields)
        return None

    def _answers(self, seen: Seen) -> Iterator[Answer]:
        """Everything that somebody may answer now; a window is answered by several councils."""
        for _, window in seen.open:
            yield from [partial(self._council_says, window)] * 3
        for nomination in seen.pending:
            yield partial(self._judged, nomination)
        for vacancy, hold in seen.held:
            yield partial(self._taken, vacancy, hold)
        for vacancy in seen.reserved:
            yield partial(self._own, inputs.MovedIn, vacancy_id=vacancy.vacancy_id)

    def _council_says(self, window: Window) -> Said:
        if len(self._stale) < 50:
            self._stale.append(window.window_id)
        by = Party(Role.TEAM, self._draw.choice(window.members))
        choice = self._draw.random()
        if choice < 0.4:
            referral = ReferralId(f"R-{self._draw.randint(1, 5000)}")
            return self._by(by, inputs.Nominate, window_id=window.window_id, referral_id=referral)
        if choice < 0.75:
            return self._by(by, inputs.AcknowledgeWindow, window_id=window.window_id)
        fields = {"window_id": window.window_id, "reason": CouncilDecline.NO_SUITABLE_CHILD}
        return self._by(by, inputs.ReleaseWindow, **fields)

    def _judged(self, nomination: Nomination) -> Said:
        named = {"nomination_id": nomination.nomination_id}
        if self._draw.random() < 0.4:
            return self._own(inputs.AcceptNomination, reason=ChoiceReason.BEST_MATCH, **named)
        return self._own(inputs.DeclineNomination, reason=self._draw.choice(DECLINES), **named)

    def _taken(self, vacancy: Vacancy, hold: Hold) -> Said:
        fields = {"hold_id": hold.hold_id, "take_id": f"{hold.referral_id}:t1", "asked_at": self.now}
        return self._by(
            PLACEMENTS,
            inputs.TakeAsked,
            vacancy_id=vacancy.vacancy_id,
            referral_id=hold.referral_id,
            starts_on=(self.now + timedelta(days=7)).date(),
            **fields,
        )

    def _provider_says(self, seen: Seen) -> Said:
        choice = self._draw.random()
        if choice < 0.4 and seen.waiting:
            return self._own(inputs.VacancyFilled, vacancy_id=self._draw.choice(seen.waiting).vacancy_id)
        if choice > 0.6 and seen.unusable:
            return self._own(inputs.PlaceUsable, place=seen.unusable[0].number)
        if choice < 0.35 or not seen.lived_in:
            return self._own(inputs.NoChange)
        place = self._draw.choice(seen.lived_in).number
        if choice < 0.75:
            available = (self.now + timedelta(days=7)).date()
            kind = self._draw.choice([Kind.PLANNED, Kind.PLANNED, Kind.EMERGENCY])
            return self._own(
                inputs.VacancyPosted, place=place, kind=kind, available_from=available, fee=480_000
            )
        return self._rarely(choice, place)

    def _rarely(self, choice: float, place: PlaceNumber) -> Said:
        if choice < 0.80:
            review_at = self.now + timedelta(days=2)
            return self._own(
                inputs.PlaceUnusable, place=place, reason=UnusableReason.STAFFING, review_at=review_at
            )
        if choice < 0.88:
            return self._own(inputs.PlaceOccupied, place=place)
        if choice < 0.94 and self._stale:
            window_id = self._draw.choice(self._stale)
            council = Party(Role.TEAM, self._ladder[0][0])
            return self._by(council, inputs.AcknowledgeWindow, window_id=window_id)
        return self._own(inputs.NumbersStated, vacant=self._draw.randint(0, 1), kind=Kind.PLANNED)

    # --- how it is said ---------------------------------------------------------------------------------------

    def _own(self, model: type[inputs.Input], /, **fields: Any) -> Said:
        return self._by(self._provider, model, **fields)

    def _by(self, by: Party, model: type[inputs.Input], /, **fields: Any) -> Said:
        self._said += 1
        given: dict[str, Any] = {"id": InputId(f"{self._setting_id}-{self._said}"), "by": by, **fields}
        return Said(model(setting_id=self._setting_id, observed_at=self.now, **given), self.now)

    def _registration(self) -> dict[str, Any]:
        return {
            "provider_id": ProviderId(self._provider.id),
            "provision": Provision.CHILDRENS_HOME,
            "sector": Sector.PRIVATE,
            "registration": Registration.REGISTERED,
            "region": "London",
            "borough": CouncilId(self._ladder[0][0]),
            "registered_places": PLACES,
            "policy": POLICY,
            "calendar": CALENDAR,
        }

    def _agreement(self) -> Agreement:
        tiers = tuple(
            Tier(audience=AudienceId(name), members=tuple(Member(CouncilId(each)) for each in councils))
            for name, councils in zip(("first", "near", "LONDON"), self._ladder, strict=True)
        )
        return Agreement(
            agreement_id=f"first-{self._setting_id.lower()}",
            version=1,
            valid_from=BEGINS_AT,
            valid_to=None,
            fee_max=None,
            tiers=tiers,
        )
