"""The notifier as a runner: reads decisions, tells people, writes down what it has begun and ended to say.

Knows the log, the clock, channels and the directory. Must not know who is told of what: `domain` does.

Laws: nothing is sent that does not stand in `deliveries` as begun; a message and the reader's position are written in
one append, so none is lost and none comes twice; what was begun and has no end is tried again under the same key;
every message ends there as sent, refused, failed or superseded. Every entry has an id made from its message's key and
is written once, however often this process starts again.
"""

import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import NamedTuple

import structlog

from runtime.clock import Clock
from runtime.log import Entry, Log
from schemas.words import Channel as ChannelName
from schemas.words import DeliveryOutcome, Role
from services.notifier import ledger, translate
from services.notifier.domain.messages import Message, Recipient
from services.notifier.domain.supersession import Superseded, current, why_superseded
from services.notifier.domain.telling import Patience, Telling, Try
from services.notifier.domain.text import text
from services.notifier.following import Following
from services.notifier.ports import Channel, Directory, Job, Letter, Sender
from services.notifier.reminding import Reminding
from services.notifier.translate import DELIVERIES

NAME = "notifier"
READ_MAX_UNCOMMITTED = 500
LAST_RESORT = ChannelName.OUTBOX
"""The channel that a message is written down as refused on if its recipient has none that works."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What differs between installations."""

    base_url: str = "http://127.0.0.1:8000"
    patience: Patience = field(default_factory=Patience)
    rest_days: frozenset[date] = frozenset()
    """Bank holidays, on which nobody is reminded of a window in working time."""
    snapshot_every: int = 20_000


class Due(NamedTuple):
    """A try and when it is due; stale once the try says otherwise."""

    at: datetime
    ticket: int
    key: str
    channel: ChannelName


class Notifier:
    """Tells people, once, and reports back whether they were told."""

    name = NAME

    def __init__(
        self,
        log: Log,
        clock: Clock,
        directory: Directory,
        channels: Mapping[ChannelName, Channel],
        sender: Sender,
        terms: Terms | None = None,
    ) -> None:
        self._log, self._clock, self._directory = log, clock, directory
        self._channels, self._sender, self._terms = dict(channels), sender, terms or Terms()
        self._patience = self._terms.patience
        self.ended: Counter[tuple[str, str]] = Counter()
        """How many messages ended, by kind and outcome, since the start of this process."""
        self._forget()

    def _forget(self) -> None:
        self._following = Following(self._log, NAME)
        self._reminding = Reminding(self._following.board, self._terms.rest_days)
        self._tellings: dict[str, Telling] = {}
        self._due: list[Due] = []
        self._waiting: defaultdict[ChannelName, deque[Due]] = defaultdict(deque)
        self._tickets = 0
        self._unwritten: list[Entry] = []
        self._ready: list[Job] = []
        self._uncommitted = self._unsaved = 0

    # --- taking up --------------------------------------------------------------------------------------

    def start(self) -> None:
        """Take up what was begun, from the last snapshot and the logs. LogMismatch if a log is shorter than read."""
        self._forget()
        now, snapshot = self._clock.now(), self._following.load()
        tellings: dict[str, Telling] = {each.message.key: each for each in snapshot.tellings}
        begun = ledger.unfinished(self._log, snapshot.positions[DELIVERIES], tellings, self._patience)
        messages = self._following.catch_up(begun.__contains__)
        self._reminding = Reminding(self._following.board, self._terms.rest_days)
        messages |= {each.key: each for each in self._reminding.known(now) if each.key in begun}
        for key, channels in begun.items():
            if key in messages:
                tellings[key] = ledger.take_up(messages[key], channels, self._patience)
            else:
                self._unwritten += [
                    translate.lost(each, now) for each in channels.values() if not each.is_over
                ]
        self._take_up(tellings)

    def _take_up(self, tellings: Mapping[str, Telling]) -> None:
        for key, telling in tellings.items():
            if not telling.is_over:
                self._tellings[key] = telling
                for channel, each in telling.tries.items():
                    each.is_running = False
                    self._schedule(key, channel, each)

    # --- one step ---------------------------------------------------------------------------------------

    def step(self) -> int:
        """Settle what has ended, read on, write down what is new, and send what is due; 0 if there was nothing."""
        now = self._clock.now()
        self._write()
        done = self._settle(now)
        read = self._read()
        if self._following.is_caught_up:
            done += self._begin(self._following.take(), now) + self._remind(now)
            self._write()
            done += self._choose(now)
        self._write()
        self._save()
        return done + read

    def next_due_at(self) -> datetime | None:
        """When the next try or reminder is due."""
        while self._due and not self._is_live(self._due[0]):
            heapq.heappop(self._due)
        tried_at = self._due[0].at if self._due else None
        return min((at for at in (tried_at, self._reminding.next_at()) if at is not None), default=None)

    def close(self) -> None:
        """Begin no other try."""
        self._sender.close()

    def _read(self) -> int:
        read = self._following.step()
        for setting_id in self._following.changed:
            self._reminding.touch(setting_id)
        self._following.changed.clear()
        self._uncommitted += read
        self._unsaved += read
        return read

    def _save(self) -> None:
        is_whole = not (self._unwritten or self._ready or self._uncommitted)
        if is_whole and self._unsaved >= self._terms.snapshot_every:
            self._following.save(list(self._tellings.values()))
            self._unsaved = 0

    # --- the log ----------------------------------------------------------------------------------------

    def _write(self) -> None:
        """Append what is to be written, with the positions if every message read is in it; then let jobs go.

        After an append of unknown outcome it is asked again; what the log has by then is left out.
        """
        is_whole = not (self._following.messages or self._following.matches)
        is_late = is_whole and self._uncommitted >= READ_MAX_UNCOMMITTED
        if self._unwritten or is_late:
            entries = self._not_yet_in_log(self._unwritten)
            self._log.append(entries, positions=self._following.positions if is_whole else None)
            self._unwritten.clear()
            self._uncommitted = 0 if is_whole else self._uncommitted
        while self._ready:
            self._sender.submit(self._ready.pop(0))

    def _not_yet_in_log(self, entries: Iterable[Entry]) -> list[Entry]:
        by_id = {(each.topic, each.headers["ce_id"]): each for each in entries}
        asked: defaultdict[str, list[str]] = defaultdict(list)
        for topic, event_id in by_id:
            asked[topic].append(event_id)
        there = {topic: self._log.caused_by_each(topic, ids) for topic, ids in asked.items()}
        return [each for (topic, event_id), each in by_id.items() if event_id not in there[topic]]

    def _not_known(self, messages: Iterable[Message]) -> list[Message]:
        """Those that were neither begun nor ended without a beginning, in this life or an earlier one."""
        new = {each.key: each for each in messages if each.key not in self._tellings}
        key_of = {
            event_id: key
            for key in new
            for channel in ChannelName
            for event_id in (translate.begun_id(key, channel, 1), translate.last_id(key, channel))
        }
        for event_id in self._log.caused_by_each(DELIVERIES, key_of):
            new.pop(key_of[event_id], None)
        return list(new.values())

    # --- beginning --------------------------------------------------------------------------------------

    def _begin(self, messages: Iterable[Message], now: datetime) -> int:
        new = self._not_known(messages)
        for message in new:
            self._begin_one(message, now, self._why_not(message, now))
        return len(new)

    def _remind(self, now: datetime) -> int:
        to_say, overtaken = self._reminding.due(now)
        count = self._begin(to_say, now)
        for message in (new := self._not_known(overtaken)):
            self._begin_one(message, now, Superseded.LATER_REMINDER)
        return count + len(new)

    def _why_not(self, message: Message, now: datetime) -> Superseded | None:
        board = self._following.board
        return why_superseded(current(message, board), board, now, self._patience.too_old_after)

    def _begin_one(self, message: Message, now: datetime, verdict: Superseded | None) -> None:
        """Write down a try for each channel; none that works is an end too."""
        found = {way.channel for way in self._directory.channels_of(message.recipient)}
        telling = Telling(message)
        for channel in sorted(found) or [LAST_RESORT]:
            telling.tries[channel] = Try(due_at=now)
            if verdict is not None:
                self._end(telling, channel, DeliveryOutcome.SUPERSEDED, now, verdict)
            elif channel not in found or channel not in self._channels:
                self._end(telling, channel, DeliveryOutcome.REFUSED, now, "no_channel")
            else:
                self._unwritten.append(translate.delivery_begun(message, channel, 1, now))
                self._schedule(message.key, channel, telling.tries[channel])
        self._tellings[message.key] = telling
        self._report(telling, now)

    # --- trying -----------------------------------------------------------------------------------------

    def _schedule(self, key: str, channel: ChannelName, each: Try) -> None:
        if not each.is_over:
            self._tickets += 1
            heapq.heappush(self._due, Due(each.due_at, self._tickets, key, channel))

    def _is_live(self, due: Due) -> bool:
        telling = self._tellings.get(due.key)
        each = None if telling is None else telling.tries.get(due.channel)
        return each is not None and not each.is_over and not each.is_running and each.due_at == due.at

    def _choose(self, now: datetime) -> int:
        """Make jobs of the tries that are due, as many as the sender has room for; the others wait their turn."""
        while self._due and self._due[0].at <= now:
            due = heapq.heappop(self._due)
            if self._is_live(due):
                self._waiting[due.channel].append(due)
        return sum(self._choose_for(channel, now) for channel in list(self._waiting))

    def _choose_for(self, channel: ChannelName, now: datetime) -> int:
        waiting, count = self._waiting[channel], 0
        room = self._sender.room(channel)
        while waiting and room > 0:
            due = waiting.popleft()
            if self._is_live(due):
                room -= self._try(self._tellings[due.key], channel, now)
                count += 1
        return count

    def _try(self, telling: Telling, channel: ChannelName, now: datetime) -> int:
        """Begin the next try, unless the news is superseded by now; return how many jobs that made."""
        message, each = current(telling.message, self._following.board), telling.tries[channel]
        if (verdict := self._why_not(message, now)) is not None:
            self._end(telling, channel, DeliveryOutcome.SUPERSEDED, now, verdict)
            self._report(telling, now)
            return 0
        each.attempt += 1
        each.is_running = True
        self._unwritten.append(translate.delivery_begun(message, channel, each.attempt, now))
        send = partial(self._channels[channel].send, self._letter(message, channel), message.key)
        self._ready.append(Job(message.key, channel, send))
        return 1

    def _letter(self, message: Message, channel: ChannelName) -> Letter:
        recipient = message.recipient
        ways = self._directory.channels_of(recipient)
        said = text(message, self._directory.display_name)
        return Letter(
            message=message,
            to_name=self._name(recipient),
            addresses=next((way.addresses for way in ways if way.channel is channel), ()),
            subject=said.subject,
            body=said.body(self._terms.base_url),
        )

    def _name(self, recipient: Recipient) -> str:
        kind = {Role.TEAM: "council", Role.PROVIDER: "provider"}.get(recipient.role, "")
        return self._directory.display_name(kind, recipient.id)

    # --- ending -----------------------------------------------------------------------------------------

    def _settle(self, now: datetime) -> int:
        ended = self._sender.collect()
        for job, outcome in ended:
            telling = self._tellings.get(job.key)
            if telling is not None and telling.tries[job.channel].is_running:
                self._end(telling, job.channel, outcome, now)
                self._schedule(job.key, job.channel, telling.tries[job.channel])
                self._report(telling, now)
        return len(ended)

    def _end(
        self,
        telling: Telling,
        channel: ChannelName,
        outcome: DeliveryOutcome,
        now: datetime,
        reason: str = "",
    ) -> None:
        each, message = telling.tries[channel], telling.message
        each.ended(outcome, now, self._patience)
        attempt, is_over = each.attempt, each.is_over
        self._unwritten.append(
            translate.delivery_ended(message, channel, attempt, now, outcome, is_over=is_over)
        )
        if is_over:
            self.ended[message.kind, outcome] += 1
        if outcome is not DeliveryOutcome.SENT:
            event = "message_superseded" if outcome is DeliveryOutcome.SUPERSEDED else "message_not_sent"
            facts = {"key": message.key, "kind": message.kind, "channel": channel, "outcome": outcome}
            logger.info(event, **facts, attempt=attempt, is_over=is_over, reason=reason)

    def _report(self, telling: Telling, now: datetime) -> None:
        """Report told or not told while the window is open; forget a message that has come to its end."""
        message = telling.message
        setting = self._following.board.settings.get(message.about.setting_id)
        is_open = setting is not None and setting.window(message.about.window_id) is not None
        if is_open and telling.has_told:
            self._unwritten.append(translate.window_told(message, now))
        elif is_open and telling.has_not_told(self._patience):
            self._unwritten.append(translate.window_not_told(message, now))
        if telling.is_over:
            self._tellings.pop(message.key, None)
