"""A provider's program writes whatever it likes to its own topic; only what it may say comes through."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from kafka import KafkaProducer

from deploy.local.processes import wait_until
from tests.dead_letters.hearth import Worker, all_of, hearth, told
from tests.http.world import ALMOND, BIRCH, HARINGEY, HOME, directory, home
from tests.servers.brokers import Broker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
FEED: Final = "feed-almond"
OTHER: Final = "SC067890"
CANARY: Final = "zzz-canary"
SAID_MAX_S: Final = 240.0


def line(kind: str, /, **fields: Any) -> bytes:
    return json.dumps({"type": kind, **fields}).encode()


def good(number: int) -> bytes:
    """What is well said, under an id of the provider's own."""
    return line("NilReturn", id=f"good-{number}", setting_id=HOME)


POISON: Final[dict[str, tuple[bytes | None, str, str]]] = {
    "nothing at all": (None, "not_json", "$"),
    "no JSON": (b'{"type": ' + CANARY.encode(), "not_json", "$"),
    "no text": (b"\xff\xfe\x00" + CANARY.encode(), "not_json", "$"),
    "a list": (b"[1, 2, 3]", "not_json", "$"),
    "a field twice": (b'{"type": "NilReturn", "type": "NilReturn"}', "duplicate_field", "$"),
    "no finite number": (
        b'{"type": "NumbersStated", "setting_id": "SC012345", "vacant": NaN}',
        "not_json",
        "$",
    ),
    "nested without end": (b'{"type":' * 5000 + b"1" + b"}" * 5000, "not_json", "$"),
    "a type that nobody knows": (line(CANARY, setting_id=HOME), "unknown_type", "type"),
    "a type of the clock's": (line("WindowDue", setting_id=HOME), "unknown_type", "type"),
    "a type of ops alone": (line("AgreementEnded", setting_id=HOME), "unknown_type", "type"),
    "no type": (line("NilReturn").replace(b'"type"', b'"kind"'), "unknown_type", "type"),
    "a field too few": (line("PlaceUnusable", setting_id=HOME), "missing", "place"),
    "a field too many": (line("NilReturn", setting_id=HOME, **{CANARY: CANARY}), "unknown_field", "*"),
    "a number as text": (line("NilReturn", setting_id=HOME, observed_at=7), "wrong_type", "observed_at"),
    "no id of a setting": (line("NilReturn", setting_id=CANARY), "not_allowed", "setting_id"),
    "another speaker": (
        line("NilReturn", setting_id=HOME, by={"role": "provider", "id": BIRCH}),
        "not_allowed",
        "by",
    ),
    "somebody else's word": (
        line("NilReturn", setting_id=HOME, on_behalf_of={"role": "team", "id": HARINGEY}),
        "not_allowed",
        "on_behalf_of",
    ),
    "another provider's home": (line("NilReturn", setting_id=OTHER), "not_allowed", "setting_id"),
    "a home for another": (
        line("SettingRegistered", **home("SC099999", BIRCH)),
        "not_allowed",
        "provider_id",
    ),
    "an id with a space": (line("NilReturn", id=f"{CANARY} {CANARY}", setting_id=HOME), "not_allowed", "id"),
    "more than a record may have": (line("NilReturn", setting_id="x" * 300_000), "too_large", "$"),
}


@dataclass
class Scene:
    """A broker, the offers decider, and the feed of one provider."""

    brokers: str
    feed: Worker

    def write(self, topic: str, values: list[bytes | None]) -> None:
        with KafkaProducer(bootstrap_servers=self.brokers, acks="all", linger_ms=5) as producer:
            for sent in [producer.send(topic, value, key=CANARY.encode()) for value in values]:
                sent.get(timeout=60)

    def letters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = told("dead-letters", "list", "--brokers", self.brokers)["letters"]
        return found

    def decided(self) -> list[str]:
        """The answers that were given, in their order."""
        return [json.loads(each.value)["answer"] for each in all_of(self.brokers, "offers")]


@pytest.fixture(scope="module")
def scene(own_kafka: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder, brokers = tmp_path_factory.mktemp("feed"), own_kafka.address
    made = hearth("topics", "apply", "--brokers", brokers, "--replication", "1", "--feed", FEED)
    assert made.returncode == 0, made.stderr
    people = folder / "directory.json"
    people.write_text(directory().model_dump_json())
    offers = Worker(folder / "offers", brokers, "offers")
    feed = Worker(
        folder / "feed",
        brokers,
        *("feed", "--provider", ALMOND, "--topic", FEED, "--directory", str(people)),
    )
    workers = [offers, feed]
    try:
        for each in workers:
            each.start()
        yield Scene(brokers, feed)
    finally:
        for each in workers:
            each.kill()


def test_every_kind_of_nonsense_is_told_once_and_its_neighbours_are_decided(scene: Scene) -> None:
    values: list[bytes | None] = [line("SettingRegistered", **home(HOME, ALMOND))]
    for number, (value, _, _) in enumerate(POISON.values()):
        values += [value, good(number)]
    scene.write(FEED, values)
    assert wait_until(lambda: len(scene.decided()) == 1 + len(POISON), SAID_MAX_S), scene.decided()
    assert scene.decided() == ["accepted"] * (1 + len(POISON))

    letters = scene.letters()
    by_offset = {each["offset"]: each for each in letters}
    assert len(letters) == len(POISON)
    for number, (name, (_, code, field)) in enumerate(POISON.items()):
        letter = by_offset[1 + 2 * number]
        assert (letter["code"], letter["field"]) == (code, field), name
        assert (letter["topic"], letter["partition"], letter["told"]) == (FEED, 0, 1), name
    assert all(CANARY.encode() not in each.value for each in all_of(scene.brokers, "dead-letters"))
    assert all(CANARY.encode() not in each.value for each in all_of(scene.brokers, "vacancies"))
    assert all(CANARY not in each.key for each in all_of(scene.brokers, "vacancies"))


def test_what_is_sent_again_under_its_own_id_is_carried_once(scene: Scene) -> None:
    before = len(all_of(scene.brokers, "vacancies"))
    decided = len(scene.decided())
    scene.write(FEED, [good(0), good(0), line("NilReturn", id="one-more", setting_id=HOME)])
    assert wait_until(lambda: len(scene.decided()) == decided + 1, SAID_MAX_S)
    assert len(all_of(scene.brokers, "vacancies")) == before + 1


def test_a_feed_that_is_killed_and_has_lost_its_mirror_carries_and_tells_nothing_twice(scene: Scene) -> None:
    before, letters = len(all_of(scene.brokers, "vacancies")), len(all_of(scene.brokers, "dead-letters"))
    decided = len(scene.decided())
    scene.feed.kill()
    for each in sorted((scene.feed.directory / "state").rglob("*"), reverse=True):
        each.rmdir() if each.is_dir() else each.unlink()
    scene.feed.start()
    scene.write(FEED, [line("NilReturn", id="after", setting_id=HOME)])
    assert wait_until(lambda: len(scene.decided()) == decided + 1, SAID_MAX_S)
    assert len(all_of(scene.brokers, "vacancies")) == before + 1
    assert len(all_of(scene.brokers, "dead-letters")) == letters


def test_a_letter_about_a_feed_is_said_again_in_that_feed_and_refused_again_there(scene: Scene) -> None:
    letter = scene.letters()[0]
    done = told("dead-letters", "replay", letter["id"], "--brokers", scene.brokers)
    assert done["refused"] == []
    topic, partition, offset = done["replayed"][0]["to"].split(":")
    assert (topic, partition) == (FEED, "0")
    assert wait_until(lambda: any(each["offset"] == int(offset) for each in scene.letters()), SAID_MAX_S)


def test_workers_write_nothing_but_json_lines_to_stderr(scene: Scene) -> None:
    for folder in (scene.feed.directory, scene.feed.directory.parent / "offers"):
        first, *others = (folder / "output.log").read_text().splitlines()
        assert "Ctrl-C ends it" in first
        for each in others:
            assert "\x1b" not in each
            assert "Ctrl-C ends it" in each or isinstance(json.loads(each), dict)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--provider", "P-0000000fff", "--topic", FEED], "--provider: one of the directory's providers"),
        (["--provider", ALMOND, "--topic", "vacancies"], "--topic: feed- and at most 27"),
        (["--provider", ALMOND], "--topic: feed- and at most 27"),
    ],
)
def test_a_feed_that_is_nobodys_is_refused_with_one_line(
    tmp_path: Path, words: list[str], problem: str
) -> None:
    people = tmp_path / "directory.json"
    people.write_text(directory().model_dump_json())
    place = ("--brokers", "127.0.0.1:1", "--state", str(tmp_path / "state"), "--directory", str(people))
    done = hearth("work", "feed", *words, *place)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(problem)
