"""`hearth agreement check`: show an agreement's ladder with the deadlines that it would give on a date."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.words import Kind

from .telling import refuse, say_json, say_table

if TYPE_CHECKING:
    from services.ladders import Rung

COLUMNS = ("kind", "tier", "audience", "councils", "length", "closes (London)", "note")

app = typer.Typer(help="Agreements and their ladders.", no_args_is_help=True)


@app.callback()
def agreements() -> None:
    """Keep `check` a command of its own."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="An agreement, as AgreementAttached has it.")],
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day on which a vacancy is posted at 09:00."),
    ] = None,
    kind: Annotated[Kind | None, typer.Option(help="Only this kind of fill.")] = None,
    is_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> None:
    """Say what is wrong with an agreement (exit 2), or who would be offered a vacancy first, until when."""
    from runtime.clock import SystemClock
    from services.ladders import AgreementUnusable, read_agreement, rungs

    now = SystemClock().now()
    try:
        agreement = read_agreement(file.read_bytes())
    except OSError as error:
        refuse(f"{file}: cannot be read: {error.strerror}")
    except AgreementUnusable as error:
        refuse(*[f"{file}: {problem}" for problem in error.problems])
    found = rungs(agreement, now.date() if on is None else on.date(), [kind] if kind else list(Kind))
    if is_json:
        say_json({"agreement_id": agreement.agreement_id, "version": agreement.version, "rungs": found})
        return
    say_table(f"{agreement.agreement_id} version {agreement.version}", COLUMNS, map(row_of, found))


def row_of(rung: "Rung") -> tuple[str, ...]:
    tier, councils = str(rung["tier"]), str(rung["councils"])
    which = (rung["kind"], tier, rung["audience"], councils, rung["length"])
    return (*which, in_london(rung["closes_at"]), rung["note"])


def in_london(at: datetime | None) -> str:
    return "" if at is None else f"{at:%a %d %b %Y %H:%M}"
