"""A shelter file that cannot be taken: one line says where and why, never what stood there."""

from pathlib import Path

import pytest

from services.vacancy_ingest.shelter_import import SeriesRefused, series_of
from tests.importer.shelter_making import ROW, csv_of, file_of

GOOD = {**ROW, "PROGRAM_ID": "90002"}


def refusal(path: Path) -> str:
    with pytest.raises(SeriesRefused) as caught:
        series_of(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("OCCUPANCY_DATE", "01/02/2022", "not a day"),
        ("OCCUPANCY_DATE", "2022-02-30", "not a day"),
        ("OCCUPANCY_DATE", "0001-01-01", "not a day"),
        ("ORGANIZATION_ID", "Invented Shelters", "not a whole number"),
        ("PROGRAM_ID", "", "empty"),
        ("CAPACITY_TYPE", "Tent Based Capacity", "neither bed based nor room based"),
        ("CAPACITY_ACTUAL_BED", "9.5", "not a whole number"),
        ("CAPACITY_ACTUAL_BED", "1001", "more than 1000"),
        ("OCCUPIED_BEDS", "-1", "not a whole number"),
        ("OCCUPIED_BEDS", "٣", "not a whole number"),
        ("UNOCCUPIED_BEDS", "3.0", "do not add up"),
    ],
)
def test_a_bad_cell_is_refused_by_file_row_column_and_reason(
    tmp_path: Path, column: str, cell: str, reason: str
) -> None:
    line = refusal(file_of(tmp_path, [GOOD, {**ROW, column: cell}]))
    assert line.startswith(f"shelters.csv, row 3, column {column}: ")
    assert reason in line
    assert "\n" not in line
    assert "Invented" not in line


def test_a_row_of_rooms_is_read_in_the_columns_of_rooms(tmp_path: Path) -> None:
    room = {"CAPACITY_ACTUAL_ROOM": "4.0", "OCCUPIED_ROOMS": "1.0", "UNOCCUPIED_ROOMS": "3.0"}
    empty = dict.fromkeys(("CAPACITY_ACTUAL_BED", "OCCUPIED_BEDS", "UNOCCUPIED_BEDS"), "")
    row = {**ROW, **room, **empty, "CAPACITY_TYPE": "Room Based Capacity"}
    [report] = series_of(file_of(tmp_path, [row])).reports
    assert (report.unit, report.capacity, report.unoccupied) == ("rooms", 4, 3)
    mixed = file_of(tmp_path, [{**ROW, "CAPACITY_TYPE": "Room Based Capacity"}])
    assert "column CAPACITY_ACTUAL_ROOM: empty" in refusal(mixed)


@pytest.mark.parametrize("column", ["PROGRAM_ID", "OCCUPANCY_DATE", "UNOCCUPIED_ROOMS"])
def test_a_missing_column_is_named(tmp_path: Path, column: str) -> None:
    line = refusal(file_of(tmp_path, [{name: cell for name, cell in ROW.items() if name != column}]))
    assert f"column {column}: no such column" in line


def test_a_file_cut_short_is_refused_wherever_it_is_cut_in_a_row(tmp_path: Path) -> None:
    content = csv_of([GOOD, ROW])
    path = tmp_path / "shelters.csv"
    begins, ends = content.rindex(b"2022-01-01"), content.rindex(b",80.0")
    for length in range(begins + 1, ends + 1):
        path.write_bytes(content[:length])
        assert refusal(path).startswith("shelters.csv, row 3")


def test_a_last_cell_without_line_end_is_refused_where_half_of_it_would_look_whole(tmp_path: Path) -> None:
    row = {**{name: ROW[name] for name in ROW if name != "UNOCCUPIED_BEDS"}, "UNOCCUPIED_BEDS": "2"}
    path = tmp_path / "shelters.csv"
    path.write_bytes(csv_of([row]).rstrip(b"\n"))
    assert "column UNOCCUPIED_BEDS: no end of line" in refusal(path)


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\xff", b"a,b\n1,2\n", csv_of([ROW]).splitlines()[0] + b"\n"]
)
def test_what_is_no_such_file_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "shelters.csv"
    path.write_bytes(content)
    assert refusal(path).startswith("shelters.csv")
    assert refusal(tmp_path / "absent.csv").startswith("absent.csv: cannot be opened")
