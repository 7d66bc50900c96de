"""How the program tells what happens: one JSON object a line on stderr, a fact with ids.

Never persons, never payloads.
"""

import logging
import sys

import structlog

LIBRARY_LINE_MAX = 300


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

    Arguments may hold what a record held; the text of the program does not.
    """

    def emit(self, record: logging.LogRecord) -> None:
        lines = str(record.msg).strip().splitlines() or [""]
        error = (
            {}
            if not record.exc_info or record.exc_info[0] is None
            else {"error": record.exc_info[0].__name__}
        )
        told = structlog.get_logger().bind(library=record.name, said=lines[0][:LIBRARY_LINE_MAX], **error)
        told.log(record.levelno, "library_said")


def to_stderr(*_: object) -> structlog.PrintLogger:
    """A logger on what stderr is now: it may be another than when the program began."""
    return structlog.PrintLogger(sys.stderr)
