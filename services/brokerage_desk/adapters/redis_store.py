"""The store of documents in Redis or Valkey, for any number of processes that write and read.

Knows keys, hashes, a stream and three scripts. Must not know what a document says. Everything here is a copy: all
keys expire by themselves when nobody confirms them any more. In a cluster all keys lie in one slot.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any, Final, TypeVar

import orjson
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from runtime.clock import new_id
from services.brokerage_desk.documents import Delta, Kind, Name
from services.brokerage_desk.ports import Change, Held, Look, StoreUnavailable

from .redis_scripts import BEGIN, CONFIRM, WRITE

ANSWER_S: Final = 2.0
"""How long Redis may take to answer. Every wait for a change is shorter than this."""
CHANGES_MAX: Final = 4000
"""How many changes are remembered, about: who missed more reads everything again."""
KEPT_S: Final = 7 * 24 * 3600
"""How long documents are kept that nobody confirms: those of a former version, or of a log that is no more."""
BUILDING_S: Final = 600
CHUNK: Final = 500
LOOK_MAX: Final = 200
NONE: Final = "0-0"
KINDS: Final = tuple(Kind)
AT: Final = b"at:"

Each = TypeVar("Each")


class RedisStore:
    """For any number of threads, until `close`."""

    def __init__(
        self, url: str, prefix: str, *, changes_max: int = CHANGES_MAX, answer_s: float = ANSWER_S
    ) -> None:
        """`url` is redis://…; `prefix` names log and form of documents. Nobody is called before the first use."""
        self._redis = Redis.from_url(
            url,
            socket_timeout=answer_s,
            socket_connect_timeout=answer_s,
            retry=Retry(NoBackoff(), 1),
            client_name="hearth",
        )
        self._wait_max_s, self._changes_max = answer_s / 2, changes_max
        self._prefix = f"hearth:{{{prefix}}}"
        self._meta, self._changes = f"{self._prefix}:meta", f"{self._prefix}:changes"
        self._write, self._begin, self._confirm = (
            self._redis.register_script(each) for each in (WRITE, BEGIN, CONFIRM)
        )

    def close(self) -> None:
        """Let go of all connections."""
        self._redis.close()

    def _shelf(self, generation: str, kind: Kind) -> str:
        return f"{self._prefix}:{generation}:{kind}"

    def _keys(self, generation: str) -> list[str]:
        return [self._meta, self._changes, *(self._shelf(generation, kind) for kind in KINDS)]

    # --- writing --------------------------------------------------------------------------------------------

    def write(self, generation: str, delta: Delta, values: Mapping[Name, bytes | None]) -> int | None:
        puts = [
            (KINDS.index(kind) + 1, about, value)
            for (kind, about), value in values.items()
            if value is not None
        ]
        gone = [(KINDS.index(kind) + 1, about) for (kind, about), value in values.items() if value is None]
        names = orjson.dumps(sorted(values))
        place = (delta.place, delta.since, delta.until)
        parts: list[Any] = [part for each in (*puts, *gone) for part in each]
        arguments = [generation, *place, names, self._changes_max, len(puts), *parts]
        with within_reach():
            found = int(self._write(keys=self._keys(generation), args=arguments))
        return None if found < 0 else found

    def write_whole(
        self, replaces: str, values: Iterable[tuple[Name, bytes]], positions: Mapping[str, int]
    ) -> bool:
        generation, counts = new_id()[:16], Counter[Kind]()
        with within_reach():
            for chunk in chunks(values):
                self._put(generation, chunk)
                counts.update(kind for (kind, _), _ in chunk)
            has_each = [counts[kind] for kind in KINDS]
            arguments = [replaces, generation, self._changes_max, KEPT_S, *has_each, *flat(positions)]
            has_begun = bool(self._begin(keys=self._keys(generation), args=arguments))
        with suppress(StoreUnavailable), within_reach():  # else it expires
            self._remove(replaces if has_begun else generation)
        return has_begun

    def _put(self, generation: str, chunk: Sequence[tuple[Name, bytes]]) -> None:
        """Put documents of a generation that nobody reads yet. Left alone, they expire soon."""
        by_kind: defaultdict[Kind, dict[Any, Any]] = defaultdict(dict)
        for (kind, about), value in chunk:
            by_kind[kind][about] = value
        with self._redis.pipeline(transaction=True) as pipeline:
            for kind, found in by_kind.items():
                pipeline.hset(self._shelf(generation, kind), mapping=found)
                pipeline.expire(self._shelf(generation, kind), BUILDING_S)
            pipeline.execute()

    def _remove(self, generation: str) -> None:
        if generation:
            self._redis.unlink(*(self._shelf(generation, kind) for kind in KINDS))

    def confirm(self, generation: str, positions: Mapping[str, int], text: str) -> bool:
        with within_reach():
            arguments = [generation, text, KEPT_S, *flat(positions)]
            return bool(self._confirm(keys=self._keys(generation), args=arguments))

    # --- reading --------------------------------------------------------------------------------------------

    def held(self) -> Held:
        with within_reach():
            return held_of(self._redis.hgetall(self._meta))

    def look(self, after: str | None) -> Look:
        with within_reach(), self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hgetall(self._meta)
            if after is None:
                pipeline.xrevrange(self._changes, count=1)
            else:
                pipeline.xrange(self._changes, min=f"({after}", count=LOOK_MAX)
            meta, found = pipeline.execute()
        mark = found[-1][0].decode() if found else after or NONE
        changes = [] if after is None else [change_of(fields) for _, fields in found if b"place" in fields]
        return Look(held_of(meta), changes, mark, len(found) < LOOK_MAX)

    def wait(self, after: str, timeout_s: float) -> None:
        block_ms = max(1, int(min(timeout_s, self._wait_max_s) * 1000))
        with within_reach():
            self._redis.xread({self._changes: after}, count=1, block=block_ms)

    def values(self, generation: str, names: Sequence[Name]) -> tuple[Held, dict[Name, Any]]:
        by_kind: defaultdict[Kind, list[str]] = defaultdict(list)
        for kind, about in names:
            by_kind[kind].append(about)
        with within_reach(), self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hgetall(self._meta)
            for kind, asked in by_kind.items():
                pipeline.hmget(self._shelf(generation, kind), asked)
            meta, *found = pipeline.execute()
        documents = {
            (kind, about): None if value is None else orjson.loads(value)
            for (kind, asked), values in zip(by_kind.items(), found, strict=True)
            for about, value in zip(asked, values, strict=True)
        }
        return held_of(meta), documents

    def everything(self, generation: str) -> Iterator[tuple[Name, Any]]:
        for kind in KINDS:
            with within_reach():
                for about, value in self._redis.hscan_iter(self._shelf(generation, kind), count=CHUNK):
                    yield (kind, about.decode()), orjson.loads(value)


@contextmanager
def within_reach() -> Iterator[None]:
    """Turn whatever Redis refuses, or does not answer, into StoreUnavailable: it is to be tried again."""
    try:
        yield
    except (RedisError, OSError) as error:
        code = str(error).partition(" ")[0] if isinstance(error, ResponseError) else ""
        raise StoreUnavailable(f"Redis: {type(error).__name__} {code}".rstrip()) from error


def held_of(meta: Mapping[Any, Any]) -> Held:
    positions = {
        name.removeprefix(AT).decode(): int(value) for name, value in meta.items() if name.startswith(AT)
    }
    return Held(meta.get(b"generation", b"").decode(), meta.get(b"confirmed", b"").decode(), positions)


def change_of(fields: Mapping[bytes, bytes]) -> Change:
    names = frozenset((Kind(kind), about) for kind, about in orjson.loads(fields[b"names"]))
    place, since, until = fields[b"place"].decode(), int(fields[b"since"]), int(fields[b"until"])
    return Change(fields[b"generation"].decode(), Delta(place, since, until, names))


def flat(positions: Mapping[str, int]) -> list[str | int]:
    return [part for each in positions.items() for part in each]


def chunks(each: Iterable[Each], size: int = CHUNK) -> Iterator[list[Each]]:
    """Yield what comes in lists of at most `size`."""
    found = iter(each)
    while chunk := list(islice(found, size)):
        yield chunk
