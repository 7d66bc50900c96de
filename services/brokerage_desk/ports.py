"""What the desk asks of others: of matching, why a place fits a referral; of a store, documents for all processes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict

from schemas.words import Badge, Misfit, RankReason

from .documents import Delta, Name


class CheckView(BaseModel):
    """One hard constraint: what the place says, what the referral says, whether it holds."""

    model_config = ConfigDict(frozen=True)

    misfit: Misfit
    holds: bool
    vacancy: dict[str, Any]
    referral: dict[str, Any]


class Explanation(BaseModel):
    """Why this place fits this referral, or every constraint that says no; the same read from either side."""

    model_config = ConfigDict(frozen=True)

    vacancy_id: str
    referral_id: str
    is_fit: bool
    is_for_answer: bool
    """Whether the council may answer the vacancy now; not for standby and for places that are to come."""
    is_confirmation_due: bool
    """Whether the referral is not matched because its council has not confirmed it."""
    misfits: list[Misfit]
    checks: list[CheckView]
    reasons: list[RankReason]
    badge: Badge | None
    """Null where the two are not matched at all, not even as a near miss."""


class Explainer(Protocol):
    def explain(self, vacancy_id: str, referral_id: str) -> Explanation | None:
        """Explain a pair; None where either is unknown now."""
        ...


class StoreUnavailable(Exception):
    """The store of documents cannot be read or written now (down, read-only, full); what was asked may be done."""


class Held(NamedTuple):
    """What the store says of itself."""

    generation: str
    """Names what it holds from the time when that was written whole; empty while nothing was."""
    confirmed: str
    """Another text each time that somebody found everything of the log here; ends with the instant of that."""
    positions: Mapping[str, int]
    """The next offset of each partition: everything before is in the documents."""


NOTHING_HELD = Held("", "", {})


class Change(NamedTuple):
    """That documents of one partition were replaced; what they are now is to be asked for."""

    generation: str
    delta: Delta


class Look(NamedTuple):
    """One look at the store: what it held, and the changes after a mark, in one instant."""

    held: Held
    changes: Sequence[Change]
    mark: str
    """The last change's own mark: to be looked after next time."""
    is_all: bool
    """Whether there were no more changes than are given here."""


class Store(Protocol):
    """Documents that several processes share. Every method may raise StoreUnavailable."""

    def held(self) -> Held: ...

    def write(self, generation: str, delta: Delta, values: Mapping[Name, bytes | None]) -> int | None:
        """Put the documents of a delta (None: gone) and move its partition on, both or neither.

        Compared and set: what is here to `until` or further is left as it is. Returns the position now; None if the
        store holds another generation, or does not reach to `since`, so that changes between would be missing.
        """
        ...

    def write_whole(
        self, replaces: str, values: Iterable[tuple[Name, bytes]], positions: Mapping[str, int]
    ) -> bool:
        """Begin a generation with all of these in place of the one that is here.

        No if that one is not here any more, or is further in any partition, or if any of these was lost meanwhile.
        Each is named once.
        """
        ...

    def confirm(self, generation: str, positions: Mapping[str, int], text: str) -> bool:
        """Say that everything of the log is here; no if the generation is not, or a position is before these."""
        ...

    def look(self, after: str | None) -> Look:
        """Look at what is held, and at the changes after a mark; None: at none, for the mark to begin with."""
        ...

    def wait(self, after: str, timeout_s: float) -> None:
        """Return once there is a change after a mark, at the latest after `timeout_s`."""
        ...

    def values(self, generation: str, names: Sequence[Name]) -> tuple[Held, dict[Name, Any]]:
        """What is held, and these documents (None: there is none), in one instant."""
        ...

    def everything(self, generation: str) -> Iterator[tuple[Name, Any]]:
        """Every document of a generation, each as it is when its turn comes."""
        ...
