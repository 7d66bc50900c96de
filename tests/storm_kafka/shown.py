"""What stands in `listings` and `matches` at the end, and what should, made afresh from the decisions that count.

Reads the topics as they lie and judges for itself what counts: the first of each id, and of what says how something
stands nothing that is older than what was said before. Who was ended, came back knowing nothing or ran twice must
not be seen in what stands.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from runtime.kafka_link import KafkaLink
from runtime.log import Entry, Record
from services.matcher.adapters.audiences_file import read_audiences
from services.matcher.adapters.geography_file import read_geography
from services.matcher.adapters.terms_files import load_terms
from services.matcher.listings import Listings
from services.matcher.matching import Matching
from services.shipped import shipped
from tests.storm_kafka.truth import Truth

Standing = Mapping[tuple[str, str], Mapping[str, Any]]
"""What stands of which subject for whom."""


def must_stand_alike(link: KafkaLink, truth: Truth) -> tuple[int, int]:
    """Hold both topics against what they should say; return how many listings and matches stand."""
    decisions = [each for shard in truth.shards for each in shard.counted]
    listed = [each for run in _partitions(link, "listings") for each in counting(run)]
    shown = standing(listed)
    assert_same(shown, standing(expected_listings(decisions)))
    found = [each for run in _partitions(link, "matches") for each in counting(run)]
    matched = matches(found)
    assert_same(matched, matches(expected_matches(listed)))
    return len(shown), len(matched)


def _partitions(link: KafkaLink, topic: str) -> Iterator[list[Record]]:
    for at in link.partitions(topic):
        yield [each for run in link.read(topic, at, 0) for each in run]


def counting(records: Sequence[Record]) -> Iterator[Record]:
    """The records of a partition that count."""
    ids: set[str] = set()
    stands: dict[tuple[str, str], str] = {}
    for each in records:
        subject, sequence = each.headers.get("ce_sequenceof"), each.headers.get("ce_sequence", "")
        is_late = subject is not None and sequence < stands.get((each.key, subject), "")
        is_again = each.headers["ce_id"] in ids
        ids.add(each.headers["ce_id"])
        if not is_late and not is_again:
            if subject is not None:
                stands[each.key, subject] = sequence
            yield each


def expected_listings(decisions: Iterable[Record]) -> Iterator[Entry]:
    """What one relay would say that is never disturbed."""
    relay = Listings(load_terms(), read_audiences(shipped("audiences.json")), {})
    for each in decisions:
        yield from relay.carry(each)


def expected_matches(listed: Iterable[Record]) -> Iterator[Entry]:
    """What would be found by one who is never disturbed."""
    matching = Matching(read_geography(shipped("geo_london")))
    for each in listed:
        yield from matching.carry(each)


def standing(said: Iterable[Record | Entry]) -> Standing:
    """What is listed, by audience and subject. How often a need was said is nobody's business."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for each in said:
        value = orjson.loads(each.value)
        place = each.key, value.get("vacancy_id") or value["referral_id"]
        found.pop(place, None)
        if each.headers["ce_type"].endswith("_listed.v1"):
            found[place] = {name: what for name, what in value.items() if name != "version"}
    return found


def matches(said: Iterable[Record | Entry]) -> Standing:
    """Which matches about open windows stand. Their order among each other is that of who counted."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for each in said:
        value = orjson.loads(each.value)
        found.pop((each.key, value["match_id"]), None)
        if value.get("window_id"):
            found[each.key, value["match_id"]] = {
                name: what for name, what in value.items() if name != "place_in_order"
            }
    return found


def assert_same(found: Standing, expected: Standing) -> None:
    """Name what is missing, too much or otherwise; never what it says."""
    missing, too_many = expected.keys() - found.keys(), found.keys() - expected.keys()
    other = [each for each in found.keys() & expected.keys() if found[each] != expected[each]]
    assert found == expected, {
        "missing": sorted(missing)[:5],
        "too many": sorted(too_many)[:5],
        "otherwise": sorted(other)[:5],
    }
