"""Single records of a Kafka, by where they lie: all of a small topic, one at a place, and one said again.

Knows partitions, offsets and bytes (kafka-python). Must not know what a record says. For commands, not for workers.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from runtime.kafka_records import record_of
from runtime.kafka_security import OPEN, Security
from runtime.kafka_sending import RECORD_BYTES_MAX
from runtime.log import LogMismatch, LogUnavailable, Record

CONNECT_MAX_S: Final = 10.0
REQUEST_MAX_S: Final = 30.0
POLL_S: Final = 1.0


@contextmanager
def kafka_within_reach(brokers: str) -> Iterator[None]:
    """Turn what kafka-python raises into LogUnavailable, in one line."""
    try:
        yield
    except (KafkaError, OSError) as error:
        raise LogUnavailable(f"Kafka at {brokers}: {' '.join(str(error).split())[:300]}") from error


class KafkaPlaces:
    """One connection, for one thread, from its making until `close`; LogUnavailable whenever Kafka is out of reach."""

    def __init__(self, brokers: str, security: Security = OPEN) -> None:
        """`brokers` is host:port, more of them after commas."""
        logging.getLogger("kafka").setLevel(
            logging.CRITICAL
        )  # what goes wrong is raised, once and in one line
        self._brokers, self._security = brokers, security
        with kafka_within_reach(brokers):
            self._reader = KafkaConsumer(
                **self._options(),
                enable_auto_commit=False,
                auto_offset_reset="none",
                max_partition_fetch_bytes=RECORD_BYTES_MAX,
            )

    def _options(self) -> Mapping[str, Any]:
        return {
            "bootstrap_servers": self._brokers.split(","),
            "client_id": "hearth-places",
            "bootstrap_timeout_ms": int(CONNECT_MAX_S * 1000),
            "request_timeout_ms": int(REQUEST_MAX_S * 1000),
            **self._security.options,
        }

    def close(self) -> None:
        self._reader.close(autocommit=False)

    def all_of(self, topic: str) -> Iterator[Record]:
        """Every record that the topic has now, partition after partition."""
        with kafka_within_reach(self._brokers):
            for partition in self._partitions(topic):
                yield from map(record_of, self._read(TopicPartition(topic, partition)))

    def at(self, topic: str, partition: int | None, offset: int) -> Record | None:
        """The record that lies there; None if there is none (any more). Without a partition: of the only one."""
        with kafka_within_reach(self._brokers):
            found = self._one(self._place(topic, partition), offset)
        return None if found is None else record_of(found)

    def say_again(self, topic: str, partition: int | None, offset: int) -> str:
        """Append the record that lies there once more, byte for byte, to its own partition; return its new place.

        LogMismatch if nothing lies there; LogUnavailable if Kafka did not take it, or may have.
        """
        with kafka_within_reach(self._brokers):
            place = self._place(topic, partition)
            found = self._one(place, offset)
            if found is None:
                raise LogMismatch(f"nothing lies at {topic}:{place.partition}:{offset}")
            with KafkaProducer(
                **self._options(), acks="all", enable_idempotence=True, max_request_size=RECORD_BYTES_MAX
            ) as producer:
                sent = producer.send(
                    topic, found.value, found.key, headers=list(found.headers), partition=place.partition
                ).get(timeout=REQUEST_MAX_S)
        return f"{topic}:{place.partition}:{sent.offset}"

    def _partitions(self, topic: str) -> list[int]:
        return sorted(self._reader.partitions_for_topic(topic) or ())

    def _place(self, topic: str, partition: int | None) -> TopicPartition:
        there = self._partitions(topic)
        if partition is None and len(there) == 1:
            partition = there[0]
        if partition not in there:
            raise LogMismatch(f"Kafka at {self._brokers} has no such partition of {topic}")
        return TopicPartition(topic, partition)

    def _bounds(self, place: TopicPartition) -> tuple[int, int]:
        timeout_ms = int(REQUEST_MAX_S * 1000)
        start = self._reader.beginning_offsets([place], timeout_ms=timeout_ms)[place]
        return start, self._reader.end_offsets([place], timeout_ms=timeout_ms)[place]

    def _read(self, place: TopicPartition) -> Iterator[Any]:
        start, end = self._bounds(place)
        yield from self._from(place, start, end)

    def _one(self, place: TopicPartition, offset: int) -> Any | None:
        start, end = self._bounds(place)
        return next(self._from(place, offset, offset + 1), None) if start <= offset < end else None

    def _from(self, place: TopicPartition, start: int, end: int) -> Iterator[Any]:
        """What lies from `start` to before `end`."""
        if start >= end:
            return
        self._reader.assign([place])
        self._reader.seek(place, start)
        while self._reader.position(place) < end:
            found = self._reader.poll(timeout_ms=int(POLL_S * 1000)).get(place, [])
            yield from (each for each in found if each.offset < end)
