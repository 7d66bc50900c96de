"""What a rule book returns: the new state, the facts, how the input was answered, and the next deadline."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from schemas.words import Code

from .facts import Fact

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Deadline:
    """The earliest instant at which the clock has something to say, and about what (`window_due`, …)."""

    at: datetime
    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class Decision(Generic[State]):
    """One append. `state` None: the key is still unknown (its input was refused)."""

    state: State | None
    answer: Code
    facts: tuple[Fact, ...]
    deadline: Deadline | None
