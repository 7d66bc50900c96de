"""What happens is told as one JSON object a line, on stderr alone."""

import contextlib
import io
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
import structlog

from runtime.logging import configure

PROGRAM = """
import structlog
from runtime.logging import configure
configure()
log = structlog.get_logger()
log.debug("unimportant")
log.warning("record_dead_lettered", record_id="numbers:0")
"""


def test_a_fact_is_one_line_of_json_on_stderr() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=root, check=True, timeout=120, capture_output=True, text=True
    )
    [line] = done.stderr.splitlines()
    fact = orjson.loads(line)
    assert fact.pop("timestamp").endswith("Z")
    assert fact == {"event": "record_dead_lettered", "level": "warning", "record_id": "numbers:0"}
    assert done.stdout == ""


def test_events_go_to_what_stderr_is_when_they_happen(capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    first, second = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stderr(first):
            configure()
            logger = structlog.get_logger()
        first.close()
        with contextlib.redirect_stderr(second):
            logger.info("something_happened")
    finally:
        structlog.configure(**before)
    assert "something_happened" in second.getvalue()
    assert capsys.readouterr().err == ""


LIBRARY = """
import logging
from runtime.logging import configure, configure_libraries
configure()
configure_libraries()
logging.getLogger("a.library").warning("lost its way to %r\\nand said so", "zzz-payload")
logging.getLogger("a.library").info("unimportant")
try:
    raise KeyError("zzz-payload")
except KeyError:
    logging.getLogger("a.library").exception("failed")
"""


def test_what_a_library_says_is_json_too_without_its_arguments_and_its_trace() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", LIBRARY], cwd=root, check=True, timeout=120, capture_output=True, text=True
    )
    told = [orjson.loads(line) for line in done.stderr.splitlines()]
    assert [(each["event"], each["level"], each["library"]) for each in told] == [
        ("library_said", "warning", "a.library"),
        ("library_said", "error", "a.library"),
    ]
    assert [each["said"] for each in told] == ["lost its way to %r", "failed"]
    assert told[1]["error"] == "KeyError"
    assert "zzz-payload" not in done.stderr
