import json
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from runtime.clock import VirtualClock
from runtime.log import Entry, LogUnavailable, Placed
from runtime.memory_log import MemoryLog
from runtime.sqlite_log import SqliteLog
from schemas.vacancies import NoChange
from schemas.values import Party
from schemas.words import Role
from services.edge.answers import Answers
from services.edge.inputs import said as an_input
from services.standalone import Options, compose
from tests.http.world import (
    ALMOND,
    HOME,
    NEEDS,
    OTHER_HOME,
    START,
    World,
    bearer,
    directory,
    home,
    opened,
    world_in,
)

POSTED: dict[str, Any] = {"kind": "planned", "available_from": "2026-11-09", "fee": 480_000}
KEY = {"idempotency-key": "monday-1"}


def lines(world: World, body: str, who: str = "almond", **headers: str) -> httpx.Response:
    sent = {**bearer(who), "content-type": "application/x-ndjson", **headers}
    answer: httpx.Response = world.client.post("/v1/events:batch", content=body.encode(), headers=sent)
    return answer


def said(**fields: Any) -> str:
    return json.dumps(fields)


# --- keys and repeats --------------------------------------------------------------------------------------------


def test_what_is_sent_twice_under_one_key_is_said_once(world: World) -> None:
    world.register()
    first = world.say("almond", f"/v1/settings/{HOME}/vacancies", POSTED, **KEY)
    end = world.system.log.end("vacancies")
    again = world.say("almond", f"/v1/settings/{HOME}/vacancies", POSTED, **KEY)
    assert again == first
    assert world.system.log.end("vacancies") == end
    assert len(world.get("almond", "/v1/offers")) == 1


def test_a_repeat_is_answered_with_the_first_decision_whatever_has_happened_since(world: World) -> None:
    world.register()
    window_id = world.post()
    release = {"reason": "price"}
    first = world.say("haringey", f"/v1/windows/{window_id}/release", release, **KEY)
    world.say("almond", f"/v1/vacancies/{window_id.rpartition(':')[0]}/withdraw")
    assert world.say("haringey", f"/v1/windows/{window_id}/release", release, **KEY) == first


def test_the_same_key_with_another_request_is_refused(world: World) -> None:
    world.register()
    world.say("almond", f"/v1/settings/{HOME}/vacancies", POSTED, **KEY)
    for path, body in (
        (f"/v1/settings/{HOME}/vacancies", {**POSTED, "fee": 1}),
        (f"/v1/settings/{HOME}/no-change", {}),
    ):
        answer = world.call("almond", "POST", path, body, **KEY)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert len(world.get("almond", "/v1/offers")) == 1


def test_the_order_of_fields_is_no_other_request(world: World) -> None:
    world.register()
    first = world.say("almond", f"/v1/settings/{HOME}/vacancies", POSTED, **KEY)
    turned = dict(reversed(POSTED.items()))
    assert world.say("almond", f"/v1/settings/{HOME}/vacancies", turned, **KEY) == first


def test_two_callers_with_the_same_key_do_not_meet(world: World) -> None:
    world.register()
    world.register("birch", "SC067890")
    ids = {
        world.say(who, f"/v1/settings/{each}/no-change", **KEY)["id"]
        for who, each in (("almond", HOME), ("birch", "SC067890"))
    }
    assert len(ids) == 2


def test_a_key_that_names_somebody_is_nowhere_in_the_log(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.say("almond", "/v1/settings", home(), **{"idempotency-key": "zz-not-a-person-zz"})
    for file in tmp_path.iterdir():
        assert b"zz-not-a-person-zz" not in file.read_bytes()


def test_a_key_is_one_visible_header(world: World) -> None:
    world.register()
    wrong = [[("idempotency-key", "")], [("idempotency-key", "x" * 256)], [("idempotency-key", "a b")]]
    wrong.append([("idempotency-key", "a"), ("idempotency-key", "b")])
    for headers in wrong:
        sent = [*bearer("almond").items(), *headers]
        answer = world.client.post(f"/v1/settings/{HOME}/no-change", headers=sent)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key"), headers


def test_a_referral_that_is_sent_twice_under_one_key_is_one_referral(world: World) -> None:
    first = world.say("haringey", "/v1/referrals", {"needs": NEEDS}, **KEY)
    assert world.say("haringey", "/v1/referrals", {"needs": NEEDS}, **KEY) == first
    assert len(world.get("haringey", "/v1/referrals")) == 1


# --- answers that are asked for later ---------------------------------------------------------------------------


def test_an_answer_survives_a_restart_and_is_its_callers_alone(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.register()
        first = world.say("almond", f"/v1/settings/{HOME}/vacancies", POSTED, **KEY)
        refused = world.call("almond", "POST", f"/v1/vacancies/{HOME}:1:1/moved-in", {}).json()
    with world_in(tmp_path) as world:
        assert world.get("almond", f"/v1/answers/{first['id']}") == first
        assert world.get("almond", f"/v1/answers/{refused['id']}")["code"] == refused["code"]
        assert world.get("ops", f"/v1/answers/{first['id']}")["id"] == first["id"]
        for who in ("birch", "haringey"):
            assert world.call(who, "GET", f"/v1/answers/{first['id']}").status_code == 404
        assert world.say("almond", f"/v1/settings/{HOME}/vacancies", POSTED, **KEY) == first


def test_what_is_durable_and_not_decided_in_time_says_so_and_is_answered_later(tmp_path: Path) -> None:
    """An engine that stands still: the input is in the log, and nobody is told that it was accepted."""
    clock = VirtualClock(START)
    log = SqliteLog(tmp_path, clock)
    still = compose(log, clock, directory(), Options(timeout_s=0.05))
    with opened(still, clock) as world:
        late = world.call("almond", "POST", "/v1/settings", home(), **KEY)
        assert (late.status_code, late.json()["code"]) == (503, "not_decided_yet")
        assert late.headers["retry-after"]
        id_ = late.json()["id"]
        assert world.call("almond", "GET", f"/v1/answers/{id_}").status_code == 404
        again = world.call("almond", "POST", "/v1/settings", home(), **KEY)
        assert (again.status_code, again.json()["id"], log.end("vacancies")) == (503, id_, 1)
        world.system.run_until_idle()
        assert world.get("almond", f"/v1/answers/{id_}")["answer"] == "accepted"
        assert world.say("almond", "/v1/settings", home(), **KEY)["id"] == id_
        assert log.end("offers") == 1


class SlowLog(MemoryLog):
    """A log that tries to append until it is let go, and then fails, as a Kafka does that cannot be reached."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self.tries, self.is_let_go = threading.Event(), threading.Event()

    def append(self, entries: Sequence[Entry], **_: Any) -> tuple[Placed, ...]:  # noqa: ARG002 - none comes to lie
        self.tries.set()
        assert self.is_let_go.wait(30)
        raise LogUnavailable("it is gone")


def test_a_repeat_is_not_told_that_it_is_durable_while_the_first_is_still_being_appended() -> None:
    log = SlowLog(VirtualClock(START))
    answers = Answers(log, timeout_s=0.05)
    by = Party(role=Role.PROVIDER, id=ALMOND)
    told = an_input(NoChange, {"setting_id": HOME}, by=(by, None), now=START, id="k-1", request="0" * 64)
    with ThreadPoolExecutor() as others:
        first = others.submit(answers.give, told)
        assert log.tries.wait(30)
        with pytest.raises(LogUnavailable):
            answers.give(told)
        log.is_let_go.set()
        with pytest.raises(LogUnavailable):
            first.result(30)


def test_one_key_twice_in_a_batch_is_one_input_and_two_requests_under_it_are_told_apart(world: World) -> None:
    world.register()
    end = world.system.log.end("vacancies")
    line = said(type="NoChange", setting_id=HOME, id="monday-2")
    other = said(type="NilReturn", setting_id=HOME, id="monday-2")
    told = lines(world, f"{line}\n{line}\n{other}").json()
    assert world.system.log.end("vacancies") == end + 1
    assert [each["problem"] and each["problem"]["code"] for each in told["lines"]] == [
        None,
        None,
        "idempotency_key_reused",
    ]


# --- a log out of reach -------------------------------------------------------------------------------------------


def test_a_full_log_answers_503_and_never_accepts(tmp_path: Path) -> None:
    clock = VirtualClock(START)
    log = SqliteLog(tmp_path, clock, pages_max=60)
    with opened(compose(log, clock, directory(), Options(timeout_s=0.05)), clock) as world:
        answers = [world.call("almond", "POST", "/v1/settings", home(f"SC{10000 + n}")) for n in range(400)]
        full = [each for each in answers if each.json().get("code") == "log_unavailable"]
        assert full
        assert all(each.status_code == 503 and each.headers["retry-after"] for each in full)
        assert not any(each.status_code == 202 for each in answers)
        assert answers[-1] in full
        assert log.end("vacancies") == len(answers) - len(full)


def test_a_read_only_log_answers_503_and_can_still_be_read(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        world.register()
    clock = VirtualClock(START)
    log = SqliteLog(tmp_path, clock, is_read_only=True)
    system = compose(log, clock, directory(), Options(timeout_s=0.05))
    system.read_model.projection(log).step()
    client = TestClient(system.app)
    answer = client.post(f"/v1/settings/{HOME}/no-change", headers=bearer("almond"))
    assert (answer.status_code, answer.json()["code"]) == (503, "log_unavailable")
    assert answer.headers["retry-after"]
    found = client.get(f"/v1/settings/{HOME}", headers=bearer("almond"))
    assert found.status_code == 200
    log.close()


# --- batches ------------------------------------------------------------------------------------------------------


def test_each_line_is_answered_and_a_bad_one_stops_nothing_else(world: World) -> None:
    body = "\n".join(
        [
            said(type="SettingRegistered", **home()),
            "not json at all",
            "",
            said(type="SettingJudged", setting_id=HOME, judgement="good"),
            said(type="SettingJudged", setting_id=HOME, judgement="splendid"),
            said(type="SettingJudged", setting_id="SC000009", judgement="good"),
            said(type="VacancyPosted", setting_id=HOME, **POSTED),
            said(type="PlaceUsable", setting_id=HOME, place=1),
        ]
    )
    answer = lines(world, body).json()
    told = {each["line"]: each.get("answer") or each["problem"] for each in answer["lines"]}
    assert list(told) == [1, 2, 4, 5, 6, 7, 8]
    codes = {line: each.get("code") or each["answer"] for line, each in told.items()}
    assert codes == {
        1: "accepted",
        2: "malformed",
        4: "accepted",
        5: "invalid",
        6: "not_found",
        7: "accepted",
        8: "place_not_unusable",
    }
    assert (answer["accepted"], answer["refused"], answer["invalid"]) == (3, 1, 3)
    assert "splendid" not in json.dumps(answer)
    assert len(world.get("almond", "/v1/offers")) == 1


def test_a_batch_that_is_sent_twice_says_everything_once(world: World) -> None:
    body = "\n".join(
        [said(type="SettingRegistered", **home()), said(type="NoChange", setting_id=HOME, id="mine-7")]
    )
    first = lines(world, body, **KEY).json()
    end = world.system.log.end("vacancies")
    assert lines(world, body, **KEY).json() == first
    assert world.system.log.end("vacancies") == end


def test_two_lines_of_one_id_that_say_different_things_are_one_answer_and_one_problem(world: World) -> None:
    world.register()
    world.register(setting_id=OTHER_HOME)
    first = said(type="NoChange", setting_id=HOME, id="mine-7")
    other = said(type="NoChange", setting_id=OTHER_HOME, id="mine-7")
    answer = lines(world, f"{first}\n{other}\n{first}").json()["lines"]
    assert [each["problem"] and each["problem"]["code"] for each in answer] == [
        None,
        "idempotency_key_reused",
        None,
    ]
    assert answer[0]["answer"] == answer[2]["answer"]
    later = lines(world, f"{other}\n{first}").json()["lines"]
    assert [each["problem"] and each["problem"]["code"] for each in later] == ["idempotency_key_reused", None]


def test_a_line_of_anothers_setting_is_not_found_and_not_appended(world: World) -> None:
    world.register()
    end = world.system.log.end("vacancies")
    answer = lines(world, said(type="NoChange", setting_id=HOME), "birch").json()
    assert answer["lines"][0]["problem"]["code"] == "not_found"
    assert world.system.log.end("vacancies") == end


def test_a_batch_has_a_limit_of_lines(world: World) -> None:
    assert lines(world, '{"type": "NoChange"}\n' * 5001).status_code == 413


@pytest.mark.parametrize("body", ["", "\n\n", "\r\n"])
def test_an_empty_batch_says_nothing(world: World, body: str) -> None:
    assert lines(world, body).json() == {"accepted": 0, "refused": 0, "invalid": 0, "lines": []}


def test_what_was_answered_is_in_the_file_at_once(tmp_path: Path) -> None:
    with world_in(tmp_path) as world:
        answer = world.say("almond", "/v1/settings", home())
        with sqlite3.connect(f"file:{tmp_path / 'log.sqlite3'}?mode=ro", uri=True) as beside:
            rows = beside.execute("SELECT key FROM records WHERE topic = 'vacancies'").fetchall()
        beside.close()
    assert rows == [(HOME,)]
    assert ALMOND not in answer["id"]
