"""Records that nobody can read, among good ones, on a real Kafka: each refused once, and nothing else stopped."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from deploy.local.processes import wait_until
from runtime import kafka_topics
from runtime.clock import SystemClock
from runtime.kafka_link import KafkaLink
from runtime.log import DEAD_LETTERS, Record
from schemas import vacancies
from schemas.base import Event
from schemas.dead_letters import Refusal
from schemas.topics import CATALOGUE
from schemas.values import Party
from schemas.words import Role
from services.edge.inputs import said
from services.matcher.adapters.terms_files import CALENDAR, POLICY
from services.matcher.translate import VALUE_BYTES_MAX
from tests.http.world import ALMOND, home
from tests.storm_kafka import truth as truths
from tests.storm_kafka.cluster import Cluster
from tests.storm_kafka.parts import Parts

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
WAIT_MAX_S = 400.0
HOME, AT = "SC0001", 5
"""All records are of one setting, and lie in one partition: a bad one has its neighbours beside it."""
Headers = list[tuple[str, bytes | None]]
Raw = tuple[bytes | None, bytes | None, Headers]
"""Key, value and headers as they lie in Kafka."""
CODECS: Final = ("gzip", "lz4", "snappy", "zstd")
"""What a sender may compress with; the broker passes it on as it came."""


def good(number: int) -> Raw:
    """An input that can be read; the first registers the home."""
    by, own = (Party(role=Role.PROVIDER, id=ALMOND), None), {"setting_id": HOME}
    model: type[Event]
    if number == 0:
        model, fields = vacancies.SettingRegistered, {**home(HOME), "policy": POLICY, "calendar": CALENDAR}
    else:
        model, fields = vacancies.NoChange, own
    entry = said(model, fields, by=by, now=SystemClock().now(), id=f"good-{number}", request="0" * 64).entry()
    headers: Headers = [(name, value.encode()) for name, value in entry.headers.items()]
    return entry.key.encode(), entry.value, headers


def with_header(name: str, value: bytes | None) -> Callable[[Raw], Raw]:
    return lambda raw: (raw[0], raw[1], [(each, value if each == name else was) for each, was in raw[2]])


def without_header(name: str) -> Callable[[Raw], Raw]:
    return lambda raw: (raw[0], raw[1], [each for each in raw[2] if each[0] != name])


def with_value(value: bytes | None) -> Callable[[Raw], Raw]:
    return lambda raw: (raw[0], value, raw[2])


def with_key(key: bytes | None) -> Callable[[Raw], Raw]:
    return lambda raw: (key, raw[1], raw[2])


def with_field(name: str, value: object) -> Callable[[Raw], Raw]:
    return lambda raw: (raw[0], orjson.dumps({**orjson.loads(raw[1] or b""), name: value}), raw[2])


POISON: Final[dict[str, tuple[Callable[[Raw], Raw], Refusal]]] = {
    "no JSON": (with_value(b"{not json"), Refusal.NOT_JSON),
    "bytes that are no text": (with_value(b"\xff\xfe\x00"), Refusal.NOT_JSON),
    "nothing": (with_value(b""), Refusal.NOT_JSON),
    "a null value": (with_value(None), Refusal.NOT_JSON),
    "JSON that is no object": (with_value(b"[1]"), Refusal.WRONG_TYPE),
    "JSON a thousand deep": (with_value(b"[" * 1000 + b"]" * 1000), Refusal.NOT_JSON),
    "a field twice": (
        with_value(b'{"setting_id":"SC0001","setting_id":"SC0001"}'),
        Refusal.MISSING,
    ),
    "a field of nobody": (with_field("child", "x"), Refusal.UNKNOWN_FIELD),
    "a field of another type": (with_field("observed_at", 5), Refusal.WRONG_TYPE),
    "another setting": (with_field("setting_id", "SC0002"), Refusal.WRONG_KEY),
    "another key": (with_key(b"SC0002"), Refusal.WRONG_KEY),
    "a key that is no text": (with_key(b"\xff\xfe"), Refusal.WRONG_KEY),
    "an empty key": (with_key(b""), Refusal.WRONG_KEY),
    "a null key": (with_key(None), Refusal.WRONG_KEY),
    "no headers": (lambda raw: (raw[0], raw[1], []), Refusal.MISSING),
    "no id": (without_header("ce_id"), Refusal.MISSING),
    "no type": (without_header("ce_type"), Refusal.MISSING),
    "a null header": (with_header("ce_time", None), Refusal.MISSING),
    "a header that is no text": (with_header("ce_source", b"\xff\xfe"), Refusal.MISSING),
    "a header of another form": (with_header("ce_time", b"yesterday"), Refusal.BAD_HEADER),
    "an unknown type": (with_header("ce_type", b"hearth.vacancies.nothing.v1"), Refusal.UNKNOWN_TYPE),
    "a type of another topic": (
        with_header("ce_type", b"hearth.referrals.referral_closed.v1"),
        Refusal.UNKNOWN_TYPE,
    ),
    "a type of a later version": (
        with_header("ce_type", b"hearth.vacancies.no_change.v9"),
        Refusal.UNKNOWN_TYPE,
    ),
    "too much": (with_field("setting_id", "x" * VALUE_BYTES_MAX), Refusal.TOO_LARGE),
    "as much as the broker takes": (with_value(b'"' + b"x" * 7_900_000 + b'"'), Refusal.TOO_LARGE),
}


def mixed() -> Iterator[tuple[Raw, Refusal | None]]:
    """Good ones, with every kind of bad one between two of them."""
    for number, (spoil, code) in enumerate(POISON.values()):
        yield good(number), None
        yield spoil(good(1000 + number)), code
    yield good(len(POISON)), None


def send(brokers: str, records: list[Raw], codec: str | None = None) -> None:
    """Append them as they are to the partition of all; a batch is compressed where a codec is named."""
    asyncio.run(_send(brokers, records, codec))


async def _send(brokers: str, records: list[Raw], codec: str | None) -> None:
    async with AIOKafkaProducer(
        bootstrap_servers=brokers, max_request_size=8_300_000, compression_type=codec
    ) as producer:
        for key, value, headers in records:
            await producer.send_and_wait("vacancies", value, key, partition=AT, headers=headers)


def expected(inputs: list[Record], codes: list[Refusal | None]) -> dict[str, str]:
    """Which letters there must be, by id, and the code of each."""
    return {
        f"vacancies:{AT}:{record.offset}": code.value
        for record, code in zip(inputs, codes, strict=True)
        if code is not None
    }


def told(link: KafkaLink) -> tuple[dict[str, str], int]:
    """The code of each letter by its id, and how many letters there are in all."""
    letters = truths.read(link).letters
    return {each.headers["ce_id"]: orjson.loads(each.value)["code"] for each in letters}, len(letters)


@contextmanager
def no_room_for_letters(brokers: str) -> Iterator[None]:
    """Let the dead letters' topic take nothing."""
    change = ConfigResource(ConfigResourceType.TOPIC, DEAD_LETTERS, {"max.message.bytes": "10"})
    with KafkaAdminClient(bootstrap_servers=brokers) as admin:
        admin.alter_configs([change])
    try:
        yield
    finally:
        kafka_topics.apply(brokers, CATALOGUE, replication=1)


def test_each_bad_record_is_refused_once_between_its_neighbours_and_acknowledged_only_after(
    brokers: str, link: KafkaLink, parts: Parts
) -> None:
    cluster, worker, place = Cluster(brokers), parts["offers-a"], TopicPartition("vacancies", AT)
    records = list(mixed())
    send(brokers, [raw for raw, _ in records[:1]])
    worker.start()
    assert wait_until(lambda: cluster.committed("offers").get(place) == 1, WAIT_MAX_S), worker.last_words
    with no_room_for_letters(brokers):
        send(brokers, [raw for raw, _ in records[1:]])
        assert wait_until(lambda: b"log_unavailable" in worker.log.read_bytes(), WAIT_MAX_S), (
            worker.last_words
        )
        assert cluster.committed("offers").get(place) == 1, (
            "a bad record was acknowledged that nobody was told of"
        )
        worker.kill()
    worker.start()
    assert wait_until(lambda: cluster.committed("offers").get(place) == len(records), WAIT_MAX_S), (
        worker.last_words
    )
    worker.kill()
    worker.forget()
    worker.start()
    for number, codec in enumerate(CODECS):
        send(brokers, [good(2000 + number)], codec)
    count = len(records) + len(CODECS)
    assert wait_until(lambda: cluster.committed("offers").get(place) == count, WAIT_MAX_S), worker.last_words
    worker.stop()
    hold_against_the_truth(brokers, link, [code for _, code in records])


def hold_against_the_truth(brokers: str, link: KafkaLink, codes: list[Refusal | None]) -> None:
    truth = truths.read(link)
    [shard] = truth.shards
    wanted = expected(list(shard.inputs), [*codes, *[None for _ in CODECS]])
    assert told(link) == (wanted, len(wanted))
    assert truths.must_be_refused_once(truth) == len(POISON)
    counts = truth.counts()
    after = range(2000, 2000 + len(CODECS))
    names = [f"good-{number}" for number in (*range(len(POISON) + 1), *after)]
    assert {name: counts.decided[name] for name in names} == dict.fromkeys(names, 1)
    assert truths.must_be_decided_alike(truth) == len(names)
    assert not truths.broken(truths.verify(brokers))
