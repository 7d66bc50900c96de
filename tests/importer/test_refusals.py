"""A file that cannot be read whole is not read at all, and one line says where and why without showing what."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.vacancy_ingest.adapters.register_files import dates_given, read_bytes, read_files
from services.vacancy_ingest.domain.register import Refusal, RegisterFile
from services.vacancy_ingest.domain.register_snapshots import unexplained_max
from services.vacancy_ingest.domain.register_take import Taking, take_register
from tests.importer.making import (
    AUG_2023,
    CLOSED,
    CLOSED_2024,
    MAR_2024,
    REGISTER,
    SETTING,
    boroughs,
    one,
    raw,
    read,
    real,
    refused,
    rows_of,
    snapshot,
    table,
    written,
)

TWENTIETHS = range(1, 20)


def outcome(*files: RegisterFile) -> Taking | Refusal:
    return take_register(files, boroughs())


def left(result: Taking | Refusal) -> set[str]:
    if isinstance(result, Refusal):
        return set()
    return {change.urn for change in result.changes if change.what == "setting_left"}


@pytest.mark.parametrize("twentieth", TWENTIETHS)
def test_a_snapshot_cut_at_any_byte_closes_nothing(twentieth: int) -> None:
    content = raw(MAR_2024)
    cut = read(MAR_2024, content[: len(content) * twentieth // 20])
    assert isinstance(cut, Refusal) or left(outcome(real(AUG_2023), cut)) == set()


@pytest.mark.parametrize("twentieth", TWENTIETHS)
def test_a_snapshot_cut_between_two_rows_closes_nothing(twentieth: int) -> None:
    rows = rows_of(raw(MAR_2024))
    whole = [row for row in rows if any(row)]
    cut = one(MAR_2024, written(whole[: 1 + len(whole) * twentieth // 20]))
    result = outcome(real(AUG_2023), cut)
    assert isinstance(result, Refusal)
    assert result.file == MAR_2024
    assert "half-read" in result.reason


@pytest.mark.parametrize("twentieth", TWENTIETHS)
def test_with_the_closed_list_a_cut_snapshot_closes_only_who_is_in_it(twentieth: int) -> None:
    rows = [row for row in rows_of(raw(MAR_2024)) if any(row)]
    cut = one(MAR_2024, written(rows[: 1 + len(rows) * twentieth // 20]))
    closed = {row.urn for row in real(CLOSED_2024).closed if row.closed_on}
    assert left(outcome(real(AUG_2023), cut, real(CLOSED_2024))) <= closed


@pytest.mark.parametrize("half", ["first", "second"])
def test_half_a_file_is_refused_and_named(half: str) -> None:
    header, *rows = [row for row in rows_of(raw(MAR_2024)) if any(row)]
    middle = len(rows) // 2
    kept = rows[:middle] if half == "first" else rows[middle:]
    result = outcome(real(AUG_2023), one("half.csv", written([header, *kept])))
    assert isinstance(result, Refusal)
    assert result.line.startswith("half.csv: ")


def test_a_file_without_one_whole_type_is_refused() -> None:
    header, *rows = rows_of(raw(MAR_2024))
    kind = header.index("Provision type")
    kept = [row for row in rows if "Fostering" not in row[kind]]
    result = outcome(real(AUG_2023), one(MAR_2024, written([header, *kept])))
    assert isinstance(result, Refusal)
    assert "fostering_agency" in result.reason


@pytest.mark.parametrize(
    ("settings", "years", "most"), [(0, 1.0, 2), (4, 0.5, 2), (3999, 0.583, 206), (3576, 1.42, 376)]
)
def test_how_many_may_be_missing_without_a_reason(settings: int, years: float, most: int) -> None:
    assert abs(unexplained_max(settings, years) - most) <= 2


BAD: Mapping[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty"),
    "blanks alone": (b"\r\n \r\n\t", "empty"),
    "zeroes": (b"\0" * 400, "empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "not text"),
    "control characters": (b"URN,Places\x07\r\nSC900001,4\r\n", "wrong encoding"),
    "UTF-16 without its mark": (raw(AUG_2023).decode().encode("utf-16-le"), "wrong encoding"),
    "half a workbook": (b"PK\x03\x04" + b"\0" * 100, "workbook"),
    "text decoded twice": (
        table(SETTING, [{"Provision type": "Children\u00e2\u20ac\u2122s home"}]),
        "wrong encoding",
    ),
    "a replaced character": (table(SETTING, [{"Provision type": "Children\ufffds home"}]), "wrong encoding"),
    "a header alone": (table(SETTING, []), "no rows"),
    "no header": (written([["SC900001", "Children's home", "4"]] * 9), "URN"),
    "an open quotation": (table(SETTING, [{}]) + b'"SC900002,', "quotation"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_register_file_is_refused(name: str) -> None:
    content, reason = BAD[name]
    no = refused("bad.csv", content)
    assert reason in no.reason
    assert no.line.startswith("bad.csv")
    assert "\n" not in no.line


CELLS: Mapping[str, tuple[dict[str, str], str]] = {
    "no such day": ({"Registration date": "31/02/2020"}, "no such day"),
    "month first": ({"Registration date": "12/31/2020"}, "no such day"),
    "words for a date": ({"Registration date": "last spring"}, "not a date"),
    "an absurd year": ({"Registration date": "01/01/1492"}, "1900"),
    "half a place": ({"Places": "3.5"}, "whole number"),
    "negative places": ({"Places": "-4"}, "whole number"),
    "places in words": ({"Places": "four"}, "whole number"),
    "no URN": ({"URN": ""}, "blank"),
    "another column's value": ({"URN": "Haringey"}, "not a URN"),
    "no provision type": ({"Provision type": " "}, "blank"),
    "a line break in a cell": ({"Local authority": "Harin\ngey"}, "line break"),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_that_cannot_be_read_refuses_the_file_by_row_and_column(name: str) -> None:
    cells, reason = CELLS[name]
    no = refused("x.csv", table(SETTING, [{"URN": "SC900002"}, cells], "As at 31 March 2024"))
    (column,) = cells
    assert (no.file, no.row, no.column) == ("x.csv", 4, column)
    assert reason in no.reason


@pytest.mark.parametrize(
    "column", ["URN", "Provision type", "Registration date", "Places", "Local authority"]
)
def test_a_missing_column_is_named(column: str) -> None:
    header, *rows = rows_of(table(SETTING, [{}]))
    place = header.index(column)
    no = refused("x.csv", written([[*row[:place], *row[place + 1 :]] for row in [header, *rows]]))
    assert no.column == column
    assert "missing" in no.reason


def test_a_column_that_stands_twice_is_named() -> None:
    rows = [[*row, row[7]] for row in rows_of(table(SETTING, [{}]))]
    no = refused("x.csv", written(rows))
    assert (no.column, no.reason) == ("Places", "the column stands twice")


def test_a_header_in_the_middle_is_two_tables_and_refused() -> None:
    content = table(SETTING, [{}])
    no = refused("x.csv", content + content)
    assert (no.row, no.column) == (3, "URN")


@pytest.mark.parametrize("cut", [1, 3])
def test_a_ragged_row_is_refused(cut: int) -> None:
    header, row = rows_of(table(SETTING, [{}]))
    assert refused("x.csv", written([header, row, row[:-cut]])).row == 3
    assert refused("x.csv", written([header, row, [*row, "x"]])).row == 3


def test_a_last_row_without_its_end_is_refused_where_half_a_name_would_look_whole() -> None:
    content = table(SETTING, [{}, {"URN": "SC900002"}])
    assert "cut short" in refused("x.csv", content[:-4]).reason
    dated = table(CLOSED, [{}, {"URN": "SC900002"}])
    assert len(one("Closed_31Mar24.csv", dated.rstrip()).closed) == 2
    assert refused("Closed_31Mar24.csv", dated.rstrip()[:-2]).column == "Date closed"


def test_the_first_file_that_cannot_be_read_refuses_them_all(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"nothing of use")
    assert isinstance(read_files([REGISTER / AUG_2023, bad]), Refusal)
    missing = read_files([tmp_path / "absent.csv"])
    assert isinstance(missing, Refusal)
    assert missing.line.startswith("absent.csv: cannot be opened")


@pytest.mark.parametrize("option", ["2024-03-31", "other.csv=2024-03-31", "a.csv=31/03/2024"])
def test_a_date_that_could_be_another_files_is_refused(option: str) -> None:
    assert isinstance(dates_given([option], [Path("a.csv"), Path("b.csv")]), Refusal)


SECRET = "Zyxwvut Qponmlk"


@given(
    column=st.sampled_from([*SETTING]),
    text=st.sampled_from(
        [SECRET, f"{SECRET},", f'"{SECRET}', f"{SECRET}\n", f"01/01/2020 {SECRET}", f"4 {SECRET}"]
    ),
)
def test_no_refusal_and_no_contradiction_shows_what_stood_in_a_cell(column: str, text: str) -> None:
    lines = [",".join(SETTING), ",".join(({**SETTING, column: text}).values()), ",".join(SETTING.values())]
    file = read("x_31_March_2024.csv", ("\r\n".join(lines) + "\r\n").encode())
    if isinstance(file, Refusal):
        shown = file.line
    else:
        result = outcome(file)
        shown = result.line if isinstance(result, Refusal) else repr((result.contradictions, result.changes))
    assert SECRET not in shown
    assert SECRET.partition(" ")[0] not in shown


SMALL = table(
    SETTING, [{"URN": f"SC9000{number:02}"} for number in range(40)], "Register as at 31 March 2024"
)
BEFORE = snapshot([{"URN": f"SC9000{number:02}"} for number in range(40)], "31 August 2023")


@given(at=st.integers(0, len(SMALL) - 1), length=st.integers(1, 200), put=st.binary(max_size=20))
def test_whatever_is_done_to_its_bytes_a_file_is_read_whole_or_refused(
    at: int, length: int, put: bytes
) -> None:
    files = read_bytes("mangled.csv", SMALL[:at] + put + SMALL[at + length :])
    if isinstance(files, Refusal):
        assert re.fullmatch(r"mangled\.csv(, row \d+)?(, column [^:]+)?: .+", files.line)
        return
    (file,) = files
    assert len(left(outcome(BEFORE, file))) <= unexplained_max(40, 0.583)


@given(st.binary(max_size=400))
def test_no_bytes_at_all_break_the_reader(content: bytes) -> None:
    assert isinstance(read_bytes("x.csv", content), Refusal)
    assert isinstance(read_bytes("x.xlsx", b"PK\x03\x04" + content), Refusal)
