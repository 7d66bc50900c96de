"""Inputs as faust brings them to a decider: all that Kafka gave of a partition at once, as one message.

Knows faust's scheduler and its commits. Must not know what a record says. Faust's own care for one message costs more
than deciding an input. It would take the offsets within a run for ones that no record has, and count them: its
version 0.15.3 commits one such gap in a turn, and none behind offset 0. So it does not count: what is committed is how
far each partition is decided, which the worker knows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import faust
from faust.transport.drivers.aiokafka import Consumer, Transport
from faust.transport.utils import DefaultSchedulingStrategy
from faust.types import TP

from runtime.kafka_records import Ends, record_of
from runtime.log import Record


class InRuns(DefaultSchedulingStrategy):
    """A scheduler for faust that makes one message of the records of a partition; `records_of` takes them out again."""

    def iterate(self, records: Mapping[TP, list[Any]]) -> Iterator[tuple[TP, Any]]:
        """Give the partitions one after the other: who takes the messages decides them side by side."""
        return ((tp, replace(run[0], value=run)) for tp, run in records.items() if run)


def records_of(events: Iterable[Any]) -> list[Record]:
    """The records that these events of faust carry, as the log's port has them."""
    return [record_of(found) for event in events for found in event.message.value]


class DecidersConsumer(Consumer):
    """Faust's consumer, but that it commits how far each partition is decided."""

    transport: "DecidersTransport"

    def _new_offset(self, tp: TP) -> int | None:
        for counted in (self._acked, self._acked_index, self._gap):
            counted[tp].clear()
        return self.transport.nexts().get((tp.topic, tp.partition))


class DecidersTransport(Transport):
    """What an app is given to commit so. `nexts` says the offset of the first input of each partition to be decided."""

    Consumer = DecidersConsumer

    def __init__(self, app: faust.App, nexts: Callable[[], Ends]) -> None:
        super().__init__(app.conf.broker_consumer, app)
        self.nexts = nexts
