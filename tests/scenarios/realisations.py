"""Hearth on the embedded log and Hearth on Kafka, as real processes that are told apart by nothing but this file.

Knows processes, folders, and where each of the two keeps its log. Knows no rule and no scenario.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import orjson

from deploy.local.processes import free_port, is_listening, wait_until
from deploy.local.system import SERVICES, Service
from runtime.clock import SystemClock, monotonic_s
from runtime.kafka_link import KafkaLink
from runtime.log import Entry
from runtime.relay import UNCOMMITTED_MAX
from runtime.sqlite_log import SqliteLog
from services.matcher.rulebooks import OffersRules, PlacementsRules
from tests.scenarios.installation import Installation, Json, Note, Process
from tests.scenarios.parties import directory
from tests.storm_kafka import truth as truths
from tests.storm_kafka.cluster import Cluster

HOST: Final = "127.0.0.1"
START_MAX_S: Final = 240.0
REST_MAX_S: Final = 120.0
QUIET_S: Final = 2.0
"""So long nothing was written, before it is said that nothing will be."""
CARRIED: Final = (("listings", "offers"), ("listings", "placements"), ("fit", "listings"))
"""Who may be behind and write nothing meanwhile, and what they read."""
TOPICS: Final = (
    "vacancies",
    "offers",
    "referrals",
    "placements",
    "listings",
    "matches",
    "deliveries",
    "dead-letters",
)


class Hearth(Protocol):
    """All of Hearth, whatever its log is."""

    name: str
    port: int
    is_over: bool
    """Whether it came to rest and was ended."""

    def start(self) -> None:
        """Start every process, and return once the API answers."""
        ...

    def kill_decider(self) -> None:
        """End whatever decides about settings, as a crash would."""
        ...

    def start_decider(self) -> None:
        """Start it again, and return at once."""
        ...

    def letters(self) -> list[Json]:
        """What the notifier has said, in its order."""
        ...

    def come_to_rest(self) -> None:
        """Wait until nothing is written any more, and end every process in good order."""
        ...

    def broken_promises(self) -> Json:
        """What the verifier finds broken in the whole log."""
        ...

    def decided_again(self) -> int:
        """Decide all inputs again on the embedded runtime, to the same bytes; return how many decisions there are."""
        ...

    def end(self) -> None:
        """End whatever still runs."""
        ...


def laid_out(folder: Path) -> tuple[Installation, Path]:
    """A new installation, and its directory file."""
    installation, names = Installation(folder / "installation"), folder / "directory.json"
    installation.lay_out()
    names.write_text(directory().model_dump_json())
    return installation, names


def read_outbox(path: Path) -> list[Json]:
    whole = path.read_bytes() if path.exists() else b""
    return [orjson.loads(line) for line in whole[: whole.rfind(b"\n") + 1].splitlines()]


def wait_for_page(port: int, processes: Sequence[Process]) -> None:
    """Return once the API takes requests; AssertionError if it does not, or a process ended."""
    wait_until(
        lambda: is_listening(HOST, port) or not all(each.is_running for each in processes), START_MAX_S
    )
    assert all(each.is_running for each in processes), [each.last_words for each in processes]
    assert is_listening(HOST, port), [each.last_words for each in processes]


@dataclass
class Embedded:
    """One process on one directory."""

    folder: Path
    note: Note
    name: str = "embedded"
    port: int = field(default_factory=free_port)
    is_over: bool = False

    def __post_init__(self) -> None:
        self.installation, names = laid_out(self.folder)
        self.data = self.folder / "data"
        words = ("serve", "--data", str(self.data), "--port", str(self.port), "--directory", str(names))
        self.process = Process(self.installation, words, self.folder / "serve", self.note)

    def start(self) -> None:
        self.process.start()
        wait_for_page(self.port, [self.process])

    def kill_decider(self) -> None:
        self.process.kill()

    def start_decider(self) -> None:
        self.process.start()

    def letters(self) -> list[Json]:
        return read_outbox(self.data / "outbox.jsonl")

    def come_to_rest(self) -> None:
        log = SqliteLog(self.data, SystemClock(), is_read_only=True)
        try:
            assert wait_until(Quiet(lambda: {each: log.end(each) for each in TOPICS}), REST_MAX_S)
        finally:
            log.close()
        self.process.end()
        self.is_over = True

    def broken_promises(self) -> Json:
        return self.installation.broken_promises("--data", str(self.data))

    def decided_again(self) -> int:
        found = self.installation.asked("replay", "--data", str(self.data))
        assert found["difference"] is None, found["difference"]
        return sum(found["decisions"].values())

    def end(self) -> None:
        self.process.kill()


@dataclass
class OnKafka:
    """The processes of `deploy/local` on a broker of their own, their picture on Redis."""

    brokers: str
    redis: str
    folder: Path
    note: Note
    name: str = "kafka"
    port: int = field(default_factory=free_port)
    is_over: bool = False

    def __post_init__(self) -> None:
        self.installation, self.names = laid_out(self.folder)
        self.processes = {each.name: self._process(each) for each in SERVICES}

    def _process(self, service: Service) -> Process:
        folder = self.folder / service.name
        words = ["work", *service.parts, "--brokers", self.brokers, "--state", str(folder / "state")]
        words += ["--directory", str(self.names)] if service.has_directory else []
        words += ["--redis", self.redis] if service.has_redis else []
        words += ["--port", str(self.port)] if service.is_edge else []
        return Process(self.installation, tuple(words), folder, self.note)

    def start(self) -> None:
        for each in self.processes.values():
            each.start()
        wait_for_page(self.port, list(self.processes.values()))

    def kill_decider(self) -> None:
        self.processes["offers"].kill()

    def start_decider(self) -> None:
        self.processes["offers"].start()

    def letters(self) -> list[Json]:
        return read_outbox(self.folder / "notifier" / "state" / "outbox.jsonl")

    def append(self, *entries: Entry) -> None:
        """Write to the log as somebody else's program may."""
        link = KafkaLink(self.brokers, "outside")
        link.send(entries)
        link.close()

    def come_to_rest(self) -> None:
        """All inputs are acknowledged, and all relays have carried everything."""
        assert all(each.is_running for each in self.processes.values()), self.last_words
        cluster = Cluster(self.brokers)
        is_quiet = Quiet(cluster.ends)
        is_at_rest = lambda: is_quiet() and cluster.is_all_acknowledged() and self._is_all_carried()  # noqa: E731
        assert wait_until(is_at_rest, REST_MAX_S), self.last_words
        for each in reversed(self.processes.values()):
            each.end()
        self.is_over = True

    @property
    def last_words(self) -> list[str]:
        return [each.last_words for each in self.processes.values()]

    def _is_all_carried(self) -> bool:
        log = SqliteLog(self.folder / "relays" / "state" / "mirror", SystemClock(), is_read_only=True)
        try:
            return all(
                log.end(topic) - log.position(f"{name}:{topic}") < UNCOMMITTED_MAX for name, topic in CARRIED
            )
        finally:
            log.close()

    def broken_promises(self) -> Json:
        return self.installation.broken_promises("--brokers", self.brokers)

    def decided_again(self) -> int:
        terms, link = self.installation.terms(), KafkaLink(self.brokers, "truth")
        try:
            truth = truths.read(link, [lambda: OffersRules(terms), lambda: PlacementsRules(terms)])
        finally:
            link.close()
        assert not truths.facts_told_twice(truth)
        return truths.must_be_decided_alike(truth)

    def end(self) -> None:
        for each in self.processes.values():
            each.kill()


class Quiet:
    """Tells whether what it reads has stayed the same for `QUIET_S`."""

    def __init__(self, read: object) -> None:
        assert callable(read)
        self._read, self._last, self._since_s = read, None, monotonic_s()

    def __call__(self) -> bool:
        found = self._read()
        if found != self._last:
            self._last, self._since_s = found, monotonic_s()
        return monotonic_s() - self._since_s > QUIET_S


def must_be_whole(hearth: Hearth) -> None:
    """End it, and hold its whole log against every promise, and every decision against the embedded runtime's."""
    hearth.come_to_rest()
    assert hearth.broken_promises() == {}
    said = Counter(each["key"] for each in hearth.letters())
    assert {key: count for key, count in said.items() if count > 1} == {}, "a message was said twice"
    assert hearth.decided_again() > 0
