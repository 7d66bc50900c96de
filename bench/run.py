"""All benches by name, and a run of some of them, from nothing, in a folder that is removed afterwards."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from runtime.clock import monotonic_s

from . import decide, fit, growth, restart, serve, simulate
from .figures import Figure, Result
from .logs import Given, make_all
from .machine import mood
from .made import Made, Size, Told


class Name(StrEnum):
    """What may be measured by itself, in the order in which all is measured."""

    DECIDE = "decide"
    SIMULATE = "simulate"
    FIT = "fit"
    SERVE = "serve"
    RESTART = "restart"
    GROWTH = "growth"


def no_logs(_: Any) -> Mapping[str, Size]:
    return {}


class Bench(NamedTuple):
    """What measures, how much of it is a measurement, how little shows that it runs, and the logs that it needs."""

    measure: Callable[[Given, Any, Told], list[Figure]]
    whole: Any
    tiny: Any
    logs: Callable[[Any], Mapping[str, Size]] = no_logs


BENCHES: Final[Mapping[Name, Bench]] = {
    Name.DECIDE: Bench(decide.measure, decide.Sizes(), decide.TINY),
    Name.SIMULATE: Bench(simulate.measure, simulate.Sizes(), simulate.TINY),
    Name.FIT: Bench(fit.measure, fit.Sizes(), fit.TINY),
    Name.SERVE: Bench(serve.measure, serve.Sizes(), serve.TINY, serve.logs),
    Name.RESTART: Bench(restart.measure, restart.Sizes(), restart.TINY, restart.logs),
    Name.GROWTH: Bench(growth.measure, growth.Sizes(), growth.TINY, growth.logs),
}


def run(names: Sequence[Name], *, is_tiny: bool, told: Told) -> Iterator[Result]:
    """Make the logs that all of them need, then run one after the other; `told` hears what is done."""
    root = Path(tempfile.mkdtemp(prefix="hearth-bench-"))
    try:
        made = make_all(folders(root, names, is_tiny=is_tiny), told)
        for name in names:
            yield run_one(name, root / name, made, is_tiny=is_tiny, told=told)
            shutil.rmtree(root / name)
    finally:
        shutil.rmtree(root)


def sizes_of(name: Name, *, is_tiny: bool) -> Any:
    return BENCHES[name].tiny if is_tiny else BENCHES[name].whole


def folders(root: Path, names: Sequence[Name], *, is_tiny: bool) -> dict[Path, Size]:
    """Return a folder for each log of each bench."""
    return {
        root / name / log: size
        for name in names
        for log, size in BENCHES[name].logs(sizes_of(name, is_tiny=is_tiny)).items()
    }


def run_one(name: Name, folder: Path, made: Mapping[Path, Made], *, is_tiny: bool, told: Told) -> Result:
    folder.mkdir(exist_ok=True)
    given = Given(folder, {place.name: each for place, each in made.items() if place.parent == folder})
    sizes, began_s, before = sizes_of(name, is_tiny=is_tiny), monotonic_s(), mood()
    figures = BENCHES[name].measure(given, sizes, lambda what: told(f"{name}: {what}"))
    return Result(name, asdict(sizes), tuple(figures), before, mood(), monotonic_s() - began_s)
