"""Which type a model has on the wire and back: `hearth.<topic>.<name>.v<version>`.

Knows every model that travels, and its topic. A model that is not here does not exist for any reader.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Final

from schemas import (
    dead_letters,
    deliveries,
    listings,
    matches,
    offers,
    placements,
    referrals,
    register,
    vacancies,
)
from schemas.base import Event

_MODULES: Final[Mapping[str, ModuleType]] = {
    "vacancies": vacancies,
    "offers": offers,
    "referrals": referrals,
    "placements": placements,
    "listings": listings,
    "matches": matches,
    "deliveries": deliveries,
    "dead-letters": dead_letters,
    "register": register,
}
_BASES: Final = frozenset(
    {
        vacancies.Input,
        vacancies.DeadlineDue,
        referrals.ReferralInput,
        referrals.ReferralDeadlineDue,
        listings.Listing,
    }
)


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


def _registered() -> Iterator[Registered]:
    for topic, module in _MODULES.items():
        for model in vars(module).values():
            is_event = isinstance(model, type) and issubclass(model, Event)
            if is_event and model.__module__ == module.__name__ and model not in _BASES:
                version = model.version_of_type
                yield Registered(f"hearth.{topic}.{snake(model.__name__)}.v{version}", topic, version, model)


BY_TYPE: Final[Mapping[str, Registered]] = MappingProxyType({each.ce_type: each for each in _registered()})
BY_MODEL: Final[Mapping[type[Event], Registered]] = MappingProxyType(
    {each.model: each for each in BY_TYPE.values()}
)


def type_of(model: type[Event]) -> str:
    """The CloudEvents type of a model; KeyError for one that does not travel."""
    return BY_MODEL[model].ce_type


def types_of(topic: str) -> tuple[Registered, ...]:
    """Everything that may stand in a topic."""
    return tuple(each for each in BY_TYPE.values() if each.topic == topic)


@cache
def field_names() -> frozenset[str]:
    """Every name of a field in any schema: what a refusal may repeat of a payload."""
    names: set[str] = set()
    for each in BY_TYPE.values():
        schema = each.model.model_json_schema()
        for part in (schema, *schema.get("$defs", {}).values()):
            names.update(part.get("properties", ()))
    return frozenset(names)
