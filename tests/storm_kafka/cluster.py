"""What a Kafka says of itself: where topics end, who is in a group, and how far the group says that it is."""

import logging
from collections.abc import Mapping
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError

from schemas.topics import TOPICS

GROUP_OF = {"offers": "hearth-offers", "placements": "hearth-placements"}
INPUTS_OF = {"offers": "vacancies", "placements": "referrals"}
Ends = Mapping[TopicPartition, int]


class Cluster:
    """Asks a broker, with a new connection each time: it may have been killed in between."""

    def __init__(self, brokers: str) -> None:
        self._brokers = brokers
        logging.getLogger("kafka").setLevel(logging.CRITICAL)

    def _admin(self) -> KafkaAdminClient:
        return KafkaAdminClient(
            bootstrap_servers=self._brokers, request_timeout_ms=20_000, bootstrap_timeout_ms=20_000
        )

    def members(self, decider: str) -> int:
        """How many workers the decider's group has; -1 while nobody can say, or while they are being counted."""
        group = GROUP_OF[decider]
        try:
            with self._admin() as admin:
                told: dict[str, Any] = admin.describe_groups([group])[group]
        except KafkaError:
            return -1
        return (
            len(told["members"]) if told.get("group_state", told.get("state")) in {"Stable", "Empty"} else -1
        )

    def ends(self) -> Ends:
        """Where every partition of every topic ends."""
        with self._admin() as admin:
            places = [
                TopicPartition(topic.name, at) for topic in TOPICS.values() for at in range(topic.partitions)
            ]
            found = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
        return {place: each.offset for place, each in found.items()}

    def committed(self, decider: str) -> Ends:
        """What the decider's group has acknowledged; nothing while nobody can say."""
        group = GROUP_OF[decider]
        try:
            with self._admin() as admin:
                found = admin.list_group_offsets([group])[group]
        except KafkaError:
            return {}
        return {place: each.offset for place, each in found.items()}

    def is_all_acknowledged(self) -> bool:
        """Tell whether both groups have acknowledged all of their inputs; false while nobody can say."""
        try:
            ends = self.ends()
            committed = {**self.committed("offers"), **self.committed("placements")}
        except KafkaError:
            return False
        inputs = set(INPUTS_OF.values())
        return all(committed.get(at, 0) == end for at, end in ends.items() if at.topic in inputs)
