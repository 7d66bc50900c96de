"""Offsets that no record has: a transaction's marks, and what has expired. A mirror passes over what Kafka explains."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaAdminClient, TopicPartition

from deploy.local.processes import wait_until
from runtime.copies import Mirror, opened
from runtime.kafka_link import KafkaLink
from runtime.kafka_log import KafkaLog
from runtime.log import LogMismatch
from tests.kafka.shards import AT, LOG_ID, Rules
from tests.kafka.test_kafka_log import entries, followed, ids

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
WAIT_MAX_S = 60.0


def transact(brokers: str, topic: str, names: list[str], *, is_aborted: bool = False) -> None:
    """Append inputs of these names to one partition in one transaction, which then has marks of its own there."""
    asyncio.run(_transact(brokers, topic, names, is_aborted=is_aborted))


async def _transact(brokers: str, topic: str, names: list[str], *, is_aborted: bool) -> None:
    async with AIOKafkaProducer(bootstrap_servers=brokers, transactional_id=topic) as producer:
        await producer.begin_transaction()
        for name in names:
            headers = [("ce_id", name.encode())]
            await producer.send_and_wait(topic, b"{}", b"a", partition=AT, headers=headers)
        await (producer.abort_transaction() if is_aborted else producer.commit_transaction())


def is_at_the_end(log: KafkaLog) -> bool:
    return log.ends(list(log.nexts())) == log.nexts()


def test_a_transaction_s_marks_are_no_gap_and_a_mirror_comes_to_the_end_behind_them(
    kafka_address: str, link: KafkaLink, rules: Rules, tmp_path: Path
) -> None:
    topic = rules.inputs_topic
    transact(kafka_address, topic, ["t0", "t1"])
    log = followed(link, rules, tmp_path / "mirror")
    transact(kafka_address, topic, ["t2"])
    transact(kafka_address, topic, ["t3"])
    assert wait_until(lambda: ids(log, topic) == ["t0", "t1", "t2", "t3"], WAIT_MAX_S), ids(log, topic)
    assert wait_until(lambda: is_at_the_end(log), WAIT_MAX_S), (log.ends(list(log.nexts())), log.nexts())
    log.append(entries(topic, 6))
    log.close()
    again = followed(link, rules, tmp_path / "mirror")
    assert len(ids(again, topic)) == 10
    again.close()


def test_a_worker_reads_what_it_was_not_brought_over_a_transaction_s_marks(
    kafka_address: str, link: KafkaLink, rules: Rules
) -> None:
    transact(kafka_address, rules.inputs_topic, ["t0"])
    transact(kafka_address, rules.inputs_topic, ["t1"])
    found = [each for run in link.read(rules.inputs_topic, AT, 0) for each in run]
    assert [(each.offset, each.headers["ce_id"]) for each in found] == [(0, "t0"), (2, "t1")]
    assert list(link.read(rules.inputs_topic, AT, 3)) == []


@pytest.fixture
def expire(kafka_address: str, rules: Rules) -> Callable[[int], None]:
    """Take away what lies before an offset, as its retention does."""

    def taken(before: int) -> None:
        with KafkaAdminClient(bootstrap_servers=kafka_address) as admin:
            admin.delete_records({TopicPartition(rules.inputs_topic, AT): before})

    return taken


def test_what_expired_before_anybody_read_it_is_not_missed(
    kafka_address: str, link: KafkaLink, rules: Rules, tmp_path: Path, expire: Callable[[int], None]
) -> None:
    transact(kafka_address, rules.inputs_topic, ["t0", "t1", "t2"])
    expire(2)
    log = followed(link, rules, tmp_path / "mirror")
    assert ids(log, rules.inputs_topic) == ["t2"]
    log.close()


def test_what_expired_before_a_mirror_came_to_it_is_refused_in_one_line(
    kafka_address: str, link: KafkaLink, rules: Rules, tmp_path: Path, expire: Callable[[int], None]
) -> None:
    transact(kafka_address, rules.inputs_topic, ["t0"])
    followed(link, rules, tmp_path / "mirror").close()
    transact(kafka_address, rules.inputs_topic, ["t1", "t2"])
    expire(4)
    mirror = opened(Mirror, tmp_path / "mirror", LOG_ID)
    again = KafkaLink(kafka_address, "again")  # the first one may have fetched ahead what then expired
    with pytest.raises(LogMismatch, match=r"^Kafka no longer has, or never had, what was read before$"):
        KafkaLog(again, mirror, (rules.inputs_topic,)).follow()
    again.close()
    mirror.close()
