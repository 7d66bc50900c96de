"""What a Kafka holds, for commands that read it to its end."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from runtime.copies import Copy, Mirror, opened
from runtime.kafka_link import KafkaLink
from runtime.kafka_log import read_on
from runtime.lock import LogLock
from services.verifier.reading import DOWNSTREAM_FIRST

from .place import Place, made, mirror_of

DECIDED: Final = ("placements", "offers", "referrals", "vacancies")
"""What is decided and from what, effects before their causes."""


@contextmanager
def copied(place: Place) -> Iterator[Mirror]:
    """What the log holds now, every effect with its cause; LogInUse, LogUnavailable."""
    with LogLock(made(place.directory)):
        link = KafkaLink(place.brokers, "hearth-reader", security=place.security)
        mirror = mirror_of(place)
        try:
            read_on(link, mirror, DOWNSTREAM_FIRST)
            yield mirror
        finally:
            mirror.close()
            link.close()


def acknowledged(place: Place, groups: Mapping[str, str]) -> dict[tuple[str, int], int]:
    """The next offset of each partition by what each of these groups acknowledged of its topic; LogUnavailable."""
    link = KafkaLink(place.brokers, "hearth-reader", security=place.security)
    found: dict[tuple[str, int], int] = {}
    try:
        for group, topic in groups.items():
            found |= link.acknowledged(group, [(topic, each) for each in link.partitions(topic)])
    finally:
        link.close()
    return found


@contextmanager
def copied_apart(place: Place) -> Iterator[dict[int, Copy]]:
    """As `copied`, but each partition of what is decided is a log of its own, as its decider has it."""
    link = KafkaLink(place.brokers, "hearth-reader", security=place.security)
    found: dict[int, Copy] = {}
    try:
        for topic in DECIDED:
            for each in link.partitions(topic):
                if each not in found:
                    found[each] = opened(Copy, made(place.directory) / str(each), f"{place.log_id}/{each}")
                for records in link.read(topic, each, found[each].end(topic)):
                    found[each].take_in(records)
        yield found
    finally:
        for copy in found.values():
            copy.close()
        link.close()
