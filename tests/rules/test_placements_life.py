"""One referral among vacancies that speak and listen through queues: random words, repeats, delays, reordering.

The vacancies here are a plain model of their side: one hold or reservation each, a take agreed while its hold
stands. Messages of one vacancy keep their order, those of different vacancies do not; everything that was ever
said may be said again.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schemas import placements as wire
from schemas.words import Code, HoldEnd, NominationEnd, ReferralStatus, Role
from services.matcher import translate
from services.matcher.domain import placements
from services.matcher.domain import referral_facts as facts
from services.matcher.domain import referral_inputs as inputs
from services.matcher.domain.decision import Decision
from services.matcher.domain.facts import Fact
from services.matcher.domain.referral import Referral
from services.matcher.domain.values import HoldId, NominationId, SettingId, TakeId, VacancyId
from tests.rules.placing import BARNET, HARINGEY, STARTS_ON, Desk, only, terms

LOCKED, PLACED = ReferralStatus.LOCKED, ReferralStatus.PLACED
FREEING: dict[ReferralStatus, tuple[type[inputs.ReferralInput], ...]] = {
    LOCKED: (inputs.TakeAnswered, inputs.FallThroughTold),
    PLACED: (inputs.FallThroughTold, inputs.MoveInTold, inputs.ReferralClosed),
}
"""The words that may end *locked* and *placed*; a council's own only once the child has moved in."""


COUNCIL_WORDS = [word for word, role in placements.SPEAKERS.items() if role is Role.TEAM][:-1]
mostly = st.sampled_from([True, True, True, True, True, False])
seldom = mostly.map(lambda is_so: not is_so)


@dataclass
class Vacancy:
    """The other side, as plain as can be. `out` are its messages on their way, in order."""

    setting_id: SettingId
    vacancy_id: VacancyId
    out: deque[inputs.ReferralInput] = field(default_factory=deque)
    nominations: list[NominationId] = field(default_factory=list)
    vouched: set[NominationId] = field(default_factory=set)
    hold: tuple[HoldId, Any] | None = None
    reserved: TakeId | None = None
    number: int = 0

    def next_number(self) -> int:
        self.number += 1
        return self.number


def is_free_and_nominated(vacancy: Vacancy) -> bool:
    return bool(vacancy.vouched) and vacancy.hold is None and vacancy.reserved is None


class OneReferral(RuleBasedStateMachine):
    """Every decision is held against the laws as it is made; when all is quiet both sides must agree."""

    @initialize(memory_max=st.sampled_from([3, 1000]), holds=st.integers(-1, 3))
    def begin(self, memory_max: int, holds: int) -> None:
        """Begin with nothing at all, or with an open referral for which places are held."""
        self.desk = Desk(terms(memory_max))
        self.is_forgetful = memory_max < 100
        self.vacancies = [Vacancy(SettingId(f"SC00000{n}"), VacancyId(f"SC00000{n}:1:1")) for n in (1, 2, 3)]
        self.inbox: deque[Fact] = deque()
        self.said: list[inputs.ReferralInput] = []
        self.carried: list[Fact] = []
        if holds >= 0:
            self.hear(self.desk.make(inputs.ReferralSubmitted))
        for n in range(holds):
            self.nominate(n, is_ours=True)
            self.deliver_everything()
            self.accept(0)

    # --- one decision and its laws ---

    def hear(self, order: inputs.ReferralInput) -> Decision[Referral] | None:
        before = self.desk.state
        decision = self.desk.hear(order)
        again = placements.decide(self.desk.terms, before, order, self.desk.now)
        assert again == decision
        self.said.append(order)
        if decision is None:
            is_deadline = isinstance(order, inputs.ReferralDeadlineDue)
            assert is_deadline or (before is not None and order.id in before.memory)
            return None
        self.check_bytes(before, order, decision)
        self.check_change(before, order, decision)
        self.check_answer(order, decision)
        self.inbox.extend(decision.facts)
        return decision

    def check_bytes(
        self, before: Referral | None, order: inputs.ReferralInput, decision: Decision[Referral]
    ) -> None:
        """A decision fits its schema, and from a state that was written and read comes the same again."""
        value = translate.write_decision(decision)
        wire.Decision.model_validate_json(value)
        assert translate.read_referral(value) == decision.state
        kept = translate.write_decision(Decision(before, Code.ACCEPTED, (), None))
        restored = placements.decide(self.desk.terms, translate.read_referral(kept), order, self.desk.now)
        assert restored is not None
        assert translate.write_decision(restored) == value

    def check_change(
        self, before: Referral | None, order: inputs.ReferralInput, decision: Decision[Referral]
    ) -> None:
        after = decision.state
        if decision.answer is not Code.ACCEPTED:
            assert plain(before) == plain(after)
        if before is None or after is None:
            return
        freeing = FREEING.get(before.status)
        if freeing is not None and after.status is not before.status:
            assert type(order) in freeing
            assert before.take is not None
            if isinstance(order, inputs.ReferralClosed):
                assert before.take.has_moved_in
            else:
                assert getattr(order, "take_id", None) == before.take.take_id
        assert after.takes_made - before.takes_made == len(only(decision.facts, facts.TakeAsked))

    def check_answer(self, order: inputs.ReferralInput, decision: Decision[Referral]) -> None:
        """Every nomination and every hold that is told is answered in the same decision."""
        match order:
            case inputs.NominationTold():
                vouched = only(decision.facts, facts.NominationVouched)
                denied = only(decision.facts, facts.NominationDenied)
                assert len(vouched) + len(denied) == 1
                named = {each.nomination_id for each in vouched} | {each.nomination_id for each in denied}
                assert named == {order.nomination_id}
            case inputs.HoldTold():
                state = decision.state
                is_known = state is not None and (
                    any(each.hold_id == order.hold_id for each in state.holds)
                    or (state.take is not None and state.take.hold_id == order.hold_id)
                )
                let_go = [each.hold_id for each in only(decision.facts, facts.HoldLetGo)]
                assert is_known or let_go == [order.hold_id]

    # --- the council and the clock ---

    @rule(kind=st.sampled_from(COUNCIL_WORDS), ago_s=st.integers(-100, 5_000), is_meant=st.booleans())
    def say(self, kind: type[inputs.ReferralInput], ago_s: int, is_meant: bool) -> None:
        """Closing is rarer, and what is amended or confirmed may have been observed before or just ahead."""
        if kind is not inputs.ReferralClosed or is_meant:
            self.hear(self.desk.make(kind, observed_at=self.desk.now - timedelta(seconds=ago_s)))

    @precondition(lambda self: self.desk.state is not None and self.desk.state.holds)
    @rule(choice=st.integers(0, 10))
    def take(self, choice: int) -> None:
        holds = self.desk.known().holds
        hold_id = holds[choice % len(holds)].hold_id
        self.hear(self.desk.make(inputs.TakePlace, hold_id=hold_id, starts_on=STARTS_ON))

    @rule(n=st.integers(0, 2), hold=st.integers(1, 9))
    def take_what_may_not_be_there(self, n: int, hold: int) -> None:
        hold_id = HoldId(f"{self.vacancies[n].vacancy_id}:h{hold}")
        self.hear(self.desk.make(inputs.TakePlace, hold_id=hold_id, starts_on=STARTS_ON))

    @rule(hours=st.sampled_from([0.1, 0.1, 0.1, 1, 1, 5, 24 * 15]), is_said=st.booleans())
    def wait(self, hours: float, is_said: bool) -> None:
        self.desk.wait(hours=hours)
        if is_said:
            self.hear(self.desk.make(inputs.ReferralDeadlineDue))

    # --- the vacancies ---

    @rule(n=st.integers(0, 2), is_ours=mostly)
    def nominate(self, n: int, is_ours: bool) -> None:
        vacancy = self.vacancies[n]
        nomination_id = NominationId(f"{vacancy.vacancy_id}:n{vacancy.next_number()}")
        vacancy.nominations.append(nomination_id)
        self.tell(
            vacancy,
            inputs.NominationTold,
            nomination_id=nomination_id,
            vacancy_id=vacancy.vacancy_id,
            setting_id=vacancy.setting_id,
            council=HARINGEY if is_ours else BARNET,
        )

    @precondition(lambda self: any(map(is_free_and_nominated, self.vacancies)))
    @rule(choice=st.integers(0, 2))
    def accept(self, choice: int) -> None:
        waiting = list(filter(is_free_and_nominated, self.vacancies))
        vacancy = waiting[choice % len(waiting)]
        nomination_id = min(vacancy.vouched)
        self.end_nomination(vacancy, nomination_id, NominationEnd.CHOSEN)
        until = self.desk.now + timedelta(hours=8)
        vacancy.hold = HoldId(f"{vacancy.vacancy_id}:h{vacancy.next_number()}"), until
        self.tell(
            vacancy,
            inputs.HoldTold,
            hold_id=vacancy.hold[0],
            nomination_id=nomination_id,
            vacancy_id=vacancy.vacancy_id,
            setting_id=vacancy.setting_id,
            until=until,
        )

    @rule(n=st.integers(0, 2), is_meant=seldom)
    def end_nominations(self, n: int, is_meant: bool) -> None:
        for nomination_id in list(self.vacancies[n].nominations) * is_meant:
            self.end_nomination(self.vacancies[n], nomination_id, NominationEnd.DECLINED)

    @precondition(lambda self: any(vacancy.hold for vacancy in self.vacancies))
    @rule(end=st.sampled_from([HoldEnd.LAPSED, HoldEnd.FELL_THROUGH]), is_meant=st.booleans())
    def end_hold(self, end: HoldEnd, is_meant: bool) -> None:
        if is_meant:
            self.drop_hold(next(vacancy for vacancy in self.vacancies if vacancy.hold), end)

    @precondition(lambda self: any(vacancy.reserved for vacancy in self.vacancies))
    @rule(kind=st.sampled_from([inputs.MoveInTold, inputs.FallThroughTold, inputs.FallThroughTold]))
    def end_reservation(self, kind: type[inputs.ReferralInput]) -> None:
        vacancy = next(vacancy for vacancy in self.vacancies if vacancy.reserved)
        self.tell(vacancy, kind, take_id=vacancy.reserved)
        vacancy.reserved = None

    def tell(self, vacancy: Vacancy, kind: type[inputs.ReferralInput], **fields: Any) -> None:
        vacancy.out.append(self.desk.make(kind, **fields))

    def end_nomination(self, vacancy: Vacancy, nomination_id: NominationId, end: NominationEnd) -> None:
        vacancy.nominations.remove(nomination_id)
        vacancy.vouched.discard(nomination_id)
        self.tell(vacancy, inputs.NominationEndTold, nomination_id=nomination_id, end=end)

    def drop_hold(self, vacancy: Vacancy, end: HoldEnd) -> None:
        assert vacancy.hold is not None
        self.tell(vacancy, inputs.HoldEndTold, hold_id=vacancy.hold[0], end=end)
        vacancy.hold = None

    # --- the couriers ---

    @rule(n=st.integers(0, 2), count=st.integers(1, 4))
    def deliver_to_the_referral(self, n: int, count: int) -> None:
        for _ in range(min(count, len(self.vacancies[n].out))):
            self.hear(self.vacancies[n].out.popleft())

    @rule()
    def deliver_everything(self) -> None:
        for message in self.drained():
            self.hear(message)

    @rule(count=st.integers(1, 6))
    def deliver_to_the_vacancies(self, count: int) -> None:
        for _ in range(min(count, len(self.inbox))):
            self.carried.append(self.inbox.popleft())
            self.answer(self.carried[-1])

    @precondition(lambda self: self.carried)
    @rule(back=st.integers(1, 30))
    def carry_again(self, back: int) -> None:
        self.answer(self.carried[-min(back, len(self.carried))])

    @precondition(lambda self: self.said)
    @rule(back=st.integers(1, 30))
    def say_again(self, back: int) -> None:
        """The same message once more, after whatever came between."""
        self.hear(self.said[-min(back, len(self.said))])

    def answer(self, fact: Fact) -> None:
        for vacancy in self.vacancies:
            match fact:
                case facts.NominationVouched() if fact.nomination_id in vacancy.nominations:
                    vacancy.vouched.add(fact.nomination_id)
                case facts.NominationDenied() if fact.nomination_id in vacancy.nominations:
                    self.end_nomination(vacancy, fact.nomination_id, NominationEnd.REFERRAL_NOT_OPEN)
                case facts.NominationLetGo() if fact.nomination_id in vacancy.nominations:
                    self.end_nomination(vacancy, fact.nomination_id, NominationEnd.LET_GO)
                case facts.HoldLetGo() if vacancy.hold and vacancy.hold[0] == fact.hold_id:
                    self.drop_hold(vacancy, HoldEnd.LET_GO)
                case facts.TakeAsked() if fact.vacancy_id == vacancy.vacancy_id:
                    self.answer_take(vacancy, fact)
                case _:
                    pass

    def answer_take(self, vacancy: Vacancy, fact: facts.TakeAsked) -> None:
        if vacancy.reserved == fact.take_id:
            return
        stands = vacancy.hold is not None and vacancy.hold[0] == fact.hold_id
        if stands and vacancy.hold is not None and fact.asked_at < vacancy.hold[1]:
            self.drop_hold(vacancy, HoldEnd.TAKEN)
            vacancy.reserved = fact.take_id
        code = Code.ACCEPTED if vacancy.reserved == fact.take_id else Code.HOLD_ENDED
        self.tell(vacancy, inputs.TakeAnswered, take_id=fact.take_id, code=code)

    # --- what always holds ---

    @invariant()
    def one_take_is_present_exactly_while_locked_or_placed(self) -> None:
        state = self.desk.state
        if state is not None:
            assert (state.take is not None) is (state.status in (LOCKED, PLACED))
            assert (state.closed is not None) is (state.status is ReferralStatus.CLOSED)
            assert state.closing is None or state.take is not None

    @invariant()
    def at_most_one_place_is_reserved_for_the_referral(self) -> None:
        assert sum(vacancy.reserved is not None for vacancy in self.vacancies) <= 1

    @invariant()
    def nothing_stands_for_a_referral_that_looks_for_no_place(self) -> None:
        state = self.desk.state
        if state is not None and state.status not in (ReferralStatus.OPEN, LOCKED):
            assert not state.nominations
            assert not state.holds

    @invariant()
    def memory_is_bounded(self) -> None:
        state = self.desk.state
        if state is not None:
            bound = 3 if self.is_forgetful else 1000
            assert all(
                len(ids) <= bound for ids in (state.memory, state.nominations_ended, state.holds_ended)
            )

    def teardown(self) -> None:
        """When every queue has drained, every take is settled and both sides know the same."""
        if not hasattr(self, "desk"):
            return
        for message in self.drained():
            self.hear(message)
        state = self.desk.state
        if state is None:
            return
        assert state.status is not LOCKED
        reserved = [each.reserved for each in self.vacancies if each.reserved]
        placed_in = [state.take.take_id] if state.take and not state.take.has_moved_in else []
        assert reserved == placed_in
        if not self.is_forgetful:
            held = {vacancy.hold[0] for vacancy in self.vacancies if vacancy.hold}
            pending = {each for vacancy in self.vacancies for each in vacancy.nominations}
            assert {each.hold_id for each in state.holds} == held
            assert {each.nomination_id for each in state.nominations} == pending

    def drained(self) -> Iterator[inputs.ReferralInput]:
        while self.inbox or any(vacancy.out for vacancy in self.vacancies):
            while self.inbox:
                self.answer(self.inbox.popleft())
            for vacancy in self.vacancies:
                if vacancy.out:
                    yield vacancy.out.popleft()


def plain(state: Referral | None) -> Referral | None:
    """What a refusal may not change."""
    if state is None:
        return None
    return replace(state, memory=(), nominations_ended=(), holds_ended=(), is_confirmation_due=False)


TestOneReferral = OneReferral.TestCase
TestOneReferral.settings = settings(
    max_examples=2 * min(100, settings().max_examples), stateful_step_count=60
)
