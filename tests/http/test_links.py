"""Where the links of messages lead: to what they name, for whom it is; through the sign-in page; nowhere else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from runtime.clock import VirtualClock
from runtime.memory_log import MemoryLog
from schemas.words import Channel, DeliveryOutcome, MessageKind, Role
from services.brokerage_desk.pages import ITEMS
from services.notifier.domain.messages import About, Message, Recipient, message_key, provider, team
from services.notifier.domain.text import text
from services.notifier.ports import Channel as Way
from services.notifier.ports import Letter
from services.standalone import Options, compose
from tests.http.test_page import ORIGIN, form, signed_in
from tests.http.world import ALMOND, HARINGEY, HOME, NEEDS, PEOPLE, START, World, directory, opened, token_of

ABOUT = About(
    setting_id=HOME,
    place=1,
    vacancy_id=f"{HOME}:1:1",
    window_id=f"{HOME}:1:1:w1",
    nomination_id=f"{HOME}:1:1:n1",
    hold_id=f"{HOME}:1:1:h1",
    take_id="R-1:t1",
    referral_id="R-1",
)
WHO = {party: name for name, party in PEOPLE.items()}
ELSEWHERE = (
    "https://elsewhere.example/windows/SC012345:1:1:w1",
    "//elsewhere.example/windows/x",
    "/\\elsewhere.example",
    "/windows/../../elsewhere",
    "/windows/x?next=https://elsewhere.example",
    "/windows/x\r\nLocation: https://elsewhere.example",
    "/v1/referrals",
    "/sign-out",
    "javascript:alert(1)",
)


@dataclass
class Kept:
    """A channel that keeps its letters."""

    letters: list[Letter] = field(default_factory=list)
    in_flight_max: int = 4

    def send(self, letter: Letter, key: str) -> DeliveryOutcome:  # noqa: ARG002 - the port's words
        self.letters.append(letter)
        return DeliveryOutcome.SENT

    def links(self) -> set[tuple[str, str]]:
        """Return every link with whom it was sent to."""
        return {
            (WHO[letter.message.recipient.id], path)
            for letter in self.letters
            for path in re.findall(r"http://127\.0\.0\.1:8000(/\S+)", letter.body)
        }


def links_of(kind: MessageKind, recipient: Recipient) -> set[str]:
    about = ABOUT
    message = Message(
        key=message_key("offers:1:0", recipient),
        kind=kind,
        recipient=recipient,
        fact_id="offers:1:0",
        about=about,
        at=START,
        until=datetime(2026, 11, 3, tzinfo=UTC),
        code="good",
        number=1,
        on=date(2026, 11, 9),
    )
    return {link.path for link in text(message, lambda _, name: name).links}


PATHS = sorted(
    {
        path
        for kind in MessageKind
        for who in (team(HARINGEY), provider(ALMOND))
        for path in links_of(kind, who)
    }
)


KINDS = {"confirm", *ITEMS}


def test_messages_have_links_of_each_kind() -> None:
    assert {path.split("/")[1] for path in PATHS} == KINDS


@pytest.mark.parametrize("path", PATHS)
def test_every_link_leads_through_the_sign_in_page_and_back(world: World, path: str) -> None:
    world.hold()
    first = world.client.get(path)
    assert first.status_code == 303
    assert first.headers["location"].startswith("/sign-in?next=")
    page = world.client.get(first.headers["location"])
    assert (page.status_code, "Sign in" in page.text) == (200, True)
    [back] = re.findall(r'name="next" value="([^"]+)"', page.text)
    assert back == path
    wrong = world.client.post("/sign-in", data={"token": "wrong", "next": back}, headers=ORIGIN)
    assert wrong.headers["location"].startswith("/sign-in?failed&next=/")
    assert path in world.client.get(wrong.headers["location"]).text
    right = {"token": token_of("almond")[0], "next": back}
    assert world.client.post("/sign-in", data=right, headers=ORIGIN).headers["location"] == path


@pytest.mark.parametrize("path", ELSEWHERE)
def test_signing_in_leads_nowhere_else(world: World, path: str) -> None:
    page = world.client.get("/sign-in", params={"next": path})
    assert page.status_code == 200
    assert "elsewhere" not in page.text
    assert 'name="next"' not in page.text
    found = world.client.post("/sign-in", data={"token": token_of("almond")[0], "next": path}, headers=ORIGIN)
    assert (found.status_code, found.headers["location"]) == (303, "/")


# --- what was really sent ----------------------------------------------------------------------------------------


@pytest.fixture
def told() -> Iterator[tuple[World, Kept]]:
    clock, kept = VirtualClock(START), Kept()
    ways: dict[Channel, Way] = {Channel.OUTBOX: kept}
    options = Options(is_turned_by_caller=True, channels=ways)
    with opened(compose(MemoryLog(clock), clock, directory(), options), clock) as world:
        yield world, kept


def all_the_way(world: World) -> None:
    """Go through nomination, hold, take, move-in; a window that lapses; ageing, staleness, withdrawal; a downgrade."""
    referral_id, hold_id = world.hold()
    world.say(
        "haringey", f"/v1/referrals/{referral_id}/take", {"hold_id": hold_id, "starts_on": "2026-11-03"}
    )
    world.wait(timedelta(days=3))
    world.say("almond", f"/v1/vacancies/{hold_id.rpartition(':')[0]}/moved-in")
    window_id = world.post()
    world.say("haringey", f"/v1/windows/{window_id}/extend", {"seconds": 3600, "reason": "visit"})
    world.refer(age=15)
    judged = {"type": "SettingJudged", "setting_id": HOME, "judgement": "inadequate"}
    world.say("almond", "/v1/events", judged)
    world.say("almond", "/v1/events", {**judged, "judgement": "good"})
    for _ in range(30):
        world.wait(timedelta(days=1))


def test_every_link_that_was_sent_leads_its_reader_to_what_it_names(told: tuple[World, Kept]) -> None:
    world, kept = told
    browsers = {who: signed_in(world, who) for who in ("haringey", "camden", "almond")}
    seen: set[tuple[str, str]] = set()

    def follow() -> None:
        for who, path in kept.links() - seen:
            page = browsers[who].get(path)
            assert page.status_code == 200, (who, path)
            assert "<h1>" in page.text
            seen.add((who, path))

    referral_id, _ = world.hold()
    follow()
    held = browsers["haringey"].get(f"/referrals/{referral_id}").text
    assert "Take this place" in held
    assert 'action="/act/take"' in held


def test_every_link_leads_somewhere_also_when_its_matter_is_over(told: tuple[World, Kept]) -> None:
    world, kept = told
    all_the_way(world)
    browsers = {who: signed_in(world, who) for who in ("haringey", "camden", "almond")}
    links = kept.links()
    assert {path.split("/")[1] for _, path in links} >= KINDS
    for who, path in links:
        assert browsers[who].get(path).status_code == 200, (who, path)


def test_anothers_link_leads_nowhere_and_looks_like_none_at_all(told: tuple[World, Kept]) -> None:
    world, kept = told
    all_the_way(world)
    strangers = {Role.TEAM: signed_in(world, "hackney"), Role.PROVIDER: signed_in(world, "birch")}
    for _, path in kept.links():
        for role, browser in strangers.items():
            answer = browser.get(path)
            assert answer.status_code == 404, (role, path)
            assert "Larch House" not in answer.text
            assert answer.text == browser.get("/settings/SC999999").text


def test_a_team_sees_no_question_that_is_the_providers(world: World) -> None:
    world.register()
    vacancy_id = world.post().rpartition(":")[0]
    assert signed_in(world, "haringey").get(f"/confirm/{vacancy_id}/filled").status_code == 404


def test_a_provider_learns_of_no_nomination_by_guessing_its_link(world: World) -> None:
    world.register()
    window_id = world.post()
    vacancy_id = window_id.rpartition(":")[0]
    browser = signed_in(world, "almond")

    def page() -> str:
        return re.sub(r'value="[0-9a-f]{32}"', "", browser.get(f"/nominations/{vacancy_id}:n1").text)

    before = page()
    anticipated = world.say("haringey", "/v1/referrals:anticipate", {"needs": NEEDS})["about"]
    world.nominate("haringey", window_id, anticipated)
    assert page() == before


# --- the question behind a link ----------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["no-change", "still-vacant", "filled"])
def test_following_a_confirm_link_changes_nothing_and_its_one_button_does(world: World, word: str) -> None:
    world.register()
    vacancy_id = world.post().rpartition(":")[0]
    browser = signed_in(world, "almond")
    end = world.system.log.end("vacancies")
    page = browser.get(f"/confirm/{vacancy_id}/{word}")
    assert page.status_code == 200
    assert page.text.count('action="/act/') == 1
    assert world.system.log.end("vacancies") == end
    answer = browser.post(f"/act/{word}", data=form(page.text, word), headers=ORIGIN)
    assert answer.headers["location"] == f"/?answer=accepted&act={word}"
    assert world.system.log.end("vacancies") == end + 1


def test_a_word_that_no_link_has_is_no_question(world: World) -> None:
    world.register()
    vacancy_id = world.post().rpartition(":")[0]
    assert signed_in(world, "almond").get(f"/confirm/{vacancy_id}/withdraw").status_code == 404


# --- what a provider says by form --------------------------------------------------------------------------------


def say(world: World, browser: TestClient, act: str, **fields: str) -> str:
    """Say it and return the sentence that the page answers with."""
    answer = browser.post(f"/act/{act}", data={"key": f"{act}-{fields}", **fields}, headers=ORIGIN)
    [said] = re.findall(r'role="status">([^<]+)<', browser.get(answer.headers["location"]).text)
    assert world.client is not browser
    return str(said)


def test_a_provider_says_by_form_what_the_api_takes(world: World) -> None:
    world.register()
    browser = signed_in(world, "almond")
    post = {"setting_id": HOME, "kind": "planned", "available_from": "2026-11-09", "pounds": "4,800.50"}
    assert say(world, browser, "post", **post, place="2").startswith("Posted.")
    [offer] = world.get("almond", "/v1/offers")
    assert (offer["place"], offer["fee"]) == (2, 480_050)
    assert say(world, browser, "still-vacant", vacancy_id=offer["vacancy_id"]).startswith("Confirmed")
    numbers = {"setting_id": HOME, "vacant": "2", "kind": "planned", "pounds": "4800"}
    assert say(world, browser, "numbers", **numbers).startswith("Recorded.")
    assert len(world.get("almond", "/v1/offers")) == 2
    assert say(world, browser, "filled", vacancy_id=offer["vacancy_id"], code="court_order").endswith(
        "filled."
    )
    assert say(world, browser, "nil-return", setting_id=HOME).startswith("Recorded: no vacancies.")
    assert world.get("almond", "/v1/offers") == []


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("post", {"setting_id": HOME, "kind": "planned", "available_from": "soon"}),
        ("post", {"setting_id": HOME, "kind": "planned", "available_from": "2026-11-09", "pounds": "NaN"}),
        ("post", {"setting_id": HOME, "kind": "planned", "available_from": "2026-11-09", "pounds": "1e400"}),
        ("post", {"setting_id": HOME, "kind": "planned", "available_from": "2026-11-09", "place": "²"}),
        ("numbers", {"setting_id": HOME, "vacant": "-1", "kind": "planned"}),
        ("numbers", {"setting_id": HOME, "vacant": "", "kind": "planned"}),
    ],
)
def test_a_field_that_is_none_is_refused_in_plain_words(
    world: World, act: str, fields: dict[str, str]
) -> None:
    world.register()
    said = say(world, signed_in(world, "almond"), act, **fields)
    assert said == "Refused: a field is empty or has something in it that is not allowed there."
    assert world.get("almond", "/v1/offers") == []


# --- what a team sees of what fits -------------------------------------------------------------------------------


def test_the_referrals_that_fit_a_window_stand_before_those_that_do_not(world: World) -> None:
    world.register()
    too_old = world.refer(age=17, needs=["uasc"])
    fits = world.refer()
    world.post()
    page = signed_in(world, "haringey").get("/").text
    [groups] = re.findall(r'name="referral_id" required>(.*?)</select>', page, re.DOTALL)
    assert groups.index("Fit this place") < groups.index(fits) < groups.index(too_old)
    row = re.search(rf"<tr><td>{fits}</td><td[^>]*>([^<]+)</td><td[^>]*>([^<]+)</td>", page)
    assert row is not None
    assert "in borough" in row[1]
    assert row[2] == "none needed"


def test_a_nomination_can_be_withdrawn_by_form(world: World) -> None:
    world.register()
    referral_id = world.refer()
    nomination_id = world.nominate("haringey", world.post(), referral_id)
    browser = signed_in(world, "haringey")
    assert nomination_id in browser.get("/").text
    said = say(world, browser, "withdraw-nomination", nomination_id=nomination_id, reason="plan_changed")
    assert said == "The nomination is withdrawn."
    assert world.get("almond", "/v1/nominations") == []


def test_a_form_that_is_sent_after_signing_out_says_nothing_and_asks_to_sign_in(world: World) -> None:
    world.register()
    window_id = world.post()
    answer = world.client.post(
        "/act/release", data={"key": "k", "window_id": window_id, "reason": "price"}, headers=ORIGIN
    )
    assert answer.status_code == 401
    assert "Sign in" in answer.text
    assert world.get("haringey", "/v1/vacancies")[0]["is_released"] is False
