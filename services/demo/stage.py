"""Where made-up people act: they say inputs as the API would, and read what was decided.

Knows the log, envelopes and wire models. Must not know who says what, or a rule. Every id is a running number, so that
the same people on the same days write the same log.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import msgspec

from runtime.clock import Clock
from runtime.log import Entry, Log, Record
from schemas.base import Event
from schemas.values import Party
from schemas.words import CalendarKind, Role
from services.edge.inputs import said
from services.matcher.domain.calendar import LONDON, WorkingCalendar
from services.matcher.domain.values import Length

Fields = Mapping[str, Any]

READ_AT_ONCE = 2000
HOUR_S = 3600
GRID = timedelta(minutes=30)
SOON = timedelta(minutes=1)


class Decided(msgspec.Struct, frozen=True):
    """The part of a decision record that people are told: the answer and the facts."""

    answer: str
    facts: list[dict[str, Any]]


DECIDED = msgspec.json.Decoder(Decided)


@dataclass(frozen=True, slots=True)
class Happened:
    """One fact, of whom, when."""

    key: str
    at: str
    fact: Fields

    @property
    def kind(self) -> str:
        return str(self.fact["type"])


def team(council: str) -> Party:
    return Party(role=Role.TEAM, id=council)


def provider(provider_id: str) -> Party:
    return Party(role=Role.PROVIDER, id=provider_id)


OPS = Party(role=Role.OPS, id="ops")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast people are: by the working calendar in the six weeks, by the minute when live."""

    calendar: WorkingCalendar
    hour: timedelta | None = None
    """How long an hour of a person's time takes; None: an hour of the working calendar."""


class Stage:
    """Says and reads, on one log."""

    def __init__(self, log: Log, clock: Clock, rng: Random, pace: Pace) -> None:
        self.log, self.clock, self.rng, self.pace = log, clock, rng, pace
        self.said_count = self._referrals = 0
        self._waiting: list[Entry] = []
        self._next = {"offers": 0, "placements": 0, "matches": 0}

    def move(self, log: Log, clock: Clock, pace: Pace) -> None:
        """Go on over the same log, opened again."""
        self.log, self.clock, self.pace = log, clock, pace

    def go_on(self) -> None:
        """Begin on a log that others have spoken on: no id is used again, and what was told by now is old news."""
        self.said_count = self.log.end("vacancies") + self.log.end("referrals")
        self._referrals = self.log.end("referrals")
        self._next = {topic: self.log.end(topic) for topic in self._next}

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def today(self) -> date:
        return self.now.astimezone(LONDON).date()

    # --- saying -------------------------------------------------------------------------------------------

    def say(self, by: Party, model: type[Event], /, **fields: Any) -> str:
        """Say one thing, at the end of this moment; return its id."""
        self.said_count += 1
        return self._say(f"demo-{self.said_count:06d}", (by, None), model, fields)

    def say_by_telephone(self, by: Party, model: type[Event], /, **fields: Any) -> str:
        """Say what a party said on the telephone; ops write it down."""
        self.said_count += 1
        return self._say(f"demo-{self.said_count:06d}", (by, OPS), model, fields)

    def say_again(self, input_id: str, by: Party, model: type[Event], /, **fields: Any) -> str:
        """Say what was said before, under the same id."""
        return self._say(input_id, (by, None), model, fields)

    def _say(self, input_id: str, by: tuple[Party, Party | None], model: type[Event], fields: Fields) -> str:
        one = said(model, plain(fields), by=by, now=self.now, id=input_id, request="0" * 64)
        self._waiting.append(one.entry())
        return input_id

    def send(self, entry: Entry) -> None:
        """Put bytes into the log that no edge has looked at."""
        self._waiting.append(entry)

    def flush(self) -> None:
        """Append what was said in this moment, all at once."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self.log.append(waiting)

    def new_referral(self) -> str:
        self._referrals += 1
        return f"R-{self._referrals}"

    # --- reading ------------------------------------------------------------------------------------------

    def read_on(self) -> Iterator[Happened]:
        """Give every fact and match since the last look, in the order of its topic."""
        for topic in self._next:
            while records := self.log.read(topic, self._next[topic], READ_AT_ONCE):
                self._next[topic] = records[-1].offset + 1
                for record in records:
                    yield from happened(record)

    def facts(self, input_id: str) -> list[dict[str, Any]]:
        """Give the facts that an input caused; none while it is not decided."""
        for topic in ("offers", "placements"):
            if (record := self.log.caused(topic, input_id)) is not None:
                return DECIDED.decode(record.value).facts
        return []

    def fact(self, input_id: str, kind: str) -> dict[str, Any]:
        """Give the first fact of a kind that an input caused; LookupError if there is none."""
        found = next((each for each in self.facts(input_id) if each["type"] == kind), None)
        if found is None:
            raise LookupError(f"{input_id} caused no {kind}")
        return found

    def setting(self, setting_id: str) -> dict[str, Any]:
        """Give a setting as its last decision left it."""
        record = self.log.latest("offers", setting_id)
        if record is None:
            raise LookupError(setting_id)
        state: dict[str, Any] = msgspec.json.decode(record.value)["state"]
        return state

    def vacancy(self, vacancy_id: str) -> dict[str, Any] | None:
        """Give a vacancy, or None if it has come to its end."""
        setting_id = vacancy_id.partition(":")[0]
        found = (place["vacancy"] for place in self.setting(setting_id)["places"])
        return next((each for each in found if each and each["vacancy_id"] == vacancy_id), None)

    # --- time ---------------------------------------------------------------------------------------------

    def after(self, hours: float) -> datetime:
        """When so many hours of somebody's working time are over, to the half hour."""
        if self.pace.hour is not None:
            return self.now + hours * self.pace.hour
        length = Length(CalendarKind.WORKING, int(hours * HOUR_S))
        at = self.pace.calendar.deadline(self.now, length)
        return rounded_up(at if at is not None else self.now + timedelta(hours=hours))

    def later(self, minutes: float) -> datetime:
        """When so many minutes are over, by day or night."""
        if self.pace.hour is not None:
            return self.now + minutes / 60 * self.pace.hour
        return self.now + timedelta(minutes=minutes)

    def soon(self) -> datetime:
        """A moment later: what was said is decided by then."""
        return self.now + SOON


def rounded_up(at: datetime) -> datetime:
    """Round up to the half hour: people act together, and so does the log."""
    over = timedelta(minutes=at.minute, seconds=at.second, microseconds=at.microsecond) % GRID
    return at if not over else at + GRID - over


def plain(fields: Fields) -> dict[str, Any]:
    """Give fields as JSON has them."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, datetime | date):
            found[name] = value.isoformat().replace("+00:00", "Z")
        else:
            found[name] = value
    return found


def happened(record: Record) -> Iterator[Happened]:
    """Give what a record tells: the facts of a decision, or a match."""
    if record.is_void:
        return
    if record.topic == "matches":
        kind = record.headers["ce_type"].split(".")[2]
        fact = msgspec.json.decode(record.value) | {"type": kind}
        yield Happened(record.key, record.headers.get("ce_time", ""), fact)
        return
    for fact in DECIDED.decode(record.value).facts:
        yield Happened(record.key, record.headers["ce_time"], fact)
