"""Where a bench on Kafka works: one broker of the run's own, topics made new, processes ended by their id.

Knows brokers, topics and processes. Must not know what is measured.
"""

import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from kafka import TopicPartition as Partition
from kafka.admin import NewTopic, OffsetSpec
from kafka.errors import CoordinatorNotAvailableError

from deploy.local.kafka import LocalKafka, fetch_jars, user_cache
from deploy.local.processes import Mark, end, kill, last_lines, spawn, wait_until
from runtime import kafka_topics
from runtime.kafka_topics import administration
from schemas.topics import CATALOGUE, NAMING

from .kafka_inputs import Stamped
from .kafka_rows import partition_of

HEAP_MIB: Final = 1024
END_MAX_S: Final = 15.0
WAIT_MAX_S: Final = 300.0
GROUPS_OPENED: Final = "hearth-bench-groups"
LOG_APPEND, SENDER = "LogAppendTime", "CreateTime"
STAMPS: Final = "message.timestamp.type"

Put = Callable[[str, int], int]
"""Which of so many partitions a key goes to."""


class Stuck(Exception):
    """What was waited for did not come."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process of a bench, and what it wrote."""

    mark: Mark
    told: Path

    @property
    def cpu_s(self) -> float:
        """Seconds of processor that it has used."""
        times = psutil.Process(self.mark.pid).cpu_times()
        return float(times.user + times.system)

    def kill(self) -> None:
        """End it as a crash would."""
        kill(self.mark)

    def end(self) -> None:
        """End it in good order, if it will."""
        end(self.mark, stop_max_s=END_MAX_S)


@dataclass(frozen=True, slots=True)
class Ground:
    """A broker, and a folder of one bench's own."""

    folder: Path
    brokers: str

    def topics(self, names: Iterable[str], partitions: int, *, keep_stamps: bool = False) -> None:
        """Make topics that are not in the catalogue, with the broker's stamps or the sender's. They forget nothing."""
        settings = {
            STAMPS: SENDER if keep_stamps else LOG_APPEND,
            "max.message.bytes": str(kafka_topics.RECORD_BYTES_MAX),
            "retention.ms": "-1",
        }
        with administration(self.brokers) as admin:
            made = {"num_partitions": partitions, "replication_factor": 1, "configs": settings}
            admin.create_topics(dict.fromkeys(names, made), wait_for_metadata=True)

    def forget(self, names: Sequence[str]) -> None:
        """Remove topics with all that they hold."""
        with administration(self.brokers) as admin:
            admin.delete_topics(list(names))
        with administration(self.brokers) as admin:
            gone = wait_until(lambda: not set(names) & set(admin.list_topics()), WAIT_MAX_S)
        if not gone:
            raise Stuck(f"still there: {', '.join(names)}")

    @contextmanager
    def catalogue(self) -> Iterator[str]:
        """Lend the topics of the catalogue, empty, and the name of their log. Groups forget them in the end."""
        kafka_topics.apply(self.brokers, CATALOGUE, replication=1)
        try:
            yield kafka_topics.require(self.brokers, CATALOGUE, NAMING)
        finally:
            self.forget([topic.name for topic in CATALOGUE])

    @contextmanager
    def started(self, name: str, words: Sequence[str]) -> Iterator[Process]:
        """Run a Python module with these words, and end it in the end."""
        told = self.folder / f"{name}.log"
        process = Process(spawn([sys.executable, "-m", *words], told), told)
        try:
            yield process
        finally:
            process.end()

    @contextmanager
    def all_started(self, words: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Process]]:
        """Run several, by name."""
        with ExitStack() as stack:
            yield {name: stack.enter_context(self.started(name, each)) for name, each in words.items()}

    # --- records ----------------------------------------------------------------------------------------------

    def load(self, topic: str, said: Sequence[Stamped], partitions: int, put: Put = partition_of) -> None:
        """Append, with stamps of its own where the topic's are the sender's."""
        asyncio.run(self._load(topic, said, partitions, put))

    async def _load(self, topic: str, said: Sequence[Stamped], partitions: int, put: Put) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.brokers, acks="all", max_batch_size=512 * 1024)
        await producer.start()
        try:
            waits = []
            for each in said:
                headers = [(name, value.encode()) for name, value in each.headers.items()]
                place, stamp = put(each.key, partitions), round(each.at.timestamp() * 1000)
                waits.append(await producer.send(topic, each.value, each.key.encode(), place, stamp, headers))
            await asyncio.gather(*waits)
        finally:
            await producer.stop()

    def acknowledge(self, group: str, topic: str) -> None:
        """Let a group, once it has no members, have read all that a topic holds."""
        self.wait_for_members(group, 0)
        asyncio.run(self._acknowledge(group, topic))

    async def _acknowledge(self, group: str, topic: str) -> None:
        ends = {TopicPartition(topic, each): end for each, end in self.ends(topic).items()}
        consumer = AIOKafkaConsumer(bootstrap_servers=self.brokers, group_id=group, enable_auto_commit=False)
        async with consumer:
            consumer.assign(list(ends))
            await consumer.commit(ends)

    def wait_for_members(self, group: str, count: int) -> None:
        """Wait until a group has so many members, and each knows what is its own; Stuck."""
        with administration(self.brokers) as admin:

            def is_so() -> bool:
                try:
                    told = admin.describe_groups([group])[group]
                except CoordinatorNotAvailableError:
                    return False  # a broker that is new makes its topic of groups just now
                is_settled = told.get("group_state", told.get("state")) in {"Stable", "Empty", "Dead"}
                return is_settled and len(told["members"]) == count

            if not wait_until(is_so, WAIT_MAX_S):
                raise Stuck(f"{group} has not {count} members: {admin.describe_groups([group])[group]}"[:300])

    def ends(self, topic: str) -> dict[int, int]:
        """Return where each partition ends."""
        with administration(self.brokers) as admin:
            return ends_of(admin, topic)

    def wait_for(self, topic: str, count: int, processes: Sequence[Process]) -> None:
        """Wait until a topic has so many records; Stuck if a process ends before, or they do not come."""
        with administration(self.brokers) as admin:

            def is_over() -> bool:
                return total(admin, topic) >= count or any(each.mark.find() is None for each in processes)

            wait_until(is_over, WAIT_MAX_S)
            if (found := total(admin, topic)) < count:
                words = "; ".join(last_lines(each.told) for each in processes)
                raise Stuck(f"{topic} has {found:,} of {count:,}: {words}")

    def stamps(self, topic: str, starts: Mapping[int, int] | None = None) -> list[int]:
        """Return when each record was appended, in milliseconds, the earliest first."""
        return sorted(each.timestamp for each in self.records(topic, starts or {}))

    def records(self, topic: str, starts: Mapping[int, int]) -> list[Any]:
        """Return what each partition of a topic holds from its start on, or from 0, as the consumer gives it."""
        return asyncio.run(self._records(topic, starts))

    async def _records(self, topic: str, starts: Mapping[int, int]) -> list[Any]:
        reader = AIOKafkaConsumer(bootstrap_servers=self.brokers, auto_offset_reset="earliest")
        await reader.start()
        try:
            left = {
                TopicPartition(topic, each): (starts.get(each, 0), end)
                for each, end in self.ends(topic).items()
            }
            reader.assign(list(left))
            for place, (start, _) in left.items():
                reader.seek(place, start)
            count = sum(end - start for start, end in left.values())
            found: list[Any] = []
            while len(found) < count:
                told = await reader.getmany(timeout_ms=1000)
                found += [each for run in told.values() for each in run]
            return found
        finally:
            await reader.stop()


def ends_of(admin: Any, topic: str) -> dict[int, int]:
    [told] = admin.describe_topics([topic])
    places = [Partition(topic, index) for index in range(len(told["partitions"]))]
    found = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
    return {place.partition: each.offset for place, each in found.items()}


def total(admin: Any, topic: str) -> int:
    return sum(ends_of(admin, topic).values())


@contextmanager
def broker(directory: Path) -> Iterator[str]:
    """Start a broker of the run's own from Kafka's own jars, and end it in the end; CannotStart."""
    server = LocalKafka(directory, fetch_jars(user_cache()), heap_mib=HEAP_MIB)
    server.start()
    try:
        asyncio.run(_open_groups(server.address))
        yield server.address
    finally:
        server.kill()


async def _open_groups(address: str) -> None:
    """Let the broker make the topic that it keeps groups in: whoever joins the first group of all waits for it."""
    with administration(address) as admin:
        admin.create_topics([NewTopic(GROUPS_OPENED, 1, 1)])
    consumer = AIOKafkaConsumer(GROUPS_OPENED, bootstrap_servers=address, group_id=GROUPS_OPENED)
    async with consumer:
        while not consumer.assignment():
            await consumer.getmany(timeout_ms=100)
    with administration(address) as admin:
        admin.delete_topics([GROUPS_OPENED])
