"""From a nomination to a child who has moved in, and back."""

import pytest

from tests.scenarios.town import IN_TIME_S, Tier, Town, at, first

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_of_two_nominations_the_provider_chooses_one_and_the_other_council_is_told(town: Town) -> None:
    home = town.opens(Tier(("first", "second")))
    chosen, other = town.refers("first"), town.refers("second")
    vacancy = town.posts(home)
    nomination = town.nominates("first", vacancy, chosen)
    accept = f"/v1/nominations/{nomination}/accept"
    assert town.refused("provider", accept) == (409, "still_collecting"), "the first click does not win"
    town.nominates("second", vacancy, other)
    [window] = town.awaits_end(vacancy)
    assert window["outcome"] == "nominated", "every member has answered"
    assert town.refused("provider", accept) == (409, "reason_needed")
    town.accepts(nomination, reason="urgency")
    hold = town.held("first", vacancy)
    assert town.awaits_told("second", "nomination_ended", other)
    town.wait_for(lambda: not town.referral("second", other)["nominations"], "the loser's referral is free")
    town.takes("first", hold)
    [reserved] = town.get("provider", "/v1/reservations")
    assert (reserved["status"], reserved["referral_id"]) == ("reserved", chosen)
    before = town.home(home)["counts"]["reserved"]
    town.say("provider", f"/v1/vacancies/{vacancy}/moved-in")
    assert (before, town.home(home)["counts"]["reserved"]) == (1, 0)
    assert first(town.home(home)["places"], number=1, status="occupied")
    town.wait_for(lambda: (town.referral("first", chosen)["take"] or {})["has_moved_in"], "the council knows")


def test_a_decline_ends_the_nomination_and_not_the_window(town: Town) -> None:
    home = town.opens()
    refused, other = town.refers(), town.refers()
    vacancy = town.posts(home)
    [window] = town.windows(vacancy)
    nomination = town.nominates("first", vacancy, refused)
    town.say("provider", f"/v1/nominations/{nomination}/decline", reason="location_risk")
    [after] = town.windows(vacancy)
    assert {**after, "first_answer_at": None} == {**window, "first_answer_at": None}
    assert town.awaits_told("first", "nomination_ended", refused)
    path = f"/v1/windows/{window['window_id']}/nominate"
    assert town.refused("first", path, referral_id=refused) == (409, "pair_blocked")
    town.nominates("first", vacancy, other)


def test_a_taken_place_lets_all_others_of_the_referral_go(town: Town) -> None:
    homes = [town.opens(), town.opens()]
    referral = town.refers()
    taken, other = [town.posts(each) for each in homes]
    nominations = [town.nominates("first", each, referral) for each in (taken, other)]
    for each in nominations:
        town.accepts(each)
    hold, second_hold = town.held("first", taken), town.held("first", other)
    town.takes("first", hold)
    returned = town.awaits_windows(other, 2)[-1]
    assert (returned["tier"], returned["is_returned"]) == (1, True)
    take = f"/v1/referrals/{referral}/take"
    body = {"hold_id": second_hold["hold_id"], "starts_on": hold["until"][:10]}
    assert town.refused("first", take, **body)[0] == 409, "one place for a referral"
    assert [each["vacancy_id"] for each in town.get("first", "/v1/holds")] == [taken]


def test_a_take_after_the_holds_deadline_is_refused_and_the_place_is_back_with_its_tier(town: Town) -> None:
    home = town.opens()
    referral = town.refers()
    vacancy = town.posts(home, "emergency")
    town.accepts(town.nominates("first", vacancy, referral))
    was, now = town.awaits_windows(vacancy, 2)
    assert (was["outcome"], now["tier"], now["is_returned"]) == ("nominated", 1, True)
    assert at(now, "opened_at") > at(was, "ended_at")
    body = {"hold_id": f"{vacancy}:h1", "starts_on": now["opened_at"][:10]}
    take = f"/v1/referrals/{referral}/take"
    town.wait_for(lambda: town.refused("first", take, **body) == (409, "hold_ended"), "too late to take")
    assert town.referral("first", referral)["status"] == "open"
    assert town.get("first", "/v1/holds") == []
    assert town.awaits_told("first", "hold_ended", referral)


def test_a_placement_that_falls_through_goes_back_to_the_tier_that_it_left(town: Town) -> None:
    home = town.opens(Tier(("first",)), Tier(("second",)), Tier(("third",)))
    referral = town.refers("second")
    vacancy = town.posts(home)
    town.say("first", f"/v1/windows/{town.window(vacancy)}/release", reason="price")
    town.takes("second", town.holds("second", vacancy, referral))
    assert town.refused("third", f"/v1/vacancies/{vacancy}/fell-through", reason="plan_changed")[0] == 404
    town.say("second", f"/v1/vacancies/{vacancy}/fell-through", reason="plan_changed")
    windows = town.awaits_windows(vacancy, 3)
    assert [(each["tier"], each["is_returned"]) for each in windows] == [(1, False), (2, False), (2, True)]
    town.awaits_status("second", referral, "open")
    assert town.get("provider", "/v1/reservations") == []
    assert town.awaits_told("provider", "fell_through", home)


def test_nominations_that_the_provider_does_not_answer_end_so_and_the_next_tier_is_asked(town: Town) -> None:
    home = town.opens(Tier(("first",), IN_TIME_S), Tier(("second",)))
    referral = town.refers()
    vacancy = town.posts(home, "emergency")
    nomination = town.nominates("first", vacancy, referral)
    [was] = town.awaits_end(vacancy)
    assert was["outcome"] == "nominated"
    now = town.awaits_windows(vacancy, 2)[-1]
    assert now["tier"] == 2
    assert at(now, "opened_at") > at(was, "ended_at"), "nothing opens while the provider chooses"
    accept = f"/v1/nominations/{nomination}/accept"
    assert town.refused("provider", accept) == (409, "unknown_nomination")
    assert town.awaits_told("first", "nomination_ended", referral)
