"""One partition's documents, written by anybody from any version to any later one, in any order and more than once."""

from collections.abc import Iterator

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from runtime.clock import new_id
from services.brokerage_desk.adapters.redis_store import RedisStore
from services.brokerage_desk.documents import Delta, Kind, Name

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PLACE = "offers/0"
LENGTH = 12
IDS = ("a", "b", "c")
Steps = list[tuple[str, bool]]
"""What each record does: to which document, and whether that is there afterwards."""
steps = st.lists(st.tuples(st.sampled_from(IDS), st.booleans()), min_size=LENGTH, max_size=LENGTH)
spans = (
    st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH))
    .map(sorted)
    .filter(lambda span: span[0] < span[1])
)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def fresh(redis_url: str) -> RedisStore:
    return RedisStore(redis_url, f"t{new_id()[:12]}")


def state_at(script: Steps, until: int) -> dict[Name, int]:
    """What the documents are once so many records are folded: each says which record made it."""
    found: dict[Name, int] = {}
    for at, (about, is_there) in enumerate(script[:until]):
        found.pop((Kind.MATCHES, about), None)
        if is_there:
            found[Kind.MATCHES, about] = at
    return found


def write(store: RedisStore, generation: str, script: Steps, since: int, until: int) -> int | None:
    names = frozenset((Kind.MATCHES, about) for about, _ in script[since:until])
    there = state_at(script, until)
    values = {name: orjson.dumps(there[name]) if name in there else None for name in names}
    return store.write(generation, Delta(PLACE, since, until, names), values)


def whole(store: RedisStore, replaces: str, script: Steps, until: int) -> bool:
    values = ((name, orjson.dumps(value)) for name, value in state_at(script, until).items())
    return store.write_whole(replaces, values, {PLACE: until} if until else {})


@given(script=steps, tries=st.lists(spans, max_size=25))
@quick
def test_whoever_writes_in_whatever_order_the_documents_are_those_of_the_furthest_version(
    redis_url: str, script: Steps, tries: list[list[int]]
) -> None:
    store, at = fresh(redis_url), 0
    assert whole(store, "", script, 0)
    generation = store.held().generation
    for since, until in tries:
        found = write(store, generation, script, since, until)
        is_gap = since > at and until > at
        assert found == (None if is_gap else max(at, until))
        at = at if is_gap else max(at, until)
        assert store.held().positions.get(PLACE, 0) == at
        assert dict(store.everything(generation)) == state_at(script, at)
    store.close()


@given(script=steps, tries=st.lists(st.tuples(st.integers(0, LENGTH), st.booleans()), max_size=15))
@quick
def test_a_generation_is_replaced_only_by_who_saw_it_and_never_by_one_that_is_behind(
    redis_url: str, script: Steps, tries: list[tuple[int, bool]]
) -> None:
    store, at = fresh(redis_url), 0
    assert whole(store, "", script, 0)
    for until, has_seen in tries:
        before = store.held()
        has_begun = whole(store, before.generation if has_seen else "another", script, until)
        assert has_begun == (has_seen and until >= at)
        at = until if has_begun else at
        held = store.held()
        assert (held.generation != before.generation) == has_begun
        assert held.positions.get(PLACE, 0) == at
        assert dict(store.everything(held.generation)) == state_at(script, at)
    store.close()


def test_what_was_replaced_takes_no_writes_and_leaves_nothing_behind(redis_url: str) -> None:
    store, script = fresh(redis_url), [("a", True)] * LENGTH
    assert whole(store, "", script, 1)
    former = store.held().generation
    assert whole(store, former, script, 2)
    assert write(store, former, script, 2, 3) is None
    assert not store.confirm(former, {}, "x 2026-11-02T09:00:00.000000Z")
    assert dict(store.everything(former)) == {}
    store.close()


@pytest.mark.parametrize("flushed_at", [600, 1100, None])
def test_no_generation_begins_of_which_a_flush_took_any_document(
    redis_url: str, flushed_at: int | None
) -> None:
    prefix = f"t{new_id()[:12]}"
    store = RedisStore(redis_url, prefix)

    def values() -> Iterator[tuple[Name, bytes]]:
        for number in range(1200):
            if number == flushed_at:
                with Redis.from_url(redis_url) as redis:
                    redis.delete(*redis.scan_iter(f"hearth:{{{prefix}}}*"))
            yield (Kind.MATCHES, str(number)), b"1"

    assert store.write_whole("", values(), {PLACE: 3}) == (flushed_at is None)
    assert bool(store.held().generation) == (flushed_at is None)
    store.close()


def test_nothing_is_confirmed_that_is_not_all_there(redis_url: str) -> None:
    store, script = fresh(redis_url), [("a", True)] * LENGTH
    assert whole(store, "", script, 3)
    generation = store.held().generation
    assert store.confirm(generation, {PLACE: 3}, "x 2026-11-02T09:00:00.000000Z")
    assert not store.confirm(generation, {PLACE: 4}, "y 2026-11-02T09:00:00.000000Z")
    assert not store.confirm(generation, {"offers/1": 1}, "y 2026-11-02T09:00:00.000000Z")
    assert store.held().confirmed.startswith("x")
    store.close()
