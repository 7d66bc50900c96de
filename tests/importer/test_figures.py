from datetime import date

import pytest

from schemas.words import RegisteredAs
from services.vacancy_ingest.domain.register import ENGLAND
from services.vacancy_ingest.domain.register_reconcile import Line
from services.vacancy_ingest.domain.register_take import Taking, report
from tests.importer.making import AUG_2023, CLOSED_2024, MAR_2024, real, taken

TWELVE = {
    *("2510199", "2523028", "2537782", "2563544", "2590732", "2614508"),
    *("2632092", "SC013143", "SC013144", "SC069128", "SC379123", "SC432843"),
}


@pytest.fixture(scope="module")
def england() -> Taking:
    return taken(real(AUG_2023), real(MAR_2024), real(CLOSED_2024))


def homes(taking: Taking, region: str) -> Line:
    (line,) = (
        line
        for line in taking.reconciliation
        if line.region == region and line.registered_as is RegisteredAs.CHILDRENS_HOME
    )
    return line


def test_london_had_194_homes_gained_32_lost_6_and_has_220(england: Taking) -> None:
    counts = homes(england, "London").settings
    assert (counts.before, counts.joined, counts.left, counts.after) == (194, 32, 6, 220)


def test_londons_places_are_945_and_111_less_52_and_3_more_1007(england: Taking) -> None:
    counts = homes(england, "London").places
    assert (counts.before, counts.joined, counts.left, counts.changed, counts.after) == (
        945,
        111,
        52,
        3,
        1007,
    )


def test_england_had_3221_homes_gained_280_lost_78_and_has_3423(england: Taking) -> None:
    counts = homes(england, ENGLAND).settings
    assert (counts.before, counts.joined, counts.left, counts.after) == (3221, 280, 78, 3423)


def test_the_file_named_august_2024_is_of_31_march_2024(england: Taking) -> None:
    line = homes(england, ENGLAND)
    assert (line.since, line.until) == (date(2023, 8, 31), date(2024, 3, 31))


def test_the_twelve_homes_that_are_closed_and_active_are_named_and_stay_open(england: Taking) -> None:
    named = [found for found in england.contradictions if found.kind == "closed_but_active"]
    assert {found.urn for found in named} == TWELVE
    assert len(named) == len(TWELVE)
    assert not TWELVE & {change.urn for change in england.changes if change.what == "setting_left"}


def test_every_line_adds_up(england: Taking) -> None:
    for line in england.reconciliation:
        settings, places = line.settings, line.places
        assert settings.before + settings.joined - settings.left == settings.after
        assert settings.before + settings.after > 0
        assert places.before + places.joined - places.left + places.changed == places.after


def test_the_regions_before_and_after_add_up_to_england(england: Taking) -> None:
    lines = [line for line in england.reconciliation if line.registered_as is RegisteredAs.CHILDRENS_HOME]
    whole = homes(england, ENGLAND).settings
    parts = [line.settings for line in lines if line.region != ENGLAND]
    assert sum(part.before for part in parts) == whole.before
    assert sum(part.after for part in parts) == whole.after


def test_a_region_alone_gives_its_own_lines_settings_and_contradictions(england: Taking) -> None:
    london = taken(real(AUG_2023), real(MAR_2024), real(CLOSED_2024), region="London")
    assert {line.region for line in london.reconciliation} == {"London"}
    assert homes(london, "London") == homes(england, "London")
    assert not TWELVE & {found.urn for found in london.contradictions}
    everywhere = {change.id: change for change in england.changes}
    assert london.changes == tuple(everywhere[change.id] for change in london.changes)


def test_every_london_setting_has_its_borough_and_no_other_has_one(england: Taking) -> None:
    appeared = [change for change in england.changes if change.what == "setting_appeared"]
    for change in appeared:
        assert change.what == "setting_appeared"
        region, borough = change.fields()["region"], change.fields()["borough"]
        assert (borough is not None and str(borough).startswith("E090000")) == (region == "London")


def test_the_slipped_short_break_column_is_named_and_not_used(england: Taking) -> None:
    (found,) = (one for one in england.contradictions if one.kind == "short_break_column_not_credible")
    assert "slipped" in found.says
    assert MAR_2024 in found.says


def test_the_report_is_one_object_of_the_agreed_shape(england: Taking) -> None:
    told = report(england, written=7, already_known=3)
    assert list(told) == ["files", "events", "reconciliation", "contradictions"]
    assert told["events"] == {"written": 7, "already_known": 3}
    files, lines, named = told["files"], told["reconciliation"], told["contradictions"]
    assert isinstance(files, list)
    assert isinstance(lines, list)
    assert isinstance(named, list)
    later = {
        "file": MAR_2024,
        "kind": "register_snapshot",
        "as_at": "2024-03-31",
        "rows": 3566,
        "rejected": 0,
    }
    assert files[1] == later
    assert {
        "from": "2023-08-31",
        "to": "2024-03-31",
        "region": "London",
        "provision_type": "childrens_home",
        "settings": {"before": 194, "joined": 32, "left": 6, "after": 220},
        "places": {"before": 945, "joined": 111, "left": 52, "changed": 3, "after": 1007},
    } in lines
    assert all(set(one) == {"kind", "urn", "says"} for one in named)
