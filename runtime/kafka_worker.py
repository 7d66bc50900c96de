"""A decider as a worker of a Kafka consumer group: faust brings the inputs, what it may acknowledge is decided.

Knows faust, partitions and threads. Must not know what is decided. Faust acknowledges a batch also when an error
goes through it (https://github.com/faust-streaming/faust, `Stream.take_events`), so nothing may: a log that is out of
reach is tried again in place, and anything else ends the process before the acknowledgement.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from tempfile import mkdtemp
from threading import Event
from typing import Any, Final

import faust
import structlog
import uvloop
from faust.sensors import Monitor
from faust.types import TP

from runtime.clock import SystemClock
from runtime.decider import Decider, Rulebook
from runtime.engine import BACKOFF_MAX_S, BACKOFF_S, BUG_EXIT, where
from runtime.heartbeat import WRITE_EVERY_S, Following, Heart
from runtime.kafka_link import KafkaLink, record_of_message
from runtime.kafka_security import OPEN, Security
from runtime.kafka_shard import ShardLog
from runtime.log import LogUnavailable, Record

BATCH_MAX: Final = 500
WITHIN_S: Final = 0.01
AT_ONCE: Final = 4
"""Partitions of a worker that are decided at the same time."""
SESSION_S: Final = 10.0
HEARTBEAT_S: Final = 3.0
REQUEST_S: Final = 30.0

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Where a worker works. `directory` keeps its copies; no other worker may use it."""

    brokers: str
    log_id: str
    directory: Path
    security: Security = OPEN
    session_s: float = SESSION_S
    batch_max: int = BATCH_MAX


class Shard:
    """One partition of a decider, in one thread."""

    def __init__(
        self, link: KafkaLink, rulebook: Rulebook[Any, Any], options: Options, partition: int
    ) -> None:
        self._log = ShardLog(
            link, options.directory, options.log_id, rulebook.inputs_topic, rulebook.outputs_topic, partition
        )
        self._decider = Decider(self._log, rulebook)
        self._decider.start()
        self._link, self._topic, self._partition = link, rulebook.inputs_topic, partition
        self._next = self._next_before = self._decider.next

    def take(self, inputs: Sequence[Record]) -> None:
        """Decide inputs in their order; return once each decision lies in Kafka.

        What lies before them and was not brought is read here and given first. It was another worker's, for
        faust may bring a leftover of a partition that has gone already, and then that partition anew; or faust lost
        it on its way, as it does at times when it has just joined. What is decided is not decided again.
        """
        if inputs[0].offset > self._next:
            self._take_left_out(inputs[0].offset)
        self._decide(inputs)

    def turn(self, *, is_stuck: bool) -> None:
        """Decide all that faust should have brought by now, if it is stuck; write down what stands when at rest."""
        if is_stuck:
            self._take_what_lies_there()
        if self._next == self._next_before:
            self._log.write_down()
        self._next_before = self._next

    def _take_what_lies_there(self) -> None:
        if (end := self._link.end(self._topic, self._partition)) > self._next:
            self._take_left_out(end)

    def _take_left_out(self, end: int) -> None:
        start = self._next
        logger.warning(
            "inputs_not_brought", topic=self._topic, partition=self._partition, start=start, end=end
        )
        for records in self._link.read(self._topic, self._partition, start):
            if run := [each for each in records if each.offset < end]:
                self._decide(run)
            if records[-1].offset >= end - 1:
                break
        self._next = max(self._next, end)

    def _decide(self, inputs: Sequence[Record]) -> None:
        while not self._decider.take(inputs):
            pass
        self._next = max(self._next, inputs[-1].offset + 1)

    @property
    def place(self) -> tuple[str, int]:
        """The topic and the partition of its inputs."""
        return self._topic, self._partition

    @property
    def next(self) -> int:
        """The offset of the next input to be taken."""
        return self._next

    def close(self) -> None:
        self._log.close()


class Shards:
    """The partitions that this worker has decided for. One thread at a time asks for something."""

    def __init__(self, link: KafkaLink, rulebook: Rulebook[Any, Any], options: Options) -> None:
        self._link, self._rulebook, self._options = link, rulebook, options
        self._shards: dict[int, Shard] = {}
        self._stopped = Event()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"{rulebook.name}-shard")

    def take(self, inputs: Sequence[Record]) -> None:
        """Decide inputs of any partitions; those of one partition are in order.

        Several partitions are decided at once: while one waits for Kafka, another decides.
        """
        in_order = sorted(inputs, key=lambda each: (each.partition or 0, each.offset))
        runs = {at: list(run) for at, run in groupby(in_order, key=lambda each: each.partition or 0)}
        self.come_on(list(runs), stuck=())
        takes = [partial(self._shards[at].take, run) for at, run in runs.items()]
        taking = [self._threads.submit(self._patiently, take) for take in takes]
        wait(taking)
        for each in taking:
            each.result()

    def come_on(self, partitions: Sequence[int], stuck: Collection[tuple[str, int]]) -> None:
        """Know where each of these partitions has got to, and decide what lies in those that are stuck.

        Faust may bring nothing of a partition although something lies there, and would until more is said in it.
        """
        for partition in partitions:
            self._patiently(partial(self._come_on, partition, stuck))

    def _come_on(self, partition: int, stuck: Collection[tuple[str, int]]) -> None:
        shard = self._shard(partition)
        shard.turn(is_stuck=shard.place in stuck)

    def _shard(self, partition: int) -> Shard:
        if partition not in self._shards:
            self._shards[partition] = Shard(self._link, self._rulebook, self._options, partition)
        return self._shards[partition]

    def drop(self, partitions: Sequence[int]) -> None:
        """Forget partitions that are another worker's now. What they knew is learned again when they come back."""
        for partition in partitions:
            shard = self._shards.pop(partition, None)
            if shard is not None:
                shard.close()

    def nexts(self) -> dict[tuple[str, int], int]:
        """How far each partition has been taken."""
        return {each.place: each.next for each in list(self._shards.values())}

    def give_up(self) -> None:
        """Wait no longer for a log that is out of reach."""
        self._stopped.set()

    def _patiently(self, work: Callable[[], None]) -> None:
        """Repeat it until the log is within reach; LogUnavailable once the worker has given up."""
        delay_s = BACKOFF_S
        while True:
            try:
                work()
            except LogUnavailable as error:
                logger.warning("log_unavailable", reason=str(error), retry_after_s=delay_s)
                if self._stopped.wait(delay_s):
                    raise
                delay_s = min(BACKOFF_MAX_S, delay_s * 2)
            else:
                return


class Unwatched(Monitor):
    """Faust's own count of each message, which nobody reads: what waits is measured from the topics."""

    def on_message_in(self, tp: TP, offset: int, message: Any) -> None:
        pass

    def on_message_out(self, tp: TP, offset: int, message: Any) -> None:
        pass

    def on_stream_event_in(self, tp: TP, offset: int, stream: Any, event: Any) -> None:
        pass

    def on_stream_event_out(
        self, tp: TP, offset: int, stream: Any, event: Any, state: dict[Any, Any] | None = None
    ) -> None:
        pass


def make_worker(rulebook: Rulebook[Any, Any], options: Options) -> faust.App:
    """The faust app of one decider. Its topics must be there."""
    app = faust.App(
        f"hearth-{rulebook.name}",
        broker=[f"kafka://{each}" for each in options.brokers.split(",")],
        broker_credentials=_credentials(options.security),
        datadir=mkdtemp(prefix="hearth-faust-"),
        value_serializer="raw",
        key_serializer="raw",
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        worker_redirect_stdouts=False,
        broker_session_timeout=options.session_s,
        broker_heartbeat_interval=min(HEARTBEAT_S, options.session_s / 3),
        broker_max_poll_records=options.batch_max,
        broker_commit_interval=1.0,
        producer_request_timeout=REQUEST_S,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
        cython_optimizations=True,
        Monitor=Unwatched,
    )
    link = KafkaLink(options.brokers, f"hearth-{rulebook.name}", security=options.security)
    shards = Shards(link, rulebook, options)
    thread = ThreadPoolExecutor(1, thread_name_prefix=rulebook.name)
    own = set[int]()
    topic = app.topic(rulebook.inputs_topic, key_type=bytes, value_type=bytes)

    @app.agent(topic, concurrency=1)
    async def decide(stream: Any) -> None:
        async for events in stream.take_events(options.batch_max, within=WITHIN_S):
            inputs = [record_of_message(event.message) for event in events]
            await _guarded(thread.submit(shards.take, inputs), shards)

    @app.task  # type: ignore[untyped-decorator] # faust says nothing of it
    async def live() -> None:
        at_least = [(rulebook.inputs_topic, 0)]  # who has no partition asks whether anybody answers
        following = Following(lambda places: link.ends(places or at_least), shards.nexts)

        async def turn() -> None:
            await _guarded(thread.submit(shards.come_on, sorted(own), following.stuck), shards)

        await _live(app, turn, options.directory, following)

    @app.on_partitions_assigned.connect
    async def on_assigned(*told: Any, **_: Any) -> None:
        own.update(_partitions_of(rulebook.inputs_topic, told[-1]))

    @app.on_partitions_revoked.connect
    async def on_revoked(*told: Any, **_: Any) -> None:
        gone = _partitions_of(rulebook.inputs_topic, told[-1])
        own.difference_update(gone)
        await asyncio.wrap_future(thread.submit(shards.drop, gone))

    return app


def _credentials(security: Security) -> faust.SASLCredentials | faust.SSLCredentials | None:
    """The same as faust has it."""
    if security.mechanism is not None:
        return faust.SASLCredentials(
            mechanism=security.mechanism,
            username=security.username,
            password=security.password,
            ssl_context=security.tls,
        )
    return None if security.tls is None else faust.SSLCredentials(security.tls)


def _partitions_of(topic: str, told: set[TP]) -> list[int]:
    return [each.partition for each in told if each.topic == topic]


async def _live(
    app: faust.App, turn: Callable[[], Awaitable[None]], directory: Path, following: Following
) -> None:
    """Take turns until the app stops, and show by them that the loop and the thread come to what they are given."""
    turned_at = SystemClock().now()
    heart = Heart(directory, lambda: turned_at, following)
    try:
        while not app.should_stop:
            await turn()
            turned_at = SystemClock().now()
            await app.sleep(WRITE_EVERY_S)
    finally:
        heart.stop()


async def _guarded(work: Any, shards: Shards) -> None:
    """Wait for the work, whoever wants to stop meanwhile, and let no error of its go any further."""
    waiting, is_cancelled = asyncio.wrap_future(work), False
    while not waiting.done():
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError:
            is_cancelled = True
            shards.give_up()
        except BaseException:  # noqa: BLE001, S110 - it is looked at below, in one place
            pass
    if (error := waiting.exception()) is not None:
        logger.critical("worker_failed", error=type(error).__name__, at=where(error))
        os._exit(0 if is_cancelled and isinstance(error, LogUnavailable) else BUG_EXIT)
    if is_cancelled:
        raise asyncio.CancelledError


def run_worker(app: faust.App) -> None:
    """Run until a signal says stop. Ends the process. What faust would draw for a terminal is left out."""
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = faust.Worker(app, loop=loop, quiet=True, override_logging=False, redirect_stdouts=False)
    worker.spinner = None
    worker.execute_from_commandline()
