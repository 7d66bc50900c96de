"""Inputs of the offers rule book as they lie in a topic: the lives of many homes, side by side in the order of time.

Knows `lives` and the wire form of an input. Their stamps are those of the lives, so that every reader of the topic
meets each input in the very state and at the very time in which it was said.
"""

from collections.abc import Iterator
from datetime import datetime
from heapq import merge
from typing import Any, Final, NamedTuple

import msgspec
import orjson

from schemas import vacancies
from schemas.base import Event
from schemas.envelope import headers_of
from schemas.words import DeadlineKind
from services.matcher.domain import offers
from services.matcher.domain.decision import Deadline
from services.matcher.domain.inputs import DeadlineDue
from services.matcher.domain.policy import Terms
from services.matcher.due import OF_SETTINGS

from .decide import known
from .lives import Life, Said

SOURCE: Final = "hearth/bench"


class Stamped(NamedTuple):
    """What is to lie in a topic, and the stamp that it is to have."""

    key: str
    value: bytes
    headers: dict[str, str]
    at: datetime


def lives(terms: Terms, homes: int, inputs: int) -> list[Stamped]:
    """Return so many inputs of each of so many homes, the earliest first."""
    told = (life(terms, seed, inputs) for seed in range(1, homes + 1))
    return [each for _, _, each in merge(*told, key=lambda found: found[:2])]


def life(terms: Terms, seed: int, count: int) -> Iterator[tuple[datetime, int, Stamped]]:
    """Say the first inputs of one home, in order: when, the home's number, what."""
    home, state, due = Life(seed), None, None
    beginning = home.beginning()
    for _ in range(count):
        said = next(beginning, None) or home.next(known(state), None if due is None else due.at)
        yield said.at, seed, written(said, due)
        if (decision := offers.decide(terms, state, said.order, said.at)) is not None:
            state, due = decision.state, decision.deadline


def written(said: Said, due: Deadline | None) -> Stamped:
    """Return the input in its wire form; the clock says the kind of deadline that was next."""
    order = said.order
    fields: dict[str, Any] = orjson.loads(msgspec.json.encode(order))
    value = {name: each for name, each in fields.items() if name != "id" and each is not None}
    model: type[Event] = getattr(vacancies, type(order).__name__)
    if isinstance(order, DeadlineDue):
        assert due is not None
        model, value["subject"] = OF_SETTINGS[DeadlineKind(due.kind)], due.subject
    headers = headers_of(model, id=order.id, source=SOURCE, at=said.at, subject=order.setting_id)
    return Stamped(order.setting_id, orjson.dumps(value), headers, said.at)
