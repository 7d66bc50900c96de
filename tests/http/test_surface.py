"""Every documented operation, asked by everybody with whatever its document allows and what it does not.

The document is the judge: no fault of the server, no status, content type or body that it does not name.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.http.world import ALMOND, HOME, World, bearer, world_in_memory

pytestmark = pytest.mark.slow
CALLERS = ("almond", "haringey", "commissioner", "ops")
EXAMPLES = 3
"""For each operation and caller, and for each of what is allowed and what is not."""
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance
]  # fmt: skip
Mode = schemathesis.GenerationMode


@schemathesis.serializer("application/x-ndjson")
def lines(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """Write one JSON object, or each of several, on a line of its own."""
    each = value if isinstance(value, list) else [value]
    return b"\n".join(json.dumps(line).encode() for line in each)


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the generator keeps between runs goes with the test."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def lived() -> Iterator[tuple[World, dict[str, str]]]:
    """A world with something of everything, and the ids of it."""
    with world_in_memory() as world:
        referral_id, hold_id = world.hold()
        window_id = world.post()
        other = world.refer()
        named = {
            "setting_id": HOME,
            "provider_id": ALMOND,
            "window_id": window_id,
            "vacancy_id": window_id.rpartition(":")[0],
            "nomination_id": world.nominate("haringey", window_id, other),
            "referral_id": referral_id,
            "hold_id": hold_id,
            "id": world.say("haringey", f"/v1/referrals/{other}/confirm")["id"],
        }
        yield world, named


def ask_all(schema: BaseSchema, who: str, named: dict[str, str], examples: int = EXAMPLES) -> Counter[int]:
    """Ask every operation as `who`, and return how often each status came; a failure if the document says no."""
    seen: Counter[int] = Counter()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        for mode in Mode:
            ask(found.ok(), mode, who, named, examples, seen)
    return seen


def ask(
    operation: Any, mode: Mode, who: str, named: dict[str, str], examples: int, seen: Counter[int]
) -> None:
    """Ask one operation; half of the allowed requests name what is there."""

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), is_real=st.booleans())
    def each(case: Any, is_real: bool) -> None:
        if is_real and mode is Mode.POSITIVE:
            given_there = case.path_parameters.keys() & named.keys()
            case.path_parameters.update({name: named[name] for name in given_there})
        response = case.call(headers=bearer(who))
        seen[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    each()


LONG_AGO: dict[str, Any] = {"observed_at": "2001-01-01T00:00:00Z"}
AGAINST_A_RULE: dict[str, tuple[str, Any]] = {
    "almond": ("/v1/settings/{setting_id}/no-change", LONG_AGO),
    "haringey": ("/v1/referrals/{referral_id}/confirm", LONG_AGO),
}
"""What a rule refuses for certain; that a request drawn by chance meets a rule is not."""


def ask_against_a_rule(schema: BaseSchema, who: str, named: dict[str, str]) -> int:
    """Say older news, and hold the refusal against the document."""
    path, body = AGAINST_A_RULE[who]
    case = schema[path]["POST"].Case(path_parameters=named, body=body, media_type="application/json")
    response = case.call(headers=bearer(who))
    case.validate_response(response, checks=CHECKS)
    return int(response.status_code)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("who", CALLERS)
def test_no_answer_is_a_fault_or_undocumented(lived: tuple[World, dict[str, str]], who: str) -> None:
    world, named = lived
    schema = schemathesis.openapi.from_asgi("/openapi.json", world.system.app)
    seen = ask_all(schema, who, named)
    if who in AGAINST_A_RULE:
        seen[ask_against_a_rule(schema, who, named)] += 1
    assert seen[200] > 10
    assert {403, 200} <= seen.keys()
    assert who == "commissioner" or {404, 409, 422} <= seen.keys()


def fault() -> int:
    return 1 // 0


def undocumented() -> JSONResponse:
    return JSONResponse(1, 418)


def wrong_body() -> JSONResponse:
    return JSONResponse("one")


def wrong_content_type() -> Response:
    return Response("1", media_type="text/plain")


WRONG: list[tuple[Callable[[], object], str]] = [
    (fault, "Server error"),
    (undocumented, "Undocumented status code"),
    (wrong_body, "Response violates schema"),
    (wrong_content_type, "Undocumented Content-Type"),
]


@pytest.mark.parametrize(("route", "told"), WRONG, ids=[route.__name__ for route, _ in WRONG])
def test_the_judge_sees_what_is_wrong(route: Callable[[], object], told: str) -> None:
    app = FastAPI()
    app.add_exception_handler(ZeroDivisionError, lambda *_: JSONResponse(1, 500))
    app.get("/one", response_model=int, responses={500: {"model": int}})(route)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    with pytest.raises(FailureGroup, match=told) as found:
        ask_all(schema, "almond", {}, 1)
    assert len(found.value.exceptions) == 1
