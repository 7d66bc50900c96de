"""`hearth topics`: the topics of a Kafka cluster, as the catalogue says.

Exit 1: they differ; 2: refused; 75: no Kafka answers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from .kafka import security
from .telling import refuse, refuse_for_now, say, say_json, say_table

if TYPE_CHECKING:
    from runtime.kafka_acls import Grant
    from runtime.kafka_topics import Declared

DIFFER = 1

app = typer.Typer(help="The topics of a Kafka cluster: made and checked as the catalogue says.")

Brokers = Annotated[str, typer.Option(envvar="HEARTH_KAFKA", help="host:port, more of them after commas.")]
Feed = Annotated[
    list[str] | None,
    typer.Option(metavar="TOPIC", help="Besides: the own topic of a provider whose program writes to Kafka."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")]


@app.command()
def apply(
    brokers: Brokers,
    replication: Annotated[
        int, typer.Option(min=1, help="Copies of each record. One cannot promise to survive a power cut.")
    ] = 3,
    feed: Feed = None,
    is_json: Json = False,
) -> None:
    """Make what is missing and mend what can be mended. Nothing is touched if something must be refused."""
    from schemas.topics import NAMING

    declared = _declared(feed)
    with plain_reasons():
        from runtime import kafka_topics

        secured = security()
        done = kafka_topics.apply(brokers, declared, replication=replication, security=secured)
        log_id = kafka_topics.require(brokers, declared, NAMING, secured)
    if is_json:
        told = [{"topic": each.topic, "did": each.did, "details": each.details} for each in done]
        say_json({"log_id": log_id, "topics": told})
        return
    say_table(
        f"log {log_id}", ("topic", "", ""), ((each.topic, each.did, ", ".join(each.details)) for each in done)
    )


@app.command()
def check(brokers: Brokers, feed: Feed = None, is_json: Json = False) -> None:
    """Say where the cluster is not as the catalogue says; change nothing."""
    from schemas.topics import NAMING

    declared = _declared(feed)
    with plain_reasons():
        from runtime import kafka_topics

        secured = security()
        differences = kafka_topics.check(brokers, declared, security=secured)
        log_id = None if differences else kafka_topics.require(brokers, declared, NAMING, secured)
    if is_json:
        told = [
            {"topic": each.topic, "what": each.what, "found": each.found, "declared": each.declared}
            for each in differences
        ]
        say_json({"log_id": log_id, "differences": told})
    elif differences:
        rows = ((each.topic, each.what, each.found, each.declared) for each in differences)
        say_table("not as declared", ("topic", "what", "found", "declared"), rows)
    else:
        say(f"All {len(declared)} topics of log {log_id} are as declared.")
    if differences:
        raise typer.Exit(DIFFER)


@app.command()
def acls(
    brokers: Annotated[
        str | None, typer.Option(envvar="HEARTH_KAFKA", help="Only with --apply: host:port, as above.")
    ] = None,
    feed: Feed = None,
    is_applied: Annotated[
        bool, typer.Option("--apply", help="Give on the cluster what is missing. Nothing is taken away.")
    ] = False,
    is_json: Json = False,
) -> None:
    """Say which principal may do what, by the catalogue: each process what it needs, a provider its own feed."""
    names = [each.name for each in _declared(feed) if each.name in (feed or ())]
    with plain_reasons():
        from runtime import kafka_acls
        from services.grants import grants

        wanted = grants(names)
        if not is_applied:
            _show(wanted, is_json=is_json)
            return
        if brokers is None:
            refuse("--brokers: where it is to be given")
        given = kafka_acls.give(brokers, wanted, security())
    if is_json:
        say_json({name: [str(each) for each in getattr(given, name)] for name in ("added", "strangers")})
        return
    say(f"{len(given.added)} rights given, {len(given.kept)} were there.")
    for stranger in given.strangers:
        say(f"Not by the catalogue, and left as it is: {stranger}")


def _show(wanted: "list[Grant]", *, is_json: bool) -> None:
    from dataclasses import astuple

    if is_json:
        say_json({"grants": [str(each) for each in wanted]})
    else:
        say_table(f"{len(wanted)} rights", ("principal", "may", "what", "name"), map(astuple, wanted))


def _declared(feeds: list[str] | None) -> "list[Declared]":
    """The catalogue, and the topics of these feeds."""
    from schemas.topics import CATALOGUE
    from services.vacancy_ingest.feed_topic import FeedTopic

    own = [FeedTopic(name) for name in feeds or ()]
    if wrong := [each for each in own if not each.is_well_named]:
        refuse(*["--feed: feed- and at most 27 small letters and hyphens" for _ in wrong])
    return [*CATALOGUE, *own]


@contextmanager
def plain_reasons() -> Iterator[None]:
    """End the command with one line for each reason."""
    from runtime.log import LogUnavailable

    try:
        from runtime.kafka_topics import TopicsDiffer
    except ModuleNotFoundError as error:
        refuse(f"{error.name} is not installed: Kafka needs `pip install hearth[kafka]`")
    try:
        yield
    except TopicsDiffer as error:
        refuse(*error.problems)
    except LogUnavailable as error:
        refuse_for_now(str(error))
