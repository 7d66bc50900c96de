"""What went wrong, as RFC 9457 problem details (https://www.rfc-editor.org/rfc/rfc9457).

Knows status codes and field paths. Must never hold or repeat what a caller sent.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from runtime.log import LogUnavailable

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
SCHEMA_REF = "#/components/schemas/{model}"
CODES = {
    400: "malformed",
    401: "not_signed_in",
    403: "not_your_role",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "wrong_content_type",
    422: "invalid",
    503: "unavailable",
}


logger = structlog.get_logger()


class FieldProblem(BaseModel):
    """One field and the rule that it breaks. Never its value."""

    model_config = ConfigDict(frozen=True)

    field: str
    rule: str


class Problem(BaseModel):
    """A problem detail. `code` is stable and meant for programs; `id` names the input where there is one."""

    model_config = ConfigDict(frozen=True)

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    errors: tuple[FieldProblem, ...] = ()
    id: str | None = None
    decided_at: str | None = None


class Refused(Exception):
    """A request ends with this problem."""

    def __init__(
        self,
        status: int,
        code: str | None = None,
        detail: str | None = None,
        *,
        errors: tuple[FieldProblem, ...] = (),
        **more: str | None,
    ) -> None:
        super().__init__(code)
        self.problem = problem(status, code, detail, errors=errors, **more)

    @classmethod
    def of(cls, found: Problem) -> "Refused":
        """Return the refusal that tells this problem."""
        refused = cls(found.status)
        refused.problem = found
        return refused


def problem(
    status: int,
    code: str | None = None,
    detail: str | None = None,
    *,
    errors: tuple[FieldProblem, ...] = (),
    **more: str | None,
) -> Problem:
    """Return a problem with the title that the status has by itself; `more` may name `id` and `decided_at`."""
    code = code or CODES.get(status, "failed")
    title = HTTPStatus(status).phrase
    kind = f"urn:hearth:problem:{code}"
    return Problem(type=kind, title=title, status=status, code=code, detail=detail, errors=errors, **more)


def not_found() -> Refused:
    """Somebody else's object and no object at all look the same."""
    return Refused(404)


def respond(found: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the problem as a response; 401 and 503 say what to do next."""
    own = dict(headers or {})
    if found.status == HTTPStatus.UNAUTHORIZED:
        own.setdefault("WWW-Authenticate", "Bearer")
    if found.status == HTTPStatus.SERVICE_UNAVAILABLE:
        own.setdefault("Retry-After", str(RETRY_AFTER_S))
    body = found.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return JSONResponse(body, found.status, own, media_type=MEDIA_TYPE)


async def on_refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)
    return respond(error.problem)


async def on_status(_: Request, error: Exception) -> JSONResponse:
    """Answer what the framework itself refuses. Its own detail is left out: it might repeat a path."""
    return respond(problem(getattr(error, "status_code", 500)), getattr(error, "headers", None))


async def on_parameters(_: Request, error: Exception) -> JSONResponse:
    """Answer bad path, query and header parameters: where and which rule, not what was sent."""
    assert isinstance(error, RequestValidationError)
    fields = tuple(FieldProblem(field=_path(each), rule=str(each["msg"])) for each in error.errors())
    return respond(problem(422, errors=fields))


def _path(error: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in error["loc"][:2])


async def on_unavailable(_: Request, error: Exception) -> JSONResponse:
    """Say that the log is out of reach. Whether it took something in all the same, nobody can know."""
    assert isinstance(error, LogUnavailable)
    logger.warning("request_without_answer", reason=str(error))
    detail = (
        "The log cannot be read or written now. Send it again under the same Idempotency-Key: it counts once."
    )
    return respond(problem(503, "log_unavailable", detail))


def install(app: FastAPI) -> None:
    """Let every error of the app be told as a problem."""
    app.add_exception_handler(Refused, on_refused)
    for status in CODES:
        app.add_exception_handler(status, on_status)
    app.add_exception_handler(RequestValidationError, on_parameters)
    app.add_exception_handler(LogUnavailable, on_unavailable)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI is told of these statuses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": SCHEMA_REF.format(model="Problem")}}}
    return {
        status: {
            "description": f"{HTTPStatus(status).phrase}: code "
            + (f"`{CODES[status]}` or a more special one" if status in CODES else "= the rule that refused"),
            "content": content,
        }
        for status in statuses
    }


def schemas() -> dict[str, Any]:
    """Return the schemas that `documented` refers to."""
    whole = Problem.model_json_schema(ref_template=SCHEMA_REF)
    return {**whole.pop("$defs"), "Problem": whole}
