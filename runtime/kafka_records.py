"""What Kafka's clients read, as the log's port has it.

Knows a consumer's records. Must not know what counts or what a value says.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from runtime.log import Record

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
Ends = Mapping[tuple[str, int], int]
"""An offset for each of some partitions."""


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


def record_of(found: Any) -> Record:
    """A consumer's record as the log's port has it.

    Headers that are not text are left out, and then are refused as missing; so is a key that is not.
    """
    try:
        headers = {name: value.decode() for name, value in found.headers or ()}
    except (AttributeError, UnicodeDecodeError):
        headers = dict(_texts(found.headers))
    return Record(
        found.topic,
        found.offset,
        (found.key or b"").decode(errors="replace"),
        found.value or b"",
        headers,
        instant_of(found.timestamp),
        partition=found.partition,
    )


def _texts(headers: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        with suppress(AttributeError, UnicodeDecodeError):
            yield name, value.decode()
