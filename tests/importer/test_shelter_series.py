"""What a daily series comes to: the real one's figures, each definition, and contradictions decided by a rule."""

import hashlib
import random
import re
from dataclasses import asdict
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.vacancy_ingest.domain.shelter import Figures, Report, Series, Unit, figures, settle
from services.vacancy_ingest.shelter_import import series_of
from tests.importer.shelter_making import CARRIED, carried_rows, said

NAMES = re.compile(r".*_NAME|SHELTER_.*|LOCATION_.*|SECTOR|PROGRAM_(MODEL|AREA)|OVERNIGHT_SERVICE_TYPE")


@pytest.fixture(scope="module")
def series() -> Series:
    return series_of(CARRIED)


def test_the_real_series_comes_to_the_figures_that_are_known_of_it(series: Series) -> None:
    assert asdict(figures(series.stated())) == {
        "days": 18,
        "programmes": 145,
        "rows": 2501,
        "capacity_changed": 344,
        "units_filled": 758,
        "units_vacated": 649,
        "became_full": 131,
        "vacancy_reappeared": 139,
        "opened": 9,
        "with_gaps": 3,
        "last_day": {
            "day": date(2022, 1, 18),
            "programmes": 140,
            "capacity": 6405,
            "unoccupied": 220,
            "with_vacancy": 63,
        },
    }
    assert (series.repeated, series.overruled, series.contradictions) == (0, 0, ())


def test_the_same_rows_in_another_order_or_twice_are_the_same_series(series: Series) -> None:
    shuffled = list(series.reports) * 2
    random.Random(4).shuffle(shuffled)
    again = settle(shuffled)
    assert (again.reports, again.contradictions) == (series.reports, series.contradictions)
    assert (again.repeated, again.overruled) == (2501, 0)


def counted(*reports: Report) -> Figures:
    return figures(settle(reports).stated())


def test_filled_and_vacated_are_counted_in_occupied_units_whatever_capacity_does() -> None:
    found = counted(said(1, 10, 2), said(2, 12, 4), said(3, 12, 1), said(4, 9, 0))
    assert (found.capacity_changed, found.units_filled, found.units_vacated) == (2, 3, 2)


def test_full_and_free_again_are_turns_between_none_and_some() -> None:
    found = counted(said(1, 10, 2), said(2, 10, 0), said(3, 10, 0), said(4, 10, 5), said(5, 10, 1))
    assert (found.became_full, found.vacancy_reappeared) == (1, 1)


def test_a_gap_lies_between_reports_and_the_reports_around_it_are_consecutive() -> None:
    found = counted(said(1, 10, 2), said(4, 10, 0), said(2, 5, 5, "90002"), said(3, 5, 5, "90002"))
    assert (found.with_gaps, found.opened, found.became_full) == (1, 1, 1)
    assert (found.last_day.day, found.last_day.programmes) == (date(2022, 1, 4), 1)


A_REPORT = st.builds(
    lambda capacity, free, unit: said(1, capacity, min(capacity, free), unit=unit),
    st.integers(0, 9),
    st.integers(0, 9),
    st.sampled_from(Unit),
)


@given(st.lists(A_REPORT, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_of_rows_that_differ_the_same_one_stands_in_whatever_order_they_come(
    rows: list[Report], order: random.Random
) -> None:
    shuffled = list(rows)
    order.shuffle(shuffled)
    one, other = settle(rows), settle(shuffled)
    assert one == other
    assert one.reports[0].unoccupied == min(each.unoccupied for each in rows)
    assert len(one.reports) + one.repeated + one.overruled == len(rows)
    assert bool(one.contradictions) == (len(set(rows)) > 1)


def test_a_contradiction_names_programme_day_and_what_stands() -> None:
    [found] = settle([said(1, 10, 3), said(1, 10, 1)]).contradictions
    assert (found.kind, found.programme, found.day) == ("two_reports_of_a_day", "90001", date(2022, 1, 1))
    assert found.says == "unoccupied: 1 of 10 beds and 3 of 10 beds; the fewest stand"


def test_a_programme_that_counts_in_another_unit_is_named() -> None:
    [found] = settle([said(1, 10, 3), said(2, 6, 1, unit=Unit.ROOMS)]).contradictions
    assert (found.kind, found.day) == ("unit_changed", date(2022, 1, 2))


def test_an_id_derives_from_programme_day_and_content_and_from_nothing_else(series: Series) -> None:
    assert len({each.id for each in series.reports}) == 2501
    assert said(1, 10, 2).id == said(1, 10, 2).id
    others = (said(2, 10, 2), said(1, 11, 2), said(1, 10, 1), said(1, 10, 2, "90002"))
    assert said(1, 10, 2).id not in {each.id for each in others}


def test_the_carried_extract_is_small_licensed_whole_and_names_nobody() -> None:
    content, provenance = CARRIED.read_bytes(), (CARRIED.parent / "PROVENANCE.md").read_text()
    assert len(content) < 600_000
    assert hashlib.sha256(content).hexdigest() in provenance
    assert "Contains information licensed under the Open Government Licence - Toronto" in provenance
    assert "not children's care" in provenance
    rows = carried_rows()
    assert len(rows) == 2501
    assert not any(row[column] for row in rows for column in row if NAMES.fullmatch(column))
