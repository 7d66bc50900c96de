"""A file of JSON lines as a channel: for tests, for a look, and for whoever forwards messages by other means.

Knows one file. A line is there whole or not at all, and each key once, also after a crash in the middle of a line.
"""

import os
import threading
from pathlib import Path

import orjson
import structlog

from runtime.records import rfc3339
from schemas.words import DeliveryOutcome
from services.notifier.ports import Letter

logger = structlog.get_logger()


class OutboxChannel:
    """Appends a line for each key that is not yet in the file. Safe from several threads of one process."""

    in_flight_max = 250  # a key that is in the file is not told again, so many may be

    def __init__(self, path: Path) -> None:
        """Take up the file where it was left; a torn last line is cut off. Raises OSError."""
        self._path, self._lock = path, threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = _whole_lines(path)
        self._keys = {orjson.loads(line)["key"] for line in whole.splitlines()}
        self._size = len(whole)
        if path.exists() and path.stat().st_size != self._size:
            os.truncate(path, self._size)

    def send(self, letter: Letter, key: str) -> DeliveryOutcome:
        with self._lock:
            return DeliveryOutcome.SENT if key in self._keys else self._add(letter, key)

    def _add(self, letter: Letter, key: str) -> DeliveryOutcome:
        line = orjson.dumps(_line(letter, key), option=orjson.OPT_APPEND_NEWLINE)
        try:
            self._append(line)
        except OSError as error:
            logger.warning("outbox_unavailable", reason=error.strerror)
            return DeliveryOutcome.FAILED
        self._keys.add(key)
        self._size += len(line)
        return DeliveryOutcome.SENT

    def _append(self, line: bytes) -> None:
        """Write the line where the last whole one ends, over whatever an earlier failure has left there."""
        with self._path.open("ab") as file:
            file.truncate(self._size)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def _whole_lines(path: Path) -> bytes:
    body = path.read_bytes() if path.exists() else b""
    return body[: body.rfind(b"\n") + 1]


def _line(letter: Letter, key: str) -> dict[str, object]:
    recipient = letter.message.recipient
    return {
        "key": key,
        "at": rfc3339(letter.message.at),
        "kind": letter.message.kind,
        "to": {"role": recipient.role, "id": recipient.id, "inbox": recipient.inbox, "name": letter.to_name},
        "addresses": letter.addresses,
        "subject": letter.subject,
        "body": letter.body,
    }
