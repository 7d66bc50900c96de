"""Both rule books and the couriers between them, in one small world with a wire but without a log.

Every decision is written to bytes, carried by the real couriers, and read back as an input. Each key has one queue
of inputs; each courier keeps, for each key that it reads, how far it has carried.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar

from runtime.dead_letters import Invalid
from runtime.log import Entry, Record
from runtime.records import rfc3339
from schemas import offers as offers_wire
from schemas import placements as placements_wire
from schemas.words import Judgement, Kind, Provision, Registration, Role, Sector
from services.matcher import couriers, translate
from services.matcher.domain import inputs, offers, placements, referral_inputs
from services.matcher.domain import values as v
from services.matcher.domain.agreement import Member, Tier
from services.matcher.domain.calendar import WorkingCalendar
from services.matcher.domain.decision import Decision
from services.matcher.domain.facts import Fact
from services.matcher.domain.policy import Terms
from services.matcher.domain.referral import Referral
from services.matcher.domain.setting import Setting
from tests.rules import placing
from tests.rules.placing import BARNET, BEGIN, HARINGEY, NEEDS, POLICY

State = TypeVar("State")

PROVIDER = v.Party(Role.PROVIDER, "P-00000001")
SETTINGS = (v.SettingId("SC000001"), v.SettingId("SC000002"))
COUNCILS = {
    v.ReferralId("R-1"): HARINGEY,
    v.ReferralId("R-2"): HARINGEY,
    v.ReferralId("R-3"): BARNET,
}
NO_HOLIDAYS = WorkingCalendar("none", date(2026, 1, 1), date(2027, 12, 31), frozenset())


def terms() -> Terms:
    """One hour for Haringey alone, then one for both councils; hours pass on every day."""
    policy = placing.terms(memory_max=300).policies[POLICY]
    ladder = (
        Tier(audience=v.AudienceId("haringey"), members=(Member(HARINGEY),)),
        Tier(audience=v.AudienceId("both"), members=(Member(HARINGEY), Member(BARNET))),
    )
    homes = {Provision.CHILDRENS_HOME: (Judgement.GOOD,)}
    policy = replace(policy, default_ladder=ladder, judgements=homes)
    return Terms({POLICY: policy}, {NO_HOLIDAYS.version: NO_HOLIDAYS})


TERMS = terms()


@dataclass
class Key(Generic[State]):
    """One key of one decider: its inputs that wait, its state, and all that it has decided."""

    state: State | None = None
    now: datetime = BEGIN
    inbox: deque[Entry] = field(default_factory=deque)
    records: list[Record] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    carried: int = 0
    """How many of its records the courier has carried."""


@dataclass
class World:
    now: datetime = BEGIN
    settings: dict[str, Key[Setting]] = field(default_factory=lambda: defaultdict(Key))
    referrals: dict[str, Key[Referral]] = field(default_factory=lambda: defaultdict(Key))
    said: int = 0

    # --- what people and the clock say ---

    def tell_setting(self, kind: type[inputs.Input], setting_id: str, by: v.Party, /, **fields: Any) -> None:
        """Decided at once: words of people reach the log when they are said."""
        order = kind(**self._common(by), setting_id=v.SettingId(setting_id), **fields)
        self._decide_setting(setting_id, order)

    def tell_referral(
        self, kind: type[referral_inputs.ReferralInput], referral_id: str, by: v.Party, /, **fields: Any
    ) -> None:
        order = kind(**self._common(by), referral_id=v.ReferralId(referral_id), **fields)
        self._decide_referral(referral_id, order)

    def _common(self, by: v.Party) -> dict[str, Any]:
        self.said += 1
        return {"id": v.InputId(f"said-{self.said}"), "by": by, "observed_at": self.now}

    def register(self, setting_id: str, places: int) -> None:
        self.tell_setting(
            inputs.SettingRegistered,
            setting_id,
            PROVIDER,
            provider_id=v.ProviderId(PROVIDER.id),
            provision=Provision.CHILDRENS_HOME,
            sector=Sector.PRIVATE,
            registration=Registration.REGISTERED,
            region="London",
            registered_places=places,
            policy=POLICY,
            calendar=NO_HOLIDAYS.version,
        )
        self.tell_setting(
            inputs.SettingJudged, setting_id, v.Party(Role.OPS, "ops"), judgement=Judgement.GOOD
        )

    def post(self, setting_id: str) -> None:
        self.tell_setting(
            inputs.VacancyPosted, setting_id, PROVIDER, kind=Kind.PLANNED, available_from=self.now.date()
        )

    def submit(self, referral_id: str) -> None:
        council = COUNCILS[v.ReferralId(referral_id)]
        self.tell_referral(
            referral_inputs.ReferralSubmitted,
            referral_id,
            v.Party(Role.TEAM, council),
            council=council,
            needs=NEEDS,
            policy=POLICY,
        )

    # --- deciders ---

    def step_setting(self, setting_id: str) -> None:
        """Decide the next input that waits."""
        entry = self.settings[setting_id].inbox.popleft()
        order = translate.read_offers_input(entry.key, entry.value, entry.headers)
        assert not isinstance(order, Invalid), order
        self._decide_setting(setting_id, order)

    def step_referral(self, referral_id: str) -> None:
        entry = self.referrals[referral_id].inbox.popleft()
        order = translate.read_placements_input(entry.key, entry.value, entry.headers)
        assert not isinstance(order, Invalid), order
        self._decide_referral(referral_id, order)

    def _decide_setting(self, setting_id: str, order: inputs.Input) -> None:
        key = self.settings[setting_id]
        now = max(self.now, key.now)
        decision = offers.decide(TERMS, key.state, order, now)
        self._append("offers", setting_id, key, decision, now, offers_wire.Decision.model_validate_json)

    def _decide_referral(self, referral_id: str, order: referral_inputs.ReferralInput) -> None:
        key = self.referrals[referral_id]
        now = max(self.now, key.now)
        decision = placements.decide(TERMS, key.state, order, now)
        validate = placements_wire.Decision.model_validate_json
        self._append("placements", referral_id, key, decision, now, validate)

    def _append(
        self,
        topic: str,
        name: str,
        key: Key[State],
        decision: Decision[State] | None,
        now: datetime,
        validate: Callable[[bytes], object],
    ) -> None:
        if decision is None:
            return
        value = translate.write_decision(decision)
        validate(value)
        version = len(key.records)
        headers = {"ce_version": str(version + 1), "ce_time": rfc3339(now)}
        key.records.append(Record(topic, version, name, value, headers, now))
        key.state, key.now = decision.state, now
        key.facts.extend(decision.facts)

    # --- couriers ---

    def carry_offers(self, setting_id: str) -> None:
        """Carry the next decision of a setting to the referrals that it speaks of."""
        self._carry(self.settings[setting_id], couriers.carry_offers, self.referrals)

    def carry_placements(self, referral_id: str) -> None:
        self._carry(self.referrals[referral_id], couriers.carry_placements, self.settings)

    def _carry(
        self, source: Key[Any], carry: Callable[[Record], Iterable[Entry]], targets: dict[str, Any]
    ) -> None:
        for entry in carry(source.records[source.carried]):
            targets[entry.key].inbox.append(entry)
        source.carried += 1

    # --- quiet ---

    def busy(self) -> list[tuple[Callable[[str], None], str]]:
        """Everything that could be done next, apart from what people say."""
        sides: list[tuple[dict[str, Any], Callable[[str], None], Callable[[str], None]]] = [
            (self.settings, self.step_setting, self.carry_offers),
            (self.referrals, self.step_referral, self.carry_placements),
        ]
        todo: list[tuple[Callable[[str], None], str]] = []
        for keys, step, carry in sides:
            todo += [(step, name) for name, key in keys.items() if key.inbox]
            todo += [(carry, name) for name, key in keys.items() if key.carried < len(key.records)]
        return todo

    def drain(self) -> None:
        """Do everything until there is nothing left; fail if it never ends."""
        for _ in range(5_000):
            todo = self.busy()
            if not todo:
                return
            do, name = todo[0]
            do(name)
        raise AssertionError("the two rule books never stop talking to each other")

    def wait(self, length: timedelta) -> None:
        """Let time pass and say that something is due, as the clock does."""
        self.now += length
        clock = v.Party(Role.CLOCK, "clock")
        for setting_id in self.settings:
            self.tell_setting(inputs.DeadlineDue, setting_id, clock)
        for referral_id in self.referrals:
            self.tell_referral(referral_inputs.ReferralDeadlineDue, referral_id, clock)
