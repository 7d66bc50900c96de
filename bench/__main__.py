"""`python -m bench`: measure all, or what is named, each from nothing in a folder that is removed afterwards."""

import logging
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import orjson
import structlog
import typer
from rich.console import Console

from runtime.clock import monotonic_s

from . import decide, fit, restart, serve, simulate
from .figures import Figure, Result, load_now, print_table
from .made import Told

WIDTH = 110


class Bench(NamedTuple):
    measure: Callable[[Path, Any, Told], list[Figure]]
    whole: Any
    tiny: Any


BENCHES = {
    "decide": Bench(decide.measure, decide.Sizes(), decide.TINY),
    "simulate": Bench(simulate.measure, simulate.Sizes(), simulate.TINY),
    "fit": Bench(fit.measure, fit.Sizes(), fit.TINY),
    "serve": Bench(serve.measure, serve.Sizes(), serve.TINY),
    "restart": Bench(restart.measure, restart.Sizes(), restart.TINY),
}


def run(name: str, *, is_tiny: bool, told: Told) -> Result:
    """Run one bench in a folder of its own."""
    bench = BENCHES[name]
    sizes = bench.tiny if is_tiny else bench.whole
    folder = Path(tempfile.mkdtemp(prefix=f"hearth-bench-{name}-"))
    began_s, before = monotonic_s(), load_now()
    try:
        figures = bench.measure(folder, sizes, lambda what: told(f"{name}: {what}"))
    finally:
        shutil.rmtree(folder)
    return Result(name, asdict(sizes), tuple(figures), (before, load_now()), monotonic_s() - began_s)


def main(
    names: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(BENCHES)}; all if none.")] = None,
    tiny: Annotated[
        bool, typer.Option(help="As small as can be: shows that it runs, measures nothing.")
    ] = False,
    is_json: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write JSON there too.")] = None,
) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console, people = Console(width=WIDTH), Console(stderr=True)
    results = []
    with people.status("") as status:
        for name in names or BENCHES:
            results.append(run(name, is_tiny=tiny, told=status.update))
            if not is_json:
                print_table(console, results[-1])
    body = orjson.dumps([each.as_json() for each in results], option=orjson.OPT_INDENT_2)
    if is_json:
        typer.echo(body.decode())
    if out is not None:
        out.write_bytes(body + b"\n")


if __name__ == "__main__":
    typer.run(main)
