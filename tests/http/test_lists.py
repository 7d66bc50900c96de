import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.brokerage_desk.sights import SHOWN_MAX
from tests.http.test_page import signed_in
from tests.http.world import HOME, OTHER_HOME, World

PATHS = {
    "/v1/referrals": "haringey",
    "/v1/vacancies": "camden",
    "/v1/matches": "haringey",
    "/v1/holds": "haringey",
    "/v1/offers": "almond",
    "/v1/nominations": "almond",
    "/v1/reservations": "almond",
    "/v1/settings": "ops",
    "/v1/conformance": "commissioner",
}


def busy(world: World) -> None:
    """Two homes, two holds, two open windows with nominations, and several referrals that match them."""
    world.hold()
    world.register("birch", OTHER_HOME)
    for _ in range(3):
        world.refer()
    nomination_id = world.nominate("haringey", world.post(), world.refer())
    world.say("almond", f"/v1/nominations/{nomination_id}/accept")
    for window_id in (world.post(), world.post()):
        for _ in range(2):
            world.nominate("haringey", window_id, world.refer())


def following(link: str) -> str:
    """Return where the `next` link of a header leads."""
    address, _, relation = link.partition(">")
    assert relation == '; rel="next"'
    return address.removeprefix("<")


def whole(world: World, who: str, begin: str) -> list[Any]:
    found: list[Any] = []
    at: str | None = begin
    while at is not None:
        answer = world.call(who, "GET", at)
        assert answer.status_code == 200, answer.text
        assert len(answer.json()) <= int(parse_qs(urlsplit(at).query)["limit"][0])
        found += answer.json()
        at = following(answer.headers["link"]) if "link" in answer.headers else None
    return found


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_page_by_page_is_the_whole_list_in_its_order(world: World, path: str, limit: int) -> None:
    busy(world)
    everything = world.get(PATHS[path], path)
    assert len(everything) > 1
    assert whole(world, PATHS[path], f"{path}?limit={limit}") == everything


def test_what_comes_meanwhile_shifts_nothing(world: World) -> None:
    before = {world.refer() for _ in range(5)}
    first = world.call("haringey", "GET", "/v1/referrals?limit=2")
    later = {world.refer() for _ in range(5)}
    rest = whole(world, "haringey", following(first.headers["link"]))
    shown = [each["referral_id"] for each in (*first.json(), *rest)]
    assert before <= set(shown) <= before | later
    assert len(shown) == len(set(shown))


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=x", "after=", "after=x", "after=WzFd", "after=W10", "after=bnVsbA"],
)
def test_a_page_that_is_none_is_refused_and_says_which_part(world: World, query: str) -> None:
    world.refer()
    answer = world.call("haringey", "GET", f"/v1/referrals?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["errors"][0]["field"] == f"query.{query.partition('=')[0]}"


def test_the_place_in_a_list_tells_no_deadline_of_another_tiers_window(world: World) -> None:
    world.register()
    world.post()
    world.post()
    answer = world.call("camden", "GET", "/v1/vacancies?limit=1")
    [after] = parse_qs(urlsplit(following(answer.headers["link"])).query)["after"]
    place = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    assert place == ["standby", "", f"{HOME}:1:1"]


def test_a_page_shows_so_many_of_a_kind_and_leads_to_the_rest(world: World) -> None:
    referrals = sorted(world.refer() for _ in range(SHOWN_MAX + 1))
    browser = signed_in(world, "haringey")
    page = browser.get("/").text
    assert page.count('<article id="R-') == SHOWN_MAX
    assert f"All {SHOWN_MAX + 1} referrals" in page
    first, second = (browser.get(f"/lists/referrals?page={number}").text for number in (1, 2))
    assert f'id="{referrals[0]}"' in first
    assert f'id="{referrals[-1]}"' not in first
    assert 'href="/lists/referrals?page=2"' in first
    assert second.count('<article id="R-') == 1
    assert f'id="{referrals[-1]}"' in second


@pytest.mark.parametrize("number", ["0", "99", "-1", "x", "²", "9" * 5000])
def test_an_odd_number_of_a_page_is_a_page_that_is_there(world: World, number: str) -> None:
    world.refer()
    answer = signed_in(world, "haringey").get("/lists/referrals", params={"page": number})
    assert answer.status_code == 200
    assert answer.text.count('<article id="R-') == 1


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        ("haringey", "ended"),
        ("haringey", "nominations"),
        ("almond", "referrals"),
        ("commissioner", "holds"),
        ("commissioner", "letters"),
        ("commissioner", "offers"),
        ("ops", "referrals"),
        ("ops", "asked"),
    ],
)
def test_nobody_has_a_list_that_is_anothers(world: World, who: str, kind: str) -> None:
    world.hold()
    assert signed_in(world, who).get(f"/lists/{kind}").status_code == 404


def test_a_list_asks_who_is_there(world: World) -> None:
    answer = world.client.get("/lists/referrals")
    assert answer.status_code == 303
