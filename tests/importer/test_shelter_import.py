"""`hearth import shelter-series`: what the rules show is what the last day's rows say, however they came."""

import json
import random
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from runtime.clock import VirtualClock
from runtime.log import Entry, Placed
from runtime.memory_log import MemoryLog
from schemas.words import Freshness
from services.cli import app
from services.commands.importing_shelter import Rules
from services.vacancy_ingest.domain.shelter import Numbers, ProgrammeId, figures, settle
from services.vacancy_ingest.shelter_import import Imported, SeriesRefused, report, series_of
from tests.importer.shelter_making import CARRIED, LONG_BEFORE, ROW, Shelter, carried_rows, file_of, said

SERIES = series_of(CARRIED)
LAST_DAY = {each.programme: each.numbers for each in SERIES.reports if each.day == SERIES.reports[-1].day}


@pytest.fixture(scope="module")
def whole() -> tuple[Shelter, Imported]:
    shelter = Shelter()
    return shelter, shelter.take(SERIES)


def test_what_is_shown_equals_the_last_days_rows_programme_by_programme(
    whole: tuple[Shelter, Imported],
) -> None:
    live = whole[1].live
    assert live.shown == LAST_DAY
    assert (len(LAST_DAY), sum(each.capacity for each in LAST_DAY.values())) == (140, 6405)
    assert (live.differs, live.has_moved_on) == ((), False)


def test_every_statement_is_accepted_and_none_is_a_conflict(whole: tuple[Shelter, Imported]) -> None:
    assert whole[1].refused == {}
    decisions = [json.loads(value) for topic, _, value in whole[0].everything() if topic == "offers"]
    assert {each["answer"] for each in decisions} == {"accepted"}
    assert not any(each["state"]["conflicts"] or each["state"]["over"] for each in decisions)
    assert whole[0].log.end("dead-letters") == 0


def test_freshness_is_judged_as_at_the_last_day_and_no_window_opens_beyond_the_known_holidays(
    whole: tuple[Shelter, Imported],
) -> None:
    live = whole[1].live
    assert live.freshness == {"fresh": 227}
    assert live.blocked == {"beyond_known_holidays": 227}
    stamps = [each.stamped_at for each in whole[0].log.read("vacancies", 0, 100_000)]
    assert max(stamps) == datetime(2022, 1, 18, tzinfo=UTC)
    assert all(one <= other for one, other in pairwise(stamps))


def test_a_second_import_writes_nothing_also_of_shuffled_and_doubled_rows(
    whole: tuple[Shelter, Imported],
) -> None:
    before = whole[0].everything()
    rows = list(SERIES.reports) * 2
    random.Random(7).shuffle(rows)
    again = whole[0].take(settle(rows))
    assert (again.written, again.already_known, again.live.shown) == (0, 2501, LAST_DAY)
    assert whole[0].everything() == before


def test_two_halves_in_the_wrong_order_show_the_same_and_older_rows_change_nothing_newer() -> None:
    shelter, middle = Shelter(), len(SERIES.reports) // 2
    newer = shelter.say(*SERIES.reports[middle:])
    assert newer.live.shown == LAST_DAY
    older = shelter.say(*SERIES.reports[:middle])
    assert older.figures == figures(SERIES.stated())
    assert older.live.shown == LAST_DAY
    assert older.live.as_at == SERIES.reports[-1].day
    settings = {each.programme for each in SERIES.reports[middle:]}
    refused = [each for each in SERIES.reports[:middle] if each.programme in settings]
    assert older.refused == {"older_observation": len(refused)}


def test_a_silent_programme_closes_nothing_and_ages() -> None:
    other = [said(day, 4, 1, "90002") for day in (1, 7, 12)]
    shelter = Shelter()
    [silent] = shelter.say(said(1, 10, 3), *other).live.silent
    assert (silent.programme, silent.unoccupied, silent.freshness) == ("90001", 3, Freshness.STALE)
    back = shelter.say(said(13, 10, 2))
    assert back.live.shown == {"90001": Numbers(10, 2)}
    assert back.live.freshness == {"fresh": 3}


def test_two_later_imports_of_one_day_that_differ_are_named_and_the_later_stands() -> None:
    shelter = Shelter()
    shelter.say(said(1, 10, 3))
    again = shelter.say(said(1, 10, 5))
    assert [each.kind for each in again.restated] == ["restated"]
    assert again.live.shown == {"90001": Numbers(10, 5)}
    assert again.live.differs == ()


class Stopping(MemoryLog):
    """A log whose process ends before its n-th append."""

    appends_left = 0

    def append(self, *args: object, **options: object) -> tuple[Placed, ...]:
        if self.appends_left == 0:
            raise KeyboardInterrupt
        self.appends_left -= 1
        return super().append(*args, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("appends", [0, 1, 2, 3, 4])
def test_an_import_that_was_stopped_anywhere_is_finished_by_the_next(appends: int) -> None:
    reports = [said(1, 10, 3), said(2, 8, 8), said(3, 12, 0), said(1, 4, 1, "90002")]
    clock = VirtualClock(LONG_BEFORE)
    log = Stopping(clock)
    log.appends_left = appends
    shelter, undisturbed = Shelter(log, clock), Shelter()
    with pytest.raises(KeyboardInterrupt):
        shelter.say(*reports)
    log.appends_left = 1_000
    assert shelter.say(*reports).live == undisturbed.say(*reports).live
    assert [each[:2] for each in shelter.everything() if each[0] == "vacancies"] == [
        each[:2] for each in undisturbed.everything() if each[0] == "vacancies"
    ]


def test_a_programme_that_is_shown_otherwise_is_named() -> None:
    shelter = Shelter()
    shelter.say(said(1, 10, 3))
    shelter.clock.set(datetime(2022, 3, 1, tzinfo=UTC))
    Rules(shelter.log, shelter.clock).let_time_pass()
    live = shelter.say(said(1, 10, 3)).live
    assert live.has_moved_on
    [difference] = live.differs
    assert difference.stated == Numbers(10, 3)
    assert difference.shown == Numbers(10, 0)
    assert difference.programme == ProgrammeId("90001")


def test_a_log_of_other_settings_is_refused_and_stays_as_it_was() -> None:
    shelter = Shelter()
    shelter.log.append([Entry("vacancies", "SC000001", b"{}", {"ce_id": "another", "ce_source": "hearth/x"})])
    with pytest.raises(SeriesRefused, match="a log of its own"):
        shelter.say(said(1, 10, 3))
    assert shelter.log.end("vacancies") == 1


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["import", "shelter-series", *map(str, words)])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_gives_one_json_object_of_the_promised_shape(tmp_path: Path) -> None:
    some = [row for row in carried_rows() if row["PROGRAM_ID"] in ("16058", "12251", "14911")]
    file = file_of(tmp_path, some)
    code, out, _ = run(file, "--data", tmp_path / "log", "--json")
    found = json.loads(out)
    assert (code, found["is_analogue"], found["live"]["agrees"]) == (0, True, True)
    assert "not children's care" in found["says"]
    assert set(found["last_day"]) == {"day", "programmes", "capacity", "unoccupied", "with_vacancy"}
    assert {name: found["live"][name] for name in found["last_day"] if name != "day"} == {
        name: number for name, number in found["last_day"].items() if name != "day"
    }
    assert (found["live"]["as_at"], found["file"]["units"]) == ("2022-01-18", {"beds": 2, "rooms": 1})
    assert [each["programme"] for each in found["live"]["silent"]] == ["16058"]
    assert found["events"] == {"written": found["rows"] + 6, "already_known": 0, "refused": {}}
    code, out, _ = run(file, "--data", tmp_path / "log")
    assert (code, "not children's care" in out, "0 records written" in out) == (0, True, True)


def test_the_command_refuses_a_bad_file_in_one_line_and_makes_no_log(tmp_path: Path) -> None:
    file = file_of(tmp_path, [{**ROW, "OCCUPIED_BEDS": "Invented Shelters"}], "bad.csv")
    code, out, errors = run(file, "--data", tmp_path / "log", "--json")
    assert (code, out) == (2, "")
    assert errors == "bad.csv, row 2, column OCCUPIED_BEDS: not a whole number\n"
    assert not (tmp_path / "log").exists()


def test_reports_are_plain_values() -> None:
    assert json.loads(json.dumps(report(Shelter().say(said(1, 10, 3))), default=str))["programmes"] == 1
