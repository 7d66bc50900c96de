"""What the register's files come to as changes: ids that repeat, judgements, and what closes a setting."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.vacancy_ingest.domain.register import Refusal
from services.vacancy_ingest.domain.register_changes import Change, SettingLeft, fold
from services.vacancy_ingest.domain.register_take import Taking, take_into
from tests.importer.making import (
    AUG_2023,
    CLOSED,
    CLOSED_2024,
    INSPECTED,
    INSPECTED_2024,
    JUDGED_2023,
    MAR_2024,
    boroughs,
    one,
    raw,
    real,
    rows_of,
    snapshot,
    table,
    taken,
    written,
)

EARLY, LATE = "31 August 2023", "31 March 2024"
HOMES = [{"URN": f"SC9001{number:02}"} for number in range(12)]


def ids(taking: Taking) -> set[str]:
    return {change.id for change in taking.changes}


def of(taking: Taking, what: str) -> list[Change]:
    return [change for change in taking.changes if change.what == what]


def test_importing_twice_gives_the_same_ids_and_each_once() -> None:
    first = taken(real(AUG_2023), real(MAR_2024), real(CLOSED_2024))
    again = taken(real(AUG_2023), real(MAR_2024), real(CLOSED_2024))
    assert first.changes == again.changes
    assert len(ids(first)) == len(first.changes)


def test_the_order_in_which_files_are_given_does_not_matter() -> None:
    files = [real(name) for name in (AUG_2023, MAR_2024, CLOSED_2024, JUDGED_2023, INSPECTED_2024)]
    assert taken(*files).changes == taken(*reversed(files)).changes


def test_a_later_snapshot_alone_gives_the_changes_that_both_together_give() -> None:
    together = taken(real(AUG_2023), real(MAR_2024))
    first = taken(real(AUG_2023))
    later = taken(real(MAR_2024), baseline=fold(first.changes, before=date(2024, 3, 31)))
    assert ids(first) | ids(later) == ids(together)
    assert later.reconciliation == together.reconciliation
    assert all(change.as_at > date(2023, 8, 31) for change in later.changes)


def test_the_same_later_snapshot_again_gives_the_same_ids_again() -> None:
    first = taken(real(AUG_2023))
    later = taken(real(MAR_2024), baseline=fold(first.changes, before=date(2024, 3, 31)))
    log = (*first.changes, *later.changes)
    again = taken(real(MAR_2024), baseline=fold(log, before=date(2024, 3, 31)))
    assert ids(again) == ids(later)


def test_an_earlier_snapshot_after_a_later_one_closes_nothing() -> None:
    log = taken(real(MAR_2024)).changes
    late = taken(real(AUG_2023), baseline=fold(log, before=date(2023, 8, 31)))
    assert of(late, "setting_left") == []


def test_one_region_alone_can_be_imported_again_later() -> None:
    first = taken(real(AUG_2023), region="London")
    later = taken(real(MAR_2024), region="London", baseline=fold(first.changes, before=date(2024, 3, 31)))
    both = taken(real(AUG_2023), real(MAR_2024), region="London")
    assert {change.urn for change in of(later, "setting_left")} == {
        change.urn for change in of(both, "setting_left")
    }


def into(log: Sequence[Change], *names: str, region: str | None = None) -> Taking:
    taking = take_into(log, [real(name) for name in names], boroughs(), region)
    assert isinstance(taking, Taking), taking
    return taking


def test_one_file_after_another_gives_what_all_together_give() -> None:
    together = taken(real(AUG_2023), real(MAR_2024), real(CLOSED_2024))
    log: tuple[Change, ...] = ()
    for name in (AUG_2023, MAR_2024, CLOSED_2024):
        log += into(log, name).changes
    assert {change.id for change in log} == ids(together)


@pytest.mark.parametrize("names", [(CLOSED_2024,), (AUG_2023, CLOSED_2024)])
def test_a_closed_list_after_the_snapshot_still_closes_no_home_that_is_listed(names: tuple[str, ...]) -> None:
    log = taken(real(AUG_2023), real(MAR_2024)).changes
    later = into(log, *names)
    listed = {row.urn for row in real(MAR_2024).settings}
    assert not {change.urn for change in of(later, "setting_left")} & listed
    named = [found for found in later.contradictions if found.kind == "closed_but_active"]
    assert len(named) == 12


def test_everything_again_into_its_own_log_gives_nothing_new() -> None:
    names = (AUG_2023, MAR_2024, CLOSED_2024, JUDGED_2023, INSPECTED_2024)
    first = into((), *names)
    assert into(first.changes, *names).changes == first.changes


def test_inspections_alone_judge_what_the_log_lists() -> None:
    log = taken(real(AUG_2023), real(MAR_2024)).changes
    told = of(into(log, INSPECTED_2024), "judgement_given")
    both = of(taken(real(AUG_2023), real(MAR_2024), real(INSPECTED_2024)), "judgement_given")
    assert [change.id for change in told] == [change.id for change in both]


def test_one_region_alone_after_all_england_closes_nothing_elsewhere() -> None:
    log = taken(real(AUG_2023)).changes
    later = into(log, MAR_2024, region="London")
    together = taken(real(AUG_2023), real(MAR_2024), region="London")
    assert {change.urn for change in of(later, "setting_left")} == {
        change.urn for change in of(together, "setting_left")
    }


def test_a_better_known_reason_does_not_close_a_setting_twice() -> None:
    vague = taken(real(AUG_2023), real(MAR_2024))
    exact = taken(real(AUG_2023), real(MAR_2024), real(CLOSED_2024))
    assert {change.id for change in of(vague, "setting_left")} == {
        change.id for change in of(exact, "setting_left")
    }
    assert all(isinstance(left, SettingLeft) and left.left_on for left in of(exact, "setting_left"))


@given(st.sets(st.integers(0, 11), max_size=2), st.sets(st.integers(0, 11)))
def test_a_setting_is_in_the_register_after_its_changes_if_the_last_snapshot_lists_it(
    gone: set[int], grown: set[int]
) -> None:
    after = [
        {**home, "Places": "6" if number in grown else "4"}
        for number, home in enumerate(HOMES)
        if number not in gone
    ]
    taking = taken(snapshot(HOMES, EARLY), snapshot(after, LATE))
    folded = fold(taking.changes, before=date(2025, 1, 1))
    assert folded is not None
    assert {urn: row.places for urn, row in folded.rows.items()} == {
        row["URN"]: int(row["Places"]) for row in after
    }


def test_what_changed_is_stated_once_and_what_did_not_is_not() -> None:
    after = [{**HOMES[0], "Places": "5"}, {**HOMES[1], "Registration status": "Suspended"}, *HOMES[2:]]
    taking = taken(snapshot(HOMES, EARLY), snapshot(after, LATE))
    later = [(change.what, change.urn) for change in taking.changes if change.as_at == date(2024, 3, 31)]
    assert later == [("places_changed", "SC900100"), ("standing_changed", "SC900101")]


def test_a_setting_listed_as_resigned_has_left() -> None:
    after = [{**HOMES[0], "Registration status": "Resigned"}, *HOMES[1:]]
    taking = taken(snapshot(HOMES, EARLY), snapshot(after, LATE))
    (left,) = of(taking, "setting_left")
    assert (left.urn, left.fields()["standing"]) == ("SC900100", "resigned")


def test_the_latest_full_inspection_judges() -> None:
    grade = "Overall experiences and progress of children and young people"
    rows = [
        {"URN": "SC900100", "Inspection date": "01/02/2024", grade: "Inadequate"},
        {"URN": "SC900100", "Inspection date": "01/06/2023", grade: "Good"},
        {
            "URN": "SC900100",
            "Inspection date": "01/03/2024",
            grade: "",
            "Inspection event type": "Assurance visit",
        },
        {
            "URN": "SC900100",
            "Inspection date": "02/03/2024",
            grade: "Good",
            "Inspection event type": "Monitoring inspection",
        },
    ]
    inspections = one("x.csv", table(INSPECTED, rows, "Inspections to 31 March 2024"))
    taking = taken(snapshot(HOMES, LATE), inspections)
    (given_,) = (change for change in of(taking, "judgement_given") if change.urn == "SC900100")
    assert (given_.as_at, given_.fields()["judgement"]) == (date(2024, 2, 1), "inadequate")


def test_an_outcome_of_supported_accommodation_is_one_of_three() -> None:
    grade = "Overall experiences and progress of children and young people"
    outcomes = {
        "Consistently strong service delivery leads to typically positive experiences": "outcome_1",
        "Inconsistent quality of service delivery adversely affects experiences": "outcome_2",
        "Serious or widespread weaknesses lead to significant concerns": "outcome_3",
    }
    rows = [{"URN": f"SC90010{number}", grade: said} for number, said in enumerate(outcomes)]
    taking = taken(
        snapshot(HOMES, LATE), one("x.csv", table(INSPECTED, rows, "Inspections to 31 March 2024"))
    )
    told = {change.urn: change.fields()["judgement"] for change in of(taking, "judgement_given")}
    assert {f"SC90010{number}": word for number, word in enumerate(outcomes.values())}.items() <= told.items()


def test_not_yet_inspected_is_said_only_where_every_inspection_is_known() -> None:
    without = taken(real(AUG_2023), real(MAR_2024), region="London")
    assert of(without, "judgement_given") == []
    known = taken(*map(real, (AUG_2023, MAR_2024, JUDGED_2023, INSPECTED_2024)))
    told = [
        change
        for change in of(known, "judgement_given")
        if change.fields()["judgement"] == "not_yet_inspected"
    ]
    london = {row.urn: row for row in real(MAR_2024).settings if row.region == "London"}
    assert told
    assert all(change.urn in london and change.as_at == london[change.urn].registered_on for change in told)


def test_silence_of_a_part_of_a_list_or_of_an_old_list_means_nothing() -> None:
    part = real("slices/Provider_level_in_year_2022-23.csv")
    old = real(JUDGED_2023)
    for files in ((real(AUG_2023), part), (real(AUG_2023), real(MAR_2024), old)):
        told = [change.fields()["judgement"] for change in of(taken(*files), "judgement_given")]
        assert told
        assert "not_yet_inspected" not in told


def test_a_change_states_json_values_alone_and_nothing_of_names_or_addresses() -> None:
    taking = taken(real(AUG_2023), real(MAR_2024), real(CLOSED_2024), region="London")
    allowed = {
        *("urn", "as_at", "registered_as", "registered_on", "standing", "region", "borough", "provider_id"),
        *("sector", "places", "is_short_break_only", "judgement", "left_on"),
    }
    for change in taking.changes:
        assert change.fields().keys() <= allowed
        assert all(isinstance(value, str | int | bool | None) for value in change.fields().values())


def test_a_file_of_one_region_alone_is_not_half_read_where_that_region_is_meant() -> None:
    log = taken(real(AUG_2023)).changes
    header, *rows = rows_of(raw(MAR_2024))
    place = header.index("Government Office Region")
    london = one(MAR_2024, written([header, *[row for row in rows if row[place] == "London"]]))
    taking = take_into(log, [london], boroughs(), "London")
    assert isinstance(taking, Taking)
    assert len(of(taking, "setting_left")) == 9
    assert isinstance(take_into(log, [london], boroughs()), Refusal)


def test_a_leaving_known_from_a_closed_list_does_not_hide_an_earlier_one_told_later() -> None:
    first, second = ({"URN": home["URN"]} for home in HOMES[:2])
    march = one(
        "a.csv", table(CLOSED, [{**first, "Date closed": "01/03/2024"}], "Closed as at 31 March 2024")
    )
    february = one(
        "b.csv", table(CLOSED, [{**second, "Date closed": "01/02/2024"}], "Closed as at 31 March 2024")
    )
    log = taken(snapshot(HOMES, EARLY), march).changes
    taking = take_into(log, [february], boroughs())
    assert isinstance(taking, Taking)
    assert [(left.urn, left.as_at) for left in of(taking, "setting_left")] == [
        (second["URN"], date(2024, 2, 1))
    ]


def test_a_snapshot_that_no_longer_names_an_organisation_changes_no_provider() -> None:
    after = [{**HOMES[0], "Organisation name": ""}, *HOMES[1:]]
    taking = taken(snapshot(HOMES, EARLY), snapshot(after, LATE))
    assert of(taking, "setting_amended") == []
