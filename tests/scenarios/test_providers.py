"""What a provider says: numbers, withdrawals, closing, things said late, twice, or all at once."""

from datetime import timedelta

import orjson
import pytest

from runtime.clock import new_id
from tests.scenarios.parties import token_of
from tests.scenarios.town import IN_TIME_S, Tier, Town, ahead, at, first, posted

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_post_repeated_under_one_key_is_one_vacancy_and_has_the_first_answer(town: Town) -> None:
    home, key = town.opens(), new_id()
    path = f"/v1/settings/{home}/vacancies"
    answer = town.say("provider", path, key, **posted())
    assert town.say("provider", path, key, **posted()) == answer
    assert town.get("provider", f"/v1/answers/{answer['id']}") == answer
    assert len(town.get("provider", "/v1/offers")) == 1
    other = town.refused("provider", path, key, **posted(fee=470_000))
    assert other == (422, "idempotency_key_reused")


def test_what_was_observed_earlier_and_comes_later_changes_nothing(town: Town) -> None:
    home = town.opens()
    vacancy = town.posts(home)
    town.event(
        "provider", "SettingAmended", home, registered_places=5, observed_at=ahead(timedelta(minutes=-5))
    )
    before, windows = town.home(home), town.windows(vacancy)
    older = {"type": "SettingAmended", "setting_id": home, "observed_at": ahead(timedelta(minutes=-10))}
    assert town.refused("provider", "/v1/events", **older, registered_places=3) == (409, "older_observation")
    gone = town.refused("provider", f"/v1/vacancies/{vacancy}/withdraw", observed_at=older["observed_at"])
    assert gone == (409, "older_observation")
    ahead_of_time = town.refused(
        "provider", f"/v1/settings/{home}/no-change", observed_at=ahead(timedelta(hours=1))
    )
    assert ahead_of_time == (409, "observed_in_future")
    assert {**town.home(home), "version": 0} == {**before, "version": 0}
    assert town.windows(vacancy) == windows


def test_too_many_are_a_named_conflict_and_fewer_end_the_newest_but_never_a_held_one(town: Town) -> None:
    home = town.opens()
    town.event("provider", "PlaceOccupied", home, place=4)
    held, newer = town.posts(home), town.posts(home)
    town.holds("first", held, town.refers())
    numbers = f"/v1/settings/{home}/numbers"
    town.say("provider", numbers, vacant=9, kind="planned", fee=480_000)
    [conflict] = town.home(home)["conflicts"]
    assert (conflict["kind"], conflict["stated"]) == ("more_vacancies_than_free_places", 9)
    assert town.awaits_told("provider", "conflict_found", home)
    town.say("provider", numbers, vacant=0, kind="planned")
    assert [each["vacancy_id"] for each in town.get("provider", "/v1/offers")] == [held]
    assert town.home(home)["counts"]["held"] == 1
    assert town.awaits_end(newer)[0]["outcome"] == "withdrawn"


def test_a_vacancy_withdrawn_during_a_window_ends_it_and_is_recorded_as_unexplained(town: Town) -> None:
    home, coded = town.opens(), town.opens()
    referral = town.refers()
    vacancy, other = town.posts(home), town.posts(coded)
    window = town.window(vacancy)
    town.nominates("first", vacancy, referral)
    town.say("provider", f"/v1/vacancies/{vacancy}/withdraw")
    [ended] = town.awaits_end(vacancy)
    assert (ended["outcome"], ended["bypass"]) == ("withdrawn", "unexplained")
    assert town.listed("first", vacancy) is None
    path = f"/v1/windows/{window}/nominate"
    assert town.refused("first", path, referral_id=referral) == (409, "unknown_window")
    town.wait_for(lambda: not town.referral("first", referral)["nominations"], "the referral is free")
    town.event("provider", "DeclareBypass", coded, vacancy_id=other, code="court_order")
    assert town.awaits_end(other)[0]["bypass"] == "court_order"


def test_a_suspended_or_downgraded_home_is_offered_no_more_and_then_where_it_was(town: Town) -> None:
    home = town.opens()
    vacancy = town.posts(home)
    town.say("first", f"/v1/windows/{town.window(vacancy)}/release", reason="price")
    town.event("provider", "SettingAmended", home, registration="suspended")
    assert town.listed("second", vacancy) is None
    lift = {"type": "SettingAmended", "setting_id": home, "registration": "registered"}
    assert town.refused("provider", "/v1/events", **lift) == (409, "not_your_role")
    town.event("ops", "SettingAmended", home, registration="registered")
    town.event("provider", "SettingJudged", home, judgement="inadequate")
    town.event("provider", "SettingJudged", home, judgement="good")
    windows = town.awaits_windows(vacancy, 4)
    assert [each["tier"] for each in windows] == [1, 2, 2, 2]
    assert [each.get("reason") for each in windows[1:3]] == ["suspended", "judgement"]
    assert {each["outcome"] for each in windows[1:3]} == {"rejudged"}
    assert [each["is_returned"] for each in windows] == [False, False, True, True]
    assert town.listed("second", vacancy) is not None


def test_a_home_that_closes_offers_nothing_more_and_is_closed_at_its_hour(town: Town) -> None:
    home = town.opens()
    vacancy = town.posts(home)
    town.event("provider", "SettingClosing", home, closes_at=ahead(timedelta(seconds=IN_TIME_S)))
    [window] = town.awaits_end(vacancy)
    assert (window["outcome"], window["reason"]) == ("rejudged", "closing")
    town.wait_for(lambda: town.home(home)["registration"] == "closed", "it is closed")
    assert town.offer(vacancy) is None
    assert town.refused("provider", f"/v1/settings/{home}/vacancies", **posted())[0] == 409
    assert len(town.windows(vacancy)) == 1


def test_a_vacancy_that_nobody_confirms_opens_no_window_and_is_withdrawn_in_the_end(town: Town) -> None:
    home = town.opens()
    stale = town.posts(home, observed_at=ahead(timedelta(days=-12)))
    offer = town.offer(stale)
    assert offer is not None
    assert (offer["blocked"], offer["freshness"], town.windows(stale)) == ("stale", "stale", [])
    gone = town.posts(home, observed_at=ahead(timedelta(days=-21, seconds=IN_TIME_S)))
    town.say("provider", f"/v1/vacancies/{stale}/confirm")
    assert [each["tier"] for each in town.awaits_windows(stale, 1)] == [1]
    town.wait_for(lambda: town.offer(gone) is None, "it is withdrawn")
    assert town.windows(gone) == []
    assert town.awaits_told("provider", "vacancy_withdrawn", home)


def test_a_place_on_notice_is_offered_on_the_day_and_not_before(town: Town) -> None:
    home, leaves_at = town.opens(), ahead(timedelta(seconds=IN_TIME_S))
    notice = {"place": 2, "vacant_from": leaves_at, "kind": "planned", "fee": 480_000}
    town.event("provider", "PlaceOnNotice", home, **notice)
    assert town.home(home)["counts"]["on_notice"] == 1
    [offer] = town.wait_for(lambda: town.get("provider", "/v1/offers"), "the vacancy")
    assert offer["place"] == 2
    [window] = town.awaits_windows(offer["vacancy_id"], 1)
    assert at(window, "opened_at") >= at(notice, "vacant_from")


def test_in_a_batch_the_good_lines_are_decided_and_each_bad_one_names_field_and_rule(town: Town) -> None:
    home = town.opens()
    post = {"type": "VacancyPosted", "setting_id": home, **posted()}
    lines = [
        orjson.dumps(post),
        orjson.dumps({**post, "fee": "much"}),
        b"{half a line",
        orjson.dumps({"type": "VacancyWithdrawn", "vacancy_id": f"{home}:4:1"}),
        orjson.dumps({**post, "id": "mine"}),
        orjson.dumps({**post, "setting_id": "SC99999"}),
    ]
    headers = {
        "authorization": f"Bearer {token_of(town.number, 'provider')[0]}",
        "content-type": "application/x-ndjson",
    }
    found = town.client.post("/v1/events:batch", content=b"\n".join(lines), headers=headers).json()
    assert (found["accepted"], found["refused"], found["invalid"]) == (2, 1, 3)
    problems = {each["line"]: each["problem"] for each in found["lines"] if each.get("problem")}
    codes = {2: "invalid", 3: "malformed", 4: "unknown_vacancy", 6: "not_found"}
    assert {line: each["code"] for line, each in problems.items()} == codes
    assert [each["field"] for line in (2, 3) for each in problems[line]["errors"]] == ["fee", "body"]
    assert all(each["rule"] for line in (2, 3) for each in problems[line]["errors"])
    assert "much" not in str(found)
    assert len(town.get("provider", "/v1/offers")) == 2


def test_a_place_that_belongs_to_a_council_is_offered_only_when_it_lets_it_go(town: Town) -> None:
    home = town.opens(Tier(("first",)), Tier(("second",)))
    owned = [{"number": 1, "owners": [town.id("third")]}]
    town.event("ops", "SettingAmended", home, block_places=owned)
    vacancy = town.posts(home, place=1)
    offer = town.offer(vacancy)
    assert offer is not None
    assert (offer["blocked"], town.windows(vacancy)) == ("block_place", [])
    town.say("third", f"/v1/vacancies/{vacancy}/let-go")
    assert first(town.windows(vacancy), tier=1, members=[town.id("first")])
