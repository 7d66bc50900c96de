"""The truth about what a Kafka holds: the same inputs, at the same times, decided on the embedded runtime.

Reads the topics partition by partition and trusts no copy. Knows records and rule books; knows no fault.
"""

import json
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from structlog.testing import capture_logs

from runtime.clock import VirtualClock
from runtime.decider import Decider, Rulebook
from runtime.kafka_link import KafkaLink
from runtime.log import DEAD_LETTERS, Entry, Record
from runtime.memory_log import MemoryLog
from runtime.records import ENVELOPE, Chain
from services.matcher.adapters.terms_files import load_terms
from services.matcher.rulebooks import OffersRules, PlacementsRules
from tests.storm.served import Counts
from tests.storm_kafka.parts import HEARTH, ROOT

Rules = Callable[[], Rulebook[Any, Any]]
RULES: Final[Sequence[Rules]] = (
    lambda: OffersRules(load_terms()),
    lambda: PlacementsRules(load_terms()),
)
VERIFY_MAX_S: Final = 1800
FIGURES: Final[Mapping[str, tuple[str, ...]]] = {
    "lost": ("one_decision_per_input", "unbroken_chain"),
    "early": ("never_early", "full_length"),
    "tiers skipped": ("tiers_in_order", "one_open_window"),
    "told twice": ("messages_once", "messages_have_facts"),
}
"""Which promises of the verifier each figure of the report is made of; no promise at all may be broken."""
Told = tuple[str, bytes, tuple[str, ...]]
"""A decision, whole: its key, its value and its envelope."""


class Replay:
    """The embedded runtime, given a partition's inputs at their times."""

    def __init__(self, rules: Rules, begins_at: datetime, log_id: str) -> None:
        self._clock = VirtualClock(begins_at)
        self.log = MemoryLog(self._clock, log_id)
        self._decider = Decider(self.log, rules(), batch_max=97)
        self._outputs, self._read = rules().outputs_topic, 0
        self._by_key: defaultdict[str, list[Told]] = defaultdict(list)
        with capture_logs():
            self._decider.start()

    def take(self, inputs: Sequence[Record]) -> None:
        """Append inputs that follow those before, one by one, and decide them."""
        for each in inputs:
            self._clock.set(each.stamped_at)
            self.log.append([Entry(each.topic, each.key, each.value, each.headers)])
        with capture_logs():
            while self._decider.step():
                pass

    def decision(self, key: str, at: int) -> Told | None:
        """The key's decision of that number, counted from 0; None if it has not so many."""
        end = self.log.end(self._outputs)
        for each in self.log.read(self._outputs, self._read, end - self._read):
            self._by_key[each.key].append(told(each))
        self._read = end
        return self._by_key[key][at] if at < len(self._by_key[key]) else None


@dataclass(frozen=True)
class Shard:
    """One partition of a decider: what came in, everything that was written, and what counts of it."""

    rules: Rules
    partition: int
    inputs: Sequence[Record]
    written: Sequence[Record]

    @property
    def counted(self) -> list[Record]:
        """What any reader counts; everything else is void for all of them."""
        chain = Chain()
        return [each for each in self.written if chain.accepts(each)]

    def replayed(self, log_id: str) -> MemoryLog:
        """The embedded log after the inputs were appended at their times, one by one, and decided."""
        replay = Replay(self.rules, self.inputs[0].stamped_at, log_id)
        replay.take(self.inputs)
        return replay.log


@dataclass(frozen=True)
class Truth:
    """All shards that have inputs, and all dead letters."""

    shards: Sequence[Shard]
    letters: Sequence[Record]

    def counts(self) -> Counts:
        """How often each input came in, and how often it was decided, refused repeats left out."""
        taken_in: Counter[str] = Counter()
        for shard in self.shards:
            taken_in.update(each.headers.get("ce_id", "") for each in shard.inputs)
        return Counts(taken_in, self.decisions() - self.refused_again())

    def decisions(self) -> Counter[str]:
        return Counter(each.headers["ce_cause"] for shard in self.shards for each in shard.counted)

    def refused_again(self) -> Counter[str]:
        """Inputs that came again long after they were decided, so that nobody knew them, and were refused then."""
        seen: set[tuple[str, str]] = set()
        found: Counter[str] = Counter()
        for each in (each for shard in self.shards for each in shard.counted):
            name = (each.key, each.headers["ce_cause"])
            found[name[1]] += name in seen and orjson.loads(each.value)["answer"] != "accepted"
            seen.add(name)
        return +found

    @property
    def voids(self) -> int:
        """Records that were written by somebody who had not read on, and count for nobody."""
        return sum(len(each.written) - len(each.counted) for each in self.shards)

    def letter_ids(self) -> Counter[str]:
        """How often there is a letter about each place; what was refused at the edge lies nowhere."""
        topics = {shard.rules().inputs_topic for shard in self.shards}
        return Counter(
            each.headers["ce_id"] for each in self.letters if orjson.loads(each.value)["topic"] in topics
        )


def read(link: KafkaLink, books: Sequence[Callable[[], Rulebook[Any, Any]]] = RULES) -> Truth:
    """Read everything that the deciders read and wrote; `books` are the rules with the terms that they knew."""
    shards = [shard for rules in books for shard in _shards(link, rules) if shard.inputs or shard.written]
    letters = [each for at in link.partitions(DEAD_LETTERS) for each in _all(link, DEAD_LETTERS, at)]
    return Truth(shards, letters)


def _shards(link: KafkaLink, rules: Rules) -> Iterator[Shard]:
    topics = rules()
    for at in link.partitions(topics.inputs_topic):
        inputs, written = _all(link, topics.inputs_topic, at), _all(link, topics.outputs_topic, at)
        yield Shard(rules, at, inputs, written)


def _all(link: KafkaLink, topic: str, partition: int) -> list[Record]:
    return [each for run in link.read(topic, partition, 0) for each in run]


NAMES: Final = frozenset({"window_id", "nomination_id", "hold_id", "take_id"})
"""What happens once. A fact that names none of these may be told of a vacancy again, if it moved on meanwhile."""


class FactsTold:
    """Knows which facts were told of which input, decision by decision.

    An input that comes again long after it was decided may have a second decision, for nobody remembers it for ever:
    that one refuses it. What is due by then is told under its id, and is other facts; so is what a deadline tells
    that the clock said again.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, bytes], int] = {}
        self._moved: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)

    def again(self, decision: Record) -> list[bytes]:
        """Take in the key's next decision that counts, and return its facts that were told of its input before."""
        key, cause, version = decision.key, decision.headers["ce_cause"], int(decision.headers["ce_version"])
        twice: list[bytes] = []
        subjects: set[str] = set()
        for fact in orjson.loads(decision.value)["facts"]:
            raw, subject = orjson.dumps(fact), fact.get("vacancy_id", "")
            before = self._known.get((key, cause, raw))
            if before is not None and (
                fact.keys() & NAMES or not self._has_moved(key, subject, cause, before)
            ):
                twice.append(raw)
            self._known[key, cause, raw] = version
            subjects.add(subject)
        for subject in subjects:
            self._moved[key, subject][cause] = version
        return twice

    def _has_moved(self, key: str, subject: str, cause: str, since: int) -> bool:
        """Tell whether another input brought facts about the same thing since then."""
        return any(version > since for other, version in self._moved[key, subject].items() if other != cause)


def facts_told_twice(truth: Truth) -> list[str]:
    """The ids of inputs of which a reader reads the same fact in two decisions."""
    facts = FactsTold()
    counted = (each for shard in truth.shards for each in shard.counted)
    return [each.headers["ce_cause"] for each in counted if facts.again(each)]


def told(record: Record) -> Told:
    return record.key, record.value, tuple(record.headers.get(name, "") for name in ENVELOPE)


def by_key(records: Sequence[Record]) -> dict[str, list[Told]]:
    found: dict[str, list[Told]] = {}
    for each in records:
        found.setdefault(each.key, []).append(told(each))
    return found


def must_be_decided_alike(truth: Truth) -> int:
    """Hold every decision that counts against the embedded runtime's, byte by byte; return how many there are."""
    for shard in truth.shards:
        counted, outputs = shard.counted, shard.rules().outputs_topic
        log_id = counted[0].headers["ce_log"] if counted else f"none/{shard.partition}"
        log = shard.replayed(log_id)
        expected = by_key(log.read(outputs, 0, log.end(outputs)))
        assert by_key(counted) == expected, (
            outputs,
            shard.partition,
            first_difference(by_key(counted), expected),
        )
    return sum(len(each.counted) for each in truth.shards)


def first_difference(found: Mapping[str, list[Told]], expected: Mapping[str, list[Told]]) -> object:
    """Where two tellings part, by key and version: enough to look for in the logs, and no content."""
    for key in sorted(found.keys() | expected.keys()):
        ours, theirs = found.get(key, []), expected.get(key, [])
        if ours != theirs:
            same = sum(1 for one, other in zip(ours, theirs, strict=False) if one == other)
            return key, f"{len(ours)} decisions, expected {len(theirs)}, parted after {same}"
    return "nothing"


def must_be_refused_once(truth: Truth) -> int:
    """Every input that cannot be read has one letter, and no other has any; return how many there are."""
    expected: Counter[str] = Counter()
    for shard in truth.shards:
        log = shard.replayed("letters")
        bodies = [orjson.loads(each.value) for each in log.read(DEAD_LETTERS, 0, log.end(DEAD_LETTERS))]
        expected.update(f"{each['topic']}:{shard.partition}:{each['offset']}" for each in bodies)
    found = truth.letter_ids()
    assert found == expected, {
        "missing": list(expected - found)[:5],
        "too many": list(found - expected)[:5],
    }
    return found.total()


def verify(brokers: str) -> dict[str, Any]:
    """Ask `hearth verify` for a second opinion on the topics; what it says to machines."""
    words = [*HEARTH, "verify", "--brokers", brokers, "--json"]
    found = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=VERIFY_MAX_S, check=False)
    assert found.stdout, found.stderr
    said: dict[str, Any] = json.loads(found.stdout)
    assert found.returncode == bool(broken(said)), found.stderr
    return said


def broken(said: Mapping[str, Any]) -> dict[str, Any]:
    """The promises that were broken, each with how often and the first breach."""
    return {each["promise"]: (each["broken"], each["first"]) for each in said["promises"] if each["broken"]}


def figures(said: Mapping[str, Any]) -> dict[str, int]:
    """The figures of the report, as the verifier counts them."""
    of = {each["promise"]: each["broken"] for each in said["promises"]}
    return {name: sum(of[promise] for promise in promises) for name, promises in FIGURES.items()}
