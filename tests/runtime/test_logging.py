"""What happens is told as one JSON object a line, on stderr alone."""

import contextlib
import io
import logging
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
import structlog
from structlog.testing import capture_logs

from runtime.logging import KNOWN_MAX, FromLibraries, configure

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


def said(at_s: float, line: str = "no connection to %s", library: str = "a.library") -> logging.LogRecord:
    told = {"name": library, "msg": line, "args": (at_s,), "levelno": logging.WARNING, "created": at_s}
    return logging.makeLogRecord(told)


def test_what_a_library_says_again_and_again_is_told_once_a_minute_with_how_often_it_was_said() -> None:
    handler = FromLibraries(logging.WARNING)
    with capture_logs() as told:
        for tenths in range(1300):
            handler.handle(said(1_000_000 + tenths / 10))
        handler.handle(said(1_000_129.0, line="another"))
        handler.handle(said(1_000_129.0, library="another"))
    assert [(each["library"], each["said"], each.get("times")) for each in told] == [
        ("a.library", "no connection to %s", None),
        ("a.library", "no connection to %s", 600),
        ("a.library", "no connection to %s", 600),
        ("a.library", "another", None),
        ("another", "no connection to %s", None),
    ]


def test_after_a_silence_and_after_a_clock_was_put_back_it_is_told_at_once() -> None:
    handler = FromLibraries(logging.WARNING)
    with capture_logs() as told:
        for at_s in (1_000_000.0, 1_000_100.0, 999_000.0):
            handler.handle(said(at_s))
    assert [each.get("times") for each in told] == [None, None, None]


def test_of_lines_without_end_no_more_are_remembered_than_may_be() -> None:
    handler = FromLibraries(logging.WARNING)
    with capture_logs() as told:
        for number in range(KNOWN_MAX * 3):
            handler.handle(said(1_000_000.0, line=f"an object at {number}"))
    assert len(told) == KNOWN_MAX * 3
    assert len(handler._told) <= KNOWN_MAX
