"""How commands speak: one clear line and a code other than 0 for bad input; JSON for machines on request."""

import json
from collections.abc import Iterable
from typing import Any, NoReturn

import typer

BAD_INPUT = 2


def refuse(*problems: str) -> NoReturn:
    """End with exit code 2, one line on stderr for each problem."""
    for problem in problems:
        typer.echo(problem, err=True)
    raise typer.Exit(BAD_INPUT)


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
