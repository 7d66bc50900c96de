"""What is said twice, or late, lies in Kafka and counts for nobody: every mirror judges alike, however it read it."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.copies import Mirror
from runtime.log import Record
from runtime.records import SEQUENCE, SUBJECT
from tests.runtime.places import START

SAID, HEARD = "said", "heard"
"""A topic of which each id counts once, and one that takes what comes."""


def record(at: int, event_id: str, topic: str = SAID, key: str = "a", sequence: str = "") -> Record:
    headers = {"ce_id": event_id} if event_id else {}
    stands = {SUBJECT: "s", SEQUENCE: sequence} if sequence else {}
    return Record(topic, at, key, b"{}", {**headers, **stands}, START, partition=ord(key))


def counted(directory: Path, records: Sequence[Record], sizes: Sequence[int] = (1000,)) -> list[str]:
    """The ids that count, for a mirror that takes in runs of these sizes."""
    mirror, left = Mirror(directory, "log", once=(SAID,)), list(records)
    for size in [*sizes, len(left)]:
        if left:
            mirror.take_in(left[:size])
            left = left[size:]
    topics = {each.topic for each in records}
    found = [each for topic in topics for each in mirror.read(topic, 0, 1000) if not each.is_void]
    mirror.close()
    return [each.headers.get("ce_id", "") for each in found]


def test_an_id_that_its_topic_has_counts_once_and_everything_lies_there(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path, "log", once=(SAID,))
    mirror.take_in([record(0, "x"), record(1, "y"), record(2, "x")])
    mirror.take_in([record(3, "y"), record(4, "z")])
    assert [each.is_void for each in mirror.read(SAID, 0, 9)] == [False, False, True, True, False]
    latest = mirror.latest(SAID, "a")
    assert latest is not None
    assert latest.headers["ce_id"] == "z"
    mirror.close()


def test_an_input_may_come_again_and_what_has_no_id_repeats_nothing(tmp_path: Path) -> None:
    assert counted(tmp_path / "a", [record(at, "x", HEARD) for at in range(3)]) == ["x", "x", "x"]
    assert counted(tmp_path / "b", [record(at, "") for at in range(3)]) == ["", "", ""]


@pytest.mark.parametrize("topic", [SAID, HEARD])
def test_how_something_stood_before_does_not_count_once_it_stands_otherwise(
    tmp_path: Path, topic: str
) -> None:
    told = ["0001", "0003", "0002", "0003", "0004"]
    records = [record(at, f"n{at}", topic, sequence=each) for at, each in enumerate(told)]
    assert counted(tmp_path, records) == ["n0", "n1", "n3", "n4"]


@given(
    st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("ab"), st.sampled_from("123")), max_size=12),
    st.lists(st.integers(1, 4)),
    st.randoms(use_true_random=False),
)
def test_every_mirror_judges_alike_in_whatever_runs_it_reads_and_however_partitions_mix(
    tmp_path_factory: pytest.TempPathFactory,
    said: list[tuple[str, str, str]],
    sizes: list[int],
    random: Random,
) -> None:
    ends: dict[str, int] = {}
    records: list[Record] = []
    for event_id, key, sequence in said:
        records.append(record(ends.get(key, 0), f"{key}{event_id}", key=key, sequence=sequence))
        ends[key] = ends.get(key, 0) + 1
    runs = [[each for each in records if each.key == key] for key in ends]
    mixed: list[Record] = []
    while left := [run for run in runs if run]:
        mixed.append(random.choice(left).pop(0))
    whole = counted(tmp_path_factory.mktemp("whole"), records)
    assert sorted(counted(tmp_path_factory.mktemp("parts"), mixed, sizes)) == sorted(whole)
