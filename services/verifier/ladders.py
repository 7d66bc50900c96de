"""Whose turn it was, and for how long: recomputes each opening from the attached agreement and the way so far.

Knows ladders, walks and lengths. Must not know how the state stores them.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from schemas import offer_facts as facts
from schemas.words import Mistake, WindowOutcome

from .domain.hours import Hours, Span
from .domain.promises import Promise, Tally
from .domain.terms import Ladder, Rung
from .domain.walk import Left, Walk
from .rights import Known, Rights
from .steps import OfferStep
from .windows import Track, Windows

ROUNDING: Final = timedelta(seconds=1)
"""Seconds left are whole ones in the log."""


class Ladders:
    """Follows every vacancy down its ladder."""

    def __init__(self, tally: Tally, rights: Rights, windows: Windows) -> None:
        self._check, self._rights, self._windows = tally.check, rights, windows
        self.walks: dict[str, Walk] = {}
        self.lengths: dict[str, Span] = {}
        """The full length of the tier of each window, which a returned window has only a part of."""

    def take(self, step: OfferStep, fact: facts.Fact) -> None:
        """Follow one fact."""
        follow = FOLLOW.get(type(fact))
        known = self._rights.known.get(step.key)
        if follow is not None and known is not None:
            follow(self, step, fact, known)

    def walk(self, vacancy_id: str) -> Walk:
        return self.walks.setdefault(vacancy_id, Walk())

    # --- openings ------------------------------------------------------------------------------------------

    def open(self, step: OfferStep, fact: facts.WindowOpened, known: Known) -> None:
        ladder, walk = known.ladder_at(fact.opened_at), self.walk(fact.vacancy_id)
        check = self._check
        check(
            Promise.FULL_LENGTH,
            fact.opened_at == step.at,
            step.record,
            f"{fact.window_id} opened at another time",
        )
        if ladder is None:
            check(Promise.TIERS_IN_ORDER, False, step.record, "its policy is not known here")
            return
        is_its = (fact.agreement_id, fact.agreement_version) == (ladder.agreement_id, ladder.version)
        reason = f"{fact.window_id} opened by an agreement that is not in force"
        check(Promise.TIERS_IN_ORDER, is_its, step.record, reason)
        walk.start(ladder.agreement_id)
        rung = self._rung(step, fact, ladder)
        if rung is not None:
            self._judge_turn(step, fact, ladder, walk)
            self._judge_length(step, fact, known, rung, walk)
        walk.serve(fact.audience)
        walk.is_over = walk.is_confirmed_since = False
        if walk.left is not None and not (walk.left.is_due and walk.left.audience != fact.audience):
            walk.left = None

    def _rung(self, step: OfferStep, fact: facts.WindowOpened, ladder: Ladder) -> Rung | None:
        """Return the tier that the window names, if it is one, with the members that it has on the day."""
        rung = ladder.rungs[fact.tier - 1] if fact.tier <= len(ladder.rungs) else None
        is_named = rung is not None and rung.audience == fact.audience
        reason = f"{fact.window_id}: {fact.audience} is not tier {fact.tier} of its ladder"
        if not self._check(Promise.TIERS_IN_ORDER, is_named, step.record, reason) or rung is None:
            return None
        is_whole = rung.members(fact.opened_at) == frozenset(fact.members)
        reason = f"{fact.window_id}: its members are not those of {fact.audience} on the day"
        self._check(Promise.TIERS_IN_ORDER, is_whole, step.record, reason)
        return rung

    def _judge_turn(self, step: OfferStep, fact: facts.WindowOpened, ladder: Ladder, walk: Walk) -> None:
        """The first tier without a window; a tier that was left has none, and gets the rest of its own."""
        left, turns = walk.left, walk.turns(ladder.audiences)
        is_turn = fact.audience in turns
        if fact.is_returned:
            is_back = left is not None and left.audience == fact.audience
            is_turn = is_back and (is_turn or (left is not None and not left.is_due))
        elif left is not None and left.is_due and left.audience == fact.audience:
            is_turn = False
        reason = (
            f"{fact.window_id} opened for {fact.audience}; the turn was {' or '.join(turns) or 'nobody'}'s"
        )
        self._check(Promise.TIERS_IN_ORDER, is_turn, step.record, reason)

    def _judge_length(
        self, step: OfferStep, fact: facts.WindowOpened, known: Known, rung: Rung, walk: Walk
    ) -> None:
        if known.policy is None or known.hours is None:
            return
        length = known.policy.length_of(rung, fact.tier - 1, fact.kind)
        self.lengths[fact.window_id] = length
        seconds: tuple[float, ...] = (float(length.seconds),)
        if fact.is_returned and walk.left is not None:
            seconds = walk.left.seconds
        is_full = any(
            near(after(known.hours, fact.opened_at, length, each), fact.closes_at) for each in seconds
        )
        reason = f"{fact.window_id} does not have the length of its tier, or the rest of it"
        self._check(Promise.FULL_LENGTH, is_full, step.record, reason)

    # --- ends ----------------------------------------------------------------------------------------------

    def end(self, step: OfferStep, fact: facts.WindowEnded, known: Known) -> None:
        """Remember what was left of the window: a hold, a judgement or a mistake may bring the vacancy back."""
        walk, track = self.walk(fact.vacancy_id), self._windows.tracks[fact.window_id]
        if fact.outcome is WindowOutcome.CORRECTED:
            walk.served = [each for each in walk.served if each != fact.audience]
            return
        length = self.lengths.get(fact.window_id)
        if fact.outcome in {WindowOutcome.LAPSED, WindowOutcome.UNTOLD} or length is None:
            walk.left = None
            return
        walk.left = self._left(step, fact, known, track, length)
        if fact.outcome is WindowOutcome.REJUDGED:
            walk.go_back(walk.left)

    def _left(
        self, step: OfferStep, fact: facts.WindowEnded, known: Known, track: Track, length: Span
    ) -> Left | None:
        if known.policy is None or known.hours is None:
            return None
        rest = known.hours.between(step.at, track.closes_at, length.calendar)
        least = max(rest, known.policy.remainder(length))
        is_by_law = fact.outcome is WindowOutcome.NOMINATED
        return Left(fact.audience, (least,) if is_by_law else (rest, least))

    def must_return(self, _step: OfferStep, fact: Any, _known: Known) -> None:
        """What was held and is free again goes back to the tier that it left."""
        walk = self.walk(fact.vacancy_id)
        walk.go_back(walk.left)

    def correct(self, _step: OfferStep, fact: facts.Corrected, _known: Known) -> None:
        walk = self.walk(fact.vacancy_id)
        walk.go_back(walk.released if fact.mistake is Mistake.WRONG_RELEASE else walk.left)

    def release(self, step: OfferStep, fact: facts.WindowEnded, known: Known) -> None:
        """An end, remembered beyond the next opening if it was a release."""
        self.end(step, fact, known)
        walk = self.walk(fact.vacancy_id)
        if fact.outcome is WindowOutcome.RELEASED:
            walk.released, walk.left = walk.left, None

    # --- skipped, over -------------------------------------------------------------------------------------

    def skip(self, step: OfferStep, fact: facts.TierSkipped, known: Known) -> None:
        ladder, walk = known.ladder_at(step.at), self.walk(fact.vacancy_id)
        if ladder is None:
            return
        walk.start(ladder.agreement_id)
        rung = next((each for each in ladder.rungs if each.audience == fact.audience), None)
        is_right = (
            rung is not None
            and not rung.members(step.at)
            and walk.turns(ladder.audiences) in ([fact.audience], [])
        )
        reason = f"{fact.audience} of {fact.vacancy_id} was skipped out of turn, or had members"
        self._check(Promise.TIERS_IN_ORDER, is_right, step.record, reason)
        walk.serve(fact.audience)

    def finish(self, step: OfferStep, fact: facts.LadderEnded, known: Known) -> None:
        ladder, walk = known.ladder_at(step.at), self.walk(fact.vacancy_id)
        if ladder is None:
            return
        walk.start(ladder.agreement_id)
        rest = [each for each in ladder.audiences if each not in walk.served]
        reason = f"the ladder of {fact.vacancy_id} ended before the turn of {', '.join(rest[:1])}"
        self._check(Promise.TIERS_IN_ORDER, not rest, step.record, reason)
        walk.is_over = True

    def confirm(self, _step: OfferStep, fact: facts.VacancyConfirmed, _known: Known) -> None:
        walk = self.walk(fact.vacancy_id)
        walk.is_confirmed_since = walk.is_over


def after(hours: Hours, start: datetime, length: Span, seconds: float) -> datetime | None:
    """Return when so many seconds of a length's calendar are over; fractions pass by the clock."""
    whole = int(seconds)
    found = hours.after(start, Span(length.calendar, whole))
    return None if found is None else found + timedelta(seconds=seconds - whole)


def near(expected: datetime | None, found: datetime) -> bool:
    return expected is not None and abs(expected - found) <= ROUNDING


FOLLOW: Final[Mapping[type[facts.Fact], Callable[[Ladders, OfferStep, Any, Known], None]]] = {
    facts.WindowOpened: Ladders.open,
    facts.WindowEnded: Ladders.release,
    facts.HoldEnded: Ladders.must_return,
    facts.FellThrough: Ladders.must_return,
    facts.Corrected: Ladders.correct,
    facts.TierSkipped: Ladders.skip,
    facts.LadderEnded: Ladders.finish,
    facts.VacancyConfirmed: Ladders.confirm,
}
