"""`kill -9` of the offers worker: how soon a successor closes the windows that are due next.

Knows the worker and the clock as processes. Every second a window of each partition is due. What counts is the
partition that waits longest, and of it the first window that was due after the kill.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from deploy.local.processes import wait_until
from runtime.clock import SystemClock
from schemas.topics import PARTITIONS

from .feed import homes
from .figures import Figure
from .kafka_ground import WAIT_MAX_S, Ground, Process, Stuck
from .kafka_rows import partition_of
from .kafka_windows import GROUP, OUTPUTS, Closed, Windows
from .made import Told

SECOND_WORKER, RESTART = "a second worker takes over", "it is started again at once"
RUNNING_S: Final = 3.0
"""How long windows are closed in peace before the next kill."""


@dataclass(frozen=True, slots=True)
class Sizes:
    passes: int = 2
    lead_s: float = 25
    windows_s: int = 180
    """For how long a window of each partition is due every second."""


TINY: Final = Sizes(passes=1, lead_s=25, windows_s=120)


def measure(ground: Ground, sizes: Sizes, told: Told) -> list[Figure]:
    """Kill the one of two workers, then the one that is left; again and again."""
    with ground.catalogue() as log_id:
        windows = Windows(ground, log_id)
        told("laying out windows")
        first_at = (SystemClock().now() + timedelta(seconds=sizes.lead_s)).replace(microsecond=0)
        seconds = Counter[int]()
        for home in homes(sizes.windows_s * PARTITIONS):
            partition = partition_of(home.setting_id, PARTITIONS)
            windows.open(home, first_at + timedelta(seconds=seconds[partition]))
            seconds[partition] += 1
        windows.lay_out()
        with ExitStack() as stack:
            kills = Kills(ground, windows, stack)
            for turn in range(sizes.passes):
                told(f"pass {turn + 1} of {sizes.passes}")
                kills.kill_one_of_two()
                kills.kill_the_only_one()
        closed = windows.closed()
    return [*figures(kills.times, closed)]


class Kills:
    """Workers that are killed, and when."""

    def __init__(self, ground: Ground, windows: Windows, stack: ExitStack) -> None:
        self._ground, self._windows, self._stack = ground, windows, stack
        stack.enter_context(windows.work("clock", "clock"))
        self._name, self._spare = "a", "b"
        self._left = self._start(self._name)
        self.times: list[tuple[str, datetime]] = []

    def kill_one_of_two(self) -> None:
        """Let a second worker join, and kill the first."""
        second = self._start(self._spare)
        self._ground.wait_for_members(GROUP, 2)
        self._kill(SECOND_WORKER)
        self._left, self._name, self._spare = second, self._spare, self._name
        self._wait_until_all_go_on()

    def kill_the_only_one(self) -> None:
        """Kill it, and start it again in its own directory, as a supervisor would."""
        self._ground.wait_for_members(GROUP, 1)
        self._kill(RESTART)
        self._left = self._start(self._name)
        self._wait_until_all_go_on()

    def _start(self, name: str) -> Process:
        return self._stack.enter_context(self._windows.work(name, "offers"))

    def _kill(self, how: str) -> None:
        self._wait_until_all_go_on(RUNNING_S)
        self.times.append((how, SystemClock().now()))
        self._left.kill()

    def _wait_until_all_go_on(self, more: float = 1) -> None:
        """Wait until so many more windows have been closed in each partition."""
        before = self._ground.ends(OUTPUTS)

        def go_on() -> bool:
            return all(end >= before[each] + more for each, end in self._ground.ends(OUTPUTS).items())

        if not wait_until(go_on, WAIT_MAX_S):
            raise Stuck("not all partitions go on")


def figures(kills: list[tuple[str, datetime]], closed: list[Closed]) -> Iterator[Figure]:
    late_s = {how: [waited_s(at, closed) for each, at in kills if each == how] for how, _ in kills}
    for how, found in late_s.items():
        note = "of " + ", ".join(f"{each:.1f}" for each in found)
        yield Figure(f"{how}: kill to the next due window closed", max(found), "s", below=15, note=note)
    early = sum(each.late_s < 0 for each in closed)
    yield Figure("closed early", early, "windows", below=1, note=f"{len(closed):,} closed")


def waited_s(killed_at: datetime, closed: list[Closed]) -> float:
    """Return how long the partition that waited longest had no window closed that was due after the kill."""
    firsts = [
        min(each.closed_at for each in closed if each.partition == at and each.due_at > killed_at)
        for at in range(PARTITIONS)
    ]
    return (max(firsts) - killed_at).total_seconds()
