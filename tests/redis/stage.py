"""A life on a log, dealt to partitions as Kafka would deal it, and what a picture shows of it. Knows no test."""

import threading
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from redis import Redis

from runtime.clock import VirtualClock, monotonic_s
from runtime.copies import Mirror
from runtime.engine import Engine
from runtime.log import Record
from runtime.memory_log import MemoryLog
from schemas.words import DistanceBand, Role
from services.brokerage_desk.adapters.redis_store import RedisStore
from services.brokerage_desk.following import Follower, Freshness
from services.brokerage_desk.picture import Picture
from services.brokerage_desk.projection import TOPICS, ReadModel
from services.brokerage_desk.publishing import Publisher
from services.brokerage_desk.reports import availability, capacity
from services.demo.scenes import takes, words
from services.directory import Caller, Directory
from services.edge.letters import Letters
from services.edge.problems import FieldProblem
from tests.golden.stories import BEGINS_AT, ENDS_AT, scenes

Json = dict[str, Any]
PARTITIONS = 3
FRESH_S = 3.0
"""How long a picture counts as fresh here: above the second between two confirmations."""
WITHIN_S = 40.0


def played() -> list[Record]:
    """Play scenes of takes and of words, and return what they left in the topics that are read here."""
    clock = VirtualClock(BEGINS_AT)
    log = MemoryLog(clock, "played")
    scenes((*takes.SCENES, *words.SCENES), log, clock)
    letters, caller = Letters(log, clock), Caller(Role.PROVIDER, "P-1", "P-1")
    for number in range(5):
        letters.write(caller, str(number).encode(), FieldProblem(field="setting_id", rule="missing"))
    return shuffled(dealt([record for topic in TOPICS for record in log.read(topic, 0, log.end(topic))]), 0)


def dealt(records: Sequence[Record]) -> list[Record]:
    """Deal records to partitions by key, each with its offset there."""
    ends: defaultdict[tuple[str, int], int] = defaultdict(int)
    found = []
    for record in records:
        partition = zlib.crc32(record.key.encode()) % PARTITIONS
        found.append(replace(record, partition=partition, offset=ends[record.topic, partition]))
        ends[record.topic, partition] += 1
    return found


def shuffled(records: Sequence[Record], seed: int) -> list[Record]:
    """Another order in which they may come in: of a partition as it is, among partitions any."""
    queues: defaultdict[tuple[str, int | None], list[Record]] = defaultdict(list)
    for record in reversed(records):
        queues[record.topic, record.partition].append(record)
    random = Random(seed)
    found: list[Record] = []
    while queues:
        [place] = random.choices([*queues], [len(queue) for queue in queues.values()])
        queue = queues[place]
        run = min(random.randint(1, 40), len(queue))
        found.extend(queue.pop() for _ in range(run))
        if not queue:
            del queues[place]
    return found


def picture_of(model: ReadModel) -> Picture:
    return Picture(model, Directory(), VirtualClock(ENDS_AT), lambda *_: DistanceBand.UNKNOWN)


def shown(model: ReadModel) -> Json:
    """Everything that a picture gives to anybody."""
    picture, states = picture_of(model), [each["state"] for each in model.picture.settings.values()]
    councils = sorted({each["state"]["council"] for each in model.picture.referrals.values()})
    providers = sorted({each["provider_id"] for each in states})
    windows = sorted(model.picture.windows)
    of_council = (picture.listed_to, picture.matches_of, picture.holds_of, picture.referrals_of)
    entries = sorted(picture.entries(), key=lambda each: str(each["state"]["setting_id"]))
    return {
        "settings": picture.settings_of(None),
        "of_providers": {
            each: [picture.settings_of(each), picture.offers_of(each), picture.nominations_of(each)]
            for each in providers
        },
        "of_councils": {each: [ask(each) for ask in of_council] for each in councils},
        "was_member": [[picture.was_member(window, each) for each in councils] for window in windows],
        "was_offered": [
            [picture.was_offered(window.rpartition(":")[0], each) for each in councils] for window in windows
        ],
        "nominated_by": {each: picture.nominated_by(each) for each in sorted(model.picture.nominations)},
        "vouched": sorted(model.picture.vouched),
        "served": model.picture.served,
        "all": [picture.offers_of(None), picture.nominations_of(None), picture.holds_of()],
        "windows": sorted(map(str, picture.ended())),
        "ended": picture.ended(),
        "letters": sorted(map(repr, picture.letters())),
        "doings": picture.doings(),
        "entries": entries,
        "reports": [availability(entries, ENDS_AT), capacity(entries, ENDS_AT)],
    }


def folded(mirror: Mirror) -> ReadModel:
    """Fold a mirror to its end, with no store."""
    model = ReadModel()
    projection = model.projection(mirror)
    while projection.step():
        pass
    return model


@dataclass(slots=True)
class Scene:
    """One log, its mirrors, and those who write and read one store, all turned by hand."""

    url: str
    prefix: str
    directory: Path
    records: Sequence[Record]
    stores: list[RedisStore] = field(default_factory=list)
    mirrors: list[Mirror] = field(default_factory=list)
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(ENDS_AT))

    def store(self, **options: Any) -> RedisStore:
        self.stores.append(RedisStore(self.url, self.prefix, **options))
        return self.stores[-1]

    def mirror(self, count: int | None = None, seed: int = 0) -> Mirror:
        """A mirror of its own of the first records as they came in here; more of them by `grow`."""
        self.mirrors.append(Mirror(self.directory / f"mirror-{len(self.mirrors)}", "a-log"))
        self.mirrors[-1].take_in(shuffled(self.records[:count], seed))
        return self.mirrors[-1]

    def grow(self, mirror: Mirror, start: int, end: int | None = None) -> None:
        mirror.take_in(self.records[start:end])

    def publisher(self, mirror: Mirror, **options: Any) -> Publisher:
        found = Publisher(mirror, self.store(**options), self.clock)
        found.start()
        return found

    def edge(self, **options: Any) -> "Edge":
        model = ReadModel()
        return Edge(model, Follower(model, self.store(**options), Freshness(FRESH_S)))

    @contextmanager
    def kept_keys(self) -> Iterator[None]:
        """At its end everything on the server is as it was at its beginning."""
        with Redis.from_url(self.url) as redis:
            kept = {key: redis.dump(key) for key in self._keys(redis)}
            yield
            redis.delete(*self._keys(redis))
            for key, dump in kept.items():
                redis.restore(key, 0, dump)

    def flush(self) -> None:
        """Everything of this scene is gone."""
        with Redis.from_url(self.url) as redis:
            redis.delete(*self._keys(redis))

    def forget_changes(self, *, but_the_last_of_each: bool = False) -> None:
        """Changes are dropped, as where a stream is full; the documents stay."""
        with Redis.from_url(self.url) as redis:
            stream = f"hearth:{{{self.prefix}}}:changes"
            found = {mark: fields.get(b"place") for mark, fields in redis.xrange(stream)}
            last = {place: mark for mark, place in found.items()} if but_the_last_of_each else {}
            redis.xdel(stream, *(found.keys() - last.values()))

    def _keys(self, redis: Any) -> list[bytes]:
        return [*redis.scan_iter(f"hearth:{{{self.prefix}}}*", count=1000)]

    def close(self) -> None:
        for store in self.stores:
            store.close()
        for mirror in self.mirrors:
            mirror.close()


@dataclass(slots=True)
class Edge:
    """One who reads, turned by hand."""

    model: ReadModel
    follower: Follower

    def turn(self, count: int = 6) -> None:
        for _ in range(count):
            self.follower.step(0.01)

    @property
    def is_stale(self) -> bool:
        return self.follower.freshness.is_stale


def write_all(publisher: Publisher) -> None:
    """Turn it until nothing is left to fold and to write."""
    idle = 0
    while idle < 3:
        idle = 0 if publisher.step() else idle + 1


@contextmanager
def writing(publisher: Publisher, mirror: Mirror) -> Iterator[Publisher]:
    """Let a publisher run as it does in a process of its own."""
    engine = Engine(mirror, [publisher], VirtualClock(ENDS_AT))
    engine.serve()
    try:
        yield publisher
    finally:
        engine.stop()


@contextmanager
def following(edge: Edge) -> Iterator[Edge]:
    """Let an edge follow in a thread of its own, as it does when it serves."""
    edge.follower.fill()
    edge.follower.follow()
    try:
        yield edge
    finally:
        edge.follower.close()


def wait_until(
    condition: Callable[[], bool], turn: Callable[[], object] | None = None, within_s: float = WITHIN_S
) -> None:
    """Turn, or look again in a moment, until it is so; AssertionError if it is not in time."""
    until_s, never = monotonic_s() + within_s, threading.Event()
    turn = turn or (lambda: never.wait(0.02))
    while not condition():
        assert monotonic_s() < until_s, "it did not come to pass in time"
        turn()
