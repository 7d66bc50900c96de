"""`hearth lag`: what waits on a Kafka, and since when. Exit 0: measured, however much it is; 75: no Kafka answers."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from .kafka import place_on
from .telling import refuse_for_now, say_json, say_table

if TYPE_CHECKING:
    from services.lag import Lag


def lag(
    brokers: Annotated[
        str, typer.Option(envvar="HEARTH_KAFKA", help="host:port, more of them after commas.")
    ],
    state: Annotated[
        Path | None,
        typer.Option(
            help="A directory of this command alone: what is read is kept, and only news is read again."
        ),
    ] = None,
    prometheus: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the metrics there, for a textfile collector.")
    ] = None,
    is_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> None:
    """Say what waits in the topics: inputs, messages between rule books, deadlines, messages to people."""
    from runtime.lock import LogInUse
    from runtime.log import LogMismatch, LogUnavailable

    try:
        if state is not None:
            found = measured(brokers, state)
        else:
            with TemporaryDirectory(prefix="hearth-lag-") as directory:
                found = measured(brokers, Path(directory))
        if prometheus is not None:
            from services.lag import write

            write(found, prometheus)
    except (LogUnavailable, LogMismatch, LogInUse, OSError) as error:
        refuse_for_now(str(error))
    if is_json:
        from services.lag import as_json

        say_json(as_json(found))
    elif prometheus is None:
        show(found)


def measured(brokers: str, state: Path) -> "Lag":
    """Read on what is new, and measure; LogUnavailable, LogMismatch, LogInUse."""
    place = place_on(brokers, state)
    from runtime.clock import SystemClock
    from services.lag import GROUPS, measure
    from services.on_kafka.reading import acknowledged, copied

    with copied(place) as mirror:
        return measure(mirror, acknowledged(place, GROUPS), SystemClock().now())


def show(found: "Lag") -> None:
    """Show people what waits."""
    rows = [
        (each.what, each.of, str(each.count), f"{found.oldest_s(each):.0f} s" if each.count else "")
        for each in found.waiting
    ]
    rows += [("refused", f"{topic} {code}", str(count), "") for (topic, code), count in found.letters.items()]
    say_table(f"log {found.log_id} at {found.at:%F %T}Z", ("what", "of", "waits", "oldest"), rows)
