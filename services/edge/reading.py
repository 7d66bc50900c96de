"""From a request's bytes to a value that its schema lets through, or to the fields and rules that it breaks.

Knows JSON and pydantic models. Must not repeat a value, or a field name that no schema knows.
"""

import json
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, TypeVar

import orjson
from fastapi import Request
from pydantic import BaseModel, ValidationError

from schemas.registry import field_names

from .problems import FieldProblem, Refused

Model = TypeVar("Model", bound=BaseModel)
BODY_MAX = 256 * 1024
BATCH_MAX = 8 * 1024 * 1024
JSON_TYPES = frozenset({"application/json"})
NDJSON_TYPES = frozenset({"application/x-ndjson", "application/jsonl"})


class Malformed(ValueError):
    """The bytes are not one JSON object; the text says which rule they break."""


def media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def body_of(request: Request) -> bytes:
    """Return the body of a JSON request, or refuse its content type or size."""
    if media_type(request) not in JSON_TYPES:
        raise Refused(415, detail="Send application/json.")
    return await limited(request, BODY_MAX)


async def optional_body(request: Request) -> bytes:
    """Return the body; a request without one needs no content type."""
    if media_type(request):
        return await body_of(request)
    if await limited(request, 0):
        raise Refused(415, detail="Send application/json.")
    return b""


async def lines_of(request: Request) -> bytes:
    """Return the body of an NDJSON request, or refuse its content type or size."""
    if media_type(request) not in NDJSON_TYPES:
        raise Refused(415, detail="Send application/x-ndjson: one JSON object a line.")
    return await limited(request, BATCH_MAX)


async def limited(request: Request, bytes_max: int) -> bytes:
    """Read a body of at most so many bytes; Refused (413) as soon as there are more."""
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > bytes_max:
        raise Refused(413)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > bytes_max:
            raise Refused(413)
    return bytes(body)


def json_object(body: bytes) -> dict[str, Any]:
    """Read one JSON object; Malformed if it is anything else, names a field twice, or has NaN or Infinity."""
    plain = plain_object(body)
    if plain is not None:
        return plain
    try:
        found = json.loads(
            body.decode(), object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite
        )
    except Malformed:
        raise
    except UnicodeDecodeError:
        raise Malformed("not UTF-8") from None
    except RecursionError:
        raise Malformed("nested too deeply") from None
    except ValueError:
        raise Malformed("not JSON") from None
    if not isinstance(found, dict):
        raise Malformed("not a JSON object")
    return found


def plain_object(body: bytes) -> dict[str, Any] | None:
    """Read a JSON object whose bytes are what writing it again gives: so it names no field twice, and all is finite.

    None for any other bytes, be they good or bad: they are to be read field by field, which takes much longer.
    """
    try:
        found = orjson.loads(body)
        is_plain = isinstance(found, dict) and orjson.dumps(found) == body
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    return found if is_plain else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a field is named twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise Malformed("a number is not finite")
    return number


def _no_constant(_: str) -> None:
    raise Malformed("a number is not finite")


def read_object(body: bytes) -> dict[str, Any]:
    """Read one JSON object or refuse the request."""
    try:
        return json_object(body)
    except Malformed as error:
        raise Refused(400, "malformed", errors=(FieldProblem(field="body", rule=str(error)),)) from None


class Unfit(ValueError):
    """The value breaks rules of its schema."""

    def __init__(self, errors: tuple[FieldProblem, ...]) -> None:
        super().__init__(", ".join(error.field for error in errors))
        self.errors = errors


def fitted(model: type[Model], fields: Mapping[str, Any], within: str = "") -> Model:
    """Hold fields from JSON against a strict model, as JSON; raise Unfit. `within` names the field they are of."""
    try:
        return model.model_validate_json(written(fields))
    except ValidationError as error:
        raise Unfit(tuple(told(error, within))) from None


def written(fields: Mapping[str, Any]) -> bytes:
    """Write fields from JSON as JSON again; their numbers are finite."""
    try:
        return orjson.dumps(fields)
    except orjson.JSONEncodeError:  # a number beyond 64 bits, or half a character
        return json.dumps(fields).encode()


def told(error: ValidationError, within: str = "") -> Iterable[FieldProblem]:
    """Yield each field and rule; a name that no schema has is told as `*`."""
    for each in error.errors(include_url=False, include_input=False, include_context=False):
        parts = [within] * bool(within) + [_part(part) for part in each["loc"]]
        yield FieldProblem(field=".".join(parts) or "body", rule=f"{each['type']}: {each['msg']}")


def _part(part: int | str) -> str:
    return str(part) if isinstance(part, int) or part in field_names() else "*"
