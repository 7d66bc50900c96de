"""Who may do what with Hearth's topics on a Kafka that asks: each process what its parts need, a provider its own feed.

Derived from the catalogue: a topic is written by those that the catalogue names as its producers, and by nobody else.
Knows which process is which parts; must not know a server.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from runtime.kafka_acls import CLUSTER, Grant
from schemas.topics import CATALOGUE, NAMING, Part, consumed_by, produced_by

IMPORTED: Final = "register"
"""None of these processes imports a register."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process of `hearth work`, or a person's commands, by the name under which it connects."""

    name: str
    parts: tuple[Part, ...] = ()
    group: str | None = None

    @property
    def writes(self) -> tuple[str, ...]:
        return tuple(sorted(produced_by(*self.parts) - {IMPORTED}))

    @property
    def reads(self) -> tuple[str, ...]:
        """What it follows, and what it writes: who wants to say nothing twice looks at what was said."""
        return tuple(sorted({*consumed_by(*self.parts), *self.writes} - {IMPORTED}))


FEEDS: Final = Process(name="hearth-feeds", parts=("vacancy_ingest",))
"""Carries what providers' own programs write."""
OPS: Final = "hearth-ops"
"""Commands: topics, verify, replay, explain, lag, dead-letters."""
PROCESSES: Final = (
    Process(
        name="hearth-offers",
        parts=("offers decider",),
        group="hearth-offers",
    ),
    Process(
        name="hearth-placements",
        parts=("placements decider",),
        group="hearth-placements",
    ),
    Process(name="hearth-relays", parts=("clock", "couriers", "listings relay", "fit")),
    Process(name="hearth-read-model", parts=("read model",)),
    Process(name="hearth-edge", parts=("vacancy_ingest", "brokerage_desk", "read model")),
    Process(name="hearth-notifier", parts=("notifier",)),
    FEEDS,
)


def grants(feeds: Sequence[str] = ()) -> list[Grant]:
    """Every right that Hearth's processes need, and those of the providers whose feeds these are."""
    found = [each for process in PROCESSES for each in _of_process(process)]
    found += [*_of_ops(feeds), *(each for feed in feeds for each in _of_feed(feed))]
    return sorted(found)


def _of_process(process: Process) -> Iterator[Grant]:
    who = f"User:{process.name}"
    for topic in CATALOGUE:
        yield Grant(who, "DESCRIBE", "TOPIC", topic.name)
        yield Grant(
            who, "DESCRIBE_CONFIGS", "TOPIC", topic.name
        )  # it looks at its start whether all is as declared
    yield from (Grant(who, "READ", "TOPIC", name) for name in process.reads)
    yield from (Grant(who, "WRITE", "TOPIC", name) for name in process.writes)
    if not process.writes:
        yield Grant(who, "IDEMPOTENT_WRITE", "CLUSTER", CLUSTER)  # it opens a producer, to ask for partitions
    if process.group is not None:
        yield Grant(who, "READ", "GROUP", process.group)


def _of_feed(feed: str) -> Iterator[Grant]:
    """A provider's program connects under the name of its feed; the process that carries it reads it."""
    yield from (Grant(f"User:{feed}", each, "TOPIC", feed) for each in ("DESCRIBE", "WRITE"))
    carrier = f"User:{FEEDS.name}"
    yield from (Grant(carrier, each, "TOPIC", feed) for each in ("DESCRIBE", "DESCRIBE_CONFIGS", "READ"))


def _of_ops(feeds: Sequence[str]) -> Iterator[Grant]:
    """Everything may be read and looked at; written are only inputs, when a dead letter is said again."""
    who = f"User:{OPS}"
    for name in (*(topic.name for topic in CATALOGUE), *feeds):
        for operation in ("READ", "DESCRIBE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"):
            yield Grant(who, operation, "TOPIC", name)
    yield from (Grant(who, "WRITE", "TOPIC", name) for name in NAMING)
    yield from (Grant(who, operation, "CLUSTER", CLUSTER) for operation in ("CREATE", "DESCRIBE"))
    yield from (
        Grant(who, "DESCRIBE", "GROUP", process.group) for process in PROCESSES if process.group is not None
    )
