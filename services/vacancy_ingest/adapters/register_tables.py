"""Bytes of a register file -> sheets of text cells. Knows encodings, CSV, workbooks; not what a column means.

What cannot be read exactly is refused: bytes that are no text, text that was decoded wrongly once already,
a quotation that never ends, a workbook that is damaged. Row numbers count from 1 at the first line of the
sheet. Dates of workbooks become ISO text, whole numbers lose their `.0`.
"""

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from services.vacancy_ingest.domain.register import Refusal

BYTES_MAX: Final = 64 * 1024 * 1024
ROWS_MAX: Final = 200_000

_WORKBOOK_STARTS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF16_STARTS: Final = (b"\xff\xfe", b"\xfe\xff")
# What UTF-8 looks like after somebody read it as cp1252; the register has no such letters of its own.
_TWICE_DECODED: Final = re.compile(
    "\u00e2\u20ac|\u00c3[\u0080-\u00bf\u0152-\u2122]|\u00ef\u00bb\u00bf|\u00c2[\u00a0-\u00bf]|\ufffd"
)
_NO_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of text. `is_unended`: the last row has no line end, so its last cell may be cut short."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    is_unended: bool = False


def read_whole(path: Path) -> bytes | Refusal:
    """Read a file's bytes; one that is too large or cannot be opened is refused."""
    try:
        if path.stat().st_size > BYTES_MAX:
            return Refusal(path.name, f"larger than {BYTES_MAX // 1024 // 1024} MB")
        return path.read_bytes()
    except OSError as error:
        return Refusal(path.name, f"cannot be opened ({error.strerror or 'unreadable'})")


def sheets_of(name: str, raw: bytes) -> tuple[Sheet, ...] | Refusal:
    """Read every sheet of a file; a CSV file has one. Blank rows stay, so that rows keep their numbers.

    The content says whether it is a workbook, whatever the name says.
    """
    if not raw.strip(b"\r\n\t \0"):
        return Refusal(name, "the file is empty")
    if raw.startswith(_WORKBOOK_STARTS):
        return _workbook(name, raw)
    text = decode(raw)
    if text is None:
        return Refusal(
            name, "not text in UTF-8, UTF-16 or Windows-1252, and no workbook", _first_bad_row(raw)
        )
    if wrong := _TWICE_DECODED.search(text) or _NO_TEXT.search(text):
        return Refusal(name, "text in a wrong encoding", text.count("\n", 0, wrong.start()) + 1)
    return _csv(name, text)


def decode(raw: bytes) -> str | None:
    """Decode as what the bytes are: UTF-16 by its mark, UTF-8 with or without one, else Windows-1252."""
    encodings = ("utf-16",) if raw.startswith(_UTF16_STARTS) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _first_bad_row(raw: bytes) -> int:
    try:
        raw.decode("cp1252")
    except UnicodeDecodeError as error:
        return raw.count(b"\n", 0, error.start) + 1
    return 1


def _csv(name: str, text: str) -> tuple[Sheet, ...] | Refusal:
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    rows: list[tuple[str, ...]] = []
    try:
        for row in reader:
            rows.append(tuple(row))
            if len(rows) > ROWS_MAX:
                return Refusal(name, f"more than {ROWS_MAX} rows", len(rows))
    except csv.Error:
        return Refusal(name, "a quotation is not closed, or stands in mid-cell", len(rows) + 1)
    return (Sheet(name, tuple(rows), is_unended=not text.endswith(("\n", "\r"))),)


def _delimiter(text: str) -> str:
    """Comma, unless another separator is what stands in the first lines."""
    head = text[:20_000]
    counts = {mark: head.count(mark) for mark in (",", "\t", ";")}
    return "," if counts[","] >= max(counts.values()) / 2 else max(counts, key=lambda mark: counts[mark])


def _workbook(name: str, raw: bytes) -> tuple[Sheet, ...] | Refusal:
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
            titles = book.sheet_names
            tables = [book.get_sheet_by_name(title).to_python(skip_empty_area=False) for title in titles]
    except (CalamineError, OSError, ValueError, KeyError):
        return Refusal(name, "a damaged workbook, or none at all")
    if any(len(table) > ROWS_MAX for table in tables):
        return Refusal(name, f"more than {ROWS_MAX} rows", ROWS_MAX)
    sheets = [
        Sheet(title, tuple(tuple(map(_text, row)) for row in table))
        for title, table in zip(titles, tables, strict=True)
    ]
    return tuple(Sheet(f"{name}#{sheet.name}" if len(sheets) > 1 else name, sheet.rows) for sheet in sheets)


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
