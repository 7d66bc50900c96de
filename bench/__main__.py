"""`python -m bench`: measure all, or what is named; tables for people, JSON for machines."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer
from rich.console import Console

from .figures import Result, print_table
from .logs import be_quiet
from .made import Told
from .plot import draw
from .run import Name, run

WIDTH: Final = 110
RESULTS: Final = Path(__file__).parent / "results"
FIGURES: Final = "figures.json"


def main(
    names: Annotated[list[Name] | None, typer.Argument(help="Which benches; all if none is named.")] = None,
    tiny: Annotated[
        bool, typer.Option(help="As small as can be: shows that it runs, measures nothing.")
    ] = False,
    is_json: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write JSON there too.")] = None,
    results: Annotated[
        Path, typer.Option(help="Where the plot goes, and the JSON of a whole run.")
    ] = RESULTS,
) -> None:
    """Measure how fast Hearth is. A figure that misses its target is shown so; the exit code does not hang on it."""
    be_quiet()
    found = measured(lambda told: run(names or list(Name), is_tiny=tiny, told=told), is_json=is_json)
    body = orjson.dumps([each.as_json() for each in found], option=orjson.OPT_INDENT_2) + b"\n"
    if is_json:
        typer.echo(body, nl=False)
    if out is not None:
        out.write_bytes(body)
    keep(found, body, None if tiny and results == RESULTS else results, is_whole=names is None)


def measured(run: Callable[[Told], Iterable[Result]], *, is_json: bool) -> list[Result]:
    """Show each result as soon as it is there, and meanwhile what is done."""
    console, found = Console(width=WIDTH), []
    with Console(stderr=True).status("") as status:
        for result in run(status.update):
            found.append(result)
            if not is_json:
                print_table(console, result)
    return found


def keep(found: list[Result], body: bytes, results: Path | None, *, is_whole: bool) -> None:
    """Draw what has grown, and keep the figures of a whole run beside it; nothing where there is no folder for it."""
    if results is None:
        return
    results.mkdir(parents=True, exist_ok=True)
    for each in found:
        if each.bench == Name.GROWTH:
            draw(each.figures, results)
    if is_whole:
        (results / FIGURES).write_bytes(body)


if __name__ == "__main__":
    typer.run(main)
