"""The wire to Kafka for code that runs in threads: what is sent is acknowledged, what is read is read by partition.

Knows brokers, topics, partitions, offsets and stamps. Must not know what counts or what a value says.
One event loop in a thread of its own serves all callers. The producer is idempotent and waits for all replicas
in step (`acks=all`); records of one partition arrive in the order in which they were sent, or not at all from the
first that failed on.
"""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeVar

import structlog
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from aiokafka.partitioner import DefaultPartitioner

from runtime.clock import monotonic_s
from runtime.kafka_security import OPEN, Security
from runtime.log import Entry, LogMismatch, LogUnavailable, Record

REQUEST_S: Final = 30.0
STEP_S: Final = 5.0
"""How long a new wire may take to be made or ended."""
FOLLOW_S: Final = 0.25
"""How long a follower may take to see that it is to stop."""
BATCH_BYTES: Final = 512 * 1024
RECORD_BYTES_MAX: Final = 8 * 1024 * 1024
FETCH_BYTES: Final = 4 * 1024 * 1024
SILENCE_MAX_S: Final = 10.0
"""A reader is answered several times a second, also when there is nothing new."""
PUT: Final = DefaultPartitioner()
"""Where a key goes, by the rule of every client of Kafka."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Ends = Mapping[tuple[str, int], int]
"""An offset for each of some partitions."""
Result = TypeVar("Result")
logger = structlog.get_logger()


class OutcomeUnknown(LogUnavailable):
    """What was sent may have been appended, may be appended yet, or never."""


class Sent(NamedTuple):
    """Where an entry came to lie, and its stamp. `offset` None: appended, and nobody can say where."""

    topic: str
    partition: int
    offset: int | None
    stamped_at: datetime


class Run(list[Record]):
    """Records of some partitions, and from where to where each of these was read.

    What is missing between is no record: Kafka gives offsets to its own marks too, and takes away what has expired.
    """

    def __init__(
        self, records: Iterable[Record] = (), begins: Ends | None = None, nexts: Ends | None = None
    ) -> None:
        super().__init__(records)
        self.begins, self.nexts = begins or {}, nexts or {}


def instant_of(stamp_ms: int) -> datetime:
    """The aware UTC instant of Kafka's milliseconds."""
    return EPOCH + timedelta(milliseconds=stamp_ms)


class KafkaLink:
    """Sends and reads for any number of threads, from its making until `close`."""

    def __init__(
        self, brokers: str, client_id: str, request_s: float = REQUEST_S, security: Security = OPEN
    ) -> None:
        """`brokers` is host:port, more of them after commas; nobody is called before the first use."""
        self._brokers, self._client_id, self._request_s = brokers, client_id, request_s
        self._security = security
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=client_id, daemon=True)
        self._thread.start()
        self._producer: AIOKafkaProducer | None = None
        self._making = asyncio.Lock()
        self._reader: AIOKafkaConsumer | None = None
        self._reading = threading.Lock()

    def run(self, work: Coroutine[Any, Any, Result], timeout_s: float | None = None) -> Result:
        """Run a coroutine in the wire's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_s)

    def close(self) -> None:
        """End the connections and the thread; the wire must not be used afterwards."""
        for each in (self._producer, self._reader):
            if each is not None:
                self.run(_stopped(each))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # --- sending ------------------------------------------------------------------------------------------------

    def send(self, entries: Sequence[Entry]) -> list[Sent]:
        """Send the entries, each to its key's partition, and wait until each is acknowledged.

        OutcomeUnknown if one was not: any of them may then be appended, now or later.
        """
        return self.run(self._send(partial(_each_sent, entries)))

    def send_run(self, entries: Sequence[Entry], partition: int) -> list[Sent]:
        """Send entries of one topic to one partition, where they come to lie in this order, and wait; as `send`.

        They go in as few batches as hold them, which costs less than to hand them over one by one.
        """
        return self.run(self._send(partial(_run_sent, entries, partition)))

    async def _send(self, give: Callable[[AIOKafkaProducer], Awaitable[list[Sent]]]) -> list[Sent]:
        producer = None
        try:
            producer = await self._ready_producer()
            return await give(producer)
        except (KafkaError, OSError, TimeoutError) as error:
            await self._leave(producer)
            raise OutcomeUnknown(f"Kafka did not take it: {type(error).__name__}") from error

    async def _ready_producer(self) -> AIOKafkaProducer:
        async with self._making:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._brokers,
                    client_id=self._client_id,
                    acks="all",
                    enable_idempotence=True,
                    linger_ms=0,
                    compression_type="lz4",
                    max_batch_size=BATCH_BYTES,
                    max_request_size=RECORD_BYTES_MAX,
                    request_timeout_ms=int(self._request_s * 1000),
                    **self._security.options,
                )
                await _started(producer)
                self._producer = producer
            return self._producer

    async def _leave(self, failed: AIOKafkaProducer | None) -> None:
        """Leave a producer that has failed: after a failure it can promise no order. The next send makes a new one.

        Others whose sends failed with it find it left, and leave the new one alone.
        """
        async with self._making:
            if failed is None or failed is not self._producer:
                return
            self._producer = None
        await _stopped(failed)

    # --- reading ------------------------------------------------------------------------------------------------

    def partitions(self, topic: str) -> tuple[int, ...]:
        """The partitions of a topic; LogUnavailable, also if there is no such topic."""
        return self.run(self._in_reach(self._partitions(topic)))

    async def _partitions(self, topic: str) -> tuple[int, ...]:
        producer = await self._ready_producer()
        return tuple(sorted(await producer.partitions_for(topic)))

    def end(self, topic: str, partition: int) -> int:
        """The offset that the partition's next record will have."""
        place = TopicPartition(topic, partition)
        ends: dict[TopicPartition, int] = self.run(self._asked(lambda reader: reader.end_offsets([place])))
        return ends[place]

    def ends(self, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """For each of these partitions the offset that its next record will have."""
        asked = [TopicPartition(*place) for place in places]
        ends = self.run(self._asked(lambda reader: reader.end_offsets(asked)))
        return {(place.topic, place.partition): end for place, end in ends.items()}

    def read(self, topic: str, partition: int, start: int) -> Iterator[Run]:
        """Everything of a partition from `start` to where it ended when asked, in runs that are not empty.

        From 0 it begins where Kafka does. LogMismatch if records before any other `start`, or `start` itself, are
        gone; LogUnavailable.
        """
        end, place = self.end(topic, partition), TopicPartition(topic, partition)
        while start < end:
            with self._reading:
                found = self.run(self._asked(partial(_fetch, place=place, start=start)))
            start = found.nexts.get((topic, partition), start)
            if found:
                yield found

    def following(self, nexts: Ends, stopped: threading.Event) -> Iterator[Run]:
        """What lies in these partitions from these offsets on, as it comes, until `stopped`; as `read`.

        An empty run says that Kafka answers and has nothing new; LogUnavailable once it has not answered for long.
        """
        reader = self.run(self._in_reach(self._new_reader()))
        try:
            self.run(self._in_reach(_at(reader, {TopicPartition(*place): at for place, at in nexts.items()})))
            at, silence = dict(nexts), Silence()
            while not stopped.is_set():
                found = self.run(self._in_reach(_next_run(reader, at, FOLLOW_S)))
                at |= found.nexts
                if silence.is_broken(len(found), _answered_ms(reader, at)):
                    yield found
        finally:
            self.run(_stopped(reader))

    async def _asked(self, ask: Callable[[AIOKafkaConsumer], Awaitable[Result]]) -> Result:
        return await self._in_reach(ask(await self._in_reach(self._ready_reader())))

    async def _in_reach(self, work: Awaitable[Result]) -> Result:
        try:
            return await asyncio.wait_for(work, self._request_s)
        except OffsetOutOfRangeError as error:
            raise LogMismatch("Kafka no longer has, or never had, what was read before") from error
        except (KafkaError, OSError, TimeoutError) as error:
            raise LogUnavailable(f"Kafka cannot be read: {type(error).__name__}") from error

    async def _ready_reader(self) -> AIOKafkaConsumer:
        async with self._making:
            if self._reader is None:
                self._reader = await self._new_reader()
            return self._reader

    async def _new_reader(self) -> AIOKafkaConsumer:
        """A consumer without a group: where it reads is said by who asks."""
        reader = AIOKafkaConsumer(
            bootstrap_servers=self._brokers,
            client_id=self._client_id,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=100,
            request_timeout_ms=int(self._request_s * 1000),
            **self._security.options,
        )
        await _started(reader)
        return reader


class Silence:
    """Whether Kafka still answers, by the answers that a reader has had: nothing is asked for it."""

    def __init__(self) -> None:
        self._last_ms, self._since_s = 0, monotonic_s()

    def is_broken(self, count: int, answered_ms: int) -> bool:
        """Tell whether there was an answer since the last call; LogUnavailable if there was none for SILENCE_MAX_S."""
        if count or answered_ms != self._last_ms:
            self._last_ms, self._since_s = answered_ms, monotonic_s()
            return True
        if monotonic_s() - self._since_s > SILENCE_MAX_S:
            raise LogUnavailable(f"Kafka has not answered for {SILENCE_MAX_S:g} s")
        return False


def _answered_ms(reader: AIOKafkaConsumer, places: Ends) -> int:
    """When the partition that was answered for longest ago was; 0 while one never was."""
    return min((reader.last_poll_timestamp(TopicPartition(*each)) or 0 for each in places), default=0)


async def _at(reader: AIOKafkaConsumer, places: Mapping[TopicPartition, int]) -> None:
    """Read from there on; from 0 begins where Kafka does, for what expired before anybody read it is not missed."""
    reader.assign(list(places))
    whole = [place for place, start in places.items() if start == 0]
    begins = await reader.beginning_offsets(whole) if whole else {}
    for place, start in places.items():
        reader.seek(place, begins.get(place, start))


async def _fetch(reader: AIOKafkaConsumer, place: TopicPartition, start: int) -> Run:
    if reader.assignment() != {place} or await reader.position(place) != start:
        await _at(reader, {place: start})
    return await _next_run(reader, {(place.topic, place.partition): start}, 1.0)


async def _next_run(reader: AIOKafkaConsumer, begins: Ends, timeout_s: float) -> Run:
    """What has come, and how far it goes, which may be further than its last record."""
    found = await reader.getmany(timeout_ms=int(timeout_s * 1000))
    nexts = {place: await reader.position(TopicPartition(*place)) for place in begins}
    moved = {place: at for place, at in nexts.items() if at != begins[place]}
    records = [record_of(each) for run in found.values() for each in run]
    return Run(records, {place: begins[place] for place in moved}, moved)


async def _each_sent(entries: Sequence[Entry], producer: AIOKafkaProducer) -> list[Sent]:
    """Those of one partition go together; an entry alone goes with what others send at the same moment."""
    if len(entries) == 1:
        [each] = entries
        key = each.key.encode()
        return [_sent(await producer.send_and_wait(each.topic, each.value, key, headers=_headers(each)), 0)]
    partitions = {topic: sorted(await producer.partitions_for(topic)) for topic in {e.topic for e in entries}}
    runs: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for at, each in enumerate(entries):
        every = partitions[each.topic]
        runs[each.topic, PUT(each.key.encode(), every, every)].append(at)
    found = await asyncio.gather(
        *[_run_sent([entries[at] for at in run], place[1], producer) for place, run in runs.items()]
    )
    places = zip(chain(*runs.values()), chain(*found), strict=True)
    return [sent for _, sent in sorted(places, key=itemgetter(0))]


async def _run_sent(entries: Sequence[Entry], partition: int, producer: AIOKafkaProducer) -> list[Sent]:
    topic, counts, waits = entries[0].topic, [], []
    for batch in _batches(producer, entries):
        counts.append(batch.record_count())
        waits.append(await producer.send_batch(batch, topic, partition=partition))
    found = await asyncio.gather(*waits)
    return [_sent(each, at) for each, count in zip(found, counts, strict=True) for at in range(count)]


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


def _sent(found: Any, at: int) -> Sent:
    """Where a record lies that is the `at`th of those that were acknowledged together.

    A batch that Kafka knew already is acknowledged without its place (aiokafka 0.14, DuplicateSequenceNumber).
    """
    offset = found.offset + at if found.offset >= 0 else None
    return Sent(found.topic, found.partition, offset, instant_of(found.timestamp))


def record_of(found: Any) -> Record:
    """A consumer's record as the log's port has it."""
    return _record(found, instant_of(found.timestamp))


def record_of_message(message: Any) -> Record:
    """Faust's message as the log's port has it; its time is in seconds."""
    return _record(message, instant_of(round(message.timestamp * 1000)))


def _record(found: Any, stamped_at: datetime) -> Record:
    """Headers that are not text are left out, and then are refused as missing; so is a key that is not."""
    headers: dict[str, str] = {}
    for name, value in found.headers or ():
        try:
            headers[name] = value.decode()
        except (AttributeError, UnicodeDecodeError):
            continue
    key = (found.key or b"").decode(errors="replace")
    return Record(
        found.topic, found.offset, key, found.value or b"", headers, stamped_at, partition=found.partition
    )


async def _started(each: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Start it, and leave nothing behind if it does not."""
    try:
        await each.start()
    except BaseException:
        await _stopped(each)
        raise


async def _stopped(each: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Stop it. What was not sent by then was never acknowledged to anybody."""
    try:
        await asyncio.wait_for(_stop(each), STEP_S)
    except (KafkaError, OSError, TimeoutError) as error:
        logger.warning("kafka_connection_left", reason=type(error).__name__)


async def _stop(each: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Stop it, its connections too.

    A reader that waits to ask a broker out of reach again ends with the cancelling of that wait, as if this here were
    cancelled, and before its connections are closed (aiokafka 0.14, `Fetcher.close`).
    """
    try:
        await each.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if isinstance(each, AIOKafkaProducer) or (task is not None and task.cancelling()):
            raise
        await each._client.close()  # noqa: SLF001 - nobody else does, and each try would leave some more
