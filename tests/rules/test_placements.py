"""The placements rule book: each status against each word, and the rules that a table does not show."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from schemas.words import CloseReason, Code, DeadlineKind, HoldEnd, ReferralStatus, Role
from services.matcher.domain import placements
from services.matcher.domain import referral_facts as facts
from services.matcher.domain import referral_inputs as inputs
from services.matcher.domain.decision import Deadline
from services.matcher.domain.policy import TermsUnknown
from services.matcher.domain.values import HoldId, NominationId, Party, TakeId, VacancyId
from tests.rules.placing import (
    BARNET,
    BEGIN,
    HARINGEY,
    HOLD,
    NEEDS,
    NOMINATION,
    OFFERS,
    OTHER_HOLD,
    OTHER_SETTING,
    REFERRAL,
    SETTING,
    STARTS_ON,
    TAKE,
    TEAM,
    VACANCY,
    Desk,
    only,
    terms,
)

OTHER_NOMINATION = NominationId("SC000002:1:1:n1")
OTHER_VACANCY = VacancyId("SC000002:1:1")
ELSEWHERE = {"vacancy_id": OTHER_VACANCY, "setting_id": OTHER_SETTING}
CONFIRM = timedelta(days=14)


def unknown() -> Desk:
    return Desk()


def anticipated() -> Desk:
    desk = Desk()
    desk.expect(inputs.ReferralAnticipated)
    return desk


def opened() -> Desk:
    desk = Desk()
    desk.expect(inputs.ReferralSubmitted)
    return desk


def nominated() -> Desk:
    desk = opened()
    desk.expect(inputs.NominationTold)
    desk.expect(inputs.NominationTold, nomination_id=OTHER_NOMINATION, **ELSEWHERE)
    return desk


def held() -> Desk:
    desk = opened()
    desk.expect(inputs.HoldTold)
    return desk


def locked() -> Desk:
    """Locked for one hold, with another hold and a nomination elsewhere."""
    desk = held()
    desk.expect(inputs.HoldTold, hold_id=OTHER_HOLD, **ELSEWHERE)
    desk.expect(inputs.NominationTold, nomination_id=OTHER_NOMINATION, **ELSEWHERE)
    desk.expect(inputs.TakePlace)
    return desk


def placed() -> Desk:
    desk = locked()
    desk.expect(inputs.TakeAnswered)
    return desk


def moved_in() -> Desk:
    desk = placed()
    desk.expect(inputs.MoveInTold)
    return desk


def closed() -> Desk:
    desk = opened()
    desk.expect(inputs.ReferralClosed)
    return desk


LIVES: dict[str, Callable[[], Desk]] = {
    "unknown": unknown,
    "anticipated": anticipated,
    "opened": opened,
    "held": held,
    "locked": locked,
    "placed": placed,
    "moved_in": moved_in,
    "closed": closed,
}
WORDS = list(placements.SPEAKERS)
ALREADY, UNKNOWN, STALE, OK = (
    Code.ALREADY_SUBMITTED,
    Code.UNKNOWN_REFERRAL,
    Code.STALE_INSTANCE,
    Code.ACCEPTED,
)
SAME = Code.CHANGES_NOTHING
EARLY, LOCKED, PLACED, CLOSED = (
    Code.REFERRAL_ANTICIPATED,
    Code.REFERRAL_LOCKED,
    Code.REFERRAL_PLACED,
    Code.REFERRAL_CLOSED,
)
ANSWERS: dict[type[inputs.ReferralInput], tuple[Code, ...]] = {
    inputs.ReferralAnticipated: (OK, *[ALREADY] * 7),
    inputs.ReferralSubmitted: (OK, OK, *[ALREADY] * 6),
    inputs.ReferralAmended: (UNKNOWN, *[OK] * 6, CLOSED),
    inputs.ReferralConfirmed: (UNKNOWN, *[OK] * 6, CLOSED),
    inputs.ReferralClosed: (UNKNOWN, *[OK] * 6, CLOSED),
    inputs.TakePlace: (UNKNOWN, EARLY, Code.UNKNOWN_HOLD, OK, LOCKED, PLACED, PLACED, CLOSED),
    inputs.NominationTold: (UNKNOWN, EARLY, OK, OK, LOCKED, PLACED, PLACED, CLOSED),
    inputs.NominationEndTold: (UNKNOWN, *[SAME] * 7),
    inputs.HoldTold: (UNKNOWN, EARLY, OK, SAME, SAME, SAME, SAME, CLOSED),
    inputs.HoldEndTold: (UNKNOWN, SAME, SAME, OK, OK, SAME, SAME, SAME),
    inputs.TakeAnswered: (UNKNOWN, STALE, STALE, STALE, OK, STALE, STALE, STALE),
    inputs.MoveInTold: (UNKNOWN, STALE, STALE, STALE, STALE, OK, SAME, STALE),
    inputs.FallThroughTold: (UNKNOWN, STALE, STALE, STALE, OK, OK, OK, STALE),
}
"""What each word is answered in each life, in the order of `LIVES`."""
MATRIX = [
    pytest.param(life, word, answers[index], id=f"{word.__name__}-{life}")
    for word, answers in ANSWERS.items()
    for index, life in enumerate(LIVES)
]


def but_memory(desk: Desk) -> Any:
    if desk.state is None:
        return None
    return replace(desk.state, memory=(), nominations_ended=(), holds_ended=())


# --- the matrix --------------------------------------------------------------------------------------------


def test_the_matrix_knows_every_word() -> None:
    assert set(ANSWERS) == set(WORDS)


@pytest.mark.parametrize(("life", "word", "answer"), MATRIX)
def test_every_word_in_every_life_is_answered(
    life: str, word: type[inputs.ReferralInput], answer: Code
) -> None:
    assert LIVES[life]().expect(word).answer is answer


@pytest.mark.parametrize(("life", "word", "answer"), MATRIX)
def test_a_refusal_changes_nothing_but_what_is_remembered(
    life: str, word: type[inputs.ReferralInput], answer: Code
) -> None:
    desk = LIVES[life]()
    before = but_memory(desk)
    desk.wait(minutes=1)
    desk.expect(word)
    assert (but_memory(desk) == before) is (answer is not OK)


@pytest.mark.parametrize("life", LIVES)
@pytest.mark.parametrize("word", WORDS)
def test_only_the_one_role_may_say_a_word(life: str, word: type[inputs.ReferralInput]) -> None:
    for role in set(Role) - {placements.SPEAKERS[word]}:
        desk = LIVES[life]()
        before = but_memory(desk)
        decision = desk.expect(word, by=Party(role, HARINGEY), recorded_by=TEAM)
        assert decision.answer is Code.NOT_YOUR_ROLE
        assert not decision.facts
        assert but_memory(desk) == before


@pytest.mark.parametrize("life", [life for life in LIVES if life != "unknown"])
@pytest.mark.parametrize("word", [word for word in WORDS if placements.SPEAKERS[word] is Role.TEAM])
def test_another_council_has_no_say(life: str, word: type[inputs.ReferralInput]) -> None:
    desk = LIVES[life]()
    before = but_memory(desk)
    decision = desk.expect(word, by=Party(Role.TEAM, BARNET), recorded_by=TEAM)
    assert decision.answer is Code.NOT_YOUR_REFERRAL
    assert not decision.facts
    assert but_memory(desk) == before


@pytest.mark.parametrize("life", [life for life in LIVES if life != "unknown"])
@pytest.mark.parametrize("word", WORDS)
def test_a_repeat_gets_no_decision(life: str, word: type[inputs.ReferralInput]) -> None:
    desk = LIVES[life]()
    order = desk.make(word)
    assert desk.hear(order) is not None
    after = desk.state
    desk.wait(days=30)
    assert desk.hear(order) is None
    assert desk.state == after


@pytest.mark.parametrize("life", LIVES)
@pytest.mark.parametrize("word", [inputs.ReferralAnticipated, inputs.ReferralSubmitted])
def test_nobody_submits_for_another_council(life: str, word: type[inputs.ReferralInput]) -> None:
    assert LIVES[life]().expect(word, council=BARNET).answer is Code.NOT_YOUR_REFERRAL


@pytest.mark.parametrize("life", ["unknown", "anticipated"])
def test_a_policy_that_nobody_knows_is_refused(life: str) -> None:
    assert LIVES[life]().expect(inputs.ReferralSubmitted, policy="2099-1").answer is Code.UNKNOWN_POLICY


def test_a_state_under_a_policy_that_this_process_lacks_is_not_decided_on_a_guess() -> None:
    desk = opened()
    desk.state = replace(desk.known(), policy="2099-1")
    with pytest.raises(TermsUnknown):
        desk.say(inputs.ReferralConfirmed)


# --- time --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("life", [life for life in LIVES if life not in ("unknown", "closed")])
@pytest.mark.parametrize("ahead_s", [120, 121])
def test_what_is_observed_too_far_ahead_is_refused(life: str, ahead_s: int) -> None:
    desk = LIVES[life]()
    decision = desk.expect(inputs.ReferralConfirmed, observed_at=desk.now + timedelta(seconds=ahead_s))
    assert decision.answer is (OK if ahead_s == 120 else Code.OBSERVED_IN_FUTURE)


def test_a_submission_from_the_future_is_refused() -> None:
    decision = unknown().expect(inputs.ReferralSubmitted, observed_at=BEGIN + timedelta(minutes=3))
    assert (decision.answer, decision.state) == (Code.OBSERVED_IN_FUTURE, None)


@pytest.mark.parametrize("word", [inputs.ReferralAmended, inputs.ReferralConfirmed])
def test_an_older_observation_never_overwrites_a_newer(word: type[inputs.ReferralInput]) -> None:
    desk = opened()
    desk.wait(hours=2)
    desk.expect(word)
    later = desk.now
    desk.wait(hours=2)
    assert desk.expect(word, observed_at=later - timedelta(seconds=1)).answer is Code.OLDER_OBSERVATION
    assert desk.expect(word, observed_at=later).answer is OK


def test_an_amendment_raises_the_profile_version() -> None:
    desk = opened()
    assert desk.known().profile_version == 1
    desk.expect(inputs.ReferralAmended)
    assert desk.known().profile_version == 2


def test_submitting_what_was_anticipated_raises_the_version_only_if_the_needs_differ() -> None:
    same, other = anticipated(), anticipated()
    same.expect(inputs.ReferralSubmitted)
    other.expect(inputs.ReferralSubmitted, needs=replace(NEEDS, age=16))
    assert (same.known().profile_version, other.known().profile_version) == (1, 2)


def test_the_deadline_is_the_confirmation_while_the_referral_looks_for_a_place() -> None:
    deadline = Deadline(BEGIN + CONFIRM, DeadlineKind.REFERRAL_CONFIRMATION_DUE, REFERRAL)
    for life, make in LIVES.items():
        decision = make().expect(inputs.NominationEndTold)
        is_looking = life in ("anticipated", "opened", "held")
        assert decision.deadline == (deadline if is_looking else None)


@pytest.mark.parametrize("life", LIVES)
def test_a_deadline_that_finds_nothing_due_gets_no_decision(life: str) -> None:
    desk = LIVES[life]()
    desk.now = BEGIN + CONFIRM - timedelta(microseconds=1)
    assert desk.say(inputs.ReferralDeadlineDue) is None


def test_confirmation_falls_due_once_and_at_its_instant() -> None:
    desk = opened()
    desk.now = BEGIN + CONFIRM
    decision = desk.expect(inputs.ReferralDeadlineDue)
    assert decision.facts == (facts.ReferralConfirmationDue(),)
    assert decision.deadline is None
    assert desk.known().memory == opened().known().memory
    desk.wait(days=40)
    assert desk.say(inputs.ReferralDeadlineDue) is None


def test_what_is_due_is_ended_before_any_other_input_is_looked_at() -> None:
    desk = opened()
    desk.now = BEGIN + CONFIRM
    decision = desk.expect(inputs.NominationTold)
    assert decision.answer is Code.REFERRAL_NOT_CONFIRMED
    assert [type(fact) for fact in decision.facts] == [
        facts.ReferralConfirmationDue,
        facts.NominationDenied,
    ]


def test_a_referral_that_is_confirmed_is_vouched_for_again() -> None:
    desk = opened()
    desk.now = BEGIN + CONFIRM
    desk.expect(inputs.ReferralDeadlineDue)
    desk.expect(inputs.ReferralConfirmed)
    assert desk.expect(inputs.NominationTold).facts == (
        facts.NominationVouched(nomination_id=NOMINATION, setting_id=SETTING),
    )


def test_a_referral_that_is_due_may_still_take_the_place_that_is_held_for_it() -> None:
    desk = opened()
    desk.expect(inputs.HoldTold, until=BEGIN + 2 * CONFIRM)
    desk.now = BEGIN + CONFIRM
    assert desk.expect(inputs.TakePlace).answer is OK


def test_a_referral_that_comes_back_unconfirmed_is_due_at_once() -> None:
    desk = placed()
    desk.now = BEGIN + CONFIRM
    assert desk.say(inputs.ReferralDeadlineDue) is None
    decision = desk.expect(inputs.FallThroughTold)
    assert decision.facts == (facts.ReferralReopened(take_id=TAKE), facts.ReferralConfirmationDue())


# --- nominations and holds ---------------------------------------------------------------------------------


@pytest.mark.parametrize("life", LIVES)
def test_a_nomination_that_is_told_is_vouched_or_denied_with_the_reason(life: str) -> None:
    decision = LIVES[life]().expect(inputs.NominationTold)
    if decision.answer is OK:
        assert decision.facts == (facts.NominationVouched(nomination_id=NOMINATION, setting_id=SETTING),)
    else:
        (denied,) = decision.facts
        assert denied == facts.NominationDenied(
            nomination_id=NOMINATION, setting_id=SETTING, code=decision.answer
        )


@pytest.mark.parametrize("life", [life for life in LIVES if life != "unknown"])
def test_another_councils_nomination_is_denied_and_learns_nothing_of_the_referral(life: str) -> None:
    desk = LIVES[life]()
    (denied,) = desk.expect(inputs.NominationTold, council=BARNET).facts
    assert denied == facts.NominationDenied(
        nomination_id=NOMINATION, setting_id=SETTING, code=Code.NOT_YOUR_REFERRAL
    )


@pytest.mark.parametrize("life", ["unknown", "anticipated", "closed"])
def test_a_hold_that_the_referral_cannot_use_is_let_go_at_once(life: str) -> None:
    assert LIVES[life]().expect(inputs.HoldTold).facts == (
        facts.HoldLetGo(hold_id=HOLD, vacancy_id=VACANCY, setting_id=SETTING),
    )


@pytest.mark.parametrize("life", ["placed", "moved_in"])
def test_a_further_hold_for_a_placed_referral_is_let_go(life: str) -> None:
    further = HoldId(f"{OTHER_VACANCY}:h2")
    decision = LIVES[life]().expect(inputs.HoldTold, hold_id=further, **ELSEWHERE)
    assert decision.answer is PLACED
    assert only(decision.facts, facts.HoldLetGo)[0].hold_id == further


def test_several_places_may_be_held_and_one_more_while_locked() -> None:
    desk = locked()
    further = HoldId("SC000003:1:1:h1")
    decision = desk.expect(inputs.HoldTold, hold_id=further)
    assert decision.answer is OK
    assert [each.hold_id for each in desk.known().holds] == [HOLD, OTHER_HOLD, further]


def test_the_hold_that_was_taken_is_never_let_go_by_a_repeat() -> None:
    for make in (locked, placed, moved_in):
        decision = make().expect(inputs.HoldTold)
        assert (decision.answer, decision.facts) == (SAME, ())


@pytest.mark.parametrize("is_first_forgotten", [False, True])
def test_a_hold_told_after_its_end_does_not_come_back(is_first_forgotten: bool) -> None:
    desk = held() if is_first_forgotten else opened()
    desk.expect(inputs.HoldEndTold)
    decision = desk.expect(inputs.HoldTold)
    assert decision.answer is STALE
    assert decision.facts == (facts.HoldLetGo(hold_id=HOLD, vacancy_id=VACANCY, setting_id=SETTING),)
    assert desk.known().holds == ()
    assert desk.expect(inputs.TakePlace).answer is Code.HOLD_ENDED


def test_a_nomination_told_after_its_end_does_not_come_back() -> None:
    desk = nominated()
    desk.expect(inputs.NominationEndTold)
    decision = desk.expect(inputs.NominationTold)
    assert only(decision.facts, facts.NominationDenied)[0].code is STALE
    assert [each.nomination_id for each in desk.known().nominations] == [OTHER_NOMINATION]


def test_a_standing_nomination_told_again_is_vouched_for_again_also_while_locked() -> None:
    desk = locked()
    before = but_memory(desk)
    decision = desk.expect(inputs.NominationTold, nomination_id=OTHER_NOMINATION, **ELSEWHERE)
    assert only(decision.facts, facts.NominationVouched)
    assert but_memory(desk) == before


# --- one place ---------------------------------------------------------------------------------------------


def test_a_take_locks_the_referral_and_asks_the_vacancy() -> None:
    desk = held()
    desk.wait(hours=1)
    decision = desk.expect(inputs.TakePlace)
    assert decision.facts == (
        facts.TakeAsked(
            take_id=TAKE,
            hold_id=HOLD,
            vacancy_id=VACANCY,
            setting_id=SETTING,
            asked_at=desk.now,
            starts_on=STARTS_ON,
        ),
    )
    assert desk.known().status is ReferralStatus.LOCKED


@pytest.mark.parametrize("too_late", [False, True])
def test_at_the_deadline_of_a_hold_it_is_too_late_to_take_it(too_late: bool) -> None:
    desk = held()
    desk.now = BEGIN + timedelta(hours=8) - timedelta(microseconds=0 if too_late else 1)
    assert desk.expect(inputs.TakePlace).answer is (Code.HOLD_ENDED if too_late else OK)


def test_placed_lets_everything_else_go() -> None:
    desk = locked()
    decision = desk.expect(inputs.TakeAnswered)
    assert decision.facts == (
        facts.Placed(take_id=TAKE, vacancy_id=VACANCY),
        facts.NominationLetGo(nomination_id=OTHER_NOMINATION, setting_id=OTHER_SETTING),
        facts.HoldLetGo(hold_id=OTHER_HOLD, vacancy_id=OTHER_VACANCY, setting_id=OTHER_SETTING),
    )
    assert (desk.known().nominations, desk.known().holds) == ((), ())


def test_a_take_that_is_refused_leaves_the_rest_as_it_was_and_the_next_has_the_next_number() -> None:
    desk = locked()
    decision = desk.expect(inputs.TakeAnswered, code=Code.HOLD_ENDED)
    assert decision.facts == (
        facts.TakeFailed(take_id=TAKE, code=Code.HOLD_ENDED),
        facts.HoldGone(hold_id=HOLD),
    )
    assert desk.known().status is ReferralStatus.OPEN
    again = desk.expect(inputs.TakePlace, hold_id=OTHER_HOLD)
    assert only(again.facts, facts.TakeAsked)[0].take_id == TakeId("R-1:t2")


@pytest.mark.parametrize("word", [inputs.TakeAnswered, inputs.MoveInTold, inputs.FallThroughTold])
@pytest.mark.parametrize("life", ["locked", "placed", "moved_in"])
def test_a_word_about_another_take_is_stale(life: str, word: type[inputs.ReferralInput]) -> None:
    desk = LIVES[life]()
    before = but_memory(desk)
    decision = desk.expect(word, take_id=TakeId("R-1:t2"))
    assert (decision.answer, decision.facts) == (STALE, ())
    assert but_memory(desk) == before


def test_a_late_refusal_does_not_unplace() -> None:
    desk = placed()
    assert desk.expect(inputs.TakeAnswered, code=Code.HOLD_ENDED).answer is STALE
    assert desk.known().status is ReferralStatus.PLACED


def test_a_hold_that_ends_under_a_take_does_not_free_the_referral() -> None:
    desk = locked()
    decision = desk.expect(inputs.HoldEndTold, end=HoldEnd.LAPSED)
    assert decision.facts == (facts.HoldGone(hold_id=HOLD),)
    assert desk.known().status is ReferralStatus.LOCKED
    assert desk.expect(inputs.TakeAnswered).answer is OK


def test_a_placement_that_falls_through_opens_the_referral_again() -> None:
    desk = placed()
    assert desk.expect(inputs.FallThroughTold).facts == (facts.ReferralReopened(take_id=TAKE),)
    assert (desk.known().status, desk.known().take) == (ReferralStatus.OPEN, None)
    assert desk.expect(inputs.HoldTold).answer is STALE


# --- closing -----------------------------------------------------------------------------------------------

CLOSE = facts.ReferralClosed(reason=CloseReason.PLAN_CHANGED)


def test_closing_an_open_referral_lets_everything_go() -> None:
    desk = nominated()
    decision = desk.expect(inputs.ReferralClosed)
    assert decision.facts[0] == CLOSE
    assert len(only(decision.facts, facts.NominationLetGo)) == 2
    assert (desk.known().status, desk.known().closed) == (ReferralStatus.CLOSED, CloseReason.PLAN_CHANGED)


@pytest.mark.parametrize("life", ["locked", "placed"])
def test_closing_waits_for_the_vacancy(life: str) -> None:
    desk = LIVES[life]()
    status = desk.known().status
    decision = desk.expect(inputs.ReferralClosed)
    assert decision.facts == (facts.ReferralClosing(reason=CloseReason.PLAN_CHANGED),)
    assert desk.known().status is status
    assert desk.expect(inputs.ReferralClosed).answer is SAME


def test_a_closing_referral_is_closed_when_its_take_fails() -> None:
    desk = locked()
    desk.expect(inputs.ReferralClosed)
    told = desk.expect(inputs.TakeAnswered, code=Code.HOLD_ENDED).facts
    assert only(told, facts.ReferralClosed) == [CLOSE]
    assert len(only(told, facts.HoldLetGo)) == len(only(told, facts.NominationLetGo)) == 1
    assert desk.known().status is ReferralStatus.CLOSED


@pytest.mark.parametrize("word", [inputs.MoveInTold, inputs.FallThroughTold])
def test_a_closing_referral_that_was_placed_is_closed_by_the_vacancys_next_word(
    word: type[inputs.ReferralInput],
) -> None:
    desk = locked()
    desk.expect(inputs.ReferralClosed)
    desk.expect(inputs.TakeAnswered)
    assert (desk.known().status, desk.known().closing) == (
        ReferralStatus.PLACED,
        CloseReason.PLAN_CHANGED,
    )
    decision = desk.expect(word)
    assert only(decision.facts, facts.ReferralClosed) == [CLOSE]
    assert not only(decision.facts, facts.ReferralReopened)
    assert (desk.known().status, desk.known().take) == (ReferralStatus.CLOSED, None)


def test_a_referral_whose_child_has_moved_in_is_closed_at_once() -> None:
    desk = moved_in()
    assert desk.expect(inputs.ReferralClosed).facts == (CLOSE,)


# --- memory ------------------------------------------------------------------------------------------------


def test_the_memory_of_inputs_and_ends_is_bounded_by_policy() -> None:
    desk = Desk(terms(memory_max=5))
    desk.expect(inputs.ReferralSubmitted)
    for number in range(1, 30):
        vacancy_id = f"SC000001:1:{number}"
        desk.expect(inputs.NominationEndTold, nomination_id=NominationId(f"{vacancy_id}:n1"))
        desk.expect(inputs.HoldEndTold, hold_id=HoldId(f"{vacancy_id}:h1"))
    state = desk.known()
    assert [len(each) for each in (state.memory, state.nominations_ended, state.holds_ended)] == [5, 5, 5]
    assert state.memory[-1] == f"i-{desk.said}"
    assert state.holds_ended[-1] == "SC000001:1:29:h1"


def test_other_councils_cannot_crowd_out_what_is_remembered_of_ends() -> None:
    desk = held()
    desk.expect(inputs.HoldEndTold)
    for number in range(200):
        desk.expect(inputs.HoldTold, council=BARNET, hold_id=HoldId(f"{OTHER_VACANCY}:h{number}"))
        desk.expect(
            inputs.NominationTold, council=BARNET, nomination_id=NominationId(f"{OTHER_VACANCY}:n{number}")
        )
    assert desk.expect(inputs.HoldTold).answer is STALE


def test_an_unknown_referral_remembers_nothing() -> None:
    decision = unknown().expect(inputs.NominationTold, by=OFFERS)
    assert (decision.state, decision.deadline) == (None, None)
