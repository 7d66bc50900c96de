"""Every kind of runner on one log: numbers counted, facts echoed, deadlines kept, totals shown."""

from dataclasses import dataclass

from runtime.clock import VirtualClock
from runtime.decider import Decider
from runtime.engine import Engine, Runner
from runtime.log import Entry, Log
from runtime.projection import Projection
from runtime.relay import Relay
from runtime.timer import Timer
from tests.runtime.toy import COUNTERS, Counters, Totals, due_of, echo, garbage, number

INPUTS: list[Entry] = [
    number("a", "1", add=1, open_s=60),
    number("b", "2", add=2),
    garbage("a", "3"),
    number("a", "4", add=3),
    number("b", "2", add=2),
    number("b", "5", add=5, open_s=30),
    garbage("c", "6"),
    number("c", "7", add=7, open_s=90),
]


@dataclass
class System:
    log: Log
    clock: VirtualClock
    totals: Totals
    engine: Engine

    def live(self) -> None:
        """Run until nothing is left to do, moving the clock on to each deadline."""
        self.engine.start()
        self.go_on()

    def go_on(self) -> None:
        self.engine.run_until_idle()
        while (due_at := self.engine.next_due_at()) is not None:
            self.clock.set(max(due_at, self.clock.now()))
            self.engine.run_until_idle()


def system(log: Log, clock: VirtualClock) -> System:
    totals = Totals()
    shown = Projection(
        log,
        "totals",
        [COUNTERS],
        fold=totals.fold,
        dump=totals.dump,
        load=totals.load,
        snapshot_every=3,
        batch_max=2,
    )
    runners: list[Runner] = [
        Decider(log, Counters(), batch_max=3),
        Relay(log, "echo", [COUNTERS], echo, batch_max=2),
        shown,
        Timer(log, "timer", [COUNTERS], due_of, clock),
    ]
    return System(log, clock, totals, Engine(log, runners, clock))
