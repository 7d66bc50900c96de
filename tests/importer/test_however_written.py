"""The same settings, whatever the hand that wrote the file."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random
from xml.sax.saxutils import escape
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from services.vacancy_ingest.adapters.register_files import read_bytes
from services.vacancy_ingest.domain.register import FileKind, RegisterFile, SettingRow
from tests.importer.making import (
    AUG_2023,
    CLOSED_2024,
    MAR_2024,
    MOVED,
    REGISTER,
    one,
    raw,
    read,
    real,
    refused,
    rows_of,
    snapshot,
    table,
    taken,
    written,
)

RENAMED = {
    "URN": "Unique Reference Number (URN)",
    "Provision type": "Type of provision",
    "Registration date": "Date of registration",
    "Registration status": "Status of registration (as at 31 August 2023)",
    "Government Office Region": "Region (Government Office)",
    "Local authority": "Name of local authority",
    "Places": "Number of registered places",
    "Organisation name": "Name of the organisation",
    "Short-break-only children's home": "Short-break-only children\u2019s home?",
}


def settings(file: RegisterFile) -> set[SettingRow]:
    """What a file says, without where in the file it says it."""
    return {replace(row, row=0) for row in file.settings}


def shuffled(content: bytes) -> bytes:
    header, *rows = rows_of(content)
    Random(7).shuffle(rows)
    return written([header, *rows])


def with_columns_moved(content: bytes) -> bytes:
    rows = rows_of(content)
    order = list(range(len(rows[0])))
    Random(7).shuffle(order)
    return written([[row[index] for index in order] for row in rows])


def with_blank_rows(content: bytes) -> bytes:
    header, *rows = rows_of(content)
    blank: list[list[str]] = [[], [""] * len(header), [" "] * len(header)]
    return written([header, *blank, *rows[:100], *blank, *rows[100:], *blank])


def with_title_rows(content: bytes) -> bytes:
    title = ["Children's social care in England 2023 - Providers and places as at 31 August 2023"]
    rows = [title, ["This worksheet contains one table, which begins in cell A4."], [], *rows_of(content)]
    return written([[*row, *[""] * (21 - len(row))] for row in rows])


def with_next_years_headers(content: bytes) -> bytes:
    header, *rows = rows_of(content)
    return written([[RENAMED.get(name.strip(), name) for name in header], *rows])


def as_workbook(content: bytes) -> bytes:
    book = Workbook()
    cover = book.active
    assert cover is not None
    cover.append(["Children's social care in England"])
    sheet = book.create_sheet("Providers")
    sheet.append(["Providers and places as at 31 August 2023"])
    header, *rows = rows_of(content)
    sheet.append(header)
    dated, counted = header.index("Registration date"), header.index("Places")
    for row in rows:
        cells: list[object] = list(row)
        day, month, year = row[dated].split("/")
        cells[dated] = date(int(year), int(month), int(day))
        cells[counted] = int(row[counted]) if row[counted] else None
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_open_document(content: bytes) -> bytes:
    """Write the least that is an OpenDocument spreadsheet: text cells, dates as dates."""
    rows = "".join(
        f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows_of(content)
    )
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ODS_SPACES
    )
    sheet = f'<table:table table:name="Providers">{rows}</table:table>'
    body = f"<office:body><office:spreadsheet>{sheet}</office:spreadsheet></office:body>"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    out = io.BytesIO()
    with ZipFile(out, "w") as book:
        book.writestr("mimetype", kind)
        manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        book.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{manifest}"/>')
        book.writestr("content.xml", f"<office:document-content{spaces}>{body}</office:document-content>")
    return out.getvalue()


ODS_SPACES = ("office", "table", "text")


def _ods_cell(cell: str) -> str:
    if cell[2:3] == "/" and cell[5:6] == "/":
        stated = f'office:value-type="date" office:date-value="{_iso(cell)}"'
    else:
        stated = 'office:value-type="string"'
    return f"<table:table-cell {stated}><text:p>{escape(cell)}</text:p></table:table-cell>"


WAYS: dict[str, Callable[[bytes], bytes]] = {
    "shuffled rows": shuffled,
    "moved columns": with_columns_moved,
    "blank rows": with_blank_rows,
    "title rows": with_title_rows,
    "next year's headers": with_next_years_headers,
    "a workbook": as_workbook,
    "an OpenDocument spreadsheet": as_open_document,
    "Windows-1252": lambda content: written(rows_of(content), "cp1252"),
    "UTF-8 with a mark": lambda content: written(rows_of(content), "utf-8-sig"),
    "UTF-16": lambda content: written(rows_of(content), "utf-16"),
    "tabs": lambda content: written(rows_of(content), delimiter="\t"),
    "semicolons": lambda content: written(rows_of(content), delimiter=";"),
    "curly apostrophes in Windows-1252": lambda content: (
        content.decode().replace("'", "\u2019").encode("cp1252")
    ),
    "ISO dates": lambda content: written(
        [[_iso(cell) if cell[2:3] == "/" else cell for cell in row] for row in rows_of(content)]
    ),
}


def _iso(cell: str) -> str:
    day, month, year = cell.split("/")
    return f"{year}-{month}-{day}"


@pytest.mark.parametrize("way", WAYS)
def test_the_register_says_the_same_however_it_is_written(way: str) -> None:
    file = one(AUG_2023, WAYS[way](raw(AUG_2023)))
    assert file.kind is FileKind.REGISTER_SNAPSHOT
    assert file.as_at == date(2023, 8, 31)
    assert file.read_rows == 3327
    assert settings(file) == settings(real(AUG_2023))


def test_shuffled_files_give_the_same_changes_and_the_same_counts() -> None:
    names = (AUG_2023, MAR_2024, CLOSED_2024)
    mixed = taken(*(one(name, shuffled(raw(name))) for name in names))
    plain = taken(*map(real, names))
    assert mixed.changes == plain.changes
    assert mixed.reconciliation == plain.reconciliation


def test_a_workbook_may_hold_several_tables_and_a_cover() -> None:
    book = Workbook()
    for name in (AUG_2023, CLOSED_2024):
        sheet = book.create_sheet(name[:20])
        for row in rows_of(raw(name))[:50]:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    files = read_bytes("release.xlsx", out.getvalue())
    assert isinstance(files, tuple)
    assert [file.kind for file in files] == [FileKind.REGISTER_SNAPSHOT, FileKind.CLOSED_LIST]
    assert all(file.name.startswith("release.xlsx#") for file in files)


@pytest.mark.parametrize(
    ("name", "kind", "day"),
    [
        ("Closed_childrens_homes_31Mar24.csv", FileKind.CLOSED_LIST, date(2024, 3, 31)),
        ("Provider_level_at_31_Aug_2023.csv", FileKind.REGISTER_SNAPSHOT, date(2023, 8, 31)),
        ("Provider_level_in_year_2023-24.csv", FileKind.INSPECTIONS, date(2024, 3, 31)),
        ("slices/Provider_level_in_year_2022-23.csv", FileKind.INSPECTIONS, date(2023, 8, 31)),
        ("slices/provider_at_march_2022.csv", FileKind.REGISTER_SNAPSHOT, date(2022, 3, 31)),
        ("slices/provider_at_march_2023.csv", FileKind.REGISTER_SNAPSHOT, date(2023, 3, 31)),
        *(
            (f"slices/joiners_leavers_{year}.csv", FileKind.JOINERS_AND_LEAVERS, date(2000 + year, 3, 31))
            for year in range(17, 24)
        ),
    ],
)
def test_every_year_is_recognised_dated_and_read_whole(name: str, kind: FileKind, day: date) -> None:
    file = one((REGISTER / name).name, raw(name))
    assert (file.kind, file.as_at) == (kind, day)
    assert file.read_rows > 0
    assert file.rejected == 0


def test_a_blank_region_and_an_unknown_type_stay_visible() -> None:
    rows = [{"URN": "SC900001", "Government Office Region": "Atlantis", "Provision type": "Treehouse"}]
    taking = taken(snapshot(rows, "31 March 2024"))
    (appeared,) = taking.changes
    assert appeared.fields()["registered_as"] == "unknown_type"
    assert appeared.fields()["region"] == "unknown"


@pytest.mark.parametrize(
    "spelling", ["Children's Home", "CHILDREN\u2019S HOME", "Childrens home", " children's  home "]
)
def test_childrens_home_is_one_type_however_it_is_spelt(spelling: str) -> None:
    (row,) = snapshot([{"Provision type": spelling}], "31 March 2024").settings
    assert row.registered_as == "childrens_home"


@pytest.mark.parametrize(
    "name", ["INVENTED HOMES LIMITED", "Invented  Homes Ltd.", "invented homes", "Invented Homes PLC"]
)
def test_an_organisation_has_one_id_however_it_is_spelt(name: str) -> None:
    (row,) = snapshot([{"Organisation name": name}], "31 March 2024").settings
    (first,) = snapshot([{}], "31 March 2024").settings
    assert row.provider_id == first.provider_id
    assert row.provider_id is not None
    assert row.provider_id.startswith("P-")


@pytest.mark.parametrize(
    ("year", "ended"), [(17, "(as at @enddate)"), (18, "(as at @enddate)"), (23, "(as at 31 March 2023)")]
)
def test_of_two_statuses_that_at_the_end_of_the_year_counts(year: int, ended: str) -> None:
    content = raw(f"slices/joiners_leavers_{year}.csv")
    rows = rows_of(content.replace(b"\x96", b"-"))
    header = next(row for row in rows if "URN" in row)
    place = header.index(f"Registration status {ended}")
    said = {row[header.index("URN")]: row[place].lower() for row in rows if row[place : place + 1]}
    file = one(f"joiners_leavers_{year}.csv", content)
    assert file.movements
    assert all(row.standing == said[row.urn] for row in file.movements)


def test_two_columns_that_are_equally_like_a_missing_one_are_refused_by_its_name() -> None:
    content = written([["URN", "Provision type", "Registration date", "Registration status", "Region"]])
    header = [*rows_of(content)[0], "Local authority", "Places in May", "Places in June"]
    no = refused("x.csv", written([header, ["SC900001", *["x"] * 7]]))
    assert no.column == "Places"
    assert "equally like" in no.reason


def test_a_kind_is_recognised_by_its_columns_and_not_by_its_name() -> None:
    file = one("Provider_level_in_year_2031-32.csv", raw(CLOSED_2024))
    assert file.kind is FileKind.CLOSED_LIST


def test_a_table_without_a_register_is_no_register_file() -> None:
    no = read("x.csv", table({"Month": "", "Beds": ""}, [{"Month": "May", "Beds": "4"}]))
    assert not isinstance(no, RegisterFile)
    assert "URN" in no.reason


def test_of_several_leaving_days_the_latest_counts() -> None:
    columns = {
        **{name: cell for name, cell in MOVED.items() if name != "Date closed"},
        "First effective date (that the provider became resigned)": "01/03/2023",
        "First effective date (that the provider closed)": "05/03/2023",
        "First effective date (that the provider became cancelled)": "",
    }
    (row,) = one("x.csv", table(columns, [{"Leaver status": "Leaver"}], "As at 31 March 2023")).movements
    assert row.left_on == date(2023, 3, 5)
