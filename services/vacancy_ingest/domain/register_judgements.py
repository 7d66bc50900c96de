"""The regulator's last word on each setting, from every file that states one.

Knows that only a full inspection gives a judgement, and what silence means. Must not know the policy that a
judgement opens or closes. A setting without a judgement is *not yet inspected* only if the files cover
every inspection since it was registered; otherwise nothing is said of it, which everybody reads as unknown.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

from schemas.words import Judgement
from services.vacancy_ingest.domain.register import FileKind, RegisterFile, SettingRow, Urn
from services.vacancy_ingest.domain.register_snapshots import Snapshot

#: A list that names fewer of a region's settings than this is a part of a list.
COVERING_SHARE_MIN: Final = 1 / 3

Span: TypeAlias = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement and the day on which it was given; for `not_yet_inspected` the day of registration."""

    judgement: Judgement
    on: date


def judgements(files: Sequence[RegisterFile], last: Snapshot) -> dict[Urn, Judged]:
    """Give the latest judgement of each setting of a snapshot. Two of one day that differ are `unknown`."""
    latest: dict[Urn, Judged] = {}
    for urn, said in stated(files):
        old = latest.get(urn)
        if old is None or said.on > old.on:
            latest[urn] = said
        elif said.on == old.on and said.judgement is not old.judgement:
            latest[urn] = Judged(Judgement.UNKNOWN, said.on)
    covered = {region: _covered(files, last, region) for region in {row.region for row in last.rows.values()}}
    for urn, row in last.rows.items():
        since = None if urn in latest else row.registered_on
        if since is not None and _covers(covered[row.region], since, last.as_at):
            latest[urn] = Judged(Judgement.NOT_YET_INSPECTED, since)
    return {urn: said for urn, said in latest.items() if urn in last.rows}


def stated(files: Iterable[RegisterFile]) -> Iterator[tuple[Urn, Judged]]:
    """Give every judgement that any file states."""
    for file in files:
        for row in file.settings:
            if row.judgement is not None:
                yield row.urn, Judged(row.judgement, row.judged_on or file.as_at)
        for inspection in file.inspections:
            if inspection.is_full and inspection.judgement is not None:
                yield inspection.urn, Judged(inspection.judgement, inspection.inspected_on)


def _covered(files: Iterable[RegisterFile], last: Snapshot, region: str) -> list[Span]:
    """Give the spans in which no full inspection in a region is unknown: all time for a list of judgements.

    A file that names less than a third of the region's settings that were a year old then is only a part of
    the list; its silence means nothing.
    """
    spans: list[Span] = []
    for file in files:
        since, named = _said_of(file, region)
        old = sum(_is_old(row, region, file.as_at) for row in last.rows.values())
        if since is not None and named and named >= COVERING_SHARE_MIN * old:
            spans.append((since, file.as_at))
    return sorted(spans)


def _said_of(file: RegisterFile, region: str) -> tuple[date | None, int]:
    """Give the day from which a file states every inspection, and how many settings of a region it judges."""
    judged = {row.urn for row in file.settings if row.judgement and row.region == region}
    inspected = {row.urn for row in file.inspections if row.region == region}
    if file.kind is FileKind.REGISTER_SNAPSHOT:
        return date.min, len(judged)
    return min((row.inspected_on for row in file.inspections), default=None), len(inspected)


def _is_old(row: SettingRow, region: str, as_at: date) -> bool:
    return (
        row.region == region
        and row.registered_on is not None
        and as_at - row.registered_on > timedelta(days=365)
    )


def _covers(spans: list[Span], since: date, until: date) -> bool:
    """Tell whether the spans reach without a gap from one day to another; no spans cover nothing."""
    reached = since
    for start, end in spans:
        if start <= reached:
            reached = max(reached, end)
    return bool(spans) and reached >= until
