"""How soon a worker decides whose settings lie on the log: with what it kept, with nothing, and as a faust table.

Knows rows as a worker left them. A start is from asking for the process to a decision in every partition; what of it
the rows take is from the instant at which the group gave the worker its partitions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from shutil import rmtree
from statistics import median
from typing import Final, NamedTuple

from runtime.clock import SystemClock
from runtime.kafka_records import instant_of
from runtime.records import instant

from .feed import Home, homes
from .figures import Figure
from .kafka_ground import Ground
from .kafka_rows import Introducing, Rows, one_of_each
from .kafka_workers import ASSIGNED, FAUST, HEARTH, Place
from .made import Told

KEPT, EMPTY = "with what it kept on disk", "with an empty directory"


@dataclass(frozen=True, slots=True)
class Sizes:
    settings: int = 60_000
    partitions: int = 12
    passes: int = 3


TINY: Final = Sizes(settings=60, partitions=2, passes=1)


class Start(NamedTuple):
    """Seconds from asking for a process to a decision in every partition, and from being given partitions."""

    whole_s: float
    rows_s: float


def measure(ground: Ground, sizes: Sizes, told: Told) -> list[Figure]:
    """Make the rows, then start one after the other on them."""
    told(f"making {sizes.settings:,} settings")
    everybody, at = homes(sizes.settings), SystemClock().now()
    starts = Starts(ground, sizes, everybody, at)
    found: dict[str, list[Start]] = {FAUST: [], EMPTY: [], KEPT: []}
    with starts.place.topics(ground):
        starts.lay_out()
        for each in range(sizes.passes):
            told(f"pass {each + 1}: a faust agent with a table")
            found[FAUST].append(starts.one(FAUST))
            told(EMPTY)
            starts.forget()
            found[EMPTY].append(starts.one(HEARTH))
            told(KEPT)
            found[KEPT].append(starts.one(HEARTH))
    return [*figures({kind: typical(each) for kind, each in found.items()}, starts.bytes_each)]


class Starts:
    """Rows on a log, and workers that start on them."""

    def __init__(self, ground: Ground, sizes: Sizes, everybody: list[Home], at: datetime) -> None:
        self._ground, self._partitions, self._everybody, self._at = ground, sizes.partitions, everybody, at
        self.place = Place(
            brokers=ground.brokers,
            prefix="start",
            partitions=sizes.partitions,
            directory=ground.folder / "start",
        )
        self._saying, self.bytes_each = Introducing(at), 0.0

    def lay_out(self) -> None:
        """Append inputs and the decisions that they left, to faust's changelog too; all inputs are acknowledged."""
        place, rows = self.place, Rows(self.place.rules(), self.place.prefix, self._partitions)
        for home in self._everybody:
            rows.add([*self._saying.setting(home)])
        self.bytes_each = sum(len(each.value) for each in rows.decisions) / len(rows.decisions)
        self._ground.load(place.inputs, rows.inputs, self._partitions)
        self._ground.load(place.outputs, rows.decisions, self._partitions)
        self._ground.load(place.changelog, rows.decisions, self._partitions)
        for group in (place.group_of(FAUST), place.group_of(HEARTH)):
            self._ground.acknowledge(group, place.inputs)

    def forget(self) -> None:
        """Take away what Hearth's worker kept on disk."""
        if self.place.directory.exists():
            rmtree(self.place.directory)

    def one(self, kind: str) -> Start:
        """Say one thing in each partition, start a worker, and measure until all of it is decided."""
        place, ground, outputs = self.place, self._ground, self.place.outputs_of(kind)
        ends = ground.ends(outputs)
        new = [self._saying.no_change(home) for home in one_of_each(self._everybody, self._partitions)]
        ground.load(place.inputs, new, self._partitions)
        began_at = SystemClock().now()
        with ground.started(f"start-{kind}", place.words(kind)) as worker:
            ground.wait_for(outputs, sum(ends.values()) + len(new), [worker])
        for group in (place.group_of(FAUST), place.group_of(HEARTH)):
            ground.acknowledge(group, place.inputs)
        decided_at = instant_of(max(ground.stamps(outputs, ends)))
        assigned_at = instant((place.directory / ASSIGNED).read_text())
        return Start((decided_at - began_at).total_seconds(), (decided_at - assigned_at).total_seconds())


def typical(starts: Sequence[Start]) -> Start:
    """The medians of several starts."""
    return Start(*[median(each) for each in zip(*starts, strict=True)])


def figures(found: dict[str, Start], bytes_each: float) -> Iterator[Figure]:
    note = f"rows of {bytes_each:,.0f} bytes"
    names = {FAUST: "a faust agent recovers its table", KEPT: KEPT, EMPTY: EMPTY}
    for each, name in names.items():
        yield Figure(f"{name}, start to decisions", found[each].whole_s, "s", note=note)
        yield Figure("  of it, once it has its partitions", found[each].rows_s, "s")
        note = ""
    for each in (KEPT, EMPTY):
        target = 10 if each == KEPT else None
        whole = found[FAUST].whole_s / found[each].whole_s
        rows = found[FAUST].rows_s / max(0.001, found[each].rows_s)
        yield Figure(f"faster {each}, the whole start", whole, "times", at_least=target)
        yield Figure("  once it has its partitions", rows, "times", at_least=target)
