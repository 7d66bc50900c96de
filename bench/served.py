"""`hearth serve` as a process of its own: started, measured from outside, ended by its id."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import psutil

from runtime.clock import monotonic_s

from .people import directory

ROOT = Path(__file__).parents[1]
HEARTH = (sys.executable, "-m", "services.cli")
START_MAX_S = 600.0
POLL_S = 0.02


class NotStarted(Exception):
    """The server ended, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running server on a folder of data."""

    url: str
    process: subprocess.Popen[bytes]
    told: Path
    began_s: float
    """On the monotonic clock, when the process was asked for."""

    @property
    def rss_bytes(self) -> int:
        """Physical memory that the process holds now."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    @property
    def cpu_s(self) -> float:
        """Seconds of processor that the process has used, in its own code and in the kernel's for it."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def wait_until_live(self) -> None:
        until_s = monotonic_s() + START_MAX_S
        while not self._is_live():
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(POLL_S)
                raise NotStarted(self.told.read_text())
            if monotonic_s() > until_s:
                raise NotStarted(f"no answer within {START_MAX_S:.0f} s")

    def _is_live(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/live", timeout=30).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def served(data: Path, settings: int) -> Iterator[Served]:
    """Start a server on the data, which need not answer yet, and end it in the end."""
    people, told, port = data.parent / "directory.json", data.parent / "serve.log", free_port()
    people.write_text(directory(settings).model_dump_json())
    asked = [*HEARTH, "serve", "--data", str(data), "--port", str(port), "--directory", str(people)]
    began_s = monotonic_s()
    with told.open("wb") as output:
        process = subprocess.Popen(asked, cwd=ROOT, stdout=output, stderr=output)
    try:
        yield Served(f"http://127.0.0.1:{port}", process, told, began_s)
    finally:
        process.kill()
        process.wait(30)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
