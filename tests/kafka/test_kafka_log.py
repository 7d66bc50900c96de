"""The log's port over Kafka: who appends reads what it wrote, and what must be said once is said once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.copies import Mirror, opened
from runtime.kafka_link import KafkaLink
from runtime.kafka_log import KafkaLog
from runtime.log import Entry, LogMismatch
from runtime.relay import Relay
from tests.kafka.shards import LOG_ID, PARTITIONS, Rules
from tests.runtime.toy import number

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "mirror"


@pytest.fixture
def log(link: KafkaLink, rules: Rules, place: Path) -> Iterator[KafkaLog]:
    made = followed(link, rules, place)
    yield made
    made.close()


def followed(link: KafkaLink, rules: Rules, place: Path) -> KafkaLog:
    made = KafkaLog(link, opened(Mirror, place, LOG_ID), (rules.inputs_topic, rules.outputs_topic))
    made.follow()
    return made


def entries(topic: str, count: int, begins: int = 0) -> list[Entry]:
    made = [number("abcdef"[at % 6], f"n{at}", add=at) for at in range(begins, begins + count)]
    return [Entry(topic, each.key, each.value, each.headers) for each in made]


def ids(log: KafkaLog, topic: str) -> list[str]:
    return sorted(each.headers["ce_id"] for each in log.read(topic, 0, 1000))


def test_who_appends_reads_what_it_wrote(log: KafkaLog, rules: Rules) -> None:
    wanted = entries(rules.inputs_topic, 12)
    stamps = [each.stamped_at for each in log.append(wanted)]
    found = {each.headers["ce_id"]: each for each in log.read(rules.inputs_topic, 0, 100)}
    assert [found[each.headers["ce_id"]].stamped_at for each in wanted] == stamps
    assert {each.key for each in found.values()} == set("abcdef")


def test_a_mirror_that_is_lost_is_made_again(link: KafkaLink, rules: Rules, place: Path) -> None:
    first = followed(link, rules, place)
    first.append(entries(rules.inputs_topic, 9))
    before = [(each.key, each.headers["ce_id"]) for each in first.read(rules.inputs_topic, 0, 100)]
    first.close()
    shutil.rmtree(place)
    again = followed(link, rules, place)
    after = [(each.key, each.headers["ce_id"]) for each in again.read(rules.inputs_topic, 0, 100)]
    again.close()
    for key in "abcdef":
        assert [each for each in after if each[0] == key] == [each for each in before if each[0] == key]


def test_a_mirror_of_another_log_is_refused(link: KafkaLink, rules: Rules, place: Path) -> None:
    followed(link, rules, place).close()
    with pytest.raises(LogMismatch, match="holds a copy of log"):
        opened(Mirror, place, "another")


def test_what_must_be_said_once_is_said_once(log: KafkaLog, rules: Rules) -> None:
    once, topic = log.once(), rules.inputs_topic
    first = once.append(entries(topic, 5))
    second = once.append(entries(topic, 8))
    assert ids(log, topic) == sorted(f"n{at}" for at in range(8))
    assert [each.stamped_at for each in second[:5]] == [each.stamped_at for each in first]


def test_the_clock_may_say_a_thing_again(log: KafkaLog, rules: Rules) -> None:
    for _ in range(2):
        log.append(entries(rules.inputs_topic, 1))
    assert ids(log, rules.inputs_topic) == ["n0", "n0"]


@pytest.mark.parametrize("keeps_its_mirror", [True, False])
def test_a_relay_that_lost_its_position_carries_nothing_again(
    link: KafkaLink, rules: Rules, place: Path, keeps_its_mirror: bool
) -> None:
    first = followed(link, rules, place)
    first.append(entries(rules.inputs_topic, 20))
    carry(first, rules)
    assert len(ids(first, rules.outputs_topic)) == 20
    first.append(
        [], positions={f"carrier:{rules.inputs_topic}": 7}
    )  # ended before it had noted how far it was
    first.close()
    if not keeps_its_mirror:
        shutil.rmtree(place)
    again = followed(link, rules, place)
    again.append(entries(rules.inputs_topic, 4, begins=20))
    carry(again, rules)
    assert ids(again, rules.outputs_topic) == sorted(f"n{at}:carried" for at in range(24))
    again.close()


def carry(log: KafkaLog, rules: Rules) -> None:
    relay = Relay(
        log.once(),
        "carrier",
        [rules.inputs_topic],
        lambda record: [
            Entry(
                rules.outputs_topic, record.key, record.value, {"ce_id": f"{record.headers['ce_id']}:carried"}
            )
        ],
        batch_max=6,
    )
    relay.start()
    while relay.step():
        pass


def test_a_record_knows_where_in_kafka_it_lies(log: KafkaLog, link: KafkaLink, rules: Rules) -> None:
    log.append(entries(rules.inputs_topic, 12))
    for partition in range(PARTITIONS):
        for run in link.read(rules.inputs_topic, partition, 0):
            for record in run:
                mirrored = log._mirror.at(rules.inputs_topic, partition, record.offset)
                assert mirrored is not None
                assert (mirrored.key, mirrored.value) == (record.key, record.value)
