"""Says of every answer whether what is shown may be old, and shows nothing at all before there is anything.

Knows two questions and HTTP. Must not know where the picture comes from. What is said and decided does not wait for it.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from fastapi import Request, Response

from runtime.records import rfc3339

from .problems import problem, respond

HEADER: Final = "Hearth-Stale-Since"
"""The instant (RFC 3339) up to which the picture has everything. Not there while it is fresh."""
ALWAYS: Final = ("/health/", "/static/", "/openapi.json")
EMPTY: Final = (
    "Nothing can be shown yet: the read model is not within reach. What you send is decided all the same."
)

CallNext = Callable[[Request], Awaitable[Response]]


def telling(
    is_empty: Callable[[], bool], stale_since: Callable[[], datetime | None]
) -> Callable[[Request, CallNext], Awaitable[Response]]:
    """Return the middleware."""

    async def told(request: Request, call_next: CallNext) -> Response:
        if request.method == "GET" and not request.url.path.startswith(ALWAYS) and is_empty():
            return respond(problem(503, "read_model_unavailable", EMPTY))
        response = await call_next(request)
        if (since := stale_since()) is not None:
            response.headers[HEADER] = rfc3339(since)
        return response

    return told
