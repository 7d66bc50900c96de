"""What Kafka's clients read, as the log's port has it.

Knows a consumer's records and faust's messages. Must not know what counts or what a value says.
"""

from collections.abc import Iterable, Mapping
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
