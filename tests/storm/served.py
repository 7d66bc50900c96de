"""`hearth serve` as a process of its own, and what its log holds afterwards. Knows processes and the log's records."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx

from runtime.clock import SystemClock, monotonic_s
from runtime.sqlite_log import SqliteLog
from tests.http.world import directory

ROOT = Path(__file__).parents[2]
HEARTH = (sys.executable, "-m", "services.cli")
START_MAX_S = 180.0
"""Generous: it tells a server that hangs from one on a busy machine, and measures nothing."""
INPUTS, DECISIONS = ("vacancies", "referrals"), ("offers", "placements")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class NotStarted(Exception):
    """The server ended before it was live."""


@dataclass
class Served:
    """One server on one folder, started and ended by its process id."""

    folder: Path
    data: Path = field(default=Path())
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        if self.data == Path():
            self.data = self.folder / "data"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def printed(self) -> str:
        return (self.folder / "serve.log").read_text()

    def launch(self, before: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """Start the process and do not wait; `before` is a command that it runs under."""
        names = self.folder / "directory.json"
        names.write_text(directory().model_dump_json())
        command = [*before, *HEARTH, "serve", "--data", str(self.data), "--port", str(self.port)]
        with (self.folder / "serve.log").open("ab") as told:
            self.process = subprocess.Popen(
                [*command, "--directory", str(names)], cwd=ROOT, stdout=told, stderr=told
            )
        return self.process

    def start(self, before: Sequence[str] = ()) -> None:
        """Start the process and wait until it answers; NotStarted if it ends instead."""
        self.launch(before)
        self._wait_until_live()

    def _wait_until_live(self) -> None:
        assert self.process is not None
        until_s = monotonic_s() + START_MAX_S
        while not self.is_live():
            assert monotonic_s() < until_s, "the server neither answers nor ends"
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.05)
                raise NotStarted(self.printed)

    def is_live(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/live", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self, how: signal.Signals = signal.SIGKILL) -> int:
        assert self.process is not None
        os.kill(self.process.pid, how)
        return self.process.wait(30)

    def end(self) -> None:
        """End whatever still runs."""
        if self.process is not None and self.process.poll() is None:
            self.kill()


def verify(data: Path) -> dict[str, Any]:
    """Ask `hearth verify` for a second opinion, and return how often each promise was broken."""
    found = subprocess.run(
        [*HEARTH, "verify", "--data", str(data), "--json"],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert found.stdout, found.stderr
    told = json.loads(found.stdout)
    broken = {each["promise"]: each["first"] for each in told["promises"] if each["broken"]}
    assert found.returncode == (1 if broken else 0), found.stderr
    return broken


@dataclass(frozen=True)
class Counts:
    """How often each input is in the log, and how often it was decided, by its id."""

    taken_in: Counter[str]
    decided: Counter[str]

    @classmethod
    def of(cls, taken_in: dict[str, int], decided: dict[str, int]) -> "Counts":
        return cls(Counter(taken_in), Counter(decided))


def counts(data: Path) -> Counts:
    log = SqliteLog(data, SystemClock(), is_read_only=True)
    try:
        return Counts(count(log, INPUTS, "ce_id"), count(log, DECISIONS, "ce_cause"))
    finally:
        log.close()


def count(log: SqliteLog, topics: Sequence[str], header: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for topic in topics:
        start = 0
        while records := log.read(topic, start, 1000):
            found.update(each.headers[header] for each in records if not each.is_void)
            start = records[-1].offset + 1
    return found
