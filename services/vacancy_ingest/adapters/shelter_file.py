"""The City of Toronto's daily shelter occupancy file -> reports, or one refusal. An analogue, not children's care.

Knows the file's columns and how it writes days and numbers. Reads eleven columns; names and addresses, which stand in
others, are never looked at. A refusal says file, row, column and reason, never what stood there.

The columns: https://open.toronto.ca/dataset/daily-shelter-overnight-service-occupancy-capacity/.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from schemas.base import DAY_MAX, DAY_MIN, PLACES_MAX
from services.vacancy_ingest.adapters.register_tables import Sheet, read_whole, sheets_of
from services.vacancy_ingest.domain.register import Refusal
from services.vacancy_ingest.domain.shelter import ProgrammeId, Report, Series, Unit, settle

DAY: Final = "OCCUPANCY_DATE"
ORGANISATION: Final = "ORGANIZATION_ID"
PROGRAMME: Final = "PROGRAM_ID"
UNIT: Final = "CAPACITY_TYPE"
UNITS: Final = {"bed based capacity": Unit.BEDS, "room based capacity": Unit.ROOMS}
NUMBERS: Final = {
    Unit.BEDS: ("CAPACITY_ACTUAL_BED", "OCCUPIED_BEDS", "UNOCCUPIED_BEDS"),
    Unit.ROOMS: ("CAPACITY_ACTUAL_ROOM", "OCCUPIED_ROOMS", "UNOCCUPIED_ROOMS"),
}
"""Capacity, occupied and unoccupied of each unit. The other unit's columns of a row are empty."""
COLUMNS: Final = (DAY, ORGANISATION, PROGRAMME, UNIT, *NUMBERS[Unit.BEDS], *NUMBERS[Unit.ROOMS])

_DAY: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:T00:00:00)?", re.ASCII)
_WHOLE: Final = re.compile(r"0*(\d{1,12})(?:\.0+)?", re.ASCII)

Row = Mapping[str, str]


class _Unfit(Exception):
    """A cell that cannot be taken; lives only inside this module."""

    def __init__(self, column: str | None, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def read_series(path: Path) -> Series | Refusal:
    """Read the whole file; it is taken whole or not at all."""
    raw = read_whole(path)
    if isinstance(raw, Refusal):
        return raw
    sheets = sheets_of(path.name, raw)
    if isinstance(sheets, Refusal):
        return sheets
    sheet = next((each for each in sheets if _header(each) is not None), sheets[0])
    return _series(sheet)


def _header(sheet: Sheet) -> int | None:
    """The index of the row that names the columns: the first that is not blank, if it has the programme's."""
    top = next((index for index, row in enumerate(sheet.rows) if any(row)), None)
    return top if top is not None and PROGRAMME in _names(sheet.rows[top]) else None


def _names(row: Sequence[str]) -> list[str]:
    return [cell.strip().upper() for cell in row]


def _series(sheet: Sheet) -> Series | Refusal:
    top = _header(sheet)
    if top is None:
        return Refusal(sheet.name, "no such column in the first row", column=PROGRAMME)
    names = _names(sheet.rows[top])
    for column in COLUMNS:
        if names.count(column) != 1:
            reason = "stands there twice" if column in names else "no such column"
            return Refusal(sheet.name, reason, top + 1, column)
    if sheet.is_unended and names[-1] in COLUMNS:
        return Refusal(
            sheet.name, "no end of line: the last cell may be cut short", len(sheet.rows), names[-1]
        )
    return _reports(sheet, top, names)


def _reports(sheet: Sheet, top: int, names: Sequence[str]) -> Series | Refusal:
    reports: list[Report] = []
    for number, cells in _filled(sheet, top):
        if len(cells) != len(names):
            return Refusal(sheet.name, f"{len(cells)} cells under {len(names)} columns", number)
        try:
            reports.append(_report(dict(zip(names, map(str.strip, cells), strict=True))))
        except _Unfit as unfit:
            return Refusal(sheet.name, unfit.reason, number, unfit.column)
    return settle(reports) if reports else Refusal(sheet.name, "no row under the header")


def _filled(sheet: Sheet, top: int) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows under the header that are not blank, with their numbers in the file."""
    for index, row in enumerate(sheet.rows[top + 1 :], top + 2):
        if any(cell.strip() for cell in row):
            yield index, row


def _report(row: Row) -> Report:
    unit = UNITS.get(row[UNIT].casefold())
    if unit is None:
        raise _Unfit(UNIT, "neither bed based nor room based capacity")
    columns = NUMBERS[unit]
    capacity, occupied, unoccupied = (_whole(row, column, PLACES_MAX) for column in columns)
    if occupied + unoccupied != capacity:
        raise _Unfit(columns[2], "occupied and unoccupied do not add up to the capacity")
    return Report(
        programme=ProgrammeId(str(_whole(row, PROGRAMME))),
        day=_day(row),
        organisation=str(_whole(row, ORGANISATION)),
        unit=unit,
        capacity=capacity,
        occupied=occupied,
    )


def _whole(row: Row, column: str, largest: int | None = None) -> int:
    found = _WHOLE.fullmatch(row[column])
    if found is None:
        raise _Unfit(column, "not a whole number" if row[column] else "empty")
    number = int(found[1])
    if largest is not None and number > largest:
        raise _Unfit(column, f"more than {largest}")
    return number


def _day(row: Row) -> date:
    found = _DAY.fullmatch(row[DAY])
    try:
        day = date.fromisoformat(found[1]) if found else None
    except ValueError:
        day = None
    if day is None or not DAY_MIN <= day < DAY_MAX:
        raise _Unfit(DAY, "not a day written yyyy-mm-dd")
    return day
