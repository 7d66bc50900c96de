"""What is kept in memory is what the disk has: nobody who reads can tell where it came from."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.clock import VirtualClock
from runtime.log import Entry, Record
from runtime.sqlite_log import SqliteLog
from runtime.tail import Tail, size_of
from tests.runtime.conftest import MEMORY_DISK
from tests.runtime.places import START


def record(offset: int, value: bytes = b"x" * 100) -> Record:
    return Record("t", offset, "k", value, {}, START)


entries = st.builds(
    Entry,
    topic=st.sampled_from("tu"),
    key=st.sampled_from("ab"),
    value=st.binary(max_size=5),
    headers=st.dictionaries(st.sampled_from(["ce_id", "ce_cause", "ce_parent"]), st.text("xy", max_size=2)),
)
writers = st.integers(0, 1)
appends = st.lists(st.tuples(writers, st.lists(entries, max_size=4)), max_size=8)


@settings(max_examples=60, deadline=None)
@given(appends, st.integers(0, 12), st.integers(0, 12))
def test_a_process_that_appends_reads_what_one_that_only_reads_does(
    said: list[tuple[int, list[Entry]]], start: int, limit: int
) -> None:
    with TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as folder:
        logs = [SqliteLog(Path(folder), VirtualClock(START)) for _ in range(3)]
        for writer, batch in said:
            logs[writer].append(batch)
        for topic in "tu":
            found = [log.read(topic, start, limit) for log in logs]
            assert found[0] == found[1] == found[2]
            assert [each.offset for each in found[0]] == list(
                range(start, min(logs[2].end(topic), start + limit))
            )
        for log in logs:
            log.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(entries, max_size=12), st.lists(st.text("xyz", max_size=2), max_size=6))
def test_what_each_id_caused_is_what_it_caused_alone(said: list[Entry], wanted: list[str]) -> None:
    with TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as folder:
        log = SqliteLog(Path(folder), VirtualClock(START))
        log.append(said)
        alone = {each: log.caused("t", each) for each in wanted}
        assert log.caused_by_each("t", wanted) == {each: found for each, found in alone.items() if found}
        log.close()


@given(st.lists(st.integers(1, 5), min_size=1), st.integers(0, 30), st.integers(0, 30))
def test_a_run_is_unbroken_and_ends_with_the_last(sizes: list[int], start: int, limit: int) -> None:
    tail, end = Tail(size_of([record(0)]) * 7), 0
    for size in sizes:
        tail.add([record(end + step) for step in range(size)])
        end += size
    kept = [each.offset for each in tail.run(start, limit)]
    assert kept in ([], list(range(start, min(start + limit, end))))
    assert [each.offset for each in tail.run(end - 1, 1)] == [end - 1]


def test_what_does_not_follow_begins_a_new_run() -> None:
    tail = Tail()
    tail.add([record(0), record(1)])
    tail.add([record(5)])
    assert [each.offset for each in tail.run(5, 9)] == [5]
    assert tail.run(0, 9) == tail.run(4, 9) == tail.run(6, 9) == []


def test_no_more_is_kept_than_there_is_room_for_but_always_the_last() -> None:
    tail = Tail(size_of([record(0)]) * 4)
    for offset in range(100):
        tail.add([record(offset)])
    kept = [first for first in range(100) if tail.run(first, 100)]
    assert kept
    assert len(kept) <= 4
    tail.add([record(100, b"x" * 100_000)])
    assert [each.offset for each in tail.run(100, 9)] == [100]
