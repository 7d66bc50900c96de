"""The one HTTP server: guards every route, tells every error as a problem, documents what it serves.

Knows routers and their access tables. Must not know what they do.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request, Response

from runtime.engine import where
from services.directory import Directory

from . import problems
from .access import Access, bearer, guard, route_path
from .documents import Documents

BACKSTOP_MAX = 10 * 1024 * 1024
"""Above every limit of a route (`reading`), which answers with a problem."""

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

logger = structlog.get_logger()

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Around = Callable[[Request, Callable[[Request], Awaitable[Response]]], Awaitable[Response]]
"""Takes every request before its route does, and its answer after."""


@dataclass(frozen=True, slots=True)
class Part:
    """One edge: its routes, who may call which, and what it says of its bodies."""

    router: APIRouter
    access: Access
    documents: Documents = field(default_factory=Documents)
    token_of: Callable[[Request], str] = bearer
    """Where this edge finds the token. The API's is never in a cookie, so no other site can send it."""


def make_app(
    directory: Directory,
    parts: Sequence[Part],
    lifespan: Lifespan | None = None,
    around: Sequence[Around] = (),
) -> FastAPI:
    """Return the app of these parts. A route that no access table names is denied to everybody."""
    access = {route: roles for part in parts for route, roles in part.access.items()}
    app = FastAPI(
        title="Hearth",
        version="1",
        description="Live availability, offer windows, matches with reasons. All times are UTC.",
        docs_url=None,
        redoc_url=None,
        max_body_size=BACKSTOP_MAX,
        lifespan=lifespan,
        responses=problems.documented(401, 403, 404, 503),
    )
    app.state.access = access
    problems.install(app)
    for each in (*around, with_headers):
        app.middleware("http")(each)
    for part in parts:
        app.include_router(part.router, dependencies=[Depends(guard(directory, access, part.token_of))])
    document(app, [part.documents for part in parts])
    return app


async def with_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Let nothing be cached, framed or sniffed; and tell a bug without what it was about.

    A traceback may hold a payload: what is logged is the kind of error and where it was, never its text.
    """
    try:
        response = await call_next(request)
    except Exception as error:  # noqa: BLE001 - the last place before the server would print it whole
        logger.error("request_failed", error=type(error).__name__, at=where(error), route=route_path(request))  # noqa: TRY400
        response = problems.respond(
            problems.problem(500, "failed", "A fault in this program. It has been logged.")
        )
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def document(app: FastAPI, documents: Sequence[Documents]) -> None:
    """Let the OpenAPI document have the bodies that are read as bytes, and the bearer token."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = plain()
            components = found.setdefault("components", {})
            for each in (problems.schemas(), *(each.components for each in documents)):
                components.setdefault("schemas", {}).update(each)
            name_key(found["paths"])
            name_problem(found["paths"])
            components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            found["security"] = [{"token": []}]
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = whole  # type: ignore[method-assign] # the framework's own documented way


def name_problem(paths: dict[str, Any]) -> None:
    """Every refusal is a problem, also that of a query, which the framework documents in a form of its own."""
    for operations in paths.values():
        for operation in operations.values():
            content = operation["responses"].get("422", {}).get("content", {})
            if "application/json" in content and "404" in operation["responses"]:
                operation["responses"]["422"]["content"] = operation["responses"]["404"]["content"]


def name_key(paths: dict[str, Any]) -> None:
    """Tell of every POST that it honours an Idempotency-Key."""
    for operations in paths.values():
        if "post" in operations:
            operations["post"].setdefault("parameters", []).append(KEY_PARAMETER)


KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Your own name for this request: sent twice, it is said once. It is hashed, never kept.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
