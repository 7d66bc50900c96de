"""`hearth work`: one process of Hearth on Kafka."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .telling import refuse, refuse_for_now, say

REDIS_URLS = ("redis://", "rediss://", "unix://")

if TYPE_CHECKING:
    from schemas.words import Channel as ChannelName
    from services.directory import Caller, Directory
    from services.notifier.ports import Channel
    from services.notifier.settings import NotifierSettings
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
    try:
        from services import on_kafka
    except ModuleNotFoundError as error:
        refuse(f"{error.name} is not installed: install hearth[kafka]")
    from pydantic import ValidationError

    from runtime.lock import LogInUse
    from runtime.log import LogMismatch, LogUnavailable
    from services.directory import DirectoryUnusable

    is_alone = len(parts) == 1 and parts[0] in on_kafka.ALONE
    if not is_alone and (unknown := [each for each in parts if each not in on_kafka.RELAYS]):
        refuse(f"parts: {unknown[0]} is no relay, and what is no relay is a process of its own")
    _check_redis(redis, is_needed=on_kafka.READ_MODEL in parts)
    try:
        _run(parts, brokers, state, directory, Wanted((host, port), provider, topic, redis))
    except DirectoryUnusable as error:
        refuse(*[f"{directory}: {problem}" for problem in error.problems])
    except ValidationError as error:
        refuse(*[f"settings: {' '.join([*map(str, each['loc']), each['msg']])}" for each in error.errors()])
    except LogInUse as error:
        refuse_for_now(f"the directory is in use: {error}")
    except (LogUnavailable, LogMismatch, OSError) as error:
        refuse_for_now(str(error))


def _check_redis(redis: str | None, *, is_needed: bool) -> None:
    if redis is None and is_needed:
        refuse("--redis: where read-model writes")
    if redis is not None and not redis.startswith(REDIS_URLS):
        refuse(f"--redis: an address begins with {' or '.join(REDIS_URLS)}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What only some parts are told."""

    address: tuple[str, int]
    provider: str | None
    topic: str | None
    redis: str | None


def _run(parts: list[str], brokers: str, state: Path, directory: Path | None, wanted: Wanted) -> None:
    from runtime.logging import configure, configure_libraries
    from services import on_kafka
    from services.directory import Directory, load_directory
    from services.notifier.settings import NotifierSettings
    from services.notifier.worker import Terms

    configure()
    configure_libraries()
    found = Directory() if directory is None else load_directory(directory)
    fed = _feed(found, wanted) if parts[0] == on_kafka.FEED else None
    topics = () if fed is None else (fed[1],)
    place = on_kafka.Place(brokers=brokers, log_id=on_kafka.log_id(brokers, topics), directory=state)
    settings = NotifierSettings()
    terms = Terms(base_url=settings.base_url)
    state.mkdir(parents=True, exist_ok=True)
    say(f"{' '.join(parts)} on {brokers}, its mirror in {state}. Ctrl-C ends it.")
    if parts[0] in on_kafka.DECIDERS:
        on_kafka.run_decider(parts[0], place)
    elif fed is not None:
        on_kafka.run_feed(place, found, *fed)
    elif parts[0] == on_kafka.EDGE:
        on_kafka.run_edge(place, found, wanted.address, terms, wanted.redis)
    elif parts[0] == on_kafka.READ_MODEL:
        on_kafka.run_read_model(place, wanted.redis or "")
    elif parts[0] == on_kafka.NOTIFIER:
        on_kafka.run_notifier(place, found, _ways(settings, state), terms)
    elif parts[0] == on_kafka.PEOPLE:
        on_kafka.run_people(place)
    else:
        on_kafka.run_relays(parts, place)


def _ways(settings: "NotifierSettings", state: Path) -> "dict[ChannelName, Channel]":
    """The ways to tell people; the outbox lies beside the mirror."""
    from rich.console import Console

    from services.notifier.composing import channels

    return channels(console=Console(), outbox=state / "outbox.jsonl", mail=settings.mail_server())


def _feed(directory: "Directory", wanted: Wanted) -> "tuple[Caller, FeedTopic]":
    """Whose feed it is and where it lies; ends the command if one of them is not known."""
    from schemas.words import Role
    from services.directory import Caller
    from services.vacancy_ingest.feed_topic import FeedTopic

    entry = directory.entry(Role.PROVIDER, wanted.provider or "")
    topic = FeedTopic(wanted.topic or "")
    if entry is None:
        refuse("--provider: one of the directory's providers, whose program writes the feed")
    if not topic.is_well_named:
        refuse(
            "--topic: feed- and at most 27 small letters and hyphens, as `hearth topics apply --feed` made it"
        )
    return Caller(Role.PROVIDER, entry.id, entry.name), topic
