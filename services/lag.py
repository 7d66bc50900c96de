"""How far Hearth on Kafka is behind, from what lies in its topics: never from what a process says of itself.

Knows a mirror of the topics and what each kind of part owes them. Decides nothing. A process that hangs, or that is not
there, shows as work that nobody has done.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from runtime.copies import Mirror
from runtime.log import DEAD_LETTERS, Entry, Record
from schemas.topics import TOPICS
from services.letterbox import letters_of
from services.matcher import couriers, due
from services.notifier.translate import DELIVERIES, read_delivery

RECENT_MAX: Final = 5000
"""How many of a topic's newest records are looked at for what nobody carried or ended."""
CHUNK: Final = 1000
INPUTS: Final = {"offers": "vacancies", "placements": "referrals"}
GROUPS: Final = {f"hearth-{decider}": topic for decider, topic in INPUTS.items()}
"""The consumer group of each decider, and what it acknowledges."""
COURIERS: Final[Mapping[str, tuple[str, Callable[[Record], Sequence[Entry]]]]] = {
    "courier-offers": ("offers", couriers.carry_offers),
    "courier-placements": ("placements", couriers.carry_placements),
}

UNDECIDED, UNCARRIED, OVERDUE, UNENDED = "undecided", "uncarried", "overdue", "unended"
MEANS: Final = {
    UNDECIDED: "inputs that no decision answers; of: the decider",
    UNCARRIED: "messages between the rule books that are not there yet; of: the courier",
    OVERDUE: "deadlines that have passed and are not honoured; of: the decider",
    UNENDED: "messages to people that are begun and neither sent nor given up; of: notifier",
}
WAITING, OLDEST, LETTERS, MEASURED = (
    "hearth_waiting",
    "hearth_waiting_oldest_seconds",
    "hearth_dead_letters",
    "hearth_measured_at_seconds",
)
METRICS: Final = {
    WAITING: ("How much waits", ("what", "of")),
    OLDEST: ("How long the oldest of it has waited; 0 if nothing waits", ("what", "of")),
    LETTERS: ("Refused records, each once", ("topic", "code")),
    MEASURED: ("When this was measured, in seconds since 1970", ()),
}
"""Every metric, what it says and its labels. Alerts and dashboards name these and no others."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much of one kind waits, and since when the oldest has."""

    what: str
    of: str
    count: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Lag:
    """What was found at one instant."""

    log_id: str
    at: datetime
    waiting: tuple[Waiting, ...]
    letters: Mapping[tuple[str, str], int]

    def oldest_s(self, each: Waiting) -> float:
        """How long the oldest has waited, by the log's stamps against this machine's clock; never below 0."""
        return 0.0 if each.oldest_at is None else max(0.0, (self.at - each.oldest_at).total_seconds())


def measure(mirror: Mirror, acknowledged: Mapping[tuple[str, int], int], at: datetime) -> Lag:
    """Look at everything. What was appended while the mirror was read counts as waiting, and is seconds old."""
    waiting = (
        *(undecided(mirror, name, acknowledged) for name in INPUTS),
        *(_waiting(UNCARRIED, name, uncarried(mirror, name)) for name in COURIERS),
        *(_waiting(OVERDUE, name, overdue(mirror, name, at)) for name in INPUTS),
        _waiting(UNENDED, "notifier", unended(mirror)),
    )
    letters, _ = letters_of(_records(mirror, DEAD_LETTERS, 0))
    counts = Counter((each.said.topic, each.said.code.value) for each in letters)
    return Lag(mirror.log_id, at, waiting, counts)


def _waiting(what: str, of: str, since: Iterable[datetime]) -> Waiting:
    found = list(since)
    return Waiting(what, of, len(found), min(found, default=None))


def undecided(mirror: Mirror, decider: str, acknowledged: Mapping[tuple[str, int], int]) -> Waiting:
    """The inputs that are neither acknowledged nor before the last decision of their partition.

    What is refused or said again has no decision; that it was acknowledged shows that it was looked at.
    """
    topic, count, oldest = INPUTS[decider], 0, list[datetime]()
    for partition in range(TOPICS[topic].partitions):
        start = max(acknowledged.get((topic, partition), 0), _decided(mirror, decider, partition))
        first = mirror.at(topic, partition, start)
        if first is not None:
            count += mirror.position(f"{topic}/{partition}") - start
            oldest.append(first.stamped_at)
    return Waiting(UNDECIDED, decider, count, min(oldest, default=None))


def _decided(mirror: Mirror, decider: str, partition: int) -> int:
    """The offset after the last input whose decision counts."""
    end = mirror.position(f"{decider}/{partition}")
    newest = (mirror.at(decider, partition, each) for each in reversed(range(max(0, end - CHUNK), end)))
    last = next((each for each in newest if each is not None and not each.is_void), None)
    return 0 if last is None else int(last.headers["ce_position"]) + 1


def uncarried(mirror: Mirror, courier: str) -> Iterator[datetime]:
    """When each of the newest decisions was made of which something does not lie where it belongs."""
    topic, carry = COURIERS[courier]
    for record in _newest(mirror, topic):
        entries = carry(record)
        wanted = {(each.topic, each.headers["ce_id"]) for each in entries}
        if any(event_id not in mirror.known(where, [event_id]) for where, event_id in wanted):
            yield record.stamped_at


def overdue(mirror: Mirror, decider: str, at: datetime) -> Iterator[datetime]:
    """Each deadline that the last decision of a key names and that has passed."""
    for record in mirror.latest_of_each(decider):
        found = due.due_of(record)
        if found is not None and found.at <= at:
            yield found.at


def unended(mirror: Mirror) -> Iterator[datetime]:
    """When each of the newest messages was begun, or last tried, that is not over."""
    last = {}
    for record in _newest(mirror, DELIVERIES):
        written = read_delivery(record)
        last[written.key, written.channel] = written.is_over, record.stamped_at
    return (stamped_at for is_over, stamped_at in last.values() if not is_over)


def _newest(mirror: Mirror, topic: str) -> Iterator[Record]:
    return (
        each for each in _records(mirror, topic, max(0, mirror.end(topic) - RECENT_MAX)) if not each.is_void
    )


def _records(mirror: Mirror, topic: str, start: int) -> Iterator[Record]:
    while records := mirror.read(topic, start, CHUNK):
        yield from records
        start = records[-1].offset + 1


# --- for machines -------------------------------------------------------------------------------------------


def as_json(lag: Lag) -> dict[str, Any]:
    """Return what machines read."""
    waiting = [
        {"what": each.what, "of": each.of, "count": each.count, "oldest_s": round(lag.oldest_s(each), 3)}
        for each in lag.waiting
    ]
    letters = [
        {"topic": topic, "code": code, "letters": count} for (topic, code), count in lag.letters.items()
    ]
    return {"log_id": lag.log_id, "at": lag.at.isoformat(), "waiting": waiting, "dead_letters": letters}


def write(lag: Lag, path: Path) -> None:
    """Write the metrics as Prometheus reads them, whole or not at all: for a textfile collector. OSError."""
    registry = CollectorRegistry()
    gauges = {name: Gauge(name, says, labels, registry=registry) for name, (says, labels) in METRICS.items()}
    for each in lag.waiting:
        gauges[WAITING].labels(each.what, each.of).set(each.count)
        gauges[OLDEST].labels(each.what, each.of).set(lag.oldest_s(each))
    for (topic, code), count in lag.letters.items():
        gauges[LETTERS].labels(topic, code).set(count)
    gauges[MEASURED].set(lag.at.timestamp())
    write_to_textfile(str(path), registry)
