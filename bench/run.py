"""All benches by name, and one run of one of them, from nothing, in a folder that is removed afterwards."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from runtime.clock import monotonic_s

from . import decide, fit, growth, restart, serve, simulate
from .figures import Figure, Result
from .machine import mood
from .made import Told


class Name(StrEnum):
    """What may be measured by itself, in the order in which all is measured."""

    DECIDE = "decide"
    SIMULATE = "simulate"
    FIT = "fit"
    SERVE = "serve"
    RESTART = "restart"
    GROWTH = "growth"


class Bench(NamedTuple):
    """What measures, how much of it is a measurement, and how little shows that it runs."""

    measure: Callable[[Path, Any, Told], list[Figure]]
    whole: Any
    tiny: Any


BENCHES: Final[Mapping[Name, Bench]] = {
    Name.DECIDE: Bench(decide.measure, decide.Sizes(), decide.TINY),
    Name.SIMULATE: Bench(simulate.measure, simulate.Sizes(), simulate.TINY),
    Name.FIT: Bench(fit.measure, fit.Sizes(), fit.TINY),
    Name.SERVE: Bench(serve.measure, serve.Sizes(), serve.TINY),
    Name.RESTART: Bench(restart.measure, restart.Sizes(), restart.TINY),
    Name.GROWTH: Bench(growth.measure, growth.Sizes(), growth.TINY),
}


def run(name: Name, *, is_tiny: bool, told: Told) -> Result:
    """Run one bench; `told` hears what it is doing."""
    bench = BENCHES[name]
    sizes = bench.tiny if is_tiny else bench.whole
    folder = Path(tempfile.mkdtemp(prefix=f"hearth-bench-{name}-"))
    began_s, before = monotonic_s(), mood()
    try:
        figures = tuple(bench.measure(folder, sizes, lambda what: told(f"{name}: {what}")))
    finally:
        shutil.rmtree(folder)
    return Result(name, asdict(sizes), figures, before, mood(), monotonic_s() - began_s)
