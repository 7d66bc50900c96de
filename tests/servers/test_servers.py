import re

import pytest
import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.structs import TopicPartition as Place

from deploy.local.kafka import answers
from deploy.local.valkey import responds
from tests.servers.brokers import Broker
from tests.servers.redises import Redis

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def topic(kafka_address: str, fresh_name: str) -> str:
    name = f"{fresh_name}spoken"
    make(kafka_address, name)
    return name


def make(address: str, name: str) -> None:
    with KafkaAdminClient(bootstrap_servers=address) as admin:
        admin.create_topics({name: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)


def produce(address: str, topic: str, *values: bytes) -> None:
    with KafkaProducer(bootstrap_servers=address) as producer:
        for sent in [producer.send(topic, value) for value in values]:
            sent.get(timeout=60)


def consume(address: str, topic: str) -> list[bytes]:
    """Everything in the topic's only partition."""
    place = Place(topic, 0)
    with KafkaConsumer(bootstrap_servers=address, auto_offset_reset="earliest") as consumer:
        consumer.assign([place])
        end = consumer.end_offsets([place])[place]
        found: list[bytes] = []
        while consumer.position(place) < end:
            for records in consumer.poll(timeout_ms=1000).values():
                found += [record.value for record in records]
        return found


def test_what_kafka_python_produces_kafka_python_consumes(kafka_address: str, topic: str) -> None:
    produce(kafka_address, topic, b"one", b"two")
    assert consume(kafka_address, topic) == [b"one", b"two"]


@pytest.mark.anyio
async def test_what_aiokafka_produces_aiokafka_consumes(kafka_address: str, topic: str) -> None:
    settings = {"acks": "all", "enable_idempotence": True, "compression_type": "zstd"}
    async with AIOKafkaProducer(bootstrap_servers=kafka_address, **settings) as producer:
        told = [await producer.send_and_wait(topic, value) for value in (b"one", b"two")]
    assert [place.offset for place in told] == [0, 1]
    async with AIOKafkaConsumer(bootstrap_servers=kafka_address, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        assert [(await consumer.getone()).value for _ in range(2)] == [b"one", b"two"]
    assert consume(kafka_address, topic) == [b"one", b"two"]


def test_a_topic_that_nobody_made_is_not_made_by_asking_for_it(kafka_address: str, fresh_name: str) -> None:
    with KafkaAdminClient(bootstrap_servers=kafka_address) as admin:
        admin.describe_topics([f"{fresh_name}misspelt"])
        assert f"{fresh_name}misspelt" not in admin.list_topics()


def test_a_broker_of_ones_own_keeps_what_it_took_when_it_is_killed(
    own_kafka: Broker, fresh_name: str
) -> None:
    topic = f"{fresh_name}kept"
    make(own_kafka.address, topic)
    produce(own_kafka.address, topic, b"one")
    own_kafka.kill()
    assert not answers(own_kafka.address)
    own_kafka.start()
    produce(own_kafka.address, topic, b"two")
    own_kafka.stop()
    own_kafka.start()
    assert consume(own_kafka.address, topic) == [b"one", b"two"]


def test_a_paused_broker_is_silent_until_it_resumes(own_kafka: Broker) -> None:
    own_kafka.pause()
    assert not answers(own_kafka.address)
    own_kafka.resume()
    assert answers(own_kafka.address)


def test_a_redis_is_a_real_one(redis_url: str, fresh_name: str) -> None:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        assert re.match(r"\d+", client.info()["redis_version"])
        client.hset(f"{fresh_name}hash", mapping={"version": "1"})
        assert client.hgetall(f"{fresh_name}hash") == {"version": "1"}
        client.delete(f"{fresh_name}hash")


def test_a_redis_of_ones_own_comes_back_empty(own_redis: Redis) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.set("key", "value")
    own_redis.kill()
    assert not responds(own_redis.url)
    own_redis.start()
    with redis.Redis.from_url(own_redis.url) as client:
        assert client.get("key") is None
    own_redis.pause()
    assert not responds(own_redis.url)
    own_redis.resume()
    assert responds(own_redis.url)
