"""The topics of a Kafka cluster: made as they are declared, looked at before anybody works, and what names their log.

Knows Kafka's administration (kafka-python). Must not know what a topic holds. Nothing is ever deleted or shrunk
here, and nothing is changed unless all of it can be: what would move keys or cannot be mended is refused.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, Protocol

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import KafkaError

from runtime.kafka_security import OPEN, Security
from runtime.log import LogUnavailable

CONNECT_MAX_S: Final = 10.0
REQUEST_MAX_S: Final = 30.0
RECORD_BYTES_MAX: Final = 9 * 1024 * 1024
"""What a topic takes in one batch: more than a sender may send, so that the sender's own limit is what counts."""
SETTLED: Final = frozenset({"cleanup.policy", "message.timestamp.type"})
"""Settings that say what has happened to the records already there; changed later they would say something untrue."""


class Declared(Protocol):
    """What a catalogue says of a topic that matters to a server. `retention` None: for ever."""

    @property
    def name(self) -> str: ...
    @property
    def partitions(self) -> int: ...
    @property
    def retention(self) -> timedelta | None: ...
    @property
    def cleanup_policy(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Found:
    """A topic as the cluster has it. `starts` and `ends` are the first and the next offset of each partition."""

    name: str
    topic_id: str
    replication: int
    settings: Mapping[str, str]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @property
    def partitions(self) -> int:
        return len(self.ends)

    @property
    def is_empty(self) -> bool:
        """Whether it never held a record."""
        return not any(self.ends)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the cluster is not as declared. `why_not` says why it cannot be mended; None: it can."""

    topic: str
    what: str
    found: str
    declared: str
    why_not: str | None = None

    def __str__(self) -> str:
        line = f"{self.topic}: {self.what} is {self.found}, declared {self.declared}"
        return line if self.why_not is None else f"{line}: {self.why_not}"


@dataclass(frozen=True, slots=True)
class Done:
    """What `apply` did about one topic, and in which words."""

    topic: str
    did: Literal["made", "changed", "left"]
    details: tuple[str, ...] = ()


class TopicsDiffer(Exception):
    """The topics are not as declared; one sentence for each difference."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@contextmanager
def administration(brokers: str, security: Security = OPEN) -> Iterator[KafkaAdminClient]:
    """Talk to the cluster behind host:port (more of them after commas); LogUnavailable."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # what goes wrong is raised, once and in one line
    try:
        with KafkaAdminClient(
            bootstrap_servers=brokers.split(","),
            client_id="hearth-topics",
            bootstrap_timeout_ms=int(CONNECT_MAX_S * 1000),
            request_timeout_ms=int(REQUEST_MAX_S * 1000),
            **security.options,
        ) as admin:
            yield admin
    except KafkaError as error:
        raise LogUnavailable(f"Kafka at {brokers}: {' '.join(str(error).split())[:300]}") from error


def apply(
    brokers: str, declared: Sequence[Declared], *, replication: int, security: Security = OPEN
) -> list[Done]:
    """Make what is missing and mend what can be mended; done again it does nothing. TopicsDiffer, LogUnavailable.

    All or nothing as far as it can be foreseen: one difference that cannot be mended, and nothing is touched.
    """
    with administration(brokers, security) as admin:
        if (count := len(admin.describe_cluster()["brokers"])) < replication:
            raise TopicsDiffer(
                [f"{replication} copies of each record need as many brokers, and there are {count}"]
            )
        found = look(admin, declared)
        differences = compare(declared, found, replication)
        if refused := [str(each) for each in differences if each.why_not is not None]:
            raise TopicsDiffer(refused)
        _make(admin, [topic for topic in declared if topic.name not in found], replication)
        mended = {
            topic.name: [each for each in differences if each.topic == topic.name] for topic in declared
        }
        _mend(admin, [topic for topic in declared if topic.name in found and mended[topic.name]], replication)
        return [_done(topic, topic.name in found, mended[topic.name]) for topic in declared]


def check(
    brokers: str, declared: Sequence[Declared], *, replication: int | None = None, security: Security = OPEN
) -> list[Difference]:
    """Where the cluster is not as declared; LogUnavailable. `replication` None: any number of copies will do."""
    with administration(brokers, security) as admin:
        return compare(declared, look(admin, declared), replication)


def require(
    brokers: str, declared: Sequence[Declared], naming: Iterable[str], security: Security = OPEN
) -> str:
    """Return the log's id if every topic is as declared, else TopicsDiffer; LogUnavailable. For a worker's start."""
    with administration(brokers, security) as admin:
        found = look(admin, declared)
    if differences := compare(declared, found, None):
        raise TopicsDiffer([str(each) for each in differences])
    return log_id(found, naming)


def log_id(found: Mapping[str, Found], naming: Iterable[str]) -> str:
    """The name of the log that these topics are: 32 hex digits, the same as long as none of `naming` is made anew.

    Kafka gives every topic an id when it is made (KIP-516), so a topic that was deleted and made again under the
    same name is another log, also if it has grown past the old one's end. KeyError if one of `naming` is missing.
    """
    told = "".join(found[name].topic_id for name in sorted(naming))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def look(admin: KafkaAdminClient, declared: Iterable[Declared]) -> dict[str, Found]:
    """Those of the declared topics that are there."""
    names = [topic.name for topic in declared]
    there = {told["name"]: told for told in admin.describe_topics(names) if told["error_code"] == 0}
    if not there:
        return {}
    settings = _settings(admin, list(there))
    places = [
        TopicPartition(name, index) for name in there for index in range(len(there[name]["partitions"]))
    ]
    starts = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
    ends = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
    return {
        name: Found(
            name=name,
            topic_id=str(told["topic_id"]),
            replication=min(len(each["replica_nodes"]) for each in told["partitions"]),
            settings=settings[name],
            starts=tuple(starts[place].offset for place in places if place.topic == name),
            ends=tuple(ends[place].offset for place in places if place.topic == name),
        )
        for name, told in there.items()
    }


def _settings(admin: KafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    told = admin.describe_configs(asked, config_filter="all")["topic"]
    return {name: {key: each["value"] for key, each in told[name].items()} for name in names}


def settings_of(topic: Declared, replication: int) -> dict[str, str]:
    """Kafka's settings for a declared topic (https://kafka.apache.org/documentation/#topicconfigs)."""
    kept_ms = -1 if topic.retention is None else topic.retention // timedelta(milliseconds=1)
    return {
        "cleanup.policy": topic.cleanup_policy,
        "retention.ms": str(kept_ms),
        "retention.bytes": "-1",
        # The log's own time: an input is due, early or late by when it was appended, whatever its sender's clock says.
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(RECORD_BYTES_MAX),
        # A record counts once all but one of its copies are written, and a copy that missed some never leads.
        "min.insync.replicas": str(max(1, replication - 1)),
        "unclean.leader.election.enable": "false",
    }


def compare(
    declared: Iterable[Declared], found: Mapping[str, Found], replication: int | None
) -> list[Difference]:
    """All differences, in the order of the declaration."""
    differences: list[Difference] = []
    for topic in declared:
        if (there := found.get(topic.name)) is None:
            differences.append(Difference(topic.name, "the topic", "missing", "present"))
        else:
            differences += _compare(topic, there, there.replication if replication is None else replication)
    return differences


def _compare(topic: Declared, there: Found, replication: int) -> Iterator[Difference]:
    if there.partitions != topic.partitions:
        why = "keys would move to other partitions, and one key's records would have two orders"
        yield Difference(topic.name, "partitions", str(there.partitions), str(topic.partitions), why)
    if there.replication != replication:
        why = "moving copies is the cluster's work (kafka-reassign-partitions)"
        yield Difference(topic.name, "replication", str(there.replication), str(replication), why)
    if topic.retention is None and any(there.starts):
        why = "records at its beginning are gone, and readers begin at zero"
        yield Difference(topic.name, "the first offset", str(max(there.starts)), "0", why)
    for name, wanted in settings_of(topic, replication).items():
        value = there.settings.get(name, "unknown")
        if value != wanted:
            is_settled = name in SETTLED and not there.is_empty
            yield Difference(topic.name, name, value, wanted, _SETTLED_WHY if is_settled else None)


_SETTLED_WHY = "it holds records that were taken in under the other rule"


def _make(admin: KafkaAdminClient, topics: Sequence[Declared], replication: int) -> None:
    if topics:
        asked: dict[str, Any] = {
            topic.name: {
                "num_partitions": topic.partitions,
                "replication_factor": replication,
                "configs": settings_of(topic, replication),
            }
            for topic in topics
        }
        admin.create_topics(asked, wait_for_metadata=True)


def _mend(admin: KafkaAdminClient, topics: Sequence[Declared], replication: int) -> None:
    if topics:
        admin.alter_configs(
            [
                ConfigResource(ConfigResourceType.TOPIC, topic.name, settings_of(topic, replication))
                for topic in topics
            ]
        )


def _done(topic: Declared, was_there: bool, mended: Sequence[Difference]) -> Done:
    if not was_there:
        return Done(topic.name, "made", (f"{topic.partitions} partitions",))
    if mended:
        return Done(
            topic.name, "changed", tuple(f"{each.what}: {each.found} -> {each.declared}" for each in mended)
        )
    return Done(topic.name, "left")
