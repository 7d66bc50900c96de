"""The partitions that one worker decides: each with a log and a decider of its own, several at once.

Knows partitions and threads. Must not know who brings the inputs, nor what is decided.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from threading import Event, Lock
from typing import Any, Final

import structlog

from runtime.decider import Decider, Rulebook
from runtime.engine import BACKOFF_MAX_S, BACKOFF_S
from runtime.kafka_link import KafkaLink
from runtime.kafka_security import OPEN, Security
from runtime.kafka_sending import Sent
from runtime.kafka_shard import ShardLog, Wire
from runtime.log import Entry, LogUnavailable, Record

AT_ONCE: Final = 4
"""Partitions of a worker that are decided at the same time."""
APPEND_MAX: Final = 500
"""Inputs whose decisions are appended together."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Where a worker works. `directory` keeps what stands of its partitions; no other worker may use it."""

    brokers: str
    log_id: str
    directory: Path
    security: Security = OPEN


def group_of(rulebook: Rulebook[Any, Any]) -> str:
    """The consumer group that a decider's workers join."""
    return f"hearth-{rulebook.name}"


class Turns:
    """The wire of several threads of which one works at a time; while one waits for Kafka, another has its turn.

    Else they would take the interpreter from each other at each read of the disk, which costs a fifth of their work.
    """

    def __init__(self, link: KafkaLink) -> None:
        self._link, self._turn = link, Lock()
        self.read, self.end, self.ends, self.partitions = link.read, link.end, link.ends, link.partitions
        self.acknowledged = link.acknowledged

    def work(self, work: Callable[[], None]) -> None:
        """Do it once nobody else works."""
        with self._turn:
            work()

    def send(self, entries: Sequence[Entry]) -> list[Sent]:
        return self._meanwhile(partial(self._link.send, entries))

    def send_run(self, entries: Sequence[Entry], partition: int) -> list[Sent]:
        return self._meanwhile(partial(self._link.send_run, entries, partition))

    def _meanwhile(self, send: Callable[[], list[Sent]]) -> list[Sent]:
        self._turn.release()
        try:
            return send()
        finally:
            self._turn.acquire()


class Shard:
    """One partition of a decider, in one thread."""

    def __init__(
        self, link: Wire, rulebook: Rulebook[Any, Any], options: Options, partition: int, begin: int
    ) -> None:
        """`begin`: all inputs before it are decided."""
        self._log = ShardLog(
            link, options.directory, options.log_id, rulebook.inputs_topic, rulebook.outputs_topic, partition
        )
        self._decider = Decider(self._log, rulebook)
        self._decider.start()
        self._link, self._topic, self._partition = link, rulebook.inputs_topic, partition
        self._next = self._next_before = begin

    def take(self, inputs: Sequence[Record]) -> None:
        """Decide inputs in their order; return once each decision lies in Kafka.

        What lies before them and was not brought is read here and given first. It was another worker's, for
        faust may bring a leftover of a partition that has gone already, and then that partition anew; or faust lost
        it on its way. What is decided is not decided again.
        """
        if inputs[0].offset > self._next:
            self._take_left_out(inputs[0].offset)
        if new := [each for each in inputs if each.offset >= self._next]:
            self._decide(new)

    def turn(self, *, is_stuck: bool) -> None:
        """Decide what faust should have brought by now, if it is stuck; write down what stands when at rest."""
        if is_stuck:
            self._take_what_lies_there()
        if self._next == self._next_before:
            self._log.write_down()
        self._next_before = self._next

    def _take_what_lies_there(self) -> None:
        """As much as comes at once, so that no turn is long; what is stuck after that has its next turn."""
        if (end := self._link.end(self._topic, self._partition)) > self._next:
            self._take_left_out(end, runs_max=1)

    def _take_left_out(self, end: int, runs_max: int | None = None) -> None:
        start = self._next
        logger.warning(
            "inputs_not_brought", topic=self._topic, partition=self._partition, start=start, end=end
        )
        for run in islice(self._link.read(self._topic, self._partition, start), runs_max):
            if new := [each for each in run if each.offset < end]:
                self._decide(new)
            self._next = max(self._next, min(end, run.nexts[self.place]))
            if self._next >= end:
                return
        if runs_max is None or self._next == start:
            self._next = end

    def _decide(self, inputs: Sequence[Record]) -> None:
        for at in range(0, len(inputs), APPEND_MAX):
            run = inputs[at : at + APPEND_MAX]
            while not self._decider.take(run):
                pass
            self._next = max(self._next, run[-1].offset + 1)

    @property
    def place(self) -> tuple[str, int]:
        """The topic and the partition of its inputs."""
        return self._topic, self._partition

    @property
    def next(self) -> int:
        """The offset of the next input to be taken."""
        return self._next

    def close(self) -> None:
        self._log.close()


class Shards:
    """The partitions that this worker has decided for. One thread at a time asks for something."""

    def __init__(self, link: KafkaLink, rulebook: Rulebook[Any, Any], options: Options) -> None:
        self._link, self._rulebook, self._options = Turns(link), rulebook, options
        self._shards: dict[int, Shard] = {}
        self._stopped = Event()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"{rulebook.name}-shard")

    def take(self, inputs: Sequence[Record]) -> None:
        """Decide inputs of any partitions; those of one partition are in order.

        Several partitions are decided at once: while one waits for Kafka, another decides.
        """
        in_order = sorted(inputs, key=lambda each: (each.partition or 0, each.offset))
        runs = {at: list(run) for at, run in groupby(in_order, key=lambda each: each.partition or 0)}
        self._patiently(partial(self._take_up, runs))
        takes = [partial(self._shards[at].take, run) for at, run in runs.items()]
        taking = [self._threads.submit(self._patiently, take) for take in takes]
        wait(taking)
        for each in taking:
            each.result()

    def come_on(self, partitions: Sequence[int], stuck: Collection[tuple[str, int]]) -> None:
        """Know where each of these partitions has got to, and decide what lies in those that are stuck.

        Faust may bring nothing of a partition although something lies there, and would until more is said in it.
        """
        self._patiently(partial(self._take_up, partitions))
        for shard in [self._shards[each] for each in partitions]:
            self._patiently(partial(shard.turn, is_stuck=shard.place in stuck))

    def _take_up(self, partitions: Iterable[int]) -> None:
        """Begin with partitions that are new here, each where the group has acknowledged everything before.

        Not behind the last decision: of two workers one may have decided an input whose forerunner, of another key,
        was lost with the other.
        """
        if not (new := [each for each in partitions if each not in self._shards]):
            return
        topic, options = self._rulebook.inputs_topic, self._options
        begins = self._link.acknowledged(group_of(self._rulebook), [(topic, each) for each in new])
        for each in new:
            begin = begins.get((topic, each), 0)
            self._shards[each] = Shard(self._link, self._rulebook, options, each, begin)

    def drop(self, partitions: Sequence[int]) -> None:
        """Forget partitions that are another worker's now. What they knew is learned again when they come back."""
        for partition in partitions:
            shard = self._shards.pop(partition, None)
            if shard is not None:
                shard.close()

    def nexts(self) -> dict[tuple[str, int], int]:
        """How far each partition has been taken."""
        return {each.place: each.next for each in list(self._shards.values())}

    def give_up(self) -> None:
        """Wait no longer for a log that is out of reach."""
        self._stopped.set()

    def _patiently(self, work: Callable[[], None]) -> None:
        """Repeat it until the log is within reach; LogUnavailable once the worker has given up."""
        delay_s = BACKOFF_S
        while True:
            try:
                self._link.work(work)
            except LogUnavailable as error:
                logger.warning("log_unavailable", reason=str(error), retry_after_s=delay_s)
                if self._stopped.wait(delay_s):
                    raise
                delay_s = min(BACKOFF_MAX_S, delay_s * 2)
            else:
                return
