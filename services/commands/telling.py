"""How commands speak: one clear line and a code other than 0 for bad input; JSON for machines on request."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

BAD_INPUT = 2
UNAVAILABLE = 75
"""sysexits' EX_TEMPFAIL: the log is in use or out of reach; try again later."""


def refuse(*problems: str) -> NoReturn:
    """End with exit code 2, one line on stderr for each problem."""
    for problem in problems:
        typer.echo(problem, err=True)
    raise typer.Exit(BAD_INPUT)


def refuse_for_now(problem: str) -> NoReturn:
    """End with exit code 75, one line on stderr: it is not the input that is wrong."""
    typer.echo(problem, err=True)
    raise typer.Exit(UNAVAILABLE)


def say(line: str) -> None:
    typer.echo(line)


def say_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, default=str))


def say_table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table for people."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


@contextmanager
def progress(doing: str, total: float | None, *, is_quiet: bool) -> Iterator[Callable[[int], None]]:
    """Show people a bar on stderr, and nothing where nobody looks. Gives whom to tell how many more are done."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=is_quiet or not console.is_terminal) as bar:
        task = bar.add_task(doing, total=total)
        yield lambda more: bar.advance(task, more)
