"""Decisions as the verifier looks at them: which records count, what caused each, what stood before and after.

Checks the chain, the order, the one decision of each input, and that a refusal changed nothing. Knows decisions in
general; must not know what a window is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from runtime.log import Record
from runtime.records import UNMARKED, Mark, digest, instant, mark_after
from schemas import offers, placements
from schemas.base import Event
from schemas.registry import by_type, field_names
from schemas.values import Deadline
from schemas.words import Code, Role

from .domain.promises import Promise, Tally
from .reading import LogView

DecisionT = TypeVar("DecisionT", offers.Decision, placements.Decision)
StateT = TypeVar("StateT", offers.Setting, placements.Referral)
NEVER = datetime.min.replace(tzinfo=UTC)
STILL_SAID = frozenset({"TakeRefused", "NominationDenied", "TakeFailed", "HoldLetGo"})
"""Facts that answer somebody and change nothing; a referral that is placed lets go of a hold that it is told of."""
NOT_STATE = {"memory", "looked_at"}
TOMBSTONES = {"nominations_ended", "holds_ended"}
"""What a referral remembers of instances that offers told it the end of, so that a late message changes nothing."""


@dataclass(frozen=True, slots=True)
class Step(Generic[DecisionT, StateT]):
    """One decision that counts. `before` is None at a key's first, or where the one before could not be read."""

    record: Record
    version: int
    at: datetime
    cause: Event | None
    decision: DecisionT
    before: StateT | None
    due_before: Deadline | None

    @property
    def key(self) -> str:
        return self.record.key

    @property
    def is_accepted(self) -> bool:
        return self.decision.answer is Code.ACCEPTED


OfferStep = Step[offers.Decision, offers.Setting]
PlacementStep = Step[placements.Decision, placements.Referral]


@dataclass(slots=True)
class Stand(Generic[StateT]):
    """Where a key stands."""

    mark: Mark = UNMARKED
    at: datetime = NEVER
    position: int = -1
    offset: int = -1
    state: StateT | None = None
    deadline: Deadline | None = None


@dataclass(slots=True)
class Decisions(Generic[DecisionT, StateT]):
    """Folds one decider's output."""

    view: LogView
    tally: Tally
    inputs: str
    outputs: str
    model: type[DecisionT]
    stands: dict[str, Stand[StateT]] = field(default_factory=dict)
    decided: set[int] = field(default_factory=set)
    facts: dict[str, list[int]] = field(default_factory=dict)
    """How many facts each version of a key has: what a message's fact id may name."""

    def steps(self) -> Iterator[Step[DecisionT, StateT]]:
        """Give every decision that counts and can be read."""
        for record in self.view.records(self.outputs):
            stand = self.stands.setdefault(record.key, Stand())
            mark = mark_after(stand.mark, record)
            self._check_chain(record, stand, mark)
            if mark is not None:
                stand.mark = mark
                step = self._step(record, stand, mark.version)
                if step is not None:
                    yield step

    def _check_chain(self, record: Record, stand: Stand[StateT], mark: Mark | None) -> None:
        """A void record is no breach if it was decided from a record of its key that stood once."""
        continues = mark is not None or self._is_of_the_past(record, stand)
        reason = "its parent is no record of its key"
        self.tally.check(Promise.UNBROKEN_CHAIN, continues, record, reason)
        if continues:
            is_marked = record.is_void == (mark is None)
            self.tally.check(Promise.UNBROKEN_CHAIN, is_marked, record, "the log counts it otherwise")

    def _is_of_the_past(self, record: Record, stand: Stand[StateT]) -> bool:
        version, parent = record.headers.get("ce_version", ""), record.headers.get("ce_parent")
        if not version.isdigit() or not 0 < int(version) <= stand.mark.version + 1:
            return False
        if parent == "":
            return version == "1"
        for offset in range(record.offset - 1, -1, -1):
            former = self.view.at(self.outputs, offset)
            if former is not None and former.key == record.key and digest(former) == parent:
                return former.headers["ce_version"] == str(int(version) - 1)
        return False

    def _step(self, record: Record, stand: Stand[StateT], version: int) -> Step[DecisionT, StateT] | None:
        decision = self._read(record)
        at = instant(record.headers["ce_time"])
        position = int(record.headers["ce_position"])
        source = self.view.cause_of(record, self.inputs)
        self._check_order(record, stand, source, at, position)
        self._check_cause(record, source, position)
        former, former_deadline = stand.state, stand.deadline
        stand.at, stand.position, stand.offset = at, position, record.offset
        self.facts.setdefault(record.key, []).append(0 if decision is None else len(decision.facts))
        if decision is None:
            stand.state = stand.deadline = None
            return None
        state: Any = decision.state
        stand.state, stand.deadline = state, decision.deadline
        cause = None if source is None else input_of(source)
        step = Step(record, version, at, cause, decision, former, former_deadline)
        self._check_refusal(step)
        return step

    def _read(self, record: Record) -> DecisionT | None:
        try:
            decision = self.model.model_validate_json(record.value)
        except ValidationError as error:
            self.tally.check(Promise.WELL_FORMED, False, record, first_of(error))
            return None
        key = None if decision.state is None else key_of(decision.state)
        self.tally.check(Promise.WELL_FORMED, key in {None, record.key}, record, "its state is another key's")
        return decision

    def _check_order(
        self, record: Record, stand: Stand[StateT], source: Record | None, at: datetime, position: int
    ) -> None:
        check = self.tally.check
        check(Promise.LOG_ORDER, position >= stand.position, record, "an input before one already decided")
        check(Promise.LOG_ORDER, at >= stand.at, record, "decided before the decision that it follows")
        if source is not None and self.view.is_own(record):
            is_timely = at == max(source.stamped_at, stand.at)
            reason = "its time is neither its input's nor that of the decision before"
            check(Promise.LOG_ORDER, is_timely, record, reason)

    def _check_cause(self, record: Record, source: Record | None, position: int) -> None:
        check, promise = self.tally.check, Promise.ONE_DECISION_PER_INPUT
        is_its_own = (
            source is not None
            and source.key == record.key
            and source.headers.get("ce_id") == record.headers["ce_cause"]
        )
        check(promise, is_its_own, record, f"it was not caused by {self.inputs}:{position}")
        lies_at = position if source is None else source.offset
        check(promise, lies_at not in self.decided, record, f"{self.inputs}:{position} was decided before")
        self.decided.add(lies_at)

    def _check_refusal(self, step: Step[DecisionT, StateT]) -> None:
        """A refusal says nothing and leaves the state as it was, unless something else was due by then."""
        is_due = step.due_before is not None and step.due_before.at <= step.at
        if step.is_accepted or is_due or (step.before is None and step.version > 1):
            return
        facts: Any = step.decision.facts
        said = [fact.type for fact in facts if fact.type not in STILL_SAID]
        reason = f"refused as {step.decision.answer}, and yet "
        check, promise = self.tally.check, Promise.REFUSED_CHANGES_NOTHING
        if check(promise, not said, step.record, reason + "it says " + ", ".join(said[:1])):
            is_told = getattr(getattr(step.cause, "by", None), "role", None) is Role.OFFERS
            left_out = NOT_STATE | TOMBSTONES if is_told else NOT_STATE
            is_same = bare(step.before, left_out) == bare(step.decision.state, left_out)
            check(promise, is_same, step.record, reason + "the state differs")


def bare(state: offers.Setting | placements.Referral | None, left_out: set[str]) -> Any:
    """Return a state without what only remembers."""
    return None if state is None else state.model_dump(exclude=left_out)


def key_of(state: offers.Setting | placements.Referral) -> str:
    return state.setting_id if isinstance(state, offers.Setting) else state.referral_id


def input_of(record: Record) -> Event | None:
    """Return what an input says; None if it cannot be read."""
    registered = by_type().get(record.headers.get("ce_type", ""))
    if registered is None or registered.topic != record.topic:
        return None
    try:
        return registered.model.model_validate_json(record.value)
    except ValidationError:
        return None


def first_of(error: ValidationError) -> str:
    """Return where the first mistake lies and of what kind it is, never what was written there."""
    found = error.errors(include_input=False, include_url=False, include_context=False)[0]
    path = ".".join(str(part) for part in found["loc"] if isinstance(part, int) or part in field_names())
    return f"{path or '$'}: {found['type']}"
