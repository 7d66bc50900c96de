"""Cells of a recognised sheet -> rows of the domain. Knows what a value may look like; not encodings.

A value that cannot be read refuses the whole file: a row that we cannot read is not a row that is not
there. The refusal names row, column and reason, never the value. Blank rows are no rows.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

from schemas.words import Judgement, Sector
from services.vacancy_ingest.adapters.register_columns import Columns, shown
from services.vacancy_ingest.adapters.register_tables import Sheet
from services.vacancy_ingest.domain import register
from services.vacancy_ingest.domain.register import (
    ClosedRow,
    FileKind,
    InspectionRow,
    MovementRow,
    Refusal,
    SettingRow,
    Urn,
)

Row: TypeAlias = SettingRow | MovementRow | InspectionRow | ClosedRow

PLACES_MAX: Final = 9_999
_URN: Final = re.compile(r"(SC\d{6}|EY\d{6}|CH\d{6}|\d{6,8})")
_SLASHED: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})( 0?0:00(:00)?)?")
_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})([ T]00:00(:00)?)?")
_SERIAL: Final = re.compile(r"[1-6]\d{4}")
_EXCEL_DAY_0: Final = date(1899, 12, 30)
_BLANKS: Final = frozenset({"", "null", "n/a", "none", "-", "."})
_LAST_CELL_MATTERS: Final = frozenset(
    {"organisation", "local_authority", "region", "registered_as", "grade", "sector"}
)


class _Unreadable(Exception):
    """A cell that cannot be what its column says; caught in this module and turned into a refusal."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Cells:
    """One row, by field."""

    row: int
    cells: tuple[str, ...]
    columns: Columns

    def text(self, field: str) -> str:
        """Give a cell's text, blank where the file has no such column or says NULL."""
        places = self.columns.at.get(field, ())
        words = self.cells[places[0]].strip() if places else ""
        if "\n" in words or "\r" in words:
            raise _Unreadable(field, "a line break inside a cell")
        return "" if words.casefold() in _BLANKS else words

    def needed(self, field: str) -> str:
        words = self.text(field)
        if not words:
            raise _Unreadable(field, "blank")
        return words

    def day(self, field: str) -> date | None:
        return _day(field, self.text(field))

    def last_day(self, field: str) -> date | None:
        """Give the latest day of the columns that state one thing in several."""
        places = self.columns.at.get(field, ())
        texts = [self.cells[place].strip() for place in places]
        days = [_day(field, "" if text.casefold() in _BLANKS else text) for text in texts]
        return max((day for day in days if day is not None), default=None)


def _day(field: str, text: str) -> date | None:
    """Read dd/mm/yyyy, an ISO day or an Excel day number. Midnight may follow; any other time is no day."""
    if not text:
        return None
    try:
        if found := _SLASHED.fullmatch(text):
            day = date(int(found[3]), int(found[2]), int(found[1]))
        elif found := _ISO.fullmatch(text):
            day = date(int(found[1]), int(found[2]), int(found[3]))
        elif _SERIAL.fullmatch(text):
            day = _EXCEL_DAY_0 + timedelta(days=int(text))
        else:
            raise _Unreadable(field, "not a date (dd/mm/yyyy)")
    except ValueError:
        raise _Unreadable(field, "no such day") from None
    if not 1900 <= day.year <= 2100:
        raise _Unreadable(field, "a date outside 1900 to 2100")
    return day


def _urn(cells: _Cells) -> Urn:
    words = cells.needed("urn").upper()
    if not _URN.fullmatch(words):
        raise _Unreadable("urn", "not a URN")
    return Urn(words)


def _places(cells: _Cells) -> int | None:
    words = cells.text("places").removesuffix(".0")
    if not words:
        return None
    if not (words.isascii() and words.isdigit()) or int(words) > PLACES_MAX:
        raise _Unreadable("places", "not a whole number of places")
    return int(words)


def _region(cells: _Cells) -> str:
    """Give the region; where the Government Office Region is blank the regulator's own region stands in."""
    return register.region_named(cells.text("region") or cells.text("ofsted_region"))


def _setting(cells: _Cells) -> SettingRow:
    return SettingRow(
        urn=_urn(cells),
        registered_as=register.registered_as(cells.needed("registered_as")),
        registered_on=cells.day("registered_on"),
        standing=register.standing(cells.text("standing")),
        region=_region(cells),
        local_authority=cells.text("local_authority"),
        sector=register.sector(cells.text("sector")) if cells.text("sector") else Sector.UNKNOWN,
        places=_places(cells),
        is_short_break_only=_is_yes(cells, "short_break_only"),
        provider_id=register.provider_id(cells.text("organisation")),
        judgement=register.grade(cells.text("grade")),
        judged_on=cells.day("latest_on"),
        row=cells.row,
    )


def _is_yes(cells: _Cells, field: str) -> bool:
    return cells.text(field).casefold() not in {"", "n", "no", "false", "0"}


def _movement(cells: _Cells) -> MovementRow:
    return MovementRow(
        urn=_urn(cells),
        registered_as=register.registered_as(cells.needed("registered_as")),
        region=_region(cells),
        registered_on=cells.day("registered_on"),
        left_on=cells.last_day("left_on"),
        is_joiner=_is_yes(cells, "joiner"),
        is_leaver=_is_yes(cells, "leaver"),
        standing=register.standing(cells.text("standing")),
        row=cells.row,
    )


def _inspection(cells: _Cells) -> InspectionRow:
    inspected_on = cells.day("inspected_on")
    if inspected_on is None:
        raise _Unreadable("inspected_on", "blank")
    is_full = register.plain(cells.needed("event")).startswith("full inspection")
    judgement = register.grade(cells.text("grade"))
    return InspectionRow(
        urn=_urn(cells),
        registered_as=register.registered_as(cells.needed("registered_as")),
        region=_region(cells),
        registered_on=cells.day("registered_on"),
        standing=register.standing(cells.text("standing")),
        inspected_on=inspected_on,
        is_full=is_full,
        judgement=judgement if judgement or not is_full else Judgement.UNKNOWN,
        row=cells.row,
    )


def _closed(cells: _Cells) -> ClosedRow:
    left_on = cells.last_day("left_on")
    return ClosedRow(_urn(cells), register.standing(cells.text("standing")), left_on, cells.row)


_READERS: Final[dict[FileKind, Callable[[_Cells], Row]]] = {
    FileKind.REGISTER_SNAPSHOT: _setting,
    FileKind.JOINERS_AND_LEAVERS: _movement,
    FileKind.INSPECTIONS: _inspection,
    FileKind.CLOSED_LIST: _closed,
}


def read_rows(sheet: Sheet, columns: Columns) -> list[Row] | Refusal:
    """Read every row under the header, or refuse the sheet at its first row that cannot be read."""
    if sheet.is_unended and (refusal := _cut_short(sheet, columns)):
        return refusal
    read, found = _READERS[columns.kind], list[Row]()
    for number, cells in _filled(sheet, columns):
        fault = _misshapen(cells, columns)
        if fault is not None:
            return Refusal(sheet.name, fault, number)
        padded = cells + ("",) * (columns.width - len(cells))
        try:
            found.append(read(_Cells(number, padded, columns)))
        except _Unreadable as error:
            return Refusal(sheet.name, error.reason, number, shown(error.field))
    if not found:
        return Refusal(sheet.name, "no rows under the header; nothing is closed on its word", columns.row)
    return found


def _filled(sheet: Sheet, columns: Columns) -> Iterator[tuple[int, tuple[str, ...]]]:
    for number, cells in enumerate(sheet.rows[columns.row :], columns.row + 1):
        if any(cell.strip() for cell in cells):
            yield number, cells


def _misshapen(cells: tuple[str, ...], columns: Columns) -> str | None:
    """Say how a row differs in shape from its header: too short, or a cell that no header names."""
    if len(cells) < columns.width:
        return (
            f"{len(cells)} cells where the header has {columns.width}: cut short, or a separator is missing"
        )
    if any(cell.strip() and place not in columns.named for place, cell in enumerate(cells)):
        return "a cell outside the named columns: a separator too many, or a title is missing"
    return None


def _cut_short(sheet: Sheet, columns: Columns) -> Refusal | None:
    """Refuse a last row that may be cut in a cell whose half would look whole; half a date shows itself."""
    last = {field for field, places in columns.at.items() if columns.width - 1 in places}
    if not last & _LAST_CELL_MATTERS or not any(cell.strip() for cell in sheet.rows[-1]):
        return None
    if len(sheet.rows[-1]) > columns.width:
        return None
    return Refusal(
        sheet.name, "the file ends inside this row, without a line end: it may be cut short", len(sheet.rows)
    )
