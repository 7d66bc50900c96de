"""`hearth dead-letters` over both kinds of log: each refusal once, never what it held, and said again as it was."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from runtime.clock import SystemClock, VirtualClock
from runtime.dead_letters import Invalid, dead_letter
from runtime.log import DEAD_LETTERS, Entry, Record
from runtime.sqlite_log import SqliteLog
from schemas import vacancies
from schemas.dead_letters import RULE_OF, Refusal
from schemas.values import Party
from schemas.words import Role
from services.directory import Caller
from services.edge.inputs import said
from services.edge.letters import Letters
from services.edge.problems import FieldProblem
from services.matcher.runners import decide_all
from tests.dead_letters.hearth import all_of, hearth, told
from tests.http.world import ALMOND, HOME, START, home
from tests.servers.brokers import Broker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
CANARY = "zzz-canary"
ONCE_REFUSED = Invalid(Refusal.UNKNOWN_TYPE, "$", RULE_OF[Refusal.UNKNOWN_TYPE])
"""What a program of yesterday said of an input that the one of today can read."""


def an_input(name: str) -> Entry:
    fields = {**home(HOME), "policy": "hearth-2026-1", "calendar": "england-2027-12"}
    by = Party(role=Role.PROVIDER, id=ALMOND), None
    return said(vacancies.SettingRegistered, fields, by=by, now=START, id=name, request="0" * 64).entry()


def bad_input() -> Entry:
    good = an_input("bad")
    return replace(good, value=good.value.replace(b'"setting_id"', f'"{CANARY}":1,"setting_id"'.encode(), 1))


class Written:
    """A log in a directory with a bad input, one that was refused by mistake, and one refused at the door."""

    def __init__(self, data: Path) -> None:
        self.data = data
        log = SqliteLog(data, SystemClock())
        log.append([bad_input()])
        decide_all(log)
        log.append([an_input("refused-by-mistake")])
        [mistaken] = log.read("vacancies", 1, 1)
        letter = dead_letter(mistaken, ONCE_REFUSED, "/hearth/matcher")
        log.append([letter, letter])
        caller = Caller(Role.PROVIDER, ALMOND, "Almond Homes")
        Letters(log, VirtualClock(START)).write(
            caller, CANARY.encode(), FieldProblem(field="body", rule="not JSON")
        )
        log.close()

    def records(self, topic: str) -> list[Record]:
        log = SqliteLog(self.data, SystemClock(), is_read_only=True)
        try:
            return log.read(topic, 0, 100)
        finally:
            log.close()


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


def listed(*words: str) -> Any:
    return told("dead-letters", "list", *words)


def test_letters_are_counted_by_topic_and_code_each_once(written: Written) -> None:
    found = listed("--data", str(written.data))
    counts = {(each["topic"], each["code"]): each["letters"] for each in found["groups"]}
    assert counts == {
        ("vacancies", "unknown_field"): 1,
        ("vacancies", "unknown_type"): 1,
        ("http", "not_json"): 1,
    }
    twice = next(each for each in found["letters"] if each["code"] == "unknown_type")
    assert (twice["id"], twice["told"], twice["input_id"]) == ("vacancies:1", 2, "refused-by-mistake")
    some = listed("--data", str(written.data), "--topic", "vacancies", "--code", "unknown_field")
    assert [each["id"] for each in some["letters"]] == ["vacancies:0"]


@pytest.mark.parametrize("words", [["list"], ["list", "--each"], ["show", "vacancies:0"]])
def test_no_command_shows_what_a_refused_record_held(written: Written, words: list[str]) -> None:
    for more in ([], ["--json"]):
        done = hearth("dead-letters", *words, "--data", str(written.data), *more)
        assert done.returncode == 0
        assert CANARY not in done.stdout + done.stderr


def test_a_letter_says_where_its_record_lies_and_which_rule_it_breaks(written: Written) -> None:
    found = told("dead-letters", "show", "vacancies:0", "--data", str(written.data))
    assert (found["topic"], found["offset"], found["code"], found["field"]) == (
        "vacancies",
        0,
        "unknown_field",
        "*",
    )
    assert (found["size"], found["is_there"]) == (len(written.records("vacancies")[0].value), True)


def test_what_can_be_read_by_now_is_said_again_as_it_was_and_decided_once(written: Written) -> None:
    done = told("dead-letters", "replay", "vacancies:1", "--data", str(written.data))
    assert done == {"replayed": [{"id": "vacancies:1", "to": "vacancies:2"}], "refused": []}
    _, first, again = written.records("vacancies")
    assert (first.key, first.value, first.headers) == (again.key, again.value, again.headers)
    log = SqliteLog(written.data, SystemClock())
    decide_all(log)
    log.close()
    assert [each.headers["ce_cause"] for each in written.records("offers")] == ["refused-by-mistake"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["vacancies:0"], "vacancies:0: it would be refused again: unknown_field, *"),
        (["vacancies:9"], "vacancies:9: there is no such letter"),
        (["--topic", "http"], "it was refused at the door and never appended; its sender was told"),
        ([], "which letters: either their ids, or --topic, --code or both"),
        (["--code", "strange"], "--code: one of too_large"),
    ],
)
def test_what_cannot_be_said_again_is_refused_with_one_line(
    written: Written, words: list[str], problem: str
) -> None:
    done = hearth("dead-letters", "replay", *words, "--data", str(written.data))
    assert done.returncode == 2
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1
    assert len(written.records("vacancies")) == 2


def test_a_directory_without_a_log_is_refused(tmp_path: Path) -> None:
    done = hearth("dead-letters", "list", "--data", str(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_a_kafka_that_does_not_answer_may_be_asked_again() -> None:
    done = hearth("dead-letters", "list", "--brokers", "127.0.0.1:1")
    assert (done.returncode, done.stderr.count("\n")) == (75, 1)


# --- on Kafka -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def brokers(own_kafka: Broker) -> str:
    """A Kafka with an input that was refused by mistake, told twice. Nobody decides there."""
    address = own_kafka.address
    assert hearth("topics", "apply", "--brokers", address, "--replication", "1").returncode == 0
    with KafkaProducer(bootstrap_servers=address, acks="all") as producer:
        put(producer, an_input("refused-by-mistake"))
        put(producer, bad_input())
        for record in all_of(address, "vacancies"):
            letter = dead_letter(record, ONCE_REFUSED, "/hearth/matcher")
            put(producer, letter)
            put(producer, letter)
    return address


def put(producer: KafkaProducer, entry: Entry) -> None:
    headers = [(name, value.encode()) for name, value in entry.headers.items()]
    producer.send(entry.topic, entry.value, key=entry.key.encode(), headers=headers).get(timeout=60)


def test_on_kafka_a_record_is_said_again_in_its_own_partition_and_no_other(brokers: str) -> None:
    letters = listed("--brokers", brokers)["letters"]
    assert [each["told"] for each in letters] == [2, 2]
    assert len(all_of(brokers, DEAD_LETTERS)) == 4
    done = hearth("dead-letters", "replay", "--code", "unknown_type", "--brokers", brokers, "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 2
    assert len(found["replayed"]) == len(found["refused"]) == 1
    first, _, again = all_of(brokers, "vacancies")
    assert found["replayed"][0]["to"] == f"vacancies:{again.partition}:{again.offset}"
    assert first.partition == again.partition
    assert (first.key, first.value, first.headers) == (again.key, again.value, again.headers)


def test_on_kafka_a_record_that_is_not_the_one_of_the_letter_is_left_alone(brokers: str) -> None:
    with KafkaProducer(bootstrap_servers=brokers, acks="all") as producer:
        put(producer, an_input("fresh"))
        fresh = all_of(brokers, "vacancies")[-1]
        put(producer, dead_letter(replace(fresh, value=b"{}"), ONCE_REFUSED, "/hearth/matcher"))
        put(producer, dead_letter(replace(fresh, offset=999), ONCE_REFUSED, "/hearth/matcher"))
    place, gone = (f"vacancies:{fresh.partition}:{offset}" for offset in (fresh.offset, 999))
    count = len(all_of(brokers, "vacancies"))
    done = hearth("dead-letters", "replay", place, gone, "--brokers", brokers)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"{place}: another record lies there than the one that was refused",
        f"{gone}: its record is no longer there",
    ]
    assert len(all_of(brokers, "vacancies")) == count
