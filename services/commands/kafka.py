"""How commands reach a Kafka: secured as the environment says, its log read once into a directory that goes again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from .telling import refuse

if TYPE_CHECKING:
    from runtime.copies import Copy, Mirror
    from runtime.kafka_security import Security
    from services.on_kafka.place import Place


def security() -> "Security":
    """What the environment says; ends the command with one line that names the variable if it cannot be used."""
    from runtime.settings import SecurityUnusable, read_security

    try:
        return read_security()
    except SecurityUnusable as error:
        refuse(str(error))


def check_where(data: Path | None, brokers: str | None) -> None:
    """End the command unless it is said which log, and only once."""
    if (data is None) == (brokers is None):
        refuse("where the log is: either --data or --brokers")


@contextmanager
def copied(brokers: str) -> "Iterator[Mirror]":
    """What a Kafka holds now; LogUnavailable, LogMismatch."""
    with _place(brokers) as place:
        from services.on_kafka.reading import copied as read

        with read(place) as mirror:
            yield mirror


@contextmanager
def copied_apart(brokers: str) -> "Iterator[tuple[str, Mapping[int, Copy]]]":
    """The log's id, and each partition of what a Kafka holds now as a log of its own; LogUnavailable, LogMismatch."""
    with _place(brokers) as place:
        from services.on_kafka.reading import copied_apart as read_apart

        with read_apart(place) as copies:
            yield place.log_id, copies


@contextmanager
def _place(brokers: str) -> "Iterator[Place]":
    with TemporaryDirectory(prefix="hearth-read-") as directory:
        yield place_on(brokers, Path(directory))


def place_on(brokers: str, directory: Path) -> "Place":
    """Where a command reads a Kafka; ends it if Kafka's clients are not installed. LogUnavailable, LogMismatch."""
    try:
        from services.on_kafka.place import Place
    except ModuleNotFoundError as error:
        refuse(f"{error.name} is not installed: install hearth[kafka]")
    return Place.on(brokers, directory, security())
