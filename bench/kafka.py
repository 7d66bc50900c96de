"""`python -m bench.kafka`: measure all on a real Kafka, or what is named; tables for people, JSON for machines."""

import logging
import signal
import sys
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer

from .__main__ import RESULTS, measured
from .kafka_run import Name, run
from .logs import be_quiet

FIGURES: Final = "figures-kafka.json"


def main(
    names: Annotated[list[Name] | None, typer.Argument(help="Which benches; all if none is named.")] = None,
    tiny: Annotated[
        bool, typer.Option(help="As small as can be: shows that it runs, measures nothing.")
    ] = False,
    is_json: Annotated[bool, typer.Option("--json", help="Print JSON alone.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write JSON there too.")] = None,
    brokers: Annotated[
        str | None, typer.Option(help="An empty Kafka, host:port, to use in place of one of this run's own.")
    ] = None,
    results: Annotated[Path, typer.Option(help="Where the JSON of a whole run goes.")] = RESULTS,
) -> None:
    """Measure Hearth on a Kafka of its own. A missed figure is shown so; the exit code does not hang on it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything that was started is ended
    be_quiet()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a topic that was made just now is tried again
    found = measured(
        lambda told: run(names or list(Name), is_tiny=tiny, told=told, brokers=brokers), is_json=is_json
    )
    body = orjson.dumps([each.as_json() for each in found], option=orjson.OPT_INDENT_2) + b"\n"
    if is_json:
        typer.echo(body, nl=False)
    if out is not None:
        out.write_bytes(body)
    if names is None and not (tiny and results == RESULTS):
        results.mkdir(parents=True, exist_ok=True)
        (results / FIGURES).write_bytes(body)


if __name__ == "__main__":
    typer.run(main)
