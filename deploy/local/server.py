"""What every server of this machine has in common: a folder, a process, and words to start, stop, kill and pause it."""

import signal
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from .processes import CannotStart, Mark, end, kill, last_lines, send, spawn, wait_until

NOTE = "process.json"
"""The file in a server's folder that says which process it is, from before it answers until it is asked to end."""


class LocalServer(ABC):
    """One process whose output and content lie in `directory`. Started again it has the same address."""

    name: str
    start_max_s: float

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log = directory / "output.log"
        self.mark: Mark | None = None

    @abstractmethod
    def command(self) -> Sequence[str]:
        """What to run; may lay out the folder first, and raise CannotStart."""

    @abstractmethod
    def is_up(self) -> bool:
        """Tell whether the server answers."""

    def start(self) -> Mark:
        """Start the server and return once it answers; CannotStart."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.mark = spawn(self.command(), self.log)
        self.mark.write(self.directory / NOTE)
        if not wait_until(lambda: self.is_up() or not self.is_running, self.start_max_s) or not self.is_up():
            self.kill()
            raise CannotStart(f"{self.name} did not come up: {last_lines(self.log)}")
        return self.mark

    @property
    def is_running(self) -> bool:
        return self.mark is not None and self.mark.find() is not None

    def stop(self) -> None:
        """End the server in good order."""
        if self.mark is not None:
            end(self.mark)

    def kill(self) -> None:
        """End the server as a crash would."""
        if self.mark is not None:
            kill(self.mark)

    def pause(self) -> None:
        """Let the server stand still: connections stay, answers do not come."""
        if self.mark is not None:
            send(self.mark, signal.SIGSTOP)

    def resume(self) -> None:
        if self.mark is not None:
            send(self.mark, signal.SIGCONT)
