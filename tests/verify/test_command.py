import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from typer.testing import CliRunner

from runtime.clock import VirtualClock
from runtime.log import Entry, Log
from runtime.sqlite_log import FILE_NAME, SqliteLog
from services.cli import app
from services.verifier.domain.promises import SAYS, Promise
from tests.verify.altering import TOPICS, Drafts, written
from tests.verify.story import START
from tests.verify.test_it_bites import a_window_ends_twice

PROMISES_SHOWN = ("at most one open window", "every window ends exactly once")


@contextmanager
def on_disk(folder: Path, log: Log) -> Iterator[SqliteLog]:
    """The same records in a file that a server still has open for writing."""
    clock = VirtualClock(START)
    server = SqliteLog(folder, clock, log_id=log.log_id, is_synced=False)
    for topic in TOPICS:
        for record in log.read(topic, 0, log.end(topic)):
            clock.set(record.stamped_at)
            server.append([Entry(record.topic, record.key, record.value, record.headers)])
    try:
        yield server
    finally:
        server.close()


def run(*words: str) -> tuple[int, str, str]:
    found = CliRunner().invoke(app, ["verify", *words], env={"COLUMNS": "200"})
    return found.exit_code, found.stdout, found.stderr


def test_a_kept_log_exits_with_0_beside_a_running_server_and_is_not_written_to(
    clean: Log, tmp_path: Path
) -> None:
    with on_disk(tmp_path, clean) as server:
        before = server.pulse()
        code, out, _ = run("--data", str(tmp_path))
        assert server.pulse() == before
    assert code == 0
    assert all(words in out for words in PROMISES_SHOWN)
    assert "Every promise was kept." in out


def test_machines_get_one_object_with_every_promise(clean: Log, tmp_path: Path) -> None:
    with on_disk(tmp_path, clean):
        code, out, _ = run("--data", str(tmp_path), "--json")
    found = json.loads(out)
    assert code == 0
    assert set(found) == {"promises", "records", "log_id"}
    assert found["records"] == sum(clean.end(topic) for topic in TOPICS)
    assert found["log_id"] == clean.log_id
    assert [each["promise"] for each in found["promises"]] == [promise.value for promise in Promise]
    assert all(set(each) == {"promise", "checked", "broken", "first"} for each in found["promises"])
    assert all(
        each["checked"] > 0 and each["broken"] == 0 and each["first"] is None for each in found["promises"]
    )


def test_a_broken_promise_exits_with_1_and_names_the_record(drafts: Drafts, tmp_path: Path) -> None:
    a_window_ends_twice(drafts)
    with on_disk(tmp_path, written(drafts)):
        code, out, _ = run("--data", str(tmp_path), "--json")
        people = run("--data", str(tmp_path))
    broken = {each["promise"]: each for each in json.loads(out)["promises"] if each["broken"]}
    assert code == people[0] == 1
    assert set(broken) == {Promise.WINDOWS_END_ONCE}
    first = broken[Promise.WINDOWS_END_ONCE]["first"]
    assert first["record"].startswith("offers:")
    assert first["reason"].endswith("ended, and was not open")
    assert first["record"] in people[1]


def test_a_folder_without_a_log_is_refused_in_one_line_and_stays_empty(tmp_path: Path) -> None:
    code, out, problem = run("--data", str(tmp_path), "--json")
    assert (code, out) == (2, "")
    assert problem.splitlines() == [f"{tmp_path / FILE_NAME}: there is no log"]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a log at all" * 100)
    assert run("--data", str(tmp_path))[0] == 2
    (tmp_path / FILE_NAME).write_bytes(b"")
    assert run("--data", str(tmp_path))[0] == 2


def test_an_empty_log_keeps_every_promise(tmp_path: Path) -> None:
    SqliteLog(tmp_path, VirtualClock(START)).close()
    code, out, _ = run("--data", str(tmp_path), "--json")
    assert code == 0
    assert {each["broken"] for each in json.loads(out)["promises"]} == {0}
    assert len(SAYS) == len(Promise)
