"""What stands of a partition is what a reader of all of it finds, whatever was written down, lost or void."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.log import Entry, LogMismatch, Record
from runtime.records import UNMARKED, Chain, DecisionEntry, Mark, decision_headers
from runtime.standing import NEWS_MAX, Standing
from tests.runtime.places import START

TOPIC, LOG_ID = "counters", "toys/1"
KEYS = "abc"


def decision(key: str, last: Mark, position: int) -> DecisionEntry:
    headers = decision_headers(
        key,
        last,
        source="/toys",
        record_type="toys.decision.v1",
        decided_at=START,
        cause_id=f"n{position}",
        position=position,
        log_id=LOG_ID,
    )
    return DecisionEntry(TOPIC, key, f"{position}".encode(), headers)


class Partition:
    """All records of a partition, and what a reader of all of them finds."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.chain = Chain()
        self.stands: dict[str, Record] = {}

    def append(self, entry: Entry) -> None:
        record = Record(TOPIC, len(self.records), entry.key, entry.value, entry.headers, self.stamp)
        self.records.append(record)
        if self.chain.accepts(record):
            self.stands[record.key] = record

    @property
    def stamp(self) -> datetime:
        return START + timedelta(milliseconds=len(self.records))

    def next_of(self, key: str) -> DecisionEntry:
        return decision(key, self.chain.mark(key), len(self.records))

    @property
    def last(self) -> Record | None:
        return max(self.stands.values(), key=lambda each: each.offset, default=None)


def opened(directory: Path) -> Standing:
    return Standing(directory, LOG_ID, topic=TOPIC)


def catch_up(standing: Standing, records: Sequence[Record]) -> None:
    standing.follow(records[standing.next :], len(records))


def check(standing: Standing, partition: Partition) -> None:
    assert standing.next == standing.end(TOPIC) == len(partition.records)
    assert {key: standing.latest(TOPIC, key) for key in KEYS} == {
        key: partition.stands.get(key) for key in KEYS
    }
    assert standing.last(TOPIC) == partition.last


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    turns=st.lists(
        st.tuples(
            st.sampled_from(["land", "foreign", "void", "write down", "stop", "crash"]), st.sampled_from(KEYS)
        ),
        max_size=30,
    )
)
def test_what_stands_is_what_a_reader_of_the_whole_partition_finds(
    tmp_path_factory: pytest.TempPathFactory, turns: list[tuple[str, str]]
) -> None:
    directory, partition = tmp_path_factory.mktemp("standing"), Partition()
    standing = opened(directory)
    for turn, key in turns:
        match turn:
            case "land":
                entry, stamp = partition.next_of(key), partition.stamp
                partition.append(entry)
                standing.land([entry], [stamp])
            case "foreign":
                partition.append(partition.next_of(key))
                catch_up(standing, partition.records)
            case "void":
                partition.append(decision(key, Mark(7, "of another chain"), len(partition.records)))
                catch_up(standing, partition.records)
            case "write down":
                standing.write_down()
            case _:
                if turn == "stop":
                    standing.write_down()
                standing.close()
                standing = opened(directory)
                catch_up(standing, partition.records)
        check(standing, partition)
    standing.close()


def test_what_was_not_written_down_is_read_again_and_what_was_is_not(tmp_path: Path) -> None:
    standing = opened(tmp_path)
    entries = [decision("a", UNMARKED, 0), decision("b", UNMARKED, 1)]
    standing.land(entries[:1], [START])
    standing.write_down()
    standing.land(entries[1:], [START])
    standing.close()
    again = opened(tmp_path)
    assert again.next == 1
    assert again.latest(TOPIC, "a") is not None
    assert again.latest(TOPIC, "b") is None
    again.close()


def test_more_news_than_fit_in_memory_is_written_down(tmp_path: Path) -> None:
    standing = opened(tmp_path)
    entries = [decision(f"k{at}", UNMARKED, at) for at in range(NEWS_MAX)]
    standing.land(entries, [START] * len(entries))
    standing.close()
    again = opened(tmp_path)
    assert again.next == len(entries)
    again.close()


def test_a_run_that_begins_before_what_stands_is_taken_in_from_there_on(tmp_path: Path) -> None:
    standing, partition = opened(tmp_path), Partition()
    for key in "abca":
        partition.append(partition.next_of(key))
    standing.follow(partition.records[:3], 3)
    standing.follow(partition.records, 4)
    check(standing, partition)
    standing.close()


def test_what_lies_behind_the_last_record_and_is_none_is_passed_over(tmp_path: Path) -> None:
    standing = opened(tmp_path)
    standing.follow([], 3)
    standing.write_down()
    assert standing.next == standing.position(TOPIC) == 3
    standing.close()


def test_what_stands_of_another_log_is_refused(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with pytest.raises(LogMismatch):
        Standing(tmp_path, "another/1", topic=TOPIC)
