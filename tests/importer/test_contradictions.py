"""Each contradiction is named with its kind, its URN and what is said, and mended by nobody."""

from collections.abc import Mapping
from datetime import date

import pytest

from services.vacancy_ingest.domain import register_contradictions
from services.vacancy_ingest.domain.register import RegisterFile
from tests.importer.making import (
    CLOSED,
    INSPECTED,
    MOVED,
    REGISTER,
    kinds,
    one,
    real,
    snapshot,
    table,
    taken,
)

URN = "SC900001"
EARLY, LATE = "31 August 2023", "31 March 2024"
OTHERS = [{"URN": f"SC9001{number:02}"} for number in range(12)]


def closed(*rows: Mapping[str, str]) -> RegisterFile:
    return one("Closed_31Mar24.csv", table(CLOSED, rows, f"Closed as at {LATE}"))


def moved(*rows: Mapping[str, str]) -> RegisterFile:
    return one("joiners_leavers_24.csv", table(MOVED, rows, f"Leavers and joiners at {LATE}"))


def inspected(*rows: Mapping[str, str]) -> RegisterFile:
    return one("in_year_2023-24.csv", table(INSPECTED, rows, f"Inspections to {LATE}"))


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("not_active_in_snapshot", {"Registration status": "Suspended"}),
        ("unknown_provision_type", {"Provision type": "Treehouse"}),
        ("unknown_region", {"Government Office Region": "Atlantis"}),
        ("unknown_borough", {"Local authority": "Atlantis"}),
        ("places_missing", {"Places": ""}),
        ("provider_missing", {"Organisation name": " "}),
        ("registration_date_missing", {"Registration date": "NULL"}),
        ("registered_after_snapshot", {"Registration date": "01/04/2024"}),
    ],
)
def test_a_setting_that_contradicts_itself_is_named(kind: str, cells: dict[str, str]) -> None:
    taking = taken(snapshot([cells, *OTHERS], LATE))
    assert [(found.kind, found.urn) for found in taking.contradictions] == [(kind, URN)]
    assert {change.urn for change in taking.changes} >= {URN}


def test_a_setting_stated_twice_counts_once_and_is_named() -> None:
    file = snapshot([{}, {"Places": "9"}, *OTHERS], LATE)
    taking = taken(file)
    assert (file.read_rows, file.rejected, len(file.settings)) == (14, 1, 13)
    assert kinds(taking) == {"stated_twice"}
    assert file.settings[0].places == 4


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("provision_type_changed", {"Provision type": "Secure children's home"}),
        ("region_changed", {"Government Office Region": "South East", "Local authority": "Haringey"}),
        ("registration_date_changed", {"Registration date": "02/02/2020"}),
        ("local_authority_changed", {"Local authority": "Barnet"}),
    ],
)
def test_what_should_not_change_between_snapshots_is_named(kind: str, cells: dict[str, str]) -> None:
    taking = taken(snapshot([{}, *OTHERS], EARLY), snapshot([cells, *OTHERS], LATE))
    assert [(found.kind, found.urn) for found in taking.contradictions] == [(kind, URN)]


def test_a_setting_registered_before_a_snapshot_that_lacks_it_is_named() -> None:
    taking = taken(snapshot(OTHERS, EARLY), snapshot([{}, *OTHERS], LATE))
    assert [(found.kind, found.urn) for found in taking.contradictions] == [
        ("registered_before_but_absent", URN)
    ]


def test_a_setting_that_comes_back_is_named() -> None:
    files = (snapshot([{}, *OTHERS], "31 March 2023"), snapshot(OTHERS, EARLY), snapshot([{}, *OTHERS], LATE))
    assert "came_back" in kinds(taken(*files))


def test_a_home_in_the_closed_list_that_is_still_active_is_named_and_not_closed() -> None:
    taking = taken(snapshot([{}, *OTHERS], LATE), closed({}))
    assert [(found.kind, found.urn) for found in taking.contradictions] == [("closed_but_active", URN)]
    assert not [change for change in taking.changes if change.what == "setting_left"]


def test_a_closing_day_after_the_snapshot_is_no_contradiction_but_a_departure() -> None:
    taking = taken(snapshot([{}, *OTHERS], EARLY), closed({}))
    assert taking.contradictions == ()
    (left,) = (change for change in taking.changes if change.what == "setting_left")
    assert (left.urn, left.as_at) == (URN, date(2024, 3, 1))


def test_a_leaver_that_is_still_listed_is_named() -> None:
    row = {
        "Joiner status": "",
        "Leaver status": "Leaver",
        "Registration status": "Resigned",
        "Date closed": "01/02/2024",
    }
    assert kinds(taken(snapshot([{}, *OTHERS], LATE), moved(row))) == {"leaver_still_listed"}


def test_an_absent_setting_that_the_closed_list_does_not_have_is_named_and_not_closed() -> None:
    taking = taken(snapshot([{}, *OTHERS], EARLY), snapshot(OTHERS, LATE), closed({"URN": "SC909999"}))
    assert kinds(taking) == {"absent_but_not_closed"}
    assert not [change for change in taking.changes if change.what == "setting_left"]


def test_two_closing_days_are_named() -> None:
    row = {
        "Joiner status": "",
        "Leaver status": "Leaver",
        "Registration status": "Resigned",
        "Date closed": "02/03/2024",
    }
    assert "closing_dates_differ" in kinds(taken(moved(row), closed({})))


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("closed_list_says_active", {"Registration status": "Active", "Date closed": ""}),
        ("closed_list_says_active", {"Registration status": "Active"}),
        ("closed_without_date", {"Date closed": ""}),
    ],
)
def test_a_closed_list_that_contradicts_itself_is_named(kind: str, cells: dict[str, str]) -> None:
    assert kinds(taken(closed(cells))) == {kind}


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("leaver_without_date", {"Leaver status": "Leaver", "Registration status": "Resigned"}),
        ("left_but_no_leaver", {"Date closed": "01/03/2024"}),
        ("leaver_still_active", {"Leaver status": "Leaver", "Date closed": "01/03/2024"}),
        (
            "left_before_registered",
            {"Leaver status": "Leaver", "Registration status": "Closed", "Date closed": "01/01/2020"},
        ),
        ("neither_joiner_nor_leaver", {"Joiner status": ""}),
    ],
)
def test_joiners_and_leavers_that_contradict_themselves_are_named(kind: str, cells: dict[str, str]) -> None:
    assert kinds(taken(moved(cells))) == {kind}


def test_a_joiner_that_no_snapshot_lists_is_named() -> None:
    assert kinds(taken(snapshot(OTHERS, LATE), moved({}))) == {"joiner_missing"}


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("inspected_after_file", {"Inspection date": "01/04/2024"}),
        ("inspected_before_registered", {"Inspection date": "01/02/2019"}),
        ("grade_without_full_inspection", {"Inspection event type": "Monitoring inspection"}),
        ("grade_unreadable", {"Overall experiences and progress of children and young people": "Splendid"}),
        ("inspected_active_but_absent", {"URN": "SC909999"}),
    ],
)
def test_inspections_that_contradict_themselves_or_the_snapshot_are_named(
    kind: str, cells: dict[str, str]
) -> None:
    assert kinds(taken(snapshot([{}, *OTHERS], LATE), inspected(cells))) == {kind}


def test_two_judgements_of_one_day_are_named_and_neither_is_believed() -> None:
    grade = "Overall experiences and progress of children and young people"
    again = one("again.csv", table(INSPECTED, [{grade: "Inadequate"}], f"Inspections to {LATE}"))
    taking = taken(snapshot([{}, *OTHERS], LATE), inspected({}), again)
    assert kinds(taking) == {"judgements_differ"}
    (given,) = (change for change in taking.changes if change.what == "judgement_given" and change.urn == URN)
    assert given.fields()["judgement"] == "unknown"


def test_two_snapshots_of_one_day_are_one_and_their_differences_are_named() -> None:
    taking = taken(snapshot([{}, *OTHERS], LATE, "a.csv"), snapshot([{"Places": "5"}], LATE, "b.csv"))
    named = {found.urn for found in taking.contradictions if found.kind == "same_day_files_differ"}
    assert named == {URN, *(row["URN"] for row in OTHERS)}
    appeared = {
        change.urn: change.fields()["places"]
        for change in taking.changes
        if change.what == "setting_appeared"
    }
    assert len(appeared) == 13
    assert {urn: places for urn, places in appeared.items() if urn == URN} == {URN: 4}
    assert not [change for change in taking.changes if change.what == "setting_left"]


def test_a_list_of_inspected_settings_alone_opens_and_closes_nothing() -> None:
    judged = real("slices/provider_at_march_2023.csv")
    assert judged.is_inspected_only
    taking = taken(snapshot([{}, *OTHERS], "31 March 2022"), judged)
    assert "lists_only_inspected" in kinds(taking)
    assert {change.urn for change in taking.changes} == {URN, *(row["URN"] for row in OTHERS)}
    assert taking.reconciliation == ()


def test_a_snapshot_with_some_uninspected_settings_is_complete() -> None:
    assert not real("slices/provider_at_march_2022.csv").is_inspected_only


def test_the_kinds_of_contradiction_are_all_explained() -> None:
    explained = register_contradictions.__doc__ or ""
    source = "".join(
        path.read_text()
        for path in (REGISTER.parents[1] / "services/vacancy_ingest/domain").glob("register_*.py")
    )
    quoted = {part.split('"')[0] for part in source.split('Contradiction("')[1:]}
    assert quoted
    assert all(f"`{kind}`" in explained for kind in quoted)
