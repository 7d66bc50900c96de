"""A sign of progress on disk: when a process's runners last ended a turn, and whether what is appended comes to it.

Knows a file and a few instants. Must not know a log's kind, nor what a runner does. Whoever asks reads the file
alone: it costs some milliseconds, and has its answer also when the process stands still. Hence the standard library
only, and `python -m runtime.heartbeat DIR` beside `hearth health`.
"""

import argparse
import contextlib
import json
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from runtime.clock import Clock, SystemClock
from runtime.log import LogUnavailable

FILE_NAME: Final = "heartbeat.json"
WITHIN_S: Final = 60.0
"""Older than this is no progress: far beyond a turn, and beyond a connection that is made anew."""
AHEAD_MAX: Final = timedelta(seconds=5)
"""A sign from further ahead says nothing: the machine's clock was set back."""
WRITE_EVERY_S: Final = 1.0
LOOK_EVERY_S: Final = 2.0
STUCK: Final = timedelta(seconds=5)
STANDS_STILL, OUT_OF_REACH = 1, 75
"""Exit codes. The second is sysexits' EX_TEMPFAIL: it is the log, and starting this process again mends nothing."""

Place = tuple[str, int]
"""A topic and a partition."""


class Beat(NamedTuple):
    """What a process last said of itself. None: that has not been yet."""

    written_at: datetime
    turned_at: datetime | None
    answered_at: datetime | None
    followed_at: datetime | None


class Problem(NamedTuple):
    """Why a process counts as unwell, in one line, and the exit code that says so."""

    says: str
    code: int


class Following:
    """Whether what is appended comes to be here, partition by partition. One thread asks.

    A partition that falls behind and still moves is followed; one that has something to come and does not move is not.
    """

    def __init__(
        self,
        ends: Callable[[Sequence[Place]], Mapping[Place, int]],
        nexts: Callable[[], Mapping[Place, int]],
        clock: Clock | None = None,
    ) -> None:
        """`ends` asks the log where partitions end, `nexts` this process what it will read next."""
        self._ask, self._nexts, self._clock = ends, nexts, clock or SystemClock()
        self._ends_before: Mapping[Place, int] = {}
        self._nexts_before: Mapping[Place, int] = {}
        self._since: dict[Place, datetime] = {}
        self.stuck: frozenset[Place] = frozenset()
        """What has had something to come for STUCK, and has not moved."""
        self.answered_at: datetime | None = None
        self.followed_at: datetime | None = None

    def look(self) -> None:
        """Ask once; LogUnavailable."""
        nexts = dict(self._nexts())
        ends = self._ask(list(nexts))
        now = self._clock.now()
        moved = {
            place
            for place, at in nexts.items()
            if at >= self._ends_before.get(place, 0) or at > self._nexts_before.get(place, -1)
        }
        self._since |= dict.fromkeys(moved, now)
        self.stuck = frozenset(place for place in nexts if now - self._since[place] >= STUCK)
        self._ends_before, self._nexts_before = ends, nexts
        self.answered_at = now
        self.followed_at = min((self._since[place] for place in nexts), default=now)


class Heart:
    """Writes the sign from its making until `stop`: one thread asks the log, another writes, so neither waits."""

    def __init__(
        self, directory: Path, turned_at: Callable[[], datetime | None], following: Following
    ) -> None:
        self._file, self._turned_at, self._following = directory / FILE_NAME, turned_at, following
        self._stopped = threading.Event()
        self._writing = threading.Thread(target=self._write_on, name="heart", daemon=True)
        self._looking = threading.Thread(target=self._look_on, name="heart-looks", daemon=True)
        self._writing.start()
        self._looking.start()

    def stop(self) -> None:
        """Write no more; what was written grows old. Does not wait for a log that is being asked."""
        self._stopped.set()
        self._writing.join()

    def _look_on(self) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(LogUnavailable):
                self._following.look()
            self._stopped.wait(LOOK_EVERY_S)

    def _write_on(self) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(OSError):  # a disk that takes nothing is seen by a sign that grows old
                self.write()
            self._stopped.wait(WRITE_EVERY_S)

    def write(self) -> None:
        """Put a new sign in the place of the last; OSError."""
        now, following = SystemClock().now(), self._following
        beat = Beat(now, self._turned_at(), following.answered_at, following.followed_at)
        written = self._file.with_suffix(".new")
        written.write_text(json.dumps({name: at and at.isoformat() for name, at in beat._asdict().items()}))
        written.replace(self._file)


def forget(directory: Path) -> None:
    """Take away the sign of whoever worked here before."""
    (directory / FILE_NAME).unlink(missing_ok=True)


def read(directory: Path) -> Beat | None:
    """The last sign; None if there is none that can be read."""
    try:
        told = json.loads((directory / FILE_NAME).read_text())
        return Beat(**{name: at and datetime.fromisoformat(at) for name, at in told.items()})
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def problem_of(beat: Beat | None, now: datetime, within_s: float = WITHIN_S) -> Problem | None:
    """Why a process is unwell; None if all that it last said is at most `within_s` old.

    A process that says nothing itself is told apart from one whose runners hang, and both from a log out of reach.
    """
    if beat is None:
        return Problem("no sign yet: it is starting, or does not run", STANDS_STILL)
    if not _is_fresh(beat.written_at, now, within_s):
        return Problem(f"the process has stood still since {beat.written_at:%F %T}Z", STANDS_STILL)
    if not _is_fresh(beat.answered_at, now, within_s):
        return Problem(f"the log has not answered {_since(beat.answered_at)}", OUT_OF_REACH)
    if not _is_fresh(beat.turned_at, now, within_s):
        return Problem(f"its runners have not ended a turn {_since(beat.turned_at)}", STANDS_STILL)
    if not _is_fresh(beat.followed_at, now, within_s):
        return Problem(f"what is appended has not come to it {_since(beat.followed_at)}", STANDS_STILL)
    return None


def _is_fresh(at: datetime | None, now: datetime, within_s: float) -> bool:
    return at is not None and -AHEAD_MAX <= now - at <= timedelta(seconds=within_s)


def _since(at: datetime | None) -> str:
    return "yet" if at is None else f"since {at:%F %T}Z"


def main() -> int:
    """Say in one line how the process is that works in a directory."""
    asked = argparse.ArgumentParser(prog="python -m runtime.heartbeat", description=main.__doc__)
    asked.add_argument("state", type=Path, help="the directory of the process")
    asked.add_argument("--within-s", type=float, default=WITHIN_S)
    told = asked.parse_args()
    problem = problem_of(read(told.state), SystemClock().now(), told.within_s)
    sys.stdout.write(f"{'it works' if problem is None else problem.says}\n")
    return 0 if problem is None else problem.code


if __name__ == "__main__":
    sys.exit(main())
