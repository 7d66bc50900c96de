"""How busy and how fast this machine is, so that figures of two runs can be told apart from the machine's own moods."""

from dataclasses import dataclass
from typing import Final

import psutil

from runtime.clock import monotonic_s

TURNS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Mood:
    """`load` is how many processes wanted a processor in the last minute; `loop_ms` is the yardstick.

    The yardstick is a million turns of an empty loop in this process: about 20 ms on a free processor of 2023, and more
    where others want the same one.
    """

    load: float
    loop_ms: float


def mood() -> Mood:
    began_s = monotonic_s()
    for _ in range(TURNS):
        pass
    return Mood(psutil.getloadavg()[0], (monotonic_s() - began_s) * 1000)
