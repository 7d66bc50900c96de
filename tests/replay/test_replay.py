import json
import shutil
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from runtime.records import rfc3339
from runtime.sqlite_log import FILE_NAME
from tests.replay.conftest import Json, Played, run, told

pytestmark = pytest.mark.timeout(120)


def counted(played: Played, topic: str) -> int:
    with sqlite3.connect(played.data / FILE_NAME) as log:
        sql = "SELECT count(*) FROM records WHERE topic = ? AND NOT is_void"
        return int(log.execute(sql, (topic,)).fetchone()[0])


def test_the_whole_log_is_decided_again_to_the_same_bytes(played: Played) -> None:
    found = told("replay", "--data", str(played.data))
    assert found["difference"] is None
    assert found["decisions"] == {topic: counted(played, topic) for topic in ("offers", "placements")}


def test_people_are_told_how_many_were_the_same(played: Played) -> None:
    code, out, _ = run("replay", "--data", str(played.data))
    assert code == 0
    assert f"{counted(played, 'offers')} decisions about settings" in out
    assert "the same to the byte" in out


def test_it_runs_beside_a_system_that_writes(played: Played) -> None:
    assert played.replayed["difference"] is None
    assert 0 < played.replayed["decisions"]["offers"] < counted(played, "offers")


def as_pictured(state: Json) -> Json:
    """What a replay says, in the picture's terms."""
    return {
        "settings": state["settings"],
        "referrals": state["referrals"],
        "open_windows": sorted(each["window_id"] for each in state["open_windows"]),
        "held": state["places"].get("held", 0),
        "reserved": state["places"].get("reserved", 0),
        "vacancies": sum(state["vacancies"].values()),
    }


def test_the_state_at_an_instant_is_what_the_picture_showed_then(played: Played) -> None:
    moments = list(played.pictures)
    assert len(moments) >= 5
    for at in moments[:: max(1, len(moments) // 5)]:
        found = told("replay", "--data", str(played.data), "--until", rfc3339(at))
        assert found["difference"] is None
        assert as_pictured(found["state"]) == played.pictures[at]


def test_the_state_at_an_instant_holds_what_was_decided_at_it_and_nothing_later(played: Played) -> None:
    with sqlite3.connect(played.data / FILE_NAME) as log:
        sql = "SELECT headers FROM records WHERE topic = 'offers' ORDER BY offset LIMIT 1"
        first = datetime.fromisoformat(json.loads(log.execute(sql).fetchone()[0])["ce_time"])
    at, before = rfc3339(first), rfc3339(first - timedelta(microseconds=1))
    assert told("replay", "--data", str(played.data), "--until", at)["state"]["settings"] == {"registered": 1}
    none = told("replay", "--data", str(played.data), "--until", before)
    assert (none["decisions"]["offers"], none["state"]["settings"]) == (0, {})


def test_a_window_past_its_deadline_is_said_to_be(played: Played) -> None:
    """An instant is a moment of the log, not of the machine that asks."""
    at, shown = next((at, each) for at, each in played.pictures.items() if each["open_windows"])
    found = told("replay", "--data", str(played.data), "--until", rfc3339(at))["state"]["open_windows"]
    assert len(found) == len(shown["open_windows"])
    assert not any(each["is_past_deadline"] for each in found)


@pytest.fixture
def altered(played: Played, tmp_path: Path) -> Path:
    """A copy of the log with one digit of one decision changed, behind the back of its triggers."""
    shutil.copy(played.data / FILE_NAME, tmp_path / FILE_NAME)
    with sqlite3.connect(tmp_path / FILE_NAME) as log:
        log.execute("DROP TRIGGER records_stand")
        log.execute(
            """UPDATE records SET value = CAST(replace(CAST(value AS TEXT), '"fee":480000', '"fee":480001') AS BLOB)
            WHERE topic = 'offers' AND offset = 100"""
        )
    log.close()
    return tmp_path


def test_a_log_with_one_digit_altered_fails_and_the_record_is_named(altered: Path) -> None:
    code, out, _ = run("replay", "--data", str(altered), "--json")
    found = json.loads(out)
    assert code == 1
    assert found["difference"]["record"] == "offers:100"
    assert found["decisions"]["offers"] == 100
    assert "fee" in found["difference"]["what"]
    code, out, _ = run("replay", "--data", str(altered))
    assert code == 1
    assert "offers:100" in out.replace("\n", " ")


def test_what_is_altered_later_is_no_matter_at_an_instant_before(altered: Path) -> None:
    with sqlite3.connect(altered / FILE_NAME) as log:
        sql = "SELECT headers FROM records WHERE topic = 'offers' AND offset = 60"
        at = json.loads(log.execute(sql).fetchone()[0])["ce_time"]
    assert told("replay", "--data", str(altered), "--until", at)["difference"] is None


@pytest.mark.parametrize("until", ["yesterday", "2026-11-02", "2026-11-02T09:00:00", "2026-13-02T09:00:00Z"])
def test_what_is_no_instant_is_refused_in_one_line(played: Played, until: str) -> None:
    code, out, err = run("replay", "--data", str(played.data), "--until", until)
    assert (code, out, len(err.splitlines())) == (2, "", 1)


def test_where_there_is_no_log_one_line_says_so(tmp_path: Path) -> None:
    for command in (["replay"], ["explain", "T-1:1:1"]):
        code, out, err = run(*command, "--data", str(tmp_path))
        assert (code, out, len(err.splitlines())) == (2, "", 1)
    (tmp_path / FILE_NAME).write_bytes(b"no log at all, but long enough to be looked at" * 50)
    code, out, err = run("replay", "--data", str(tmp_path))
    assert (code, out, len(err.splitlines())) == (2, "", 1)
