"""A downgrade, suspension, closure and end of agreement in every state of a vacancy, and what comes after."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from schemas.words import (
    Blocker,
    Code,
    HoldEnd,
    Judgement,
    Kind,
    NominationEnd,
    PlaceStatus,
    Registration,
    WindowOutcome,
)
from services.matcher.domain import facts, inputs
from services.matcher.domain.setting import counts
from tests.rules.offers_ledger import Ledger
from tests.rules.offers_story import (
    BARNET,
    CAMDEN,
    DAY,
    HARINGEY,
    HARINGEY_FIRST,
    HOUR,
    MONDAY_10,
    REGISTER,
    TERMS,
    Story,
    agreement,
    haringey_first,
    in_shared_window,
    in_window,
    only,
    take_of,
    team,
    tier,
)

LONG = timedelta(days=2)


# --- the states of a vacancy ---


def blocked() -> Story:
    story = haringey_first()
    story.do(inputs.SettingPaused)
    story.do(inputs.VacancyPosted, place=1)
    return story


def with_a_nomination() -> Story:
    story = in_window()
    story.nominate()
    return story


def in_a_shared_window_with_nominations() -> Story:
    story = in_shared_window()
    story.nominate(BARNET, "R-2")
    story.nominate(CAMDEN, "R-3", is_vouched=False)
    return story


def choosing() -> Story:
    story = in_a_shared_window_with_nominations()
    story.wait_until(story.window.closes_at)
    assert story.vacancy.choice is not None
    return story


def held() -> Story:
    story = in_window()
    story.be_held()
    return story


def reserved() -> Story:
    story = in_window()
    story.be_reserved()
    return story


def occupied() -> Story:
    story = haringey_first()
    story.do(inputs.PlaceOccupied, place=1)
    return story


def on_notice() -> Story:
    story = haringey_first()
    story.do(inputs.PlaceOccupied, place=1)
    story.do(inputs.PlaceOnNotice, place=1, vacant_from=MONDAY_10 + 5 * DAY)
    return story


def unusable() -> Story:
    story = haringey_first()
    story.do(inputs.PlaceUnusable, place=1, review_at=MONDAY_10 + 5 * DAY)
    return story


def stale() -> Story:
    story = haringey_first()
    story.do(inputs.SettingPaused)
    story.do(inputs.VacancyPosted, place=1, kind=Kind.EMERGENCY)
    story.wait_until(MONDAY_10 + 11 * DAY)
    story.do(inputs.SettingResumed)
    assert story.vacancy.blocked is Blocker.STALE
    return story


def with_its_ladder_ended() -> Story:
    story = in_window()
    for _ in HARINGEY_FIRST:
        story.wait_until(story.window.closes_at)
        while story.vacancy.window is not None and story.window.is_credited:
            story.wait_until(story.window.closes_at)
        if story.vacancy.window is None:
            break
    assert story.vacancy.blocked is Blocker.LADDER_ENDED
    return story


STATES: Mapping[str, Callable[[], Story]] = {
    each.__name__: each
    for each in (
        blocked,
        in_window,
        with_a_nomination,
        in_shared_window,
        in_a_shared_window_with_nominations,
        choosing,
        held,
        reserved,
        occupied,
        on_notice,
        unusable,
        stale,
        with_its_ladder_ended,
    )
}


# --- what befalls the setting, and what puts it right ---


def downgrade(story: Story) -> None:
    story.do(inputs.SettingJudged, judgement=Judgement.INADEQUATE)


def upgrade(story: Story) -> None:
    story.do(inputs.SettingJudged, judgement=Judgement.GOOD)


def suspend(story: Story) -> None:
    story.do(inputs.SettingAmended, by=REGISTER, registration=Registration.SUSPENDED)


def register_again(story: Story) -> None:
    story.do(inputs.SettingAmended, by=REGISTER, registration=Registration.REGISTERED)


def unregister(story: Story) -> None:
    story.do(inputs.SettingAmended, by=REGISTER, registration=Registration.PENDING)


def announce_closing(story: Story) -> None:
    story.do(inputs.SettingClosing, closes_at=story.now + 60 * DAY)


def resume(story: Story) -> None:
    story.do(inputs.SettingResumed)


def come_to_the_closing_day(story: Story) -> None:
    closes_at = story.now + HOUR / 4
    story.do(inputs.SettingClosing, closes_at=closes_at)
    story.wait_until(closes_at)


def close_at_once(story: Story) -> None:
    story.do(inputs.SettingAmended, by=REGISTER, registration=Registration.CLOSED)


def end_the_agreement(story: Story) -> None:
    story.do(inputs.AgreementEnded, agreement_id="haringey-first", ends_at=story.now)


def come_to_the_agreements_end(story: Story) -> None:
    ends_at = story.now + HOUR / 4
    story.do(inputs.AgreementEnded, agreement_id="haringey-first", ends_at=ends_at)
    story.wait_until(ends_at)


def attach_again(story: Story) -> None:
    attached = agreement(agreement_id="haringey-again", valid_from=story.now)
    story.do(inputs.AgreementAttached, agreement=attached)


BLOWS: Mapping[str, tuple[Callable[[Story], None], Callable[[Story], None]]] = {
    "downgrade": (downgrade, upgrade),
    "suspension": (suspend, register_again),
    "registration taken back": (unregister, register_again),
    "closure announced": (announce_closing, resume),
    "closure due": (come_to_the_closing_day, register_again),
    "closure at once": (close_at_once, register_again),
    "end of agreement": (end_the_agreement, attach_again),
    "agreement runs out": (come_to_the_agreements_end, attach_again),
}
ENDS_COMMITMENTS = {"suspension", "registration taken back", "closure due", "closure at once"}
"""After these no child can move in; the others leave a held or reserved place to those it was promised to."""

matrix = pytest.mark.parametrize("blow", BLOWS)
every_state = pytest.mark.parametrize("state", STATES)


@matrix
@every_state
def test_nothing_is_open_afterwards_that_may_not_be(state: str, blow: str) -> None:
    story = STATES[state]()
    BLOWS[blow][0](story)
    for window in story.open_windows():
        assert "agreement" in blow, "only the end of an agreement leaves the setting fit to be offered"
        assert (window.audience, window.agreement_id) == ("LONDON", None), "the default ladder"
    for vacancy in story.known.vacancies():
        assert vacancy.choice is None
        assert vacancy.nominations == ()


@matrix
@every_state
def test_everyone_who_waited_is_told_by_a_fact(state: str, blow: str) -> None:
    story = STATES[state]()
    vacancies = list(story.known.vacancies())
    waiting = {one.nomination_id for each in vacancies for one in each.nominations}
    windows = {each.window.window_id for each in vacancies if each.window}
    choices = {each.choice.window_id for each in vacancies if each.choice}
    holds = {each.hold.hold_id for each in vacancies if each.hold}
    takes = {each.reservation.take_id for each in vacancies if each.reservation}
    begun = len(story.told)
    BLOWS[blow][0](story)
    told = story.told[begun:]
    assert {each.nomination_id for each in only(told, facts.NominationEnded)} == waiting
    assert all(each.end is NominationEnd.WINDOW_ENDED for each in only(told, facts.NominationEnded))
    assert {each.window_id for each in only(told, facts.WindowEnded)} == windows
    assert all(each.outcome is WindowOutcome.REJUDGED for each in only(told, facts.WindowEnded))
    assert all(each.reason is not None for each in only(told, facts.WindowEnded)), "with that reason"
    assert {each.window_id for each in only(told, facts.ChoiceEnded)} == choices
    if blow in ENDS_COMMITMENTS:
        assert {each.hold_id for each in only(told, facts.HoldEnded)} == holds
        assert {each.take_id for each in only(told, facts.FellThrough)} == takes
    else:
        assert only(told, facts.HoldEnded) == []
        assert only(told, facts.FellThrough) == []
        assert {each.hold.hold_id for each in story.known.vacancies() if each.hold} == holds
        assert {each.reservation.take_id for each in story.known.vacancies() if each.reservation} == takes


@matrix
@every_state
def test_places_are_conserved_and_the_ledger_agrees(state: str, blow: str) -> None:
    """Before, after, when it is put right, and when all that then falls due has fallen due."""
    story = STATES[state]()
    strike, put_right = BLOWS[blow]
    strike(story)
    put_right(story)
    for _ in range(20):
        story.wait(LONG)
        story.due()
    ledger, again = Ledger(TERMS), Story()
    for order, now in story.heard:
        again.now = now
        decision = again.hear(order)
        if decision is None:
            continue
        ledger.enter(order, now, decision)
        if decision.state is not None:
            told = counts(decision.state)
            standing = told.occupied + told.vacant + told.held + told.reserved + told.unusable
            assert told.registered + told.over == standing == 4


@matrix
@every_state
def test_when_it_is_put_right_the_vacancy_is_offered_again(state: str, blow: str) -> None:
    """To the tier that it left, if the agreement is the same; a closed setting's vacancies are posted anew."""
    story = STATES[state]()
    had = [each.window.audience for each in story.known.vacancies() if each.window]
    strike, put_right = BLOWS[blow]
    strike(story)
    put_right(story)
    if blow.startswith("closure") and blow != "closure announced":
        assert list(story.known.vacancies()) == []
        if story.known.is_paused:
            story.do(inputs.SettingResumed)
        story.do(inputs.VacancyPosted, place=2)
        assert story.window.audience == "haringey"
    elif had and "agreement" not in blow:
        assert story.window.audience == had[0]
    elif state in ("held", "reserved") and blow in ENDS_COMMITMENTS:
        assert story.window.audience == "haringey"


def test_a_window_that_a_downgrade_ended_comes_back_with_what_it_had_left() -> None:
    story = in_window()
    story.wait(HOUR / 4)
    downgrade(story)
    assert story.vacancy.blocked is Blocker.JUDGEMENT
    story.wait(DAY)
    upgrade(story)
    assert story.window.closes_at == story.now + HOUR
    # of a ten-day window three quarters are left
    planned = in_window(kind=Kind.PLANNED)
    planned.wait_until(MONDAY_10 + 2 * DAY)
    downgrade(planned)
    upgrade(planned)
    calendar = TERMS.calendar(planned.window.calendar)
    left_s = calendar.seconds_between(planned.now, planned.window.closes_at, planned.window.length.calendar)
    assert left_s == 8 * 8 * 3600


def test_the_default_ladder_opens_when_an_agreement_ends() -> None:
    story = in_window()
    end_the_agreement(story)
    assert story.window.audience == "LONDON"
    assert (story.window.agreement_id, story.window.agreement_version) == (None, None)
    assert len(story.window.members) == 33


def test_a_new_version_leaves_a_running_window_its_terms() -> None:
    story = in_window()
    before = story.window
    newer = agreement(version=2, valid_from=story.now, tiers=(tier("haringey", [BARNET]),))
    story.do(inputs.AgreementAttached, agreement=newer)
    assert story.window == before
    assert story.window.agreement_version == 1


def test_a_pause_leaves_a_running_window_its_terms_and_opens_nothing() -> None:
    story = in_window()
    before = story.window
    story.do(inputs.SettingPaused)
    assert story.window == before
    story.release()
    assert story.vacancy.blocked is Blocker.PAUSED
    story.do(inputs.SettingResumed)
    assert story.window.audience == "NCL"


def test_a_closed_setting_refuses_everything_but_what_may_open_it_again() -> None:
    story = in_window()
    close_at_once(story)
    assert story.place().status is PlaceStatus.UNREPORTED
    assert story.refused(inputs.VacancyPosted) is Code.SETTING_CLOSED
    assert story.refused(inputs.NumbersStated, vacant=1) is Code.SETTING_CLOSED
    story.do(inputs.SettingJudged, judgement=Judgement.OUTSTANDING)
    register_again(story)
    story.do(inputs.VacancyPosted)
    assert story.window.audience == "haringey"


def test_a_take_from_a_closed_setting_is_answered_too() -> None:
    story = held()
    asked: dict[str, Any] = take_of(story.vacancy, asked_at=story.now)
    close_at_once(story)
    assert only(story.told, facts.HoldEnded)[-1].end is HoldEnd.SETTING_CLOSED
    decision = story.say(inputs.TakeAsked, **asked)
    assert decision is not None
    assert only(decision.facts, facts.TakeRefused) != []


def test_an_older_downgrade_than_the_judgement_that_stands_ends_nothing() -> None:
    story = in_window()
    before = story.vacancy
    seen = MONDAY_10 - DAY
    code = story.refused(inputs.SettingJudged, judgement=Judgement.INADEQUATE, observed_at=seen)
    assert code is Code.OLDER_OBSERVATION
    assert story.vacancy == before


def test_a_closing_called_off_lets_the_council_go_on() -> None:
    story = in_window()
    announce_closing(story)
    assert story.vacancy.blocked is Blocker.CLOSING
    assert story.refused(inputs.Nominate, by=team(HARINGEY), window_id="SC012345:1:1:w1") in (
        Code.WINDOW_NOT_OPEN,
        Code.UNKNOWN_WINDOW,
    )
    resume(story)
    story.nominate()
