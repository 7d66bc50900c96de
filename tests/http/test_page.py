import re

import pytest
from fastapi.testclient import TestClient

from runtime.clock import VirtualClock
from runtime.memory_log import MemoryLog
from services.brokerage_desk.times import in_london, in_words
from services.standalone import Options, compose
from tests.http.world import START, World, directory, opened, token_of

ORIGIN = {"origin": "http://testserver"}


def signed_in(world: World, who: str) -> TestClient:
    browser = TestClient(world.system.app, follow_redirects=False)
    answer = browser.post("/sign-in", data={"token": token_of(who)[0]}, headers=ORIGIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return browser


def form(page: str, act: str) -> dict[str, str]:
    """Return the hidden fields of the first form of this act."""
    found = re.search(rf'action="/act/{act}">(.*?)</form>', page, re.DOTALL)
    assert found is not None, act
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found[1]))


def test_nobody_sees_more_than_the_way_in_without_a_token(world: World) -> None:
    world.register()
    page = world.client.get("/")
    assert page.status_code == 200
    assert "Sign in" in page.text
    assert "Larch House" not in page.text


def test_the_cookie_is_read_by_no_script_and_sent_with_no_form_of_another_site(world: World) -> None:
    answer = world.client.post("/sign-in", data={"token": token_of("haringey")[0]}, headers=ORIGIN)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


@pytest.mark.parametrize("token", ["", "hearth_00000001_wrong", "x" * 5000])
def test_a_token_that_is_nobodys_opens_nothing(world: World, token: str) -> None:
    answer = world.client.post("/sign-in", data={"token": token}, headers=ORIGIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?failed")
    assert "set-cookie" not in answer.headers


def test_a_form_from_another_origin_says_nothing(world: World) -> None:
    world.register()
    window_id = world.post()
    browser = signed_in(world, "haringey")
    for headers in ({}, {"origin": "http://elsewhere"}, {"origin": "null"}):
        answer = browser.post(
            "/act/release", data={"window_id": window_id, "reason": "price"}, headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "other_origin")
    assert world.get("haringey", "/v1/vacancies")[0]["is_released"] is False


def test_the_cookie_opens_no_api_and_the_header_no_form(world: World) -> None:
    world.register()
    browser = signed_in(world, "haringey")
    assert browser.get("/v1/vacancies").status_code == 401
    headers = {**ORIGIN, "authorization": f"Bearer {token_of('haringey')[0]}"}
    data = {"window_id": world.post(), "reason": "price"}
    assert world.client.post("/act/release", data=data, headers=headers).status_code == 401


def test_a_team_answers_a_window_by_form_and_a_double_click_is_one_answer(world: World) -> None:
    world.register()
    world.post()
    world.refer()
    browser = signed_in(world, "haringey")
    page = browser.get("/").text
    assert "Larch House" in page
    assert 'data-left="' in page
    data = form(page, "acknowledge")
    for _ in range(2):
        answer = browser.post("/act/acknowledge", data=data, headers=ORIGIN)
        assert (answer.status_code, answer.headers["location"]) == (303, "/?answer=accepted&act=acknowledge")
    assert "acknowledged by you" in browser.get("/?answer=accepted").text


def test_the_whole_job_can_be_done_by_forms(world: World) -> None:
    world.register()
    world.post()
    referral_id = world.refer()
    team, provider = signed_in(world, "haringey"), signed_in(world, "almond")

    def act(browser: TestClient, name: str, **more: str) -> None:
        data = {**form(browser.get("/").text, name), **more}
        answer = browser.post(f"/act/{name}", data=data, headers=ORIGIN)
        assert answer.headers["location"] == f"/?answer=accepted&act={name}", name

    act(team, "nominate", referral_id=referral_id)
    act(provider, "accept")
    act(team, "take", starts_on="2026-11-10")
    act(provider, "moved-in")
    assert world.get("haringey", f"/v1/referrals/{referral_id}")["take"]["has_moved_in"]


def test_a_refusal_is_said_with_its_reason(world: World) -> None:
    world.register()
    window_id = world.post()
    browser = signed_in(world, "haringey")
    world.say("haringey", f"/v1/windows/{window_id}/release", {"reason": "price"})
    data = {"key": "k", "window_id": window_id, "reason": "price"}
    answer = browser.post("/act/release", data=data, headers=ORIGIN)
    assert answer.headers["location"] == "/?answer=window_not_open&act=release"
    assert "Refused: this offer window is not open any more." in browser.get(answer.headers["location"]).text


def test_a_form_about_anothers_window_is_not_found(world: World) -> None:
    world.register()
    data = {"key": "k", "window_id": world.post(), "reason": "price"}
    answer = signed_in(world, "hackney").post("/act/release", data=data, headers=ORIGIN)
    assert answer.headers["location"] == "/?answer=not_found&act=release"


def test_the_page_repeats_nothing_of_its_address(world: World) -> None:
    page = world.client.get("/?answer=<script>zz-not-a-person-zz</script>&failed=zz-not-a-person-zz")
    assert "zz-not-a-person-zz" not in page.text


def test_names_are_shown_as_text_and_never_as_markup() -> None:
    clock = VirtualClock(START)
    odd = directory().model_copy(update={"settings": {"SC012345": "<b>Larch</b> & House"}})
    with opened(compose(MemoryLog(clock), clock, odd, Options(is_turned_by_caller=True)), clock) as world:
        world.register()
        page = signed_in(world, "almond").get("/").text
    assert "&lt;b&gt;Larch&lt;/b&gt; &amp; House" in page
    assert "<b>Larch" not in page


def test_the_demo_shows_everything_without_sign_in_and_says_that_it_is_made_up() -> None:
    clock = VirtualClock(START)
    options = Options(is_turned_by_caller=True, is_demo=True)
    with opened(compose(MemoryLog(clock), clock, directory(), options), clock) as world:
        referral_id, _ = world.hold()
        world.post()
        page = world.client.get("/").text
    assert "Made-up data" in page
    assert "Larch House" in page
    assert referral_id not in page


def test_nothing_comes_from_elsewhere(world: World) -> None:
    page = world.client.get("/")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert not re.findall(r'(?:src|href|action)="(?![/#])', page.text)
    for name, kind in (("hearth.css", "text/css"), ("hearth.js", "text/javascript")):
        found = world.client.get(f"/static/{name}")
        assert found.status_code == 200
        assert found.headers["content-type"].startswith(kind)
        assert "http" not in found.text
    assert world.client.get("/static/pages.py").status_code == 404
    assert world.client.get("/static/..%2fpages.py").status_code == 404


def test_a_time_left_is_said_in_its_two_largest_units() -> None:
    said = {0: "0 s", 59: "59 s", 60: "1 min 0 s", 3_661: "1 h 1 min", 90_000: "1 d 1 h"}
    assert {seconds: in_words(seconds) for seconds in said} == said


def test_instants_are_shown_on_londons_clock() -> None:
    assert in_london("2026-07-01T08:00:00Z") == "Wed 1 Jul 2026, 09:00"
    assert in_london("2026-12-01T08:00:00Z") == "Tue 1 Dec 2026, 08:00"
