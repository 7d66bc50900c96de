"""A log that cannot be written, or that somebody cut off: what callers are told, and what is there afterwards."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random
from signal import Signals
from threading import Event

import pytest

from runtime.clock import SystemClock
from runtime.log import LogUnavailable
from runtime.sqlite_log import FILE_NAME, SqliteLog
from tests.http.world import HOME, home
from tests.storm.served import NotStarted, Served, counts, verify
from tests.storm.storm import Asked, Ledger, Voice
from tests.storm.test_storm import must_be_once

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
TRIES_MAX = 3000
NO_LIMIT = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest.fixture
def almond(served: Served) -> Iterator[Voice]:
    voice = Voice("almond", served.url, Ledger(), Event(), Random(1))
    yield voice
    voice.client.close()


def say(voice: Voice, path: str, body: dict[str, object] | None = None) -> int:
    """Say something new, once, and return the status."""
    voice.said += 1
    return voice.try_once(voice.ledger.ask(Asked(voice.who, path, body or {}, f"{voice.who}-{voice.said}")))


def say_until_refused(voice: Voice) -> int:
    """Go on until an answer is not 200; return that one."""
    for _ in range(TRIES_MAX):
        if (status := say(voice, f"/v1/settings/{HOME}/no-change")) != 200:
            return status
    raise AssertionError("the disk is never full")


def everything_again(voice: Voice) -> list[int]:
    """Say everything again under its own key."""
    return [voice.try_once(asked) for asked in voice.ledger.asked]


def end_well(served: Served, voice: Voice) -> None:
    """Stop the server, and hold its log against what was acknowledged and against every promise."""
    assert served.kill(Signals.SIGTERM) in {0, -Signals.SIGTERM}
    must_be_once(voice.ledger.asked, counts(served.data))
    assert not verify(served.data)


# --- no room --------------------------------------------------------------------------------------------------


def test_no_room_is_503_and_the_same_server_goes_on_when_there_is_room(served: Served, almond: Voice) -> None:
    """The system lets the server's files grow no more: a disk that takes no byte, for whoever runs the test."""
    served.start()
    assert served.process is not None
    assert say(almond, "/v1/settings", home()) == 200
    for room in (20_000, 90_000):
        largest = max(each.stat().st_size for each in served.data.iterdir())
        resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (largest + room, resource.RLIM_INFINITY))
        assert say_until_refused(almond) == 503
        assert say(almond, f"/v1/settings/{HOME}/no-change") == 503
        assert almond.client.get(f"/v1/settings/{HOME}").status_code == 200, "what is known can be read"
        resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, NO_LIMIT)
        assert set(everything_again(almond)) == {200}
    assert "the disk cannot be read or written" in served.printed
    end_well(served, almond)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four mebibytes; only root can make one."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root can mount a small file system; the limit on file size is tested for everybody")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_is_503_and_is_survived_also_by_a_kill(
    small_disk: Path, served: Served, almond: Voice
) -> None:
    served.data = small_disk / "data"
    served.start()
    assert say(almond, "/v1/settings", home()) == 200
    (small_disk / "ballast").write_bytes(bytes(room_in(small_disk) - 300_000))
    assert say_until_refused(almond) == 503
    assert "the disk is full" in served.printed
    served.kill()
    (small_disk / "ballast").unlink()
    served.start()
    assert set(everything_again(almond)) == {200}
    end_well(served, almond)


def room_in(place: Path) -> int:
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize


# --- read-only ------------------------------------------------------------------------------------------------


def test_a_log_file_that_is_read_only_is_503_with_its_reason_and_can_be_read(
    served: Served, almond: Voice
) -> None:
    served.start()
    assert say(almond, "/v1/settings", home()) == 200
    served.kill(Signals.SIGTERM)
    (served.data / FILE_NAME).chmod(0o444)
    served.start(bound_by_file_modes())
    assert say(almond, f"/v1/settings/{HOME}/no-change") == 503
    assert almond.ledger.asked[-1].answers[-1][1]["code"] == "log_unavailable"
    assert almond.client.get(f"/v1/settings/{HOME}").status_code == 200
    assert "the file is read-only" in served.printed
    served.kill(Signals.SIGTERM)
    (served.data / FILE_NAME).chmod(0o644)
    served.start()
    assert everything_again(almond) == [200, 200]
    end_well(served, almond)


def bound_by_file_modes() -> list[str]:
    """Return the command under which also root may not write what is read-only."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may write any file, and setpriv is not here to take that right away")
    return ["setpriv", "--bounding-set", "-dac_override"]


# --- cut off --------------------------------------------------------------------------------------------------


@pytest.fixture
def killed(served: Served, almond: Voice) -> tuple[Served, Voice]:
    """A server that acknowledged a little and was killed: all of it is still in the write-ahead log."""
    served.start()
    assert say(almond, "/v1/settings", home()) == 200
    for _ in range(30):
        assert say(almond, f"/v1/settings/{HOME}/no-change") == 200
    served.kill()
    return served, almond


def copied(data: Path, place: Path) -> Path:
    shutil.copytree(data, place)
    return place


def cut(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.truncate(at)


def opened(data: Path) -> str:
    """Open a log as `hearth serve` does and close it; return the reason if it is refused."""
    try:
        SqliteLog(data, SystemClock()).close()
    except LogUnavailable as unavailable:
        return str(unavailable)
    return ""


def test_a_log_file_that_lost_its_tail_is_refused_with_its_reason(
    killed: tuple[Served, Voice], tmp_path: Path
) -> None:
    served, _ = killed
    assert opened(served.data) == "", "this also writes everything into the one file"
    whole = (served.data / FILE_NAME).stat().st_size
    for at in (whole - 1, whole - 4096, whole // 2, 4096, 100):
        data = copied(served.data, tmp_path / f"cut{at}")
        cut(data / FILE_NAME, at)
        assert "corrupt" in opened(data), at
    other = Served(tmp_path, tmp_path / "cut100")
    with pytest.raises(NotStarted, match="the file is corrupt"):
        other.start()
    assert other.process is not None
    assert other.process.returncode == 75


def test_a_write_ahead_log_that_lost_its_tail_is_refused_or_has_all_that_was_acknowledged(
    killed: tuple[Served, Voice], tmp_path: Path
) -> None:
    """SQLite would open it without a word, as far as it goes: the acknowledged rest would be gone."""
    served, voice = killed
    wal = f"{FILE_NAME}-wal"
    whole = (served.data / wal).stat().st_size
    random = Random(4)
    for at in [0, 32, whole - 1, whole // 2, *(random.randrange(whole) for _ in range(20))]:
        data = copied(served.data, tmp_path / f"cut{at}")
        cut(data / wal, at)
        if not any(word in opened(data) for word in ("the end of the log is lost", "corrupt")):
            must_be_once(voice.ledger.asked, counts(data))


def test_a_log_file_that_is_empty_or_gone_is_no_new_log(killed: tuple[Served, Voice], tmp_path: Path) -> None:
    served, voice = killed
    assert opened(served.data) == ""
    for is_gone in (False, True):
        data = copied(served.data, tmp_path / f"lost{is_gone}")
        (data / FILE_NAME).unlink() if is_gone else cut(data / FILE_NAME, 0)
        assert "the end of the log is lost" in opened(data)
    must_be_once(voice.ledger.asked, counts(served.data))


def test_who_removes_the_witness_goes_on_with_what_is_left_and_every_promise_holds(
    killed: tuple[Served, Voice],
) -> None:
    """What is left is whole transactions; what callers repeat under their keys is taken in again, and once."""
    served, voice = killed
    wal = served.data / f"{FILE_NAME}-wal"
    cut(wal, wal.stat().st_size * 2 // 3)
    (served.data / f"{FILE_NAME}.witness").unlink()
    assert opened(served.data) == ""
    assert not verify(served.data)
    with pytest.raises(AssertionError):
        must_be_once(voice.ledger.asked, counts(served.data))
    served.start()
    for asked in voice.ledger.asked:
        asked.answers.clear()
    assert set(everything_again(voice)) == {200}
    end_well(served, voice)
