"""Law 10: the provider chooses among what was collected, and says why; with one there is nothing to choose."""

from itertools import product

import pytest

from schemas.words import ChoiceReason, Code, CouncilDecline
from services.matcher.domain import facts, inputs
from services.matcher.domain.values import NominationId
from tests.rules.offers_story import CAMDEN, HARINGEY, ISLINGTON, Story, in_window, only, team

SAYABLE = [reason for reason in ChoiceReason if reason is not ChoiceReason.ONLY_NOMINATION]


def two_collected() -> tuple[Story, NominationId, NominationId]:
    """Camden and Islington have nominated in the shared tier, everybody else has let it go: the choice is open."""
    story = in_window()
    story.release(HARINGEY)
    first, second = story.nominate(CAMDEN, "R-1"), story.nominate(ISLINGTON, "R-2")
    for council in story.window.members:
        if council not in {CAMDEN, ISLINGTON}:
            story.release(council)
    assert story.choice is not None
    return story, first, second


@pytest.mark.parametrize(("at", "reason"), [*product([0, 1], [None, ChoiceReason.ONLY_NOMINATION])], ids=str)
def test_among_several_a_choice_without_its_reason_is_refused_and_changes_nothing(
    at: int, reason: ChoiceReason | None
) -> None:
    story, *nominations = two_collected()
    before = story.vacancy
    answer = story.say(inputs.AcceptNomination, nomination_id=nominations[at], reason=reason)
    assert answer is not None
    assert (answer.answer, answer.facts, story.vacancy) == (Code.REASON_NEEDED, (), before)


@pytest.mark.parametrize(("at", "reason"), [*product([0, 1], SAYABLE)], ids=str)
def test_the_provider_may_choose_any_and_its_reason_is_recorded_with_the_hold(
    at: int, reason: ChoiceReason
) -> None:
    story, *nominations = two_collected()
    decision = story.do(inputs.AcceptNomination, nomination_id=nominations[at], reason=reason)
    (held,) = only(decision.facts, facts.PlaceHeld)
    assert (held.nomination_id, held.reason) == (nominations[at], reason)


@pytest.mark.parametrize("reason", [None, *ChoiceReason])
def test_the_only_nomination_is_recorded_as_such_whatever_was_said(reason: ChoiceReason | None) -> None:
    story = in_window()
    decision = story.do(inputs.AcceptNomination, nomination_id=story.nominate(), reason=reason)
    (held,) = only(decision.facts, facts.PlaceHeld)
    assert held.reason is ChoiceReason.ONLY_NOMINATION


def test_what_is_not_vouched_for_is_no_nomination_to_choose_from() -> None:
    story = in_window()
    nomination_id = story.nominate()
    story.nominate(referral="R-2", is_vouched=False)
    decision = story.do(inputs.AcceptNomination, nomination_id=nomination_id)
    (held,) = only(decision.facts, facts.PlaceHeld)
    assert held.reason is ChoiceReason.ONLY_NOMINATION


def test_what_has_gone_is_no_nomination_to_choose_from() -> None:
    story, first, second = two_collected()
    reason = CouncilDecline.PLAN_CHANGED
    story.do(inputs.WithdrawNomination, nomination_id=first, by=team(CAMDEN), reason=reason)
    decision = story.do(inputs.AcceptNomination, nomination_id=second)
    (held,) = only(decision.facts, facts.PlaceHeld)
    assert held.reason is ChoiceReason.ONLY_NOMINATION


def test_one_councils_several_nominations_are_a_choice_too() -> None:
    story = in_window()
    first = story.nominate()
    story.nominate(referral="R-2")
    assert story.refused(inputs.AcceptNomination, nomination_id=first) is Code.REASON_NEEDED
    story.do(inputs.AcceptNomination, nomination_id=first, reason=ChoiceReason.URGENCY)
    assert story.hold.nomination_id == first
