"""A plainly invented mark in everything that is one tenant's, and a search for it in everything that others are given.

Each mark says who may see it. Everybody reads every route and page, mistakes and strangers' objects included; every
mail and outbox line counts as seen by whom it is addressed to; what is printed counts as seen by nobody.
"""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes, policy
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi.testclient import TestClient

from runtime.clock import VirtualClock
from runtime.logging import configure
from services.directory import Directory
from services.notifier.adapters.smtp import MailServer
from services.notifier.composing import channels
from services.standalone import Options, build
from tests.http.world import (
    AGREEMENT,
    HACKNEY,
    HOME,
    NEEDS,
    OTHER_HOME,
    PEOPLE,
    START,
    World,
    directory,
    home,
    opened,
    token_of,
)  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]
EVERYBODY = tuple(PEOPLE)
TENANTS = ("almond", "birch", "haringey", "camden")
NOBODY: frozenset[str] = frozenset()
COUNCILS = frozenset({"haringey", "camden", "hackney"})
OUTWARD = {HOME: "ZE77", OTHER_HOME: "ZE78"}
AVOIDED = {"haringey": "ZE87", "camden": "ZE88"}
FEE_MAX = {"haringey": 487_301, "camden": 487_302}
ORIGIN = {"origin": "http://testserver"}


def mark(kind: str, who: str) -> str:
    return f"zz-{kind}-of-{who}-zz"


def address(who: str, desk: str = "inbox") -> str:
    return f"zz-{desk}-{who}@hearth.invalid"


def marked_directory() -> Directory:
    """The directory of the small world, with marks for names and addresses, told by mail and outbox."""
    found = json.loads(directory(is_made_up=False).model_dump_json())
    for entry, who in zip(
        found["providers"] + found["teams"], ("almond", "birch", *sorted_teams()), strict=True
    ):
        entry["name"] = mark("name", who)
        for desk in ("inbox", "duty_manager"):
            sent_to = {"kind": "smtp", "address": address(who, desk)}
            entry[desk] = [sent_to, {"kind": "outbox"}]
    found["settings"] = {HOME: mark("house", "almond"), OTHER_HOME: mark("house", "birch")}
    return Directory.model_validate_json(json.dumps(found))


def sorted_teams() -> tuple[str, ...]:
    return ("haringey", "camden", "hackney")


@dataclass
class Post:
    """A real mail server: keeps each mail as it came, with the address that it was handed in for."""

    got: list[tuple[str, str]] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the server's word
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        body = mail.get_body()
        text = f"{mail.items()}\n{body.get_content() if body else ''}"
        self.got.extend((to, text) for to in envelope.rcpt_tos)
        return "250 OK"


@contextmanager
def post_office() -> Iterator[tuple[Post, MailServer]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    post = Post()
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield post, MailServer(host="127.0.0.1", port=port, sender="hearth@hearth.invalid")
    finally:
        controller.stop()


@dataclass
class Watch:
    """A world in which everything that anybody is given is remembered under who was given it."""

    world: World
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    """Who, where, what."""
    may_see: dict[str, frozenset[str]] = field(default_factory=dict)
    """Each mark, and who may be given it."""
    keys: int = 0

    def hand(self, who: str, where: str, text: str) -> None:
        self.seen.append((who, where, text))

    def call(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """Call the API under a marked key, and remember all that came back."""
        self.keys += 1
        key = mark(f"key{self.keys}", who)
        self.may_see[key] = NOBODY
        answer = self.world.call(who, method, path, body, **{"idempotency-key": key})
        self.hand(who, f"{method} {path}", f"{dict(answer.headers)} {answer.text}")
        return answer.json()

    def say(self, who: str, path: str, body: Any = None) -> Any:
        found = self.call(who, "POST", path, body or {})
        assert found.get("answer") == "accepted", found
        return found

    def leaks(self) -> list[tuple[str, str, str]]:
        """Every mark that somebody was given who may not see it: the mark, who, where."""
        return [
            (canary, who, where)
            for canary, allowed in self.may_see.items()
            for who, where, text in self.seen
            if who not in allowed and re.search(rf"(?<!\w){re.escape(canary)}(?!\w)", text)
        ]

    def count(self, canary: str) -> int:
        return sum(canary in text for _, _, text in self.seen)


def plant(watch: Watch) -> None:
    """Say who may see the marks of the directory and of the homes."""
    may = watch.may_see
    for provider, setting_id, other in (("almond", HOME, "birch"), ("birch", OTHER_HOME, "almond")):
        others = frozenset(EVERYBODY) - {other}
        may |= {mark("name", provider): others, mark("house", provider): others, OUTWARD[setting_id]: others}
    providers_and_ops = frozenset({"almond", "birch", "ops", "commissioner"})
    for team in ("haringey", "camden"):
        may[mark("name", team)] = providers_and_ops | {team}
        # The first tier of the agreement is called by its council's name, to all on the ladder.
        if team == "haringey":
            may[mark("name", team)] |= COUNCILS
        may |= {AVOIDED[team]: frozenset({team}), str(FEE_MAX[team]): frozenset({team})}
    for who in TENANTS:
        may |= {token_of(who)[0]: NOBODY, token_of(who)[1].sha256: NOBODY}
        own = frozenset({who})
        may |= {address(who): own, address(who, "duty_manager"): own}


def live(watch: Watch) -> dict[str, str]:
    """Walk two homes and two referrals through windows, nominations, a standby, a hold, a take and mistakes."""
    for who, setting_id in (("almond", HOME), ("birch", OTHER_HOME)):
        registered = home(setting_id, PEOPLE[who], borough=HACKNEY, outward_code=OUTWARD[setting_id])
        watch.say(who, "/v1/settings", registered)
        watch.say(who, "/v1/events", {"type": "SettingJudged", "setting_id": setting_id, "judgement": "good"})
        attached = {"type": "AgreementAttached", "setting_id": setting_id, "agreement": AGREEMENT}
        watch.say("ops", "/v1/events", attached)
    referrals = {who: refer(watch, who) for who in ("haringey", "camden")}
    windows = {}
    for who, setting_id in (("almond", HOME), ("birch", OTHER_HOME)):
        body = {"kind": "planned", "available_from": "2026-11-09", "fee": 480_000}
        facts = watch.say(who, f"/v1/settings/{setting_id}/vacancies", body)["facts"]
        windows[who] = next(each["window_id"] for each in facts if each["type"] == "WindowOpened")
    vacancies = {who: window.rpartition(":")[0] for who, window in windows.items()}
    for who in windows:
        watch.call(
            "camden", "POST", f"/v1/vacancies/{vacancies[who]}/standby", {"referral_id": referrals["camden"]}
        )
    nominate = {"referral_id": referrals["haringey"]}
    made = watch.say("haringey", f"/v1/windows/{windows['almond']}/nominate", nominate)
    nomination_id = made["facts"][0]["nomination_id"]
    watch.say("almond", f"/v1/nominations/{nomination_id}/accept")
    watch.say("haringey", f"/v1/windows/{windows['birch']}/release", {"reason": "price"})
    watch.may_see[referrals["haringey"]] = frozenset({"haringey", "almond", "ops"})
    watch.may_see[referrals["camden"]] = frozenset({"camden", "birch", "ops"})
    watch.may_see[nomination_id] = frozenset({"haringey", "almond", "ops"})
    return {**{f"{who} referral": id_ for who, id_ in referrals.items()}, "nomination": nomination_id,
            "window": windows["almond"], "vacancy": vacancies["almond"], "said": made["id"]}  # fmt: skip


def refer(watch: Watch, who: str) -> str:
    needs = {**NEEDS, "home_borough": PEOPLE[who], "avoid_areas": [AVOIDED[who]], "fee_max": FEE_MAX[who]}
    return str(watch.say(who, "/v1/referrals", {"needs": needs})["about"])


def stumble(watch: Watch, ids: dict[str, str]) -> None:
    """Ask, as a stranger, for what is another's, and send what no schema takes."""
    for who in ("birch", "camden", "hackney", "commissioner"):
        for path in (
            f"/v1/settings/{HOME}",
            f"/v1/referrals/{ids['haringey referral']}",
            f"/v1/answers/{ids['said']}",
        ):
            if who == "birch" or "/settings/" not in path:
                watch.call(who, "GET", path)
        watch.call(
            who, "GET", f"/v1/explain?vacancy_id={ids['vacancy']}&referral_id={ids['haringey referral']}"
        )
        watch.call(who, "POST", f"/v1/nominations/{ids['nomination']}/withdraw", {"reason": "price"})
        watch.call(who, "POST", f"/v1/referrals/{ids['haringey referral']}/confirm", {})
        watch.call(who, "POST", f"/v1/settings/{HOME}/no-change", {mark("field", "haringey"): 1})
        watch.call(
            who, "POST", f"/v1/windows/{ids['window']}/nominate", {"referral_id": ids["haringey referral"]}
        )


TEAMS_LISTS = ("windows", "standbys", "matches", "holds", "referrals")
OTHER_LISTS = ("nominations", "offers", "settings", "ended", "letters")
PAGES = ("/", *(f"/lists/{each}" for each in (*TEAMS_LISTS, *OTHER_LISTS)))


def look(watch: Watch) -> None:
    """Let everybody read every route without a name in its path, and the page."""
    routes = [path for method, path in watch.world.system.app.state.access if method == "GET"]
    for who in EVERYBODY:
        for path in (path for path in routes if path.startswith("/v1/") and "{" not in path):
            watch.call(who, "GET", path)
        with TestClient(watch.world.system.app) as browser:
            browser.post("/sign-in", data={"token": token_of(who)[0]}, headers=ORIGIN)
            for path in PAGES:
                watch.hand(who, "page", browser.get(path).text)


def collect(watch: Watch, post: Post, outbox: Path, printed: str) -> None:
    """Hand everybody the mail and outbox lines that were addressed to them, and nobody what was printed."""
    who_has = {address(who, desk): who for who in PEOPLE for desk in ("inbox", "duty_manager")}
    for to, text in post.got:
        watch.hand(who_has[to], "mail", text)
    party = {id_: who for who, id_ in PEOPLE.items()}
    for line in outbox.read_text().splitlines():
        watch.hand(party[json.loads(line)["to"]["id"]], "outbox", line)
    watch.hand("nobody", "printed", printed)


@dataclass
class Story:
    watch: Watch
    folder: Path
    ids: dict[str, str]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The story is told once, for all who search it."""
    folder, clock, printed = tmp_path_factory.mktemp("marked"), VirtualClock(START), StringIO()
    with redirect_stderr(printed), redirect_stdout(printed), post_office() as (post, server):
        configure()
        told = channels(outbox=folder / "outbox.jsonl", mail=server)
        options = Options(is_turned_by_caller=True, channels=told)
        with opened(build(folder, clock, marked_directory(), options), clock) as world:
            watch = Watch(world)
            plant(watch)
            ids = live(watch)
            look(watch)
            stumble(watch, ids)
            for hours in (7, 50, 80):
                world.wait(timedelta(hours=hours))
                look(watch)
            collect(watch, post, folder / "outbox.jsonl", printed.getvalue())
            yield Story(watch, folder, ids)
    structlog.reset_defaults()


def test_nobody_is_given_what_is_anothers(story: Story) -> None:
    watch = story.watch
    assert not watch.leaks()
    assert {where for _, where, _ in watch.seen} >= {"mail", "outbox", "printed", "page"}
    assert {who for who, where, _ in watch.seen if where == "mail"} >= set(TENANTS)
    assert "message_refused" in next(text for _, where, text in watch.seen if where == "printed")


def test_the_marks_are_where_their_owners_look(story: Story) -> None:
    """A mark that nobody is ever given would prove nothing."""
    watch, ids = story.watch, story.ids
    shown = [mark("name", who) for who in TENANTS] + [mark("house", "almond"), mark("house", "birch")]
    shown += [*OUTWARD.values(), *AVOIDED.values(), *map(str, FEE_MAX.values())]
    for canary in [*shown, ids["haringey referral"], ids["camden referral"], ids["nomination"]]:
        assert watch.count(canary), canary


def test_a_leak_is_found_wherever_it_is(story: Story) -> None:
    watch, ids = story.watch, story.ids
    for who, canary in (
        ("camden", ids["haringey referral"]),
        ("birch", mark("house", "almond")),
        ("almond", AVOIDED["haringey"]),
        ("nobody", token_of("birch")[0]),
        ("haringey", mark("key1", "almond")),
    ):
        leaked = (who, "leaked on purpose", f'{{"told": "{canary}"}}')
        assert (canary, *leaked[:2]) in replace(watch, seen=[*watch.seen, leaked]).leaks()


def test_names_addresses_keys_and_tokens_are_nowhere_in_the_log_s_files(story: Story) -> None:
    files = [each.read_bytes() for each in story.folder.glob("log.sqlite3*")]
    assert any(HOME.encode() in each for each in files)
    for canary in story.watch.may_see:
        if canary.startswith(("zz-", "hearth_")):
            assert not any(canary.encode() in each for each in files), canary
