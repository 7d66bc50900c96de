"""Hearth on Kafka: the composition root of its processes. The same parts as in one process, each where it is told.

Builds and joins; decides nothing itself. A process keeps what it mirrors in a directory of its own, which can be
thrown away: everything in it comes from Kafka.
"""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from runtime.clock import SystemClock
from runtime.copies import Copy, Mirror, opened
from runtime.engine import Engine, Runner
from runtime.heartbeat import Following, Heart, forget
from runtime.kafka_link import KafkaLink
from runtime.kafka_log import KafkaLog, read_on
from runtime.kafka_security import OPEN, Security
from runtime.kafka_topics import TopicsDiffer, require
from runtime.kafka_worker import Options as WorkerOptions
from runtime.kafka_worker import make_worker, run_worker
from runtime.lock import LogLock
from runtime.log import LogMismatch
from schemas.topics import CATALOGUE, NAMING, Part, consumed_by, produced_by
from schemas.words import Channel as ChannelName
from services.brokerage_desk.adapters.redis_store import RedisStore
from services.brokerage_desk.following import Follower
from services.brokerage_desk.projection import NAME, TOPICS, ReadModel
from services.brokerage_desk.publishing import Publisher
from services.demo.lasting import Looks, live_on
from services.directory import Caller, Directory
from services.edge.saying import Defaults
from services.matcher.adapters.geography_file import read_geography
from services.matcher.adapters.terms_files import CALENDAR, POLICY, load_terms
from services.matcher.lately import Lately
from services.matcher.matching import Matching
from services.matcher.rulebooks import OffersRules, PlacementsRules
from services.matcher.translate import read_setting
from services.notifier.composing import make_notifier
from services.notifier.ports import Channel
from services.notifier.worker import Terms as NotifierTerms
from services.shipped import shipped
from services.standalone import CLOCK, Explainer, Options, clock_relay, compose, relays, run_server
from services.vacancy_ingest.feed import Feed
from services.vacancy_ingest.feed_topic import FeedTopic
from services.verifier.reading import DOWNSTREAM_FIRST

RELAYS: Final[Mapping[str, Part]] = {
    CLOCK: "clock",
    "courier-offers": "couriers",
    "courier-placements": "couriers",
    "listings": "listings relay",
    "fit": "fit",
}
IMPORTED: Final = "register"
"""What is followed by who imports it alone, and by the demo's people."""
DECIDED: Final = ("placements", "offers", "referrals", "vacancies")
"""What is decided and from what, effects before their causes."""
SAID_ONCE: Final = ("listings", "matches", "deliveries", "dead-letters")
"""Topics of which each id counts once. An input may come again, and is known to whom it reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a process works: which Kafka, under which name its log is known, and where its own directory is."""

    brokers: str
    log_id: str
    directory: Path
    security: Security = OPEN


def log_id(brokers: str, more: Sequence[FeedTopic] = (), security: Security = OPEN) -> str:
    """Return the name of the log that this Kafka holds; LogUnavailable, LogMismatch if a topic is not as declared.

    It is made of the ids that Kafka gave the two input topics. A topic that was deleted and made again has another
    id, and its offsets mean something else.
    """
    try:
        return require(brokers, [*CATALOGUE, *more], NAMING, security)
    except TopicsDiffer as error:
        raise LogMismatch(
            f"Kafka at {brokers}: {error} (`hearth topics apply` makes topics as declared)"
        ) from error


def run_decider(name: str, place: Place) -> None:
    """Decide as a member of the group `hearth-NAME` until a signal says stop. Ends the process."""
    with LogLock(_made(place.directory)):
        forget(place.directory)
        terms = load_terms()
        rulebook = {"offers": OffersRules, "placements": PlacementsRules}[name](terms)
        options = WorkerOptions(
            brokers=place.brokers,
            log_id=place.log_id,
            directory=place.directory,
            security=place.security,
        )
        run_worker(make_worker(rulebook, options))


def run_relays(names: Sequence[str], place: Place) -> None:
    """Carry what these relays carry until a signal says stop.

    Any of them may run twice at once: what a clock or a courier says again is known to whom it reaches, and a listing
    or a match that is said again, or late, counts for nobody.
    """
    with mirrored(place, f"hearth-{names[0]}", followed_by_relays(names)) as log:
        explainer, terms = Explainer(Matching(read_geography(shipped("geo_london")))), load_terms()
        once = relays(log.once(), SystemClock(), terms, explainer, Lately(read_setting))
        again_and_again = {CLOCK: clock_relay(log, SystemClock())}
        _turn_until_stopped(place, log, [{**once, **again_and_again}[name] for name in names])


def followed_by_relays(names: Sequence[str]) -> frozenset[str]:
    """What a process of these relays mirrors. The clock may say a deadline again, so it need not see what was said."""
    others = [RELAYS[name] for name in names if name != CLOCK]
    return seen_by(*others) | (consumed_by("clock") if CLOCK in names else frozenset())


def seen_by(*parts: Part) -> frozenset[str]:
    """What a process of these parts mirrors: what it follows, and what it says, so that nothing is said twice."""
    return (consumed_by(*parts) | produced_by(*parts)) - {IMPORTED}


def run_notifier(
    place: Place, directory: Directory, channels: Mapping[ChannelName, Channel], terms: NotifierTerms
) -> None:
    """Tell people until a signal says stop. One process at a time: two would say what they begin at once twice."""
    with mirrored(place, "hearth-notifier", seen_by("notifier")) as log:
        rest_days = load_terms().calendar(CALENDAR).holidays
        notifier = make_notifier(
            log.once(), SystemClock(), directory, dict(channels), terms=replace(terms, rest_days=rest_days)
        )
        _turn_until_stopped(place, log, [notifier])
        notifier.close()


def run_feed(place: Place, directory: Directory, caller: Caller, topic: FeedTopic) -> None:
    """Carry what one provider's program writes to its own topic until a signal says stop."""
    with mirrored(place, f"hearth-{topic.name}", {*seen_by("vacancy_ingest"), topic.name}) as log:
        feed = Feed(log, topic.name, caller, directory, Defaults(POLICY, CALENDAR))
        _turn_until_stopped(place, log, [feed])


def run_edge(
    place: Place,
    directory: Directory,
    address: tuple[str, int],
    terms: NotifierTerms,
    redis: str | None = None,
) -> None:
    """Serve the API and the page until a signal says stop; without a Redis it folds its picture for itself."""
    folded: tuple[Part, ...] = ("read model",) if redis is None else ()
    with (
        mirrored(place, "hearth-edge", seen_by("vacancy_ingest", "brokerage_desk", *folded)) as log,
        followed(redis, place.log_id) as follower,
    ):
        options = Options(
            is_edge_alone=True, is_demo=directory.is_made_up, notifier_terms=terms, followed=follower
        )
        system = compose(log.once(), SystemClock(), directory, options)
        with _showing_life(place, log, lambda: system.engine.turned_at):
            run_server(system, *address)


@contextmanager
def followed(redis: str | None, log_id: str) -> Iterator[Follower | None]:
    """A picture that is kept up with Redis by a thread of its own."""
    if redis is None:
        yield None
        return
    store = store_of(redis, log_id)
    follower = Follower(ReadModel(), store)
    follower.follow()
    try:
        yield follower
    finally:
        follower.close()
        store.close()


def run_read_model(place: Place, redis: str) -> None:
    """Write to Redis what is to be looked at until a signal says stop. Others may do so at the same time."""
    store = store_of(redis, place.log_id)
    with mirrored(place, "hearth-read-model", TOPICS) as log:
        _turn_until_stopped(place, log, [Publisher(log, store, SystemClock(), lambda: not log.is_behind)])
    store.close()


def store_of(redis: str, log_id: str) -> RedisStore:
    """The documents of this log in the form that this version gives them."""
    return RedisStore(redis, f"{log_id}:{NAME}")


def run_people(place: Place) -> None:
    """Let the demo's made-up people live on this Kafka until a signal says stop. One process at a time."""
    with mirrored(place, "hearth-people", [topic.name for topic in CATALOGUE]) as log:
        looks = Looks(SystemClock())
        with _showing_life(place, log, lambda: looks.last_at):
            live_on(log, SystemClock(), _stop_by_signal(), looks.note)


def _mirror(place: Place) -> Mirror:
    return opened(partial(Mirror, once=SAID_ONCE), place.directory / "mirror", place.log_id)


@contextmanager
def mirrored(place: Place, client_id: str, topics: Iterable[str]) -> Iterator[KafkaLog]:
    """These topics, their mirror in the place's directory, followed to their present end; LogInUse, LogUnavailable."""
    with LogLock(_made(place.directory)):
        forget(place.directory)
        link = KafkaLink(place.brokers, client_id, security=place.security)
        log = KafkaLog(link, _mirror(place), sorted(topics))
        try:
            log.follow()
            yield log
        finally:
            log.close()
            link.close()


@contextmanager
def copied(place: Place) -> Iterator[Mirror]:
    """What the log holds now, every effect with its cause; LogInUse, LogUnavailable."""
    with LogLock(_made(place.directory)):
        link = KafkaLink(place.brokers, "hearth-reader", security=place.security)
        mirror = _mirror(place)
        try:
            read_on(link, mirror, DOWNSTREAM_FIRST)
            yield mirror
        finally:
            mirror.close()
            link.close()


@contextmanager
def copied_apart(place: Place) -> Iterator[dict[int, Copy]]:
    """As `copied`, but each partition of what is decided is a log of its own, as its decider has it."""
    link = KafkaLink(place.brokers, "hearth-reader", security=place.security)
    found: dict[int, Copy] = {}
    try:
        for topic in DECIDED:
            for each in link.partitions(topic):
                if each not in found:
                    found[each] = opened(Copy, _made(place.directory) / str(each), f"{place.log_id}/{each}")
                for records in link.read(topic, each, found[each].end(topic)):
                    found[each].take_in(records)
        yield found
    finally:
        for copy in found.values():
            copy.close()
        link.close()


def _turn_until_stopped(place: Place, log: KafkaLog, runners: Sequence[Runner]) -> None:
    stopped = _stop_by_signal()
    engine = Engine(log, runners, SystemClock())
    with _showing_life(place, log, lambda: engine.turned_at):
        engine.serve()
        stopped.wait()
        engine.stop()


@contextmanager
def _showing_life(place: Place, log: KafkaLog, turned_at: Callable[[], datetime | None]) -> Iterator[None]:
    """Leave a sign of progress in the place's directory meanwhile; `hearth health` reads it."""
    heart = Heart(place.directory, turned_at, Following(log.ends, log.nexts))
    try:
        yield
    finally:
        heart.stop()


def _stop_by_signal() -> threading.Event:
    """What a polite request to end sets."""
    stopped = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopped.set())
    return stopped


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory
