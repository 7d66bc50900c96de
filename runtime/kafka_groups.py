"""How far the consumer groups of a Kafka say that they are (kafka-python). Knows groups and offsets."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from kafka.errors import CoordinatorNotAvailableError

from runtime.kafka_security import OPEN, Security
from runtime.kafka_topics import administration


def acknowledged(
    brokers: str, groups: Iterable[str], security: Security = OPEN
) -> dict[tuple[str, int], int]:
    """The next offset of each partition by what these groups acknowledged; LogUnavailable.

    A partition of which a group has acknowledged nothing, or whose offsets were lost, is left out; so is everything
    while Kafka has nobody who knows groups, as before the first of them was ever joined.
    """
    names, told = list(groups), dict[str, Any]()
    with administration(brokers, security) as admin, suppress(CoordinatorNotAvailableError):
        told = admin.list_group_offsets(names)
    return {
        (place.topic, place.partition): each.offset
        for name in names
        for place, each in told.get(name, {}).items()
        if each.offset >= 0
    }
