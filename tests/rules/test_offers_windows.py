"""Offer windows: one tier's time with one vacancy. Laws 1 to 9, 13 and 14 of the domain page, one by one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.words import (
    Blocker,
    BypassCode,
    CalendarKind,
    Code,
    ExtendReason,
    Judgement,
    Kind,
    ProviderDecline,
    Provision,
    Registration,
    WindowOutcome,
)
from services.matcher.domain import facts, inputs
from services.matcher.domain.agreement import Member
from services.matcher.domain.values import Length
from tests.rules.offers_story import (
    BARNET,
    CAMDEN,
    DAY,
    ENFIELD,
    HACKNEY,
    HARINGEY,
    HOUR,
    ISLINGTON,
    LONDON,
    MONDAY_10,
    NCL,
    PROVIDER,
    SHIPPED,
    TERMS,
    Story,
    agreement,
    haringey_first,
    in_shared_window,
    in_window,
    names,
    only,
    registered,
    team,
    tier,
    vacancy_id,
)

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def opened(story: Story) -> list[tuple[str, int]]:
    return [(each.audience, each.tier) for each in story.all_told(facts.WindowOpened)]


def ended(story: Story) -> list[WindowOutcome]:
    return [each.outcome for each in story.all_told(facts.WindowEnded)]


# --- law 1: one window, tiers in order ---


def test_the_tiers_have_their_windows_in_the_agreements_order_and_then_none() -> None:
    story = in_window()
    while story.has_window():
        story.wait_until(story.window.closes_at)
        if story.has_window() and not story.window.told:
            story.be_told()
    assert opened(story) == [("haringey", 1), ("NCL", 2), ("LONDON", 3)]
    assert ended(story) == [WindowOutcome.LAPSED] * 3
    assert story.vacancy.blocked is Blocker.LADDER_ENDED
    assert len(story.all_told(facts.LadderEnded)) == 1


def test_a_vacancy_has_one_window_however_often_it_is_spoken_of() -> None:
    story = in_window()
    before = story.window
    story.do(inputs.VacancyConfirmed, vacancy_id=story.vacancy.vacancy_id)
    story.do(inputs.NoChange)
    story.do(inputs.VacancyAmended, vacancy_id=story.vacancy.vacancy_id, fee=400_000)
    story.do(inputs.SettingJudged, judgement=Judgement.OUTSTANDING)
    assert story.window == before
    assert opened(story) == [("haringey", 1)]


def test_a_tier_without_a_member_on_the_day_is_passed_over_and_a_fact_says_so() -> None:
    story = registered()
    gone = replace(tier("NCL", ()), members=(Member(BARNET, valid_to=MONDAY_10),))
    ladder = (tier("haringey", [HARINGEY]), gone, tier("LONDON", LONDON))
    story.do(inputs.AgreementAttached, agreement=agreement(tiers=ladder))
    story.do(inputs.VacancyPosted, kind=Kind.EMERGENCY)
    story.release()
    assert opened(story) == [("haringey", 1), ("LONDON", 3)]
    (skipped,) = story.all_told(facts.TierSkipped)
    assert (skipped.audience, skipped.tier) == ("NCL", 2)


def test_tiers_are_cumulative_so_a_council_that_let_its_own_window_go_may_nominate_with_the_others() -> None:
    story = in_window()
    story.release()
    assert HARINGEY in story.window.members
    story.nominate(HARINGEY)


def test_the_oldest_vacancy_opens_first() -> None:
    story = haringey_first()
    story.do(inputs.SettingPaused)
    story.do(inputs.VacancyPosted, place=3)
    story.wait(minutes=1)
    story.do(inputs.VacancyPosted, place=1)
    decision = story.do(inputs.SettingResumed)
    assert [each.vacancy_id for each in only(decision.facts, facts.WindowOpened)] == [
        vacancy_id(3),
        vacancy_id(1),
    ]


# --- law 2: when a window opens, and what objects first ---


def objections() -> dict[Blocker, tuple[type[inputs.Input], dict[str, Any]]]:
    """What makes each check object, from the last to the first."""
    fee = agreement(agreement_id="capped", fee_max=500_000)
    dear = agreement(agreement_id="capped", version=2, fee_max=100_000)
    return {
        Blocker.FEE_OVER_AGREEMENT: (inputs.AgreementAttached, {"agreement": dear}),
        Blocker.FEE_UNKNOWN: (inputs.AgreementAttached, {"agreement": fee}),
        Blocker.JUDGEMENT: (inputs.SettingJudged, {"judgement": Judgement.REQUIRES_IMPROVEMENT}),
        Blocker.JUDGEMENT_UNKNOWN: (inputs.SettingJudged, {"judgement": Judgement.UNKNOWN}),
        Blocker.PAUSED: (inputs.SettingPaused, {}),
        Blocker.CLOSING: (inputs.SettingClosing, {"closes_at": MONDAY_10 + 90 * DAY}),
        Blocker.NOT_REGISTERED: (inputs.SettingAmended, {"registration": Registration.SUSPENDED}),
    }


@pytest.mark.parametrize("blocker", objections())
def test_no_window_opens_while_a_check_objects_and_the_reason_is_told(blocker: Blocker) -> None:
    story = registered()
    kind, given_fields = objections()[blocker]
    story.do(kind, **given_fields)
    fee = 200_000 if blocker is Blocker.FEE_OVER_AGREEMENT else None
    decision = story.do(inputs.VacancyPosted, fee=fee)
    assert story.vacancy.window is None
    assert story.vacancy.blocked is blocker
    assert [each.reason for each in only(decision.facts, facts.OpeningBlocked)] == [blocker]


def test_of_several_objections_the_first_in_the_laws_order_is_told() -> None:
    story = registered(block_places=(inputs.BlockPlace(1, (HARINGEY,)),))
    story.do(inputs.VacancyPosted, place=1)
    assert story.vacancy.blocked is Blocker.BLOCK_PLACE
    for blocker, (kind, given_fields) in objections().items():
        if blocker is not Blocker.FEE_OVER_AGREEMENT:
            story.do(kind, **given_fields)
            assert story.vacancy.blocked is blocker


def test_within_the_agreements_fee_a_window_opens() -> None:
    story = registered()
    story.do(inputs.AgreementAttached, agreement=agreement(fee_max=500_000))
    story.do(inputs.VacancyPosted, fee=500_000)
    assert story.window.audience == "haringey"
    story.do(inputs.VacancyPosted, place=2, fee=500_001)
    place = story.known.places[1]
    assert place.vacancy is not None
    assert place.vacancy.blocked is Blocker.FEE_OVER_AGREEMENT


@pytest.mark.parametrize(
    ("provision", "judgement", "is_offered"),
    [
        (Provision.CHILDRENS_HOME, Judgement.OUTSTANDING, True),
        (Provision.CHILDRENS_HOME, Judgement.GOOD, True),
        (Provision.CHILDRENS_HOME, Judgement.NOT_YET_INSPECTED, True),
        (Provision.CHILDRENS_HOME, Judgement.REQUIRES_IMPROVEMENT, False),
        (Provision.CHILDRENS_HOME, Judgement.INADEQUATE, False),
        (Provision.CHILDRENS_HOME, Judgement.UNKNOWN, False),
        (Provision.SUPPORTED_ACCOMMODATION, Judgement.OUTCOME_1, True),
        (Provision.SUPPORTED_ACCOMMODATION, Judgement.OUTCOME_3, False),
        (Provision.SUPPORTED_ACCOMMODATION, Judgement.GOOD, False),
        (Provision.FOSTER_HOUSEHOLD, Judgement.GOOD, True),
    ],
)
def test_the_judgement_gate_is_a_table_by_provision(
    provision: Provision, judgement: Judgement, is_offered: bool
) -> None:
    story = registered(provision=provision)
    story.do(inputs.SettingJudged, judgement=judgement)
    story.do(inputs.VacancyPosted)
    assert (story.vacancy.window is not None) == is_offered


def test_a_setting_that_nobody_has_judged_waits_for_a_person() -> None:
    story = Story()
    story.do(inputs.SettingRegistered)
    story.do(inputs.VacancyPosted)
    assert story.vacancy.blocked is Blocker.JUDGEMENT_UNKNOWN
    story.do(inputs.SettingJudged, judgement=Judgement.NOT_YET_INSPECTED)
    assert story.vacancy.window is not None


# --- law 3: a decline does not end the council's window ---


def test_a_nomination_leaves_the_window_of_a_single_council_open() -> None:
    story = in_window()
    before = story.window
    story.nominate()
    assert story.window == before
    story.nominate(referral="R-2")
    assert len(story.vacancy.nominations) == 2


def test_a_decline_with_time_left_moves_nothing() -> None:
    story = in_window(Kind.PLANNED)
    closes_at = story.window.closes_at
    story.do(inputs.DeclineNomination, nomination_id=story.nominate())
    assert story.window.closes_at == closes_at
    assert story.all_told(facts.WindowToppedUp) == []


@pytest.mark.parametrize(
    ("kind", "left_s", "minimum_s"),
    [
        (Kind.PLANNED, 10 * 60, 20 * 3600),  # a quarter of ten working days
        (Kind.FOSTER, 10 * 60, 2 * 3600),  # a quarter of eight working hours
        (Kind.EMERGENCY, 10 * 60, 3600),  # one hour, which is more than a quarter of one
    ],
)
def test_a_late_decline_tops_the_window_up_to_the_minimum_remainder(
    kind: Kind, left_s: int, minimum_s: int
) -> None:
    story = in_window(kind)
    nomination = story.nominate()
    story.wait_until(story.window.closes_at - timedelta(seconds=left_s))
    story.do(inputs.DeclineNomination, nomination_id=nomination)
    window = story.window
    calendar = TERMS.calendar(window.calendar)
    assert calendar.seconds_between(story.now, window.closes_at, window.length.calendar) == minimum_s
    assert [each.closes_at for each in story.all_told(facts.WindowToppedUp)] == [window.closes_at]


@given(lefts=st.lists(st.integers(1, 3599), min_size=1, max_size=12))
def test_top_ups_never_add_up_to_more_than_the_windows_length(lefts: list[int]) -> None:
    story = in_window()
    first_closes_at = story.window.closes_at
    for number, left_s in enumerate(lefts):
        nomination = story.nominate(referral=f"R-{number + 1}")
        story.now = max(story.now, story.window.closes_at - timedelta(seconds=left_s))
        story.do(inputs.DeclineNomination, nomination_id=nomination)
    assert story.window.closes_at <= first_closes_at + HOUR
    assert story.window.topped_up_s <= 3600
    if sum(3600 - left for left in lefts) >= 3600:
        assert story.window.closes_at == first_closes_at + HOUR


def test_insufficient_information_pauses_the_clock_once() -> None:
    story = in_window(Kind.FOSTER)
    closes_at = story.window.closes_at
    for referral in ("R-1", "R-2"):
        story.do(
            inputs.DeclineNomination,
            nomination_id=story.nominate(referral=referral),
            reason=ProviderDecline.INSUFFICIENT_INFORMATION,
        )
    assert len(story.all_told(facts.WindowPaused)) == 1
    assert story.window.closes_at == closes_at + 4 * HOUR, "four working hours later"


# --- laws 4 and 5: deadlines are computed once, from the calendar ---

FIRST, PLANNED = (80, 24, 16), (24, 8, 8)


@pytest.mark.parametrize(
    ("kind", "hours"), [(Kind.PLANNED, FIRST), (Kind.FOSTER, (8, 4, 4)), (Kind.EMERGENCY, (1, 1, 1))]
)
def test_the_default_lengths_of_a_first_fill_by_tier(kind: Kind, hours: tuple[int, int, int]) -> None:
    story = in_window(kind)
    found = []
    for _ in hours:
        found.append(story.window.length)
        story.release() if story.window.tier == 1 else story.wait_until(story.window.closes_at)
        if story.has_window() and story.window.is_credited:
            story.wait_until(story.window.closes_at)
    calendar = CalendarKind.ELAPSED if kind is Kind.EMERGENCY else CalendarKind.WORKING
    assert found == [Length(calendar, each * 3600) for each in hours]


def test_a_planned_re_fill_has_three_working_days_first() -> None:
    story = haringey_first()
    story.do(inputs.VacancyPosted, place=1)
    story.do(inputs.VacancyFilled, vacancy_id=vacancy_id(1, 1), code=BypassCode.COURT_ORDER)
    story.do(inputs.VacancyPosted, place=1)
    assert story.vacancy.vacancy_id == vacancy_id(1, 2)
    assert (story.vacancy.kind, story.window.length.seconds) == (Kind.PLANNED, 24 * 3600)
    assert story.window.closes_at == MONDAY_10 + 3 * DAY


def test_ten_working_days_from_a_monday_end_on_the_monday_a_fortnight_later() -> None:
    assert in_window(Kind.PLANNED).window.closes_at == MONDAY_10 + 14 * DAY


def test_christmas_and_the_change_of_clocks_are_in_the_deadline() -> None:
    story = haringey_first(now=datetime(2026, 12, 23, 10, 0, tzinfo=UTC))
    story.do(inputs.VacancyPosted, kind=Kind.FOSTER)
    # 24 December is a working day; the 25th and the 28th (for the 26th) are holidays
    assert story.window.closes_at == datetime(2026, 12, 24, 10, 0, tzinfo=UTC)
    story = haringey_first(now=datetime(2026, 12, 24, 10, 0, tzinfo=UTC))
    story.do(inputs.VacancyPosted, kind=Kind.FOSTER)
    assert story.window.closes_at == datetime(2026, 12, 29, 10, 0, tzinfo=UTC)
    story = haringey_first(now=datetime(2026, 10, 23, 9, 0, tzinfo=UTC))
    story.do(inputs.VacancyPosted, kind=Kind.FOSTER)
    assert story.window.closes_at == datetime(2026, 10, 26, 10, 0, tzinfo=UTC), "10:00 in London is later now"


def test_a_tiers_own_length_goes_before_the_default() -> None:
    story = registered()
    own = tier("haringey", [HARINGEY], lengths={Kind.EMERGENCY: Length(CalendarKind.ELAPSED, 7200)})
    story.do(inputs.AgreementAttached, agreement=agreement(tiers=(own, tier("LONDON", LONDON))))
    story.do(inputs.VacancyPosted, kind=Kind.EMERGENCY)
    assert story.window.closes_at == MONDAY_10 + 2 * HOUR


def test_a_deadline_beyond_the_known_holidays_is_refused_not_guessed() -> None:
    story = haringey_first(now=datetime(2027, 12, 29, 10, 0, tzinfo=UTC))
    story.do(inputs.VacancyPosted, place=1)
    story.do(inputs.VacancyPosted, place=2, kind=Kind.EMERGENCY)
    waiting, running = story.known.vacancies()
    assert (waiting.window, waiting.blocked) == (None, Blocker.BEYOND_KNOWN_HOLIDAYS)
    assert running.window is not None, "elapsed time needs no holidays"


def test_a_later_policy_never_shortens_a_running_window() -> None:
    story = in_window(Kind.FOSTER)
    quick = replace(
        SHIPPED, version="quick-1", lengths=dict.fromkeys(Kind, (Length(CalendarKind.ELAPSED, 60),))
    )
    story.terms = replace(TERMS, policies={**TERMS.policies, "quick-1": quick})
    before = story.window
    story.do(inputs.PolicyAdopted, policy="quick-1", calendar=before.calendar)
    assert story.window == before
    story.release()
    assert story.window.length.seconds == 60, "the next one has the new terms"


# --- law 6: at the deadline it is too late, and every window ends once ---


def test_a_second_before_the_deadline_is_in_time_and_the_deadline_is_too_late() -> None:
    story = in_window()
    story.wait_until(story.window.closes_at - SECOND)
    late = replace_now(story, SECOND)
    story.nominate()
    assert late.refused(inputs.Nominate, window_id=f"{vacancy_id()}:w1") is Code.WINDOW_NOT_OPEN
    assert ended(late) == [WindowOutcome.LAPSED]


def replace_now(story: Story, later: timedelta) -> Story:
    """Another course of the same story, from a little later on."""
    return Story(terms=story.terms, state=story.state, now=story.now + later, said=story.said)


def test_what_is_due_is_ended_before_any_other_input_is_looked_at() -> None:
    story = in_window()
    story.wait(days=2)
    decision = story.do(inputs.NoChange)
    told = names(decision)
    assert told.index("WindowEnded") < told.index("SettingConfirmed") < told.index("WindowOpened")


def test_after_an_outage_the_next_window_runs_its_full_length_from_then_on() -> None:
    story = in_window()
    story.wait(days=3)
    story.due()
    assert (story.window.tier, story.window.opened_at) == (2, story.now)
    assert story.window.closes_at == story.now + HOUR


def test_a_deadline_that_is_not_due_gets_no_decision() -> None:
    story = in_window()
    assert story.due() is None
    story.wait_until(story.window.closes_at - SECOND)
    assert story.due() is None
    story.wait(SECOND)
    assert story.due() is not None
    assert story.due() is None, "it has ended; it is no longer due"


def test_the_decision_names_the_earliest_deadline_that_stands() -> None:
    story = in_window()
    decision = story.do(inputs.NoChange)
    assert decision.deadline is not None
    assert (decision.deadline.at, decision.deadline.kind) == (story.window.closes_at, "window_due")
    assert decision.deadline.subject == story.window.window_id


# --- law 7: release and standby ---


def test_a_release_opens_the_next_tier_at_once() -> None:
    story = in_window(Kind.PLANNED)
    story.wait(hours=1)
    decision = story.release()
    assert names(decision) == ["WindowReleased", "WindowEnded", "WindowOpened"]
    assert (story.window.audience, story.window.opened_at) == ("NCL", story.now)
    assert ended(story) == [WindowOutcome.RELEASED]


def test_in_a_shared_tier_one_release_leaves_the_window_to_the_others() -> None:
    story = in_shared_window()
    story.release(BARNET)
    assert story.window.released == (BARNET,)
    assert story.refused(inputs.Nominate, by=team(BARNET), window_id=story.window.window_id) is (
        Code.ALREADY_RELEASED
    )
    for council in (CAMDEN, ENFIELD, HARINGEY, ISLINGTON):
        assert story.window.audience == "NCL"
        story.release(council)
    assert story.window.audience == "LONDON"


def test_who_has_a_nomination_pending_withdraws_it_before_a_release() -> None:
    story = in_window()
    nomination = story.nominate()
    window = story.window.window_id
    assert story.refused(inputs.ReleaseWindow, window_id=window) is Code.NOMINATION_PENDING
    story.do(inputs.WithdrawNomination, nomination_id=nomination)
    story.release()


def stand_by(story: Story, council: Any = BARNET, referral: str = "R-9") -> None:
    story.do(
        inputs.RegisterStandby,
        by=team(council),
        vacancy_id=story.vacancy.vacancy_id,
        referral_id=referral,
    )


def test_standby_counts_as_nominated_from_the_moment_its_own_tier_opens() -> None:
    story = in_window()
    stand_by(story, HACKNEY, "R-8")
    stand_by(story, BARNET, "R-9")
    assert story.vacancy.nominations == ()
    decision = story.release()
    (made,) = only(decision.facts, facts.NominationMade)
    assert (made.council, made.referral_id, made.is_from_standby) == (BARNET, "R-9", True)
    assert [each.council for each in story.vacancy.standbys] == [HACKNEY], "its tier is not open yet"


def test_a_council_has_one_standby() -> None:
    story = in_window()
    stand_by(story)
    code = story.refused(
        inputs.RegisterStandby, by=team(BARNET), vacancy_id=story.vacancy.vacancy_id, referral_id="R-7"
    )
    assert code is Code.ALREADY_STANDING_BY


@pytest.mark.parametrize("council", [HARINGEY, "E06000001"])
def test_only_a_lower_tier_stands_by(council: Any) -> None:
    story = in_window()
    code = story.refused(
        inputs.RegisterStandby, by=team(council), vacancy_id=story.vacancy.vacancy_id, referral_id="R-7"
    )
    assert code is Code.STANDBY_NOT_ALLOWED


def test_a_ladder_may_rule_standby_out() -> None:
    story = registered()
    lower = tier("NCL", NCL, is_standby_allowed=False)
    story.do(inputs.AgreementAttached, agreement=agreement(tiers=(tier("haringey", [HARINGEY]), lower)))
    story.do(inputs.VacancyPosted, kind=Kind.EMERGENCY)
    code = story.refused(
        inputs.RegisterStandby, by=team(BARNET), vacancy_id=story.vacancy.vacancy_id, referral_id="R-7"
    )
    assert code is Code.STANDBY_NOT_ALLOWED


def test_a_referral_that_the_provider_has_ruled_out_meanwhile_is_not_put_forward_from_standby() -> None:
    story = in_window()
    story.do(inputs.VacancyPosted, place=2, kind=Kind.EMERGENCY)
    first, second = list(story.known.vacancies())
    story.do(inputs.RegisterStandby, by=team(BARNET), vacancy_id=second.vacancy_id, referral_id="R-9")
    assert first.window is not None
    made = story.do(inputs.Nominate, window_id=first.window.window_id, referral_id="R-9")
    (nomination,) = only(made.facts, facts.NominationMade)
    story.do(inputs.NominationVouched, nomination_id=nomination.nomination_id)
    story.do(
        inputs.DeclineNomination,
        nomination_id=nomination.nomination_id,
        reason=ProviderDecline.LOCATION_RISK,
    )
    assert second.window is not None
    decision = story.do(inputs.ReleaseWindow, window_id=second.window.window_id)
    assert only(decision.facts, facts.NominationMade) == []


# --- law 8: acknowledging ---


def test_acknowledging_stops_the_reminders_and_not_the_clock() -> None:
    story = in_window()
    before = story.window
    story.do(inputs.AcknowledgeWindow, window_id=before.window_id)
    assert story.window == replace(before, acknowledged=(HARINGEY,))
    assert story.refused(inputs.AcknowledgeWindow, window_id=before.window_id) is Code.CHANGES_NOTHING
    story.wait_until(before.closes_at)
    assert ended(story) == [WindowOutcome.LAPSED]


# --- law 9: extension ---


def extend(story: Story, by: Any, seconds: int) -> None:
    window = story.window.window_id
    story.do(inputs.ExtendWindow, by=by, window_id=window, seconds=seconds, reason=ExtendReason.ASSESSMENT)


def test_the_provider_extends_once_by_at_most_the_length() -> None:
    story = in_window()
    closes_at, window = story.window.closes_at, story.window.window_id
    assert story.refused(inputs.ExtendWindow, window_id=window, seconds=3601) is Code.EXTENSION_TOO_LONG
    extend(story, PROVIDER, 3600)
    assert story.window.closes_at == closes_at + HOUR
    assert story.refused(inputs.ExtendWindow, window_id=window, seconds=1) is Code.ALREADY_EXTENDED


def test_a_council_alone_cannot_extend_its_own_exclusivity() -> None:
    story = in_window()
    closes_at = story.window.closes_at
    extend(story, team(HARINGEY), 1800)
    assert story.window.closes_at == closes_at
    story.wait_until(closes_at)
    assert ended(story) == [WindowOutcome.LAPSED]


def test_a_council_asks_and_the_provider_consents_once() -> None:
    story = in_window()
    closes_at, window = story.window.closes_at, story.window.window_id
    assert story.refused(inputs.ConsentToExtension, window_id=window) is Code.NO_EXTENSION_ASKED
    extend(story, team(HARINGEY), 1800)
    story.do(inputs.ConsentToExtension, window_id=window)
    assert story.window.closes_at == closes_at + HOUR / 2
    (told,) = story.all_told(facts.WindowExtended)
    assert told.reason is ExtendReason.ASSESSMENT
    assert story.refused(inputs.ConsentToExtension, window_id=window) is Code.ALREADY_EXTENDED


def test_an_extension_is_of_the_windows_own_calendar() -> None:
    story = in_window(Kind.FOSTER)
    closes_at = story.window.closes_at
    extend(story, PROVIDER, 8 * 3600)
    assert story.window.closes_at == closes_at + DAY


def test_councils_outside_the_audience_do_not_ask_for_extensions() -> None:
    story = in_window()
    window = story.window.window_id
    code = story.refused(inputs.ExtendWindow, by=team(BARNET), window_id=window, seconds=60)
    assert code is Code.NOT_IN_AUDIENCE


# --- law 13: told late, and not told at all ---


def untold(kind: Kind = Kind.EMERGENCY) -> Story:
    story = haringey_first()
    story.do(inputs.VacancyPosted, place=1, kind=kind)
    return story


def tell(story: Story, told_at: datetime, council: Any = HARINGEY) -> None:
    story.do(inputs.WindowTold, window_id=story.window.window_id, council=council, told_at=told_at)


def test_told_late_moves_the_deadline_by_the_delay() -> None:
    story = untold()
    closes_at = story.window.closes_at
    story.wait(minutes=40)
    tell(story, story.now - 10 * MINUTE)
    assert story.window.closes_at == closes_at + HOUR / 2
    (moved,) = story.all_told(facts.WindowMoved)
    assert (moved.closes_at, moved.delay_s) == (story.window.closes_at, 1800)


def test_told_in_good_time_moves_nothing() -> None:
    story = untold()
    closes_at = story.window.closes_at
    story.wait(minutes=14)
    tell(story, story.now)
    assert story.window.closes_at == closes_at
    assert story.all_told(facts.WindowMoved) == []


def test_the_delay_is_counted_in_the_windows_own_calendar() -> None:
    story = untold(Kind.FOSTER)
    closes_at = story.window.closes_at
    story.wait_until(MONDAY_10 + 8 * HOUR)  # 18:00 in London, an hour after the working day
    tell(story, story.now)
    assert story.window.closes_at == closes_at + 7 * HOUR, "seven working hours"


def test_of_several_councils_the_latest_delay_counts_and_no_delay_twice() -> None:
    story = in_window()
    story.release()
    closes_at = story.window.closes_at
    for minutes, council in ((20, BARNET), (40, CAMDEN), (30, ENFIELD)):
        story.now = max(story.now, story.window.opened_at + 40 * MINUTE)
        tell(story, story.window.opened_at + minutes * MINUTE, council)
    assert story.window.closes_at == closes_at + 40 * MINUTE


def test_a_window_of_which_nobody_was_told_gets_one_more_full_length_and_then_lapses_untold() -> None:
    story = untold()
    closes_at = story.window.closes_at
    story.do(inputs.WindowNotTold, window_id=story.window.window_id, council=HARINGEY)
    assert story.window.closes_at == closes_at
    credited = story.wait_until(closes_at)
    assert names(credited) == ["WindowCredited"]
    assert story.window.closes_at == closes_at + HOUR
    story.wait_until(story.window.closes_at)
    assert ended(story) == [WindowOutcome.UNTOLD]
    assert story.window.audience == "NCL"


def test_told_during_the_one_more_length_it_lapses_like_any_other() -> None:
    story = untold()
    story.wait_until(story.window.closes_at)
    story.wait(minutes=10)
    tell(story, story.now)
    assert story.window.closes_at == story.window.opened_at + 2 * HOUR + 10 * MINUTE
    story.wait_until(story.window.closes_at)
    assert ended(story) == [WindowOutcome.LAPSED]


def test_after_an_outage_the_one_more_length_runs_from_when_the_clock_speaks_again() -> None:
    story = untold()
    story.wait(days=1)
    story.due()
    assert story.window.closes_at == story.now + HOUR


def test_who_acknowledged_was_reached_whatever_the_notifier_could_say() -> None:
    story = untold()
    story.do(inputs.AcknowledgeWindow, window_id=story.window.window_id)
    story.wait_until(story.window.closes_at)
    assert ended(story) == [WindowOutcome.LAPSED]
    assert story.all_told(facts.WindowCredited) == []


def test_nobody_is_told_twice_of_one_window() -> None:
    story = in_window()
    window = story.window.window_id
    told_at = story.now
    code = story.refused(inputs.WindowTold, window_id=window, council=HARINGEY, told_at=told_at)
    assert code is Code.CHANGES_NOTHING


# --- law 14: who answers, and about what ---


@pytest.mark.parametrize(
    "kind", [inputs.AcknowledgeWindow, inputs.ReleaseWindow, inputs.Nominate], ids=lambda each: each.__name__
)
def test_a_council_outside_the_audience_is_refused(kind: type[inputs.Input]) -> None:
    story = in_window()
    window = story.window.window_id
    assert story.refused(kind, by=team(BARNET), window_id=window) is Code.NOT_IN_AUDIENCE


@pytest.mark.parametrize(
    ("kind", "by"),
    [
        (inputs.AcknowledgeWindow, team(HARINGEY)),
        (inputs.ReleaseWindow, team(HARINGEY)),
        (inputs.Nominate, team(HARINGEY)),
        (inputs.ExtendWindow, PROVIDER),
        (inputs.ConsentToExtension, PROVIDER),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_an_answer_about_a_window_that_has_ended_is_refused(kind: type[inputs.Input], by: Any) -> None:
    story = in_window()
    ended_id = story.window.window_id
    story.release()
    assert story.refused(kind, by=by, window_id=ended_id) is Code.WINDOW_NOT_OPEN
    assert story.refused(kind, by=by, window_id="SC012345:4:7:w1") is Code.UNKNOWN_WINDOW


def test_a_repeat_is_decided_once() -> None:
    story = in_window()
    order = story.make(inputs.Nominate, window_id=story.window.window_id)
    assert story.hear(order) is not None
    before = story.state
    story.wait(days=2)
    assert story.hear(order) is None
    assert story.state == before, "not even time has passed"


def test_an_observation_ahead_of_the_log_is_refused_beyond_two_minutes() -> None:
    story = in_window()
    code = story.refused(inputs.NoChange, observed_at=story.now + timedelta(seconds=121))
    assert code is Code.OBSERVED_IN_FUTURE
    story.do(inputs.NoChange, observed_at=story.now + timedelta(seconds=120))


def test_the_settings_first_words_are_a_registration() -> None:
    story = Story()
    decision = story.say(inputs.VacancyPosted)
    assert decision is not None
    assert (decision.answer, decision.state) == (Code.UNKNOWN_SETTING, None)
    assert story.say(inputs.DeadlineDue) is None


def test_what_is_filled_from_a_date_is_offered_at_once_and_says_the_date() -> None:
    story = in_window(available_from=date(2026, 7, 1))
    (posted,) = story.all_told(facts.VacancyPosted)
    assert posted.available_from == date(2026, 7, 1)
