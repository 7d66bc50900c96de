"""Follows the topics that news comes from, keeps the board, and gathers messages that are not yet written down.

Knows positions and the snapshot. Must not know a channel. A committed position says that every message from before it
stands in `deliveries`; so what is read again after a crash is read again whole.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from runtime.log import Log, LogMismatch, Record
from services.notifier import translate
from services.notifier.domain.board import Board
from services.notifier.domain.messages import Message
from services.notifier.domain.news import Decided, news
from services.notifier.domain.referral_news import Match, digests, referral_news
from services.notifier.domain.telling import Telling
from services.notifier.translate import DELIVERIES, MATCHES, OFFERS, PLACEMENTS

SOURCES = (PLACEMENTS, OFFERS, MATCHES)
FRESH_MAX = 20_000
"""How many messages may wait until everything is read; more are judged by what is known so far."""


@dataclass(slots=True)
class Snapshot:
    """Everything that the notifier holds, at named positions of the sources and of `deliveries`."""

    positions: dict[str, int]
    board: Board
    tellings: list[Telling] = field(default_factory=list)


class Following:
    """Reads on, and knows which messages came of it."""

    def __init__(self, log: Log, name: str, batch_max: int = 500) -> None:
        self._log, self._name, self._batch_max = log, name, batch_max
        self.board = Board()
        self.next = dict.fromkeys(SOURCES, 0)
        self.messages: list[Message] = []
        self.matches: list[Match] = []
        self.changed: set[str] = set()
        self.is_caught_up = False
        """Whether what is gathered may be judged now: there was no more to read, or no more room."""

    @property
    def positions(self) -> dict[str, int]:
        """The positions of the readers, as the log names them."""
        return {f"{self._name}:{topic}": at for topic, at in self.next.items()}

    def load(self) -> Snapshot:
        """Go back to the last snapshot that fits the log, else to an empty board at zero."""
        saved = self._log.load_snapshot(self._name)
        snapshot = None if saved is None else msgspec.json.decode(saved[1], type=Snapshot)
        if snapshot is None or not self._fits(snapshot):
            snapshot = Snapshot(dict.fromkeys((*SOURCES, DELIVERIES), 0), Board())
        self.board = snapshot.board
        self.next = {topic: snapshot.positions[topic] for topic in SOURCES}
        return snapshot

    def _fits(self, snapshot: Snapshot) -> bool:
        is_whole = snapshot.positions.keys() == {*SOURCES, DELIVERIES}
        within = all(self._log.end(topic) >= at for topic, at in snapshot.positions.items())
        return (
            is_whole and within and all(snapshot.positions[each] <= self._committed(each) for each in SOURCES)
        )

    def save(self, tellings: list[Telling]) -> None:
        """Keep what is held; only when every message is written down."""
        positions = {**self.next, DELIVERIES: self._log.end(DELIVERIES)}
        body = msgspec.json.encode(Snapshot(positions, self.board, tellings))
        self._log.save_snapshot(self._name, sum(positions.values()), body)

    def catch_up(self, is_wanted: Callable[[str], bool]) -> dict[str, Message]:
        """Read to the committed positions, and return the messages from there whose key is wanted.

        LogMismatch if the log is shorter than that.
        """
        wanted: dict[str, Message] = {}
        for topic in SOURCES:
            committed = self._committed(topic)
            if (end := self._log.end(topic)) < committed:
                raise LogMismatch(f"{topic} ends at {end}, but {self._name} has read {committed}")
            while self.next[topic] < committed:
                self._read(topic, committed - self.next[topic])
                found = (*self.messages, *_digests_from_each(self.matches))
                wanted.update({each.key: each for each in found if is_wanted(each.key)})
                self.messages, self.matches = [], []
        self.changed.clear()
        return wanted

    def _committed(self, topic: str) -> int:
        return self._log.position(f"{self._name}:{topic}")

    def step(self) -> int:
        """Read the next records of every source and return how many there were."""
        counts = [self._read(topic, self._batch_max) for topic in SOURCES]
        is_full = len(self.messages) + len(self.matches) >= FRESH_MAX
        self.is_caught_up = is_full or max(counts) < self._batch_max
        return sum(counts)

    def take(self) -> list[Message]:
        """The gathered messages, matches put together by referral; they are the caller's to write down now."""
        messages = [*self.messages, *digests(self.matches)]
        self.messages, self.matches = [], []
        return messages

    def _read(self, topic: str, limit: int) -> int:
        records = self._log.read(topic, self.next[topic], min(limit, self._batch_max))
        for record in records:
            if not record.is_void:
                FOLD[topic](self, record)
            self.next[topic] = record.offset + 1
        return len(records)

    def fold_offers(self, record: Record) -> None:
        """Take in a decision about a setting."""
        decided = translate.read_offers(record, self.board.settings.get(record.key))
        if decided is not None:
            self.messages += news(decided)
            self._credit(decided)
            self.board.pin_setting(decided.after)
            self.changed.add(record.key)

    def _credit(self, decided: Decided) -> None:
        for fact in decided.facts:
            if fact.type == "WindowCredited":
                self.board.credit(decided.after.setting_id, fact.window_id or "", decided.at)

    def fold_placements(self, record: Record) -> None:
        """Take in a decision about a referral."""
        decided = translate.read_placements(record)
        if decided is not None:
            self.messages += referral_news(decided)
            self.board.pin_referral(decided.after)

    def fold_matches(self, record: Record) -> None:
        """Take in a match."""
        match = translate.read_match(record)
        if match is not None and self.board.is_new_match(match.setting_id, match.window_id, match.match_id):
            self.matches.append(match)


def _digests_from_each(matches: list[Match]) -> Iterator[Message]:
    """Every digest that can have begun with one of these matches."""
    for index, first in enumerate(matches):
        yield from digests([each for each in matches[index:] if each.referral_id == first.referral_id])


FOLD: dict[str, Callable[[Following, Record], None]] = {
    OFFERS: Following.fold_offers,
    PLACEMENTS: Following.fold_placements,
    MATCHES: Following.fold_matches,
}
