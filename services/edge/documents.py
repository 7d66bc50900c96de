"""What OpenAPI is told of bodies that are read strictly, as bytes, and so are unknown to the framework."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema

from schemas.base import Event
from schemas.values import Party

PREFIX = "Said"
TEMPLATE = f"#/components/schemas/{PREFIX}{{model}}"
UNSAID = frozenset({"by", "recorded_by"})
Schema = dict[str, Any]


class Documents:
    """Collects the schemas of bodies; `components` go into the document beside the framework's own."""

    def __init__(self) -> None:
        self.components: Schema = {}

    def body(self, model: type[Event], *, named: Iterable[str] = (), defaulted: Iterable[str] = ()) -> Schema:
        """Return `requestBody` for a route whose path names some fields."""
        name = self._add(model, frozenset(named), frozenset(defaulted))
        is_required = bool(self.components[name].get("required"))
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        return {"requestBody": {"required": is_required, "content": content}}

    def one_of(self, models: Mapping[str, type[Event]], defaulted: Iterable[str] = ()) -> Schema:
        """Return the schema of a body that says by `type` which of these it is."""
        return {"oneOf": [self._typed(kind, model, frozenset(defaulted)) for kind, model in models.items()]}

    def _typed(self, kind: str, model: type[Event], defaulted: frozenset[str]) -> Schema:
        name = f"{self._add(model, frozenset(), defaulted)}Event"
        plain = self.components[name.removesuffix("Event")]
        properties = {"type": {"const": kind}, **plain["properties"]}
        self.components[name] = {
            **plain,
            "title": name,
            "properties": properties,
            "required": ["type", *plain.get("required", [])],
        }
        return {"$ref": f"#/components/schemas/{name}"}

    def _add(self, model: type[Event], named: frozenset[str], defaulted: frozenset[str]) -> str:
        found = schemas_of(model)
        for name, schema in found.items():
            self.components.setdefault(f"{PREFIX}{name}", schema)
        left_out = UNSAID | named
        schema = dict(found[model.__name__])
        properties = {name: each for name, each in schema["properties"].items() if name not in left_out}
        properties["on_behalf_of"] = {"$ref": TEMPLATE.format(model="Party"), "description": "ops only"}
        needed = [
            each for each in schema.get("required", ()) if each not in left_out | defaulted | {"observed_at"}
        ]
        own = f"{PREFIX}{model.__name__}{'At' if named else ''}"
        self.components[own] = {**schema, "title": own, "properties": properties, "required": needed}
        return own


@cache
def schemas_of(model: type[Event]) -> Schema:
    """Return the schema of a model and of all that it is made of, by name."""
    _, found = models_json_schema([(model, "validation"), (Party, "validation")], ref_template=TEMPLATE)
    schemas: Schema = found["$defs"]
    return schemas


def path_parameter(name: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
