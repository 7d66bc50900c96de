"""`hearth import shelter-series`: replay a real daily series of vacancies. An analogue, not children's care."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .telling import refuse, refuse_for_now, say, say_json, say_table

if TYPE_CHECKING:
    from runtime.clock import Clock
    from runtime.log import Log
    from services.vacancy_ingest.domain.shelter import Series
    from services.vacancy_ingest.shelter_import import Imported

DISAGREES = 1
SHOWN_MAX = 20
COUNTS = (
    "days",
    "programmes",
    "rows",
    "capacity_changed",
    "units_filled",
    "units_vacated",
    "became_full",
    "vacancy_reappeared",
    "opened",
    "with_gaps",
)
WHY = {
    "beyond_known_holidays": "beyond_known_holidays (a deadline there would be a guess, so none is set)",
}


def shelter_series(
    file: Annotated[Path, typer.Argument(help="The City of Toronto's daily shelter occupancy file.")],
    data: Annotated[Path, typer.Option(help="Where the log is, or shall be; a log of its own.")],
    is_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")] = False,
) -> None:
    """Replay Toronto's daily shelter vacancies in their own time: an analogue, not children's care.

    Exit 0 if what the rules then show equals the last day's rows, 1 if not (each difference is named), 2 for a file
    that cannot be taken, and then nothing is written; 75 while another process has the log.
    """
    from runtime.lock import LogInUse
    from runtime.log import LogMismatch, LogUnavailable
    from services.vacancy_ingest.shelter_import import SeriesRefused, report, series_of

    try:
        imported = replay(file.name, series_of(file), data)
    except SeriesRefused as refusal:
        refuse(str(refusal))
    except LogInUse as error:
        refuse_for_now(f"the log is in use: {error}")
    except (LogUnavailable, LogMismatch, OSError) as error:
        refuse_for_now(f"the log in {data} cannot be written: {error}")
    if is_json:
        say_json(report(imported))
    else:
        _show(imported)
    if imported.live.differs:
        raise typer.Exit(DISAGREES)


def replay(file: str, series: "Series", data: Path) -> "Imported":
    """Replay on the log in `data`, whose clock is the series' own; raises what the log and the import raise."""
    from runtime.clock import VirtualClock
    from runtime.lock import LogLock
    from runtime.sqlite_log import SqliteLog
    from services.matcher.adapters.terms_files import CALENDAR, POLICY
    from services.vacancy_ingest.shelter_events import Terms, observed_at
    from services.vacancy_ingest.shelter_import import import_series

    data.mkdir(parents=True, exist_ok=True)
    clock = VirtualClock(observed_at(series.reports[0].day))
    with LogLock(data):
        log = SqliteLog(data, clock)
        try:
            return import_series(log, clock, file, series, Terms(POLICY, CALENDAR), Rules(log, clock))
        finally:
            log.close()


class Rules:
    """The matcher's rules on one log, turned by the import itself, and its clock, which says what has fallen due."""

    def __init__(self, log: "Log", clock: "Clock") -> None:
        from runtime.decider import Decider
        from services.matcher.adapters.terms_files import load_terms
        from services.matcher.rulebooks import OffersRules

        self._log, self._clock = log, clock
        self._decider = Decider(log, OffersRules(load_terms()))
        self._decider.start()

    def decide(self) -> None:
        while self._decider.step():
            pass

    def let_time_pass(self) -> None:
        from runtime.timer import Timer
        from services.matcher.due import due_of

        timer = Timer(self._log, "clock", ["offers"], due_of, self._clock)
        timer.start()
        while self._decider.step() + timer.step():
            pass


def _show(imported: "Imported") -> None:
    from services.vacancy_ingest.domain.shelter import ANALOGUE
    from services.vacancy_ingest.shelter_import import report

    found: Any = report(imported)
    live, last, of_file = found["live"], found["last_day"], found["file"]
    say(ANALOGUE)
    say(
        f"{of_file['name']}: {of_file['rows']} rows; {of_file['repeated']} repeated, {of_file['overruled']} overruled"
    )
    counts = [(name.replace("_", " "), str(found[name])) for name in found if name in COUNTS]
    say_table("The series in the log: each programme's consecutive reports", ("what", "how many"), counts)
    say_table(
        f"As stated for {last['day']}, and as the rules show {live['as_at']}",
        ("", "programmes", "capacity", "unoccupied", "with vacancy"),
        [
            (name, *(str(of[column]) for column in ("programmes", "capacity", "unoccupied", "with_vacancy")))
            for name, of in (("stated", last), ("shown", live))
        ],
    )
    _show_live(imported)
    events = found["events"]
    say(f"{events['written']} records written, {events['already_known']} statements already known.")
    for code, number in events["refused"].items():
        say(f"{number} statements refused: {code}")


def _show_live(imported: "Imported") -> None:
    live = imported.live
    for one in live.differs[:SHOWN_MAX]:
        say(f"Differs: programme {one.programme} stated {one.stated}, shown {one.shown}")
    say(f"Shown as stated, programme by programme: {'no' if live.differs else 'yes'}")
    if live.has_moved_on:
        say("The log was looked at after the last day: what is shown has aged since, or was withdrawn")
    for silent in live.silent:
        state = f"{silent.unoccupied} unoccupied, {silent.freshness or 'nothing to age'}"
        say(f"Programme {silent.programme} last reported {silent.last_report}: {state}; nothing is closed")
    for reason, number in live.blocked.items():
        say(f"{number} vacancies open no window: {WHY.get(reason, reason)}")
    for found in (*imported.series.contradictions, *imported.restated)[:SHOWN_MAX]:
        say(f"Contradiction {found.kind}, programme {found.programme}, {found.day}: {found.says}")
