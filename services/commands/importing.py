"""`hearth import`: take files that others publish into the log."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .importing_shelter import shelter_series
from .telling import refuse, refuse_for_now, say, say_json, say_table

if TYPE_CHECKING:
    from services.vacancy_ingest.domain.register_reconcile import Line
    from services.vacancy_ingest.domain.register_take import Taking

app = typer.Typer(help="Take published files into the log.", no_args_is_help=True)

SHOWN_MAX = 20
"""How many contradictions a person is shown; the JSON names all."""


@app.callback()
def importing() -> None:
    """Keep each kind of file a command of its own."""


app.command("shelter-series")(shelter_series)


@app.command("ofsted-register")
def ofsted_register(
    files: Annotated[
        list[Path], typer.Argument(help="Register files: snapshots, leavers, inspections, closed lists.")
    ],
    data: Annotated[Path, typer.Option(help="Where the log is, or shall be.")],
    region: Annotated[str | None, typer.Option(help="Only this region of England, such as London.")] = None,
    as_at: Annotated[
        list[str] | None,
        typer.Option(help="The day of a file: yyyy-mm-dd, or FILE=yyyy-mm-dd for one of several."),
    ] = None,
    is_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")] = False,
) -> None:
    """Take the regulator's register: new settings, places, judgements, closures; name what contradicts itself.

    Files are taken whole or not at all; what was imported before is written no second time.
    """
    from runtime.log import LogMismatch, LogUnavailable, Overtaken
    from services.vacancy_ingest.domain.register_take import report
    from services.vacancy_ingest.register_import import RegisterRefused

    try:
        taking, written, known = take(files, data, region, as_at or ())
    except RegisterRefused as refusal:
        refuse(str(refusal))
    except Overtaken:
        refuse_for_now(f"the log in {data} is in use: another import is writing to it")
    except (LogUnavailable, LogMismatch, OSError) as error:
        refuse_for_now(f"the log in {data} cannot be written: {error}")
    if is_json:
        say_json(report(taking, written, known))
    else:
        _show(taking, written, known)


def take(
    files: Sequence[Path], data: Path, region: str | None, as_at: Sequence[str]
) -> tuple["Taking", int, int]:
    """Import and decide what waits; count what was written and what known. Raises what the log and the import do."""
    from runtime.clock import SystemClock
    from runtime.sqlite_log import SqliteLog
    from services.matcher.adapters.terms_files import CALENDAR, POLICY
    from services.matcher.runners import decide_waiting
    from services.vacancy_ingest.register_events import Terms
    from services.vacancy_ingest.register_import import import_register

    data.mkdir(parents=True, exist_ok=True)
    log = SqliteLog(data, SystemClock())
    try:
        found = import_register(log, files, Terms(POLICY, CALENDAR), region=region, as_at=as_at)
        decide_waiting(log, data)
        return found
    finally:
        log.close()


def _show(taking: "Taking", written: int, known: int) -> None:
    say_table(
        "Files",
        ("file", "kind", "as at", "rows", "rejected"),
        [
            (file.name, file.kind.value, str(file.as_at), str(file.read_rows), str(file.rejected))
            for file in taking.files
        ],
    )
    say_table(
        "Reconciliation: before + joined - left (+ changed) = after",
        ("from", "to", "region", "provision type", "settings", "places"),
        [
            (str(line.since), str(line.until), line.region, line.registered_as.value, *_sums(line))
            for line in taking.reconciliation
        ],
    )
    found = taking.contradictions
    say(f"Contradictions: {len(found)}")
    for one in found[:SHOWN_MAX]:
        say(f"  {one.kind} {one.urn or ''}: {one.says}")
    if len(found) > SHOWN_MAX:
        say(f"and {len(found) - SHOWN_MAX} more; --json names them all")
    say(f"{written} changes written, {known} already known.")


def _sums(line: "Line") -> tuple[str, str]:
    places, settings = line.places, line.settings
    return (
        f"{settings.before} + {settings.joined} - {settings.left} = {settings.after}",
        f"{places.before} + {places.joined} - {places.left} {places.changed:+d} = {places.after}",
    )
