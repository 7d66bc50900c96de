"""One behaviour, whatever the log is made of."""

import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.log import Entry, Log, Overtaken
from runtime.records import UNMARKED, Chain, DecisionEntry, Mark, decision_headers, digest
from tests.runtime.places import START, MemoryPlace, Place, everything


def entry(key: str = "a", value: bytes = b"1", topic: str = "t", **headers: str) -> Entry:
    return Entry(topic, key, value, headers)


def decision(key: str, last: Mark, value: bytes = b"", cause_id: str = "c") -> Entry:
    headers = decision_headers(
        key,
        last,
        source="/toy",
        record_type="counter.v1",
        decided_at=START,
        cause_id=cause_id,
        position=0,
        log_id="toy",
    )
    return Entry("t", key, value, headers)


def test_offsets_of_each_topic_count_from_zero_without_gaps(log: Log) -> None:
    placed = log.append([entry(topic="t"), entry(topic="u"), entry(topic="t")])
    assert [each.offset for each in placed] == [0, 0, 1]
    assert log.append([entry(topic="u")])[-1].offset == 1
    assert (log.end("t"), log.end("u"), log.end("unknown")) == (2, 2, 0)


def test_what_was_appended_is_read_as_it_was(log: Log) -> None:
    log.append([entry("ключ", b"\x00\xff", ce_id="1", other="ü")])
    [record] = log.read("t", 0, 10)
    assert (record.key, record.value, record.headers) == ("ключ", b"\x00\xff", {"ce_id": "1", "other": "ü"})
    assert (record.topic, record.offset, record.stamped_at, record.is_void) == ("t", 0, START, False)


def test_reading_begins_at_the_start_and_ends_at_the_limit(log: Log) -> None:
    log.append([entry(value=str(at).encode()) for at in range(5)])
    assert [record.offset for record in log.read("t", 1, 3)] == [1, 2, 3]
    assert [record.offset for record in log.read("t", 4, 3)] == [4]
    assert log.read("t", 5, 3) == log.read("unknown", 0, 3) == []


def test_the_log_stamps_by_its_own_clock_even_backwards(place: Place) -> None:
    log = place.open()
    assert log.append([entry()])[-1].stamped_at == START
    place.clock.advance(timedelta(hours=-1))
    log.append([entry()])
    assert [record.stamped_at for record in everything(log, "t")] == [START, START - timedelta(hours=1)]


def test_an_append_that_is_overtaken_changes_nothing(log: Log) -> None:
    log.append([entry()], positions={"reader": 1})
    with pytest.raises(Overtaken, match="t ends at 1, not at 0"):
        log.append([entry(topic="u"), entry()], expected={"t": 0}, positions={"reader": 2})
    assert (log.end("t"), log.end("u"), log.position("reader")) == (1, 0, 1)
    assert log.append([entry()], expected={"t": 1, "empty": 0})[-1].offset == 1


def test_positions_move_with_the_append_even_an_empty_one(log: Log) -> None:
    assert log.position("reader") == 0
    assert log.append([], positions={"reader": 7, "other": 1}) == ()
    assert (log.position("reader"), log.position("other")) == (7, 1)


def test_the_latest_record_of_a_key_is_the_last_one(log: Log) -> None:
    log.append([entry("a", b"1"), entry("b", b"2"), entry("a", b"3"), entry("a", b"9", topic="u")])
    latest = log.latest("t", "a")
    assert latest is not None
    assert (latest.value, latest.offset) == (b"3", 2)
    assert log.latest("t", "unknown") is None
    assert [(record.key, record.value) for record in log.latest_of_each("t")] == [("a", b"3"), ("b", b"2")]


def test_the_latest_of_each_of_some_keys_is_the_latest_of_every_one_of_them(log: Log) -> None:
    log.append([entry("a", b"1"), entry("b", b"2"), entry("a", b"3"), entry("c", b"9", topic="u")])
    wanted = {key: log.latest("t", key) for key in "ab"}
    assert log.latest_by_each("t", ["a", "b", "c", "a"]) == wanted
    assert log.latest_by_each("t", []) == {}


def test_what_each_id_caused_is_found_by_id(log: Log) -> None:
    log.append([entry(ce_cause="x"), entry(ce_cause="x", value=b"2"), entry("b", ce_cause="y")])
    assert log.caused_by_each("t", ["x", "y", "z"]) == {each: log.caused("t", each) for each in "xy"}
    assert log.caused_by_each("u", ["x"]) == log.caused_by_each("t", []) == {}


def test_a_decision_has_one_digest_before_and_after_it_is_appended(log: Log) -> None:
    plain = decision("a", UNMARKED, b"first")
    made = DecisionEntry(plain.topic, plain.key, plain.value, plain.headers)
    log.append([made])
    [record] = everything(log, "t")
    assert made.digest == digest(made) == digest(plain) == digest(record)
    assert not record.is_void


def test_every_key_has_its_latest_record_however_many_there_are(log: Log) -> None:
    log.append([entry(f"{at:05}", b"old") for at in range(2500)])
    log.append([entry(f"{at:05}", b"new") for at in range(0, 2500, 2)] + [entry("", b"no key")])
    found = [(record.key, record.value) for record in log.latest_of_each("t")]
    assert found[0] == ("", b"no key")
    assert found[1:] == [(f"{at:05}", b"old" if at % 2 else b"new") for at in range(2500)]


def test_a_record_is_found_by_its_cause_and_the_first_one_stands(log: Log) -> None:
    log.append([entry(ce_cause="x", value=b"1"), entry(ce_cause="x", value=b"2")])
    found = log.caused("t", "x")
    assert found is not None
    assert found.value == b"1"
    assert log.caused("t", "y") is None
    assert log.caused("u", "x") is None


def test_the_last_snapshot_replaces_the_former(log: Log) -> None:
    assert log.load_snapshot("totals") is None
    log.save_snapshot("totals", 3, b"three")
    log.save_snapshot("totals", 5, b"five")
    assert log.load_snapshot("totals") == (5, b"five")


def test_a_log_opened_again_is_the_same_log(place: Place) -> None:
    log = place.open()
    log.append([entry(ce_cause="x")], positions={"reader": 1})
    log.save_snapshot("totals", 1, b"one")
    again = place.open()
    assert again.log_id == log.log_id
    assert everything(again, "t") == everything(log, "t")
    assert again.position("reader") == 1
    assert again.load_snapshot("totals") == (1, b"one")
    assert again.caused("t", "x") == again.latest("t", "a") == everything(log, "t")[0]


def test_a_decision_that_is_not_next_is_void_and_changes_nothing(log: Log) -> None:
    first = decision("a", UNMARKED, b"first", "c1")
    zombie = decision("a", UNMARKED, b"zombie", "c2")
    orphan = decision("a", Mark(1, "0" * 32), b"orphan", "c3")
    late = decision("a", Mark(4, digest(first)), b"late", "c5")
    second = decision("a", Mark(1, digest(first)), b"second", "c4")
    log.append([first, zombie, orphan, late])
    log.append([second])
    assert [record.is_void for record in everything(log, "t")] == [False, True, True, True, False]
    assert [record.value for record in log.latest_of_each("t")] == [b"second"]
    assert log.caused("t", "c2") is None
    assert log.caused("t", "c3") is None
    found = log.caused("t", "c1")
    assert found is not None
    assert found.value == b"first"


STEPS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.booleans()), max_size=12)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(STEPS)
def test_the_log_and_a_chain_agree_on_what_counts(place: Place, steps: list[tuple[str, int, bool]]) -> None:
    log, chain = place.fresh().open(), Chain()
    marks: dict[str, list[Mark]] = {"a": [UNMARKED], "b": [UNMARKED]}
    for key, back, is_copied in steps:
        last = marks[key][max(0, len(marks[key]) - 1 - back)]
        made = decision(key, last, b"" if is_copied else f"{len(marks[key])}".encode())
        log.append([made])
        marks[key].append(Mark(last.version + 1, digest(made)))
    records = everything(log, "t")
    assert [record.is_void for record in records] == [not chain.accepts(record) for record in records]
    last_ones = {record.key: digest(record) for record in log.latest_of_each("t")}
    assert last_ones == {key: chain.mark(key).digest for key in "ab" if chain.mark(key).version}
    assert Chain.restore(chain.snapshot()).snapshot() == chain.snapshot()


def test_a_waiting_thread_wakes_when_another_appends(log: Log) -> None:
    pulse = log.pulse()
    woken: list[int] = []
    waiter = threading.Thread(target=lambda: woken.append(log.wait(pulse, 20)))
    waiter.start()
    log.append([entry()])
    waiter.join(20)
    assert woken
    assert woken[0] != pulse


def test_waiting_ends_when_nothing_happens(log: Log) -> None:
    pulse = log.pulse()
    assert log.wait(pulse, 0.01) == pulse


def test_many_threads_append_at_once_and_nothing_is_lost(log: Log) -> None:
    def append(name: str) -> None:
        for at in range(20):
            log.append([entry(name, f"{at}.{part}".encode()) for part in range(3)])

    threads = [threading.Thread(target=append, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records = everything(log, "t")
    assert [record.offset for record in records] == list(range(240))
    wanted = [f"{at}.{part}".encode() for at in range(20) for part in range(3)]
    assert all([record.value for record in records if record.key == name] == wanted for name in "abcd")


@pytest.mark.xfail(strict=True, raises=AssertionError, reason="a log in memory ends with its process")
def test_a_log_in_memory_outlives_its_process() -> None:
    place = MemoryPlace()
    place.open().append([entry()])
    assert MemoryPlace().open().end("t") == 1
