"""Which day a file is of: its title or the caller, then its name if the rows bear it out, then its rows."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.vacancy_ingest.adapters.register_files import dates_given, read_bytes
from services.vacancy_ingest.domain.register_dating import (
    date_file,
    date_in_name,
    date_in_words,
    latest_day,
    period_end,
)
from tests.importer.making import MAR_2024, SETTING, one, raw, real, refused, rows_of, table, written

DAYS = st.dates(date(2000, 1, 1), date(2099, 1, 1))


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("Children's social care data in England 2022 - Provider level as at March 2022", date(2022, 3, 31)),
        ("Children's social care data in England 2023 - Leavers at 31 March 2023", date(2023, 3, 31)),
        ("Leavers and Joiners at 31 Mar 2022", date(2022, 3, 31)),
        ("as at 1st September 2025", date(2025, 9, 1)),
        ("Registration status (as at 31/08/2024)", date(2024, 8, 31)),
        ("Extract 2024-02-29", date(2024, 2, 29)),
        ("at February 2024", date(2024, 2, 29)),
        ("Children's social care data in England 2022", None),
        ("Market 2024", None),
        ("30 February 2024", None),
        ("This table begins in cell A4", None),
    ],
)
def test_a_title_dates_a_file_by_day_or_month_and_never_by_a_year_alone(words: str, day: date | None) -> None:
    assert date_in_words(words) == day


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Providers_places_at_31_Aug_2023.csv", date(2023, 8, 31)),
        ("Closed_childrens_homes_31Mar24.csv", date(2024, 3, 31)),
        ("provider_at_march_2022.csv", date(2022, 3, 31)),
        ("joiners_leavers_17.csv", date(2017, 3, 31)),
        ("Provider_level_in_year_2023-24.csv", date(2024, 3, 31)),
        ("register.csv", None),
    ],
)
def test_a_name_dates_a_file_also_by_its_year(name: str, day: date | None) -> None:
    assert date_in_name(name) == day


@pytest.mark.parametrize(
    "name",
    [MAR_2024, "register.csv", "at_31_August_2024.csv", "Aug2023.csv", "places_2019.csv", "30 June 2024.csv"],
)
def test_the_later_snapshot_is_of_31_march_2024_whatever_it_is_called(name: str) -> None:
    file = one(name, raw(MAR_2024))
    assert file.as_at == date(2024, 3, 31)
    assert {found.kind for found in file.contradictions} & {"date_in_name_differs", "dated_by_its_rows"}


def test_a_name_that_its_rows_bear_out_stands_without_a_word() -> None:
    file = one("at_31_March_2024.csv", raw(MAR_2024))
    assert (file.as_at, file.dated_by, file.contradictions) == (date(2024, 3, 31), "name", ())


def test_a_title_dates_a_file_whatever_its_name_and_its_rows() -> None:
    content = written([["Places as at 30 June 2024"], *rows_of(raw(MAR_2024))])
    file = one("Aug_2023.csv", content)
    assert (file.as_at, file.dated_by) == (date(2024, 6, 30), "title")


def test_a_date_in_the_headers_dates_a_file() -> None:
    content = raw(MAR_2024).replace(b"Registration status", b"Registration status (as at 15 April 2024)", 1)
    assert one("x.csv", content).as_at == date(2024, 4, 15)


def test_the_callers_date_is_above_all_and_a_title_that_differs_is_named() -> None:
    given_at = date(2024, 4, 2)
    files = read_bytes("x.csv", table(SETTING, [{}], "Register as at 31 March 2024"), given_at)
    assert isinstance(files, tuple)
    assert files[0].as_at == given_at
    assert [found.kind for found in files[0].contradictions] == ["date_in_title_differs"]


def test_dates_are_given_for_one_file_or_by_name() -> None:
    one_file, two_files = [Path("in/a.csv")], [Path("in/a.csv"), Path("b.csv")]
    assert dates_given(["2024-03-31"], one_file) == {"a.csv": date(2024, 3, 31)}
    assert dates_given(["a.csv=2024-03-31"], two_files) == {"a.csv": date(2024, 3, 31)}
    assert dates_given([], two_files) == {}


def test_without_any_date_a_file_is_refused() -> None:
    no = refused("x.csv", table({**SETTING, "Registration date": ""}, [{}]))
    assert "--as-at" in no.reason


@given(DAYS, st.integers(0, 14))
def test_a_name_at_most_a_fortnight_after_the_latest_row_stands(latest: date, days: int) -> None:
    named = latest + timedelta(days=days)
    dated = date_file(f"at_{named.isoformat()}.csv", None, None, latest)
    assert dated is not None
    assert (dated.as_at, dated.contradictions) == (named, ())


@given(DAYS, DAYS)
def test_no_file_is_dated_before_its_latest_row_by_its_name(named: date, latest: date) -> None:
    dated = date_file(f"at_{named.isoformat()}.csv", None, None, latest)
    assert dated is not None
    assert dated.as_at >= latest
    assert (dated.as_at == named) or [found.kind for found in dated.contradictions] == [
        "date_in_name_differs"
    ]


@given(DAYS)
def test_a_period_ends_in_march_or_august_on_or_after_its_days(day: date) -> None:
    end = period_end(day)
    assert (end.month, end.day) in {(3, 31), (8, 31)}
    assert timedelta() <= end - day <= timedelta(days=213)
    assert period_end(end) == end


def test_two_mistyped_days_do_not_date_a_long_file() -> None:
    days = [date(2024, 3, 1)] * 40
    assert latest_day([*days, date(2042, 1, 1), date(2077, 1, 1), None]) == date(2024, 3, 1)
    assert latest_day(row.registered_on for row in real(MAR_2024).settings) == date(2024, 3, 28)
