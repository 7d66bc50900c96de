from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from kafka import KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from runtime.kafka_sending import RECORD_BYTES_MAX as SENT_BYTES_MAX
from runtime.kafka_topics import (
    RECORD_BYTES_MAX,
    Done,
    TopicsDiffer,
    administration,
    apply,
    check,
    look,
    require,
)
from runtime.log import LogUnavailable

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass(frozen=True, kw_only=True)
class Spoken:
    name: str
    partitions: int = 3
    retention: timedelta | None = None
    cleanup_policy: str = "delete"


@pytest.fixture
def inputs(fresh_name: str) -> Spoken:
    return Spoken(name=f"{fresh_name}inputs")


@pytest.fixture
def letters(fresh_name: str) -> Spoken:
    return Spoken(name=f"{fresh_name}letters", retention=timedelta(days=400))


def produce(address: str, topic: str) -> None:
    with KafkaProducer(bootstrap_servers=address) as producer:
        producer.send(topic, b"said", partition=0).get(timeout=60)


def set_up(address: str, topic: Spoken, **settings: str) -> None:
    """Make a topic as somebody else would."""
    with administration(address) as admin:
        asked = {"num_partitions": topic.partitions, "replication_factor": 1, "configs": settings}
        admin.create_topics({topic.name: asked}, wait_for_metadata=True)


def settings_at(address: str, topic: Spoken) -> dict[str, str]:
    with administration(address) as admin:
        return dict(look(admin, [topic])[topic.name].settings)


def test_what_is_declared_is_made_once(kafka_address: str, inputs: Spoken, letters: Spoken) -> None:
    both = [inputs, letters]
    assert [done.did for done in apply(kafka_address, both, replication=1)] == ["made", "made"]
    assert check(kafka_address, both, replication=1) == []
    assert apply(kafka_address, both, replication=1) == [
        Done(inputs.name, "left"),
        Done(letters.name, "left"),
    ]


def test_what_has_no_retention_is_kept_for_ever_and_stamped_by_the_log(
    kafka_address: str, inputs: Spoken, letters: Spoken
) -> None:
    apply(kafka_address, [inputs, letters], replication=1)
    settings = settings_at(kafka_address, inputs)
    assert (settings["retention.ms"], settings["retention.bytes"]) == ("-1", "-1")
    assert settings["cleanup.policy"] == "delete"
    assert settings["message.timestamp.type"] == "LogAppendTime"
    assert settings_at(kafka_address, letters)["retention.ms"] == str(400 * 24 * 3600 * 1000)


def test_a_topic_takes_whatever_a_sender_may_send() -> None:
    assert RECORD_BYTES_MAX > SENT_BYTES_MAX


@pytest.mark.parametrize("partitions", [2, 4])
def test_another_number_of_partitions_is_refused_with_the_reason_and_nothing_is_touched(
    kafka_address: str, inputs: Spoken, letters: Spoken, partitions: int
) -> None:
    apply(kafka_address, [inputs], replication=1)
    with pytest.raises(TopicsDiffer, match=rf"partitions is 3, declared {partitions}: keys would move"):
        apply(kafka_address, [replace(inputs, partitions=partitions), letters], replication=1)
    with administration(kafka_address) as admin:
        assert list(look(admin, [inputs, letters])) == [inputs.name]
    assert check(kafka_address, [inputs]) == []


def test_a_retention_that_somebody_shortened_is_seen_and_mended(kafka_address: str, inputs: Spoken) -> None:
    apply(kafka_address, [inputs], replication=1)
    with administration(kafka_address) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, inputs.name, {"retention.ms": "1000"})])
    (difference,) = check(kafka_address, [inputs])
    assert str(difference) == f"{inputs.name}: retention.ms is 1000, declared -1"
    with pytest.raises(TopicsDiffer, match=r"retention\.ms is 1000, declared -1"):
        require(kafka_address, [inputs], [inputs.name])
    (done,) = apply(kafka_address, [inputs], replication=1)
    assert (done.did, done.details) == ("changed", ("retention.ms: 1000 -> -1",))
    assert check(kafka_address, [inputs]) == []


def test_an_empty_topic_with_other_stamps_is_mended_and_one_that_holds_records_is_refused(
    kafka_address: str, inputs: Spoken
) -> None:
    set_up(kafka_address, inputs)
    assert apply(kafka_address, [inputs], replication=1)[0].did == "changed"

    full = replace(inputs, name=f"{inputs.name}-full")
    set_up(kafka_address, full)
    produce(kafka_address, full.name)
    with pytest.raises(TopicsDiffer, match=r"CreateTime, declared LogAppendTime: it holds records"):
        apply(kafka_address, [full], replication=1)
    assert settings_at(kafka_address, full)["message.timestamp.type"] == "CreateTime"


def test_a_topic_whose_beginning_is_gone_is_refused(kafka_address: str, inputs: Spoken) -> None:
    apply(kafka_address, [inputs], replication=1)
    produce(kafka_address, inputs.name)
    with administration(kafka_address) as admin:
        admin.delete_records({TopicPartition(inputs.name, 0): 1})
    with pytest.raises(TopicsDiffer, match="the first offset is 1, declared 0"):
        require(kafka_address, [inputs], [inputs.name])


def test_more_copies_than_brokers_are_refused(kafka_address: str, inputs: Spoken) -> None:
    with pytest.raises(TopicsDiffer, match="3 copies of each record need as many brokers, and there are 1"):
        apply(kafka_address, [inputs], replication=3)


def test_a_worker_is_refused_while_a_topic_is_missing(kafka_address: str, inputs: Spoken) -> None:
    with pytest.raises(TopicsDiffer, match="the topic is missing, declared present"):
        require(kafka_address, [inputs], [inputs.name])


def test_the_logs_id_stays_until_a_topic_that_names_it_is_made_anew(
    kafka_address: str, inputs: Spoken, letters: Spoken
) -> None:
    both, naming = [inputs, letters], [inputs.name]
    apply(kafka_address, both, replication=1)
    first = require(kafka_address, both, naming)
    produce(kafka_address, inputs.name)
    remake(kafka_address, both, letters)
    assert require(kafka_address, both, naming) == first
    remake(kafka_address, both, inputs)
    assert require(kafka_address, both, naming) != first


def remake(address: str, declared: list[Spoken], topic: Spoken) -> None:
    with administration(address) as admin:
        admin.delete_topics([topic.name])
    apply(address, declared, replication=1)


def test_an_address_where_nobody_answers_is_told_in_one_line() -> None:
    with pytest.raises(LogUnavailable, match=r"^Kafka at 127\.0\.0\.1:1: .+") as caught:
        check("127.0.0.1:1", [])
    assert "\n" not in str(caught.value)
