"""Sending to Kafka: what is sent is acknowledged, and records of one partition arrive in the order they were sent.

Knows entries, partitions and batches. Must not know what a value says. The producer is idempotent and waits for all
replicas in step (`acks=all`): from the first record that failed on, none arrives.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from runtime import kafka_clients
from runtime.kafka_records import instant_of
from runtime.log import Entry, LogUnavailable

BATCH_BYTES: Final = 512 * 1024
ANSWER_S: Final = 10.0
"""How long Kafka may take to acknowledge; the producer itself would try for ever."""
RECORD_BYTES_MAX: Final = 8 * 1024 * 1024
PUT: Final = DefaultPartitioner()
"""Where a key goes, by the rule of every client of Kafka."""


class OutcomeUnknown(LogUnavailable):
    """What was sent may have been appended, may be appended yet, or never."""


class Sent(NamedTuple):
    """Where an entry came to lie, and its stamp. `offset` None: appended, and nobody can say where."""

    topic: str
    partition: int
    offset: int | None
    stamped_at: datetime


class Sender:
    """One producer at a time, for any number of tasks of one event loop."""

    def __init__(self, options: Mapping[str, Any], answer_s: float = ANSWER_S) -> None:
        """`options` say where Kafka is and how it is spoken to; nobody is called before the first use."""
        self._options, self._answer_s = options, answer_s
        self._producer: AIOKafkaProducer | None = None
        self._making = asyncio.Lock()

    async def send(self, entries: Sequence[Entry]) -> list[Sent]:
        """Send each entry to its key's partition; OutcomeUnknown."""
        return await self._send(partial(each_sent, entries))

    async def send_run(self, entries: Sequence[Entry], partition: int) -> list[Sent]:
        """Send entries of one topic to one partition, in as few batches as hold them; OutcomeUnknown."""
        return await self._send(partial(run_sent, entries, partition))

    async def _send(self, give: Callable[[AIOKafkaProducer], Awaitable[list[Sent]]]) -> list[Sent]:
        producer = None
        try:
            async with asyncio.timeout(self._answer_s):
                producer = await self.producer()
                return await give(producer)
        except (KafkaError, OSError, TimeoutError) as error:
            await self.leave(producer)
            raise OutcomeUnknown(f"Kafka did not take it: {type(error).__name__}") from error

    async def partitions(self, topic: str) -> tuple[int, ...]:
        """The partitions of a topic, as the producer knows them."""
        producer = await self.producer()
        return tuple(sorted(await producer.partitions_for(topic)))

    async def stop(self) -> None:
        """End the producer, if there is one."""
        if self._producer is not None:
            await kafka_clients.stop(self._producer)

    async def producer(self) -> AIOKafkaProducer:
        """The producer that is in use, or a new one."""
        async with self._making:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **self._options,
                    acks="all",
                    enable_idempotence=True,
                    linger_ms=0,
                    compression_type="zstd",
                    max_batch_size=BATCH_BYTES,
                    max_request_size=RECORD_BYTES_MAX,
                )
                await kafka_clients.start(producer)
                self._producer = producer
            return self._producer

    async def leave(self, failed: AIOKafkaProducer | None) -> None:
        """Leave a producer that has failed: after a failure it can promise no order. The next send makes a new one.

        Others whose sends failed with it find it left, and leave the new one alone.
        """
        async with self._making:
            if failed is None or failed is not self._producer:
                return
            self._producer = None
        await kafka_clients.stop(failed)


async def each_sent(entries: Sequence[Entry], producer: AIOKafkaProducer) -> list[Sent]:
    """Those of one partition go together; an entry alone goes with what others send at the same moment."""
    if len(entries) == 1:
        [each] = entries
        key = each.key.encode()
        return _sent(await producer.send_and_wait(each.topic, each.value, key, headers=_headers(each)), 1)
    partitions = {topic: sorted(await producer.partitions_for(topic)) for topic in {e.topic for e in entries}}
    runs: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for at, each in enumerate(entries):
        every = partitions[each.topic]
        runs[each.topic, PUT(each.key.encode(), every, every)].append(at)
    found = await asyncio.gather(
        *[run_sent([entries[at] for at in run], place[1], producer) for place, run in runs.items()]
    )
    places = zip(chain(*runs.values()), chain(*found), strict=True)
    return [sent for _, sent in sorted(places, key=itemgetter(0))]


async def run_sent(entries: Sequence[Entry], partition: int, producer: AIOKafkaProducer) -> list[Sent]:
    topic, counts, waits = entries[0].topic, [], []
    try:
        for batch in _batches(producer, entries):
            counts.append(batch.record_count())
            waits.append(await producer.send_batch(batch, topic, partition=partition))
        found = await asyncio.gather(*waits)
    finally:
        for each in waits:
            each.cancel()  # nobody waits any more, so nobody is to be told what becomes of it
    return [sent for each, count in zip(found, counts, strict=True) for sent in _sent(each, count)]


def _batches(producer: AIOKafkaProducer, entries: Sequence[Entry]) -> Iterator[Any]:
    """The entries in batches that nobody adds to; one that is larger than a batch has one of its own."""
    batch = producer.create_batch()
    for each in entries:
        told = {"timestamp": None, "key": each.key.encode(), "value": each.value, "headers": _headers(each)}
        if batch.append(**told) is None:
            yield batch
            batch = producer.create_batch()
            batch.append(**told)
    batch.close()
    yield batch


def _headers(entry: Entry) -> list[tuple[str, bytes]]:
    return [(name, value.encode()) for name, value in entry.headers.items()]


def _sent(found: Any, count: int) -> list[Sent]:
    """Where so many records lie that were acknowledged together.

    A batch that Kafka knew already is acknowledged without its place (aiokafka 0.14, DuplicateSequenceNumber).
    """
    topic, partition, stamped_at = found.topic, found.partition, instant_of(found.timestamp)
    offsets = range(found.offset, found.offset + count) if found.offset >= 0 else [None] * count
    return [Sent(topic, partition, offset, stamped_at) for offset in offsets]
