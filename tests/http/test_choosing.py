"""A provider's choice among several nominations, over the real app: advised, chosen, recorded, and shown to whom."""

from datetime import timedelta
from typing import Any

from runtime.log import Log
from runtime.projection import Projection
from schemas.words import ChoiceReason
from services.brokerage_desk.pages import CHOICES
from services.brokerage_desk.projection import ReadModel
from tests.http.test_page import ORIGIN, form, signed_in
from tests.http.world import CAMDEN, HARINGEY, HOME, World

ADVICE = {"advised_rank", "advised_reason"}


def collected(world: World, first: dict[str, Any], second: dict[str, Any]) -> tuple[str, str]:
    """Let Camden nominate before Haringey in their shared tier, until the provider must choose."""
    world.say("haringey", f"/v1/windows/{world.post()}/release", {"reason": "no_suitable_child"})
    [vacancy] = [each for each in world.get("camden", "/v1/vacancies") if each["listing"] == "answer"]
    camdens, haringeys = world.refer("camden", **first), world.refer("haringey", **second)
    one = world.nominate("camden", vacancy["window_id"], camdens)
    return one, world.nominate("haringey", vacancy["window_id"], haringeys)


def advised(world: World) -> list[tuple[str, int, str | None]]:
    found = world.get("almond", "/v1/nominations")
    return [(each["nomination_id"], each["advised_rank"], each["advised_reason"]) for each in found]


def test_the_more_urgent_of_two_equal_matches_is_advised_first_though_it_came_later(world: World) -> None:
    world.register()
    one, two = collected(world, {"urgency": "weeks"}, {"urgency": "same_day"})
    assert advised(world) == [(two, 1, "urgency"), (one, 2, None)]


def test_a_better_match_goes_before_a_more_urgent_one_and_stays_so_when_the_window_has_ended(
    world: World,
) -> None:
    world.register(profile={"age_min": 8, "age_max": 17, "needs": ["ebd", "semh"]})
    fitting, urgent = {"needs": ["ebd", "semh"], "urgency": "weeks"}, {"urgency": "same_day"}
    one, two = collected(world, fitting, urgent)
    assert not world.get("camden", "/v1/matches")
    assert advised(world) == [(one, 1, "best_match"), (two, 2, None)]


def test_what_does_not_fit_goes_after_what_does(world: World) -> None:
    world.register()
    one, two = collected(world, {"age": 5, "urgency": "same_day"}, {"urgency": "weeks"})
    assert advised(world) == [(two, 1, "best_match"), (one, 2, None)]


def test_distance_breaks_a_tie_of_match_and_urgency(world: World) -> None:
    world.register()
    one, two = collected(world, {"home_borough": CAMDEN}, {"home_borough": HARINGEY})
    assert advised(world) == [(two, 1, "distance"), (one, 2, None)]


def test_the_council_that_this_provider_served_least_recently_breaks_the_last_tie(world: World) -> None:
    world.hold()
    one, two = collected(world, {}, {})
    assert advised(world) == [(one, 1, "least_recently_served"), (two, 2, None)]


def test_a_choice_among_several_needs_its_reason_and_the_reason_is_recorded(world: World) -> None:
    world.register()
    one, two = collected(world, {"urgency": "weeks"}, {"urgency": "same_day"})
    for body in ({}, {"reason": "only_nomination"}):
        refused = world.call("almond", "POST", f"/v1/nominations/{one}/accept", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "reason_needed")
    assert len(advised(world)) == 2
    facts = world.say("almond", f"/v1/nominations/{one}/accept", {"reason": "best_match"})["facts"]
    [held] = [each for each in facts if each["type"] == "PlaceHeld"]
    assert (held["nomination_id"], held["reason"]) == (one, "best_match")
    assert two not in {each[0] for each in advised(world)}


def test_the_only_nomination_needs_no_reason(world: World) -> None:
    world.register()
    nomination = world.nominate("haringey", world.post(), world.refer())
    assert advised(world) == [(nomination, 1, "only_nomination")]
    facts = world.say("almond", f"/v1/nominations/{nomination}/accept")["facts"]
    assert [each["reason"] for each in facts if each["type"] == "PlaceHeld"] == ["only_nomination"]


def test_the_page_preselects_the_reason_of_the_advised_first_alone(world: World) -> None:
    world.register()
    one, two = collected(world, {"urgency": "weeks"}, {"urgency": "same_day"})
    browser = signed_in(world, "almond")
    page = browser.get("/").text
    assert page.count('<option value="urgency" selected>') == 1
    assert page.count(" selected>") == 1
    data = {**form(page, "accept"), "reason": "urgency"}
    assert data["nomination_id"] == two
    answer = browser.post("/act/accept", data=data, headers=ORIGIN)
    assert answer.headers["location"] == "/?answer=accepted&act=accept"
    assert one not in browser.get("/").text


def test_the_advice_is_the_providers_alone(world: World) -> None:
    """Ops read nominations as they came: an order of urgency or distance would tell of the children."""
    world.register()
    one, two = collected(world, {"urgency": "weeks"}, {"urgency": "same_day"})
    shown = world.get("ops", "/v1/nominations")
    assert [each["nomination_id"] for each in shown] == [one, two]
    assert not any(ADVICE & each.keys() for each in shown)
    for path in ("/v1/vacancies", "/v1/referrals", "/v1/matches", "/v1/holds"):
        assert not any(ADVICE & each.keys() for each in world.get("camden", path))


def test_the_advice_tells_which_criterion_and_nothing_of_how_much(world: World) -> None:
    world.register()
    collected(world, {"home_borough": CAMDEN}, {"home_borough": HARINGEY})
    for each in world.get("almond", "/v1/nominations"):
        assert not {"home_borough", "band", "order", "fit", "near_miss", "served_at"} & each.keys()


def test_a_read_model_that_is_built_anew_gives_the_same_advice(world: World) -> None:
    world.hold()
    collected(world, {"age": 5}, {})
    log, kept = world.system.log, world.system.read_model
    for topics in (("offers", "matches"), ("matches", "offers")):
        again = folded(log, topics)
        assert again.picture.served == kept.picture.served
        assert again.picture.standings == kept.picture.standings


def test_what_is_kept_to_advise_goes_with_the_vacancy(world: World) -> None:
    world.register()
    collected(world, {"urgency": "weeks"}, {"urgency": "same_day"})
    assert world.system.read_model.picture.standings
    world.wait(timedelta(minutes=1))
    world.say("almond", f"/v1/settings/{HOME}/nil-return")
    assert not world.system.read_model.picture.standings
    for topics in (("offers", "matches"), ("matches", "offers")):
        assert not folded(world.system.log, topics).picture.standings


def folded(log: Log, topics: tuple[str, ...]) -> ReadModel:
    """Fold one topic whole before the other."""
    model = ReadModel()
    for topic in topics:
        runner = Projection(log, "again", [topic], fold=model.fold, dump=lambda: b"", load=lambda _: None)
        while runner.step():
            pass
    return model


def test_the_pages_words_are_those_that_can_be_chosen() -> None:
    assert {*CHOICES} == {*ChoiceReason} - {ChoiceReason.ONLY_NOMINATION}
