"""What must hold at every step and at the end, recomputed from the log alone. Shares no rule with the matcher.

The checker judges by itself which records count, and every reader must have judged alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.words import ReferralStatus
from services.matcher.domain import inputs, referral_inputs

from .broken import broken
from .codes import MEMORY_MIN
from .ledger_referral import ReferralBook
from .ledger_setting import SettingBook
from .log import UNMARKED, Key, Mark, Order, Record
from .takes import Takes

DEADLINES = (inputs.DeadlineDue, referral_inputs.ReferralDeadlineDue)


@dataclass(slots=True)
class Truth:
    """One key as every reader must read it."""

    book: SettingBook | ReferralBook
    verdicts: list[bool] = field(default_factory=list)
    counted: list[Record] = field(default_factory=list)
    causes: set[str] = field(default_factory=set)
    decided: dict[int, Record] = field(default_factory=dict)
    """What was decided from the same record, about the same input, at the same time."""
    mark: Mark = UNMARKED

    def fork(self, takes: Takes) -> "Truth":
        verdicts, counted = list(self.verdicts), list(self.counted)
        causes, decided = set(self.causes), dict(self.decided)
        return Truth(self.book.fork(takes), verdicts, counted, causes, decided, self.mark)


class Checker:
    def __init__(self) -> None:
        self.decisions = 0
        self.takes = Takes()
        self.truths: dict[str, Truth] = {}
        self.again: Callable[[Key, Any, Order, datetime], object] | None = None
        """Decides as the next version of the code would."""

    def fork(self) -> "Checker":
        forked = Checker()
        forked.takes = self.takes.fork()
        forked.truths = {name: truth.fork(forked.takes) for name, truth in self.truths.items()}
        return forked

    def truth(self, key: Key) -> Truth:
        truth = self.truths.get(key.name)
        if truth is None:
            book = SettingBook if key.is_setting else ReferralBook
            truth = self.truths[key.name] = Truth(book(key.name, self.takes))
        return truth

    def state(self, name: str, back: int = 0) -> Any:
        """The state of a key, or an older one; None if nothing is known of it."""
        truth = self.truths.get(name)
        if truth is None or not truth.counted:
            return None
        return truth.counted[max(0, len(truth.counted) - 1 - back)].decision.state

    # --- at every step ---

    def appended(self, key: Key, records: list[Record]) -> None:
        """Judge what has just been appended to a key's decisions, in order."""
        truth = self.truth(key)
        for record in records:
            is_next = record.version == truth.mark.version + 1 and record.parent == truth.mark.digest
            truth.verdicts.append(is_next)
            same = truth.decided.setdefault(record.alike, record)
            is_same = same is record or (same.digest == record.digest and same.decision == record.decision)
            is_same or broken("same log, same decisions", f"{key.name}, {record.cause_id}")
            if is_next:
                self._counts(key, truth, record)

    def _counts(self, key: Key, truth: Truth, record: Record) -> None:
        before = truth.counted[-1] if truth.counted else None
        said = key.inputs[record.position]
        order = said.order
        order.id == record.cause_id or broken("no decision without its input", record.cause_id)
        (before is None or record.position > before.position) or broken(
            "every input is decided once", order.id
        )
        time = said.stamped_at if before is None else max(said.stamped_at, before.decided_at)
        record.decided_at == time or broken("time comes from the log", order.id)
        if record.decision.state is not None and not isinstance(order, DEADLINES):
            recent = [each.cause_id for each in truth.counted[-MEMORY_MIN:]]
            order.id not in recent or broken("a repeat has no second effect", order.id)
        if self.again is not None and not record.writes:
            state = before.decision.state if before is not None else None
            is_same = self.again(key, state, order, time) == record.decision
            is_same or broken("same log, same decisions", f"{order.id} by the next version")
        truth.book.enter(order, record, before)  # type: ignore[arg-type]
        truth.mark = Mark(record.version, record.digest)
        truth.counted.append(record)
        truth.causes.add(record.cause_id)
        self.decisions += 1

    def read(self, key: Key, offset: int, *, is_counted: bool) -> None:
        """A reader has judged a record; every reader judges alike."""
        is_right = self.truths[key.name].verdicts[offset] == is_counted
        is_right or broken("readers agree", f"{key.name}, record {offset}")

    # --- at the end ---

    def everything_was_decided(self, key: Key) -> None:
        truth = self.truth(key)
        for said in key.inputs:
            is_decided = said.order.id in truth.causes or isinstance(said.order, DEADLINES)
            is_decided or broken("every input is decided", said.order.id)

    def nothing_is_left_over(self, key: Key, now: datetime) -> None:
        """Called when all is drained and the clock has said what it had to say."""
        book = self.truth(key).book
        if isinstance(book, ReferralBook):
            book.status is not ReferralStatus.LOCKED or broken("no referral stays locked", key.name)
            return
        for vacancy in book.vacancies.values():
            at = vacancy.next_due()
            (at is None or at > now) or broken("never is not late", f"{vacancy.vacancy_id} was due at {at}")

    def both_sides_know_the_same(self) -> None:
        """Every take is settled, and what a referral has lost is not held for it."""
        for take_id in self.takes.asked:
            take_id in self.takes.agreed | self.takes.refused or broken("every take is answered", take_id)
            is_settled = take_id in self.takes.settled or take_id in self.takes.fallen
            is_settled or broken("every take settles", take_id)
        for name, truth in self.truths.items():
            if isinstance(truth.book, SettingBook):
                self._setting_is_known(name, truth.book)
            elif truth.book.take is not None:
                is_theirs = self.takes.place_of.get(name) == truth.book.take
                is_theirs or broken("both sides know the same", f"{truth.book.take} of {name}")

    def _setting_is_known(self, name: str, book: SettingBook) -> None:
        for vacancy in book.vacancies.values():
            for nomination_id, (referral, is_vouched) in vacancy.pending.items():
                is_vouched or broken("every nomination is answered", nomination_id)
                known = self.state(referral).nominations
                is_known = any(each.nomination_id == nomination_id for each in known)
                is_known or broken("both sides know the same", f"{nomination_id} of {name}")
            if vacancy.kept is not None:
                known = self.state(vacancy.kept.referral).holds
                is_known = any(each.hold_id == vacancy.kept.hold_id for each in known)
                is_known or broken("both sides know the same", f"{vacancy.kept.hold_id} of {name}")
            if vacancy.take is not None:
                take = self.state(self.takes.asked[vacancy.take].referral).take
                (take and take.take_id == vacancy.take) or broken("both sides know the same", vacancy.take)
