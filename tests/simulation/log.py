"""A log without bytes: for each key its inputs and its decisions, in the order in which they were appended.

Knows what counts, by version and digest, as the envelope of a record says. Must not know a rule.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from services.matcher.domain.decision import Decision
from services.matcher.domain.inputs import Input
from services.matcher.domain.referral_inputs import ReferralInput

Order: TypeAlias = Input | ReferralInput


class Said(NamedTuple):
    """An input as the log has it."""

    order: Order
    stamped_at: datetime
    """By the log's own time, which may run backwards."""


class Mark(NamedTuple):
    version: int
    digest: int


UNMARKED = Mark(0, 0)


@dataclass(slots=True)
class Record:
    """A decision as it was appended, whether or not it counts."""

    version: int
    parent: int
    digest: int
    alike: int
    """Of what it was decided from, and when: where it is the same, so must the record be."""
    cause_id: str
    position: int
    decided_at: datetime
    writes: int
    """Which bytes its version of the code writes."""
    decision: Decision[Any]


def digest_of(parent: int, position: int, decided_at: datetime, writes: int) -> int:
    """What the bytes of a record hang on: a pure rule book makes the rest of these."""
    return hash((parent, position, decided_at, writes))


Counts: TypeAlias = Callable[[Mark, Record], bool]


def counts(mark: Mark, record: Record) -> bool:
    """Tell whether a record is exactly the next after `mark`; anything else is void for every reader."""
    return record.version == mark.version + 1 and record.parent == mark.digest


@dataclass(slots=True)
class Key:
    """One setting or one referral: one partition of inputs and one of decisions."""

    name: str
    is_setting: bool
    inputs: list[Said] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    carried: int = 0
    """What the courier has committed."""
    drifting: list[list[Record]] = field(default_factory=list)
    """Appends of workers that are gone; each may land late, or never."""
    chains: dict[Counts, list[tuple[Mark, Record | None]]] = field(default_factory=dict)
    """For each way to tell what counts: where a reader stands who has read so many records, and the last that counts.

    It hangs on the records alone, so that a reader who starts need not judge each again.
    """

    def fork(self) -> "Key":
        forked = Key(self.name, self.is_setting, self.inputs[:], self.records[:], self.carried)
        forked.chains = {counts: chain[:] for counts, chain in self.chains.items()}
        return forked

    def read(self, counts: Counts, end: int) -> tuple[Mark, Record | None]:
        """Where a reader stands after the first `end` records, and the last of them that counts."""
        chain = self.chains.get(counts)
        if chain is None:
            chain = self.chains[counts] = [(UNMARKED, None)]
        if end >= len(chain):
            for record in self.records[len(chain) - 1 : end]:
                stands = chain[-1]
                is_counted = counts(stands[0], record)
                chain.append((Mark(record.version, record.digest), record) if is_counted else stands)
        return chain[end]


def in_words(each: Any) -> str:
    """An input or fact in short, for a story."""
    names = ("id", "window_id", "nomination_id", "hold_id", "take_id", "vacancy_id", "referral_id")
    more = ("outcome", "end", "closes_at", "until", "tier", "reason", "code", "place")
    said = [str(getattr(each, name)) for name in (*names, *more) if getattr(each, name, None) is not None]
    return f"{type(each).__name__}({' '.join(said)})"
