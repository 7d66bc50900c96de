"""The one door into the register's rules: files in; counts, contradictions and changes out, or a refusal.

Knows the order of the steps. Must not know file formats or the log. Pure: the same files, in any order of
rows, give the same result. Files of one day count in the order in which they are given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from services.vacancy_ingest.domain.register import (
    ENGLAND,
    Contradiction,
    FileKind,
    Refusal,
    RegisterFile,
    SettingRow,
    Urn,
    borough_of,
)
from services.vacancy_ingest.domain.register_changes import Change, Departing, SettingLeft, changes, fold
from services.vacancy_ingest.domain.register_contradictions import between_files, within_files
from services.vacancy_ingest.domain.register_flags import with_believed_flags
from services.vacancy_ingest.domain.register_judgements import judgements
from services.vacancy_ingest.domain.register_reconcile import Line, reconcile
from services.vacancy_ingest.domain.register_snapshots import (
    Snapshot,
    complete,
    departures,
    half_read,
    snapshots,
)


@dataclass(frozen=True, slots=True)
class Taking:
    """What a set of files comes to."""

    files: tuple[RegisterFile, ...]
    reconciliation: tuple[Line, ...]
    contradictions: tuple[Contradiction, ...]
    changes: tuple[Change, ...]


def take_register(
    files: Sequence[RegisterFile],
    boroughs: Mapping[str, str],
    region: str | None = None,
    baseline: Snapshot | None = None,
    latest: Snapshot | None = None,
) -> Taking | Refusal:
    """Take the files together, or refuse the one that looks half-read: then nothing opens, changes or closes.

    `boroughs`: plain name -> GSS code. `region` (of `known_region`) restricts lines, contradictions and
    changes to settings that are in it in any file; England restricts the lines alone. `baseline`: what the
    log already holds (`fold`), used only if it is older than every snapshot of the files. `latest`: all that
    the log holds; what it lists on a later day is not closed by an older word. `take_into` finds both.
    """
    located = tuple(_located(file, boroughs) for file in files)
    days, disbelieved = with_believed_flags(snapshots(located, baseline))
    departing = Departing(departures(located), _closed_list_until(located))
    refusals = (half_read(earlier, later, departing.stated) for earlier, later in pairwise(days))
    if refusal := next(filter(None, refusals), None):
        return refusal
    inside = None if region in (None, ENGLAND) else _urns_in(region, located, days)
    known = [latest] if latest and days and latest.as_at > days[-1].as_at else []
    named = [*disbelieved, *within_files(located), *between_files(located, days, departing, known)]
    judged = judgements(located, days[-1]) if days else {}
    return Taking(
        located,
        reconcile(days, region),
        tuple(found for found in _once(named) if inside is None or found.urn is None or found.urn in inside),
        tuple(
            change
            for change in changes(days, departing, judged, baseline)
            if (inside is None or change.urn in inside) and not _is_overtaken(change, latest)
        ),
    )


def _is_overtaken(change: Change, latest: Snapshot | None) -> bool:
    """Tell whether a leaving is older news than the listing of the same setting that is known already."""
    is_leaving = isinstance(change, SettingLeft)
    return is_leaving and latest is not None and change.as_at <= latest.as_at and change.urn in latest.rows


def take_into(
    known: Sequence[Change],
    files: Sequence[RegisterFile],
    boroughs: Mapping[str, str],
    region: str | None = None,
) -> Taking | Refusal:
    """Take the files on top of the changes that the log holds, whichever were imported first.

    The files' first snapshot is compared with what was known before its day; files without a snapshot with
    all that is known. A setting that the log lists on a later day than a file dates its leaving stays.
    """
    first = min((file.as_at for file in complete(files)), default=date.max)
    baseline = fold(known, first)
    if baseline is not None and region not in (None, ENGLAND):
        inside = {urn: row for urn, row in baseline.rows.items() if row.region == region}
        baseline = replace(baseline, rows=inside)
    return take_register(files, boroughs, region, baseline, fold(known, date.max))


def _located(file: RegisterFile, boroughs: Mapping[str, str]) -> RegisterFile:
    rows = (replace(row, borough=_borough(row, boroughs)) for row in file.settings)
    return replace(file, settings=tuple(rows))


def _borough(row: SettingRow, boroughs: Mapping[str, str]) -> str | None:
    return borough_of(row.local_authority, boroughs) if row.region == "London" else None


def _closed_list_until(files: Sequence[RegisterFile]) -> date | None:
    return max((file.as_at for file in files if file.kind is FileKind.CLOSED_LIST), default=None)


def _urns_in(region: str | None, files: Sequence[RegisterFile], days: Sequence[Snapshot]) -> set[Urn]:
    inside = {row.urn for day in days for row in day.rows.values() if row.region == region}
    for file in files:
        inside |= {row.urn for row in file.settings if row.region == region}
        inside |= {row.urn for row in file.movements if row.region == region}
        inside |= {row.urn for row in file.inspections if row.region == region}
    return inside


def _once(found: Sequence[Contradiction]) -> list[Contradiction]:
    """Name each contradiction once: whole files first, then by kind and URN."""
    return sorted(
        dict.fromkeys(found), key=lambda one: (one.urn is not None, one.kind, one.urn or "", one.says)
    )


def report(taking: Taking, written: int, already_known: int) -> dict[str, object]:
    """Give the import's JSON object; `written` and `already_known` count what the changes became."""
    return {
        "files": [
            {
                "file": file.name,
                "kind": file.kind.value,
                "as_at": file.as_at.isoformat(),
                "rows": file.read_rows,
                "rejected": file.rejected,
            }
            for file in taking.files
        ],
        "events": {"written": written, "already_known": already_known},
        "reconciliation": [_line(line) for line in taking.reconciliation],
        "contradictions": [
            {"kind": one.kind, "urn": one.urn, "says": one.says} for one in taking.contradictions
        ],
    }


def _line(line: Line) -> dict[str, object]:
    return {
        "from": line.since.isoformat(),
        "to": line.until.isoformat(),
        "region": line.region,
        "provision_type": line.registered_as.value,
        "settings": {name: getattr(line.settings, name) for name in ("before", "joined", "left", "after")},
        "places": {
            name: getattr(line.places, name) for name in ("before", "joined", "left", "changed", "after")
        },
    }
