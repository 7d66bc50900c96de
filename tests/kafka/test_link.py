"""What is sent comes to lie where it is said to lie, however many batches it takes."""

import gc
from collections.abc import Sequence

import pytest
from aiokafka import AIOKafkaConsumer
from kafka import OffsetAndMetadata, TopicPartition

from deploy.local.processes import free_port, wait_until
from runtime.kafka_link import KafkaLink
from runtime.kafka_sending import BATCH_BYTES
from runtime.kafka_topics import administration
from runtime.log import Entry, LogUnavailable
from tests.kafka.shards import AT, PARTITIONS, Rules

WAIT_MAX_S = 30.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def entries(rules: Rules, sizes: Sequence[int]) -> list[Entry]:
    return [
        Entry(rules.inputs_topic, f"k{at}", f"{at}:".encode().ljust(size, b"x"), {"ce_id": f"n{at}"})
        for at, size in enumerate(sizes)
    ]


def lying(link: KafkaLink, topic: str) -> dict[tuple[int, int | None], bytes]:
    return {
        (partition, each.offset): each.value
        for partition in range(PARTITIONS)
        for run in link.read(topic, partition, 0)
        for each in run
    }


def test_each_of_many_is_told_where_it_lies(link: KafkaLink, rules: Rules) -> None:
    said = entries(rules, [100] * 40)
    sent = link.send(said)
    found = lying(link, rules.inputs_topic)
    assert [found[each.partition, each.offset] for each in sent] == [each.value for each in said]
    assert {each.partition for each in sent} == set(range(PARTITIONS))


def test_keys_lie_in_the_same_partition_alone_and_among_others(link: KafkaLink, rules: Rules) -> None:
    said = entries(rules, [100] * 8)
    together = [each.partition for each in link.send(said)]
    alone = [link.send([each])[0].partition for each in said]
    assert together == alone


def test_a_run_of_several_batches_lies_side_by_side(link: KafkaLink, rules: Rules) -> None:
    large = BATCH_BYTES + 1000
    said = entries(rules, [*[BATCH_BYTES // 5] * 12, large, 10])
    sent = link.send_run(said, AT)
    assert [each.offset for each in sent] == list(range(len(said)))
    found = lying(link, rules.inputs_topic)
    assert [found[AT, at] for at in range(len(said))] == [each.value for each in said]


def test_who_prepares_is_connected_and_knows_its_topics_before_it_asks(link: KafkaLink, rules: Rules) -> None:
    link.prepare([rules.inputs_topic])
    assert wait_until(
        lambda: link._reader is not None and knows(link._reader, rules.inputs_topic), WAIT_MAX_S
    )
    assert link.end(rules.inputs_topic, AT) == 0


def knows(reader: AIOKafkaConsumer, topic: str) -> bool:
    return bool(reader.partitions_for_topic(topic))


def test_who_prepares_while_kafka_is_out_of_reach_is_told_so_at_the_first_use() -> None:
    link = KafkaLink(f"127.0.0.1:{free_port()}", "nobody", request_s=1.0)
    link.prepare(["inputs"])
    with pytest.raises(LogUnavailable):
        link.end("inputs", AT)
    link.close()


def test_who_closes_while_it_still_prepares_leaves_nothing_under_way(
    kafka_address: str, rules: Rules, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(20):
        link = KafkaLink(kafka_address, "hasty", request_s=20)
        link.prepare([rules.inputs_topic, rules.outputs_topic])
        link.close()
    gc.collect()
    assert capfd.readouterr().err == ""


def test_who_has_read_to_the_end_fetches_no_more(link: KafkaLink, rules: Rules) -> None:
    """Kafka answers in order what is asked over a connection, and lets a fetch wait for what may come."""
    link.send_run(entries(rules, [100] * 40), AT)
    assert sum(len(run) for run in link.read(rules.inputs_topic, AT, 0)) == 40
    reader = link.run(link._ready_reader())
    assert reader.assignment() == set()
    assert sum(len(run) for run in link.read(rules.inputs_topic, AT, 30)) == 10


def test_what_a_group_acknowledged_is_told_for_each_partition_and_nobody_joins_it_for_that(
    link: KafkaLink, rules: Rules, kafka_address: str
) -> None:
    group, places = f"of-{rules.inputs_topic}", [(rules.inputs_topic, each) for each in range(PARTITIONS)]
    assert link.acknowledged(group, places) == {}
    with administration(kafka_address) as admin:
        admin.alter_group_offsets(group, {TopicPartition(*places[AT]): OffsetAndMetadata(7, "", None)})
        assert link.acknowledged(group, places) == {places[AT]: 7}
        assert admin.describe_groups([group])[group]["members"] == []


def test_who_asks_what_was_acknowledged_while_kafka_is_out_of_reach_is_told_so() -> None:
    link = KafkaLink(f"127.0.0.1:{free_port()}", "nobody", request_s=1.0)
    with pytest.raises(LogUnavailable):
        link.acknowledged("a-group", [("inputs", AT)])
    link.close()
