"""The contract of a model as JSON Schema, an example of it, and every way to spoil the example.

Knows JSON Schema as pydantic writes it. Knows no event by name: whatever is registered is treated alike.
"""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel

from schemas.registry import Registered

Json: TypeAlias = Any
Schema: TypeAlias = Mapping[str, Any]
Spot: TypeAlias = tuple[str | int, ...]

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOTS = ROOT / "schemas" / "snapshots"
EXAMPLES = ROOT / "schemas" / "examples"
WORDING = ("description", "title", "examples")


def path_of(folder: Path, each: Registered) -> Path:
    return folder / each.topic / f"{each.ce_type}.json"


def text_of(value: Json) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


# --- schemas ---------------------------------------------------------------------------------------------


def contract_of(model: type[BaseModel]) -> Json:
    """The schema without its wording: what a reader or writer could come to depend on."""
    return _without_wording(model.model_json_schema())


def _without_wording(node: Json, is_naming: bool = False) -> Json:
    """`is_naming`: the keys of this node are names of fields or models, not of JSON Schema."""
    if isinstance(node, list):
        return [_without_wording(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_wording(value, key in {"properties", "$defs"} and not is_naming)
        for key, value in node.items()
        if is_naming or key not in WORDING
    }


def resolved(schema: Schema, root: Schema) -> Schema:
    """Follow a reference; what stands beside it is laid over."""
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].removeprefix("#/$defs/")
    return {**resolved(root["$defs"][name], root), **{k: v for k, v in schema.items() if k != "$ref"}}


def branches(schema: Schema, root: Schema) -> list[Schema]:
    """The alternatives of a schema, references followed; itself where there is no choice."""
    schema = resolved(schema, root)
    found = schema.get("anyOf") or schema.get("oneOf")
    return [resolved(each, root) for each in found] if found else [schema]


def nodes(schema: Schema, root: Schema, at: str = "") -> Iterator[tuple[str, Schema]]:
    """Every schema of a value within, with the names that lead to it."""
    for branch in branches(schema, root):
        yield at, branch
        for name, inner in branch.get("properties", {}).items():
            yield from nodes(inner, root, f"{at}.{name}".lstrip("."))
        if "items" in branch:
            yield from nodes(branch["items"], root, f"{at}[]")
        if isinstance(branch.get("additionalProperties"), dict):
            yield from nodes(branch["additionalProperties"], root, f"{at}{{}}")


# --- examples --------------------------------------------------------------------------------------------


def example_of(model: type[BaseModel]) -> Json:
    """One valid value with every field given; of a list of alternatives one of each."""
    root = model.model_json_schema()
    return _example(root, root)


def _example(schema: Schema, root: Schema) -> Json:
    branch = branches(schema, root)[0]
    if "const" in branch:
        return branch["const"]
    if "examples" in branch:
        return branch["examples"][0]
    if "enum" in branch:
        return branch["enum"][0]
    match branch["type"]:
        case "object":
            return _example_object(branch, root)
        case "array":
            of_each = [_example(each, root) for each in branches(branch["items"], root)]
            return of_each * max(1, branch.get("minItems", 0))
        case "integer":
            return branch.get("minimum", 0)
        case "boolean":
            return False
    raise AssertionError(f"no example for {branch}")


def _example_object(schema: Schema, root: Schema) -> Json:
    if "properties" in schema or schema.get("additionalProperties") is False:
        return {name: _example(each, root) for name, each in schema.get("properties", {}).items()}
    key = _example(schema["propertyNames"], root)
    return {key: _example(schema["additionalProperties"], root)}


# --- spoiling --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spoilt:
    """The example with one thing wrong, at `spot`; `why` says what."""

    value: Json
    spot: Spot
    why: str


def spoilt(model: type[BaseModel], example: Json) -> Iterator[Spoilt]:
    """Every field missing, of the wrong type, out of bounds or of another form; every object with one more."""
    root = model.model_json_schema()
    yield from (Spoilt(value, (), "no object") for value in (None, [], 0, False, "", [example]))
    yield from _Spoiler(root, example).at(example, root, ())


class _Spoiler:
    """Walks an example; a model that occurs in several places is spoilt within only where it occurs first."""

    def __init__(self, root: Schema, whole: Json) -> None:
        self._root, self._whole = root, whole
        self._seen: set[str] = set()

    def at(self, value: Json, schema: Schema, spot: Spot) -> Iterator[Spoilt]:
        alternatives = branches(schema, self._root)
        branch = next(each for each in alternatives if _is_of(value, each))
        is_nullable = any(each.get("type") == "null" for each in alternatives)
        if spot:
            for wrong, why in _wrong_values(value, branch, is_nullable):
                yield Spoilt(_with(self._whole, spot, wrong), spot, why)
        if isinstance(value, dict):
            yield from self._in_object(value, branch, spot)
        if isinstance(value, list):
            for index, inner in enumerate(value):
                yield from self.at(inner, branch["items"], (*spot, index))

    def _in_object(self, value: Json, schema: Schema, spot: Spot) -> Iterator[Spoilt]:
        model = f"{schema.get('title')} {sorted(value)}"
        if model in self._seen:
            return
        self._seen.add(model)
        name = "invented_field"
        if schema.get("additionalProperties") is False:
            yield Spoilt(_with(self._whole, (*spot, name), "invented"), (*spot, name), "unknown field")
        for field in schema.get("required", ()):
            yield Spoilt(_with(self._whole, (*spot, field), _GONE), (*spot, field), "missing")
        for field, inner in value.items():
            inside = schema["properties"][field] if "properties" in schema else schema["additionalProperties"]
            yield from self.at(inner, inside, (*spot, field))


def _is_of(value: Json, schema: Schema) -> bool:
    """Whether this is the alternative that the value was made from."""
    if isinstance(value, dict) and "type" in schema.get("properties", {}):
        return bool(schema["properties"]["type"]["const"] == value["type"])
    kinds = {dict: "object", list: "array", bool: "boolean", int: "integer", str: "string"}
    return schema.get("type") == kinds[type(value)]


SENTENCE = "An invented sentence, of nobody and nothing."
_ODD_STRINGS: tuple[Json, ...] = ("", " ", "x" * 10_000, SENTENCE, "Ünvented", "a\x00b", 'a"b', "a\nb")
_NO_STRINGS: tuple[Json, ...] = (0, 1, False, True, 1.5, [], {})
_NO_INTEGERS: tuple[Json, ...] = (False, True, "", "1", 1.0, 1.5, 2**70, -(2**70), [], {})
_NO_ARRAYS: tuple[Json, ...] = (0, False, "", {})
_NO_OBJECTS: tuple[Json, ...] = (0, False, "", [])
_NO_BOOLEANS: tuple[Json, ...] = (0, 1, "", "true", "false", [], {})
_NO_INSTANTS: tuple[Json, ...] = (
    *("2026-11-02T09:00:00", "2026-11-02T09:00:00+01:00", "2026-11-02", "2026-13-02T09:00:00Z"),
    *("1899-11-02T09:00:00Z", "2999-11-02T09:00:00Z", "2026-11-02T09:00:00.1234567Z", "yesterday"),
)
_NO_DAYS: tuple[Json, ...] = (
    "2026-11-02T09:00:00Z",
    "2026-1-2",
    "02/11/2026",
    "2026-02-30",
    "1899-11-02",
    "2999-11-02",
)


def _wrong_values(value: Json, schema: Schema, is_nullable: bool) -> Iterator[tuple[Json, str]]:
    if not is_nullable:
        yield None, "null"
    match schema["type"]:
        case "string":
            yield from ((each, "wrong type") for each in _NO_STRINGS)
            yield from ((each, "wrong form") for each in _ODD_STRINGS)
            yield from (
                (each, "wrong instant") for each in _NO_INSTANTS if schema.get("format") == "date-time"
            )
            yield from ((each, "wrong day") for each in _NO_DAYS if schema.get("format") == "date")
        case "integer":
            yield from ((each, "wrong type") for each in _NO_INTEGERS)
            yield schema["maximum"] + 1, "too large"
            yield schema["minimum"] - 1, "too small"
        case "boolean":
            yield from ((each, "wrong type") for each in _NO_BOOLEANS)
        case "array":
            yield from ((each, "wrong type") for each in _NO_ARRAYS)
            yield value[:1] * (schema["maxItems"] + 1), "too long"
            if schema.get("minItems"):
                yield value[: schema["minItems"] - 1], "too short"
        case "object":
            yield from ((each, "wrong type") for each in _NO_OBJECTS)


_GONE = object()


def _with(whole: Json, spot: Spot, value: Json) -> Json:
    """The whole with another value at the spot; what lies beside the way there is shared."""
    changed = copy.copy(whole)
    if len(spot) > 1:
        changed[spot[0]] = _with(whole[spot[0]], spot[1:], value)
    elif value is _GONE:
        del changed[spot[0]]
    else:
        changed[spot[0]] = value
    return changed
