"""Nominations, choices, holds, takes, declines and bypasses. Laws 10 to 12 and the decline reasons, one by one."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from schemas.words import (
    BypassCode,
    ChoiceReason,
    Code,
    ConflictKind,
    FallThroughReason,
    HoldEnd,
    Kind,
    NominationEnd,
    PlaceStatus,
    ProviderDecline,
    Provision,
    WindowOutcome,
)
from services.matcher.domain import facts, inputs
from services.matcher.domain.values import Group, NominationId, Profile
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
    PLACEMENTS,
    PROVIDER,
    SHIPPED,
    TERMS,
    Story,
    haringey_first,
    in_shared_window,
    in_window,
    names,
    only,
    take_of,
    team,
    vacancy_id,
)

SECOND = timedelta(seconds=1)


def accept(story: Story, nomination: NominationId) -> None:
    story.do(inputs.AcceptNomination, nomination_id=nomination, reason=ChoiceReason.BEST_MATCH)


def take(story: Story, **fields: Any) -> None:
    story.do(inputs.TakeAsked, **take_of(story.vacancy, asked_at=story.now, **fields))


# --- law 10: a tier of several councils ---


def test_while_nominations_are_collected_the_first_click_does_not_win() -> None:
    story = in_shared_window()
    nomination = story.nominate(BARNET)
    code = story.refused(inputs.AcceptNomination, nomination_id=nomination)
    assert code is Code.STILL_COLLECTING


def test_at_the_deadline_the_window_ends_nominated_and_the_provider_has_its_time_to_choose() -> None:
    story = in_shared_window()
    story.nominate(BARNET, "R-2")
    story.nominate(CAMDEN, "R-3")
    decision = story.wait_until(story.window.closes_at)
    assert names(decision) == ["WindowEnded", "ChoiceOpened"]
    assert story.all_told(facts.WindowEnded)[-1].outcome is WindowOutcome.NOMINATED
    assert story.choice.closes_at == story.now + HOUR, "an emergency's hour"


def test_the_time_to_choose_in_a_planned_fill_is_a_working_day() -> None:
    story = in_shared_window(Kind.PLANNED)
    story.nominate(BARNET, "R-2")
    story.wait_until(story.window.closes_at)
    assert story.choice.closes_at == story.now + DAY


def test_when_every_member_has_answered_the_window_ends_before_its_deadline() -> None:
    story = in_shared_window()
    for council in NCL[:3]:
        story.release(council)
    story.nominate(HARINGEY, "R-1")
    assert story.has_window(), "Islington has not answered"
    story.nominate(ISLINGTON, "R-5", is_vouched=False)
    assert story.has_window(), "nobody has vouched for Islington's yet"
    story.do(inputs.NominationVouched, nomination_id=story.vacancy.nominations[-1].nomination_id)
    assert not story.has_window()
    assert story.choice.closes_at == story.now + HOUR


def test_nothing_opens_while_the_provider_chooses() -> None:
    story = in_shared_window()
    story.nominate(BARNET)
    story.wait_until(story.window.closes_at)
    story.do(inputs.NoChange)
    story.do(inputs.VacancyConfirmed, vacancy_id=story.vacancy.vacancy_id)
    assert story.vacancy.window is None
    assert story.vacancy.choice is not None


def test_what_the_provider_leaves_unanswered_is_counted_and_the_next_tier_opens() -> None:
    story = in_shared_window()
    story.nominate(BARNET, "R-2")
    story.nominate(CAMDEN, "R-3")
    story.nominate(ENFIELD, "R-4", is_vouched=False)
    story.wait_until(story.window.closes_at)
    decision = story.wait_until(story.choice.closes_at)
    assert decision is not None
    ends = {each.referral_id: each.end for each in only(decision.facts, facts.NominationEnded)}
    unanswered = NominationEnd.UNANSWERED_BY_PROVIDER
    never_seen = NominationEnd.WINDOW_ENDED
    assert ends == {"R-2": unanswered, "R-3": unanswered, "R-4": never_seen}
    assert [each.unanswered for each in only(decision.facts, facts.ChoiceEnded)] == [2]
    assert story.window.audience == "LONDON"


def test_the_provider_chooses_one_and_the_others_are_told() -> None:
    story = in_shared_window()
    first = story.nominate(BARNET, "R-2")
    second = story.nominate(CAMDEN, "R-3")
    story.wait_until(story.window.closes_at)
    accept(story, second)
    ends = {each.nomination_id: each.end for each in story.all_told(facts.NominationEnded)}
    assert ends == {second: NominationEnd.CHOSEN, first: NominationEnd.ANOTHER_CHOSEN}
    assert (story.hold.council, story.hold.referral_id) == (CAMDEN, "R-3")
    assert story.vacancy.choice is None


def test_a_choice_among_none_is_over_at_once() -> None:
    story = in_shared_window()
    nomination = story.nominate(BARNET, "R-2")
    story.wait_until(story.window.closes_at)
    story.do(inputs.WithdrawNomination, by=team(BARNET), nomination_id=nomination)
    assert story.window.audience == "LONDON"


def test_the_last_decline_of_a_choice_opens_the_next_tier() -> None:
    story = in_shared_window()
    nomination = story.nominate(BARNET, "R-2")
    story.wait_until(story.window.closes_at)
    story.do(inputs.DeclineNomination, nomination_id=nomination)
    assert story.window.audience == "LONDON"


def test_nominations_pending_at_the_deadline_of_a_single_council_are_chosen_from_too() -> None:
    story = in_window()
    nomination = story.nominate()
    story.wait_until(story.window.closes_at)
    assert story.all_told(facts.WindowEnded)[-1].outcome is WindowOutcome.NOMINATED
    accept(story, nomination)
    assert story.hold.referral_id == "R-1"


def test_a_vouch_that_comes_during_the_choice_counts() -> None:
    story = in_shared_window()
    story.nominate(BARNET, "R-2")
    late = story.nominate(CAMDEN, "R-3", is_vouched=False)
    story.wait_until(story.window.closes_at)
    assert story.refused(inputs.AcceptNomination, nomination_id=late) is Code.NOMINATION_NOT_VOUCHED
    story.do(inputs.NominationVouched, nomination_id=late)
    accept(story, late)
    assert story.hold.referral_id == "R-3"


def test_a_provider_answers_only_what_placements_has_vouched_for() -> None:
    story = in_window()
    nomination = story.nominate(is_vouched=False)
    for kind in (inputs.AcceptNomination, inputs.DeclineNomination):
        assert story.refused(kind, nomination_id=nomination) is Code.NOMINATION_NOT_VOUCHED
    story.do(inputs.NominationDenied, nomination_id=nomination)
    assert story.all_told(facts.NominationEnded)[-1].end is NominationEnd.REFERRAL_NOT_OPEN
    assert story.refused(inputs.NominationVouched, nomination_id=nomination) is Code.STALE_INSTANCE


def test_one_referral_is_put_forward_once_and_a_council_not_without_limit() -> None:
    story = in_window()
    window = story.window.window_id
    story.nominate()
    code = story.refused(inputs.Nominate, window_id=window, referral_id="R-1")
    assert code is Code.ALREADY_NOMINATED
    for number in range(2, SHIPPED.nominations_max + 1):
        story.nominate(referral=f"R-{number}")
    code = story.refused(inputs.Nominate, window_id=window, referral_id="R-99")
    assert code is Code.TOO_MANY_NOMINATIONS


def test_only_its_own_council_withdraws_a_nomination() -> None:
    story = in_window()
    nomination = story.nominate()
    code = story.refused(inputs.WithdrawNomination, by=team(BARNET), nomination_id=nomination)
    assert code is Code.NOT_YOUR_NOMINATION


# --- law 11: held, taken, returned ---


@pytest.mark.parametrize(("kind", "length"), [(Kind.PLANNED, DAY), (Kind.EMERGENCY, 2 * HOUR)])
def test_accepting_holds_the_place_until_a_deadline(kind: Kind, length: timedelta) -> None:
    story = in_window(kind)
    story.be_held()
    assert story.hold.until == story.now + length
    assert story.vacancy.window is None


def test_a_take_in_time_reserves_the_place_and_moving_in_fills_it() -> None:
    story = in_window()
    story.be_held()
    take(story)
    (agreed,) = story.all_told(facts.TakeAgreed)
    assert (agreed.referral_id, agreed.starts_on) == ("R-1", date(2026, 6, 12))
    story.do(inputs.MovedIn, vacancy_id=vacancy_id())
    assert story.place().status is PlaceStatus.OCCUPIED
    assert [each.take_id for each in story.all_told(facts.MovedIn)] == [agreed.take_id]


def test_a_take_that_was_asked_in_time_is_agreed_within_the_grace_and_not_after_it() -> None:
    story = in_window()
    asked_at = story.be_held().until - SECOND
    asked = take_of(story.vacancy, asked_at=asked_at)
    grace = timedelta(seconds=SHIPPED.take_grace_s)
    story.wait_until(story.hold.until + grace - SECOND)
    late = Story(terms=story.terms, state=story.state, now=story.now + SECOND, said=story.said)
    story.do(inputs.TakeAsked, **asked)
    decision = late.say(inputs.TakeAsked, **asked)
    assert decision is not None
    assert decision.answer is Code.HOLD_ENDED
    assert only(decision.facts, facts.HoldEnded)[0].end is HoldEnd.LAPSED
    assert only(decision.facts, facts.TakeRefused) != []


@pytest.mark.parametrize(
    "wrong",
    [{"hold_id": f"{vacancy_id()}:h7"}, {"referral_id": "R-7"}, {"asked_at": MONDAY_10 + 3 * HOUR}],
    ids=["another hold", "another referral", "asked too late"],
)
def test_a_take_of_anything_but_the_hold_that_stands_is_refused_and_answered(wrong: dict[str, Any]) -> None:
    story = in_window()
    hold = story.be_held()
    asked = {**take_of(story.vacancy, asked_at=story.now), **wrong}
    decision = story.say(inputs.TakeAsked, **asked)
    assert decision is not None
    assert decision.answer is Code.HOLD_ENDED
    assert [each.take_id for each in only(decision.facts, facts.TakeRefused)] == [asked["take_id"]]
    assert story.hold == hold, "it changes nothing"


def test_a_take_of_a_place_or_setting_that_nobody_knows_is_answered_too() -> None:
    story = in_window()
    story.be_held()
    asked = take_of(story.vacancy, asked_at=story.now)
    for other in (Story(), haringey_first()):
        decision = other.say(inputs.TakeAsked, **asked)
        assert decision is not None
        assert len(only(decision.facts, facts.TakeRefused)) == 1


def test_the_same_take_told_again_is_agreed_once() -> None:
    story = in_window()
    story.be_held()
    asked = take_of(story.vacancy, asked_at=story.now)
    story.do(inputs.TakeAsked, **asked)
    decision = story.say(inputs.TakeAsked, **asked)
    assert decision is not None
    assert (decision.answer, decision.facts) == (Code.STALE_INSTANCE, ())


def test_a_hold_that_lapses_goes_back_to_its_tier_with_at_least_the_minimum_remainder() -> None:
    story = in_window(Kind.FOSTER)
    nomination = story.nominate()
    story.wait_until(story.window.closes_at - HOUR)
    accept(story, nomination)
    story.wait_until(story.hold.ends_at)
    assert story.all_told(facts.HoldEnded)[-1].end is HoldEnd.LAPSED
    calendar = TERMS.calendar(story.window.calendar)
    left_s = calendar.seconds_between(story.now, story.window.closes_at, story.window.length.calendar)
    assert (story.window.audience, left_s) == ("haringey", 2 * 3600)
    assert story.all_told(facts.WindowOpened)[-1].is_returned


def test_a_hold_that_came_early_gives_back_what_the_window_still_had() -> None:
    story = in_window(Kind.PLANNED)
    story.be_held()
    story.do(inputs.HoldLetGo, vacancy_id=vacancy_id(), hold_id=story.hold.hold_id)
    assert story.all_told(facts.HoldEnded)[-1].end is HoldEnd.LET_GO
    assert story.window.closes_at == MONDAY_10 + 14 * DAY


def test_a_returned_place_goes_to_the_shared_tier_that_it_left() -> None:
    story = in_shared_window()
    nomination = story.nominate(BARNET, "R-2")
    story.wait_until(story.window.closes_at)
    accept(story, nomination)
    story.do(inputs.FellThrough, by=team(BARNET), vacancy_id=vacancy_id())
    assert (story.window.audience, story.window.closes_at) == ("NCL", story.now + HOUR)
    assert story.window.released == (), "everybody may answer again"


@pytest.mark.parametrize("by", [PROVIDER, team(HARINGEY)], ids=["the provider", "its council"])
def test_a_placement_that_falls_through_before_move_in_goes_back_to_its_tier(by: Any) -> None:
    story = in_window()
    story.be_reserved()
    reason = FallThroughReason.COURT_DECISION
    story.do(inputs.FellThrough, by=by, vacancy_id=vacancy_id(), reason=reason)
    (told,) = story.all_told(facts.FellThrough)
    assert (told.reason, told.take_id) == (reason, "R-1:t1")
    assert story.window.audience == "haringey"


def test_another_council_learns_nothing_of_a_reserved_place() -> None:
    story = in_window()
    story.be_reserved()
    for kind in (inputs.FellThrough, inputs.MovedIn):
        assert story.refused(kind, by=team(BARNET), vacancy_id=vacancy_id()) is Code.UNKNOWN_VACANCY


def test_only_the_hold_that_is_named_is_let_go() -> None:
    story = in_window()
    hold = story.be_held()
    code = story.refused(inputs.HoldLetGo, vacancy_id=vacancy_id(), hold_id=f"{vacancy_id()}:h9")
    assert code is Code.STALE_INSTANCE
    assert story.hold == hold


def test_a_start_that_passes_without_a_word_is_told_once_and_the_place_stays_reserved() -> None:
    story = in_window()
    story.be_reserved()
    assert story.wait_until(MONDAY_10 + 11 * DAY) is None, "the day itself is not over"
    decision = story.wait_until(MONDAY_10 + 12 * DAY)
    assert names(decision) == ["MoveInOverdue"]
    story.wait(days=30)
    assert story.due() is None
    assert story.vacancy.reservation is not None


@pytest.mark.parametrize("is_reserved", [False, True])
def test_a_word_about_a_held_or_reserved_place_does_not_take_it_away(is_reserved: bool) -> None:
    story = in_window()
    story.be_reserved() if is_reserved else story.be_held()
    code = Code.PLACE_RESERVED if is_reserved else Code.PLACE_HELD
    assert story.refused(inputs.PlaceOccupied, place=1) is code
    assert story.refused(inputs.PlaceUnusable, place=1, review_at=MONDAY_10 + DAY) is code
    assert story.refused(inputs.VacancyWithdrawn, vacancy_id=vacancy_id()) is code


# --- law 12: bypass ---


@pytest.mark.parametrize("code", [BypassCode.COURT_ORDER, BypassCode.SIBLING_IN_HOME, None])
def test_filled_during_a_window_is_a_bypass_and_without_a_code_an_unexplained_one(
    code: BypassCode | None,
) -> None:
    story = in_window()
    window = story.window.window_id
    nomination = story.nominate()
    story.do(inputs.VacancyFilled, vacancy_id=vacancy_id(), code=code)
    (bypass,) = story.all_told(facts.BypassRecorded)
    assert (bypass.window_id, bypass.code) == (window, code)
    assert story.all_told(facts.WindowEnded)[-1].outcome is WindowOutcome.BYPASSED
    (lost,) = story.all_told(facts.NominationEnded)
    assert (lost.nomination_id, lost.end) == (nomination, NominationEnd.PLACE_GONE)
    assert story.place().status is PlaceStatus.OCCUPIED


def test_withdrawn_during_a_window_without_a_code_is_an_unexplained_bypass() -> None:
    story = in_window()
    story.do(inputs.VacancyWithdrawn, vacancy_id=vacancy_id())
    (bypass,) = story.all_told(facts.BypassRecorded)
    assert bypass.code is None
    assert story.all_told(facts.WindowEnded)[-1].outcome is WindowOutcome.WITHDRAWN


def test_a_place_that_is_suddenly_lived_in_was_bypassed_without_a_code() -> None:
    story = in_window()
    story.do(inputs.PlaceOccupied, place=1)
    assert [each.code for each in story.all_told(facts.BypassRecorded)] == [None]


def test_filled_outside_every_window_is_no_bypass_unless_it_says_so() -> None:
    story = haringey_first()
    story.do(inputs.SettingPaused)
    story.do(inputs.VacancyPosted, place=1)
    story.do(inputs.VacancyPosted, place=2)
    story.do(inputs.VacancyFilled, vacancy_id=vacancy_id(1))
    assert story.all_told(facts.BypassRecorded) == []
    story.do(inputs.DeclareBypass, vacancy_id=vacancy_id(2), code=BypassCode.BLOCK_OWNER)
    assert [each.code for each in story.all_told(facts.BypassRecorded)] == [BypassCode.BLOCK_OWNER]


def test_a_held_place_may_be_lost_to_a_bypass_and_its_council_is_told_but_a_reserved_one_not() -> None:
    story = in_window()
    hold = story.be_held()
    story.do(inputs.DeclareBypass, vacancy_id=vacancy_id(), code=BypassCode.IMMINENT_RISK)
    (lost,) = story.all_told(facts.HoldEnded)
    assert (lost.hold_id, lost.end) == (hold.hold_id, HoldEnd.PLACE_FILLED)
    other = in_window()
    other.be_reserved()
    code = other.refused(inputs.DeclareBypass, vacancy_id=vacancy_id(), code=BypassCode.IMMINENT_RISK)
    assert code is Code.PLACE_RESERVED


# --- what each decline does ---


def declined(reason: ProviderDecline) -> Story:
    story = in_window()
    story.do(inputs.DeclineNomination, nomination_id=story.nominate(), reason=reason)
    (end,) = story.all_told(facts.NominationEnded)
    assert (end.end, end.provider_reason) == (NominationEnd.DECLINED, reason)
    return story


@pytest.mark.parametrize(
    ("reason", "is_until_group_changes"),
    [(ProviderDecline.IMPACT_ON_CURRENT_RESIDENTS, True), (ProviderDecline.LOCATION_RISK, False)],
)
def test_two_reasons_block_the_pair_one_of_them_until_the_group_changes(
    reason: ProviderDecline, is_until_group_changes: bool
) -> None:
    story = declined(reason)
    (blocked,) = story.all_told(facts.PairBlocked)
    assert blocked.is_until_group_changes == is_until_group_changes
    window = story.window.window_id
    assert story.refused(inputs.Nominate, window_id=window, referral_id="R-1") is Code.PAIR_BLOCKED
    group = Profile(group=Group(youngest=12, oldest=15))
    story.do(inputs.SettingAmended, profile=group)
    if is_until_group_changes:
        story.nominate(referral="R-1")
    else:
        assert story.refused(inputs.Nominate, window_id=window, referral_id="R-1") is Code.PAIR_BLOCKED


@pytest.mark.parametrize("reason", [ProviderDecline.STAFFING_OR_SKILLS, ProviderDecline.CARER_UNAVAILABLE])
def test_staffing_and_an_unavailable_carer_put_the_place_up_for_review(reason: ProviderDecline) -> None:
    story = declined(reason)
    assert story.place().needs_review
    assert [each.place for each in story.all_told(facts.PlaceNeedsReview)] == [1]


def test_needs_outside_registration_ask_for_a_corrected_profile() -> None:
    story = declined(ProviderDecline.NEEDS_OUTSIDE_REGISTRATION)
    assert story.known.needs_profile_correction
    story.do(inputs.SettingAmended, profile=Profile(age_max=15))
    assert not story.known.needs_profile_correction


def test_already_filled_is_a_conflict_for_a_person_and_one_of_them() -> None:
    story = declined(ProviderDecline.ALREADY_FILLED)
    again = story.nominate(referral="R-2")
    story.do(inputs.DeclineNomination, nomination_id=again, reason=ProviderDecline.ALREADY_FILLED)
    assert [each.kind for each in story.known.conflicts] == [ConflictKind.ALREADY_FILLED]
    assert len(story.all_told(facts.ConflictFound)) == 2


def test_a_concern_about_the_judgement_is_only_counted() -> None:
    before = in_window().known
    story = declined(ProviderDecline.OFSTED_RATING_CONCERN)
    assert replace(story.known, memory=(), looked_at=before.looked_at, places=before.places) == replace(
        before, memory=()
    )


def test_a_pair_is_blocked_once_however_often_it_is_declined() -> None:
    story = in_window()
    story.do(inputs.VacancyPosted, place=2, kind=Kind.EMERGENCY)
    for vacancy, reason in zip(
        tuple(story.known.vacancies()),
        (ProviderDecline.LOCATION_RISK, ProviderDecline.IMPACT_ON_CURRENT_RESIDENTS),
        strict=True,
    ):
        assert vacancy.window is not None
        story.do(inputs.Nominate, window_id=vacancy.window.window_id)
        assert reason
    for made, reason in zip(
        story.all_told(facts.NominationMade),
        (ProviderDecline.LOCATION_RISK, ProviderDecline.IMPACT_ON_CURRENT_RESIDENTS),
        strict=True,
    ):
        story.do(inputs.NominationVouched, nomination_id=made.nomination_id)
        story.do(inputs.DeclineNomination, nomination_id=made.nomination_id, reason=reason)
    (pair,) = story.known.blocked_pairs
    assert not pair.is_until_group_changes, "what is blocked for good stays blocked"


# --- who says what ---


def test_placements_words_come_from_placements_alone() -> None:
    story = in_window()
    nomination = story.nominate(is_vouched=False)
    code = story.refused(inputs.NominationVouched, by=PROVIDER, nomination_id=nomination)
    assert code is Code.NOT_YOUR_ROLE
    code = story.refused(inputs.AcceptNomination, by=PLACEMENTS, nomination_id=nomination)
    assert code is Code.NOT_YOUR_ROLE


def test_foster_households_walk_the_same_ladder_with_their_own_lengths() -> None:
    story = haringey_first(provision=Provision.FOSTER_HOUSEHOLD, registered_places=2)
    story.do(inputs.VacancyPosted, kind=Kind.FOSTER)
    assert story.window.closes_at == MONDAY_10 + DAY, "eight working hours"
