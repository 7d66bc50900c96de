"""How the program tells what happens: one JSON object a line on stderr, a fact with ids.

Never persons, never payloads.
"""

import logging
import sys

import structlog


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


def to_stderr(*_: object) -> structlog.PrintLogger:
    """A logger on what stderr is now: it may be another than when the program began."""
    return structlog.PrintLogger(sys.stderr)
