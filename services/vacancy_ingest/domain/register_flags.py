"""Whether a snapshot's short-break flags can be believed, judged by the snapshot before it.

Knows that a home for short breaks alone stays one, with few exceptions. In the snapshot of 31 March 2024 the
column has slipped by one row against its URNs: nearly every flagged home loses its flag to a neighbour. Such
a column is not mended and not used: homes keep the flag of the snapshot before, new ones have none, and a
contradiction says so. A wrong flag matters: short-break settings are refused on bed ladders.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from services.vacancy_ingest.domain.register import Contradiction, SettingRow, Urn
from services.vacancy_ingest.domain.register_snapshots import Snapshot

#: Fewer flagged homes than this in both snapshots prove nothing.
FLAGGED_MIN: Final = 8
LOST_SHARE_MAX: Final = 0.5
SLIPS: Final = (-2, -1, 1, 2)


def with_believed_flags(days: Sequence[Snapshot]) -> tuple[tuple[Snapshot, ...], tuple[Contradiction, ...]]:
    """Give the snapshots with flags that can be believed, oldest first, and name each column that cannot."""
    believed: list[Snapshot] = []
    named: list[Contradiction] = []
    for day in days:
        if believed and (says := _disbelief(believed[-1].rows, day.rows)):
            named.append(Contradiction("short_break_column_not_credible", None, f"{day.names[0]}: {says}"))
            believed.append(replace(day, rows=_kept(believed[-1].rows, day.rows)))
        else:
            believed.append(day)
    return tuple(believed), tuple(named)


def _flagged(rows: Mapping[Urn, SettingRow]) -> set[Urn]:
    return {urn for urn, row in rows.items() if row.is_short_break_only}


def _disbelief(before: Mapping[Urn, SettingRow], after: Mapping[Urn, SettingRow]) -> str | None:
    flagged = _flagged(before) & after.keys()
    lost = flagged - _flagged(after)
    if len(flagged) < FLAGGED_MIN or len(lost) <= LOST_SHARE_MAX * len(flagged):
        return None
    gained = len(_flagged(after) & (before.keys() - flagged))
    says = f"{len(lost)} of {len(flagged)} homes lose the short-break flag and {gained} others gain it"
    return f"{says}{_slip(flagged, after)}; the flags of the snapshot before are kept"


def _slip(flagged: set[Urn], after: Mapping[Urn, SettingRow]) -> str:
    """Say whether the flags fit when the column is moved by a row or two, if most of them do."""
    urn_at = {row.row: urn for urn, row in after.items()}
    for slip in SLIPS:
        moved = [urn_at.get(after[urn].row + slip) for urn in _flagged(after)]
        if sum(urn in flagged for urn in moved) > len(moved) / 2:
            where = "above" if slip < 0 else "below"
            return f" (they fit the homes {abs(slip)} row {where}: the column has slipped)"
    return ""


def _kept(before: Mapping[Urn, SettingRow], after: Mapping[Urn, SettingRow]) -> dict[Urn, SettingRow]:
    return {
        urn: replace(row, is_short_break_only=urn in before and before[urn].is_short_break_only)
        for urn, row in after.items()
    }
