"""One setting told as a story: shipped terms, a Haringey-first ladder, time, and a short way to say each input.

Knows how to speak to the offers rule book and to keep what it answered. Judges nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from schemas.words import (
    BypassCode,
    Code,
    CouncilDecline,
    ExtendReason,
    FallThroughReason,
    Judgement,
    Kind,
    PauseReason,
    ProviderDecline,
    Provision,
    Registration,
    Role,
    Sector,
    UnusableReason,
)
from services.matcher.adapters.terms_files import CALENDAR, POLICY, load_terms
from services.matcher.domain import facts, inputs, offers
from services.matcher.domain.agreement import Agreement, Member, Tier
from services.matcher.domain.decision import Decision
from services.matcher.domain.facts import Fact
from services.matcher.domain.policy import Policy, Terms
from services.matcher.domain.setting import Choice, Hold, Place, Setting, Vacancy, Window
from services.matcher.domain.values import (
    AudienceId,
    CouncilId,
    InputId,
    NominationId,
    Party,
    ReferralId,
    SettingId,
    VacancyId,
)

AnyInput = TypeVar("AnyInput", bound=inputs.Input)
AnyFact = TypeVar("AnyFact", bound=Fact)

TERMS: Terms = load_terms()
SHIPPED: Policy = TERMS.policy(POLICY)
SETTING = SettingId("SC012345")
PROVIDER_ID = "P-0123456789"
MONDAY_10 = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
"""10:00 in London on a Monday in summer, with no bank holiday in the weeks that follow."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WORKING_DAY_S = 8 * 3600

HARINGEY, BARNET, CAMDEN = CouncilId("E09000014"), CouncilId("E09000003"), CouncilId("E09000007")
ENFIELD, ISLINGTON, HACKNEY = CouncilId("E09000010"), CouncilId("E09000019"), CouncilId("E09000012")
NCL = (BARNET, CAMDEN, ENFIELD, HARINGEY, ISLINGTON)
LONDON = tuple(CouncilId(f"E090000{number:02d}") for number in range(1, 34))
OUTSIDE = CouncilId("E06000001")

PROVIDER = Party(Role.PROVIDER, PROVIDER_ID)
OPS, CLOCK, NOTIFIER = Party(Role.OPS, "ops"), Party(Role.CLOCK, "clock"), Party(Role.NOTIFIER, "notifier")
REGISTER, PLACEMENTS = Party(Role.REGISTER, "register"), Party(Role.PLACEMENTS, "placements")


def team(council: CouncilId) -> Party:
    return Party(Role.TEAM, council)


def tier(audience: str, councils: Sequence[CouncilId], **fields: Any) -> Tier:
    return Tier(audience=AudienceId(audience), members=tuple(Member(each) for each in councils), **fields)


HARINGEY_FIRST = (tier("haringey", [HARINGEY]), tier("NCL", NCL), tier("LONDON", LONDON))


def agreement(**fields: Any) -> Agreement:
    """Haringey, then NCL, then London, in force since the day before."""
    given: dict[str, Any] = {
        "agreement_id": "haringey-first",
        "version": 1,
        "valid_from": MONDAY_10 - DAY,
        "valid_to": None,
        "fee_max": None,
        "tiers": HARINGEY_FIRST,
        **fields,
    }
    return Agreement(**given)


SPEAKERS: dict[type[inputs.Input], Party] = {
    inputs.SettingRegistered: REGISTER,
    inputs.SettingJudged: REGISTER,
    inputs.AgreementAttached: OPS,
    inputs.AgreementEnded: OPS,
    inputs.PolicyAdopted: OPS,
    inputs.DeadlineDue: CLOCK,
    inputs.WindowTold: NOTIFIER,
    inputs.WindowNotTold: NOTIFIER,
    inputs.NominationVouched: PLACEMENTS,
    inputs.NominationDenied: PLACEMENTS,
    inputs.NominationLetGo: PLACEMENTS,
    inputs.TakeAsked: PLACEMENTS,
    inputs.HoldLetGo: PLACEMENTS,
    **dict.fromkeys(
        (
            inputs.AcknowledgeWindow,
            inputs.ReleaseWindow,
            inputs.Nominate,
            inputs.WithdrawNomination,
            inputs.RegisterStandby,
            inputs.LetBlockPlaceGo,
        ),
        team(HARINGEY),
    ),
}
"""Who says it where the story does not: else the provider."""

DEFAULTS: dict[type[inputs.Input], dict[str, Any]] = {
    inputs.SettingRegistered: {
        "provider_id": PROVIDER_ID,
        "provision": Provision.CHILDRENS_HOME,
        "sector": Sector.PRIVATE,
        "registration": Registration.REGISTERED,
        "region": "London",
        "borough": HARINGEY,
        "registered_places": 4,
        "policy": POLICY,
        "calendar": CALENDAR,
    },
    inputs.SettingJudged: {"judgement": Judgement.GOOD},
    inputs.AgreementAttached: {"agreement": agreement()},
    inputs.SettingPaused: {"reason": PauseReason.STAFFING},
    inputs.PlaceUnusable: {"reason": UnusableReason.STAFFING},
    inputs.PlaceOnNotice: {"kind": Kind.PLANNED},
    inputs.VacancyPosted: {"kind": Kind.PLANNED, "available_from": date(2026, 6, 8)},
    inputs.NumbersStated: {"kind": Kind.PLANNED},
    inputs.ReleaseWindow: {"reason": CouncilDecline.NO_SUITABLE_CHILD},
    inputs.Nominate: {"referral_id": ReferralId("R-1")},
    inputs.WithdrawNomination: {"reason": CouncilDecline.PLAN_CHANGED},
    inputs.RegisterStandby: {"referral_id": ReferralId("R-9")},
    inputs.ExtendWindow: {"seconds": 3600, "reason": ExtendReason.VISIT},
    inputs.DeclineNomination: {"reason": ProviderDecline.OFSTED_RATING_CONCERN},
    inputs.DeclareBypass: {"code": BypassCode.COURT_ORDER},
    inputs.FellThrough: {"reason": FallThroughReason.PLAN_CHANGED},
}


@dataclass(slots=True)
class Story:
    """A setting under `decide`, as its decider would run it: state goes on only with a decision."""

    terms: Terms = TERMS
    state: Setting | None = None
    now: datetime = MONDAY_10
    said: int = 0
    told: list[Fact] = field(default_factory=list)
    heard: list[tuple[inputs.Input, datetime]] = field(default_factory=list)

    def make(self, kind: type[AnyInput], /, **fields: Any) -> AnyInput:
        self.said += 1
        given: dict[str, Any] = {
            "id": InputId(f"i-{self.said}"),
            "setting_id": SETTING,
            "by": SPEAKERS.get(kind, PROVIDER),
            "observed_at": self.now,
            **DEFAULTS.get(kind, {}),
            **fields,
        }
        return kind(**given)

    def say(self, kind: type[AnyInput], /, **fields: Any) -> Decision[Setting] | None:
        return self.hear(self.make(kind, **fields))

    def hear(self, order: inputs.Input) -> Decision[Setting] | None:
        self.heard.append((order, self.now))
        decision = offers.decide(self.terms, self.state, order, self.now)
        if decision is not None:
            self.state = decision.state
            self.told.extend(decision.facts)
        return decision

    def do(self, kind: type[AnyInput], /, **fields: Any) -> Decision[Setting]:
        """Say what must be accepted."""
        decision = self.say(kind, **fields)
        assert decision is not None
        assert decision.answer is Code.ACCEPTED, decision.answer
        return decision

    def refused(self, kind: type[AnyInput], /, **fields: Any) -> Code:
        """Say what must be refused, and see that nothing but memory and the time of looking has changed."""
        self.due()
        before = self.state
        decision = self.say(kind, **fields)
        assert decision is not None
        assert decision.answer is not Code.ACCEPTED
        assert forgetful(decision.state) == forgetful(before)
        return decision.answer

    def wait(self, length: timedelta | None = None, **parts: float) -> None:
        self.now += length if length is not None else timedelta(**parts)

    def due(self) -> Decision[Setting] | None:
        return self.say(inputs.DeadlineDue)

    def wait_until(self, at: datetime) -> Decision[Setting] | None:
        """Go to an instant and let the clock say so."""
        self.now = max(at, self.now)
        return self.due()

    # --- what stands now ---

    @property
    def known(self) -> Setting:
        assert self.state is not None
        return self.state

    def place(self, number: int = 1) -> Place:
        return self.known.places[number - 1]

    @property
    def vacancy(self) -> Vacancy:
        """The only vacancy."""
        (vacancy,) = self.known.vacancies()
        return vacancy

    def has_window(self) -> bool:
        """Whether a window of the only vacancy is open; a question, for the answer changes as the story goes on."""
        return self.vacancy.window is not None

    @property
    def window(self) -> Window:
        """The open window of the only vacancy."""
        assert self.vacancy.window is not None
        return self.vacancy.window

    @property
    def choice(self) -> Choice:
        assert self.vacancy.choice is not None
        return self.vacancy.choice

    @property
    def hold(self) -> Hold:
        assert self.vacancy.hold is not None
        return self.vacancy.hold

    def open_windows(self) -> Iterator[Window]:
        for vacancy in self.known.vacancies():
            if vacancy.window is not None:
                yield vacancy.window

    def all_told(self, kind: type[AnyFact]) -> list[AnyFact]:
        return [fact for fact in self.told if isinstance(fact, kind)]

    # --- steps that many stories share ---

    def be_told(self, council: CouncilId | None = None) -> None:
        """Let the notifier report that the holder was told at once."""
        window = self.window
        self.do(
            inputs.WindowTold,
            window_id=window.window_id,
            council=council or window.members[0],
            told_at=window.opened_at,
        )

    def nominate(
        self, council: CouncilId = HARINGEY, referral: str = "R-1", *, is_vouched: bool = True
    ) -> NominationId:
        decision = self.do(
            inputs.Nominate,
            by=team(council),
            window_id=self.window.window_id,
            referral_id=ReferralId(referral),
        )
        (made,) = only(decision.facts, facts.NominationMade)
        if is_vouched:
            self.do(inputs.NominationVouched, nomination_id=made.nomination_id)
        return made.nomination_id

    def be_held(self) -> Hold:
        """Nominate and accept in the window of a single council."""
        self.do(inputs.AcceptNomination, nomination_id=self.nominate())
        return self.hold

    def be_reserved(self) -> None:
        hold = self.be_held()
        self.do(inputs.TakeAsked, **take_of(self.vacancy, asked_at=self.now))
        assert self.vacancy.reservation is not None
        assert self.vacancy.reservation.hold_id == hold.hold_id

    def release(self, council: CouncilId | None = None) -> Decision[Setting]:
        window = self.window
        by = team(council or window.members[0])
        return self.do(inputs.ReleaseWindow, window_id=window.window_id, by=by)


def take_of(vacancy: Vacancy, asked_at: datetime, **fields: Any) -> dict[str, Any]:
    """The fields of a take of the place that is held."""
    assert vacancy.hold is not None
    given: dict[str, Any] = {
        "vacancy_id": vacancy.vacancy_id,
        "hold_id": vacancy.hold.hold_id,
        "take_id": f"{vacancy.hold.referral_id}:t1",
        "referral_id": vacancy.hold.referral_id,
        "asked_at": asked_at,
        "starts_on": date(2026, 6, 12),
    }
    return {**given, **fields}


def registered(*, terms: Terms = TERMS, now: datetime = MONDAY_10, **fields: Any) -> Story:
    """A registered home of four places, judged good, without an agreement."""
    story = Story(terms=terms, now=now)
    story.do(inputs.SettingRegistered, **fields)
    story.do(inputs.SettingJudged)
    return story


def haringey_first(*, terms: Terms = TERMS, now: datetime = MONDAY_10, **fields: Any) -> Story:
    """The same home under the Haringey-first agreement."""
    story = registered(terms=terms, now=now, **fields)
    story.do(inputs.AgreementAttached, agreement=agreement(valid_from=now - DAY))
    return story


def in_window(kind: Kind = Kind.EMERGENCY, **fields: Any) -> Story:
    """The same home with one vacancy in Haringey's window, of which Haringey was told at once."""
    story = haringey_first()
    story.do(inputs.VacancyPosted, place=1, kind=kind, **fields)
    story.be_told()
    return story


def in_shared_window(kind: Kind = Kind.EMERGENCY) -> Story:
    """The same, in NCL's window, after Haringey released its own."""
    story = in_window(kind)
    story.release()
    story.be_told(BARNET)
    return story


def vacancy_id(place: int = 1, episode: int = 1) -> VacancyId:
    return VacancyId(f"{SETTING}:{place}:{episode}")


def only(told: Sequence[Fact], kind: type[AnyFact]) -> list[AnyFact]:
    return [fact for fact in told if isinstance(fact, kind)]


def names(decision: Decision[Setting] | None) -> list[str]:
    return [] if decision is None else [type(fact).__name__ for fact in decision.facts]


def forgetful(setting: Setting | None) -> Setting | None:
    """The setting without its memory and the time of its last decision, which every input moves."""
    return None if setting is None else replace(setting, memory=(), looked_at=MONDAY_10)
