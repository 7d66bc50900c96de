"""Agreements: attached whole and by version, one at a time, from when to when; and the ladder without one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.words import Code, Kind, Role, WindowOutcome
from services.matcher.domain import facts, inputs
from services.matcher.domain.agreement import Member
from services.matcher.domain.policy import TermsUnknown
from services.matcher.domain.values import Party
from tests.rules.offers_story import (
    BARNET,
    CAMDEN,
    DAY,
    HACKNEY,
    HARINGEY,
    HARINGEY_FIRST,
    HOUR,
    LONDON,
    MONDAY_10,
    PROVIDER,
    TERMS,
    agreement,
    haringey_first,
    in_window,
    names,
    registered,
    tier,
)

SECOND = timedelta(seconds=1)


def test_without_an_agreement_one_window_is_open_to_all_of_london() -> None:
    story = registered()
    story.do(inputs.VacancyPosted, kind=Kind.EMERGENCY)
    assert (story.window.members, story.window.tier) == (LONDON, 1)
    assert (story.window.agreement_id, story.window.standby_members) == (None, ())
    while story.has_window():
        story.wait_until(story.window.closes_at)
    assert len(story.all_told(facts.WindowOpened)) == 1


def test_a_window_freezes_the_agreements_version_and_the_members_of_its_audience() -> None:
    story = haringey_first()
    newer = agreement(version=7, tiers=(tier("haringey", [HARINGEY, BARNET]), *HARINGEY_FIRST[1:]))
    story.do(inputs.AgreementAttached, agreement=newer)
    story.do(inputs.VacancyPosted)
    (opened,) = story.all_told(facts.WindowOpened)
    assert (opened.agreement_id, opened.agreement_version) == ("haringey-first", 7)
    assert opened.members == (BARNET, HARINGEY)


@pytest.mark.parametrize(
    ("begins", "ends", "is_overlapping"),
    [
        (-2 * DAY, None, True),
        (5 * DAY, 8 * DAY, True),
        (9 * DAY, 12 * DAY, True),
        (10 * DAY, None, False),
    ],
)
def test_overlapping_agreements_are_refused(
    begins: timedelta, ends: timedelta | None, is_overlapping: bool
) -> None:
    story = registered()
    story.do(inputs.AgreementAttached, agreement=agreement(valid_to=MONDAY_10 + 10 * DAY))
    other = agreement(
        agreement_id="another",
        valid_from=MONDAY_10 + begins,
        valid_to=None if ends is None else MONDAY_10 + ends,
    )
    decision = story.say(inputs.AgreementAttached, agreement=other)
    assert decision is not None
    assert (decision.answer is Code.AGREEMENT_OVERLAPS) == is_overlapping
    assert (decision.answer is Code.ACCEPTED) != is_overlapping


@pytest.mark.parametrize("version", [1, 2])
def test_a_version_that_is_not_newer_is_refused(version: int) -> None:
    story = registered()
    story.do(inputs.AgreementAttached, agreement=agreement(version=2))
    code = story.refused(inputs.AgreementAttached, agreement=agreement(version=version))
    assert code is Code.AGREEMENT_VERSION_NOT_NEWER


def test_an_agreement_that_has_ended_already_is_refused() -> None:
    story = registered()
    past = agreement(valid_to=MONDAY_10)
    assert story.refused(inputs.AgreementAttached, agreement=past) is Code.ENDS_IN_PAST


def test_an_agreement_comes_into_force_at_its_time_and_its_ladder_starts_from_the_top() -> None:
    story = registered()
    begins_at = MONDAY_10 + HOUR / 2
    story.do(inputs.VacancyPosted, kind=Kind.EMERGENCY)
    attached = story.do(inputs.AgreementAttached, agreement=agreement(valid_from=begins_at))
    assert names(attached) == ["AgreementAttached"]
    begun = story.wait_until(begins_at)
    assert names(begun) == ["AgreementCameIntoForce"]
    assert story.window.agreement_id is None, "the running window keeps its terms"
    for _ in ("its deadline", "one more length, for nobody was told"):
        story.wait_until(story.window.closes_at)
    assert [each.audience for each in story.open_windows()] == ["haringey"]


@pytest.mark.parametrize("since", [timedelta(), SECOND, 3 * DAY])
def test_an_agreement_already_in_force_comes_into_force_once(since: timedelta) -> None:
    story = registered()
    story.wait(days=5)
    story.do(inputs.AgreementAttached, agreement=agreement(valid_from=story.now - since))
    story.wait(days=1)
    story.due()
    assert len(story.all_told(facts.AgreementCameIntoForce)) == 1


def test_a_new_version_from_a_date_takes_the_old_ones_place_on_that_date() -> None:
    story = haringey_first()
    later = MONDAY_10 + 2 * DAY
    barnet_first = (tier("barnet", [BARNET]), *HARINGEY_FIRST[1:])
    story.do(inputs.AgreementAttached, agreement=agreement(version=2, valid_from=later, tiers=barnet_first))
    story.do(inputs.VacancyPosted, place=1)
    assert story.window.agreement_version == 1
    story.wait_until(later)
    assert story.window.agreement_version == 1
    story.do(inputs.VacancyPosted, place=2)
    audiences = [each.audience for each in story.open_windows()]
    assert audiences == ["haringey", "barnet"]


def test_an_agreement_that_runs_out_ends_its_windows_and_the_default_ladder_opens() -> None:
    story = registered()
    ends_at = MONDAY_10 + HOUR / 2
    story.do(inputs.AgreementAttached, agreement=agreement(valid_to=ends_at))
    story.do(inputs.VacancyPosted, kind=Kind.EMERGENCY)
    assert story.wait_until(ends_at - SECOND) is None
    decision = story.wait_until(ends_at)
    assert names(decision) == ["AgreementEnded", "WindowEnded", "WindowOpened"]
    assert story.all_told(facts.WindowEnded)[-1].outcome is WindowOutcome.REJUDGED
    assert story.window.audience == "LONDON"


def test_an_agreement_follows_another_without_a_gap() -> None:
    story = registered()
    ends_at = MONDAY_10 + DAY
    story.do(inputs.AgreementAttached, agreement=agreement(valid_to=ends_at))
    following = agreement(agreement_id="barnet-first", valid_from=ends_at, tiers=(tier("barnet", [BARNET]),))
    story.do(inputs.AgreementAttached, agreement=following)
    story.do(inputs.VacancyPosted)
    story.wait_until(ends_at)
    assert [each.outcome for each in story.all_told(facts.WindowEnded)] == [WindowOutcome.REJUDGED]
    assert (story.window.audience, story.window.agreement_id) == ("barnet", "barnet-first")


def test_ending_an_agreement_is_of_one_that_stands_and_changes_something() -> None:
    story = registered()
    ends_at = MONDAY_10 + 3 * DAY
    code = story.refused(inputs.AgreementEnded, agreement_id="haringey-first", ends_at=ends_at)
    assert code is Code.UNKNOWN_AGREEMENT
    story.do(inputs.AgreementAttached, agreement=agreement(valid_to=ends_at))
    late = {"agreement_id": "haringey-first", "ends_at": ends_at + DAY}
    assert story.refused(inputs.AgreementEnded, **late) is Code.CHANGES_NOTHING


def test_memberships_end_at_their_time_and_running_windows_keep_their_members() -> None:
    story = registered()
    leaves_at = MONDAY_10 + HOUR / 2
    members = (Member(BARNET, valid_to=leaves_at), Member(CAMDEN), Member(HACKNEY, valid_from=leaves_at))
    ladder = (replace(HARINGEY_FIRST[1], members=members), tier("LONDON", LONDON))
    story.do(inputs.AgreementAttached, agreement=agreement(tiers=ladder))
    story.do(inputs.VacancyPosted, place=1, kind=Kind.EMERGENCY)
    decision = story.wait_until(leaves_at)
    assert names(decision) == ["MembershipEnded"]
    assert story.window.members == (BARNET, CAMDEN)
    story.do(inputs.VacancyPosted, place=2, kind=Kind.EMERGENCY)
    assert [each.members for each in story.open_windows()] == [(BARNET, CAMDEN), (CAMDEN, HACKNEY)]


@pytest.mark.parametrize("role", [Role.PROVIDER, Role.TEAM, Role.REGISTER])
def test_agreements_are_attached_by_ops_or_commissioners_alone(role: Role) -> None:
    story = registered()
    by = PROVIDER if role is Role.PROVIDER else Party(role, "E09000014")
    assert story.refused(inputs.AgreementAttached, by=by) is Code.NOT_YOUR_ROLE


def test_a_policy_that_this_process_was_not_given_stops_it_rather_than_being_guessed() -> None:
    story = in_window()
    story.terms = replace(TERMS, policies={})
    with pytest.raises(TermsUnknown):
        story.say(inputs.NoChange)


@pytest.mark.parametrize(
    ("given_versions", "code"),
    [({"policy": "unheard-of"}, Code.UNKNOWN_POLICY), ({"calendar": "unheard-of"}, Code.UNKNOWN_CALENDAR)],
)
def test_unheard_of_terms_are_refused(given_versions: dict[str, str], code: Code) -> None:
    story = registered()
    versions = {"policy": story.known.policy, "calendar": story.known.calendar, **given_versions}
    assert story.refused(inputs.PolicyAdopted, **versions) is code
