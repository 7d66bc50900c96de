"""A broker that stands still: connections stay, answers do not come. Whoever follows it knows that it is behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from deploy.local.processes import wait_until
from runtime.copies import Mirror, opened
from runtime.kafka_link import SILENCE_MAX_S, KafkaLink
from runtime.kafka_log import KafkaLog
from tests.kafka.shards import LOG_ID, PARTITIONS
from tests.kafka.test_kafka_log import entries
from tests.servers.brokers import Broker

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
TOPIC = "numbers"


@pytest.fixture
def log(own_kafka: Broker, tmp_path: Path) -> Iterator[KafkaLog]:
    with KafkaAdminClient(bootstrap_servers=own_kafka.address) as admin:
        if TOPIC not in admin.list_topics():
            admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])
    link = KafkaLink(own_kafka.address, "test", request_s=20)
    made = KafkaLog(link, opened(Mirror, tmp_path / "mirror", LOG_ID), (TOPIC,))
    made.follow()
    yield made
    made.close()
    link.close()


def test_a_mirror_knows_that_kafka_is_silent_and_that_it_answers_again_though_nothing_is_new(
    own_kafka: Broker, log: KafkaLog
) -> None:
    log.append(entries(TOPIC, 3))
    assert not log.is_behind
    own_kafka.pause()
    assert wait_until(lambda: log.is_behind, SILENCE_MAX_S * 6)
    own_kafka.resume()
    assert wait_until(lambda: not log.is_behind, 120)
    log.append(entries(TOPIC, 3, begins=3))
    assert log.end(TOPIC) == 6


def test_a_mirror_lives_through_a_broker_that_is_gone_for_long_and_follows_it_again(
    own_kafka: Broker, log: KafkaLog
) -> None:
    end = log.end(TOPIC)
    log.append(entries(TOPIC, 3, begins=10))
    own_kafka.kill()
    assert wait_until(lambda: log.is_behind, SILENCE_MAX_S * 6)
    own_kafka.start()
    assert wait_until(lambda: not log.is_behind, 120)
    log.append(entries(TOPIC, 3, begins=20))
    assert log.end(TOPIC) == end + 6
