"""One council's referral and the words about it: terms, times, and a short way to say each input."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from schemas.words import (
    CalendarKind,
    CloseReason,
    Code,
    Gender,
    HoldEnd,
    Kind,
    NominationEnd,
    Provision,
    Role,
    Urgency,
)
from services.matcher.domain import placements
from services.matcher.domain import referral_inputs as inputs
from services.matcher.domain.decision import Decision
from services.matcher.domain.facts import Fact
from services.matcher.domain.policy import FreshnessPolicy, Policy, Terms
from services.matcher.domain.referral import Referral
from services.matcher.domain.values import (
    CouncilId,
    HoldId,
    InputId,
    Length,
    NominationId,
    Party,
    ReferralId,
    ReferralNeeds,
    SettingId,
    TakeId,
    VacancyId,
)

BEGIN = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
REFERRAL = ReferralId("R-1")
HARINGEY, BARNET = CouncilId("E09000014"), CouncilId("E09000003")
SETTING, OTHER_SETTING = SettingId("SC000001"), SettingId("SC000002")
VACANCY = VacancyId("SC000001:1:1")
NOMINATION = NominationId(f"{VACANCY}:n1")
HOLD, OTHER_HOLD = HoldId(f"{VACANCY}:h1"), HoldId("SC000002:1:1:h1")
TAKE = TakeId("R-1:t1")
STARTS_ON = date(2026, 6, 8)
POLICY = "2026-1"
TEAM = Party(Role.TEAM, HARINGEY)
OFFERS = Party(Role.OFFERS, "offers")
CLOCK = Party(Role.CLOCK, "clock")

NEEDS = ReferralNeeds(
    age=14,
    gender=Gender.FEMALE,
    provisions=(Provision.CHILDRENS_HOME,),
    needed_by=STARTS_ON,
    urgency=Urgency.WEEKS,
    home_borough=HARINGEY,
)

AnyInput = TypeVar("AnyInput", bound=inputs.ReferralInput)
AnyFact = TypeVar("AnyFact", bound=Fact)


def terms(memory_max: int = 100) -> Terms:
    hour = Length(CalendarKind.ELAPSED, 3600)
    by_kind = dict.fromkeys(Kind, hour)
    policy = Policy(
        version=POLICY,
        lengths=dict.fromkeys(Kind, (hour,)),
        default_ladder=(),
        remainder_fraction=0.25,
        remainder_min_s=3600,
        choice=by_kind,
        hold=by_kind,
        take_grace_s=600,
        information_pause=by_kind,
        future_max_s=120,
        told_late_s=300,
        freshness=FreshnessPolicy(ageing_days=8, stale_days=11, withdrawn_days=21),
        freshness_foster=FreshnessPolicy(ageing_days=8, stale_days=10, withdrawn_days=14),
        referral_confirm_days=14,
        judgements={},
        nominations_max=3,
        memory_max=memory_max,
    )
    return Terms({POLICY: policy}, {})


@dataclass(slots=True)
class Desk:
    """One referral under `decide`, as its decider would run it: time and state go on only with a decision."""

    terms: Terms = field(default_factory=terms)
    state: Referral | None = None
    now: datetime = BEGIN
    said: int = 0

    def say(self, kind: type[AnyInput], /, **fields: Any) -> Decision[Referral] | None:
        """Say something new, by whoever may say it, unless the fields tell otherwise."""
        return self.hear(self.make(kind, **fields))

    def make(self, kind: type[AnyInput], /, **fields: Any) -> AnyInput:
        self.said += 1
        speaker = OFFERS if placements.SPEAKERS.get(kind) is Role.OFFERS else TEAM
        given: dict[str, Any] = {
            "id": InputId(f"i-{self.said}"),
            "referral_id": REFERRAL,
            "by": CLOCK if kind is inputs.ReferralDeadlineDue else speaker,
            "observed_at": self.now,
            **DEFAULTS.get(kind, {}),
            **fields,
        }
        return kind(**given)

    def hear(self, order: inputs.ReferralInput) -> Decision[Referral] | None:
        decision = placements.decide(self.terms, self.state, order, self.now)
        if decision is not None:
            self.state = decision.state
        return decision

    def expect(self, kind: type[AnyInput], /, **fields: Any) -> Decision[Referral]:
        decision = self.say(kind, **fields)
        assert decision is not None
        return decision

    def known(self) -> Referral:
        assert self.state is not None
        return self.state

    def wait(self, **length: float) -> None:
        self.now += timedelta(**length)


NEW = {"council": HARINGEY, "needs": NEEDS, "policy": POLICY}
DEFAULTS: dict[type[inputs.ReferralInput], dict[str, Any]] = {
    inputs.ReferralAnticipated: NEW,
    inputs.ReferralSubmitted: NEW,
    inputs.ReferralAmended: {"needs": replace(NEEDS, age=15)},
    inputs.ReferralClosed: {"reason": CloseReason.PLAN_CHANGED},
    inputs.TakePlace: {"hold_id": HOLD, "starts_on": STARTS_ON},
    inputs.NominationTold: {
        "nomination_id": NOMINATION,
        "vacancy_id": VACANCY,
        "setting_id": SETTING,
        "council": HARINGEY,
    },
    inputs.NominationEndTold: {"nomination_id": NOMINATION, "end": NominationEnd.WITHDRAWN},
    inputs.HoldTold: {
        "hold_id": HOLD,
        "nomination_id": NOMINATION,
        "vacancy_id": VACANCY,
        "setting_id": SETTING,
        "council": HARINGEY,
        "until": BEGIN + timedelta(hours=8),
    },
    inputs.HoldEndTold: {"hold_id": HOLD, "end": HoldEnd.LAPSED},
    inputs.TakeAnswered: {"take_id": TAKE, "code": Code.ACCEPTED},
    inputs.MoveInTold: {"take_id": TAKE},
    inputs.FallThroughTold: {"take_id": TAKE},
}


def only(facts: Sequence[Fact], kind: type[AnyFact]) -> list[AnyFact]:
    return [fact for fact in facts if isinstance(fact, kind)]
