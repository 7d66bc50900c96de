"""Three ways to decide what lies in a topic, each a process: Hearth's worker, a faust agent, a bare aiokafka loop.

All have the same rule book and append what it says for each input. The two others do what their library's users do and
no more: no fence, no letters, no parents; after a crash they may lose an output, or decide twice. What makes the inputs
and reads the figures is not loaded here, for a start is measured too.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Final

import faust
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from runtime.clock import SystemClock
from runtime.dead_letters import Invalid
from runtime.kafka_records import instant_of, record_of
from runtime.kafka_shards import Options
from runtime.kafka_worker import make_worker, run_worker
from runtime.log import DEAD_LETTERS, Record
from runtime.logging import configure, configure_libraries
from runtime.records import rfc3339
from services.matcher.adapters.terms_files import load_terms
from services.matcher.domain.setting import Setting
from services.matcher.rulebooks import OffersRules

if TYPE_CHECKING:
    from .kafka_ground import Ground

HEARTH, FAUST, BARE = "hearth", "faust", "bare"
TABLE: Final = "states"
BATCH_MAX: Final = 500
ASSIGNED: Final = "assigned.txt"
"""Where a worker notes in its directory when it was given its partitions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a worker works. Its topics begin with the prefix."""

    brokers: str
    prefix: str
    partitions: int
    directory: Path

    @property
    def inputs(self) -> str:
        return f"{self.prefix}-vacancies"

    @property
    def outputs(self) -> str:
        return f"{self.prefix}-offers"

    def outputs_of(self, kind: str) -> str:
        """Where a worker of this kind appends: what has no envelope does not lie among decisions."""
        return self.outputs if kind == HEARTH else f"{self.prefix}-plain"

    @property
    def changelog(self) -> str:
        """The topic that faust keeps its table in."""
        return f"{self.prefix}-{TABLE}-changelog"

    @property
    def group(self) -> str:
        """The group that Hearth's workers join."""
        return self.group_of(HEARTH)

    def group_of(self, kind: str) -> str:
        return f"hearth-{self.prefix}" if kind == HEARTH else self.prefix

    def of(self, worker: int) -> "Place":
        """The place of one of several workers: a directory of its own."""
        return replace(self, directory=self.directory / f"{worker}")

    def words(self, kind: str) -> list[str]:
        """Say what to run for a worker of this kind."""
        told = (kind, self.brokers, self.prefix, f"{self.partitions}", f"{self.directory}")
        return ["bench.kafka_work", *told]

    @contextmanager
    def topics(self, ground: "Ground") -> Iterator[None]:
        """Make the topics of such a worker, and remove them in the end. The inputs have their sender's stamps."""
        made = (self.outputs, self.outputs_of(FAUST), self.changelog, DEAD_LETTERS)
        ground.topics([self.inputs], self.partitions, keep_stamps=True)
        ground.topics(made, self.partitions)
        try:
            yield
        finally:
            ground.forget([self.inputs, *made])

    def rules(self) -> OffersRules:
        return OffersRules(
            load_terms(), inputs_topic=self.inputs, outputs_topic=self.outputs, name=self.prefix
        )


class Reducer:
    """The rule book over states in memory: bytes in, bytes out; none where nothing is decided."""

    def __init__(self, rules: OffersRules) -> None:
        self._rules = rules
        self.states: dict[bytes, Setting | None] = {}

    def learn(self, key: bytes, value: bytes) -> None:
        """Take the state from a decision that was kept elsewhere."""
        self.states[key] = self._rules.restore(value)

    def __call__(self, key: bytes, record: Record) -> bytes | None:
        cause = self._rules.read(record)
        if isinstance(cause, Invalid):
            return None
        decided = self._rules.decide(self.states.get(key), cause, record.stamped_at)
        if decided is None:
            return None
        self.states[key] = decided.state
        return decided.value


def run_hearth(place: Place) -> None:
    """Run what `hearth work offers` runs, on other topics."""
    options = Options(brokers=place.brokers, log_id=place.prefix, directory=place.directory)
    app = make_worker(place.rules(), options)
    note_assignment(app, place)
    run_worker(app)


class PlainApp(faust.App):
    """Faust's app, except that it keeps what its streams have been given.

    When its tables are recovered, faust 0.15.3 goes back to what is acknowledged and then clears its streams' queues.
    What the fetcher has put there between the two is gone, and is not read again: the position is already behind it.
    """

    def FlowControlQueue(self, maxsize: int | None = None, *, clear_on_resume: bool = False) -> Any:  # noqa: ARG002, N802
        return super().FlowControlQueue(maxsize, clear_on_resume=False)


def run_faust(place: Place) -> None:
    """For each event a table write and a send; the table in memory. States stay decoded beside it, for its good."""
    app = PlainApp(
        place.prefix,
        broker=f"kafka://{place.brokers}",
        store="memory://",
        datadir=mkdtemp(prefix="hearth-bench-faust-"),
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        worker_redirect_stdouts=False,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
    )
    reducer = Reducer(place.rules())
    inputs = app.topic(place.inputs, key_type=bytes, value_type=bytes, value_serializer="raw")
    outputs = app.topic(place.outputs_of(FAUST), key_type=bytes, value_type=bytes, value_serializer="raw")
    table = app.Table(TABLE, partitions=place.partitions, key_type=bytes, value_type=bytes)

    @app.agent(inputs, concurrency=1)
    async def decide(stream: Any) -> None:
        async for event in stream.events():
            key = event.message.key
            if key not in reducer.states and (kept := table.get(key)) is not None:
                reducer.learn(key, kept)
            value = reducer(key, record_of_message(event.message))
            if value is not None:
                table[key] = value
                await outputs.send(key=key, value=value)

    note_assignment(app, place)
    run_worker(app)


def record_of_message(message: Any) -> Record:
    """Faust's message as a rule book reads it; its time is in seconds."""
    return Record(
        message.topic,
        message.offset,
        message.key.decode(),
        message.value,
        {name: value.decode() for name, value in message.headers},
        instant_of(round(message.timestamp * 1000)),
        partition=message.partition,
    )


def note_assignment(app: faust.App, place: Place) -> None:
    """Note when the group gave this worker partitions; tables and copies are read after that."""

    @app.on_partitions_assigned.connect
    async def assigned(*_: Any, **__: Any) -> None:
        (place.directory / ASSIGNED).write_text(rfc3339(SystemClock().now()))


async def run_bare(place: Place) -> None:
    """Take what there is, decide it, hand all of it over, wait until it is taken; states in a dict."""
    reducer = Reducer(place.rules())
    consumer = AIOKafkaConsumer(
        place.inputs,
        bootstrap_servers=place.brokers,
        group_id=place.prefix,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_poll_records=BATCH_MAX,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=place.brokers, acks="all", enable_idempotence=True, max_batch_size=512 * 1024
    )
    async with consumer, producer:
        while True:
            found = await consumer.getmany(timeout_ms=1000, max_records=BATCH_MAX)
            waits = []
            for message in (each for run in found.values() for each in run):
                value = reducer(message.key, record_of(message))
                if value is not None:
                    partition = message.partition
                    waits.append(await producer.send(place.outputs_of(BARE), value, message.key, partition))
            await asyncio.gather(*waits)
            if waits:
                await consumer.commit()


def run(kind: str, place: Place) -> None:
    """Run a worker of this kind until a signal says stop."""
    configure()
    configure_libraries()
    place.directory.mkdir(parents=True, exist_ok=True)
    match kind:
        case "hearth":
            run_hearth(place)
        case "faust":
            run_faust(place)
        case _:
            asyncio.run(run_bare(place))
