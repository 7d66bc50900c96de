"""`hearth replay`: the log decided again. Exit 0: the same to the byte; 1: a difference; 2: bad input or no log."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .kafka import check_where, copied_apart
from .telling import progress, refuse, say, say_json, say_table

if TYPE_CHECKING:
    from services.matcher.replay import Replay
    from services.matcher.standing import Standing

DIFFERENT = 1


def replay(
    data: Annotated[
        Path | None, typer.Option(help="Where the log is. It is only read, also beside a running server.")
    ] = None,
    brokers: Annotated[
        str | None, typer.Option(help="Instead of --data: the Kafka that has the log, as host:port.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Stop at what was decided by then, as 2026-11-02T09:00:00Z."),
    ] = None,
    is_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")] = False,
) -> None:
    """Decide every input of the log again, compare each decision to the byte, and show how things stood."""
    from runtime.log import LogMismatch, LogUnavailable
    from services.matcher.domain.policy import TermsUnknown
    from services.verifier.reading import NoLog

    check_where(data, brokers)
    at = None if until is None else instant_of(until)
    try:
        found = (
            read_kafka(brokers, at, is_quiet=is_json)
            if brokers
            else read(data or Path(), at, is_quiet=is_json)
        )
    except TermsUnknown as error:
        refuse(f"{data or brokers}: the log was decided under {error}, which this version does not have")
    except (NoLog, LogUnavailable, LogMismatch) as error:
        refuse(str(error))
    stood = stood_of(found)
    if is_json:
        say_json(as_json(found, stood))
    else:
        show(found, stood)
    if found.difference is not None:
        raise typer.Exit(DIFFERENT)


def instant_of(text: str) -> datetime:
    """Read an instant with its offset; without one it could be either side of a change of the clocks."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        refuse(f"--until {text}: this is no instant, such as 2026-11-02T09:00:00Z")
    if at.tzinfo is None:
        refuse(f"--until {text}: an instant says its offset, such as 2026-11-02T09:00:00Z")
    return at.astimezone(UTC)


def read(data: Path, until: datetime | None, *, is_quiet: bool) -> "Replay":
    """Replay the log in a directory, with a bar for people; NoLog, LogUnavailable, TermsUnknown."""
    import logging

    from runtime.logging import configure
    from services.matcher.adapters.terms_files import load_terms
    from services.matcher.replay import passes, replay
    from services.verifier.reading import open_log

    configure(logging.ERROR)
    terms, log = load_terms(), open_log(data)
    try:
        with progress("deciding", passes(log, terms), is_quiet=is_quiet) as told:
            return replay(log, terms, until, told)
    finally:
        log.close()


def read_kafka(brokers: str, until: datetime | None, *, is_quiet: bool) -> "Replay":
    """Replay what a Kafka holds now, partition by partition; LogUnavailable, LogMismatch, TermsUnknown."""
    import logging

    from runtime.logging import configure
    from services.matcher.adapters.terms_files import load_terms
    from services.matcher.replay import passes, replay, together

    configure(logging.ERROR)
    terms = load_terms()
    with copied_apart(brokers) as (log_id, copies):
        inputs = sum(passes(each, terms) for each in copies.values())
        with progress("deciding", inputs, is_quiet=is_quiet) as told:
            parts = {number: replay(each, terms, until, told) for number, each in copies.items()}
    return together(parts, log_id)


def stood_of(found: "Replay") -> "Standing":
    from services.matcher.standing import standing

    return standing(found.offers.values.values(), found.placements.values.values(), found.as_at)


def as_json(found: "Replay", stood: "Standing") -> dict[str, Any]:
    """Return what machines read."""
    return {
        "log_id": found.log_id,
        "until": None if found.as_at is None else found.as_at.isoformat(),
        "inputs": {"vacancies": found.offers.inputs, "referrals": found.placements.inputs},
        "decisions": {"offers": found.offers.decisions, "placements": found.placements.decisions},
        "difference": None if found.difference is None else asdict(found.difference),
        "state": {
            "settings": dict(sorted(stood.settings.items())),
            "places": dict(stood.places),
            "vacancies": dict(sorted(stood.vacancies.items())),
            "open_windows": [
                asdict(each) | {"closes_at": each.closes_at.isoformat()} for each in stood.windows
            ],
            "referrals": dict(sorted(stood.referrals.items())),
        },
    }


def show(found: "Replay", stood: "Standing") -> None:
    """Show people what was compared, and how things stood."""
    from collections import Counter

    by = "the last decision" if found.as_at is None else in_london(found.as_at)
    audiences = Counter(f"tier {each.tier} {each.audience}" for each in stood.windows)
    past = sum(bool(each.is_past_deadline) for each in stood.windows)
    late = {"past their deadline, end not written": past} if past else {}
    groups: dict[str, dict[str, int]] = {
        "settings": dict(stood.settings),
        "places": dict(stood.places),
        "vacancies": dict(stood.vacancies),
        "open windows": dict(audiences) | late,
        "referrals": dict(stood.referrals),
    }
    rows = [
        (group, name.replace("_", " "), str(count))
        for group, counted in groups.items()
        for name, count in sorted(counted.items())
    ]
    say_table(f"Log {found.log_id} as at {by}", ("what", "which", "count"), rows)
    done = f"{found.offers.decisions} decisions about settings, {found.placements.decisions} about referrals"
    if found.difference is None:
        say(f"Decided again: {done}, each the same to the byte.")
    else:
        odd = found.difference
        say(f"Decided again: {done}, the same to the byte; then {odd.record} (key {odd.key}): {odd.what}.")


def in_london(at: datetime) -> str:
    from services.matcher.explaining.wording import in_london

    return in_london(at)
