"""Something to look at: it follows, never goes backwards, and can be thrown away."""

import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.decider import Decider
from runtime.log import Entry, Log
from runtime.projection import Projection
from runtime.records import UNMARKED, decision_headers
from tests.runtime.places import START, MemoryPlace, Place
from tests.runtime.toy import COUNTERS, Counters, Totals, number


def counted(log: Log, first: int, last: int) -> None:
    log.append([number("ab"[at % 2], str(at), add=at) for at in range(first, last)])
    decider = Decider(log, Counters())
    decider.start()
    decider.step()


def show(log: Log, totals: Totals, snapshot_every: int = 3) -> Projection:
    shown = Projection(
        log,
        "totals",
        [COUNTERS],
        fold=totals.fold,
        dump=totals.dump,
        load=totals.load,
        snapshot_every=snapshot_every,
        batch_max=2,
    )
    shown.start()
    while shown.step():
        pass
    return shown


def test_a_restart_goes_on_from_the_snapshot_and_the_tail(place: Place) -> None:
    log = place.open()
    counted(log, 0, 10)
    before = Totals()
    shown = show(log, before)
    snapshot = log.load_snapshot("totals")
    assert snapshot is not None
    assert snapshot[0] == 8
    assert shown.positions == {COUNTERS: 10}
    counted(log, 10, 12)
    after = Totals()
    show(place.open(), after)
    assert after.versions == [f"{'ab'[at % 2]}:{at // 2 + 1}" for at in range(12)]
    assert after.totals == {"a": 30, "b": 36}


@given(st.lists(st.integers(0, 4), max_size=8), st.integers(1, 5))
def test_snapshots_and_restarts_at_any_place_show_the_same(steps: list[int], snapshot_every: int) -> None:
    log, wanted = MemoryPlace().open(), Totals()
    at, restarted = 0, Totals()
    for step in steps:
        counted(log, at, at + step)
        at += step
        restarted = Totals()
        show(log, restarted, snapshot_every)
    show(log, wanted, 1000).rebuild()
    fresh = MemoryPlace().open()
    counted(fresh, 0, at)
    show(fresh, wanted, 1000)
    assert (restarted.totals, restarted.versions) == (wanted.totals, wanted.versions)


def test_what_is_thrown_away_is_rebuilt_the_same() -> None:
    log, totals = MemoryPlace().open(), Totals()
    counted(log, 0, 10)
    shown = show(log, totals)
    before = (totals.totals, totals.versions)
    shown.rebuild()
    assert totals.totals == {}
    while shown.step():
        pass
    assert (totals.totals, totals.versions) == before


def test_a_void_record_is_not_shown() -> None:
    log, totals = MemoryPlace().open(), Totals()
    counted(log, 0, 2)
    headers = decision_headers(
        "a",
        UNMARKED,
        source="/toy",
        record_type="counter.v1",
        decided_at=START,
        cause_id="zombie",
        position=0,
        log_id=log.log_id,
    )
    log.append([Entry(COUNTERS, "a", b"not even readable", headers)])
    show(log, totals)
    assert totals.versions == ["a:1", "b:1"]


@pytest.mark.parametrize(
    "body",
    [b'{"counters":99}\n[{"a":1},[]]', b'{"others":0}\n[{"a":1},[]]'],
    ids=["beyond the log's end", "of other topics"],
)
def test_a_snapshot_that_does_not_fit_the_log_is_left_alone(body: bytes) -> None:
    log, totals = MemoryPlace().open(), Totals()
    counted(log, 0, 2)
    log.save_snapshot("totals", 99, body)
    show(log, totals)
    assert totals.versions == ["a:1", "b:1"]


def test_a_caller_waits_until_what_it_named_is_folded() -> None:
    log, totals = MemoryPlace().open(), Totals()
    shown = show(log, totals)
    counted(log, 0, 2)
    named = log.read(COUNTERS, 0, 9)
    assert not shown.wait_for(named, 0.01)
    done: list[bool] = []
    waiter = threading.Thread(target=lambda: done.append(shown.wait_for(named, 20)))
    waiter.start()
    shown.step()
    waiter.join(20)
    assert done == [True]
    assert shown.wait_for([], 0)
    assert not shown.wait_for([replace(named[-1], topic="unknown")], 0)
