"""Follows takes between the two deciders, and that who won or lost is told.

Knows referrals, takes and the words that travel between settings and referrals. Must not know windows.
"""

from dataclasses import dataclass, field
from datetime import datetime

from runtime.log import Record
from schemas import offer_facts as facts
from schemas import placements, referrals
from schemas.words import ReferralStatus

from .domain.promises import Promise, Tally
from .inputs import LAG_MAX
from .reading import LogView
from .steps import OfferStep, PlacementStep, input_of
from .terms import policy


@dataclass(slots=True)
class Asked:
    """One take: who asked, how the setting answered, how the referral settled."""

    record: Record
    hold_id: str
    answered: str = ""
    answered_by: Record | None = None
    settled: str = ""


@dataclass(slots=True)
class Takes:
    """All takes of the log, and the words that must arrive."""

    tally: Tally
    view: LogView
    asked: dict[str, Asked] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)
    """The take by which each referral has a place reserved, by the offers' word."""
    placed: dict[str, str] = field(default_factory=dict)
    due: dict[tuple[str, str, str], Record] = field(default_factory=dict)
    """What a referral must be told: (referral, instance, what), by the record that says so."""

    # --- placements: read first, since a take begins there ---------------------------------------------------

    def take_placement(self, step: PlacementStep) -> None:
        for fact in step.decision.facts:
            match fact:
                case placements.TakeAsked():
                    self._ask(step, fact)
                case placements.Placed():
                    self._settle(step, fact.take_id, "placed")
                    self._place(step, fact.take_id)
                case placements.TakeFailed():
                    self._settle(step, fact.take_id, "failed")
                case placements.ReferralReopened():
                    self.placed.pop(step.key, None)
                case placements.ReferralConfirmationDue():
                    self._judge_confirmation(step)
        self._judge_state(step)

    def _ask(self, step: PlacementStep, fact: placements.TakeAsked) -> None:
        is_new = fact.take_id not in self.asked
        reason = f"{fact.take_id} was asked before"
        if self.tally.check(Promise.TAKES_ANSWERED_ONCE, is_new, step.record, reason):
            self.asked[fact.take_id] = Asked(step.record, fact.hold_id)

    def _settle(self, step: PlacementStep, take_id: str, how: str) -> None:
        asked = self.asked.get(take_id)
        is_open = asked is not None and not asked.settled
        reason = f"{take_id} was settled twice, or never asked"
        self.tally.check(Promise.TAKES_ANSWERED_ONCE, is_open, step.record, reason)
        if asked is not None:
            asked.settled = how

    def _place(self, step: PlacementStep, take_id: str) -> None:
        is_first = step.key not in self.placed
        reason = f"{step.key} was placed by {take_id} and has a place already"
        self.tally.check(Promise.ONE_PLACE_PER_REFERRAL, is_first, step.record, reason)
        self.placed[step.key] = take_id

    def _judge_confirmation(self, step: PlacementStep) -> None:
        before = step.before
        terms = None if before is None else policy(before.policy)
        if before is not None and terms is not None:
            is_due = step.at >= before.confirmed_at + terms.referral_confirm
            reason = f"{step.key} was due for confirmation before its time"
            self.tally.check(Promise.NEVER_EARLY, is_due, step.record, reason)

    def _judge_state(self, step: PlacementStep) -> None:
        """A referral is locked or placed with the one take that the facts gave it, and never otherwise."""
        state = step.decision.state
        if state is None:
            return
        is_taken = state.status in {ReferralStatus.LOCKED, ReferralStatus.PLACED}
        is_whole = is_taken == (state.take is not None) or state.status is ReferralStatus.CLOSED
        reason = f"{step.key} is {state.status} and its take says otherwise"
        self.tally.check(Promise.ONE_PLACE_PER_REFERRAL, is_whole, step.record, reason)
        if step.before is not None:
            is_kept = state.amended_at >= step.before.amended_at
            is_kept &= state.confirmed_at >= step.before.confirmed_at
            reason = "an older word stands in the place of a newer one"
            self.tally.check(Promise.NEWEST_OBSERVATION, is_kept, step.record, reason)

    # --- offers ------------------------------------------------------------------------------------------------

    def take_offer(self, step: OfferStep) -> None:
        for fact in step.decision.facts:
            match fact:
                case facts.TakeAgreed():
                    self._answer(step, fact.take_id, "agreed")
                    self._reserve(step, fact)
                case facts.TakeRefused():
                    self._answer(step, fact.take_id, "refused")
                case facts.FellThrough():
                    self.taken.pop(fact.referral_id, None)
            told = to_tell(fact)
            if told is not None:
                self.due[told] = step.record

    def _answer(self, step: OfferStep, take_id: str, how: str) -> None:
        asked = self.asked.get(take_id)
        is_open = asked is not None and not asked.answered
        reason = f"{take_id} was answered twice, or never asked"
        self.tally.check(Promise.TAKES_ANSWERED_ONCE, is_open, step.record, reason)
        if asked is not None and is_open:
            asked.answered, asked.answered_by = how, step.record

    def _reserve(self, step: OfferStep, fact: facts.TakeAgreed) -> None:
        former = self.taken.get(fact.referral_id)
        reason = f"{fact.referral_id} has a place by {former} and another by {fact.take_id}"
        self.tally.check(Promise.ONE_PLACE_PER_REFERRAL, former is None, step.record, reason)
        self.taken[fact.referral_id] = fact.take_id

    # --- at the end ---------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Every take has its answer, and every word has arrived, but for the last minute of the log."""
        arrived = self._arrived()
        for name, record in self.due.items():
            if self._is_late(record.stamped_at):
                reason = f"{name[0]} was not told of {name[1]}: {name[2]}"
                self.tally.check(Promise.LOSERS_TOLD, name in arrived, record, reason)
        for take_id, asked in self.asked.items():
            self._judge_take(take_id, asked)

    def _judge_take(self, take_id: str, asked: Asked) -> None:
        check, promise = self.tally.check, Promise.TAKES_ANSWERED_ONCE
        if self._is_late(asked.record.stamped_at):
            check(promise, bool(asked.answered), asked.record, f"{take_id} has no answer")
        if asked.answered_by is not None and self._is_late(asked.answered_by.stamped_at):
            expected = {"agreed": "placed", "refused": "failed"}[asked.answered]
            reason = f"{take_id} was {asked.answered}, and the referral did not settle so"
            check(promise, asked.settled == expected, asked.answered_by, reason)

    def _arrived(self) -> set[tuple[str, str, str]]:
        found: set[tuple[str, str, str]] = set()
        for record in self.view.records("referrals"):
            told = input_of(record)
            match told:
                case referrals.NominationEndTold():
                    found.add((record.key, told.nomination_id, str(told.end)))
                case referrals.HoldEndTold():
                    found.add((record.key, told.hold_id, str(told.end)))
                case referrals.HoldTold():
                    found.add((record.key, told.hold_id, "held"))
                case referrals.MoveInTold():
                    found.add((record.key, told.take_id, "move in"))
                case referrals.FallThroughTold():
                    found.add((record.key, told.take_id, "fall through"))
        return found

    def _is_late(self, at: datetime) -> bool:
        return self.view.horizon - at > LAG_MAX


def to_tell(fact: facts.Fact) -> tuple[str, str, str] | None:
    """Return what a referral must be told of a fact: (referral, instance, what)."""
    match fact:
        case facts.FellThrough():
            return fact.referral_id, fact.take_id, "fall through"
        case facts.MovedIn():
            return fact.referral_id, fact.take_id, "move in"
        case facts.NominationEnded():
            return fact.referral_id, fact.nomination_id, str(fact.end)
        case facts.PlaceHeld():
            return fact.referral_id, fact.hold_id, "held"
        case facts.HoldEnded():
            return fact.referral_id, fact.hold_id, str(fact.end)
    return None
