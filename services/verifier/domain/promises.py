"""The promises, each with a name for machines and a sentence for people, and the tally of what was found.

Knows where a record lies. Must not know what a record says.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol


class Promise(StrEnum):
    ONE_OPEN_WINDOW = "one_open_window"
    TIERS_IN_ORDER = "tiers_in_order"
    OPENED_BY_RIGHT = "opened_by_right"
    ANSWERED_BY_RIGHT = "answered_by_right"
    NEVER_EARLY = "never_early"
    NEVER_LATE = "never_late"
    FULL_LENGTH = "full_length"
    WINDOWS_END_ONCE = "windows_end_once"
    NOMINATIONS_END_ONCE = "nominations_end_once"
    HOLDS_END_ONCE = "holds_end_once"
    ONE_WINNER = "one_winner"
    LOSERS_TOLD = "losers_told"
    ONE_PLACE_PER_REFERRAL = "one_place_per_referral"
    TAKES_ANSWERED_ONCE = "takes_answered_once"
    REFUSED_CHANGES_NOTHING = "refused_changes_nothing"
    ONE_DECISION_PER_INPUT = "one_decision_per_input"
    UNBROKEN_CHAIN = "unbroken_chain"
    LOG_ORDER = "log_order"
    NEWEST_OBSERVATION = "newest_observation"
    ABSENT_IS_NOT_CLOSED = "absent_is_not_closed"
    PLACES_CONSERVED = "places_conserved"
    ONE_AUDIENCE = "one_audience"
    LISTINGS_FORWARD = "listings_forward"
    MATCHES_WHILE_OPEN = "matches_while_open"
    OWN_STREAM = "own_stream"
    MESSAGES_HAVE_FACTS = "messages_have_facts"
    MESSAGES_ONCE = "messages_once"
    DEAD_LETTERS_NAMED = "dead_letters_named"
    WELL_FORMED = "well_formed"


SAYS: Final[Mapping[Promise, str]] = MappingProxyType(
    {
        Promise.ONE_OPEN_WINDOW: "at most one open window per vacancy",
        Promise.TIERS_IN_ORDER: "tiers open in the agreement's order; none is skipped unless a fact says so",
        Promise.OPENED_BY_RIGHT: "a window is open only for a place that may be offered",
        Promise.ANSWERED_BY_RIGHT: "only who is asked, and only in time, is answered with yes",
        Promise.NEVER_EARLY: "nothing lapses before its deadline, by the log's time",
        Promise.NEVER_LATE: "what is due is ended before anything else, and within a minute",
        Promise.FULL_LENGTH: "every window, choice and hold has its full length; only a fact moves a deadline",
        Promise.WINDOWS_END_ONCE: "every window ends exactly once",
        Promise.NOMINATIONS_END_ONCE: "every nomination ends at most once, and stands until then",
        Promise.HOLDS_END_ONCE: "every hold ends at most once, and stands until then",
        Promise.ONE_WINNER: "one winner per vacancy, chosen among the vouched",
        Promise.LOSERS_TOLD: "whoever won or lost is told",
        Promise.ONE_PLACE_PER_REFERRAL: "one taken place per referral",
        Promise.TAKES_ANSWERED_ONCE: "every take is asked once and answered once",
        Promise.REFUSED_CHANGES_NOTHING: "a refused input changes nothing",
        Promise.ONE_DECISION_PER_INPUT: "every first-seen input has exactly one decision",
        Promise.UNBROKEN_CHAIN: "every decision continues a decision of its key",
        Promise.LOG_ORDER: "decisions follow their inputs in the order and at the time of the log",
        Promise.NEWEST_OBSERVATION: "older observations never overwrite newer ones",
        Promise.ABSENT_IS_NOT_CLOSED: "nothing is closed or withdrawn by silence",
        Promise.PLACES_CONSERVED: "registered places = occupied + vacant + held + reserved + unusable",
        Promise.ONE_AUDIENCE: "a vacancy is listed for answer to the one audience whose window is open",
        Promise.LISTINGS_FORWARD: "no audience's stream goes backwards",
        Promise.MATCHES_WHILE_OPEN: "matches only of windows that are open",
        Promise.OWN_STREAM: "a council's stream holds nothing of another's",
        Promise.MESSAGES_HAVE_FACTS: "no message without a fact",
        Promise.MESSAGES_ONCE: "no message twice, except after an unknown outcome with the same key",
        Promise.DEAD_LETTERS_NAMED: "every dead letter names an existing record that cannot be read",
        Promise.WELL_FORMED: "every record has the fields of its schema and no other",
    }
)


class Located(Protocol):
    """Anything that lies somewhere in the log."""

    @property
    def topic(self) -> str: ...
    @property
    def offset(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise broken: by which record, and how. The reason names ids, never contents."""

    topic: str
    offset: int
    reason: str


class Tally:
    """How often each promise was checked and broken, and the first breach of each."""

    def __init__(self) -> None:
        self.checked: Counter[Promise] = Counter()
        self.broken: Counter[Promise] = Counter()
        self.first: dict[Promise, Breach] = {}

    def check(self, promise: Promise, holds: bool, at: Located, reason: str) -> bool:
        """Count one check, and the breach if it does not hold; return whether it holds."""
        self.checked[promise] += 1
        if not holds:
            self.broken[promise] += 1
            self.first.setdefault(promise, Breach(at.topic, at.offset, reason))
        return holds

    @property
    def is_kept(self) -> bool:
        return not self.broken
