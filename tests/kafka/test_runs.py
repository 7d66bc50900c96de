"""What faust makes of the records of a partition, and what it commits."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from aiokafka import ConsumerRecord
from aiokafka.structs import TopicPartition
from mode import Service

from runtime.kafka_runs import DecidersConsumer, DecidersTransport, InRuns, records_of

PLACE = TopicPartition("inputs", 0)
OTHER = TopicPartition("inputs", 1)
POLLS = [[0], [1, 2, 5], [6, 7], [20]]


def record(place: Any, offset: int) -> Any:
    return ConsumerRecord(
        topic=place.topic, partition=place.partition, offset=offset, timestamp=0, timestamp_type=1, key=b"key",
        value=b"value", checksum=None, serialized_key_size=3, serialized_value_size=5, headers=(("a", b"b"),),
    )  # fmt: skip


def test_all_records_of_a_partition_come_as_one_message_and_are_taken_out_in_order() -> None:
    given = {PLACE: [record(PLACE, at) for at in (3, 4, 9)], OTHER: [record(OTHER, 7)]}
    messages = list(InRuns().iterate(given))  # type: ignore[abstract]
    assert [(place, each.offset) for place, each in messages] == [(PLACE, 3), (OTHER, 7)]
    found = records_of(SimpleNamespace(message=each) for _, each in messages)
    assert [(each.partition, each.offset) for each in found] == [(0, 3), (0, 4), (0, 9), (1, 7)]
    assert {(each.key, each.value, each.headers["a"]) for each in found} == {("key", b"value", "b")}


class Fed(DecidersConsumer):
    """Faust's consumer, which is given what it would have read, and stops when there is no more."""

    def _new_consumer_thread(self) -> Any:
        """Nothing is read from anywhere."""
        return Service()

    async def getmany(self, timeout: float) -> AsyncIterator[Any]:  # noqa: ARG002, ASYNC109 - as faust has it
        for poll in POLLS:
            for place, found in self.scheduler.iterate({PLACE: [record(PLACE, at) for at in poll]}):
                yield place, self._to_message(place, found)
        self._stopped.set()


def test_what_is_committed_is_what_is_decided_whatever_faust_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    app = faust.App("runs", broker="kafka://localhost:1", web_enabled=False, ConsumerScheduler=InRuns)
    nexts: dict[tuple[str, int], int] = {}
    app.transport = DecidersTransport(app, lambda: nexts)
    monkeypatch.setattr(app.topics, "acks_enabled_for", lambda _topic: True)
    messages: list[Any] = []

    async def take(message: Any) -> None:
        messages.append(message)

    async def ignore(_places: Any) -> None:
        """No partition comes or goes."""

    async def live() -> Fed:
        consumer = Fed(
            app.transport, callback=take, on_partitions_revoked=ignore, on_partitions_assigned=ignore,
            loop=asyncio.get_running_loop(),
        )  # fmt: skip
        consumer._read_offset[PLACE] = consumer._committed_offset[PLACE] = None
        await consumer._drain_messages(consumer)
        return consumer

    consumer = asyncio.run(live())
    assert [each.offset for each in messages] == [poll[0] for poll in POLLS]
    assert committable(consumer) == {}
    for each in messages:
        consumer.ack(each)
    assert committable(consumer) == {}
    nexts[PLACE.topic, PLACE.partition] = 7
    assert committable(consumer) == {PLACE: 7}
    assert not consumer._acked[PLACE]
    assert not consumer._gap[PLACE]


def committable(consumer: Fed) -> dict[Any, int]:
    """What faust would commit now."""
    return consumer._filter_committable_offsets([PLACE])
