"""Topics of a test's own, and wires to the broker that end with the test."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError

from runtime.kafka_link import KafkaLink
from runtime.log import DEAD_LETTERS
from tests.kafka.shards import PARTITIONS, Rules, Scene


@pytest.fixture
def link(kafka_address: str) -> Iterator[KafkaLink]:
    wire = KafkaLink(kafka_address, "test", request_s=20)
    yield wire
    wire.close()


@pytest.fixture
def rules(kafka_address: str, fresh_name: str) -> Rules:
    made = Rules(f"{fresh_name}.numbers", f"{fresh_name}.counters")
    admin = KafkaAdminClient(bootstrap_servers=kafka_address)
    stamped = {"message.timestamp.type": "LogAppendTime"}
    admin.create_topics(
        [
            NewTopic(each, PARTITIONS, 1, topic_configs=stamped)
            for each in (made.inputs_topic, made.outputs_topic)
        ]
    )
    with suppress(TopicAlreadyExistsError):  # another test's, perhaps at this very moment
        admin.create_topics([NewTopic(DEAD_LETTERS, PARTITIONS, 1, topic_configs=stamped)])
    admin.close()
    return made


@pytest.fixture
def scene(link: KafkaLink, rules: Rules, tmp_path: Path) -> Scene:
    return Scene(link, rules, tmp_path)


@pytest.fixture
def new_rules(rules: Rules) -> Callable[[], Rules]:
    return lambda: Rules(rules.inputs_topic, rules.outputs_topic)
