"""The cheap part of the truth, after each fault: what came since is read once, and held against the embedded runtime.

Knows records, rule books and what was acknowledged. Reads the topics partition by partition; knows no fault.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from runtime.kafka_link import KafkaLink
from runtime.log import Record
from runtime.records import Chain
from tests.storm.storm import Asked
from tests.storm_kafka.truth import RULES, FactsTold, Replay, Rules, Told, told


@dataclass
class Followed:
    """One partition of a decider: what was read of it by now, and the embedded runtime's decisions of the same."""

    rules: Rules
    partition: int
    next_input: int = 0
    next_output: int = 0
    chain: Chain = field(default_factory=Chain)
    counted: defaultdict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))
    facts: FactsTold = field(default_factory=FactsTold)
    replay: Replay | None = None
    waiting: list[Record] = field(default_factory=list)
    """Inputs of a partition that has no decision yet, so that nobody knows the name of its log."""

    def read_on(self, link: KafkaLink, taken_in: set[str], decided: set[str]) -> None:
        """Take in what has come since: decisions before inputs, so that each decision's input is seen."""
        topics = self.rules()
        outputs = _from(link, topics.outputs_topic, self.partition, self.next_output)
        inputs = _from(link, topics.inputs_topic, self.partition, self.next_input)
        self.next_output += len(outputs)
        self.next_input += len(inputs)
        taken_in |= {each.headers.get("ce_id", "") for each in inputs}
        self._decide(outputs, inputs)
        for each in outputs:
            if self.chain.accepts(each):
                self._count(each)
                decided.add(each.headers["ce_cause"])

    def _decide(self, outputs: Sequence[Record], inputs: Sequence[Record]) -> None:
        self.waiting += inputs
        if self.replay is None and outputs:
            self.replay = Replay(self.rules, self.waiting[0].stamped_at, outputs[0].headers["ce_log"])
        if self.replay is not None:
            self.replay.take(self.waiting)
            self.waiting = []

    def _count(self, decision: Record) -> None:
        """Hold a decision that counts against the embedded runtime's, and its facts against earlier ones."""
        key = decision.key
        at = len(self.counted[key])
        self.counted[key].append(told(decision))
        assert self.replay is not None
        expected = self.replay.decision(key, at)
        assert expected == self.counted[key][at], (self.partition, key, f"parted after {at} decisions")
        assert not (twice := self.facts.again(decision)), (decision.headers["ce_cause"], "told twice", twice)


class Watch:
    """Follows all deciders' partitions."""

    def __init__(self, link: KafkaLink) -> None:
        self._link = link
        self._followed = [
            Followed(rules, at) for rules in RULES for at in link.partitions(rules().inputs_topic)
        ]
        self._taken_in: set[str] = set()
        self._decided: set[str] = set()

    def look(self, asked: Iterable[Asked], fed: Iterable[str]) -> int:
        """Return how many decisions count by now. Whatever was acknowledged before the call must be there.

        AssertionError; LogUnavailable.
        """
        durable = {each.id for each in asked if each.is_acknowledged}.union(fed)
        decided = {each.id for each in asked if each.decisions}
        for each in self._followed:
            each.read_on(self._link, self._taken_in, self._decided)
        assert durable <= self._taken_in, sorted(durable - self._taken_in)[:5]
        assert decided <= self._decided, sorted(decided - self._decided)[:5]
        return sum(len(each) for one in self._followed for each in one.counted.values())


def _from(link: KafkaLink, topic: str, partition: int, start: int) -> list[Record]:
    return [each for run in link.read(topic, partition, start) for each in run]
