"""The checks of a storm refuse what they are there to refuse. No broker: the topics are made by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from runtime.clock import SystemClock
from runtime.log import DEAD_LETTERS, Record
from tests.storm_kafka.shown import assert_same, counting
from tests.storm_kafka.test_poison import AT, Raw, good
from tests.storm_kafka.truth import (
    RULES,
    FactsTold,
    Shard,
    Truth,
    facts_told_twice,
    must_be_decided_alike,
    must_be_refused_once,
)


def lying(raw: Raw, offset: int) -> Record:
    key, value, headers = raw
    told = {name: (text or b"").decode() for name, text in headers}
    stamped_at = SystemClock().now() + timedelta(minutes=1, seconds=offset)
    return Record("vacancies", offset, (key or b"").decode(), value or b"", told, stamped_at, partition=AT)


def whole(raws: Sequence[Raw]) -> Truth:
    """Topics as they are if all goes well."""
    inputs = [lying(raw, offset) for offset, raw in enumerate(raws)]
    shard = Shard(RULES[0], AT, inputs, [])
    log = shard.replayed(f"kafka/{AT}")
    letters = log.read(DEAD_LETTERS, 0, log.end(DEAD_LETTERS))
    named = [
        replace(
            each, headers={**each.headers, "ce_id": f"vacancies:{AT}:{each.headers['ce_id'].split(':')[1]}"}
        )
        for each in letters
    ]
    return Truth([replace(shard, written=log.read("offers", 0, log.end("offers")))], named)


def with_written(truth: Truth, written: Sequence[Record]) -> Truth:
    [shard] = truth.shards
    return replace(truth, shards=[replace(shard, written=written)])


@pytest.fixture
def truth() -> Truth:
    bad: Raw = (b"SC0001", b"{not json", good(99)[2])
    return whole([good(0), good(1), bad, good(2), good(3)])


def test_what_is_whole_passes(truth: Truth) -> None:
    assert must_be_decided_alike(truth) == 4
    assert must_be_refused_once(truth) == 1
    assert facts_told_twice(truth) == []


def test_a_decision_that_is_missing_is_seen(truth: Truth) -> None:
    [shard] = truth.shards
    with pytest.raises(AssertionError):
        must_be_decided_alike(with_written(truth, shard.written[:-1]))
    with pytest.raises(AssertionError):
        must_be_decided_alike(with_written(truth, []))


def test_one_byte_or_one_header_that_differs_is_seen(truth: Truth) -> None:
    [shard] = truth.shards
    last = shard.written[-1]
    other_value = replace(last, value=last.value.replace(b"accepted", b"acceptex"))
    other_time = replace(last, headers={**last.headers, "ce_time": "2026-11-02T10:00:00.000000Z"})
    for other in (other_value, other_time):
        assert other != last
        with pytest.raises(AssertionError):
            must_be_decided_alike(with_written(truth, [*shard.written[:-1], other]))


def test_what_a_worker_wrote_that_had_not_read_on_counts_for_nobody(truth: Truth) -> None:
    [shard] = truth.shards
    late = with_written(truth, [*shard.written, shard.written[1]])
    assert late.voids == 1
    assert must_be_decided_alike(late) == 4


def test_a_letter_that_is_missing_or_there_twice_is_seen(truth: Truth) -> None:
    for letters in ([], [*truth.letters, *truth.letters]):
        with pytest.raises(AssertionError):
            must_be_refused_once(replace(truth, letters=letters))


def test_a_fact_that_is_told_in_two_decisions_of_one_input_is_seen() -> None:
    posted = whole([good(0), good(1), good(2)])
    [shard] = posted.shards
    first, second = shard.written[0], shard.written[1]
    headers = {**second.headers, "ce_cause": first.headers["ce_cause"]}
    by_hand = replace(second, value=first.value, headers=headers)
    assert facts_told_twice(with_written(posted, [first, by_hand])) == ["good-0"]


def ended(truth: Truth, version: int, cause: str, fact: dict[str, str]) -> Record:
    """A decision of the setting by hand, of which nothing matters but what it tells of which input."""
    made = truth.shards[0].written[0]
    headers = {**made.headers, "ce_version": str(version), "ce_cause": cause}
    return replace(made, value=orjson.dumps({"facts": [fact]}), headers=headers)


def test_what_may_happen_to_a_vacancy_again_is_told_twice_only_if_nothing_else_happened_to_it(
    truth: Truth,
) -> None:
    ladder = {"type": "LadderEnded", "vacancy_id": "SC0001:1:1"}
    opened = {"type": "WindowOpened", "vacancy_id": "SC0001:1:1", "window_id": "SC0001:1:1:w2"}
    facts = FactsTold()
    assert not facts.again(ended(truth, 1, "due", ladder))
    assert facts.again(ended(truth, 2, "due", ladder))
    assert not facts.again(ended(truth, 3, "said", opened))
    assert not facts.again(ended(truth, 4, "due", ladder))
    assert facts.again(ended(truth, 5, "said", opened)), "a window opens once"


def listing(at: int, name: str, sequence: str) -> Record:
    headers = {"ce_id": name, "ce_sequenceof": "R-1", "ce_sequence": sequence}
    return Record("listings", at, "NCL", b"{}", headers, SystemClock().now(), partition=0)


def test_of_what_two_relays_said_the_first_counts_and_nothing_that_came_late() -> None:
    said = [
        listing(0, "a", "1"),
        listing(1, "b", "3"),
        listing(2, "a", "1"),
        listing(3, "c", "2"),
        listing(4, "d", "3"),
    ]
    assert [each.headers["ce_id"] for each in counting(said)] == ["a", "b", "d"]


def test_what_stands_otherwise_than_it_should_is_seen() -> None:
    one, other = {("NCL", "R-1"): {"status": "open"}}, {("NCL", "R-1"): {"status": "anticipated"}}
    assert_same(one, one)
    for wrong in ({}, other):
        with pytest.raises(AssertionError):
            assert_same(one, wrong)
        with pytest.raises(AssertionError):
            assert_same(wrong, one)
