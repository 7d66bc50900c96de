"""One world: keys, runners, people and clocks, and what a step does to them.

A step is three numbers. What they choose among depends on the world, so that a schedule from which steps were
dropped is still a schedule. Knows nothing of the rules' inside; every append goes past the checker.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from schemas.words import Role
from services.matcher.domain.values import InputId

from . import people
from .check import Checker
from .codes import CODES, FIRST, NEXT
from .log import Key, Order, Said, in_words
from .runners import SOUND, Courier, Parts, Worker
from .scene import BEGIN, HOUR, SECOND, TICK, introductions, provider_of
from .senses import AHEAD, RIGHT, WRONGS, Sense

DRAIN_MAX = 4_000
Saying: TypeAlias = Callable[[Any, int, int, datetime], people.Words]
SayingOfReferral: TypeAlias = Callable[[Any, int, int], people.Words | None]


class Step(NamedTuple):
    """What happens, and two numbers that say to whom and how."""

    name: str
    a: int
    b: int


class World:
    def __init__(self, parts: Parts = SOUND) -> None:
        self.parts = parts
        self.checker = Checker()
        self.keys: dict[str, Key] = {}
        self.now = BEGIN
        self.log_sense, self.clock_sense = Sense(), Sense()
        self.people_ahead = timedelta()
        """How far the watches of those who say something are ahead of the log."""
        self.latest = BEGIN
        """The latest time that the log has stamped."""
        self.is_checked = True
        """Whether the log refuses an append that does not land where it should."""
        self.is_working = False
        """Whether the homes begin under lengths of working time."""
        self.versions = (FIRST, FIRST)
        """The versions of the code that a worker may be started as."""
        self.said = 0
        self.workers = [parts.worker(parts, 0), parts.worker(parts, 0)]
        self.clock = parts.clock(parts)
        self.couriers: dict[str, Any] = {}
        self.story: list[str] | None = None
        self.told: dict[str, None] = {}
        """Keys that were told something since they were last looked at, in that order."""
        self.steps = 0
        """What has happened between points at which a fault may fall: see `README.md`."""

    def fork(self) -> "World":
        """A world of its own that begins where this one stands, with runners that have yet to read anything."""
        forked = World(self.parts)
        forked.checker = self.checker.fork()
        forked.keys = {name: key.fork() for name, key in self.keys.items()}
        forked.now, forked.said, forked.is_working = self.now, self.said, self.is_working
        forked.couriers = {name: self.parts.courier(self.parts, key) for name, key in forked.keys.items()}
        return forked

    def start(self, versions: tuple[int, int], codes: tuple[int, int], *, is_checked: bool) -> None:
        """Start two workers as these versions of the code, on a log that checks where an append lands or not."""
        self.is_checked, self.versions = is_checked, versions
        self.workers = [self.parts.worker(self.parts, code) for code in codes]

    def decide_again(self) -> None:
        """From now on the next version of the code decides everything again."""
        self.checker.again = self._decided_by_next

    def _decided_by_next(self, key: Key, state: Any, order: Order, now: datetime) -> Any:
        decide = self.parts.decide_offers if key.is_setting else self.parts.decide_placements
        return decide(CODES[NEXT].terms, state, order, now)

    # --- the log ---

    def tell(self, name: str, order: Order) -> None:
        """Append an input; the log stamps it with its own time."""
        key = self.keys.get(name)
        if key is None:
            key = self.keys[name] = Key(name, name.startswith("SC"))
            self.couriers[name] = self.parts.courier(self.parts, key)
        self.steps += 1
        self.told[name] = None
        stamp = self.log_sense.at(self.now)
        self.latest = max(self.latest, stamp)
        key.inputs.append(Said(order, stamp))
        if self.story is not None:
            self.story.append(f"    {name} <- {in_words(order)}")

    def land(self, key: Key, worker: Any, *, is_checked: bool | None = None) -> None:
        checked = self.is_checked if is_checked is None else is_checked
        self.steps += 1
        landed = worker.land(key, is_checked=checked)
        self._appended(key, landed)

    def _appended(self, key: Key, records: list[Any]) -> None:
        if self.story is not None:
            for record in records:
                told = ", ".join(in_words(fact) for fact in record.decision.facts) or "nothing"
                head = f"    {key.name} v{record.version} ({record.cause_id}) {record.decision.answer}"
                self.story.append(f"{head} at {record.decided_at:%d %H:%M:%S.%f}: {told}")
        self.checker.appended(key, records)

    # --- steps ---

    def do(self, step: Step) -> None:
        if self.story is not None:
            self.story.append(f"{step.name} {step.a} {step.b}")
        getattr(self, step.name)(step.a, step.b)

    def some_key(self, a: int) -> Key:
        names = list(self.keys)
        return self.keys[names[a % len(names)]]

    def busy_key(self, a: int, is_busy: Callable[[Key], object]) -> Key | None:
        """The first key from the a-th on with something to do."""
        keys = list(self.keys.values())
        count = len(keys)
        for turn in range(count):
            key = keys[(a + turn) % count]
            if is_busy(key):
                return key
        return None

    def _is_uncarried(self, key: Key) -> bool:
        courier: Courier = self.couriers[key.name]
        return courier.position < len(key.records)

    def say(self, a: int, b: int) -> None:
        """Somebody says something about a setting, by what they saw last or a while ago."""
        self._say(a, b, people.about_setting, timedelta())

    def say_what_is(self, a: int, b: int) -> None:
        """Somebody says what they see in a home now, rather than answering something."""
        self._say(a, b, people.what_is, timedelta())

    def say_what_was(self, a: int, b: int) -> None:
        """What somebody saw a while ago arrives only now."""
        self._say(a, b, people.what_is, AGO[(a >> 6) % len(AGO)])

    def _say(self, a: int, b: int, words: Saying, ago: timedelta) -> None:
        names = SETTINGS
        name = names[a % len(names)]
        setting = self.checker.state(name, back=(a >> 4) % 4 if (a >> 2) % 4 == 0 else 0)
        if setting is None:
            return
        seen_at = self.log_sense.at(self.now) + self.people_ahead - ago
        kind, by, fields = words(setting, a // len(names), b, seen_at)
        by = by or provider_of(name)
        self.said += 1
        given = {"id": InputId(f"said-{self.said}"), "by": by, "observed_at": seen_at}
        self.tell(name, kind(setting_id=name, **given, **fields))

    def say_of_referral(self, a: int, b: int) -> None:
        self._say_of_referral(a, b, people.about_referral, timedelta())

    def say_what_was_of_referral(self, a: int, b: int) -> None:
        self._say_of_referral(a, b, people.what_is_of_referral, AGO[(a >> 6) % len(AGO)])

    def _say_of_referral(self, a: int, b: int, saying: SayingOfReferral, ago: timedelta) -> None:
        name = REFERRALS[a % len(REFERRALS)]
        referral = self.checker.state(name, back=(a >> 4) % 4 if (a >> 2) % 4 == 0 else 0)
        words = saying(referral, a // len(REFERRALS), b) if referral is not None else None
        if words is None:
            return
        kind, by, fields = words
        self.said += 1
        seen_at = self.log_sense.at(self.now) + self.people_ahead - ago
        given = {"id": InputId(f"said-{self.said}"), "by": by, "observed_at": seen_at}
        self.tell(name, kind(referral_id=name, **given, **fields))

    def repeat(self, a: int, b: int) -> None:
        """An input comes again: one of the last, an old one, or an old word of the other rule book."""
        key = self.some_key(a)
        said = [each.order for each in key.inputs]
        if b % 3 == 0:
            said = [each for each in said if each.by.role in CARRIED] or said
        if said:
            back = (b >> 2) % (min(4, len(said)) if b % 3 == 1 else len(said))
            self.tell(key.name, said[len(said) - 1 - back])

    def decide(self, a: int, b: int) -> None:
        """A worker decides the next input of a key; seldom it is the other worker."""
        worker = self.workers[b % 5 == 0]
        key = self.busy_key(a, worker.has_work)
        if key is not None:
            self._decide(key, worker)

    def _decide(self, key: Key, worker: Any) -> bool:
        """As much as the worker's version decides at once lands at once."""
        if not worker.decide(key):
            return False
        self.steps += 1
        for _ in range(CODES[worker.code].batch_max - 1):
            if not worker.decide(key):
                break
            self.steps += 1
        self.land(key, worker)
        return True

    def decide_ahead(self, a: int, b: int) -> None:
        """A worker decides some inputs, and its decisions have yet to reach the log."""
        worker = self.workers[b % 2]
        key = self.busy_key(a, worker.has_work)
        if key is not None:
            for _ in range(1 + (b >> 1) % 3):
                self.steps += worker.decide(key)

    def land_late(self, a: int, b: int) -> None:
        """What is on its way reaches the log, of a worker that lives or of one that is gone."""
        drifted = self.busy_key(a, lambda key: key.drifting)
        if drifted is not None and b % 2:
            self._drift(drifted, b >> 1)
            return
        worker = self.workers[(b >> 1) % 2]
        key = self.busy_key(a, lambda key: worker.sent.get(key.name))
        if key is not None:
            self.land(key, worker)

    def _drift(self, key: Key, b: int) -> None:
        """A log that checks takes a late append only if nobody has written since."""
        self.steps += 1
        sent = key.drifting.pop(b % len(key.drifting))
        if not self.is_checked:
            key.records.extend(sent)
            self._appended(key, sent)

    def crash_worker(self, a: int, b: int) -> None:
        """It starts again, perhaps as the other version of the code."""
        self.steps += 1
        number = a % 2
        worker = self.workers[number].crash(self.keys, is_sent=b % 2 == 1)
        if b % 3 == 0:
            worker.code = self.versions[worker.code == self.versions[0]]
        self.workers[number] = worker

    def carry(self, a: int, b: int) -> None:
        """A courier carries a key's next record, and commits its position or not."""
        key = self.busy_key(a, self._is_uncarried)
        if key is not None and self._carry(key) and b % 2:
            self.couriers[key.name].commit()

    def _carry(self, key: Key, crash_after: int | None = None) -> bool:
        courier = self.couriers[key.name]
        offset = courier.position
        is_counted = courier.carry(self.tell, crash_after=crash_after)
        if is_counted is None:
            return False
        self.steps += 1
        self.checker.read(key, offset, is_counted=is_counted)
        return True

    def crash_courier(self, a: int, b: int) -> None:
        """It stops before, within or after a record, and goes on from what it had committed."""
        self.steps += 1
        key = self.busy_key(a, self._is_uncarried) or self.some_key(a)
        if b % 3:
            self._carry(key, crash_after=(b >> 2) % 3)
        self.couriers[key.name] = self.couriers[key.name].crash()

    def tick(self, a: int, _b: int) -> None:
        self._tick(self.some_key(a))

    def _tick(self, key: Key) -> None:
        """The clock looks at a key, and says what is due by its own sense of now."""
        self.steps += 1
        self.clock.tick(key, self.clock_sense.at(self.now), self.tell)

    def crash_clock(self, _a: int, _b: int) -> None:
        self.steps += 1
        self.clock = self.clock.crash(self.keys)

    def wait(self, _a: int, b: int) -> None:
        self.steps += 1
        waits = LONG_WAITS if self.is_working else WAITS
        self.now += waits[b % len(waits)]

    def wait_until_due(self, a: int, b: int) -> None:
        """Go to a deadline of a key by the log's time: a tick before it, at it, or after it."""
        self.steps += 1
        book = self.checker.truth(self.some_key(a)).counted
        deadline = book[-1].decision.deadline if book else None
        if deadline is not None:
            at = deadline.at - (self.log_sense.at(self.now) - self.now) + NEAR[b % len(NEAR)]
            wait_max = WEEK if self.is_working else 3 * HOUR
            self.now = max(self.now, at) if at < self.now + wait_max else self.now

    def put_log_time_wrong(self, _a: int, b: int) -> None:
        self.steps += 1
        self.log_sense.put(WRONGS[b % len(WRONGS)], self.now)

    def put_clock_wrong(self, _a: int, b: int) -> None:
        self.steps += 1
        self.clock_sense.put(WRONGS[b % len(WRONGS)], self.now)

    def put_people_wrong(self, _a: int, b: int) -> None:
        self.steps += 1
        self.people_ahead = AHEAD[b % len(AHEAD)]

    def go_on(self, a: int, b: int) -> None:
        """Some of what waits is done, by the first worker and by couriers that commit."""
        for turn in range(2 + b % 8):
            if not self._go_on_once(a + turn * (1 + b % 5)):
                return

    def _go_on_once(self, a: int) -> bool:
        keys, worker = list(self.keys.values()), self.workers[0]
        for turn in range(a, a + len(keys)):
            key = keys[turn % len(keys)]
            has_work, is_uncarried = worker.has_work(key), self._is_uncarried(key)
            if has_work and (turn % 2 or not is_uncarried) and self._decide(key, worker):
                return True
            if is_uncarried and self._carry(key):
                self.couriers[key.name].commit()
                return True
        return False

    def drain_all(self, _a: int, _b: int) -> None:
        self.drain()

    # --- when the faults stop ---

    def drain(self) -> None:
        """Do everything until there is nothing left; fail if it never ends."""
        worker, busy = self.workers[0], list(self.keys.values())
        for _ in range(DRAIN_MAX):
            self.told.clear()
            for key in busy:
                self._drain_key(key, worker)
            busy = [self.keys[name] for name in self.told]
            if not busy:
                return
        raise AssertionError("the two rule books never stop talking to each other")

    def _drain_key(self, key: Key, worker: Worker) -> None:
        while worker.has_work(key) and self._decide(key, worker):
            pass
        while self._is_uncarried(key):
            self._carry(key)
        self.couriers[key.name].commit()

    def settle(self) -> None:
        """The faults stop, the queues drain, time passes: what must happen has then happened."""
        self.log_sense.put(RIGHT, self.now)
        self.clock_sense.put(RIGHT, self.now)
        self.land_everything()
        self.drain()
        self.now = max(self.now, self.latest)
        for wait in (4 * HOUR, WEEK if self.is_working else 4 * HOUR):
            self.now += wait
            self.let_the_clock_speak()
        for key in self.keys.values():
            self.checker.everything_was_decided(key)
            self.checker.nothing_is_left_over(key, self.now)
        self.checker.both_sides_know_the_same()

    def land_everything(self) -> None:
        for key in self.keys.values():
            while key.drifting:
                self._drift(key, 0)
        for worker in reversed(self.workers):
            for name in list(worker.sent):
                self.land(self.keys[name], worker)

    def let_the_clock_speak(self) -> None:
        for key in list(self.keys.values()):
            self._tick(key)
        self.drain()


CARRIED = (Role.OFFERS, Role.PLACEMENTS)
SETTINGS = ("SC000001", "SC000002", "SC000001", "SC000003")
REFERRALS = ("R-1", "R-2", "R-3", "R-4")
WEEK = timedelta(days=7)
WAITS = (SECOND, timedelta(minutes=1), timedelta(minutes=10), timedelta(minutes=10), HOUR, 2 * HOUR)
NEAR = (-TICK, timedelta(), timedelta(), TICK, timedelta(seconds=-600), timedelta(seconds=-601), SECOND)
LONG_WAITS = (timedelta(minutes=10), HOUR, 4 * HOUR, 16 * HOUR, 24 * HOUR, 72 * HOUR)
AGO = (timedelta(minutes=1), timedelta(minutes=10), timedelta(minutes=30), HOUR, 5 * HOUR)


def introduce(world: World) -> None:
    """Let everybody be known; each home has one vacancy in its first window."""
    for name, order in introductions(is_working=world.is_working):
        world.tell(name, order)
    world.drain()
