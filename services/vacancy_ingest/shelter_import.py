"""The import of a shelter series from end to end: read, replayed in its own time, held against what the rules show.

An analogue, not children's care. Knows the order of the steps. The clock that stamps the log stands at each report's
day, and in the end at the last day that the log knows, so that freshness is judged as at that day, whenever the import
runs. The steps of a day are appended together, and what is known is not appended again: an import that was stopped is
finished by the next. Older rows that come later are appended too, and refused by the rules as older observations.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Final, Protocol

import orjson

from runtime.clock import VirtualClock
from runtime.log import Log
from schemas import offers
from schemas.words import Code, Freshness, PlaceStatus
from services.vacancy_ingest.adapters.shelter_file import read_series
from services.vacancy_ingest.domain.register import Refusal
from services.vacancy_ingest.domain.shelter import (
    ANALOGUE,
    Contradiction,
    Difference,
    Figures,
    Numbers,
    ProgrammeId,
    Report,
    Series,
    Unit,
    differences,
    figures,
)
from services.vacancy_ingest.shelter_events import (
    Known,
    NotItsOwnLog,
    Terms,
    entries_of,
    known_of,
    observed_at,
)

NOT_STANDING: Final = (PlaceStatus.PLANNED, PlaceStatus.PENDING_REGISTRATION, PlaceStatus.RETIRED)


class SeriesRefused(Exception):
    """A file or log that cannot be used, in one line; nothing was written."""


class Matcher(Protocol):
    """Whoever runs the rules on this log."""

    def decide(self) -> None:
        """Decide every input that waits."""
        ...

    def let_time_pass(self) -> None:
        """Decide what waits, and end what has fallen due by the log's clock."""
        ...


@dataclass(frozen=True, slots=True)
class Silent:
    """A programme without a report of the last day. Nothing of it was closed; it has aged."""

    programme: ProgrammeId
    last_report: date
    unoccupied: int
    freshness: Freshness | None
    """The oldest word for its vacancies; None where it has none."""


@dataclass(frozen=True, slots=True)
class Live:
    """What the rules show as at the last day that the log knows, and how it differs from what was stated then."""

    as_at: date
    shown: Mapping[ProgrammeId, Numbers]
    """The programmes that reported on that day."""
    differs: tuple[Difference, ...]
    silent: tuple[Silent, ...]
    freshness: Mapping[str, int]
    """All vacancies that are shown, silent programmes' too."""
    blocked: Mapping[str, int]
    """Why those open no window."""
    has_moved_on: bool
    """The log was looked at later than on the last day (by a server, say): vacancies have aged or were withdrawn."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import comes to. `refused` counts what was written now and the rules did not take, by their code.

    `series` is the file's own, `figures` are of all that the log now holds: the same however the rows came.
    """

    file: str
    series: Series
    figures: Figures
    written: int
    already_known: int
    refused: Mapping[str, int]
    restated: tuple[Contradiction, ...]
    live: Live


def series_of(path: Path) -> Series:
    """Read the file; SeriesRefused if it cannot be taken whole."""
    found = read_series(path)
    if isinstance(found, Refusal):
        raise SeriesRefused(found.line)
    return found


def import_series(
    log: Log, clock: VirtualClock, file: str, series: Series, terms: Terms, matcher: Matcher
) -> Imported:
    """Replay what the log does not hold yet, day by day, and look at what the rules then show.

    `clock` must be the one that stamps `log`. SeriesRefused, and nothing written, for a log of other settings.
    """
    try:
        known = known_of(log)
    except NotItsOwnLog:
        reason = "the log holds other settings; the series has a time of its own and needs a log of its own"
        raise SeriesRefused(f"{file}: {reason}") from None
    new = [report for report in series.reports if report.id not in known.ids]
    restated = tuple(_restated(new, known))
    written = _replay(log, clock, new, known, terms, matcher)
    clock.set(observed_at(max(day for day, _ in known.newest().values())))
    matcher.let_time_pass()
    return Imported(
        file=file,
        series=series,
        figures=figures(known.stated),
        written=written,
        already_known=len(series.reports) - len(new),
        refused=_refused(log, new),
        restated=restated,
        live=live_of(log, known),
    )


def _replay(
    log: Log, clock: VirtualClock, new: Sequence[Report], known: Known, terms: Terms, matcher: Matcher
) -> int:
    """Append each day's events at that day and have them decided; return how many were written."""
    written = 0
    for day, reports in groupby(new, key=lambda each: each.day):
        clock.set(observed_at(day))
        entries = entries_of(list(reports), known, terms)
        log.append(entries)
        matcher.decide()
        written += len(entries)
    return written


def _restated(new: Sequence[Report], known: Known) -> list[Contradiction]:
    """Name what an earlier import said otherwise of the same day; the later arrival stands."""
    return [
        Contradiction(
            "restated",
            report.programme,
            report.day,
            f"was imported as {before.unoccupied} of {before.capacity} unoccupied, "
            f"now {report.unoccupied} of {report.capacity}; the later import stands",
        )
        for report in new
        if (before := known.stated.get((report.programme, report.day))) is not None
        and before != report.numbers
    ]


def _refused(log: Log, new: Sequence[Report]) -> Mapping[str, int]:
    """Count the answers to the new statements that are refusals, by code."""
    records = [log.caused("offers", report.id) for report in new]
    answers = Counter(orjson.loads(record.value)["answer"] for record in records if record is not None)
    del answers[Code.ACCEPTED]
    return dict(answers)


def live_of(log: Log, known: Known) -> Live:
    """Hold what the rules show of every programme against its newest statement of the last day."""
    newest = known.newest()
    as_at = max(day for day, _ in newest.values())
    states = _states(log)
    shown = {programme: _numbers(state) for programme, state in states.items()}
    stated = {programme: numbers for programme, (day, numbers) in newest.items() if day == as_at}
    vacancies = [vacancy for state in states.values() for vacancy in _vacancies(state)]
    return Live(
        as_at=as_at,
        shown={programme: shown[programme] for programme in stated if programme in shown},
        differs=differences(stated, shown),
        silent=tuple(
            Silent(programme, day, shown[programme].unoccupied, _oldest_word(states[programme]))
            for programme, (day, _) in newest.items()
            if day < as_at and programme in states
        ),
        freshness=Counter(vacancy.freshness.value for vacancy in vacancies),
        blocked=Counter(vacancy.blocked.value for vacancy in vacancies if vacancy.blocked is not None),
        has_moved_on=any(state.looked_at > observed_at(as_at) for state in states.values()),
    )


def _states(log: Log) -> dict[ProgrammeId, offers.Setting]:
    found = [offers.Decision.model_validate_json(each.value).state for each in log.latest_of_each("offers")]
    return {ProgrammeId(state.setting_id.removeprefix("T-")): state for state in found if state is not None}


def _vacancies(state: offers.Setting) -> list[offers.Vacancy]:
    """The vacancies that nobody holds or has reserved."""
    vacancies = [place.vacancy for place in state.places if place.vacancy is not None]
    return [each for each in vacancies if each.hold is None and each.reservation is None]


def _numbers(state: offers.Setting) -> Numbers:
    standing = [place for place in state.places if place.status not in NOT_STANDING]
    return Numbers(len(standing), len(_vacancies(state)))


def _oldest_word(state: offers.Setting) -> Freshness | None:
    words = list(Freshness)
    return max((vacancy.freshness for vacancy in _vacancies(state)), key=words.index, default=None)


def report(imported: Imported) -> dict[str, object]:
    """Give the import's JSON object.

    At the top: `is_analogue` and `says`, which tell that this is not children's care; the counts of `Figures` by their
    names, `last_day` among them, of the whole series that the log now holds.
    `file`: its `name`; its own `rows`, one for each programme and day; rows that `repeated` or were `overruled`;
    `units`, its programmes by what they count.
    `events`: `written` records, statements `already_known`, new statements `refused` by code.
    `live`: what the rules show of the programmes that reported on the log's last day, `as_at`; `agrees` if none of
    them `differs`; the `silent` ones; all vacancies by `freshness`, and by why they open no window (`blocked`);
    whether the log's time `has_moved_on` since. `contradictions`: each with kind, programme, day and what stands.
    """
    series = imported.series
    units = Counter(reports[-1].unit for reports in series.by_programme().values())
    return {
        "is_analogue": True,
        "says": ANALOGUE,
        **asdict(imported.figures),
        "file": {
            "name": imported.file,
            "rows": len(series.reports),
            "repeated": series.repeated,
            "overruled": series.overruled,
            "units": {unit.value: units[unit] for unit in Unit},
        },
        "events": {
            "written": imported.written,
            "already_known": imported.already_known,
            "refused": dict(imported.refused),
        },
        "live": _live(imported.live),
        "contradictions": [asdict(each) for each in (*series.contradictions, *imported.restated)],
    }


def _live(live: Live) -> dict[str, object]:
    shown = live.shown.values()
    return {
        "as_at": live.as_at,
        "programmes": len(live.shown),
        "capacity": sum(each.capacity for each in shown),
        "unoccupied": sum(each.unoccupied for each in shown),
        "with_vacancy": sum(each.unoccupied > 0 for each in shown),
        "agrees": not live.differs,
        "differs": [asdict(each) for each in live.differs],
        "silent": [asdict(each) for each in live.silent],
        "freshness": dict(live.freshness),
        "blocked": dict(live.blocked),
        "has_moved_on": live.has_moved_on,
    }
