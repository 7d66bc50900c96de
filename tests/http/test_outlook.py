import pytest

from tests.http.test_page import ORIGIN, signed_in
from tests.http.world import HOME, World


def test_a_commissioner_reads_the_reports_and_nothing_of_a_child(world: World) -> None:
    referral_id, _ = world.hold()
    world.post()
    page = signed_in(world, "commissioner").get("/").text
    for heading in ("Vacant now", "Windows that have ended, by outcome and tier", "Capacity against use"):
        assert heading in page
    assert "suppressed: it would tell of fewer than five children" in page
    assert referral_id not in page
    for of_ops in ("Held and reserved", "Dead letters", "Inputs by how they were answered", "Open windows"):
        assert of_ops not in page


def test_a_place_that_is_held_is_not_said_to_wait(world: World) -> None:
    world.hold()
    page = signed_in(world, "ops").get("/").text
    assert "<dt>Vacant, in no window</dt><dd>0</dd>" in page
    assert "<dt>Places held or reserved</dt><dd>1</dd>" in page


def test_ops_see_what_runs_and_what_was_refused_and_nothing_of_a_child(world: World) -> None:
    referral_id, _ = world.hold()
    world.call("almond", "POST", f"/v1/settings/{HOME}/no-change", {"zz-unknown": 1})
    world.system.run_until_idle()
    page = signed_in(world, "ops").get("/").text
    for heading in ("Held and reserved (1)", "Dead letters (1)", "Inputs by how they were answered"):
        assert heading in page
    assert referral_id not in page
    assert "zz-unknown" not in page


@pytest.mark.parametrize("who", ["commissioner", "ops"])
def test_every_window_that_has_ended_can_be_read(world: World, who: str) -> None:
    world.register()
    window_id = world.post()
    assert "No window has ended yet" in signed_in(world, who).get("/").text
    world.say("haringey", f"/v1/windows/{window_id}/release", {"reason": "price"})
    browser = signed_in(world, who)
    assert window_id in browser.get("/lists/ended").text
    assert "tier 1" in browser.get("/").text


@pytest.mark.parametrize("who", ["commissioner", "ops"])
@pytest.mark.parametrize("path", [f"/settings/{HOME}", "/vacancies/SC012345:1:1", "/windows/SC012345:1:1:w1"])
def test_a_link_for_teams_and_providers_leads_nowhere(world: World, who: str, path: str) -> None:
    world.register()
    world.post()
    assert signed_in(world, who).get(path).status_code == 404


@pytest.mark.parametrize("who", ["commissioner", "ops"])
def test_who_only_looks_answers_nothing_by_form(world: World, who: str) -> None:
    world.register()
    data = {"key": "k", "window_id": world.post(), "reason": "price"}
    answer = signed_in(world, who).post("/act/release", data=data, headers=ORIGIN)
    assert answer.status_code == 404
    assert world.get("haringey", "/v1/vacancies")[0]["is_released"] is False
