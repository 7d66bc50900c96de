import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.desk import Desk, press, sign_in
from tests.http.world import HARINGEY, World, token_of

pytestmark = pytest.mark.slow


def offered(world: World) -> tuple[str, str]:
    """Offer a place to Haringey, which has a referral; return window and referral."""
    world.register()
    referral_id = world.refer()
    return world.post(), referral_id


def referral_of(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Referral")


def test_whoever_has_no_token_is_told_so_and_stays_outside(desk: Desk) -> None:
    page = desk.open()
    page.goto("/")
    page.get_by_label("Your token").fill("hearth_00000001_wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("This is not the token of anybody here.")
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)


def test_signing_out_shows_nothing_more_and_a_form_left_open_says_nothing(desk: Desk) -> None:
    offered(desk.world)
    page = desk.signed_in("haringey")
    left = page.context.new_page()
    left.goto("/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Your token")).to_be_visible()
    assert "Larch House" not in page.content()
    desk.expected = (401,)
    left.get_by_role("button", name="Acknowledge").click()
    expect(left.get_by_role("alert")).to_contain_text("nothing was said")
    assert desk.world.get("haringey", "/v1/vacancies")[0]["is_acknowledged"] is False


def test_the_main_job_goes_by_clicks(desk: Desk) -> None:
    _, referral_id = offered(desk.world)
    team, provider = desk.signed_in("haringey"), desk.signed_in("almond")
    assert press(team, "Acknowledge").startswith("Acknowledged.")
    referral_of(team).select_option(referral_id)
    assert press(team, "Nominate").startswith("Nominated.")
    provider.reload()
    expect(provider.get_by_role("heading", name=re.compile(referral_id))).to_be_visible()
    assert press(provider, "Accept and hold the place").startswith("Accepted.")
    team.reload()
    team.get_by_label("Starts on").fill("2026-11-10")
    assert press(team, "Take this place").startswith("You take the place.")
    expect(team.get_by_text("Reserved for you, starts on Tue 10 Nov 2026.")).to_be_visible()
    provider.reload()
    assert press(provider, "The child has moved in").startswith("Recorded")
    assert desk.world.get("haringey", f"/v1/referrals/{referral_id}")["take"]["has_moved_in"]


def test_a_referral_is_submitted_by_clicks_and_leads_to_its_own_page(desk: Desk) -> None:
    page = desk.signed_in("haringey")
    page.get_by_text("New referral", exact=True).click()
    form = page.locator('form[action="/act/refer"]')
    form.get_by_label("Age in years").fill("13")
    form.get_by_label("Gender").select_option("male")
    form.get_by_label("Needed by").fill("2026-11-20")
    form.get_by_label("How urgent").select_option("days")
    form.get_by_label("supported accommodation").check()
    form.get_by_label("EBD").check()
    assert press(page, "Submit referral").startswith("Submitted.")
    [referral] = desk.world.get("haringey", "/v1/referrals")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Referral {referral['referral_id']}")
    assert referral["needs"]["provisions"] == ["childrens_home", "supported_accommodation"]
    assert (referral["needs"]["needs"], referral["needs"]["home_borough"]) == (["ebd"], HARINGEY)


def test_a_provider_says_what_is_free_by_clicks(desk: Desk) -> None:
    desk.world.register()
    page = desk.signed_in("almond")
    page.get_by_text("Post a vacancy", exact=True).click()
    form = page.locator('form[action="/act/post"]')
    form.get_by_label("Kind of fill").select_option("planned")
    form.get_by_label("Free from").fill("2026-11-09")
    form.get_by_label("£ a week").fill("4,800")
    assert press(page, "Post vacancy").startswith("Posted.")
    expect(page.get_by_text("£4,800.00 a week")).to_be_visible()
    assert press(page, "Still vacant").startswith("Confirmed")
    page.get_by_text("State how many places are free").click()
    form = page.locator('form[action="/act/numbers"]')
    form.get_by_label("Free places").fill("2")
    form.get_by_label("Kind of fill").select_option("planned")
    assert press(page, "State number").startswith("Recorded.")
    page.get_by_label("Why outside the order").first.select_option("court_order")
    assert press(page, "Filled") == "Recorded: the place is filled."
    assert press(page, "No vacancies this week").startswith("Recorded: no vacancies.")
    expect(page.get_by_text("No vacancy is posted.")).to_be_visible()


def test_an_answer_is_said_once(desk: Desk) -> None:
    offered(desk.world)
    page = desk.signed_in("haringey")
    press(page, "Acknowledge")
    expect(page).to_have_url(f"{desk.url}/")
    page.reload()
    expect(page.get_by_text("acknowledged by you")).to_be_visible()
    expect(page.get_by_role("status")).to_have_count(0)


def test_a_refusal_says_why(desk: Desk) -> None:
    window_id, _ = offered(desk.world)
    page = desk.signed_in("haringey")
    desk.world.say("haringey", f"/v1/windows/{window_id}/release", {"reason": "price"})
    assert press(page, "Acknowledge").startswith("Refused: ")


# --- countdowns --------------------------------------------------------------------------------------------------


def until(world: World, window_id: str, left: timedelta) -> None:
    """Let time pass until so much of a window is left."""
    [listed] = [each for each in world.get("haringey", "/v1/vacancies") if each["window_id"] == window_id]
    closes_at = datetime.fromisoformat(listed["closes_at"])
    world.wait(closes_at - left - world.clock.now())


def test_a_countdown_counts_down_and_closes_at_its_deadline_with_its_forms(desk: Desk) -> None:
    window_id, _ = offered(desk.world)
    until(desk.world, window_id, timedelta(seconds=63))
    page = desk.open()
    page.clock.install()
    page.goto("/")
    sign_in(page, "haringey")
    left = page.locator("article .left")
    assert seconds(left.inner_text()) > 60
    page.clock.run_for(2_000)
    assert seconds(left.inner_text()) <= 61
    expect(page.get_by_role("button", name="Acknowledge")).to_be_visible()
    page.get_by_text("Release it, or ask for more time").click()
    page.clock.fast_forward(70_000)
    expect(left).to_have_text("closed to answers")
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    expect(page.locator("article[data-closes] form")).to_have_count(0)


def seconds(said: str) -> int:
    units = {"min": 60, "s": 1}
    return sum(int(count) * units[unit] for count, unit in re.findall(r"(\d+) (min|s)\b", said))


def test_a_page_brings_itself_up_to_date_but_never_under_somebodys_hands(desk: Desk) -> None:
    window_id, referral_id = offered(desk.world)
    page = desk.open()
    page.clock.install()
    page.goto("/")
    sign_in(page, "haringey")
    referral_of(page).select_option(referral_id)
    page.locator("body").click(position={"x": 2, "y": 2})
    desk.world.say("haringey", f"/v1/windows/{window_id}/acknowledge")
    page.clock.run_for(6_000)
    expect(referral_of(page)).to_have_value(referral_id)
    referral_of(page).select_option("")
    referral_of(page).blur()
    with page.expect_response(lambda answer: answer.url == f"{desk.url}/"):
        page.clock.run_for(6_000)
    expect(page.get_by_text("acknowledged by you")).to_be_visible()


# --- links of messages -------------------------------------------------------------------------------------------


def elsewhere(page: Page, body: str) -> None:
    """Go to a page of another site."""
    page.route("http://mail.example/**", lambda route: route.fulfill(content_type="text/html", body=body))
    page.goto("http://mail.example/")


def test_a_link_of_a_message_leads_through_the_sign_in_page_to_its_matter(desk: Desk) -> None:
    window_id, _ = offered(desk.world)
    page = desk.open()
    page.goto(f"/windows/{window_id}")
    sign_in(page, "haringey")
    assert page.url == f"{desk.url}/windows/{window_id}"
    expect(page.get_by_role("heading", level=1)).to_have_text("Larch House, place 1")
    assert press(page, "Acknowledge").startswith("Acknowledged.")


def test_a_link_from_another_site_finds_its_reader_signed_in(desk: Desk) -> None:
    """A mail program on the web is another site: a cookie that never comes from one would ask for the token again."""
    window_id, _ = offered(desk.world)
    page = desk.signed_in("haringey")
    link = f'<a href="{desk.url}/windows/{window_id}">Acknowledge, nominate or release</a>'
    elsewhere(page, link)
    page.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Larch House, place 1")


def test_a_form_of_another_site_says_nothing(desk: Desk) -> None:
    window_id, _ = offered(desk.world)
    page, desk.expected = desk.signed_in("haringey"), (403,)
    fields = f'<input name="window_id" value="{window_id}"><button>Win</button>'
    body = f'<form method="post" action="{desk.url}/act/acknowledge">{fields}</form>'
    elsewhere(page, body)
    with page.expect_response(lambda answer: "/act/" in answer.url) as answered:
        page.get_by_role("button").click()
    assert answered.value.status == 403
    assert desk.world.get("haringey", "/v1/vacancies")[0]["is_acknowledged"] is False


def test_a_confirm_link_asks_and_its_button_says_it(desk: Desk) -> None:
    window_id, _ = offered(desk.world)
    vacancy_id = window_id.rpartition(":")[0]
    page = desk.open()
    page.goto(f"/confirm/{vacancy_id}/filled")
    sign_in(page, "almond")
    expect(page.get_by_role("heading", level=1)).to_have_text("Has Larch House, place 1, been filled?")
    assert len(desk.world.get("almond", "/v1/offers")) == 1
    page.get_by_label("Why outside the order").select_option("sibling_in_home")
    assert press(page, "Yes, filled") == "Recorded: the place is filled."
    assert desk.world.get("almond", "/v1/offers") == []


# --- without a mouse, without script -----------------------------------------------------------------------------


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what the selector names has the focus, and see that the focus shows."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.evaluate("(each, selector) => each.matches(selector)", selector):
            assert focused.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"
            return
    raise AssertionError(f"no way to {selector} by keys")


def test_everything_can_be_done_by_keys_alone(desk: Desk) -> None:
    _, referral_id = offered(desk.world)
    page = desk.open()
    page.goto("/")
    tab_to(page, ".skip")
    tab_to(page, "#token")
    page.keyboard.type(token_of("haringey")[0])
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out").wait_for()
    tab_to(page, "form[action='/act/nominate'] select")
    page.keyboard.type(referral_id)
    tab_to(page, "form[action='/act/nominate'] button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Nominated.")
    tab_to(page, "summary")
    page.keyboard.press("Enter")
    tab_to(page, "form[action='/act/withdraw-nomination'] select")
    page.keyboard.press("ArrowDown")
    tab_to(page, "form[action='/act/withdraw-nomination'] button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("The nomination is withdrawn.")


def test_the_page_works_without_script(desk: Desk) -> None:
    _, referral_id = offered(desk.world)
    page = desk.signed_in("haringey", has_script=False)
    referral_of(page).select_option(referral_id)
    assert press(page, "Nominate").startswith("Nominated.")
    page.get_by_text("Withdraw it").first.click()
    page.get_by_label("Reason").first.select_option("price")
    assert press(page, "Withdraw nomination") == "The nomination is withdrawn."
