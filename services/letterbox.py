"""The dead letters of a log, each once: what was refused, where it lies, and how it is said again.

Knows letters and the two kinds of log. Must not know what a refused record held: it is found by its place, held
against the hash that its letter names, and moved as bytes.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from pydantic import ValidationError

from runtime.clock import SystemClock
from runtime.dead_letters import Invalid
from runtime.log import DEAD_LETTERS, Entry, Log, Record
from runtime.sqlite_log import SqliteLog
from schemas.dead_letters import DeadLetter
from services.verifier.reading import open_log

CHUNK: Final = 1000
NEVER_APPENDED: Final = "http"
"""The topic of letters about what was refused at the door: its sender was told, and nothing was appended."""

Reads = Callable[[Record], Invalid | None]
"""Tells why the program of today still cannot read a record; None: it can."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter. `told` is how often it was written: the same refusal may be told twice."""

    id: str
    said: DeadLetter
    told_at: datetime
    refused_by: str
    cause_id: str
    told: int = 1

    @property
    def is_appended(self) -> bool:
        """Whether the refused record lies in a topic."""
        return self.said.topic != NEVER_APPENDED


@dataclass(frozen=True, slots=True)
class Group:
    """How many letters of one topic have one code, and when the first and the last were written."""

    topic: str
    code: str
    letters: int
    first_at: datetime
    last_at: datetime


class Box(Protocol):
    """A log's dead letters, and the records that they are about. Every method may raise LogUnavailable."""

    def records(self) -> Iterator[Record]: ...

    def at(self, letter: DeadLetter) -> Record | None:
        """The refused record; None if it is no longer there."""
        ...

    def say_again(self, letter: DeadLetter) -> str:
        """Append the refused record once more, as it is; return its new place."""
        ...

    def close(self) -> None: ...


class CannotReplay(Exception):
    """One letter's record cannot be said again; one line says why."""


def letters_of(records: Iterable[Record]) -> tuple[list[Letter], int]:
    """Every letter once, in the order in which each was first told, and how many records are no letters at all."""
    found: dict[str, Letter] = {}
    strange = 0
    for record in records:
        letter = _letter(record)
        if letter is None:
            strange += 1
        elif (known := found.get(letter.id)) is not None:
            first = min(known, letter, key=lambda each: each.told_at)
            found[letter.id] = _told(first, known.told + 1)
        else:
            found[letter.id] = letter
    return sorted(found.values(), key=lambda each: (each.told_at, each.id)), strange


def _letter(record: Record) -> Letter | None:
    try:
        said = DeadLetter.model_validate_json(record.value)
    except ValidationError:
        return None
    told = record.headers.get
    name = told("ce_id", "")
    return (
        Letter(name, said, record.stamped_at, told("ce_source", ""), told("ce_cause", "")) if name else None
    )


def _told(letter: Letter, times: int) -> Letter:
    return Letter(letter.id, letter.said, letter.told_at, letter.refused_by, letter.cause_id, times)


def groups_of(letters: Sequence[Letter]) -> list[Group]:
    """Count letters by topic and code, most first."""
    found: dict[tuple[str, str], list[datetime]] = {}
    for each in letters:
        found.setdefault((each.said.topic, each.said.code.value), []).append(each.told_at)
    groups = [Group(*name, len(at), min(at), max(at)) for name, at in found.items()]
    return sorted(groups, key=lambda each: (-each.letters, each.topic, each.code))


def as_json(letter: Letter) -> dict[str, Any]:
    """A letter for machines; nothing in it is from the refused payload."""
    place = letter.said.model_dump(mode="json", exclude_none=True)
    told = {"refused_by": letter.refused_by, "input_id": letter.cause_id or None, "told": letter.told}
    return {"id": letter.id, **place, **told, "told_at": letter.told_at.isoformat()}


def replay(box: Box, letter: Letter, still_refused: Reads) -> str:
    """Say a letter's record again and return its new place; CannotReplay, LogUnavailable.

    It keeps its id: were it decided after all, it is known as a repeat. What the program of today would refuse again
    is left where it lies.
    """
    if not letter.is_appended:
        raise CannotReplay(f"{letter.id}: it was refused at the door and never appended; its sender was told")
    record = box.at(letter.said)
    if record is None:
        raise CannotReplay(f"{letter.id}: its record is no longer there")
    if hashlib.sha256(record.value).hexdigest() != letter.said.sha256:
        raise CannotReplay(f"{letter.id}: another record lies there than the one that was refused")
    if (invalid := still_refused(record)) is not None:
        raise CannotReplay(f"{letter.id}: it would be refused again: {invalid.code}, {invalid.field}")
    return box.say_again(letter.said)


class EmbeddedBox:
    """The letters of a log in a directory. Read beside a running server; written beside it too, as an import does."""

    def __init__(self, data: Path) -> None:
        """NoLog, LogUnavailable."""
        self._data, self._log = data, open_log(data)

    def records(self) -> Iterator[Record]:
        return all_records(self._log, DEAD_LETTERS)

    def at(self, letter: DeadLetter) -> Record | None:
        return next(iter(self._log.read(letter.topic, letter.offset, 1)), None)

    def say_again(self, letter: DeadLetter) -> str:
        [record] = self._log.read(letter.topic, letter.offset, 1)
        log = SqliteLog(self._data, SystemClock())
        try:
            [placed] = log.append([Entry(record.topic, record.key, record.value, record.headers)])
        finally:
            log.close()
        return f"{record.topic}:{placed.offset}"

    def close(self) -> None:
        self._log.close()


def all_records(log: Log, topic: str) -> Iterator[Record]:
    """Every record that a topic has now."""
    start = 0
    while found := log.read(topic, start, CHUNK):
        yield from found
        start = found[-1].offset + 1
