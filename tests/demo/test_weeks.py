"""The six weeks show every law, are the same for the same seed, and leave real homes in peace."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runtime.clock import SystemClock
from runtime.sqlite_log import SqliteLog
from services.demo.laws import LAWS, not_seen
from services.demo.run import WEEKS, run_weeks
from services.demo.summary import Summary, summary
from services.demo.tally import records
from services.demo.world import MADE_UP
from tests.demo.conftest import ENDS_AT, SEED, Done

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LONDON_HOMES, LONDON_PLACES = 220, 1007
"""Children's homes of London and their places on 31 March 2024, as the register has them."""


def decisions(log: SqliteLog) -> str:
    """Every decision of both rule books, as one digest."""
    digest = hashlib.sha256()
    for topic in ("offers", "placements"):
        for record in records(log, topic):
            digest.update(record.value + b"\n")
    return digest.hexdigest()


@pytest.mark.parametrize("law", LAWS)
def test_every_law_leaves_its_trace(law: str, done: Done) -> None:
    assert LAWS[law](done.weeks.tally) > 0


def test_every_scene_was_played_to_its_end(done: Done) -> None:
    assert done.weeks.life.play.given_up == []


def test_another_seed_over_christmas_shows_every_law_too(tmp_path: Path) -> None:
    weeks = run_weeks(tmp_path, datetime(2026, 1, 7, 3, 12, tzinfo=UTC), SEED + 1)
    assert not_seen(weeks.tally) == []
    assert weeks.life.play.given_up == []


def test_the_same_seed_writes_the_same_decisions_to_the_byte(done: Done, tmp_path: Path) -> None:
    run_weeks(tmp_path, ENDS_AT, SEED)
    log = SqliteLog(tmp_path, SystemClock(), is_read_only=True)
    try:
        assert decisions(log) == decisions(done.log)
    finally:
        log.close()


def test_the_real_register_is_counted_as_the_regulator_counts_it(done: Done) -> None:
    found = summary(done.weeks.tally, SEED, ENDS_AT - WEEKS, ENDS_AT, {})
    assert found.settings["childrens_home"] == LONDON_HOMES
    assert found.places["childrens_home"] == LONDON_PLACES


def test_the_summary_is_one_object_of_plain_numbers(done: Done) -> None:
    found = summary(done.weeks.tally, SEED, ENDS_AT - WEEKS, ENDS_AT, {})
    assert Summary.model_validate_json(found.model_dump_json()) == found
    ended = sum(sum(tiers.values()) for tiers in found.windows.values())
    assert ended + found.windows_open == len(done.weeks.tally.facts["WindowOpened"])
    assert min(found.vacancies, found.matches, found.placements, found.alerts, *found.refusals.values()) > 0


def test_nothing_that_speaks_ill_of_a_home_is_made_up_of_a_real_one(done: Done) -> None:
    tally = done.weeks.tally
    ill = [*tally.facts["BypassRecorded"], *tally.facts["CapacityExceeded"], *tally.facts["SettingPaused"]]
    ill += [told for told in tally.facts["WindowEnded"] if told.fact["outcome"] == "rejudged"]
    ill += [told for told in tally.facts["WindowReleased"] if told.fact["reason"] == "quality_concern"]
    ill += [
        told
        for told in tally.facts["NominationEnded"]
        if told.fact["provider_reason"] in {"ofsted_rating_concern", "already_filled"}
    ]
    assert ill
    assert all(told.key.startswith(MADE_UP) for told in ill)


def test_every_home_that_the_register_judges_is_judged_in_the_log(done: Done) -> None:
    tally = done.weeks.tally
    real = [told.key for told in tally.facts["SettingRegistered"] if not told.key.startswith(MADE_UP)]
    judged = {told.key for told in tally.facts["SettingJudged"]}
    closed = {told.key for told in tally.facts["SettingClosed"]}
    waiting = {
        told.key for told in tally.facts["OpeningBlocked"] if told.fact["reason"] == "judgement_unknown"
    }
    assert len([key for key in real if key not in judged and key not in closed]) == 0
    assert {key for key in waiting if not key.startswith(MADE_UP)} == set()
