"""Register files from disk, whole or not at all: recognised, read, dated.

Knows where tables, columns, rows and dates come together; each has a module of its own. Must not know the
log. A file is taken whole or refused with one line (`Refusal.line`) that names file, row, column and reason
and shows no content.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path

from services.vacancy_ingest.adapters.register_columns import Columns, find_columns
from services.vacancy_ingest.adapters.register_rows import Row, read_rows
from services.vacancy_ingest.adapters.register_tables import Sheet, read_whole, sheets_of
from services.vacancy_ingest.domain.register import (
    ClosedRow,
    Contradiction,
    FileKind,
    InspectionRow,
    MovementRow,
    Refusal,
    RegisterFile,
    SettingRow,
    plain,
)
from services.vacancy_ingest.domain.register_dating import date_file, date_in_words, latest_day


def read_files(
    paths: Sequence[Path], as_at: Mapping[str, date] | None = None
) -> tuple[RegisterFile, ...] | Refusal:
    """Read all files or refuse the first that cannot be read; a workbook gives a file for each of its tables.

    `as_at` dates files by name (`path.name`), above all that they say of themselves.
    """
    files: list[RegisterFile] = []
    for path in paths:
        read = read_register(path, (as_at or {}).get(path.name))
        if isinstance(read, Refusal):
            return read
        files.extend(read)
    return tuple(files)


def read_register(path: Path, as_at: date | None = None) -> tuple[RegisterFile, ...] | Refusal:
    """Read one file from disk."""
    raw = read_whole(path)
    return raw if isinstance(raw, Refusal) else read_bytes(path.name, raw, as_at)


def read_bytes(name: str, raw: bytes, as_at: date | None = None) -> tuple[RegisterFile, ...] | Refusal:
    """Read one file's content. Sheets of a workbook without a register table (covers, notes) are passed over."""
    sheets = sheets_of(name, raw)
    if isinstance(sheets, Refusal):
        return sheets
    files: list[RegisterFile] = []
    for sheet in sheets:
        read = _read_sheet(sheet, as_at)
        if isinstance(read, Refusal):
            return read
        if read is not None:
            files.append(read)
    return tuple(files) or Refusal(name, "no row names the columns of a register file (URN and others)")


def dates_given(options: Sequence[str], paths: Sequence[Path]) -> dict[str, date] | Refusal:
    """Read `--as-at`: one `yyyy-mm-dd` for a single file, or `FILE=yyyy-mm-dd` for each that needs one."""
    given: dict[str, date] = {}
    names = {path.name for path in paths}
    for option in options:
        name, _, text = option.rpartition("=")
        if not name and len(names) > 1:
            return Refusal("--as-at", "one date for several files: write FILE=yyyy-mm-dd")
        target = Path(name).name if name else next(iter(names), "")
        if target not in names:
            return Refusal("--as-at", "names a file that is not imported")
        try:
            given[target] = date.fromisoformat(text)
        except ValueError:
            return Refusal("--as-at", "not a date (yyyy-mm-dd)")
    return given


def read_boroughs(path: Traversable) -> dict[str, str]:
    """Read London's boroughs: plain name -> GSS code, for `take_register`. The file is the product's own."""
    with path.open(encoding="utf-8") as text:
        return {plain(row["name"]): row["gss_code"] for row in csv.DictReader(text)}


def _read_sheet(sheet: Sheet, as_at: date | None) -> RegisterFile | Refusal | None:
    columns = find_columns(sheet.name, sheet.rows)
    if columns is None or isinstance(columns, Refusal):
        return columns
    rows = read_rows(sheet, columns)
    if isinstance(rows, Refusal):
        return rows
    title = _title_date(sheet, columns) or columns.headers_say
    dated = date_file(sheet.name, as_at, title, latest_day(_days(rows)))
    if dated is None:
        return Refusal(sheet.name, "nothing in the file or its name is a date: give one with --as-at")
    kept, repeats = _without_repeats(sheet.name, rows)
    return RegisterFile(
        name=sheet.name,
        kind=columns.kind,
        as_at=dated.as_at,
        dated_by=dated.by,
        read_rows=len(rows),
        rejected=len(rows) - len(kept),
        settings=tuple(row for row in kept if isinstance(row, SettingRow)),
        movements=tuple(row for row in kept if isinstance(row, MovementRow)),
        inspections=tuple(row for row in kept if isinstance(row, InspectionRow)),
        closed=tuple(row for row in kept if isinstance(row, ClosedRow)),
        contradictions=dated.contradictions + repeats,
        is_inspected_only=_is_inspected_only(columns, kept),
    )


def _title_date(sheet: Sheet, columns: Columns) -> date | None:
    """Give the first date in the rows above the header."""
    cells = (cell for row in sheet.rows[: columns.row - 1] for cell in row if cell.strip())
    return next((day for cell in cells if (day := date_in_words(cell)) is not None), None)


def _days(rows: Iterable[Row]) -> list[date | None]:
    """Give the days on which something that a file states had happened."""
    days: list[date | None] = []
    for row in rows:
        match row:
            case SettingRow():
                days.append(max(filter(None, (row.registered_on, row.judged_on)), default=None))
            case MovementRow():
                days.append(max(filter(None, (row.registered_on, row.left_on)), default=None))
            case InspectionRow():
                days.append(row.inspected_on)
            case ClosedRow():
                days.append(row.closed_on)
    return days


def _without_repeats(name: str, rows: list[Row]) -> tuple[list[Row], tuple[Contradiction, ...]]:
    """Keep the first statement about each setting, or about each inspection; name every other."""
    first: dict[object, Row] = {}
    repeats: list[Contradiction] = []
    for row in rows:
        key = (row.urn, row.inspected_on, row.is_full) if isinstance(row, InspectionRow) else row.urn
        if key not in first:
            first[key] = row
            continue
        says = f"{name}: rows {first[key].row} and {row.row} state it twice; the first is used"
        repeats.append(Contradiction("stated_twice", row.urn, says))
    return list(first.values()), tuple(repeats)


def _is_inspected_only(columns: Columns, rows: Sequence[Row]) -> bool:
    """Tell whether a snapshot lists only inspected settings: every row has an inspection or a judgement.

    New settings wait months for their first inspection, so a complete register always has some without one.
    """
    if columns.kind is not FileKind.REGISTER_SNAPSHOT or not {"latest_on", "grade"} & columns.at.keys():
        return False
    settings = [row for row in rows if isinstance(row, SettingRow)]
    return all(row.judged_on or row.judgement for row in settings)
