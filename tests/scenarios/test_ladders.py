"""Who is asked, in which order, and for how long."""

import itertools
from datetime import timedelta

import pytest

from tests.scenarios.town import IN_TIME_S, LADDER, Tier, Town, ahead, at, lasted

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_post_opens_the_first_tiers_window_and_nobody_elses(town: Town) -> None:
    home = town.opens()
    vacancy = town.posts(home)
    mine = town.listed("first", vacancy)
    assert mine is not None
    assert (mine["listing"], mine["is_open_to_answers"], mine["tier"]) == ("answer", True, 1)
    for who in ("second", "third"):
        theirs = town.listed(who, vacancy)
        assert theirs is not None
        assert theirs["listing"] == "standby"
        assert not theirs.keys() & {"window_id", "closes_at", "fee"}
    assert town.listed("outsider", vacancy) is None
    [window] = town.windows(vacancy)
    assert window["members"] == [town.id("first")]
    assert town.awaits_told("first", "window_opened", home)
    assert not town.told("second", "window_opened", home)


def test_at_each_deadline_the_next_tier_is_asked_in_order_and_none_too_early(town: Town) -> None:
    home = town.opens(*(Tier(each.members, 2) for each in LADDER))
    vacancy = town.posts(home)
    windows = town.awaits_end(vacancy, 3)
    assert [each["tier"] for each in windows] == [1, 2, 3]
    assert [len(each["members"]) for each in windows] == [1, 2, 3]
    assert {each["outcome"] for each in windows} == {"lapsed"}
    assert all(at(each, "ended_at") >= at(each, "closes_at") for each in windows)
    assert all(lasted(each) >= timedelta(seconds=2) for each in windows)
    assert all(at(then, "opened_at") == at(was, "ended_at") for was, then in itertools.pairwise(windows))
    offer = town.offer(vacancy)
    assert offer is not None
    assert offer["blocked"] == "ladder_ended"
    town.say("provider", f"/v1/vacancies/{vacancy}/confirm")
    again = town.awaits_windows(vacancy, 4)[-1]
    assert again["tier"] == 3, "who says that it is still vacant has it offered to the last tier once more"


def test_an_answer_after_the_deadline_is_told_so_and_changes_nothing(town: Town) -> None:
    home = town.opens(Tier(("first",), 2), Tier(("second",)))
    referral = town.refers("first")
    vacancy = town.posts(home)
    late = town.awaits_windows(vacancy, 1)[0]["window_id"]
    before = town.awaits_windows(vacancy, 2)
    assert town.refused("first", f"/v1/windows/{late}/release", reason="price") == (409, "window_not_open")
    assert town.refused("first", f"/v1/windows/{late}/nominate", referral_id=referral) == (
        409,
        "window_not_open",
    )
    assert town.refused("first", f"/v1/windows/{late}/acknowledge") == (409, "window_not_open")
    assert town.windows(vacancy) == before
    assert town.referral("first", referral)["nominations"] == []
    assert town.listed("first", vacancy) is None


def test_a_release_opens_the_next_tier_at_once_and_who_stood_by_is_nominated(town: Town) -> None:
    home = town.opens()
    vacancy, referral = town.posts(home), town.refers("second")
    released = town.window(vacancy)
    town.say("second", f"/v1/vacancies/{vacancy}/standby", referral_id=referral)
    assert town.refused("second", f"/v1/vacancies/{vacancy}/standby", referral_id=referral) == (
        409,
        "already_standing_by",
    )
    assert town.get("provider", "/v1/nominations") == []
    answer = town.say("first", f"/v1/windows/{released}/release", reason="no_suitable_child")
    assert referral not in str(answer)
    was, now = town.windows(vacancy)
    assert (was["outcome"], at(was, "ended_at"), now["tier"]) == ("released", at(now, "opened_at"), 2)
    [nomination] = town.wait_for(lambda: town.get("provider", "/v1/nominations"), "who stood by is nominated")
    assert (nomination["referral_id"], nomination["window_id"]) == (referral, now["window_id"])
    listed = town.listed("first", vacancy)
    assert listed is not None
    assert listed["listing"] == "answer", "who let its own window go may answer with the others"


def test_acknowledging_stops_no_clock(town: Town) -> None:
    home = town.opens(Tier(("first",), IN_TIME_S), Tier(("second",)))
    vacancy = town.posts(home)
    window = town.window(vacancy)
    [before] = town.windows(vacancy)
    town.say("first", f"/v1/windows/{window}/acknowledge")
    assert town.refused("first", f"/v1/windows/{window}/acknowledge")[0] == 409
    after = town.awaits_end(vacancy)[0]
    assert (after["closes_at"], after["outcome"]) == (before["closes_at"], "lapsed")
    assert at(after, "ended_at") >= at(before, "closes_at")


def test_a_window_is_longer_only_if_its_provider_agrees_and_only_once(town: Town) -> None:
    home = town.opens()
    vacancy = town.posts(home)
    window = town.window(vacancy)
    [asked] = town.windows(vacancy)
    longer = {"seconds": 3600, "reason": "visit"}
    town.say("first", f"/v1/windows/{window}/extend", **longer)
    assert town.windows(vacancy) == [asked]
    town.say("provider", f"/v1/windows/{window}/consent")
    [agreed] = town.windows(vacancy)
    assert at(agreed, "closes_at") - at(asked, "closes_at") == timedelta(hours=1)
    assert town.refused("first", f"/v1/windows/{window}/extend", **longer) == (409, "already_extended")


def test_a_window_of_which_nobody_could_be_told_has_one_more_length_and_ends_untold(town: Town) -> None:
    home = town.opens(Tier(("unreachable",), 2), Tier(("first",)))
    vacancy = town.posts(home)
    untold, then = town.awaits_windows(vacancy, 2)
    assert (untold["outcome"], untold["is_credited"], then["tier"]) == ("untold", True, 2)
    assert lasted(untold) >= timedelta(seconds=4)
    assert town.awaits_told("ops", "window_credited", untold["window_id"])


def test_a_home_whose_agreement_ends_is_offered_to_all_of_london(town: Town) -> None:
    home = town.opens(valid_to=ahead(timedelta(seconds=IN_TIME_S)))
    vacancy = town.posts(home)
    was, now = town.awaits_windows(vacancy, 2)
    assert (was["outcome"], was["reason"]) == ("rejudged", "agreement_ended")
    assert (now["audience"], now["tier"], len(now["members"]), now["agreement_id"]) == ("LONDON", 1, 33, None)
