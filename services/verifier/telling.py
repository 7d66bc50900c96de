"""Holds messages against the facts that they tell, and dead letters against the records that they name.

Knows fact ids (`key:version:index`, or the id of a match or of a window with a reminder) and message keys.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson
from pydantic import ValidationError

from runtime.log import Record
from schemas import deliveries
from schemas.dead_letters import DeadLetter
from schemas.words import DeliveryOutcome, Role

from .domain.promises import Promise, Tally
from .inputs import Letters
from .reading import LogView
from .steps import first_of, input_of
from .windows import Windows

RECIPIENTS_OF_ONE_PARTY: Final = 2
"""A party has an inbox and a duty manager: a fact reaches it under two keys at most on one channel."""
WINDOW_PARTS: Final = 4
REMINDERS: Final = frozenset({"first", "last", "again"})
"""What follows a window's id in the id of a reminder: which one, and whether it runs a second length."""
OVER: Final = frozenset({DeliveryOutcome.SENT, DeliveryOutcome.REFUSED, DeliveryOutcome.SUPERSEDED})
ELSEWHERE: Final = "http"
"""Letters about what came over HTTP: nothing was appended, so they lie nowhere."""


@dataclass(slots=True)
class Messages:
    """Folds `deliveries`."""

    tally: Tally
    view: LogView
    windows: Windows
    facts: tuple[Mapping[str, list[int]], ...]
    """How many facts each version of each key has, for settings and for referrals."""
    matches: frozenset[str]
    _over: dict[tuple[str, str], DeliveryOutcome] = field(default_factory=dict)
    _attempts: dict[tuple[str, str], int] = field(default_factory=dict)
    _keys: defaultdict[tuple[str, ...], set[str]] = field(default_factory=lambda: defaultdict(set))

    def read(self) -> None:
        for record in self.view.counted("deliveries"):
            told = input_of(record)
            if isinstance(told, deliveries.DeliveryBegun):
                self._begin(record, told)
            elif isinstance(told, deliveries.DeliveryEnded):
                self._end(record, told)

    def _begin(self, record: Record, told: deliveries.DeliveryBegun) -> None:
        self._judge_fact(record, told)
        name = (told.message_key, told.channel)
        was = self._over.get(name)
        reason = f"{told.fact_id} was {was} already, and is told to {record.key} again"
        self.tally.check(Promise.MESSAGES_ONCE, was not in OVER, record, reason)
        is_next = told.attempt == self._attempts.get(name, 0) + 1
        reason = f"{told.fact_id} to {record.key}: attempt {told.attempt} does not follow the last"
        self.tally.check(Promise.MESSAGES_ONCE, is_next, record, reason)
        self._attempts[name] = told.attempt
        same = (told.fact_id, told.recipient.role, record.key, told.channel, told.kind)
        self._keys[same].add(told.message_key)
        is_once = len(self._keys[same]) <= RECIPIENTS_OF_ONE_PARTY
        reason = f"{told.fact_id} is told to {record.key} under a third key"
        self.tally.check(Promise.MESSAGES_ONCE, is_once, record, reason)

    def _end(self, record: Record, told: deliveries.DeliveryEnded) -> None:
        name = (told.message_key, told.channel)
        if told.outcome is DeliveryOutcome.SENT:
            has_begun = self._attempts.get(name, 0) >= told.attempt
            reason = f"{told.fact_id} was sent to {record.key} before it was begun"
            self.tally.check(Promise.MESSAGES_ONCE, has_begun, record, reason)
        self._over[name] = told.outcome

    def _judge_fact(self, record: Record, told: deliveries.DeliveryBegun) -> None:
        is_there = self._is_fact(told.fact_id)
        reason = f"{told.kind} to {record.key} tells {told.fact_id}, which is no fact"
        self.tally.check(Promise.MESSAGES_HAVE_FACTS, is_there, record, reason)
        window = self.windows.tracks.get(":".join(told.fact_id.split(":")[:WINDOW_PARTS]))
        if window is not None and told.recipient.role is Role.TEAM:
            is_asked = record.key in window.members
            reason = f"{record.key} is told of {window.window_id}, which is not for it"
            self.tally.check(Promise.OWN_STREAM, is_asked, record, reason)

    def _is_fact(self, fact_id: str) -> bool:
        """Tell whether it names a fact of a decision, a match, or a window that may be reminded of."""
        key, _, rest = fact_id.partition(":")
        version, _, index = rest.partition(":")
        if version.isdigit() and index.isdigit():
            counts = next((each[key] for each in self.facts if key in each), [])
            return 0 < int(version) <= len(counts) and int(index) < counts[int(version) - 1]
        parts = fact_id.split(":")
        is_reminder = (
            ":".join(parts[:WINDOW_PARTS]) in self.windows.tracks and set(parts[WINDOW_PARTS:]) <= REMINDERS
        )
        return fact_id in self.matches or is_reminder


def read_letters(view: LogView, tally: Tally) -> Letters:
    """Check every dead letter against the record that it names; return what they name."""
    letters = Letters()
    for record in view.counted("dead-letters"):
        try:
            letter = DeadLetter.model_validate_json(record.value)
        except ValidationError as error:
            tally.check(Promise.WELL_FORMED, False, record, first_of(error))
            continue
        tally.check(Promise.WELL_FORMED, True, record, "")
        if letter.topic != ELSEWHERE:
            _judge_letter(view, tally, record, letter, letters)
    return letters


def _judge_letter(view: LogView, tally: Tally, record: Record, letter: DeadLetter, letters: Letters) -> None:
    named = view.lying_at(letter.topic, letter.partition, letter.offset)
    is_it = (
        named is not None
        and letter.sha256 == hashlib.sha256(named.value).hexdigest()
        and letter.size == len(named.value)
    )
    reason = f"it names {letter.topic}:{letter.offset}, which is not the record that it describes"
    if tally.check(Promise.DEAD_LETTERS_NAMED, is_it, record, reason) and named is not None:
        is_first = (named.topic, named.offset) not in letters.lying
        reason = f"{letter.topic}:{letter.offset} has another letter already"
        tally.check(Promise.DEAD_LETTERS_NAMED, is_first, record, reason)
        letters.lying.add((named.topic, named.offset))


def matches_of(view: LogView) -> frozenset[str]:
    """Return the id of every match that was ever found."""
    found = (orjson.loads(record.value) for record in view.counted("matches"))
    return frozenset(each["match_id"] for each in found if isinstance(each, dict) and "match_id" in each)
