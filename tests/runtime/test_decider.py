"""Inputs in, decisions out: each once, in order, whoever else is at work."""

import hashlib
from datetime import datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from runtime.dead_letters import CircuitOpen, Invalid, dead_letter, shown
from runtime.decider import NAMELESS, Decided, Decider
from runtime.log import DEAD_LETTERS, Entry, Log, LogMismatch, Record
from runtime.memory_log import MemoryLog
from runtime.records import UNMARKED, Chain, decision_headers, digest, instant
from tests.runtime.crashing import CrashingLog
from tests.runtime.places import START, MemoryPlace, everything, story
from tests.runtime.toy import COUNTERS, NUMBERS, Counter, Counters, Number, garbage, number


def run(log: Log, **settings: int) -> Decider[Counter, Number]:
    decider = Decider(log, Counters(), **settings)
    decider.start()
    while decider.step():
        pass
    return decider


def total(log: Log, key: str) -> int:
    record = log.latest(COUNTERS, key)
    assert record is not None
    return Counters().restore(record.value).total


def test_a_decision_says_what_caused_it_and_what_it_follows() -> None:
    log = MemoryPlace().open()
    log.append([number("a", "x", add=1), number("b", "y", add=1), number("a", "z", add=2)])
    run(log)
    first, _, second = everything(log, COUNTERS)
    assert second.headers == {
        "ce_specversion": "1.0",
        "ce_id": "a:2",
        "ce_source": "/toy",
        "ce_type": "counter.v1",
        "ce_time": "2026-03-02T09:00:00.000000Z",
        "ce_subject": "a",
        "ce_version": "2",
        "ce_parent": digest(first),
        "ce_cause": "z",
        "ce_position": "2",
        "ce_log": log.log_id,
    }
    assert first.headers["ce_parent"] == ""


def test_a_batch_is_one_append_with_its_position() -> None:
    log = MemoryPlace().open()
    log.append([number("a", str(at), add=1) for at in range(10)])
    before = log.pulse()
    decider = Decider(log, Counters(), batch_max=6)
    decider.start()
    assert decider.step() == 6
    assert (log.pulse() - before, log.position("counters"), log.end(COUNTERS)) == (1, 6, 6)


def test_a_repeat_gets_no_append() -> None:
    log = MemoryPlace().open()
    log.append([number("a", "x", add=1), number("a", "x", add=1)])
    run(log)
    assert (log.end(COUNTERS), log.position("counters"), total(log, "a")) == (1, 2, 1)


def test_decided_inputs_are_not_decided_again_even_if_the_position_was_lost() -> None:
    log = MemoryPlace().open()
    log.append([number("a", str(at), add=1) for at in range(50)])
    run(log)
    log.append([], positions={"counters": 0})
    before = story(log, COUNTERS)
    rulebook = Counters()
    decider = Decider(log, rulebook)
    decider.start()
    assert decider.step() == 0
    assert (rulebook.decided, story(log, COUNTERS)) == (0, before)


class RedeliveringLog(CrashingLog):
    """Gives again what was read before, as a log may after a rebalance."""

    def read(self, topic: str, start: int, limit: int) -> list[Record]:
        return super().read(topic, max(0, start - 2), limit + 2) if topic == NUMBERS else []


def test_a_redelivered_input_is_not_decided_again() -> None:
    log, rulebook = MemoryPlace().open(), Counters()
    log.append([number("ab"[at % 2], str(at), add=at) for at in range(9)])
    decider = Decider(RedeliveringLog(log, 0, is_after=False), rulebook, 3)
    decider.start()
    assert [decider.step() for _ in range(4)] == [5, 5, 3, 2]
    assert (rulebook.decided, log.end(COUNTERS), log.position("counters")) == (9, 9, 9)


def test_time_is_the_later_of_the_input_and_the_last_decision() -> None:
    place = MemoryPlace()
    log = place.open()
    log.append([number("a", "x", add=1)])
    place.clock.advance(timedelta(hours=-1))
    log.append([number("a", "y", add=1), number("b", "z", add=1)])
    run(log)
    times = [instant(record.headers["ce_time"]) for record in everything(log, COUNTERS)]
    assert times == [START, START, START - timedelta(hours=1)]


def test_a_bad_record_is_told_without_its_payload_and_its_key_goes_on() -> None:
    log = MemoryPlace().open()
    log.append([garbage("a", "x"), number("a", "y", add=1), Entry(NUMBERS, "b", b"{}", {})])
    with capture_logs() as told:
        run(log)
    assert [fact["record_id"] for fact in told] == ["numbers:0", "numbers:2"]
    assert "garbage" not in str(told)
    letter, nameless = everything(log, DEAD_LETTERS)
    payload = everything(log, NUMBERS)[0].value
    assert orjson.loads(letter.value) == {
        "topic": NUMBERS,
        "offset": 0,
        "key": shown("a"),
        "code": "not_json",
        "field": "value",
        "rule": "a number is JSON",
        "sha256": hashlib.sha256(payload).hexdigest(),
        "size": len(payload),
    }
    assert (letter.headers["ce_id"], letter.headers["ce_cause"]) == ("numbers:0", "x")
    assert b"garbage" not in letter.value
    assert orjson.loads(nameless.value)["code"] == "missing"
    assert (total(log, "a"), log.position("counters")) == (1, 3)


class BetterCounters(Counters):
    """A later version of the code, which can read what the former could not."""

    def read(self, record: Record) -> Number | Invalid:
        read = super().read(record)
        return Number(record.headers["ce_id"], add=100) if isinstance(read, Invalid) else read


def test_too_many_bad_inputs_open_the_circuit_before_they_are_acknowledged() -> None:
    log = MemoryPlace().open()
    log.append([number("a", "good", add=1), *[garbage("a", f"bad {at}") for at in range(10)]])
    decider = Decider(log, Counters(), 1, bad_max=3, bad_of=10)
    decider.start()
    assert [decider.step() for _ in range(4)] == [1, 1, 1, 1]
    for again in (decider, Decider(log, Counters(), 1, bad_max=3, bad_of=10)):
        again.start()
        with pytest.raises(CircuitOpen, match="4 of the last 10 inputs of numbers are bad"):
            again.step()
        assert (log.position("counters"), log.end(DEAD_LETTERS)) == (4, 3)
    mended = Decider(log, BetterCounters(), 1, bad_max=3, bad_of=10)
    mended.start()
    while mended.step():
        pass
    assert (log.position("counters"), log.end(DEAD_LETTERS), total(log, "a")) == (11, 3, 701)


def test_bad_records_of_other_topics_do_not_open_the_circuit() -> None:
    log = MemoryPlace().open()
    log.append([Entry("others", "a", b"", {})] * 20)
    others = [dead_letter(record, NAMELESS, "/toy") for record in everything(log, "others")]
    log.append([*others, garbage("a", "bad"), number("a", "good", add=1)])
    run(log, bad_max=1, bad_of=100)
    assert log.position("counters") == 2


def test_a_few_bad_inputs_among_many_good_ones_stop_nothing() -> None:
    log = MemoryPlace().open()
    log.append([number("a", str(at), add=1) if at % 5 else garbage("a", str(at)) for at in range(100)])
    run(log, batch_max=7, bad_max=2, bad_of=10)
    assert (log.end(DEAD_LETTERS), log.end(COUNTERS)) == (20, 80)


class BrokenOnce(Counters):
    def decide(self, state: Counter | None, cause: Number, now: datetime, /) -> Decided[Counter] | None:
        if cause.id == "fatal" and not self.decided:
            self.decided = 1
            raise ZeroDivisionError
        return super().decide(state, cause, now)


def test_a_bug_in_the_rules_leaves_nothing_behind_not_even_in_memory() -> None:
    inputs = [number("a", "x", add=1), number("a", "fatal", add=2), number("b", "y", add=1)]
    log, sound = MemoryPlace().open(), MemoryPlace().open()
    log.append(inputs)
    sound.append(inputs)
    rulebook = BrokenOnce()
    rulebook.decided = -1
    decider = Decider(log, rulebook)
    decider.start()
    with pytest.raises(ZeroDivisionError):
        decider.step()
    assert (log.end(COUNTERS), log.position("counters")) == (0, 0)
    rulebook.decided = 1
    decider.step()
    run(sound)
    assert story(log, COUNTERS) == story(sound, COUNTERS)


@given(
    inputs=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["good", "bad"])), max_size=12),
    turns=st.lists(st.sampled_from(["append", "A", "B", "A again", "B again"]), max_size=40),
)
def test_two_deciders_on_one_log_agree_with_one_alone(
    inputs: list[tuple[str, str]], turns: list[str]
) -> None:
    entries = [
        (number(key, str(at), add=at) if kind == "good" else garbage(key, str(at)))
        for at, (key, kind) in enumerate(inputs)
    ]
    log, alone = MemoryPlace().open(), MemoryPlace().open()
    both = {name: Decider(log, Counters(), batch_max=2 + at) for at, name in enumerate("AB")}
    for decider in both.values():
        decider.start()
    waiting = iter(entries)
    for turn in turns:
        if turn == "append":
            log.append([entry for entry in [next(waiting, None)] if entry])
        elif turn.endswith("again"):
            both[turn[0]] = Decider(log, Counters(), batch_max=3)
            both[turn[0]].start()
        else:
            both[turn].step()
    log.append(list(waiting))
    while sum(decider.step() for decider in both.values()):
        pass
    alone.append(entries)
    run(alone)
    for topic in (COUNTERS, DEAD_LETTERS):
        assert story(log, topic) == story(alone, topic)
    assert not any(record.is_void for record in everything(log, COUNTERS))


def test_a_zombies_record_is_void_and_the_decider_goes_on_from_what_counts() -> None:
    log = MemoryPlace().open()
    log.append([number("a", "x", add=1)])
    decider = run(log)
    headers = decision_headers(
        "a",
        UNMARKED,
        source="/toy",
        record_type="counter.v1",
        decided_at=START,
        cause_id="zombie",
        position=99,
        log_id=log.log_id,
    )
    log.append([Entry(COUNTERS, "a", b"written by a zombie", headers)])
    run(log)
    log.append([number("a", "y", add=2)])
    while decider.step():
        pass
    records, chain = everything(log, COUNTERS), Chain()
    assert [record.is_void for record in records] == [False, True, False]
    assert [chain.accepts(record) for record in records] == [True, False, True]
    assert total(log, "a") == 3


def test_a_record_that_was_counted_once_is_not_counted_again() -> None:
    log, chain = MemoryPlace().open(), Chain()
    log.append([number("a", "x", add=1)])
    run(log)
    [record] = everything(log, COUNTERS)
    assert [chain.accepts(record), chain.accepts(record)] == [True, False]
    assert chain.mark("a") == (1, digest(record))


def copied(log: Log, topic: str, log_id: str) -> MemoryLog:
    other = MemoryLog(MemoryPlace().clock, log_id)
    other.append(
        [Entry(topic, record.key, record.value, record.headers) for record in everything(log, topic)]
    )
    return other


def test_decisions_of_another_log_are_refused() -> None:
    log = MemoryPlace().open()
    log.append([number("a", "x", add=1)])
    run(log)
    other = copied(log, COUNTERS, "another")
    other.append([number("a", "x", add=1)])
    with pytest.raises(LogMismatch, match="decided from another log"):
        run(other)


def test_an_input_log_shorter_than_what_was_decided_is_refused() -> None:
    log = MemoryPlace().open()
    log.append([number("a", "x", add=1)])
    run(log)
    with pytest.raises(LogMismatch, match="numbers ends at 0, but 1 inputs were decided"):
        run(copied(log, COUNTERS, log.log_id))


@given(st.lists(st.sampled_from("abcd"), max_size=30), st.integers(1, 3))
def test_forgetting_keys_and_loading_them_again_changes_no_byte(keys: list[str], keys_max: int) -> None:
    inputs = [number(key, str(at), add=at) for at, key in enumerate(keys)]
    forgetful, other = MemoryPlace().open(), MemoryPlace().open()
    for log in (forgetful, other):
        log.append(inputs)
    run(forgetful, keys_max=keys_max, batch_max=2)
    run(other)
    assert story(forgetful, COUNTERS) == story(other, COUNTERS)


@given(st.text(alphabet="abcdefghij klmnop", min_size=3, max_size=20))
def test_a_letter_shows_no_key_that_could_be_a_word(word: str) -> None:
    record = Record("things", 0, word, b"{}", {"ce_id": "x"}, START)
    letter = dead_letter(record, NAMELESS, "/toy")
    told = [letter.key, letter.headers["ce_subject"], orjson.loads(letter.value)["key"]]
    assert told == [f"sha256:{hashlib.sha256(word.encode()).hexdigest()}"] * 3
