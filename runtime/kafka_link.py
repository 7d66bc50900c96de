"""The wire to Kafka for code that runs in threads: what is sent is acknowledged, what is read is read by partition.

Knows brokers, topics, partitions, offsets and stamps. Must not know what counts or what a value says.
One event loop in a thread of its own serves all callers.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from runtime import kafka_clients
from runtime.clock import monotonic_s
from runtime.kafka_records import Ends, Run, record_of
from runtime.kafka_security import OPEN, Security
from runtime.kafka_sending import Sender, Sent
from runtime.log import Entry, LogMismatch, LogUnavailable

REQUEST_S: Final = 30.0
FOLLOW_S: Final = 0.25
"""How long a follower may take to see that it is to stop."""
FETCH_BYTES: Final = 4 * 1024 * 1024
SILENCE_MAX_S: Final = 10.0
"""A reader is answered several times a second, also when there is nothing new."""

Result = TypeVar("Result")


class KafkaLink:
    """Sends and reads for any number of threads, from its making until `close`."""

    def __init__(
        self, brokers: str, client_id: str, request_s: float = REQUEST_S, security: Security = OPEN
    ) -> None:
        """`brokers` is host:port, more of them after commas; nobody is called before the first use."""
        self._request_s = request_s
        self._options = {
            "bootstrap_servers": brokers,
            "client_id": client_id,
            "request_timeout_ms": int(request_s * 1000),
            **security.options,
        }
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=client_id, daemon=True)
        self._thread.start()
        self._sender = Sender(self._options)
        self._making = asyncio.Lock()
        self._reader: AIOKafkaConsumer | None = None
        self._reading = threading.Lock()
        self._preparing: asyncio.Task[None] | None = None

    def run(self, work: Coroutine[Any, Any, Result], timeout_s: float | None = None) -> Result:
        """Run a coroutine in the wire's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_s)

    def prepare(self, topics: Iterable[str]) -> None:
        """Connect and learn where these topics lie, while the caller does something else.

        Waits for nothing and tells nothing: whether Kafka is in reach shows at the first use. There the client would
        wait a tenth of a second for each topic that is new to it.
        """
        asyncio.run_coroutine_threadsafe(self._prepare([*topics]), self._loop)

    def close(self) -> None:
        """End what still prepares, the connections and the thread; the wire must not be used afterwards."""
        self.run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _prepare(self, topics: Iterable[str]) -> None:
        self._preparing = asyncio.current_task()
        ends = [self._ends([TopicPartition(topic, 0)]) for topic in topics]
        partitions = [self._partitions(topic) for topic in topics]
        await asyncio.gather(*ends, *partitions, return_exceptions=True)

    async def _stop(self) -> None:
        if self._preparing is not None:
            self._preparing.cancel()
            await asyncio.wait([self._preparing])
        await self._sender.stop()
        if self._reader is not None:
            await kafka_clients.stop(self._reader)
        await self._loop.shutdown_default_executor()

    # --- sending ------------------------------------------------------------------------------------------------

    def send(self, entries: Sequence[Entry]) -> list[Sent]:
        """Send the entries, each to its key's partition, and wait until each is acknowledged.

        OutcomeUnknown if one was not: any of them may then be appended, now or later.
        """
        return self.run(self._sender.send(entries))

    def send_run(self, entries: Sequence[Entry], partition: int) -> list[Sent]:
        """Send entries of one topic to one partition, where they come to lie in this order, and wait; as `send`."""
        return self.run(self._sender.send_run(entries, partition))

    # --- reading ------------------------------------------------------------------------------------------------

    def partitions(self, topic: str) -> tuple[int, ...]:
        """The partitions of a topic; LogUnavailable, also if there is no such topic."""
        return self.run(self._partitions(topic))

    def end(self, topic: str, partition: int) -> int:
        """The offset that the partition's next record will have."""
        place = TopicPartition(topic, partition)
        return self.run(self._ends([place]))[place]

    def ends(self, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """For each of these partitions the offset that its next record will have."""
        asked = [TopicPartition(*place) for place in places]
        ends = self.run(self._ends(asked))
        return {(place.topic, place.partition): end for place, end in ends.items()}

    def acknowledged(self, group: str, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """For each of these partitions the next offset by what a consumer group acknowledged; LogUnavailable.

        A partition of which the group has acknowledged nothing, or whose offset was lost, is left out. The group is
        not joined for it.
        """
        return self.run(
            self._in_reach(self._acknowledged(group, [TopicPartition(*place) for place in places]))
        )

    def read(self, topic: str, partition: int, start: int) -> Iterator[Run]:
        """Everything of a partition from `start` to where it ended when asked, in runs that are not empty.

        From 0 it begins where Kafka does. LogMismatch if records before any other `start`, or `start` itself, are
        gone; LogUnavailable.
        """
        end, place = self.end(topic, partition), TopicPartition(topic, partition)
        while start < end:
            with self._reading:
                found = self.run(self._asked(partial(_fetch, place=place, start=start, end=end)))
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
            self.run(kafka_clients.stop(reader))

    async def _acknowledged(self, group: str, places: Sequence[TopicPartition]) -> dict[tuple[str, int], int]:
        reader = await self._new_reader(group)
        try:
            offsets = {place: await reader.committed(place) for place in places}
        finally:
            await kafka_clients.stop(reader)
        return {(place.topic, place.partition): at for place, at in offsets.items() if at is not None}

    async def _partitions(self, topic: str) -> tuple[int, ...]:
        return await self._in_reach(self._sender.partitions(topic))

    async def _ends(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        ends: dict[TopicPartition, int] = await self._asked(lambda reader: reader.end_offsets(places))
        return ends

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

    async def _new_reader(self, group: str | None = None) -> AIOKafkaConsumer:
        """A consumer that joins no group: where it reads is said by who asks. `group` is one it has questions about."""
        reader = AIOKafkaConsumer(
            **self._options,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=100,
        )
        await kafka_clients.start(reader)
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


async def _fetch(reader: AIOKafkaConsumer, place: TopicPartition, start: int, end: int) -> Run:
    """What comes next. At the end nothing more is fetched, for until that was answered no question would be."""
    if reader.assignment() != {place} or await reader.position(place) != start:
        await _at(reader, {place: start})
    found = await _next_run(reader, {(place.topic, place.partition): start}, 1.0)
    if found.nexts.get((place.topic, place.partition), start) >= end:
        reader.unsubscribe()
    return found


async def _next_run(reader: AIOKafkaConsumer, begins: Ends, timeout_s: float) -> Run:
    """What has come, and how far it goes, which may be further than its last record."""
    found = await reader.getmany(timeout_ms=int(timeout_s * 1000))
    nexts = {place: await reader.position(TopicPartition(*place)) for place in begins}
    moved = {place: at for place, at in nexts.items() if at != begins[place]}
    records = [record_of(each) for run in found.values() for each in run]
    return Run(records, {place: begins[place] for place in moved}, moved)
