"""Records of one topic become entries of another: all of them, in order, each once."""

import pytest

from runtime.decider import Decider
from runtime.log import Entry, LogMismatch, Record
from runtime.memory_log import MemoryLog
from runtime.records import UNMARKED, decision_headers
from runtime.relay import UNCOMMITTED_MAX, Relay
from tests.runtime.places import START, MemoryPlace, Place, everything
from tests.runtime.toy import COUNTERS, ECHOES, Counters, echo, number


def upper(record: Record) -> list[Entry]:
    headers = {"ce_id": f"{record.topic}:{record.offset}"}
    return [Entry("upper", record.key, record.value.upper(), headers)] if record.value else []


def test_every_record_is_carried_once_across_restarts(place: Place) -> None:
    log = place.open()
    log.append([Entry(topic, topic, value, {}) for topic in "st" for value in (b"one", b"", b"two")])
    relay = Relay(log, "upper", ["s", "t"], upper, batch_max=2)
    relay.start()
    assert relay.step() == 4
    again = Relay(place.open(), "upper", ["s", "t"], upper, batch_max=2)
    again.start()
    assert [again.step(), again.step()] == [2, 0]
    ids = [record.headers["ce_id"] for record in everything(log, "upper")]
    assert ids == ["s:0", "t:0", "s:2", "t:2"]


def test_outputs_and_positions_are_one_transaction(place: Place) -> None:
    log = place.open()
    log.append([Entry("s", "k", b"one", {})])
    relay = Relay(log, "upper", ["s"], upper)
    relay.start()
    relay.step()
    assert (log.position("upper:s"), log.end("upper")) == (1, 1)


def test_a_void_decision_is_not_carried() -> None:
    log = MemoryPlace().open()
    log.append([number("a", "x", add=1)])
    decider = Decider(log, Counters())
    decider.start()
    decider.step()
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
    relay = Relay(log, "echo", [COUNTERS], echo)
    relay.start()
    assert relay.step() == 2
    assert [record.headers["ce_cause"] for record in everything(log, ECHOES)] == ["a:1"]


def test_a_source_shorter_than_what_was_carried_is_refused() -> None:
    log = MemoryLog(MemoryPlace().clock)
    log.append([], positions={"upper:s": 3})
    with pytest.raises(LogMismatch, match="s ends at 0, but upper has carried 3"):
        Relay(log, "upper", ["s"], upper).start()


def test_records_that_give_nothing_are_not_written_down_one_by_one_and_are_read_again(place: Place) -> None:
    log = place.open()
    log.append([Entry("s", "k", b"", {})] * 3)
    relay = Relay(log, "upper", ["s"], upper, batch_max=2)
    relay.start()
    assert [relay.step(), relay.step(), relay.step(), log.position("upper:s")] == [2, 1, 0, 0]
    log.append([Entry("s", "k", b"one", {})])
    again = Relay(place.open(), "upper", ["s"], upper)
    again.start()
    assert again.step() == 4
    assert [each.value for each in everything(log, "upper")] == [b"ONE"]
    assert log.position("upper:s") == 4


def test_the_position_is_written_down_after_so_many_records_whatever_they_give(place: Place) -> None:
    log = place.open()
    log.append([Entry("s", "k", b"", {})] * (UNCOMMITTED_MAX + 1))
    relay = Relay(log, "upper", ["s"], upper, batch_max=UNCOMMITTED_MAX)
    relay.start()
    relay.step()
    assert log.position("upper:s") == UNCOMMITTED_MAX
