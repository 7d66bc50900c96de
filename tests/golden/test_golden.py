from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.log import Record
from runtime.records import digest, instant
from services.matcher.adapters.terms_files import load_terms
from services.matcher.explaining.sentences import OF_REFERRALS, OF_SETTINGS
from services.matcher.replay import Difference, replay
from tests.golden.keeping import Golden, names, path_of, read

NAMES = names()
TERMS = load_terms()
BYTES_MAX = 300_000

SMALL = read("takes")
DISORDER = read("disorder").log()
DECISIONS = [
    number for number, record in enumerate(SMALL.records) if record.topic in ("offers", "placements")
]
INPUTS = [number for number in range(len(SMALL.records)) if number not in DECISIONS]


def different(golden: Golden) -> Difference | None:
    return replay(golden.log(), TERMS).difference


def altered(number: int, change: Callable[[Record], Record]) -> Golden:
    """The small golden with one record changed."""
    records = list(SMALL.records)
    records[number] = change(records[number])
    return replace(SMALL, records=records)


def name_of(number: int, records: Sequence[Record] = SMALL.records) -> str:
    return f"{records[number].topic}:{records[number].offset}"


def flipped(value: bytes, at: int, bit: int) -> bytes:
    return value[:at] + bytes([value[at] ^ (1 << bit)]) + value[at + 1 :]


# --- whole ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_replays_to_the_same_bytes(name: str) -> None:
    log = read(name).log()
    found = replay(log, TERMS)
    assert found.difference is None
    for topic, replayed in (("offers", found.offers), ("placements", found.placements)):
        counted = [each for each in log.read(topic, 0, log.end(topic)) if not each.is_void]
        assert replayed.decisions == len(counted) > 0
        assert replayed.values == {each.key: each.value for each in counted}


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_is_small(name: str) -> None:
    assert path_of(name).stat().st_size < BYTES_MAX


def test_the_goldens_hold_every_type_of_fact() -> None:
    values = b"".join(record.value for name in NAMES for record in read(name).records)
    for facts in (OF_SETTINGS, OF_REFERRALS):
        missing = {each.__name__ for each in facts if b'{"type":"%b"' % each.__name__.encode() not in values}
        assert missing == set()


def test_disorder_is_what_it_says() -> None:
    """Repeats, void decisions and stamps that run backwards are all there."""
    records = read("disorder").records
    inputs = [record for record in records if record.topic == "vacancies"]
    assert len({record.headers["ce_id"] for record in inputs}) < len(inputs)
    assert any(one.stamped_at > other.stamped_at for one, other in pairwise(inputs))
    log = read("disorder").log()
    assert any(record.is_void for record in log.read("offers", 0, log.end("offers")))


def test_an_instant_has_each_key_s_last_decision_by_then_though_the_clock_ran_backwards() -> None:
    decided = [each for each in DISORDER.read("offers", 0, DISORDER.end("offers")) if not each.is_void]
    times = [instant(each.headers["ce_time"]) for each in decided]
    backwards = [later for earlier, later in pairwise(times) if later < earlier]
    assert len(backwards) > 3
    for until in backwards[:8]:
        found = replay(DISORDER, TERMS, until)
        assert found.difference is None
        by_then = [each for each, at in zip(decided, times, strict=True) if at <= until]
        assert found.offers.values == {each.key: each.value for each in by_then}


# --- altered ----------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(st.data())
def test_a_decision_altered_by_a_bit_is_found_and_named(data: st.DataObject) -> None:
    number = data.draw(st.sampled_from(DECISIONS))
    size = len(SMALL.records[number].value)
    at, bit = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, 7))
    found = different(altered(number, lambda record: replace(record, value=flipped(record.value, at, bit))))
    assert found is not None
    assert found.record == name_of(number)
    assert found.key == SMALL.records[number].key


@settings(max_examples=25)
@given(st.data())
def test_a_header_altered_in_any_way_is_found_and_named(data: st.DataObject) -> None:
    number = data.draw(st.sampled_from(DECISIONS))
    header = data.draw(st.sampled_from(sorted(SMALL.records[number].headers)))
    other = {**SMALL.records[number].headers, header: "0" + SMALL.records[number].headers[header]}
    found = different(altered(number, lambda record: replace(record, headers=other)))
    assert found is not None
    assert found.record == name_of(number)


@settings(max_examples=15)
@given(st.sampled_from(INPUTS), st.integers(1, 10**9))
def test_an_input_stamped_at_another_time_is_found_at_its_decision(number: int, later_us: int) -> None:
    record = SMALL.records[number]
    moved = altered(
        number, lambda one: replace(one, stamped_at=one.stamped_at + timedelta(microseconds=later_us))
    )
    own = [
        name_of(each)
        for each in DECISIONS
        if SMALL.records[each].headers["ce_position"] == str(record.offset)
        and SMALL.records[each].key == record.key
    ]
    found = different(moved)
    assert (found is None) == (own == [])
    assert found is None or found.record in own


def test_an_input_with_another_fee_is_found_at_its_decision() -> None:
    number = next(each for each in INPUTS if b'"fee":480000' in SMALL.records[each].value)
    dearer = altered(
        number, lambda one: replace(one, value=one.value.replace(b'"fee":480000', b'"fee":480001'))
    )
    found = different(dearer)
    assert found is not None
    assert "fee" in found.what
    assert "480" not in found.what


@pytest.mark.parametrize("which", [0, len(DECISIONS) // 2, -2])
def test_a_decision_that_is_gone_is_found(which: int) -> None:
    number = DECISIONS[which]
    gone = SMALL.records[number]
    records = [record for record in SMALL.records if record is not gone]
    found = different(replace(SMALL, records=records))
    assert found is not None
    assert found.key == gone.key


def test_a_decision_that_no_input_leads_to_is_found_and_named() -> None:
    """A second decision follows a key's last one as it should, and no input caused it."""
    last = max(DECISIONS, key=lambda number: SMALL.records[number].offset)
    more = SMALL.records[last]
    version = int(more.headers["ce_version"]) + 1
    headers = {**more.headers, "ce_version": str(version), "ce_parent": digest(more), "ce_position": "0"}
    extra = replace(more, headers=headers, offset=more.offset + 1)
    found = different(replace(SMALL, records=[*SMALL.records[: last + 1], extra, *SMALL.records[last + 1 :]]))
    assert found is not None
    assert (found.record, found.key) == (f"{more.topic}:{more.offset + 1}", more.key)
