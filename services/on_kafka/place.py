"""Where a process on Kafka works: its mirror, its sign of life, and how it ends."""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from runtime.clock import SystemClock
from runtime.copies import Mirror, opened
from runtime.engine import Engine, Runner
from runtime.heartbeat import Following, Heart, forget
from runtime.kafka_link import KafkaLink
from runtime.kafka_log import KafkaLog
from runtime.kafka_security import OPEN, Security
from runtime.kafka_topics import Declared, TopicsDiffer, require
from runtime.lock import LogLock
from runtime.log import LogMismatch
from schemas.topics import CATALOGUE, NAMING

SAID_ONCE: Final = ("listings", "matches", "deliveries", "dead-letters")
"""Topics of which each id counts once. An input may come again, and is known to whom it reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a process works: which Kafka, under which name its log is known, and where its own directory is."""

    brokers: str
    log_id: str
    directory: Path
    security: Security = OPEN

    @classmethod
    def on(cls, brokers: str, directory: Path, security: Security, more: Sequence[Declared] = ()) -> "Place":
        """The place on this Kafka; raises what `log_id` raises. `more` topics must be as declared, too."""
        named = log_id(brokers, more, security)
        return cls(brokers=brokers, log_id=named, directory=directory, security=security)


def log_id(brokers: str, more: Sequence[Declared] = (), security: Security = OPEN) -> str:
    """Return the name of the log that this Kafka holds; LogUnavailable, LogMismatch if a topic is not as declared.

    It is made of the ids that Kafka gave the two input topics. A topic that was deleted and made again has another
    id, and its offsets mean something else.
    """
    try:
        return require(brokers, [*CATALOGUE, *more], NAMING, security)
    except TopicsDiffer as error:
        raise LogMismatch(
            f"Kafka at {brokers}: {error} (`hearth topics apply` makes topics as declared)"
        ) from error


@contextmanager
def mirrored(place: Place, client_id: str, topics: Iterable[str]) -> Iterator[KafkaLog]:
    """These topics, their mirror in the place's directory, followed to their present end; LogInUse, LogUnavailable."""
    with LogLock(made(place.directory)):
        forget(place.directory)
        link = KafkaLink(place.brokers, client_id, security=place.security)
        log = KafkaLog(link, mirror_of(place), sorted(topics))
        try:
            log.follow()
            yield log
        finally:
            log.close()
            link.close()


def mirror_of(place: Place) -> Mirror:
    return opened(partial(Mirror, once=SAID_ONCE), place.directory / "mirror", place.log_id)


def turn_until_stopped(place: Place, log: KafkaLog, runners: Sequence[Runner]) -> None:
    stopped = stop_by_signal()
    engine = Engine(log, runners, SystemClock())
    with showing_life(place, log, lambda: engine.turned_at):
        engine.serve()
        stopped.wait()
        engine.stop()


@contextmanager
def showing_life(place: Place, log: KafkaLog, turned_at: Callable[[], datetime | None]) -> Iterator[None]:
    """Leave a sign of progress in the place's directory meanwhile; `hearth health` reads it."""
    heart = Heart(place.directory, turned_at, Following(log.ends, log.nexts))
    try:
        yield
    finally:
        heart.stop()


def stop_by_signal() -> threading.Event:
    """What a polite request to end sets."""
    stopped = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopped.set())
    return stopped


def made(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory
