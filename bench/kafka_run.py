"""All benches on Kafka by name, and a run of some of them, on one broker of the run's own that is ended afterwards."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from runtime.clock import monotonic_s

from . import kafka_decide, kafka_due, kafka_growth, kafka_kill, kafka_seen, kafka_start
from .figures import Figure, Result
from .kafka_ground import Ground, broker
from .machine import mood
from .made import Told


class Name(StrEnum):
    """What may be measured by itself, in the order in which all is measured."""

    DECIDE = "kafka-decide"
    SEEN = "kafka-seen"
    KILL = "kafka-kill"
    DUE = "kafka-due"
    START = "kafka-start"
    GROWTH = "kafka-growth"


class Bench(NamedTuple):
    """What measures, how much of it is a measurement, and how little shows that it runs."""

    measure: Callable[[Ground, Any, Told], list[Figure]]
    whole: Any
    tiny: Any


BENCHES: Final[Mapping[Name, Bench]] = {
    Name.DECIDE: Bench(kafka_decide.measure, kafka_decide.Sizes(), kafka_decide.TINY),
    Name.SEEN: Bench(kafka_seen.measure, kafka_seen.Sizes(), kafka_seen.TINY),
    Name.KILL: Bench(kafka_kill.measure, kafka_kill.Sizes(), kafka_kill.TINY),
    Name.DUE: Bench(kafka_due.measure, kafka_due.Sizes(), kafka_due.TINY),
    Name.START: Bench(kafka_start.measure, kafka_start.Sizes(), kafka_start.TINY),
    Name.GROWTH: Bench(kafka_growth.measure, kafka_growth.Sizes(), kafka_growth.TINY),
}


def run(names: Sequence[Name], *, is_tiny: bool, told: Told, brokers: str | None = None) -> Iterator[Result]:
    """Run one after the other; `brokers` is an empty Kafka to use in place of one that is started here."""
    root = Path(tempfile.mkdtemp(prefix="hearth-bench-kafka-"))
    try:
        told("starting Kafka")
        with nullcontext(brokers) if brokers else broker(root / "kafka") as address:
            for name in names:
                yield run_one(name, Ground(root / name, address), is_tiny=is_tiny, told=told)
                shutil.rmtree(root / name)
    finally:
        shutil.rmtree(root)


def run_one(name: Name, ground: Ground, *, is_tiny: bool, told: Told) -> Result:
    ground.folder.mkdir()
    bench = BENCHES[name]
    sizes, began_s, before = bench.tiny if is_tiny else bench.whole, monotonic_s(), mood()
    figures = bench.measure(ground, sizes, lambda what: told(f"{name}: {what}"))
    return Result(name, asdict(sizes), tuple(figures), before, mood(), monotonic_s() - began_s)
