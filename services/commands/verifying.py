"""`hearth verify`: a second opinion on a log. Exit 0: every promise kept; 1: one was broken; 2: no log to read."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .kafka import check_where, copied
from .telling import progress, refuse, say, say_json, say_table

if TYPE_CHECKING:
    from runtime.log import Log
    from services.verifier.verify import Verdict

BROKEN = 1


def verify(
    data: Annotated[
        Path | None, typer.Option(help="Where the log is. It is only read, also beside a running server.")
    ] = None,
    brokers: Annotated[
        str | None, typer.Option(help="Instead of --data: the Kafka that has the log, as host:port.")
    ] = None,
    is_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> None:
    """Recompute every promise from the log alone, and say how often each was checked and broken."""
    from runtime.log import LogMismatch, LogUnavailable
    from services.verifier.reading import NoLog

    check_where(data, brokers)
    try:
        verdict = read_kafka(brokers, is_quiet=is_json) if brokers else read(data or Path(), is_quiet=is_json)
    except (NoLog, LogUnavailable, LogMismatch) as error:
        refuse(str(error))
    if is_json:
        say_json(as_json(verdict))
    else:
        show(verdict)
    if not verdict.tally.is_kept:
        raise typer.Exit(BROKEN)


def read(data: Path, *, is_quiet: bool) -> "Verdict":
    """Verify the log in a directory, with a bar for people; NoLog, LogUnavailable."""
    from services.verifier.reading import open_log

    log = open_log(data)
    try:
        return _verified(log, is_quiet=is_quiet)
    finally:
        log.close()


def read_kafka(brokers: str, *, is_quiet: bool) -> "Verdict":
    """Verify what a Kafka holds now, read once into a directory that is removed; LogUnavailable, LogMismatch."""
    with copied(brokers) as mirror:
        return _verified(mirror, is_quiet=is_quiet)


def _verified(log: "Log", *, is_quiet: bool) -> "Verdict":
    from services.verifier.verify import passes, verify

    with progress("reading", passes(log), is_quiet=is_quiet) as told:
        return verify(log, told)


def as_json(verdict: "Verdict") -> dict[str, Any]:
    """Return what machines read."""
    from services.verifier.domain.promises import Promise

    tally = verdict.tally
    promises = [
        {
            "promise": promise.value,
            "checked": tally.checked[promise],
            "broken": tally.broken[promise],
            "first": first_of(verdict, promise),
        }
        for promise in Promise
    ]
    return {"promises": promises, "records": verdict.records, "log_id": verdict.log_id}


def first_of(verdict: "Verdict", promise: Any) -> dict[str, str] | None:
    breach = verdict.tally.first.get(promise)
    if breach is None:
        return None
    return {"record": f"{breach.topic}:{breach.offset}", "reason": breach.reason}


def show(verdict: "Verdict") -> None:
    """Show people what was checked, and the first breach of each promise."""
    from services.verifier.domain.promises import SAYS, Promise

    rows = []
    for promise in Promise:
        first = first_of(verdict, promise)
        where = "" if first is None else f"{first['record']}: {first['reason']}"
        counts = (str(verdict.tally.checked[promise]), str(verdict.tally.broken[promise]))
        rows.append((SAYS[promise], *counts, where))
    say_table(
        f"{verdict.records} records of log {verdict.log_id}",
        ("promise", "checked", "broken", "first breach"),
        rows,
    )
    broken = len(verdict.tally.broken)
    say("Every promise was kept." if not broken else f"{broken} promises were broken.")
