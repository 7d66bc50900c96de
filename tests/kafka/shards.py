"""A partition of counters on Kafka, the truth about it from the embedded log, and a wire with faults."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from runtime.clock import VirtualClock
from runtime.decider import Decider
from runtime.kafka_link import KafkaLink
from runtime.kafka_records import Run
from runtime.kafka_sending import OutcomeUnknown, Sent
from runtime.kafka_shard import ShardLog
from runtime.log import DEAD_LETTERS, Entry, LogUnavailable, Record
from runtime.memory_log import MemoryLog
from runtime.records import Chain
from tests.runtime.places import START
from tests.runtime.toy import Counter, Counters, Number

PARTITIONS, AT = 2, 1
"""Every test works in partition 1."""
LOG_ID = "toys"
Send = Callable[[Sequence[Entry]], list[Sent]]


class Rules(Counters):
    """Counters under topics of their own."""

    def __init__(self, inputs_topic: str, outputs_topic: str) -> None:
        super().__init__()
        self.inputs_topic, self.outputs_topic = inputs_topic, outputs_topic


class FaultyWire:
    """Passes everything on, but for what it was told to do with the next sends."""

    def __init__(self, link: KafkaLink) -> None:
        self._link = link
        self.faults: list[str] = []
        self.late: list[Callable[[], object]] = []

    def send(self, entries: Sequence[Entry]) -> list[Sent]:
        return self._send(entries, self._link.send)

    def send_run(self, entries: Sequence[Entry], partition: int) -> list[Sent]:
        return self._send(entries, lambda some: self._link.send_run(some, partition))

    def _send(self, entries: Sequence[Entry], send: Send) -> list[Sent]:
        match self.faults.pop(0) if self.faults else "":
            case "lost":
                raise OutcomeUnknown("it never came")
            case "unanswered":
                send(entries)
                raise OutcomeUnknown("it came, and no answer did")
            case "torn":
                if half := entries[: len(entries) // 2]:
                    send(half)
                raise OutcomeUnknown("a part of it came")
            case "late":
                self.late.append(lambda: send(entries))
                raise OutcomeUnknown("it is still on its way")
            case "nowhere":
                return [replaced._replace(offset=None) for replaced in send(entries)]
        return send(entries)

    def arrive(self) -> None:
        """What was on its way comes in."""
        for sending in self.late:
            sending()
        self.late.clear()

    def read(self, topic: str, partition: int, start: int) -> Iterator[Run]:
        return self._link.read(topic, partition, start)

    def end(self, topic: str, partition: int) -> int:
        return self._link.end(topic, partition)

    def ends(self, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        return self._link.ends(places)

    def partitions(self, topic: str) -> tuple[int, ...]:
        return self._link.partitions(topic)


class Scene:
    """Inputs of one partition, workers that decide them, and what counts in the end."""

    def __init__(self, link: KafkaLink, rules: Rules, directory: Path) -> None:
        self.link, self.rules, self._directory = link, rules, directory

    def say(self, entries: Sequence[Entry]) -> None:
        self.link.send_run([replace(each, topic=self.rules.inputs_topic) for each in entries], AT)

    def inputs(self) -> list[Record]:
        return [each for run in self.link.read(self.rules.inputs_topic, AT, 0) for each in run]

    def worker(self, name: str = "first") -> "Worker":
        return Worker(self, FaultyWire(self.link), self._directory / name)

    def outputs(self) -> list[Record]:
        return [each for run in self.link.read(self.rules.outputs_topic, AT, 0) for each in run]

    def counted(self) -> list[tuple[str, bytes]]:
        """What counts, as any reader judges it: keys and values in order."""
        chain = Chain()
        return [(each.key, each.value) for each in self.outputs() if chain.accepts(each)]

    def letters(self) -> list[str]:
        """The ids of the letters about this scene's inputs."""
        found: list[Record] = []
        for partition in range(PARTITIONS):
            found += [each for run in self.link.read(DEAD_LETTERS, partition, 0) for each in run]
        begins = f"{self.rules.inputs_topic}:"
        return sorted(each.headers["ce_id"] for each in found if each.headers["ce_id"].startswith(begins))

    def truth(self) -> list[tuple[str, bytes]]:
        """What the embedded log decides of the same inputs at the same times."""
        clock = VirtualClock(START)
        log, inputs = MemoryLog(clock), self.inputs()
        for each in inputs:
            clock.set(each.stamped_at)
            log.append([Entry(each.topic, each.key, each.value, each.headers)])
        decider = Decider(log, Rules(self.rules.inputs_topic, self.rules.outputs_topic), batch_max=7)
        decider.start()
        while decider.step():
            pass
        end = log.end(self.rules.outputs_topic)
        return [(each.key, each.value) for each in log.read(self.rules.outputs_topic, 0, end)]


class Worker:
    """A decider of the scene's partition with a directory of its own; started again it knows what that holds."""

    def __init__(self, scene: Scene, wire: FaultyWire, directory: Path) -> None:
        self.scene, self.wire, self.directory = scene, wire, directory
        self.start()

    def start(self) -> None:
        rules = self.scene.rules
        self.log = ShardLog(
            self.wire,
            self.directory,
            LOG_ID,
            rules.inputs_topic,
            rules.outputs_topic,
            AT,
        )
        self.decider: Decider[Counter, Number] = Decider(
            self.log, Rules(rules.inputs_topic, rules.outputs_topic)
        )
        self.decider.start()

    def stop(self) -> None:
        self.log.close()

    def take(self, inputs: Sequence[Record]) -> None:
        """Decide them, again as long as somebody else has written or nobody answers."""
        while True:
            try:
                if self.decider.take(inputs):
                    return
            except LogUnavailable:
                continue
