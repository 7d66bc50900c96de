"""One partition of a decider's topics on Kafka, as the log that the decider asks.

Knows one partition of inputs, the same partition of outputs, and which dead letters it told. Must not know what is
decided. Kafka has no transaction over letters, decisions and positions, so the order is: letters, then decisions,
and the caller acknowledges the inputs after that. A crash in between finds what was told by its place, and what was
decided by its key's position.

The fence: every append must come to lie exactly where the outputs were last seen to end. If it does not, or if its
outcome is unknown, somebody else may have written: what is there is read first, and the batch is given again.
Whatever still lands late is void by its version and parent.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

import orjson

from runtime.copies import opened
from runtime.kafka_records import Run
from runtime.kafka_sending import Sent
from runtime.log import DEAD_LETTERS, Entry, LogMismatch, LogUnavailable, Overtaken, Record
from runtime.standing import Standing


class Wire(Protocol):
    """What a shard asks of the wire; see `runtime.kafka_link.KafkaLink`."""

    def send(self, entries: Sequence[Entry]) -> list[Sent]: ...

    def send_run(self, entries: Sequence[Entry], partition: int) -> list[Sent]: ...

    def read(self, topic: str, partition: int, start: int) -> Iterator[Run]: ...

    def end(self, topic: str, partition: int) -> int: ...

    def ends(self, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]: ...

    def partitions(self, topic: str) -> tuple[int, ...]: ...


class ShardLog:
    """The log of one partition's decider. One thread uses it."""

    def __init__(
        self,
        link: Wire,
        directory: Path,
        log_id: str,
        inputs_topic: str,
        outputs_topic: str,
        partition: int,
    ) -> None:
        """Open in `directory` what stands, and read the outputs on to their end; LogMismatch, LogUnavailable."""
        self._link, self._partition = link, partition
        self._inputs, self._outputs = inputs_topic, outputs_topic
        kind = partial(Standing, topic=outputs_topic)
        self._standing = opened(kind, directory / f"{outputs_topic}-{partition}", f"{log_id}/{partition}")
        self._is_sure = False
        self._read_on()
        self._learn_letters()

    @property
    def log_id(self) -> str:
        return self._standing.log_id

    def close(self) -> None:
        """Write down what stands, if the disk takes it, and let go of it."""
        with suppress(LogUnavailable):
            self.write_down()
        self._standing.close()

    def write_down(self) -> None:
        """Keep on disk what stands now, so that less is read at the next start; LogUnavailable."""
        self._standing.write_down()

    # --- writing ------------------------------------------------------------------------------------------------

    def append(
        self,
        entries: Sequence[Entry],
        *,
        expected: Mapping[str, int] | None = None,
        positions: Mapping[str, int] | None = None,
    ) -> object:
        """Append letters, then decisions; Overtaken and LogUnavailable may leave some of them appended."""
        del positions  # they are the reader's, which is told once this has returned
        end = (expected or {}).get(self._outputs, self._standing.next)
        if not self._is_sure:
            self._read_on()
        if (found := self._standing.next) != end:
            raise Overtaken(self._outputs, end, found)
        self._tell([each for each in entries if each.topic == DEAD_LETTERS])
        self._decide([each for each in entries if each.topic == self._outputs], end)
        return None

    def _tell(self, letters: Sequence[Entry]) -> None:
        """Tell each letter that was not told before."""
        new = [each for each in letters if self._standing.caused(DEAD_LETTERS, each.headers["ce_id"]) is None]
        if new:
            sent = self._link.send(new)
            # Where a letter lies in Kafka does not matter here, and a repeated send may not say it.
            told = [place._replace(offset=0) for place in sent]
            self._keep_letters([_record(entry, place) for entry, place in zip(new, told, strict=True)])

    def _keep_letters(self, letters: Sequence[Record], positions: Mapping[str, int] | None = None) -> None:
        """Remember letters in the order in which they came; each causes itself, so that it is found by its id."""
        start = self._standing.end(DEAD_LETTERS)
        kept = [
            replace(each, offset=start + index, headers={**each.headers, "ce_cause": each.headers["ce_id"]})
            for index, each in enumerate(letters)
        ]
        self._standing.take_in(kept, positions)

    def _learn_letters(self) -> None:
        """Read which letters about this partition were told, by whoever it was. Most often there is none to read."""
        ends = self._link.ends([(DEAD_LETTERS, each) for each in self._link.partitions(DEAD_LETTERS)])
        for (_, partition), end in ends.items():
            reader = f"{DEAD_LETTERS}/{partition}"
            if (start := self._standing.position(reader)) >= end:
                continue
            for records in self._link.read(DEAD_LETTERS, partition, start):
                new = {each.headers["ce_id"]: each for each in records if self._is_ours(each)}
                known = self._standing.caused_by_each(DEAD_LETTERS, new)
                letters = [each for letter_id, each in new.items() if letter_id not in known]
                self._keep_letters(letters, {reader: records[-1].offset + 1})

    def _is_ours(self, letter: Record) -> bool:
        body = orjson.loads(letter.value)
        return bool(body["topic"] == self._inputs and body.get("partition") == self._partition)

    def _decide(self, decisions: Sequence[Entry], end: int) -> None:
        if not decisions:
            return
        self._is_sure = False
        sent = self._link.send_run(decisions, self._partition)
        if [each.offset for each in sent] != list(range(end, end + len(sent))):
            self._read_on()
            raise Overtaken(self._outputs, end, self._standing.next)
        self._standing.land(decisions, [each.stamped_at for each in sent])
        self._is_sure = True

    def _read_on(self) -> None:
        """Take in whatever was appended, down to the end; LogMismatch if what was seen before is not there."""
        place, start = (self._outputs, self._partition), self._standing.next
        if (end := self._link.end(*place)) < start:
            raise LogMismatch(f"{self._outputs}/{self._partition} ends at {end}, and had ended at {start}")
        for run in self._link.read(*place, start):
            self._standing.follow(run, run.nexts[place])
        self._is_sure = True

    # --- reading ------------------------------------------------------------------------------------------------

    def read(self, topic: str, start: int, limit: int) -> list[Record]:
        """Outputs as they lie in Kafka, not judged, and the letters about this partition."""
        if topic == DEAD_LETTERS:
            return self._standing.read(topic, start, limit)
        return next((run[:limit] for run in self._link.read(topic, self._partition, start)), [])

    def end(self, topic: str) -> int:
        """Where the outputs end as they stand here, and the inputs as Kafka has them now."""
        return self._link.end(topic, self._partition) if topic == self._inputs else self._standing.end(topic)

    def latest(self, topic: str, key: str) -> Record | None:
        """The last output of the key that counts."""
        return self._standing.latest(topic, key)

    def last(self, topic: str) -> Record | None:
        """The last output that counts."""
        return self._standing.last(topic)

    def position(self, name: str) -> int:
        """Always 0: where to go on is known by the keys' positions, and what is committed is a hint to the reader."""
        del name
        return 0


def _record(entry: Entry, sent: Sent) -> Record:
    """The entry as it lies in Kafka."""
    assert sent.offset is not None
    return Record(entry.topic, sent.offset, entry.key, entry.value, entry.headers, sent.stamped_at)
