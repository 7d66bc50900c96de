"""The three runners as models without bytes: worker, courier, clock. Each can stop between any two of its steps.

What a runner holds in memory is lost when it restarts; what it then knows it has read from the log. Knows versions,
digests and positions. Must not know a rule. A seeded bug takes the place of one of these classes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from services.matcher.couriers import OFFERS_ROUTES, PLACEMENTS_ROUTES, Route
from services.matcher.domain import inputs, offers, placements, referral_inputs
from services.matcher.domain.decision import Deadline, Decision
from services.matcher.domain.policy import Terms
from services.matcher.domain.values import InputId

from .codes import CODES
from .log import UNMARKED, Counts, Key, Mark, Order, Record, counts, digest_of
from .scene import CLOCK, NEVER, SAYS_OFFERS, SAYS_PLACEMENTS

Decide: TypeAlias = Callable[[Terms, Any, Any, datetime], Decision[Any] | None]
Tell: TypeAlias = Callable[[str, Order], None]
"""Append an input to the partition of a key."""


@dataclass(frozen=True)
class Parts:
    """What a world is made of. The sound one has the real rules; a seeded bug replaces one part."""

    decide_offers: Decide = offers.decide
    decide_placements: Decide = placements.decide
    worker_counts: Counts = counts
    reader_counts: Counts = counts
    worker: "type[Worker]" = field(default_factory=lambda: Worker)
    courier: "type[Courier]" = field(default_factory=lambda: Courier)
    clock: "type[Clock]" = field(default_factory=lambda: Clock)


# --- the decider -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Held:
    """A key as a worker holds it: decided up to `next`, outputs read up to `end`."""

    state: Any
    mark: Mark
    decided_at: datetime
    next: int
    end: int


class Worker:
    """One process that may decide any key. Two of them do, and neither knows of the other but by the log."""

    def __init__(self, parts: Parts, code: int) -> None:
        self.parts, self.code = parts, code
        self.held: dict[str, Held] = {}
        self.sent: dict[str, list[Record]] = {}
        """Decisions that are on their way to the log."""
        self.read: dict[str, int] = {}
        """How far the inputs were read of keys that are held no more."""

    def fork(self) -> "Worker":
        """A worker of the same version that has yet to read anything."""
        return type(self)(self.parts, self.code)

    def has_work(self, key: Key) -> bool:
        """Tell whether an input may wait; of a key that it has not read it does not know."""
        held = self.held.get(key.name)
        if held is None:
            return self.read.get(key.name, 0) < len(key.inputs)
        return held.next < len(key.inputs)

    def decide(self, key: Key) -> bool:
        """Decide the next input and send the decision on its way; False if no input waits."""
        held = self.held.get(key.name) or self.start(key)
        if held.next >= len(key.inputs):
            return False
        said = key.inputs[held.next]
        now = self.time_of(held, said.stamped_at)
        decide = self.parts.decide_offers if key.is_setting else self.parts.decide_placements
        code = CODES[self.code]
        decision = decide(code.terms, held.state, said.order, now)
        if decision is None:
            self.pass_over(held, now)
            return True
        position, parent = held.next, held.mark.digest
        digest = digest_of(parent, position, now, code.writes)
        version = held.mark.version + 1
        record = Record(version, parent, digest, digest, said.order.id, position, now, code.writes, decision)
        self.sent.setdefault(key.name, []).append(record)
        held.state, held.mark, held.decided_at, held.next = (
            decision.state,
            Mark(version, digest),
            now,
            position + 1,
        )
        return True

    def time_of(self, held: Held, stamped_at: datetime) -> datetime:
        return max(held.decided_at, stamped_at)

    def pass_over(self, held: Held, _now: datetime) -> None:
        """No append, no change: not to time, nor to memory."""
        held.next += 1

    def start(self, key: Key) -> Held:
        """Read the key's decisions to their end; what the last that counts shows as decided is decided."""
        end = len(key.records)
        mark, last = key.read(self.parts.worker_counts, end)
        held = Held(None, mark, NEVER, 0, end) if last is None else self.restored(mark, last, end)
        held.next = max(held.next, self.read.pop(key.name, 0))
        self.held[key.name] = held
        self.evict(key.name)
        return held

    def evict(self, but: str) -> None:
        """Forget the keys that were held longest, unless something of theirs is on its way."""
        keys_max = CODES[self.code].keys_max
        if len(self.held) > keys_max:
            free = [name for name in self.held if name != but and not self.sent.get(name)]
            for name in free[: len(self.held) - keys_max]:
                self.forget(name)

    def forget(self, name: str) -> None:
        """Its state is read from the log again; how far the inputs were read is not forgotten."""
        self.read[name] = self.held.pop(name).next

    def restored(self, mark: Mark, last: Record, end: int) -> Held:
        return Held(last.decision.state, mark, last.decided_at, last.position + 1, end)

    def land(self, key: Key, *, is_checked: bool) -> list[Record]:
        """Let what is on its way reach the log, and return what was appended.

        A log that checks refuses an append that does not land where it should; one that does not takes it, and the
        worker sees by its offset that somebody else has written. Either way it reads on and decides again.
        """
        sent = self.sent.pop(key.name, [])
        held = self.held.get(key.name)
        is_overtaken = held is None or held.end != len(key.records)
        if sent and is_overtaken:
            self.overtaken(key)
        if is_checked and is_overtaken:
            return []
        key.records.extend(sent)
        if held is not None:
            held.end += len(sent)
        return sent

    def overtaken(self, key: Key) -> None:
        self.held.pop(key.name, None)

    def crash(self, keys: dict[str, Key], *, is_sent: bool) -> "Worker":
        """Lose everything; what was on its way is lost too, or lands later."""
        if is_sent:
            for name, sent in self.sent.items():
                keys[name].drifting.append(sent)
        return self.fork()


# --- the couriers ------------------------------------------------------------------------------------------


class Courier:
    """Carries the facts of one key to the keys that they name. At least once."""

    def __init__(self, parts: Parts, key: Key) -> None:
        self.parts, self.key = parts, key
        self.position = key.carried
        self.mark, _ = key.read(parts.reader_counts, key.carried)

    def carry(self, tell: Tell, *, crash_after: int | None = None) -> bool | None:
        """Carry the next record and say whether it counted; None if there was none.

        `crash_after`: how many messages it can append before it stops; its position is then not moved.
        """
        if self.position >= len(self.key.records):
            return None
        record = self.key.records[self.position]
        is_counted = self.parts.reader_counts(self.mark, record)
        if is_counted:
            for count, (name, order) in enumerate(messages(self.key, record)):
                if count == crash_after:
                    return is_counted
                tell(name, order)
        if crash_after is None:
            self.position += 1
            if is_counted:
                self.mark = Mark(record.version, record.digest)
        return is_counted

    def commit(self) -> None:
        self.key.carried = self.position

    def crash(self) -> "Courier":
        return type(self)(self.parts, self.key)


def messages(key: Key, record: Record) -> Iterator[tuple[str, Order]]:
    """What the facts of a decision become, and for which key: the real routes, without bytes."""
    routes = OFFERS_CARRIED if key.is_setting else PLACEMENTS_CARRIED
    facts: tuple[Any, ...] = record.decision.facts
    for index, fact in enumerate(facts):
        carried = routes.get(type(fact).__name__)
        if carried is not None:
            order_type, route = carried
            target = fact.referral_id if key.is_setting else fact.setting_id
            yield target, _order(key, record, index, fact, order_type, route)


def _order(key: Key, record: Record, index: int, fact: Any, order_type: Any, route: Route) -> Order:
    fields = {name: getattr(fact, name) for name in route.fields}
    fields.update(route.added(key.name))
    if key.is_setting:
        fields["referral_id"], fields["by"] = fact.referral_id, SAYS_OFFERS
    else:
        fields["setting_id"], fields["by"] = fact.setting_id, SAYS_PLACEMENTS
    fields["id"] = InputId(f"{key.name}:{record.version}:{index}")
    order: Order = order_type(observed_at=record.decided_at, **fields)
    return order


OFFERS_CARRIED: dict[str, tuple[Any, Route]] = {
    name: (getattr(referral_inputs, route.model.__name__), route) for name, route in OFFERS_ROUTES.items()
}
PLACEMENTS_CARRIED: dict[str, tuple[Any, Route]] = {
    name: (getattr(inputs, route.model.__name__), route) for name, route in PLACEMENTS_ROUTES.items()
}


# --- the clock ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Followed:
    """How far the clock has read a key, and the deadline that it waits for."""

    position: int = 0
    mark: Mark = UNMARKED
    deadline: Deadline | None = None


class Clock:
    """Says that a deadline has passed, as often as it is asked, until the log shows that it ended."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.followed: dict[str, Followed] = {}

    def follow(self, key: Key) -> Followed:
        """Read on to the end of the key's decisions."""
        followed = self.followed.get(key.name)
        if followed is None:
            followed = self.followed[key.name] = Followed()
        if followed.position < len(key.records):
            followed.position = len(key.records)
            mark, last = key.read(self.parts.reader_counts, followed.position)
            if last is not None and mark != followed.mark:
                followed.mark, followed.deadline = mark, last.decision.deadline
        return followed

    def tick(self, key: Key, now: datetime, tell: Tell) -> bool:
        """Say what is due by this machine's own sense of now; nobody believes it."""
        followed = self.follow(key)
        if followed.deadline is None or followed.deadline.at > now:
            return False
        tell(key.name, due(key, followed))
        return True

    def crash(self, _keys: dict[str, Key]) -> "Clock":
        return type(self)(self.parts)


def due(key: Key, followed: Followed) -> Order:
    """The same id as often as it is said: nothing may hang on it."""
    assert followed.deadline is not None
    input_id = InputId(f"{key.name}:{followed.mark.version}:due")
    at = followed.deadline.at
    fields: dict[str, Any] = {"id": input_id, "by": CLOCK, "observed_at": at}
    if key.is_setting:
        return inputs.DeadlineDue(setting_id=key.name, **fields)  # type: ignore[arg-type]
    return referral_inputs.ReferralDeadlineDue(referral_id=key.name, **fields)  # type: ignore[arg-type]


SOUND = Parts()
