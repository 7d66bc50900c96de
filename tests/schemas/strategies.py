"""Hypothesis strategies for any valid value of a model, made from its JSON Schema."""

import re
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st
from pydantic import BaseModel

from tests.schemas.contracts import Json, Schema, branches

# Long lists say nothing that short ones do not.
ITEMS_MAX = 3


def values_of(model: type[BaseModel]) -> st.SearchStrategy[Json]:
    """Any valid value as JSON; fields that need not be given may be absent."""
    root = model.model_json_schema()
    return _values(root, root)


def _values(schema: Schema, root: Schema) -> st.SearchStrategy[Json]:
    return st.one_of([_of_branch(each, root) for each in branches(schema, root)])


def _of_branch(schema: Schema, root: Schema) -> st.SearchStrategy[Json]:
    if closed := schema.get("enum", [schema["const"]] if "const" in schema else []):
        return st.sampled_from(closed)
    match schema["type"]:
        case "string":
            return _strings(schema)
        case "integer":
            return st.integers(schema["minimum"], schema["maximum"])
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case "array":
            return _lists(schema, root)
        case "object":
            return _objects(schema, root)
    raise AssertionError(f"no values for {schema}")


def _strings(schema: Schema) -> st.SearchStrategy[str]:
    match schema.get("format"):
        case "date-time":
            naive = st.datetimes(datetime(1980, 1, 1), datetime(2199, 12, 31))  # noqa: DTZ001 - hypothesis wants them so
            return naive.map(lambda at: at.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z"))
        case "date":
            return st.dates(date(1980, 1, 1), date(2199, 12, 31)).map(date.isoformat)
    found = st.from_regex(re.compile(schema["pattern"]), fullmatch=True)
    # Python's `$` takes a last line break, the wire's does not.
    return found.map(lambda text: text.strip()).filter(
        lambda text: len(text) <= schema.get("maxLength", 1000)
    )


def _lists(schema: Schema, root: Schema) -> st.SearchStrategy[list[Json]]:
    least = schema.get("minItems", 0)
    most = max(least, min(ITEMS_MAX, schema["maxItems"]))
    return st.lists(_values(schema["items"], root), min_size=least, max_size=most)


def _objects(schema: Schema, root: Schema) -> st.SearchStrategy[dict[str, Any]]:
    if "properties" not in schema and schema.get("additionalProperties") is not False:
        keys, inner = _values(schema["propertyNames"], root), _values(schema["additionalProperties"], root)
        return st.dictionaries(keys, inner, max_size=ITEMS_MAX)
    fields = {name: _values(each, root) for name, each in schema.get("properties", {}).items()}
    required = {name: fields.pop(name) for name in schema.get("required", ())}
    return st.fixed_dictionaries(required, optional=fields)
