"""Verifies a whole log: folds every topic once, in an order in which causes are known before effects.

Knows which check looks at what. Keeps in memory one state of each setting and referral, and a line for every window;
reads only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from runtime.log import Log
from schemas import offers, placements
from schemas.offer_facts import WindowOpened
from schemas.words import DeadlineKind

from .deadlines import Deadlines
from .domain.promises import Promise, Tally
from .inputs import LAG_MAX, Letters, check_form, check_inputs
from .ladders import Ladders
from .nominations import Nominations
from .places import Places
from .reading import LogView
from .rights import Rights
from .steps import Decisions, OfferStep
from .streams import Streams, councils_of
from .taking import Takes
from .telling import Messages, matches_of, read_letters
from .windows import Windows

READ_AGAIN: Final = ("referrals", "referrals", "listings", "matches", "matches", "deliveries")
"""Topics that are read once more than once each: for form, and for what each check needs of them."""
READ_FOR_FORM: Final = ("listings", "matches", "deliveries", "register")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: the tally, of how many records, of which log."""

    tally: Tally
    records: int
    log_id: str


class Offers:
    """Everything that is judged step by step in the decisions about settings."""

    def __init__(self, tally: Tally) -> None:
        self.windows = Windows(tally)
        self.rights = Rights(tally)
        self.ladders = Ladders(tally, self.rights, self.windows)
        self.nominations = Nominations(tally)
        self._deadlines = Deadlines(tally, self.rights, self.windows, self.ladders)
        self._places = Places(tally, self.rights)

    def take(self, step: OfferStep) -> None:
        """Judge one decision: first the answer, then each fact in order, then the state."""
        self.windows.judge_answer(step)
        self.nominations.judge_answer(step)
        self.rights.learn(step)
        known = self.rights.known.get(step.key)
        for fact in step.decision.facts:
            self._deadlines.take(step, fact)
            if not self.windows.take(step, fact):
                continue
            self.ladders.take(step, fact)
            self.nominations.take(step, fact, known.policy if known is not None else None)
            if isinstance(fact, WindowOpened):
                self.rights.judge_opening(step, fact)
        self._deadlines.judge_state(step)
        self.windows.judge_state(step)
        self.nominations.judge_state(step)
        self.rights.judge_open(step, self.windows)
        self._places.judge(step)


def passes(log: Log) -> int:
    """Return how many records `verify` will read, those counted twice that it reads twice."""
    ends = LogView(log).ends
    return sum(ends.values()) + sum(ends[topic] for topic in READ_AGAIN)


def verify(log: Log, progress: Callable[[int], None] | None = None) -> Verdict:
    """Recompute every promise from the log. `progress` is told how many more records were read."""
    view, tally = LogView(log, progress), Tally()
    letters = read_letters(view, tally)
    takes = Takes(tally, view)
    referrals: Decisions[placements.Decision, placements.Referral] = Decisions(
        view, tally, "referrals", "placements", placements.Decision
    )
    for placed in referrals.steps():
        takes.take_placement(placed)
    settings: Decisions[offers.Decision, offers.Setting] = Decisions(
        view, tally, "vacancies", "offers", offers.Decision
    )
    judged = Offers(tally)
    for step in settings.steps():
        judged.take(step)
        takes.take_offer(step)
    takes.finish()
    _check_end(view, tally, settings, letters)
    _check_end(view, tally, referrals, letters)
    streams = Streams(tally, view, judged.windows, councils_of(view))
    streams.read_listings()
    streams.read_matches()
    counts = (settings.facts, referrals.facts)
    Messages(tally, view, judged.windows, counts, matches_of(view)).read()
    for topic in READ_FOR_FORM:
        for record in view.records(topic):
            check_form(tally, record)
    return Verdict(tally, view.size, view.log_id)


Decided = Decisions[offers.Decision, offers.Setting] | Decisions[placements.Decision, placements.Referral]


def _check_end(view: LogView, tally: Tally, decisions: Decided, letters: Letters) -> None:
    """At the end of the log every input was decided or refused, and nothing that is due waits."""
    check_inputs(view, tally, decisions.inputs, decisions.decided, letters)
    _check_overdue(view, tally, decisions)


def _check_overdue(view: LogView, tally: Tally, decisions: Decided) -> None:
    """Nothing waits longer than a minute, by the stamps of the log, for the clock to say that it is due."""
    for key, stand in decisions.stands.items():
        if stand.deadline is None:
            continue
        is_late = view.horizon - stand.deadline.at > LAG_MAX
        reason = f"{DeadlineKind(stand.deadline.kind)} of {stand.deadline.subject} is overdue at the end of the log"
        found = view.at(decisions.outputs, stand.offset)
        if found is not None:
            tally.check(Promise.NEVER_LATE, not is_late, found, f"{key}: {reason}")
