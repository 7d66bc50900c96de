"""Seeded bugs in worker, couriers and clock: each is one of them with one promise left out."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from services.matcher.domain.inputs import DeadlineDue
from services.matcher.domain.referral_inputs import FallThroughTold

from .log import Key, Mark, Order, Record
from .runners import Clock, Courier, Followed, Held, Parts, Tell, Worker


def counts_by_version(mark: Mark, record: Record) -> bool:
    return record.version == mark.version + 1


def counts_all(_mark: Mark, _record: Record) -> bool:
    return True


class CommitsFirst(Courier):
    def carry(self, tell: Tell, *, crash_after: int | None = None) -> bool | None:
        before = self.position
        is_counted = super().carry(tell, crash_after=crash_after)
        if is_counted is not None:
            self.key.carried = before + 1
        return is_counted


class DropsFallThrough(Courier):
    def carry(self, tell: Tell, *, crash_after: int | None = None) -> bool | None:
        def tell_the_rest(name: str, order: Order) -> None:
            if not isinstance(order, FallThroughTold):
                tell(name, order)

        return super().carry(tell_the_rest, crash_after=crash_after)


class Forgets(Clock):
    def crash(self, keys: dict[str, Key]) -> "Clock":
        restarted = super().crash(keys)
        for name, key in keys.items():
            followed = self.follow(key)
            restarted.followed[name] = Followed(followed.position, followed.mark)
        return restarted


class SaysItOnce(Clock):
    def tick(self, key: Key, now: datetime, tell: Tell) -> bool:
        has_said = super().tick(key, now, tell)
        if has_said:
            self.followed[key.name].deadline = None
        return has_said


class ReadsNotOn(Worker):
    def overtaken(self, key: Key) -> None:
        self.held[key.name].end = len(key.records)


class ResumesAtTheEnd(Worker):
    def restored(self, mark: Mark, last: Record, end: int) -> Held:
        held = super().restored(mark, last, end)
        held.next = max(held.next, last.position + 2)
        return held


class DecidesAgain(Worker):
    def restored(self, mark: Mark, last: Record, end: int) -> Held:
        held = super().restored(mark, last, end)
        held.next = max(0, held.next - 2 * 3)
        return held


class LosesMemory(Worker):
    def restored(self, mark: Mark, last: Record, end: int) -> Held:
        held = super().restored(mark, last, end)
        held.state = _forgetful(held.state)
        return held


def _forgetful(state: Any) -> Any:
    return None if state is None else replace(state, memory=())


class RemembersDeadlines(Worker):
    def __init__(self, parts: Parts, code: int) -> None:
        super().__init__(parts, code)
        self.seen: set[str] = set()

    def decide(self, key: Key) -> bool:
        held = self.held.get(key.name) or self.start(key)
        if held.next >= len(key.inputs):
            return False
        order = key.inputs[held.next].order
        if isinstance(order, DeadlineDue):
            if order.id in self.seen:
                held.next += 1
                return True
            self.seen.add(order.id)
        return super().decide(key)


class RepeatMovesTime(Worker):
    def pass_over(self, held: Held, now: datetime) -> None:
        super().pass_over(held, now)
        held.decided_at = now


class TakesTheStamp(Worker):
    def time_of(self, _held: Held, stamped_at: datetime) -> datetime:
        return stamped_at
