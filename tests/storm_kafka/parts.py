"""Hearth's processes on Kafka, each started, stopped and killed by its own id.

Knows `hearth work` and what a process may end with. Knows no promise, and no fault.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import DatabaseError

from deploy.local.processes import free_port, is_listening, last_lines, wait_until
from runtime.clock import SystemClock
from runtime.log import LogUnavailable
from runtime.sqlite_log import SqliteLog
from services.commands.telling import UNAVAILABLE
from tests.http.world import directory

ROOT = Path(__file__).parents[2]
HEARTH = (sys.executable, "-m", "services.cli")
HOST = "127.0.0.1"
START_MAX_S = 600.0
STOP_MAX_S = 180.0
"""How long a process that is asked to end may take on a machine that is busy with others."""
ASKED_TO_END = {0, -signal.SIGTERM}
DECIDERS = ("offers", "placements")
COURIERS = ("clock", "courier-offers", "courier-placements")
FOLLOWING_ALL = ("listings", "fit")
"""Relays that know everything that they have read."""


class Ended(Exception):
    """A process ended by itself, or did not when it was asked to."""


@dataclass
class Part:
    """One process of `hearth work`, and its folder, which nobody else uses."""

    name: str
    words: Sequence[str]
    folder: Path
    note: Callable[[str, int], None] = lambda _name, _pid: None
    process: subprocess.Popen[bytes] | None = None
    is_wanted: bool = False
    is_paused: bool = False
    starts: int = 0

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> Path:
        return self.folder / "output.log"

    def start(self) -> None:
        """Start the process and do not wait for anything."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as told:
            words = [*HEARTH, "work", *self.words, "--state", str(self.folder / "state")]
            self.process = subprocess.Popen(words, cwd=ROOT, stdout=told, stderr=told, start_new_session=True)
        self.note(self.name, self.process.pid)
        self.is_wanted, self.is_paused = True, False
        self.starts += 1

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)

    def pause(self) -> None:
        self.signal(signal.SIGSTOP)
        self.is_paused = True

    def resume(self) -> None:
        self.signal(signal.SIGCONT)
        self.is_paused = False

    def kill(self) -> None:
        """End it as a crash would."""
        self.is_wanted = False
        if self.process is not None and self.process.poll() is None:
            self.signal(signal.SIGKILL)
            self.process.wait(STOP_MAX_S)

    def ask_to_end(self) -> None:
        """Ask it to end in good order, and do not wait."""
        self.is_wanted = False
        if self.is_running:
            self.signal(signal.SIGTERM)

    def stop(self) -> None:
        """End it in good order; Ended if it does not, or says that it could not."""
        if self.process is None or self.process.poll() is not None:
            self.is_wanted = False
            return
        if self.is_wanted:
            self.ask_to_end()
        try:
            code = self.process.wait(STOP_MAX_S)
        except subprocess.TimeoutExpired:
            raise Ended(f"{self.name} did not end in {STOP_MAX_S:g} s: {self.last_words}") from None
        if code not in ASKED_TO_END:
            raise Ended(f"{self.name} was asked to end and ended with {code}: {self.last_words}")

    def mirrored(self, topic: str) -> int:
        """How much of a topic its mirror holds; 0 if it has none yet. Not for a decider, which has no mirror."""
        try:
            with closing(self._mirror()) as log:
                return log.end(topic)
        except (LogUnavailable, DatabaseError):
            return 0

    def left_to_carry(self, name: str, topic: str) -> int:
        """How much of a topic its relay `name` has not carried yet."""
        with closing(self._mirror()) as log:
            return log.end(topic) - log.position(f"{name}:{topic}")

    def _mirror(self) -> SqliteLog:
        return SqliteLog(self.folder / "state" / "mirror", SystemClock(), is_read_only=True)

    def forget(self) -> None:
        """Take away what it keeps of its own: all of that comes from Kafka."""
        shutil.rmtree(self.folder / "state", ignore_errors=True)

    @property
    def last_words(self) -> str:
        return last_lines(self.log, 6)


@dataclass
class Parts:
    """All processes of one Hearth: two workers of each decider, two clocks, one of everything else.

    The couriers share their process with one of the clocks.
    """

    brokers: str
    folder: Path
    note: Callable[[str, int], None] = lambda _name, _pid: None
    port: int = field(default_factory=free_port)
    by_name: dict[str, Part] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    """Which parts ended by themselves because Kafka could not be reached, and were started again."""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "directory.json").write_text(directory().model_dump_json())
        for name in DECIDERS:
            for one in "ab":
                self.add(f"{name}-{one}", name)
        self.add("couriers", *COURIERS)
        for name in ("clock", *FOLLOWING_ALL, "notifier"):
            self.add(name, name)
        self.add("edge", "edge", "--port", str(self.port))

    def add(self, name: str, *words: str) -> Part:
        names = ("--brokers", self.brokers, "--directory", str(self.folder / "directory.json"))
        self.by_name[name] = Part(name, (*words, *names), self.folder / name, self.note)
        return self.by_name[name]

    def twin(self, part: Part) -> Part:
        """A second process that does the same, with a folder of its own."""
        name = f"{part.name}-c"
        self.by_name[name] = Part(name, part.words, self.folder / name, self.note)
        return self.by_name[name]

    def drop(self, part: Part) -> None:
        """Know no more of a process that has ended; its folder stays."""
        assert not part.is_running
        del self.by_name[part.name]

    def __getitem__(self, name: str) -> Part:
        return self.by_name[name]

    def __iter__(self) -> Iterator[Part]:
        return iter(self.by_name.values())

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Start all, and return once the edge answers."""
        for part in self:
            part.start()
        self.wait_for_edge()

    def wait_for_edge(self) -> None:
        """Return once the edge takes requests; Ended."""
        if not wait_until(self._edge_is_up, START_MAX_S):
            raise Ended(f"the edge did not come up: {self['edge'].last_words}")

    def _edge_is_up(self) -> bool:
        self.tend()
        return is_listening(HOST, self.port)

    def tend(self) -> None:
        """Start again whatever could not reach Kafka, as a supervisor would; Ended if one ended otherwise."""
        for part in self:
            if part.is_wanted and not part.is_running and part.process is not None:
                code = part.process.returncode
                if code != UNAVAILABLE:
                    raise Ended(f"{part.name} ended by itself with {code}: {part.last_words}")
                self.ended.append(part.name)
                part.start()

    def stop(self) -> None:
        """End all in good order; Ended."""
        self.tend()
        for part in reversed(list(self)):
            part.stop()

    def end(self) -> None:
        """End whatever still runs."""
        for part in self:
            part.kill()
