"""`python -m deploy.local up|down`: the whole system on this machine without containers. `make up` calls it."""

from pathlib import Path
from typing import Annotated

import typer

from runtime.kafka_topics import TopicsDiffer
from runtime.log import LogUnavailable

from . import system
from .processes import CannotStart

CANNOT = 75
"""sysexits' EX_TEMPFAIL: this machine cannot now; what was asked is not wrong."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

State = Annotated[Path, typer.Option(help="Where Kafka's data, the notes of processes and their output lie.")]
STATE = Path("hearth-up")


@app.command()
def up(
    state: State = STATE,
    kafka_port: Annotated[int, typer.Option(min=1, max=65535)] = 9092,
    valkey_port: Annotated[int, typer.Option(min=1, max=65535)] = 6379,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Of the page and the API.")] = 8000,
    directory: Annotated[
        Path | None, typer.Option(help="Who may call and who is told; else the demo's made-up people.")
    ] = None,
) -> None:
    """Start Kafka, Valkey, the topics and all services."""
    place = system.Place(
        state=state.resolve(),
        kafka_port=kafka_port,
        valkey_port=valkey_port,
        page_port=port,
        directory=None if directory is None else directory.resolve(),
    )
    try:
        system.up(place, typer.echo)
    except (CannotStart, LogUnavailable, TopicsDiffer, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(CANNOT) from None
    typer.echo(f"Hearth on http://{system.HOST}:{port}, what each part says in {state}/*/output.log.")


@app.command()
def down(state: State = STATE) -> None:
    """End what `up` started, and nothing else. Kafka's data stays in the state directory."""
    count = system.down(state.resolve(), typer.echo)
    typer.echo(f"{count} processes ended." if count else "Nothing was up.")


if __name__ == "__main__":
    app()
