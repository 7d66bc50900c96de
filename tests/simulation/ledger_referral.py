"""What the facts of one referral add up to, held against the state of each decision. Knows no rule of the matcher."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.words import Code, ReferralStatus, Role
from services.matcher.domain import referral_facts as facts
from services.matcher.domain import referral_inputs as inputs
from services.matcher.domain.referral import Referral

from .broken import broken
from .ledger_news import OLDER
from .log import Record
from .scene import COUNCIL_OF, NEVER
from .takes import Asked, Takes

FREES, STALE = "a referral never frees itself", "a stale answer changes nothing"


@dataclass(slots=True)
class ReferralBook:
    name: str
    takes: Takes
    status: ReferralStatus | None = None
    take: str | None = None
    has_moved_in: bool = False
    held: dict[str, datetime] = field(default_factory=dict)
    amended_at: datetime = NEVER
    """When the newest needs were observed."""
    order: Any = None
    now: datetime = NEVER

    def fork(self, takes: Takes) -> "ReferralBook":
        held = dict(self.held)
        return ReferralBook(
            self.name, takes, self.status, self.take, self.has_moved_in, held, self.amended_at
        )

    def enter(self, order: inputs.ReferralInput, record: Record, before: Record | None) -> None:
        self.order, self.now = order, record.decided_at
        for fact in record.decision.facts:
            entry = ENTRIES.get(type(fact))
            if entry is not None:
                entry(self, fact)
        if type(order) is inputs.NominationTold:
            self._is_answered(record, "NominationVouched", "NominationDenied")
        if record.decision.state is not None:
            self._agrees(record.decision.state, before)
            if before is not None and before.decision.state is not None:
                self._is_news(order, record.decision.state, before.decision.state)

    def _is_news(self, order: inputs.ReferralInput, state: Referral, was: Referral) -> None:
        is_kept = was.confirmed_at <= state.confirmed_at
        if state.profile_version != was.profile_version or state.needs != was.needs:
            is_kept &= order.observed_at >= self.amended_at
            self.amended_at = order.observed_at
        is_kept or broken(OLDER, f"{order.id} of {order.observed_at}")

    def _is_answered(self, record: Record, *kinds: str) -> None:
        told = [each for each in record.decision.facts if type(each).__name__ in kinds]
        len(told) == 1 or broken("every message is answered", self.order.id)

    # --- facts ---

    def opened(self, _fact: facts.ReferralOpened) -> None:
        self.status in (None, ReferralStatus.ANTICIPATED) or broken(FREES, f"opened while {self.status}")
        self.status = ReferralStatus.OPEN

    def vouched(self, fact: facts.NominationVouched) -> None:
        is_own = self.order.council == COUNCIL_OF.get(self.name)
        (is_own and self.status is not None) or broken("only what is vouched for", fact.nomination_id)
        self.takes.vouched.add(fact.nomination_id)

    def known(self, fact: facts.HoldKnown) -> None:
        self.status in (ReferralStatus.OPEN, ReferralStatus.LOCKED) or broken(STALE, fact.hold_id)
        self.held[fact.hold_id] = fact.until

    def gone(self, fact: facts.HoldGone | facts.HoldLetGo) -> None:
        self.held.pop(fact.hold_id, None)

    def asked(self, fact: facts.TakeAsked) -> None:
        self.status is ReferralStatus.OPEN or broken(
            "one taken place per referral", f"{self.take} {fact.take_id}"
        )
        fact.take_id not in self.takes.asked or broken("an id of its own", fact.take_id)
        until = self.held.get(fact.hold_id)
        until is not None or broken(STALE, f"{fact.hold_id} is not held")
        assert until is not None
        (self.now < until and fact.asked_at == self.now) or broken("too late at the deadline", fact.take_id)
        self.takes.asked[fact.take_id] = Asked(self.name, fact.hold_id, fact.vacancy_id, fact.asked_at)
        self.status, self.take = ReferralStatus.LOCKED, fact.take_id

    def placed(self, fact: facts.Placed) -> None:
        self._answered(fact.take_id, is_agreed=True)
        self.status = ReferralStatus.PLACED

    def failed(self, fact: facts.TakeFailed) -> None:
        self._answered(fact.take_id, is_agreed=False)
        self.status, self.take = ReferralStatus.OPEN, None

    def _answered(self, take_id: str, *, is_agreed: bool) -> None:
        is_locked = self.status is ReferralStatus.LOCKED and self.take == take_id
        is_locked or broken("a take settles once", f"{take_id} while {self.status} for {self.take}")
        is_its_own = type(self.order) is inputs.TakeAnswered and self.order.take_id == take_id
        is_its_own or broken("a take settles with its own answer", f"{take_id} by {self.order.id}")
        (self.order.code is Code.ACCEPTED) == is_agreed or broken(
            "a take settles with its own answer", take_id
        )
        self.takes.settle(take_id, is_agreed=is_agreed)

    def reopened(self, fact: facts.ReferralReopened) -> None:
        self._fell(fact.take_id)
        self.status, self.take = ReferralStatus.OPEN, None

    def _fell(self, take_id: str) -> None:
        self.take == take_id or broken(FREES, f"{take_id} fell through, {self.take} is present")
        is_word = type(self.order) is inputs.FallThroughTold and self.order.take_id == take_id
        (is_word and take_id in self.takes.fallen) or broken(
            FREES, f"{take_id} by {type(self.order).__name__}"
        )

    def moved_in(self, fact: facts.ChildMovedIn) -> None:
        (self.status is ReferralStatus.PLACED and self.take == fact.take_id) or broken(STALE, fact.take_id)
        self.has_moved_in = True

    def closed(self, _fact: facts.ReferralClosed) -> None:
        if self.status is ReferralStatus.LOCKED or (
            self.status is ReferralStatus.PLACED and not self.has_moved_in
        ):
            self.order.by.role is Role.OFFERS or broken(FREES, f"closed while {self.status}")
            assert self.take is not None
            self._fell(self.take)
        self.status, self.take, self.has_moved_in = ReferralStatus.CLOSED, None, False
        self.held.clear()

    # --- against the state ---

    def _agrees(self, state: Referral, before: Record | None) -> None:
        state.status is self.status or broken("state and facts agree", f"{state.status}, not {self.status}")
        take = state.take.take_id if state.take is not None else None
        take == self.take or broken("state and facts agree", f"take {take}, not {self.take}")
        len(state.holds) <= len(self.held) or broken("state and facts agree", self.name)
        was = before.decision.state if before is not None else None
        if was is not None and was.take is not None and state.take is not None and was.take != state.take:
            was.take.take_id == state.take.take_id or broken("one taken place per referral", self.name)


ENTRIES: Mapping[type[Any], Callable[[ReferralBook, Any], None]] = {
    facts.ReferralOpened: ReferralBook.opened,
    facts.NominationVouched: ReferralBook.vouched,
    facts.HoldKnown: ReferralBook.known,
    facts.HoldGone: ReferralBook.gone,
    facts.HoldLetGo: ReferralBook.gone,
    facts.TakeAsked: ReferralBook.asked,
    facts.Placed: ReferralBook.placed,
    facts.TakeFailed: ReferralBook.failed,
    facts.ReferralReopened: ReferralBook.reopened,
    facts.ChildMovedIn: ReferralBook.moved_in,
    facts.ReferralClosed: ReferralBook.closed,
}
