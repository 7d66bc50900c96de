"""Counts between two snapshots: what was there, what joined, what left, what is there now.

Knows how to count; must not know why a setting left. A setting that changes its region or its provision
type leaves one line and joins another, so that every line adds up; the contradictions name it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from schemas.words import RegisteredAs
from services.vacancy_ingest.domain.register import ENGLAND, SettingRow, Urn
from services.vacancy_ingest.domain.register_snapshots import Snapshot


@dataclass(frozen=True, slots=True)
class SettingCounts:
    """`before + joined - left == after`."""

    before: int
    joined: int
    left: int
    after: int


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """`before + joined - left + changed == after`. A setting without a published number counts none."""

    before: int
    joined: int
    left: int
    changed: int
    after: int


@dataclass(frozen=True, slots=True)
class Line:
    """One region and provision type between two days. England holds every row, a blank region included."""

    since: date
    until: date
    region: str
    registered_as: RegisteredAs
    settings: SettingCounts
    places: PlaceCounts


def reconcile(snapshots: Sequence[Snapshot], region: str | None = None) -> tuple[Line, ...]:
    """Count each pair of consecutive snapshots, by region and for England; with `region`, that one alone."""
    return tuple(
        _line(earlier, later, place, kind)
        for earlier, later in pairwise(snapshots)
        for place in ([region] if region else _regions(earlier, later))
        for kind in _types(earlier, later, place)
    )


def _regions(earlier: Snapshot, later: Snapshot) -> list[str]:
    stated = {row.region for snapshot in (earlier, later) for row in snapshot.rows.values()}
    return [ENGLAND, *sorted(stated)]


def _types(earlier: Snapshot, later: Snapshot, region: str) -> list[RegisteredAs]:
    rows = [*earlier.rows.values(), *later.rows.values()]
    stated = {row.registered_as for row in rows if region in (ENGLAND, row.region)}
    return [kind for kind in RegisteredAs if kind in stated]


def _within(snapshot: Snapshot, region: str, kind: RegisteredAs) -> Mapping[Urn, SettingRow]:
    return {
        urn: row
        for urn, row in snapshot.rows.items()
        if row.registered_as is kind and region in (ENGLAND, row.region)
    }


def _line(earlier: Snapshot, later: Snapshot, region: str, kind: RegisteredAs) -> Line:
    before, after = _within(earlier, region, kind), _within(later, region, kind)
    joined, left = after.keys() - before.keys(), before.keys() - after.keys()
    stayed = before.keys() & after.keys()
    return Line(
        earlier.as_at,
        later.as_at,
        region,
        kind,
        SettingCounts(len(before), len(joined), len(left), len(after)),
        PlaceCounts(
            before=_places(before, before),
            joined=_places(after, joined),
            left=_places(before, left),
            changed=_places(after, stayed) - _places(before, stayed),
            after=_places(after, after),
        ),
    )


def _places(rows: Mapping[Urn, SettingRow], urns: Iterable[Urn]) -> int:
    return sum(rows[urn].places or 0 for urn in urns)
