import json
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http.world import HOME, NEEDS, World, bearer, home

CANARY = "zz-not-a-person-zz"
"""What must never come back, in any form."""
POSTED: dict[str, Any] = {"kind": "planned", "available_from": "2026-11-09", "fee": 480_000}

WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("an unknown field", {**POSTED, CANARY: 1}, "*", "extra_forbidden"),
    ("an unknown field of a known name", {**POSTED, "age": 12}, "age", "extra_forbidden"),
    ("a missing field", {"kind": "planned"}, "available_from", "missing"),
    ("a word that is not in the list", {**POSTED, "kind": CANARY}, "kind", "enum"),
    ("false for 0", {**POSTED, "fee": False}, "fee", "int_type"),
    ("a number as text", {**POSTED, "fee": "480000"}, "fee", "int_type"),
    ("a number that is not whole", {**POSTED, "fee": 4800.5}, "fee", "int_type"),
    ("a number that is too small", {**POSTED, "fee": -1}, "fee", "greater_than_equal"),
    ("a day that is none", {**POSTED, "available_from": "2026-02-30"}, "available_from", "date_parsing"),
    ("a day as a number", {**POSTED, "available_from": 20261109}, "available_from", "date"),
    ("a place beyond all places", {**POSTED, "place": 5000}, "place", "less_than_equal"),
    ("a null that is not allowed", {**POSTED, "kind": None}, "kind", "enum"),
    (
        "an instant without a zone",
        {**POSTED, "observed_at": "2026-11-02T09:00:00"},
        "observed_at",
        "timezone",
    ),
    (
        "an instant of another offset",
        {**POSTED, "observed_at": "2026-11-02T09:00:00+01:00"},
        "observed_at",
        "timezone",
    ),
    ("what the address names already", {**POSTED, "setting_id": HOME}, "setting_id", "named by the address"),
    ("an object for a word", {**POSTED, "kind": {"name": CANARY}}, "kind", "enum"),
]


def letters(world: World) -> list[dict[str, Any]]:
    world.system.run_until_idle()
    found: list[dict[str, Any]] = world.get("ops", "/v1/dead-letters")
    return found


@pytest.mark.parametrize(("what", "body", "field", "rule"), WRONG, ids=[each[0] for each in WRONG])
def test_the_field_and_the_rule_are_named_and_nothing_else(
    world: World, what: str, body: dict[str, Any], field: str, rule: str
) -> None:
    world.register()
    before = world.system.log.end("vacancies")
    answer = world.call("almond", "POST", f"/v1/settings/{HOME}/vacancies", body)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid"), what
    assert problem["errors"][0]["field"] == field
    assert problem["errors"][0]["rule"].startswith(rule)
    assert CANARY not in answer.text
    assert world.system.log.end("vacancies") == before


def test_a_refused_message_leaves_a_dead_letter_without_its_payload(world: World) -> None:
    world.register()
    world.call("almond", "POST", f"/v1/settings/{HOME}/vacancies", {**POSTED, CANARY: CANARY})
    [letter] = letters(world)
    assert (letter["topic"], letter["code"], letter["field"]) == ("http", "unknown_field", "*")
    assert letter["size"] > 0
    for offset in range(world.system.log.end("dead-letters")):
        [record] = world.system.log.read("dead-letters", offset, 1)
        assert CANARY.encode() not in record.value + orjson.dumps(dict(record.headers)) + record.key.encode()


@pytest.mark.parametrize(
    ("what", "body", "rule"),
    [
        ("nothing like JSON", CANARY.encode(), "not JSON"),
        ("a list", b"[1]", "not a JSON object"),
        ("half an object", b'{"kind": "plan', "not JSON"),
        ("not UTF-8", b'{"kind": "\xff"}', "not UTF-8"),
        ("a field twice", b'{"kind": "planned", "kind": "emergency"}', "a field is named twice"),
        ("a field twice within", b'{"a": {"b": 1, "b": 2}}', "a field is named twice"),
        ("no number", b'{"fee": NaN}', "a number is not finite"),
        ("endless nesting", b'{"a":' * 50_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_object_is_malformed(world: World, what: str, body: bytes, rule: str) -> None:
    world.register()
    headers = {**bearer("almond"), "content-type": "application/json"}
    answer = world.client.post(f"/v1/settings/{HOME}/vacancies", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed"), what
    assert answer.json()["errors"] == [{"field": "body", "rule": rule}]
    assert CANARY not in answer.text
    assert len(letters(world)) == 1


def test_a_large_body_is_refused_before_it_is_read(world: World) -> None:
    world.register()
    body = b'{"kind": "' + b"x" * 300_000 + b'"}'
    headers = {**bearer("almond"), "content-type": "application/json"}
    answer = world.client.post(f"/v1/settings/{HOME}/vacancies", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    batch = world.client.post(
        "/v1/events:batch",
        content=b"x" * (9 * 1024 * 1024),
        headers={**bearer("almond"), "content-type": "application/x-ndjson"},
    )
    assert (batch.status_code, batch.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"],
)
def test_another_content_type_is_refused(world: World, content_type: str) -> None:
    world.register()
    headers = {**bearer("almond"), "content-type": content_type}
    for path in (f"/v1/settings/{HOME}/vacancies", "/v1/events", "/v1/events:batch"):
        answer = world.client.post(path, content=json.dumps(POSTED), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (415, "wrong_content_type"), path


def test_unknown_addresses_and_methods_are_problems_too(world: World) -> None:
    for method, path, status, code in (
        ("GET", f"/{CANARY}", 404, "not_found"),
        ("DELETE", "/v1/settings", 405, "method_not_allowed"),
        ("PUT", "/v1/events", 405, "method_not_allowed"),
    ):
        answer = world.call("almond", method, path)
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert CANARY not in answer.text


def test_an_unknown_type_is_refused_without_being_repeated(world: World) -> None:
    for said in ({"type": CANARY}, {"type": 3}, {}, {"type": "ReleaseWindow"}, {"type": "WindowDue"}):
        answer = world.call("almond", "POST", "/v1/events", said)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "type")
        assert CANARY not in answer.text


def test_a_time_in_the_future_is_refused_by_the_rules(world: World) -> None:
    world.register()
    ahead = {**POSTED, "observed_at": "2026-11-02T10:00:00Z"}
    answer = world.call("almond", "POST", f"/v1/settings/{HOME}/vacancies", ahead)
    assert (answer.status_code, answer.json()["code"]) == (409, "observed_in_future")


def test_older_news_that_comes_late_does_not_overwrite_newer(world: World) -> None:
    world.register()
    world.wait(timedelta(hours=1))
    amended = {"type": "SettingAmended", "setting_id": HOME, "registered_places": 5}
    world.say("almond", "/v1/events", {**amended, "observed_at": "2026-11-02T09:50:00Z"})
    older = {**amended, "registered_places": 3, "observed_at": "2026-11-02T09:40:00Z"}
    answer = world.call("almond", "POST", "/v1/events", older)
    assert (answer.status_code, answer.json()["code"]) == (409, "older_observation")
    assert world.get("almond", f"/v1/settings/{HOME}")["registered_places"] == 5


def test_a_referral_has_no_room_for_a_person(world: World) -> None:
    for field in ("name", "date_of_birth", "nhs_number", "address", "notes", "school"):
        answer = world.call("haringey", "POST", "/v1/referrals", {"needs": {**NEEDS, field: CANARY}})
        assert answer.status_code == 422
        assert CANARY not in answer.text
    written = {"referral_id": "R-1", "needs": NEEDS}
    answer = world.call("haringey", "POST", "/v1/referrals", written)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "referral_id")


def test_bad_query_parameters_are_problems_that_repeat_nothing(world: World) -> None:
    answer = world.call("haringey", "GET", f"/v1/explain?vacancy_id={CANARY * 10}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["errors"][0]["field"] == "query.vacancy_id"
    assert CANARY not in answer.text


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    field=st.sampled_from(
        ["setting_id", "provision", "borough", "registered_places", "profile", "policy", "observed_at"]
    ),
    value=json_values,
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_field_is_answered_and_never_a_fault(
    world: World, field: str, value: Any
) -> None:
    answer = world.call("almond", "POST", "/v1/settings", {**home("SC000001"), field: value})
    assert answer.status_code in {200, 404, 409, 422}, answer.text


def test_every_schema_with_a_body_is_documented(world: World) -> None:
    document = world.client.get("/openapi.json").json()
    known = document["components"]["schemas"]
    text = json.dumps(document)
    refs = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert refs <= known.keys()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method == "post":
                assert "requestBody" in operation, path
                assert {"400", "401", "403", "404", "409", "413", "415", "422", "503"} <= operation[
                    "responses"
                ].keys()
            assert "schema" in operation["responses"]["200"]["content"]["application/json"], path
            if path.startswith("/v1"):
                named = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
                assert named == {part.partition("}")[0] for part in path.split("{")[1:]}, path
