"""A notifier on a log in memory: decisions as they are written, channels that remember, time that is set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import orjson

import schemas
from runtime.clock import VirtualClock
from runtime.log import Entry, Log, Record
from runtime.memory_log import MemoryLog
from runtime.records import UNMARKED, Mark, decision_headers, mark_after
from schemas import matches
from schemas.envelope import headers_of
from schemas.words import CalendarKind, Channel, DeliveryOutcome, Role
from services.notifier.domain.board import Length, Place, Referral, Setting, Vacancy, Window
from services.notifier.domain.messages import Inbox, Recipient
from services.notifier.domain.telling import Patience
from services.notifier.ports import Letter, Way
from services.notifier.sender import DirectSender
from services.notifier.worker import Notifier, Terms

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
HARINGEY, BARNET, CAMDEN = "E09000014", "E09000003", "E09000007"
SETTING, PROVIDER, VACANCY, WINDOW = "SC012345", "P-01234567", "SC012345:1:1", "SC012345:1:1:w1"
HOUR = 3600
EXAMPLE = Path(schemas.__file__).parent / "examples/matches/hearth.matches.match_found.v1.json"

Fact = dict[str, Any]


def window(**changes: Any) -> Window:
    """Haringey's window of four elapsed hours from the start on."""
    whole = Window(
        window_id=WINDOW,
        members=(HARINGEY,),
        length=Length(CalendarKind.ELAPSED, 4 * HOUR),
        opened_at=START,
        closes_at=START + timedelta(hours=4),
    )
    return replace(whole, **changes)


def setting(**changes: Any) -> Setting:
    """One place with one vacancy, whose fields `changes` names; `setting_` changes the setting itself."""
    own = changes.pop("setting_", {})
    vacancy = Vacancy(vacancy_id=VACANCY, place=1, **changes)
    whole = Setting(setting_id=SETTING, provider_id=PROVIDER, places=(Place(number=1, vacancy=vacancy),))
    return replace(whole, **own)


def opened(of: Window) -> Fact:
    return {
        "type": "WindowOpened", "window_id": of.window_id, "vacancy_id": VACANCY, "members": of.members,
        "kind": "planned", "opened_at": of.opened_at, "closes_at": of.closes_at,
    }  # fmt: skip


def ended(of: Window, outcome: str) -> Fact:
    return {"type": "WindowEnded", "window_id": of.window_id, "vacancy_id": VACANCY, "outcome": outcome}


class Writer:
    """Writes decisions and matches as the rule books and fit do."""

    def __init__(self, log: Log, clock: VirtualClock) -> None:
        self._log, self._clock = log, clock
        self._marks: dict[str, Mark] = {}

    def offers(self, state: Setting | None, *facts: Fact) -> None:
        self._decide("offers", SETTING if state is None else state.setting_id, state, facts)

    def placements(self, state: Referral, *facts: Fact) -> None:
        self._decide("placements", state.referral_id, state, facts)

    def void(self, state: Setting, *facts: Fact) -> None:
        """A decision by somebody who had not read on."""
        entry = self._entry("offers", state.setting_id, UNMARKED, state, facts)
        self._log.append([entry])

    def _decide(self, topic: str, key: str, state: Setting | Referral | None, facts: Sequence[Fact]) -> None:
        entry = self._entry(topic, key, self._marks.get(key, UNMARKED), state, facts)
        self._log.append([entry])
        mark = mark_after(self._marks.get(key, UNMARKED), entry)
        assert mark is not None
        self._marks[key] = mark

    def _entry(
        self, topic: str, key: str, mark: Mark, state: Setting | Referral | None, facts: Sequence[Fact]
    ) -> Entry:
        value = {"answer": "accepted", "facts": list(facts), "state": state, "deadline": None}
        headers = decision_headers(
            key, mark, source="/hearth/matcher", record_type=f"hearth.{topic}.decision.v1",
            decided_at=self._clock.now(), cause_id=f"{key}-{mark.version}", position=mark.version, log_id="memory",
        )  # fmt: skip
        return Entry(topic, key, msgspec.json.encode(value), headers)

    def match(
        self, referral_id: str, window_id: str = WINDOW, council: str = HARINGEY, **changes: Any
    ) -> None:
        name = f"{window_id}:{referral_id}:p1"
        value = orjson.loads(EXAMPLE.read_bytes()) | {
            "match_id": name,
            "council": council,
            "referral_id": referral_id,
            "profile_version": 1,
            "vacancy_id": window_id.rpartition(":")[0],
            "window_id": window_id,
            "near_miss": None,
            "is_anticipated": False,
            **changes,
        }
        headers = headers_of(
            matches.MatchFound, id=name, source="/hearth/fit", at=self._clock.now(), subject=council
        )
        self._log.append([Entry("matches", council, orjson.dumps(value), headers)])


@dataclass
class Book:
    """A directory: what a recipient has, by party and inbox; everybody else has the outbox."""

    ways: dict[tuple[str, Inbox], tuple[Channel, ...]] = field(default_factory=dict)

    def channels_of(self, recipient: Recipient) -> Sequence[Way]:
        found = self.ways.get((recipient.id, recipient.inbox), (Channel.OUTBOX,))
        return [Way(each, (f"{recipient.id}@hearth.invalid",)) for each in found]

    def display_name(self, kind: str, id: str) -> str:  # noqa: A002 - as the port has it
        return f"The {kind} {id}" if kind else id


class Gone(BaseException):
    """The process is gone."""


@dataclass
class Post:
    """A channel that remembers what was sent. `answer` says how a send ends; the process may go before or after."""

    answer: Callable[[Letter, str], DeliveryOutcome] = lambda _letter, _key: DeliveryOutcome.SENT
    arrived: list[tuple[str, Letter]] = field(default_factory=list)
    tried: int = 0
    gone_before: int = 0
    gone_after: int = 0
    in_flight_max: int = 4

    def send(self, letter: Letter, key: str) -> DeliveryOutcome:
        self.tried += 1
        if self.tried == self.gone_before:
            raise Gone
        outcome = self.answer(letter, key)
        if outcome in (DeliveryOutcome.SENT, DeliveryOutcome.UNKNOWN):
            self.arrived.append((key, letter))
        if self.tried == self.gone_after:
            raise Gone
        return outcome

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.arrived]

    def said(self) -> list[tuple[str, str]]:
        """What arrived: kind and recipient."""
        return [(each.message.kind.value, each.message.recipient.id) for _, each in self.arrived]


class Stage:
    def __init__(self, patience: Patience | None = None, snapshot_every: int = 20_000) -> None:
        self.clock = VirtualClock(START)
        self.log = MemoryLog(self.clock)
        self.write = Writer(self.log, self.clock)
        self.book, self.post = Book(), Post()
        self.terms = Terms(patience=patience or Patience(), snapshot_every=snapshot_every)
        self.notifier = self.another()

    def another(self, log: Log | None = None, channels: Mapping[Channel, Post] | None = None) -> Notifier:
        """A notifier as after a restart; not yet started."""
        ways = channels or {Channel.OUTBOX: self.post}
        return Notifier(log or self.log, self.clock, self.book, ways, DirectSender(), self.terms)

    def restart(self) -> None:
        self.notifier = self.another()
        self.notifier.start()

    def run(self) -> None:
        while self.notifier.step():
            pass

    def run_until(self, until: datetime) -> None:
        """Run, moving the clock to each instant at which there is something to do, up to `until`."""
        self.run()
        while (at := self.notifier.next_due_at()) is not None and at <= until:
            self.clock.set(max(at, self.clock.now()))
            self.run()
        self.clock.set(until)
        self.run()

    def pass_time(self, **by: float) -> None:
        self.run_until(self.clock.now() + timedelta(**by))

    def records(self, topic: str) -> list[Record]:
        return self.log.read(topic, 0, 1_000_000)

    def values(self, topic: str, name: str) -> list[dict[str, Any]]:
        """The values of one type of event in a topic, such as `delivery_ended`."""
        found = [each for each in self.records(topic) if f".{name}.v" in each.headers["ce_type"]]
        return [orjson.loads(each.value) for each in found]

    def outcomes(self) -> list[tuple[str, str, str]]:
        """Kind, recipient and outcome of every ending, in order."""
        found = self.values("deliveries", "delivery_ended")
        return [(each["kind"], each["recipient"]["id"], each["outcome"]) for each in found]


def party(role: Role, party_id: str) -> dict[str, str]:
    return {"role": role.value, "id": party_id}
