"""How the program tells what happens: one JSON object a line on stderr, a fact with ids.

Never persons, never payloads.
"""

import logging
import sys
from collections.abc import Hashable
from typing import Final, NamedTuple

import structlog

LIBRARY_LINE_MAX: Final = 300
SILENT_S: Final = 60.0
"""So long a library's line is not told again."""
KNOWN_MAX: Final = 200
"""So many lines are remembered. There are few, unless a library puts into them what it should give beside them."""


def configure(level: int = logging.INFO) -> None:
    """Send every structlog event of `level` or above to stderr as JSON; for the composition root."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=to_stderr,
        cache_logger_on_first_use=False,
    )


def configure_libraries() -> None:
    """Let the warnings and errors of libraries be told in the same form; for the composition root."""
    logging.getLogger().addHandler(FromLibraries(logging.WARNING))


class FromLibraries(logging.Handler):
    """Tells what libraries log in the same form: which library, and its first line, without the arguments.

    Arguments may hold what a record held; the text of the program does not. What is said again within a minute is
    counted, and `times` says with the next that is told how often it was said since the last: while a broker is away
    its clients say the same a hundred times a second.
    """

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self._told: dict[Hashable, Told] = {}

    def emit(self, record: logging.LogRecord) -> None:
        lines = str(record.msg).strip().splitlines() or [""]
        said = {"library": record.name, "said": lines[0][:LIBRARY_LINE_MAX]}
        if record.exc_info and record.exc_info[0] is not None:
            said["error"] = record.exc_info[0].__name__
        times = self._times(tuple(said.values()), record.created)
        if times:
            again = {"times": times} if times > 1 else {}
            structlog.get_logger().bind(**said, **again).log(record.levelno, "library_said")

    def _times(self, what: Hashable, at_s: float) -> int:
        """How often this was said since it was last told; 0 if it was told within a minute."""
        last = self._told.get(what, NEVER)
        if 0 <= at_s - last.at_s < SILENT_S:
            self._told[what] = last._replace(since=last.since + 1)
            return 0
        if len(self._told) >= KNOWN_MAX:
            self._told.clear()
        self._told[what] = Told(at_s, since=0)
        return last.since + 1


class Told(NamedTuple):
    """When something was told, and how often it was said since."""

    at_s: float
    since: int


NEVER: Final = Told(-SILENT_S, since=0)


def to_stderr(*_: object) -> structlog.PrintLogger:
    """A logger on what stderr is now: it may be another than when the program began."""
    return structlog.PrintLogger(sys.stderr)
