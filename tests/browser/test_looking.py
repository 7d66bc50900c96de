"""Every page, wide and narrow, with something of everything on it."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped] # it has no types
from playwright.sync_api import Browser, Page

from runtime.clock import VirtualClock
from runtime.memory_log import MemoryLog
from services.standalone import Options, compose
from tests.browser.desk import NARROW, WIDE, Desk, served
from tests.http.world import HOME, START, World, directory, opened

pytestmark = pytest.mark.slow
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def busy(world: World) -> dict[str, str]:
    """Let there be a hold, an open window with a nomination, a standby, an unusable place; return their ids."""
    referral_id, hold_id = world.hold()
    window_id, second = world.post(), world.refer()
    world.refer(age=17, needs=["uasc"])
    world.refer("camden")
    nomination_id = world.nominate("haringey", window_id, second)
    third = world.post()
    world.say("haringey", f"/v1/windows/{third}/extend", {"seconds": 3600, "reason": "visit"})
    unusable = {"setting_id": HOME, "place": 4, "reason": "premises", "review_at": "2026-12-01T09:00:00Z"}
    world.say("almond", "/v1/events", {"type": "PlaceUnusable", **unusable})
    return {
        "referral": referral_id,
        "window": third,
        "vacancy": third.rpartition(":")[0],
        "hold": hold_id.rpartition(":")[0],
        "nomination": nomination_id,
    }


PAGES = {
    "sign in": ("", "/"),
    "sign in for a link": ("", "/windows/{window}"),
    "team": ("haringey", "/"),
    "team of a lower tier": ("camden", "/"),
    "window": ("haringey", "/windows/{window}"),
    "referral": ("haringey", "/referrals/{referral}"),
    "setting to a team": ("haringey", "/settings/" + HOME),
    "provider": ("almond", "/"),
    "nomination": ("almond", "/nominations/{nomination}"),
    "vacancy": ("almond", "/vacancies/{hold}"),
    "setting": ("almond", "/settings/" + HOME),
    "question": ("almond", "/confirm/{vacancy}/filled"),
    "list": ("haringey", "/lists/referrals"),
    "commissioner": ("commissioner", "/"),
    "ops": ("ops", "/"),
    "windows that have ended": ("ops", "/lists/ended"),
    "nothing there": ("birch", "/settings/" + HOME),
}


def problems(page: Page) -> list[str]:
    """Return what axe finds, each with where it is."""
    found = Axe().run(page, options={"runOnly": WCAG, "resultTypes": ["violations"]}).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_used_by_everybody_on_every_screen(desk: Desk, name: str) -> None:
    who, path = PAGES[name]
    ids = busy(desk.world)
    page = desk.signed_in(who) if who else desk.open()
    desk.expected = (404,)
    answer = page.goto(path.format(**ids))
    assert answer is not None
    assert answer.status == (404 if name == "nothing there" else 200)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        assert problems(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_overview_of_the_demo_can_be_used_by_everybody(browser: Browser) -> None:
    clock = VirtualClock(START)
    system = compose(MemoryLog(clock), clock, directory(), Options(is_turned_by_caller=True, is_demo=True))
    with opened(system, clock) as world, served(system.app) as url:
        busy(world)
        desk = Desk(world, browser, url)
        page = desk.open()
        page.goto("/")
        for width in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": 900})
            assert problems(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        desk.close()
    assert desk.unexpected() == []
