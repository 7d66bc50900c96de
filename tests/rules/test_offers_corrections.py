"""A mistake is corrected by an input that names the one that was wrong; nothing is erased."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.words import BypassCode, Code, Kind, Mistake, PlaceStatus, WindowOutcome, WithdrawReason
from services.matcher.domain import facts, inputs
from tests.rules.offers_story import (
    BARNET,
    CAMDEN,
    DAY,
    ENFIELD,
    HARINGEY,
    HOUR,
    ISLINGTON,
    MONDAY_10,
    NCL,
    OPS,
    PROVIDER,
    Story,
    haringey_first,
    in_shared_window,
    in_window,
    names,
    team,
    vacancy_id,
)


def correct(story: Story, mistake: Mistake, wrong: str | None = None, **fields: Any) -> Code:
    """Correct the last input, or the one that is named."""
    corrects = wrong or story.heard[-1][0].id
    decision = story.say(inputs.CorrectionMade, corrects=corrects, mistake=mistake, **fields)
    assert decision is not None
    return decision.answer


# --- filled or withdrawn in error ---


def test_a_vacancy_filled_in_error_comes_back_to_the_tier_that_it_left() -> None:
    story = in_window()
    story.release()
    story.wait(minutes=30)
    story.do(inputs.VacancyFilled, vacancy_id=vacancy_id(), code=BypassCode.COURT_ORDER)
    begun = len(story.told)
    assert correct(story, Mistake.FILLED_IN_ERROR) is Code.ACCEPTED
    assert [type(each).__name__ for each in story.told[begun:]] == ["Corrected", "WindowOpened"]
    assert story.vacancy.vacancy_id == vacancy_id(1, 1), "the same episode"
    assert (story.window.audience, story.window.closes_at) == ("NCL", story.now + HOUR)
    assert len(story.all_told(facts.BypassRecorded)) == 1, "nothing is erased"


def test_a_place_wrongly_said_to_be_lived_in_comes_back_too() -> None:
    story = in_window()
    story.do(inputs.PlaceOccupied, place=1)
    assert correct(story, Mistake.FILLED_IN_ERROR, by=OPS) is Code.ACCEPTED
    assert story.place().status is PlaceStatus.VACANT


def test_a_vacancy_withdrawn_in_error_comes_back() -> None:
    story = in_window()
    story.do(inputs.VacancyWithdrawn, vacancy_id=vacancy_id())
    assert correct(story, Mistake.WITHDRAWN_IN_ERROR) is Code.ACCEPTED
    assert story.window.audience == "haringey"


def test_a_nil_return_in_error_brings_back_every_vacancy_that_it_ended() -> None:
    story = haringey_first()
    story.do(inputs.NumbersStated, vacant=3, kind=Kind.EMERGENCY)
    story.wait(minutes=1)
    story.do(inputs.NilReturn)
    assert list(story.known.vacancies()) == []
    assert correct(story, Mistake.WITHDRAWN_IN_ERROR) is Code.ACCEPTED
    assert [each.place for each in story.known.vacancies()] == [1, 2, 3]
    assert len(list(story.open_windows())) == 3


def test_a_correction_that_is_older_news_is_refused() -> None:
    story = in_window()
    story.do(inputs.VacancyFilled, vacancy_id=vacancy_id())
    filled = story.heard[-1][0].id
    story.wait(hours=2)
    story.do(inputs.PlaceOccupied, place=1)
    seen_at = story.now - HOUR
    code = correct(story, Mistake.FILLED_IN_ERROR, filled, observed_at=seen_at)
    assert code is Code.OLDER_OBSERVATION


@pytest.mark.parametrize("mistake", Mistake)
def test_what_has_nothing_to_put_right_is_refused(mistake: Mistake) -> None:
    story = in_window()
    code = story.refused(inputs.CorrectionMade, by=OPS, corrects="i-999", mistake=mistake)
    assert code is Code.NOTHING_TO_CORRECT


def test_a_place_in_its_next_episode_does_not_get_the_last_one_back() -> None:
    story = in_window()
    story.do(inputs.VacancyWithdrawn, vacancy_id=vacancy_id())
    wrong = story.heard[-1][0].id
    story.do(inputs.VacancyPosted, place=1)
    code = story.refused(inputs.CorrectionMade, corrects=wrong, mistake=Mistake.WITHDRAWN_IN_ERROR)
    assert code is Code.NOTHING_TO_CORRECT


def test_councils_do_not_correct_what_providers_said() -> None:
    story = in_window()
    story.do(inputs.VacancyFilled, vacancy_id=vacancy_id())
    assert correct(story, Mistake.FILLED_IN_ERROR, by=team(HARINGEY)) is Code.NOT_YOUR_ROLE


# --- a wrong release ---


def released(minutes: int = 20) -> Story:
    """Haringey has released with forty minutes left."""
    story = in_window()
    story.wait(minutes=minutes)
    story.release()
    return story


@pytest.mark.parametrize("by", [team(HARINGEY), OPS], ids=["its council", "on its behalf"])
def test_a_wrong_release_re_opens_the_window_with_its_remainder_if_no_lower_tier_has_answered(
    by: Any,
) -> None:
    story = released()
    story.wait(minutes=10)
    assert correct(story, Mistake.WRONG_RELEASE, story.heard[-1][0].id, by=by) is Code.ACCEPTED
    assert story.all_told(facts.WindowEnded)[-1].outcome is WindowOutcome.CORRECTED
    assert (story.window.audience, story.window.closes_at) == ("haringey", story.now + 40 * HOUR / 60)
    story.be_told()
    story.wait_until(story.window.closes_at)
    assert (story.window.audience, story.window.closes_at) == ("NCL", story.now + HOUR), "a full one"


def test_a_window_that_was_extended_comes_back_with_at_most_its_length() -> None:
    story = in_window()
    story.do(inputs.ExtendWindow, window_id=story.window.window_id, seconds=3600)
    story.release()
    assert correct(story, Mistake.WRONG_RELEASE, by=team(HARINGEY)) is Code.ACCEPTED
    assert (story.window.audience, story.window.closes_at) == ("haringey", story.now + HOUR)


def test_a_nomination_below_stands_against_the_correction_also_when_it_was_declined() -> None:
    story = released()
    wrong = story.heard[-1][0].id
    nomination = story.nominate(BARNET)
    assert correct(story, Mistake.WRONG_RELEASE, wrong, by=team(HARINGEY)) is Code.LOWER_TIER_ANSWERED
    story.do(inputs.DeclineNomination, nomination_id=nomination)
    assert correct(story, Mistake.WRONG_RELEASE, wrong, by=team(HARINGEY)) is Code.LOWER_TIER_ANSWERED


def test_a_standby_that_became_a_nomination_stands_against_it_too() -> None:
    story = in_window()
    story.do(inputs.RegisterStandby, by=team(BARNET), vacancy_id=vacancy_id(), referral_id="R-9")
    story.release()
    assert correct(story, Mistake.WRONG_RELEASE, by=team(HARINGEY)) is Code.LOWER_TIER_ANSWERED


def test_a_lower_tier_that_had_its_whole_time_and_the_next_one_stand_against_it() -> None:
    story = released()
    wrong = story.heard[-1][0].id
    story.be_told(BARNET)
    story.wait_until(story.window.closes_at)
    assert story.window.audience == "LONDON"
    assert correct(story, Mistake.WRONG_RELEASE, wrong, by=team(HARINGEY)) is Code.LOWER_TIER_ANSWERED


@pytest.mark.parametrize("by", [team(BARNET), PROVIDER], ids=["another council", "the provider"])
def test_only_the_council_that_released_or_ops_for_it_takes_a_release_back(by: Any) -> None:
    story = released()
    wrong = story.heard[-1][0].id
    code = story.refused(inputs.CorrectionMade, by=by, corrects=wrong, mistake=Mistake.WRONG_RELEASE)
    assert code is Code.NOTHING_TO_CORRECT


def test_in_a_shared_window_each_release_is_taken_back_for_itself() -> None:
    story = in_shared_window()
    story.release(BARNET)
    first = story.heard[-1][0].id
    story.release(CAMDEN)
    before = story.window
    assert correct(story, Mistake.WRONG_RELEASE, first, by=team(BARNET)) is Code.ACCEPTED
    assert (story.window.window_id, story.window.closes_at) == (before.window_id, before.closes_at)
    assert story.window.released == (CAMDEN,)
    story.nominate(BARNET)


def test_of_a_shared_window_that_all_released_each_release_may_have_been_wrong() -> None:
    story = in_shared_window()
    causes = {}
    for council in NCL:
        story.release(council)
        causes[council] = story.heard[-1][0].id
    assert story.window.audience == "LONDON"
    code = correct(story, Mistake.WRONG_RELEASE, causes[ENFIELD], by=team(ENFIELD))
    assert code is Code.ACCEPTED
    assert story.window.audience == "NCL"
    story.nominate(ENFIELD)


def test_a_release_that_did_not_end_its_window_is_not_taken_back_after_it() -> None:
    story = in_shared_window()
    story.release(ISLINGTON)
    wrong = story.heard[-1][0].id
    story.wait_until(story.window.closes_at)
    assert story.window.audience == "LONDON"
    code = correct(story, Mistake.WRONG_RELEASE, wrong, by=team(ISLINGTON))
    assert code is Code.NOTHING_TO_CORRECT


def test_a_correction_is_itself_decided_once() -> None:
    story = released()
    wrong = story.heard[-1][0].id
    assert correct(story, Mistake.WRONG_RELEASE, wrong, by=team(HARINGEY)) is Code.ACCEPTED
    again = correct(story, Mistake.WRONG_RELEASE, wrong, by=team(HARINGEY))
    assert again is Code.NOTHING_TO_CORRECT


def test_a_withdrawal_for_want_of_confirmation_is_no_ones_mistake_and_a_new_posting_puts_it_right() -> None:
    story = in_window()
    story.wait_until(MONDAY_10 + timedelta(days=21))
    assert story.all_told(facts.VacancyWithdrawn)[-1].reason is WithdrawReason.NOT_CONFIRMED
    decision = story.do(inputs.VacancyPosted, place=1)
    assert "WindowOpened" in names(decision)
    assert story.now == MONDAY_10 + 21 * DAY
