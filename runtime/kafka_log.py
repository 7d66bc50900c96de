"""The log's port over Kafka, for relays, projections and edges: written to Kafka, read from a mirror that follows it.

Knows topics, partitions and threads. Must not know what a value says. An append is durable once it returns, and is
seen in the mirror a moment later. There is no transaction over topics: a position is written after what it carried,
so what is carried may be carried twice, under the same id.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import structlog

from runtime.clock import monotonic_s
from runtime.copies import Mirror
from runtime.engine import BACKOFF_S, stop_process, where
from runtime.kafka_link import KafkaLink
from runtime.kafka_records import Run
from runtime.kafka_sending import Sent
from runtime.log import Entry, Log, LogMismatch, LogUnavailable, Overtaken, Placed, Record

SEEN_MAX_S: Final = 30.0
AGAIN_MAX_S: Final = 1.0
NO_POSITION: Final = -1

logger = structlog.get_logger()


def read_on(link: KafkaLink, mirror: Mirror, topics: Sequence[str]) -> list[tuple[str, int]]:
    """Mirror what these topics hold now, topic after topic, and return their partitions."""
    places = [(topic, each) for topic in topics for each in link.partitions(topic)]
    for topic, partition in places:
        for run in link.read(topic, partition, mirror.position(f"{topic}/{partition}")):
            take_in(mirror, run)
    return places


def take_in(mirror: Mirror, run: Run) -> None:
    """Mirror a run; Overtaken if it does not follow what is there."""
    if run.nexts:
        begins = {f"{topic}/{each}": at for (topic, each), at in run.begins.items()}
        mirror.take_in(run, {f"{topic}/{each}": at for (topic, each), at in run.nexts.items()}, begins)


def said_by(error: BaseException) -> str:
    """What an error of ours says, which quotes no payload."""
    return str(error) if isinstance(error, LogMismatch | Overtaken) else ""


class KafkaLog(Log):
    """Some topics of a Kafka, for any number of threads. `follow` before it is used."""

    def __init__(self, link: KafkaLink, mirror: Mirror, topics: Sequence[str]) -> None:
        """`topics` are those that are read; any may be written."""
        self._link, self._mirror, self._topics = link, mirror, tuple(topics)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="mirror", daemon=True)
        self._places: list[tuple[str, int]] = []
        self._behind = threading.Event()
        self._behind.set()

    @property
    def is_behind(self) -> bool:
        """Whether the mirror is known not to be at Kafka's end."""
        return self._behind.is_set()

    @property
    def log_id(self) -> str:
        return self._mirror.log_id

    # --- following ----------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Read what there is by now, then go on in a thread of its own; LogUnavailable, LogMismatch."""
        self._places = read_on(self._link, self._mirror, self._topics)
        self._behind.clear()
        self._thread.start()

    def _follow(self) -> None:
        delay_s = BACKOFF_S
        while not self._stopped.is_set():
            try:
                for run in self._link.following(self.nexts(), self._stopped):
                    take_in(self._mirror, run)
                    self._behind.clear()
                    delay_s = BACKOFF_S
            except LogUnavailable as error:
                self._behind.set()
                logger.warning("mirror_is_behind", reason=str(error), retry_after_s=delay_s)
                self._stopped.wait(delay_s)
                delay_s = min(AGAIN_MAX_S, delay_s * 2)
            except BaseException as error:  # noqa: BLE001 - whatever it is, nobody may go on with an old picture
                logger.critical(
                    "mirror_failed", error=type(error).__name__, reason=said_by(error), at=where(error)
                )
                stop_process(error)

    def nexts(self) -> dict[tuple[str, int], int]:
        """The offset in each partition that the mirror takes in next."""
        return {(topic, each): self._mirror.position(f"{topic}/{each}") for topic, each in self._places}

    def ends(self, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """Where these partitions end in Kafka now; LogUnavailable."""
        return self._link.ends(places)

    def close(self) -> None:
        """Stop following, and let go of the mirror."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        self._mirror.close()

    # --- writing ------------------------------------------------------------------------------------------------

    def append(
        self,
        entries: Sequence[Entry],
        *,
        expected: Mapping[str, int] | None = None,
        positions: Mapping[str, int] | None = None,
    ) -> tuple[Placed, ...]:
        """Send to Kafka, wait until the mirror has it, then move the positions.

        No offsets are told, for a decision's position cannot be held against the mirror's.

        So who appends reads what it wrote, as on any log. `expected` is held against the mirror: two who append
        at once may both do it. LogUnavailable also if it was appended and does not come back in time; at once while
        Kafka is known to be out of reach.
        """
        for topic, end in (expected or {}).items():
            if (found := self._mirror.end(topic)) != end:
                raise Overtaken(topic, end, found)
        if entries and self.is_behind:
            raise LogUnavailable("Kafka does not answer, and nothing was sent")
        sent = self._link.send(entries) if entries else []
        self._await([each for each in sent if each.topic in self._topics])
        if positions:
            self._mirror.append([], positions=positions)
        return tuple(Placed(NO_POSITION, each.stamped_at) for each in sent)

    def _await(self, sent: Sequence[Sent]) -> None:
        """Wait until the mirror has everything that was sent."""
        last = {(each.topic, each.partition): each.offset for each in sent if each.offset is not None}
        until_s = monotonic_s() + SEEN_MAX_S
        for (topic, partition), offset in last.items():
            pulse = self._mirror.pulse()
            while self._mirror.position(f"{topic}/{partition}") <= offset:
                if (left_s := until_s - monotonic_s()) <= 0:
                    raise LogUnavailable("what was appended does not come back from Kafka")
                pulse = self._mirror.wait(pulse, left_s)

    def once(self) -> "Once":
        """The same log for who must not say a thing twice."""
        return Once(self)

    def save_snapshot(self, name: str, offset: int, body: bytes) -> None:
        self._mirror.save_snapshot(name, offset, body)

    # --- reading ------------------------------------------------------------------------------------------------

    def read(self, topic: str, start: int, limit: int) -> list[Record]:
        return self._mirror.read(topic, start, limit)

    def end(self, topic: str) -> int:
        return self._mirror.end(topic)

    def latest(self, topic: str, key: str) -> Record | None:
        return self._mirror.latest(topic, key)

    def latest_of_each(self, topic: str) -> Iterator[Record]:
        return self._mirror.latest_of_each(topic)

    def caused(self, topic: str, cause_id: str) -> Record | None:
        return self._mirror.caused(topic, cause_id)

    def caused_by_each(self, topic: str, cause_ids: Iterable[str]) -> dict[str, Record]:
        return self._mirror.caused_by_each(topic, cause_ids)

    def cause_of(self, decision: Record, inputs_topic: str) -> Record | None:
        return self._mirror.cause_of(decision, inputs_topic)

    def position(self, name: str) -> int:
        return self._mirror.position(name)

    def load_snapshot(self, name: str) -> tuple[int, bytes] | None:
        return self._mirror.load_snapshot(name)

    def pulse(self) -> int:
        return self._mirror.pulse()

    def wait(self, pulse: int, timeout_s: float) -> int:
        return self._mirror.wait(pulse, timeout_s)


class Once(KafkaLog):
    """Appends nothing whose id its topic has already, as far as the mirror has seen.

    A relay that was ended after it had carried and before it had noted so, or that lost its positions, carries nothing
    again. Not for the clock, which says the same deadline until it is honoured. Whom it was made from follows for it.
    """

    def __init__(self, followed: KafkaLog) -> None:
        super().__init__(followed._link, followed._mirror, followed._topics)  # noqa: SLF001 - one log, seen in two ways
        self._behind = followed._behind  # noqa: SLF001

    def append(
        self,
        entries: Sequence[Entry],
        *,
        expected: Mapping[str, int] | None = None,
        positions: Mapping[str, int] | None = None,
    ) -> tuple[Placed, ...]:
        """As on any log; what is there already has the place that it has."""
        there = self._there(entries)
        new = [each for each in entries if _name(each) not in there]
        placed = dict(
            zip(map(_name, new), super().append(new, expected=expected, positions=positions), strict=True)
        )
        return tuple(placed.get(name) or self._placed(name[0], there[name]) for name in map(_name, entries))

    def _there(self, entries: Sequence[Entry]) -> dict[tuple[str, str], int]:
        ids: defaultdict[str, list[str]] = defaultdict(list)
        for topic, event_id in map(_name, entries):
            ids[topic].append(event_id)
        found = {topic: self._mirror.known(topic, some) for topic, some in ids.items()}
        return {
            (topic, event_id): offset for topic, some in found.items() for event_id, offset in some.items()
        }

    def _placed(self, topic: str, offset: int) -> Placed:
        [record] = self._mirror.read(topic, offset, 1)
        return Placed(NO_POSITION, record.stamped_at)


def _name(entry: Entry) -> tuple[str, str]:
    return entry.topic, entry.headers["ce_id"]
