"""`hearth work`: one process of Hearth on Kafka."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from runtime.garbage import few_collections

from .kafka import security
from .telling import refuse, refuse_for_now, say

REDIS_URLS = ("redis://", "rediss://", "unix://")

if TYPE_CHECKING:
    from schemas.words import Channel as ChannelName
    from services.directory import Caller, Directory
    from services.notifier.ports import Channel
    from services.notifier.settings import NotifierSettings
    from services.notifier.worker import Terms
    from services.on_kafka.place import Place
    from services.vacancy_ingest.feed_topic import FeedTopic


def work(  # noqa: PLR0913, PLR0917 - a command has as many options as there is to say
    parts: Annotated[
        list[str],
        typer.Argument(
            help="One of offers, placements, notifier, edge, feed, read-model, made-up-people; or any of clock, "
            "courier-offers, courier-placements, listings, fit."
        ),
    ],
    brokers: Annotated[
        str, typer.Option(envvar="HEARTH_KAFKA", help="host:port, more of them after commas.")
    ],
    state: Annotated[
        Path, typer.Option(envvar="HEARTH_STATE", help="A directory of this process alone, for its mirror.")
    ],
    directory: Annotated[
        Path | None, typer.Option(envvar="HEARTH_DIRECTORY", help="Who may call and who is told.")
    ] = None,
    redis: Annotated[
        str | None,
        typer.Option(
            envvar="HEARTH_REDIS",
            help="Of read-model and edge: redis://…. An edge without it folds its picture for itself.",
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Of edge: 127.0.0.1 lets in this machine alone.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of edge.")] = 8000,
    provider: Annotated[str | None, typer.Option(help="Of feed: whose it is, by the directory.")] = None,
    topic: Annotated[str | None, typer.Option(help="Of feed: the provider's own topic.")] = None,
) -> None:
    """Run one part of Hearth, or some relays, against Kafka until a signal says stop."""
    with few_collections():
        try:
            from runtime import kafka_log  # noqa: F401 - it shows whether Kafka's clients are installed
        except ModuleNotFoundError as error:
            refuse(f"{error.name} is not installed: install hearth[kafka]")
        from pydantic import ValidationError

        from runtime.lock import LogInUse
        from runtime.log import LogMismatch, LogUnavailable
        from services.directory import DirectoryUnusable
        from services.on_kafka.topics import RELAYS

    part = _part(parts, RELAYS)
    _check_redis(redis, is_needed=part.needs_redis)
    try:
        _run(part, parts, Told(brokers, state, directory, redis, (host, port), provider, topic))
    except DirectoryUnusable as error:
        refuse(*[f"{directory}: {problem}" for problem in error.problems])
    except ValidationError as error:
        refuse(*[f"settings: {' '.join([*map(str, each['loc']), each['msg']])}" for each in error.errors()])
    except LogInUse as error:
        refuse_for_now(f"the directory is in use: {error}")
    except (LogUnavailable, LogMismatch, OSError) as error:
        refuse_for_now(str(error))


@dataclass(frozen=True, slots=True)
class Told:
    """What a process was told by whoever started it."""

    brokers: str
    state: Path
    directory: Path | None
    redis: str | None
    address: tuple[str, int]
    provider: str | None
    topic: str | None


@dataclass(frozen=True, slots=True)
class Work:
    """What a part is given when it is run: its names, where it works, what it was told and who may call."""

    names: Sequence[str]
    place: "Place"
    told: Told
    people: "Directory"
    settings: "NotifierSettings"


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of process: how it is run, and what it needs besides Kafka and a directory of its own."""

    run: Callable[[Work], None]
    needs_redis: bool = False
    needs_feed: bool = False
    """A provider of the directory, and a topic that is that provider's own."""


def _decide(work: Work) -> None:
    with few_collections():
        from services.on_kafka.deciding import run_decider
    run_decider(work.names[0], work.place)


def _tell(work: Work) -> None:
    from services.on_kafka.telling import run_notifier

    run_notifier(work.place, work.people, _ways(work.settings, work.told.state), _terms(work))


def _serve(work: Work) -> None:
    from services.on_kafka.serving import run_edge

    run_edge(work.place, work.people, work.told.address, _terms(work), work.told.redis)


def _fold(work: Work) -> None:
    from services.on_kafka.serving import run_read_model

    run_read_model(work.place, work.told.redis or "")


def _feed(work: Work) -> None:
    from services.on_kafka.feeding import run_feed

    run_feed(work.place, work.people, *_fed(work.people, work.told))


def _live(work: Work) -> None:
    from services.on_kafka.living import run_people

    run_people(work.place)


def _carry(work: Work) -> None:
    from services.on_kafka.relaying import run_relays

    run_relays(work.names, work.place)


ALONE: Final = {
    "offers": Part(_decide),
    "placements": Part(_decide),
    "notifier": Part(_tell),
    "edge": Part(_serve),
    "feed": Part(_feed, needs_feed=True),
    "read-model": Part(_fold, needs_redis=True),
    "made-up-people": Part(_live),
}
"""What is a process of its own."""
SHARED: Final = Part(_carry)
"""What any relays may share."""


def _part(names: Sequence[str], relays: Collection[str]) -> Part:
    """The part that these names say; ends the command if one process cannot be all of them."""
    if len(names) == 1 and names[0] in ALONE:
        return ALONE[names[0]]
    if unknown := [each for each in names if each not in relays]:
        refuse(f"parts: {unknown[0]} is no relay, and what is no relay is a process of its own")
    return SHARED


def _check_redis(redis: str | None, *, is_needed: bool) -> None:
    if redis is None and is_needed:
        refuse("--redis: where read-model writes")
    if redis is not None and not redis.startswith(REDIS_URLS):
        refuse(f"--redis: an address begins with {' or '.join(REDIS_URLS)}")


def _run(part: Part, names: Sequence[str], told: Told) -> None:
    """Look at all that the part needs, then run it; raises what the directory, the settings and the log raise."""
    from runtime.logging import configure, configure_libraries
    from services.directory import Directory, load_directory
    from services.notifier.settings import NotifierSettings
    from services.on_kafka.place import Place

    configure()
    configure_libraries()
    people = Directory() if told.directory is None else load_directory(told.directory)
    topics = (_fed(people, told)[1],) if part.needs_feed else ()
    place = Place.on(told.brokers, told.state, security(), topics)
    settings = NotifierSettings()
    told.state.mkdir(parents=True, exist_ok=True)
    say(f"{' '.join(names)} on {told.brokers}, its mirror in {told.state}. Ctrl-C ends it.")
    part.run(Work(names, place, told, people, settings))


def _terms(work: Work) -> "Terms":
    from services.notifier.worker import Terms

    return Terms(base_url=work.settings.base_url)


def _ways(settings: "NotifierSettings", state: Path) -> "dict[ChannelName, Channel]":
    """The ways to tell people; the outbox lies beside the mirror."""
    from rich.console import Console

    from services.notifier.composing import channels

    return channels(console=Console(), outbox=state / "outbox.jsonl", mail=settings.mail_server())


def _fed(directory: "Directory", told: Told) -> "tuple[Caller, FeedTopic]":
    """Whose feed it is and where it lies; ends the command if one of them is not known."""
    from schemas.words import Role
    from services.directory import Caller
    from services.vacancy_ingest.feed_topic import FeedTopic

    entry = directory.entry(Role.PROVIDER, told.provider or "")
    topic = FeedTopic(told.topic or "")
    if entry is None:
        refuse("--provider: one of the directory's providers, whose program writes the feed")
    if not topic.is_well_named:
        refuse(
            "--topic: feed- and at most 27 small letters and hyphens, as `hearth topics apply --feed` made it"
        )
    return Caller(Role.PROVIDER, entry.id, entry.name), topic
