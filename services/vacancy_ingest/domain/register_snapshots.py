"""The register on one day, and what may be concluded from who is absent a later day.

Knows which files are complete snapshots, which absences other files explain, and how many unexplained ones
are too many. Must not know counts per region or wire events.

**What a snapshot may close.** A snapshot lists every registered setting, so who was in an earlier one and
is not in it has left; but a half-read file looks the same. So a file closes only if it was read whole
(`adapters/`), if it is not a list of inspected settings alone, and if the share of unexplained absences is
plausible: with n settings before and t years between, at most `n * (1 % + 6 % * t)` and twice its square
root more (in England 4 to 5 % leave in a year), or two; in no provision type of twenty settings or more may
more than a third be missing. Absences that a closed list or a list of leavers explains do not count.
Otherwise the file is refused, whole.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Final

from schemas.words import RegisteredAs, Standing
from services.vacancy_ingest.domain.register import LISTED, FileKind, Refusal, RegisterFile, SettingRow, Urn

LEAVING_AT_ONCE: Final = 0.01
LEAVING_PER_YEAR: Final = 0.06
UNEXPLAINED_FLOOR: Final = 2
GROUP_MIN: Final = 20
GROUP_SHARE_MAX: Final = 1 / 3


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every listed setting of one day, from one file or several of the same day."""

    as_at: date
    names: tuple[str, ...]
    rows: Mapping[Urn, SettingRow]


@dataclass(frozen=True, slots=True)
class Departure:
    """That a setting left, as a closed list or a list of leavers states it."""

    urn: Urn
    left_on: date | None
    standing: Standing
    file: str
    known_at: date
    is_in_closed_list: bool = False


def snapshots(files: Iterable[RegisterFile], baseline: Snapshot | None = None) -> tuple[Snapshot, ...]:
    """Give the complete snapshots, oldest first, one a day; the baseline only where it is older than all.

    Of two files of the same day the earlier given states each setting that both list.
    """
    merged: dict[date, Snapshot] = {}
    for file in complete(files):
        listed = {row.urn: row for row in file.settings if row.standing in LISTED}
        same = merged.get(file.as_at)
        rows = listed | dict(same.rows) if same else listed
        merged[file.as_at] = Snapshot(file.as_at, (*(same.names if same else ()), file.name), rows)
    if baseline is not None and all(baseline.as_at < as_at for as_at in merged):
        merged[baseline.as_at] = baseline
    return tuple(merged[as_at] for as_at in sorted(merged))


def complete(files: Iterable[RegisterFile]) -> tuple[RegisterFile, ...]:
    """Give the snapshots that list every registered setting."""
    return tuple(
        file for file in files if file.kind is FileKind.REGISTER_SNAPSHOT and not file.is_inspected_only
    )


def departures(files: Sequence[RegisterFile]) -> dict[Urn, Departure]:
    """Give each stated departure: a closed list's word before a list of leavers', before a snapshot's.

    A row of a closed list that is active and has no date states none.
    """
    stated = [*_closed(files), *_leavers(files), *_unlisted(files)]
    return {said.urn: said for said in reversed(stated)}


def _closed(files: Iterable[RegisterFile]) -> Iterator[Departure]:
    for file in files:
        for row in file.closed:
            if row.closed_on is not None or row.standing not in LISTED:
                yield Departure(
                    row.urn, row.closed_on, row.standing, file.name, file.as_at, is_in_closed_list=True
                )


def _leavers(files: Iterable[RegisterFile]) -> Iterator[Departure]:
    for file in files:
        for row in file.movements:
            if row.is_leaver:
                yield Departure(row.urn, row.left_on, row.standing, file.name, file.as_at)


def _unlisted(files: Iterable[RegisterFile]) -> Iterator[Departure]:
    for file in files:
        for row in file.settings:
            if row.standing not in LISTED:
                yield Departure(row.urn, None, row.standing, file.name, file.as_at)


def half_read(earlier: Snapshot, later: Snapshot, explained: Mapping[Urn, Departure]) -> Refusal | None:
    """Refuse a snapshot that lacks more settings than can have left since the earlier one."""
    absent = [row for urn, row in earlier.rows.items() if urn not in later.rows and urn not in explained]
    limit = unexplained_max(len(earlier.rows), (later.as_at - earlier.as_at).days / 365.25)
    if len(absent) > limit:
        counts = (
            f"{len(absent)} of {len(earlier.rows)} settings of {earlier.as_at} are missing without a reason"
        )
        return Refusal(
            later.names[-1], f"{counts}, at most {limit} are plausible: it looks half-read; nothing is closed"
        )
    return _missing_group(earlier, later, absent)


def unexplained_max(settings: int, years: float) -> int:
    """Give the most absences that may go unexplained."""
    expected = settings * (LEAVING_AT_ONCE + LEAVING_PER_YEAR * years)
    return max(UNEXPLAINED_FLOOR, int(expected + 2 * sqrt(expected)))


def _missing_group(earlier: Snapshot, later: Snapshot, absent: list[SettingRow]) -> Refusal | None:
    before = Counter(row.registered_as for row in earlier.rows.values())
    gone = Counter(row.registered_as for row in absent)
    for kind in RegisteredAs:
        if before[kind] >= GROUP_MIN and gone[kind] > before[kind] * GROUP_SHARE_MAX:
            reason = f"{gone[kind]} of {before[kind]} settings of type {kind} are missing: it looks half-read"
            return Refusal(later.names[-1], f"{reason}; nothing is closed")
    return None
