"""Which type a model has on the wire and back: `hearth.<topic>.<name>.v<version>`.

Knows every model that travels, and its topic: the models of a topic are those of the file that has its name. A file is
loaded at the first question about it, so that a process has the models of what it reads and says. A model that is not
here does not exist for any reader.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType

from schemas.base import Event
from schemas.topics import TOPICS


@dataclass(frozen=True, slots=True)
class Registered:
    """One version of one type of event."""

    ce_type: str
    topic: str
    version: int
    model: type[Event]


def snake(name: str) -> str:
    """`WindowDue` is `window_due`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@cache
def types_of(topic: str) -> tuple[Registered, ...]:
    """Everything that may stand in a topic of the catalogue. What others are made from does not travel itself."""
    module = import_module(f"schemas.{topic.replace('-', '_')}")
    models = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Event) and each.__module__ == module.__name__
    ]
    bases = {base for each in models for base in each.__mro__[1:]}
    return tuple(
        Registered(
            f"hearth.{topic}.{snake(each.__name__)}.v{each.version_of_type}",
            topic,
            each.version_of_type,
            each,
        )
        for each in models
        if each not in bases
    )


@cache
def by_type() -> Mapping[str, Registered]:
    """Every model that travels, by its CloudEvents type."""
    return MappingProxyType({each.ce_type: each for topic in TOPICS for each in types_of(topic)})


def type_of(model: type[Event]) -> str:
    """The CloudEvents type of a model; KeyError for one that does not travel."""
    return _registered(model).ce_type


def topic_of(model: type[Event]) -> str:
    """The topic that a model stands in; KeyError for one that does not travel."""
    return _registered(model).topic


@cache
def _registered(model: type[Event]) -> Registered:
    topic = model.__module__.rpartition(".")[2].replace("_", "-")
    for each in types_of(topic) if topic in TOPICS else ():
        if each.model is model:
            return each
    raise KeyError(model.__name__)


@cache
def field_names() -> frozenset[str]:
    """Every name of a field in any schema: what a refusal may repeat of a payload."""
    names: set[str] = set()
    for each in by_type().values():
        schema = each.model.model_json_schema()
        for part in (schema, *schema.get("$defs", {}).values()):
            names.update(part.get("properties", ()))
    return frozenset(names)
