"""`hearth demo` from the outside: its options, its one object, its port, and how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.clock import monotonic_s

HEARTH = (sys.executable, "-m", "services.cli", "demo")
ROOT = Path(__file__).parents[2]
PATIENCE_S = 240


def demo(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*HEARTH, *options], cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.slow
def test_one_json_object_and_nothing_else_stands_on_stdout() -> None:
    ended = demo("--once", "--json", "--seed", "5")
    assert (ended.returncode, ended.stderr) == (0, "")
    found = json.loads(ended.stdout)
    assert {
        "settings",
        "places",
        "vacancies",
        "windows",
        "matches",
        "placements",
        "alerts",
        "refusals",
    } <= found.keys()
    assert found["settings"]["childrens_home"] == 220
    assert "real" in found
    assert "made_up" in found


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--json",), "--json"),
        (("--seed", "-1"), "--seed"),
        (("--port", "70000"), "--port"),
    ],
)
def test_a_bad_option_ends_with_one_line_that_names_it(options: tuple[str, ...], named: str) -> None:
    ended = demo(*options)
    assert ended.returncode == 2
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    assert line.startswith(named)


def test_a_busy_port_ends_with_one_line_before_the_weeks_begin(taken_port: int) -> None:
    ended = demo("--port", str(taken_port))
    assert (ended.returncode, ended.stdout) == (2, "")
    [line] = ended.stderr.splitlines()
    assert str(taken_port) in line


def test_a_folder_that_has_a_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "log.sqlite3"
    log.write_bytes(b"somebody's")
    ended = demo("--once", "--data", str(tmp_path))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1
    assert log.read_bytes() == b"somebody's"


def page(port: int) -> str:
    """The page, or nothing while there is none."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE_S) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, ConnectionError):
        return ""


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE_S)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_a_page_of_made_up_data_and_ends_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    port = free_port()
    environment = {**os.environ, "TMPDIR": str(tmp_path), "COLUMNS": "80"}
    command = [*HEARTH, "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as running:
        until_s = monotonic_s() + PATIENCE_S
        found = page(port)
        while not found and monotonic_s() < until_s and running.poll() is None:
            found = page(port)
        running.send_signal(number)
        said, _ = running.communicate(timeout=PATIENCE_S)
    assert "Made-up data" in found
    assert 'action="/sign-in"' in found
    assert "Real: London register (Ofsted, 31 Mar 2024)." in said
    assert "Made up: vacancies, referrals, agreements, people." in said
    assert said.rstrip().endswith("The demo has ended.")
    assert running.returncode == 0
    assert list(tmp_path.iterdir()) == []
