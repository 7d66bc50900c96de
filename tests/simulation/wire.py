"""The full kind: the same world with bytes. The real decider, relay and timer run over the real log in memory.

Faults come at the log's port. Every input is validated and decoded, every decision is read back from its bytes: slower
by far, so that only a share of the schedules is run here. The couriers' steps are the relays', and a worker decides for
all keys of a topic.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import orjson

from runtime.dead_letters import Invalid
from runtime.decider import Decider
from runtime.log import Entry, LogUnavailable, Overtaken, Placed
from runtime.log import Record as Written
from runtime.memory_log import MemoryLog
from runtime.records import digest, instant
from runtime.relay import Relay
from runtime.timer import Timer
from schemas import referrals, vacancies
from schemas.envelope import headers_of
from schemas.words import Code
from services.matcher import couriers, due, translate
from services.matcher.domain import facts, referral_facts
from services.matcher.domain.decision import Deadline, Decision
from services.matcher.domain.policy import Terms
from services.matcher.rulebooks import OffersRules, PlacementsRules

from .broken import broken
from .codes import CODES, FIRST, FORGETFUL, NEXT
from .log import Key, Order, Record, Said, digest_of
from .next_rules import NextOffersRules
from .schedules import Done, Schedule, play, prepare
from .world import DRAIN_MAX, World

INPUTS = {"vacancies": translate.read_offers_input, "referrals": translate.read_placements_input}
DECISIONS = {"offers": "vacancies", "placements": "referrals"}
SHARE = 20
"""One schedule in this many is run with bytes too."""


@dataclass
class Sense:
    """A sense of now that a world sets."""

    of: Callable[[], datetime]

    def now(self) -> datetime:
        return self.of()


@dataclass
class Faulty:
    """The log as one runner sees it: the next append may fail, with an outcome that the runner cannot know."""

    log: MemoryLog
    fault: str | None = None
    late: list[tuple[Sequence[Entry], Mapping[str, int]]] = field(default_factory=list)

    def append(
        self,
        entries: Sequence[Entry],
        *,
        expected: Mapping[str, int] | None = None,
        positions: Mapping[str, int] | None = None,
    ) -> tuple[Placed, ...]:
        fault, self.fault = self.fault, None
        if fault is None:
            return self.log.append(entries, expected=expected, positions=positions)
        if fault == "unknown":
            self.log.append(entries, expected=expected, positions=positions)
        elif fault == "without position":
            self.log.append(entries)
        elif fault == "late":
            self.late.append((entries, dict(expected or {})))
        raise LogUnavailable(fault)

    def land(self, *, is_checked: bool) -> None:
        """Let what was late reach the log; a log that checks refuses it if somebody has written since."""
        while self.late:
            entries, expected = self.late.pop(0)
            try:
                self.log.append(entries, expected=expected if is_checked else None)
            except Overtaken:
                continue

    def __getattr__(self, name: str) -> Any:
        return getattr(self.log, name)


class WireWorld(World):
    def __init__(self, made: "Made | None" = None) -> None:
        super().__init__()
        self.made = made or Made()
        self.log = self.made.log(Sense(lambda: self.log_sense.at(self.now)))
        self.codes = [FIRST, FIRST]
        self.views = [Faulty(self.log), Faulty(self.log)]
        self.courier_views = {topic: Faulty(self.log) for topic in DECISIONS}
        self.seen = dict.fromkeys((*INPUTS, *DECISIONS), 0)
        self.places: dict[tuple[str, int], int] = {}
        """Where in its key an input stands, by topic and offset."""
        self.again: dict[str, Any] = {}
        """The rule books of the next version, by what they decide, if it decides everything again."""
        self.values: dict[str, bytes] = {}
        """Of each key's last record that counts."""
        self.deciders = [self._deciders(0), self._deciders(1)]
        self.relays = {topic: self._relay(topic) for topic in DECISIONS}
        self.timer = self._timer()

    # --- runners ---

    def _deciders(self, number: int) -> list[Any]:
        code, view = CODES[self.codes[number]], self.views[number]
        # A worker decides for all keys of a topic: its batches are longer than those of one key.
        bounds = {"batch_max": code.batch_max + 2, "keys_max": code.keys_max}
        is_next = self.codes[number] == NEXT
        rules = (self.made.next_rules if is_next else OffersRules)(code.terms), PlacementsRules(code.terms)
        deciders = [self.made.decider(view, each, **bounds) for each in rules]
        for each in deciders:
            each.start()
        return deciders

    def _relay(self, topic: str) -> Relay:
        carry = couriers.carry_offers if topic == "offers" else couriers.carry_placements
        view: Any = self.courier_views[topic]
        relay = Relay(view, f"courier-{topic}", [topic], carry, batch_max=2)
        relay.start()
        return relay

    def _timer(self) -> Timer:
        clock = Sense(lambda: self.clock_sense.at(self.now))
        timer = self.made.timer(self.log, "clock", list(DECISIONS), due.due_of, clock)
        timer.start()
        return timer

    def _step(self, runner: Any) -> int:
        """One step of a runner, which the engine would ask again if the log was out of reach."""
        self.steps += 1
        try:
            done: int = runner.step()
        except LogUnavailable:
            done = 1
        self._observe()
        return done

    def start(self, versions: tuple[int, int], codes: tuple[int, int], *, is_checked: bool) -> None:
        self.is_checked, self.versions, self.codes = is_checked, versions, list(codes)
        self.deciders = [self._deciders(0), self._deciders(1)]

    def decide_again(self) -> None:
        """What every version writes alike is decided again in bytes."""
        if FORGETFUL not in self.versions:
            terms = CODES[NEXT].terms
            self.again = {"offers": self.made.next_rules(terms), "placements": PlacementsRules(terms)}

    # --- what a schedule asks for ---

    def tell(self, name: str, order: Order) -> None:
        self.steps += 1
        self.log.append([entry_of(name, order)])
        self.latest = max(self.latest, self.log_sense.at(self.now))
        self._observe()

    def decide(self, a: int, b: int) -> None:
        self._step(self.deciders[b % 3 == 0][a % 2])

    def decide_ahead(self, a: int, b: int) -> None:
        number = b % 2
        self.views[number].fault = ("late", "late", "unknown", "refused")[(b >> 1) % 4]
        self._step(self.deciders[number][a % 2])
        self.views[number].fault = None

    def land_late(self, _a: int, b: int) -> None:
        self.views[b % 2].land(is_checked=self.is_checked)
        self._observe()

    def crash_worker(self, a: int, b: int) -> None:
        number = a % 2
        if b % 3 == 0:
            self.codes[number] = self.versions[self.codes[number] == self.versions[0]]
        self.deciders[number] = self._deciders(number)

    def carry(self, a: int, _b: int) -> None:
        self._step(self.relays[tuple(DECISIONS)[a % 2]])

    def crash_courier(self, a: int, b: int) -> None:
        topic = tuple(DECISIONS)[a % 2]
        self.courier_views[topic].fault = ("without position", "without position", "unknown", "refused")[
            b % 4
        ]
        self._step(self.relays[topic])
        self.courier_views[topic].fault = None
        self.relays[topic] = self._relay(topic)

    def tick(self, _a: int, _b: int) -> None:
        self._step(self.timer)

    def crash_clock(self, _a: int, _b: int) -> None:
        self.timer = self._timer()

    def go_on(self, a: int, b: int) -> None:
        runners = [*self.deciders[b % 4 == 0], *self.relays.values()]
        for turn in range(2 + b % 8):
            self._step(runners[(a + turn) % len(runners)])

    # --- when the faults stop ---

    def drain(self) -> None:
        runners = [*self.deciders[0], *self.relays.values()]
        for _ in range(DRAIN_MAX):
            if not sum([self._step(each) for each in runners]):
                return
        raise AssertionError("the two rule books never stop talking to each other")

    def land_everything(self) -> None:
        for view in self.views:
            view.land(is_checked=self.is_checked)
        self._observe()

    def let_the_clock_speak(self) -> None:
        while self._step(self.timer):
            self.drain()

    # --- what the log now has ---

    def _observe(self) -> None:
        """Hand what is new in the log to the checker: inputs first, then the decisions about them."""
        for topic, read in INPUTS.items():
            for written in self._new(topic):
                order = read(written.key, written.value, written.headers)
                not isinstance(order, Invalid) or broken("what Hearth writes reads back", order)
                assert not isinstance(order, Invalid)
                self._mirror(topic, written, order)
        for topic in DECISIONS:
            for written in self._new(topic):
                key = self.keys[written.key]
                record = self._read_back(topic, written)
                key.records.append(record)
                if not written.is_void:
                    self._is_same_again(topic, written, key.inputs[record.position].order, record.decided_at)
                self._appended(key, [record])
                self.checker.read(key, len(key.records) - 1, is_counted=not written.is_void)

    def _is_same_again(self, topic: str, written: Written, order: Order, decided_at: datetime) -> None:
        """The next version reads what was written before, and writes the same bytes after."""
        before, rules = self.values.get(written.key), self.again.get(topic)
        self.values[written.key] = written.value
        if rules is None or before is None:
            return
        again = rules.decide(rules.restore(before), order, decided_at)
        is_same = again is not None and again.value == written.value
        is_same or broken("same log, same bytes", f"{order.id} by the next version")

    def _new(self, topic: str) -> list[Written]:
        written = self.log.read(topic, self.seen[topic], 1_000)
        self.seen[topic] += len(written)
        return written

    def _mirror(self, topic: str, written: Written, order: Order) -> None:
        key = self.keys.setdefault(written.key, Key(written.key, topic == "vacancies"))
        self.places[topic, written.offset] = len(key.inputs)
        key.inputs.append(Said(order, written.stamped_at))

    def _read_back(self, topic: str, written: Written) -> Record:
        headers = written.headers
        parent, own = _number(headers["ce_parent"]), _number(digest(written))
        position = self.places[DECISIONS[topic], int(headers["ce_position"])]
        decided_at = instant(headers["ce_time"])
        is_alike = FORGETFUL not in self.versions
        return Record(
            version=int(headers["ce_version"]),
            parent=parent,
            digest=own,
            alike=digest_of(parent, position, decided_at, 0) if is_alike else own,
            cause_id=headers["ce_cause"],
            position=position,
            decided_at=decided_at,
            writes=int(not is_alike),
            decision=decision_of(topic, written.value),
        )


def _number(hex_digits: str) -> int:
    return int(hex_digits or "0", 16)


@dataclass(frozen=True)
class Made:
    """What a wire world is made of; a seeded bug replaces one part."""

    log: Callable[[Any], MemoryLog] = MemoryLog
    decider: Callable[..., Any] = Decider
    timer: Callable[..., Timer] = Timer
    next_rules: Callable[[Terms], OffersRules] = NextOffersRules


# --- bytes -------------------------------------------------------------------------------------------------


def entry_of(name: str, order: Order) -> Entry:
    """The input as a caller of Hearth would write it."""
    topic, module = ("vacancies", vacancies) if name.startswith("SC") else ("referrals", referrals)
    model = getattr(module, _wire_name(order))
    fields = msgspec.to_builtins(order)
    given = {field: value for field, value in fields.items() if field != "id" and value is not None}
    if type(order).__name__.endswith("DeadlineDue"):
        given["subject"] = name
    headers = headers_of(model, id=order.id, source="simulation", at=order.observed_at, subject=name)
    return Entry(topic, name, orjson.dumps(given), headers)


def _wire_name(order: Order) -> str:
    """A deadline that is said again may be said under any of the clock's types."""
    name = type(order).__name__
    return {"DeadlineDue": "WindowDue", "ReferralDeadlineDue": "ReferralConfirmationDue"}.get(name, name)


@dataclass(frozen=True, slots=True)
class _Wire:
    answer: Code
    facts: list[dict[str, Any]]
    deadline: Deadline | None


_READ = msgspec.json.Decoder(_Wire)
FACTS = {"offers": facts, "placements": referral_facts}
STATES = {"offers": translate.read_setting, "placements": translate.read_referral}


def decision_of(topic: str, value: bytes) -> Decision[Any]:
    """The decision that a record tells of, from its bytes alone."""
    wire = _READ.decode(value)
    told = []
    for each in wire.facts:
        kind = getattr(FACTS[topic], each["type"])
        named = {name: field for name, field in each.items() if name != "type"}
        told.append(msgspec.convert(named, kind))
    return Decision(STATES[topic](value), wire.answer, tuple(told), wire.deadline)


def run_with_bytes(planned: Schedule, story: list[str] | None = None, made: Made | None = None) -> Done:
    """Run a schedule on the real runners; Broken if a promise does not hold."""
    world = WireWorld(made)
    world.is_working = planned.is_working
    prepare(world, planned.beginning)
    return play(world, planned, story)
