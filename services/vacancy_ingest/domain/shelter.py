"""A daily series of shelter programmes: what each reported, what is contradicted, and what changed between reports.

An analogue, not children's care: the City of Toronto publishes every day how many beds or rooms of each shelter
programme are occupied and unoccupied. No children's service publishes such a series, so this real one shows how
numbers-only statements become vacancies.

Knows reports and how to compare them. Must not know files, the wire or the log. Names and addresses have no field.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby, pairwise
from typing import Final, NewType, TypeAlias

ProgrammeId = NewType("ProgrammeId", str)
"""The City's own number of a programme."""

ANALOGUE: Final = (
    "Toronto's shelter programmes: a real daily series, and an analogue. This is not children's care."
)
DAY: Final = timedelta(days=1)


class Unit(StrEnum):
    """What a programme counts, as each row says."""

    BEDS = "beds"
    ROOMS = "rooms"


@dataclass(frozen=True, slots=True)
class Numbers:
    """A programme's units at one time: as it stated them, or as the rules show them."""

    capacity: int
    unoccupied: int

    @property
    def occupied(self) -> int:
        return self.capacity - self.unoccupied


Stated: TypeAlias = Mapping[tuple[ProgrammeId, date], Numbers]
"""What each programme stated on each of its days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One programme on one day. `capacity` is what can be used that day: occupied and unoccupied together."""

    programme: ProgrammeId
    day: date
    organisation: str
    unit: Unit
    capacity: int
    occupied: int

    @property
    def unoccupied(self) -> int:
        return self.capacity - self.occupied

    @property
    def numbers(self) -> Numbers:
        return Numbers(self.capacity, self.unoccupied)

    @property
    def id(self) -> str:
        """Derive from programme, day and content, so that a row that comes again has the same id again."""
        content = f"{self.unit}:{self.capacity}:{self.occupied}"
        return f"shelter:{self.programme}:{self.day}:{hashlib.sha256(content.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Statements that cannot both be so, and which of them stands."""

    kind: str
    programme: ProgrammeId
    day: date
    says: str


@dataclass(frozen=True, slots=True)
class Series:
    """At most one report per programme and day, by day and then by programme.

    `repeated` rows said word for word what another row said; `overruled` rows said something else of the same day.
    """

    reports: tuple[Report, ...]
    repeated: int
    overruled: int
    contradictions: tuple[Contradiction, ...]

    def stated(self) -> Stated:
        return {(each.programme, each.day): each.numbers for each in self.reports}

    def by_programme(self) -> dict[ProgrammeId, list[Report]]:
        """Give each programme's reports, the oldest first."""
        ordered = sorted(self.reports, key=lambda each: (_number(each), each.day))
        return {
            programme: list(reports) for programme, reports in groupby(ordered, lambda each: each.programme)
        }


def settle(rows: Iterable[Report]) -> Series:
    """Keep one row per programme and day, the same one in whatever order they come.

    Of rows that differ the one with the fewest unoccupied units stands, then the one with the smallest capacity: a
    bed that may not be there is not promised.
    """
    ordered = sorted(rows, key=lambda each: (each.day, _number(each), *_cautious(each)))
    reports: list[Report] = []
    contradictions: list[Contradiction] = []
    distinct = 0
    for _, same in groupby(ordered, key=lambda each: (each.day, each.programme)):
        first, *others = dict.fromkeys(same)
        reports.append(first)
        distinct += 1 + len(others)
        if others:
            contradictions.append(_differ(first, others))
    series = Series(tuple(reports), len(ordered) - distinct, distinct - len(reports), tuple(contradictions))
    return Series(
        series.reports, series.repeated, series.overruled, (*series.contradictions, *_changes(series))
    )


def _number(report: Report) -> tuple[int, str]:
    """Order programmes as numbers are ordered."""
    return len(report.programme), report.programme


def _cautious(report: Report) -> tuple[int, int, str, str]:
    return report.unoccupied, report.capacity, report.unit.value, report.organisation


def _differ(stands: Report, others: Sequence[Report]) -> Contradiction:
    said = " and ".join(f"{each.unoccupied} of {each.capacity} {each.unit}" for each in (stands, *others))
    says = f"unoccupied: {said}; the fewest stand"
    return Contradiction("two_reports_of_a_day", stands.programme, stands.day, says)


def _changes(series: Series) -> Iterator[Contradiction]:
    """Name a programme that counts in another unit, or belongs to another organisation, than the day before."""
    for programme, reports in series.by_programme().items():
        for before, after in pairwise(reports):
            if before.unit is not after.unit:
                says = f"counted {before.unit} until {before.day}, {after.unit} from then on; taken as said"
                yield Contradiction("unit_changed", programme, after.day, says)
            if before.organisation != after.organisation:
                says = "another organisation than before; the setting stays with the provider that it had"
                yield Contradiction("organisation_changed", programme, after.day, says)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDay:
    """The programmes that reported on the last day of all, and what they then had."""

    day: date
    programmes: int
    capacity: int
    unoccupied: int
    with_vacancy: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the series comes to. All but the first three and the last compare each programme's consecutive reports.

    Consecutive are a programme's report and its next one, even where days without a report lie between. A capacity
    that grows or shrinks fills and vacates nothing: filled and vacated are counted in *occupied* units.
    """

    days: int
    """Days on which any programme reported."""
    programmes: int
    rows: int
    """Reports: one for each programme and day, however often the file has it."""
    capacity_changed: int
    """Pairs with another capacity in the second report."""
    units_filled: int
    """The sum over all pairs of how far occupied units rose."""
    units_vacated: int
    """The sum over all pairs of how far occupied units fell."""
    became_full: int
    """Pairs that go from some unoccupied units to none."""
    vacancy_reappeared: int
    """Pairs that go from no unoccupied unit to some."""
    opened: int
    """Programmes whose first report is later than the first day."""
    with_gaps: int
    """Programmes without a report on some day between their first and their last."""
    last_day: LastDay


def figures(stated: Stated) -> Figures:
    """Count what changed. ValueError where nothing was stated."""
    lives = _lives(stated)
    pairs = [pair for life in lives for pair in pairwise(life.values())]
    grown = [after.occupied - before.occupied for before, after in pairs]
    days = {day for life in lives for day in life}
    return Figures(
        days=len(days),
        programmes=len(lives),
        rows=len(stated),
        capacity_changed=sum(before.capacity != after.capacity for before, after in pairs),
        units_filled=sum(by for by in grown if by > 0),
        units_vacated=-sum(by for by in grown if by < 0),
        became_full=sum(before.unoccupied > 0 and after.unoccupied == 0 for before, after in pairs),
        vacancy_reappeared=sum(before.unoccupied == 0 and after.unoccupied > 0 for before, after in pairs),
        opened=sum(min(life) > min(days) for life in lives),
        with_gaps=sum(max(life) - min(life) >= len(life) * DAY for life in lives),
        last_day=_last_day(stated, max(days)),
    )


def _lives(stated: Stated) -> list[dict[date, Numbers]]:
    """Each programme's days in their order."""
    lives: dict[ProgrammeId, dict[date, Numbers]] = {}
    for (programme, day), numbers in sorted(stated.items(), key=lambda item: item[0][1]):
        lives.setdefault(programme, {})[day] = numbers
    return list(lives.values())


def _last_day(stated: Stated, last: date) -> LastDay:
    then = [numbers for (_, day), numbers in stated.items() if day == last]
    return LastDay(
        day=last,
        programmes=len(then),
        capacity=sum(each.capacity for each in then),
        unoccupied=sum(each.unoccupied for each in then),
        with_vacancy=sum(each.unoccupied > 0 for each in then),
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """A programme that is shown otherwise than it stated. `shown` None: it is not shown at all."""

    programme: ProgrammeId
    stated: Numbers
    shown: Numbers | None


def differences(
    stated: Mapping[ProgrammeId, Numbers], shown: Mapping[ProgrammeId, Numbers]
) -> tuple[Difference, ...]:
    """Name every stated programme that is not shown with the same capacity and unoccupied units."""
    return tuple(
        Difference(programme, numbers, shown.get(programme))
        for programme, numbers in stated.items()
        if shown.get(programme) != numbers
    )
