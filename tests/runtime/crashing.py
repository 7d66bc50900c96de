"""A log that breaks off at its n-th call, before or after doing it."""

from collections.abc import Iterator, Mapping, Sequence

from runtime.log import Entry, Log, Placed, Record


class Crash(BaseException):
    """The process is gone."""


class CrashingLog(Log):
    """With `error` LogUnavailable it fails once and works again; after the call, the outcome is unknown."""

    def __init__(
        self, log: Log, crash_at: int, *, is_after: bool, error: type[BaseException] = Crash
    ) -> None:
        self._log, self._left, self._is_after, self._error = log, crash_at, is_after, error

    @property
    def has_crashed(self) -> bool:
        return self._left <= 0

    def _before(self) -> None:
        self._left -= 1
        if self._left == 0 and not self._is_after:
            raise self._error

    def _after(self) -> None:
        if self._left == 0 and self._is_after:
            raise self._error

    @property
    def log_id(self) -> str:
        return self._log.log_id

    def append(
        self,
        entries: Sequence[Entry],
        *,
        expected: Mapping[str, int] | None = None,
        positions: Mapping[str, int] | None = None,
    ) -> tuple[Placed, ...]:
        self._before()
        places = self._log.append(entries, expected=expected, positions=positions)
        self._after()
        return places

    def read(self, topic: str, start: int, limit: int) -> list[Record]:
        self._before()
        records = self._log.read(topic, start, limit)
        self._after()
        return records

    def end(self, topic: str) -> int:
        return self._log.end(topic)

    def latest(self, topic: str, key: str) -> Record | None:
        self._before()
        record = self._log.latest(topic, key)
        self._after()
        return record

    def latest_of_each(self, topic: str) -> Iterator[Record]:
        return self._log.latest_of_each(topic)

    def caused(self, topic: str, cause_id: str) -> Record | None:
        return self._log.caused(topic, cause_id)

    def position(self, name: str) -> int:
        return self._log.position(name)

    def save_snapshot(self, name: str, offset: int, body: bytes) -> None:
        self._before()
        self._log.save_snapshot(name, offset, body)
        self._after()

    def load_snapshot(self, name: str) -> tuple[int, bytes] | None:
        return self._log.load_snapshot(name)

    def pulse(self) -> int:
        return self._log.pulse()

    def wait(self, pulse: int, timeout_s: float) -> int:
        return self._log.wait(pulse, timeout_s)
