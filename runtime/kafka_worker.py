"""A decider as a worker of a Kafka consumer group: faust brings the inputs, what it may acknowledge is decided.

Knows faust, partitions and threads. Must not know what is decided. Faust acknowledges a batch also when an error
goes through it (https://github.com/faust-streaming/faust, `Stream.take_events`), so nothing may: a log that is out of
reach is tried again in place, and anything else ends the process before the acknowledgement.
"""

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import faust
import structlog
import uvloop
from aiokafka.errors import KafkaError
from faust.tables import TableManager
from faust.types import TP

from runtime.clock import SystemClock
from runtime.decider import Rulebook
from runtime.engine import BUG_EXIT, where
from runtime.heartbeat import WRITE_EVERY_S, Following, Heart
from runtime.kafka_link import KafkaLink
from runtime.kafka_runs import DecidersTransport, InRuns, records_of
from runtime.kafka_security import Security
from runtime.kafka_shards import Options, Shards, group_of
from runtime.log import DEAD_LETTERS, LogUnavailable

READ_MAX: Final = 500
"""Records that are read at once, of all partitions, …"""
RUNS_MAX: Final = 8
"""… and what was read of a partition at once, so many times, that is decided together."""
WITHIN_S: Final = 0.01
SESSION_S: Final = 6.0
HEARTBEAT_S: Final = 1.0
REQUEST_S: Final = 30.0

logger = structlog.get_logger()


def make_worker(rulebook: Rulebook[Any, Any], options: Options) -> faust.App:
    """The faust app of one decider. Its topics must be there. Who is silent for SESSION_S has lost its partitions."""
    link = KafkaLink(options.brokers, group_of(rulebook), security=options.security)
    link.prepare([rulebook.outputs_topic, DEAD_LETTERS])
    shards = Shards(link, rulebook, options)
    app = _app(group_of(rulebook), options)
    app.transport = DecidersTransport(app, shards.nexts)
    thread = ThreadPoolExecutor(1, thread_name_prefix=rulebook.name)
    own = set[int]()
    topic = app.topic(rulebook.inputs_topic, key_type=bytes, value_type=bytes)

    @app.agent(topic, concurrency=1)
    async def decide(stream: Any) -> None:
        async for events in stream.take_events(RUNS_MAX, within=WITHIN_S):
            await _guarded(thread.submit(shards.take, records_of(events)), shards)

    @app.task  # type: ignore[untyped-decorator] # faust says nothing of it
    async def live() -> None:
        at_least = [(rulebook.inputs_topic, 0)]  # who has no partition asks whether anybody answers
        following = Following(lambda places: link.ends(places or at_least), shards.nexts)

        async def turn() -> None:
            await _guarded(thread.submit(shards.come_on, sorted(own), following.stuck), shards)

        try:
            await _live(app, turn, options.directory, following)
        finally:
            await asyncio.wrap_future(thread.submit(shards.drop, sorted(own)))

    @app.on_partitions_assigned.connect
    async def on_assigned(*told: Any, **_: Any) -> None:
        own.update(_partitions_of(rulebook.inputs_topic, told[-1]))

    @app.on_partitions_revoked.connect
    async def on_revoked(*told: Any, **_: Any) -> None:
        gone = _partitions_of(rulebook.inputs_topic, told[-1])
        own.difference_update(gone)
        await asyncio.wrap_future(thread.submit(shards.drop, gone))

    return app


def _app(name: str, options: Options) -> faust.App:
    """Faust without what loses data, writes where nobody asked, or listens on a port."""
    return faust.App(
        name,
        broker=[f"kafka://{each}" for each in options.brokers.split(",")],
        broker_credentials=_credentials(options.security),
        datadir=mkdtemp(prefix="hearth-faust-"),
        value_serializer="raw",
        key_serializer="raw",
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        worker_redirect_stdouts=False,
        broker_session_timeout=SESSION_S,
        broker_heartbeat_interval=HEARTBEAT_S,
        broker_max_poll_records=READ_MAX,
        stream_buffer_maxsize=2 * RUNS_MAX,
        ConsumerScheduler=InRuns,
        broker_commit_interval=1.0,
        producer_request_timeout=REQUEST_S,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
        cython_optimizations=True,
        TableManager=NoTables,
    )


class NoTables(TableManager):
    """Faust's manager of tables, for an app that has none: it would wait a second for some to be named."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


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
    """Run until a signal says stop. Ends the process; LogUnavailable if faust comes to Kafka no more.

    What faust would draw for a terminal is left out. What is loaded by now lives as long as the process: looking
    through it for garbage took a twentieth of the work.
    """
    gc.freeze()
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = faust.Worker(app, loop=loop, quiet=True, override_logging=False, redirect_stdouts=False)
    worker.spinner = None
    try:
        worker.execute_from_commandline()
    except SystemExit as end:
        if end.code:
            _say_why(end.__context__)
        raise


def _say_why(error: BaseException | None) -> None:
    """Say by what faust itself has ended; it would exit as if somebody had called it wrongly."""
    if isinstance(error, (KafkaError, OSError, TimeoutError)):
        raise LogUnavailable(f"faust does not come to Kafka: {type(error).__name__}") from error
    logger.critical("worker_failed", error=type(error).__name__, at=error and where(error))
    raise SystemExit(BUG_EXIT)
