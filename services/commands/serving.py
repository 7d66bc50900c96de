"""`hearth serve`: all of Hearth in one process on one directory of data."""

from pathlib import Path
from typing import Annotated

import typer

from .telling import refuse, refuse_for_now, say


def serve(
    data: Annotated[Path, typer.Option(help="Where the log is, or shall be.")],
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="127.0.0.1 lets in this machine alone.")] = "127.0.0.1",
    directory: Annotated[
        Path | None, typer.Option(help="Who may call; else DATA/directory.json, if it is there.")
    ] = None,
) -> None:
    """Take in vacancies and referrals, walk ladders, tell people, and serve the API and the page."""
    from pydantic import ValidationError

    from runtime.lock import LogInUse
    from runtime.log import LogMismatch, LogUnavailable
    from services.directory import DirectoryUnusable

    try:
        run(data, host, port, directory)
    except DirectoryUnusable as error:
        refuse(*[f"{directory or data}: {problem}" for problem in error.problems])
    except ValidationError as error:
        refuse(*[f"settings: {' '.join([*map(str, each['loc']), each['msg']])}" for each in error.errors()])
    except LogInUse as error:
        refuse_for_now(f"the log is in use: {error}")
    except (LogUnavailable, LogMismatch, OSError) as error:
        refuse_for_now(str(error))


def run(data: Path, host: str, port: int, directory: Path | None) -> None:
    """Build and serve; raises what the directory and the log raise."""
    from rich.console import Console

    from runtime.clock import SystemClock
    from runtime.logging import configure
    from services.directory import Directory, load_directory
    from services.notifier.composing import channels
    from services.notifier.settings import NotifierSettings
    from services.notifier.worker import Terms
    from services.standalone import Options, build, run_server

    beside = data / "directory.json"
    directory = beside if directory is None and beside.exists() else directory
    found = Directory() if directory is None else load_directory(directory)
    settings = NotifierSettings()
    configure()
    data.mkdir(parents=True, exist_ok=True)
    ways = channels(console=Console(), outbox=data / "outbox.jsonl", mail=settings.mail_server())
    options = Options(channels=ways, notifier_terms=Terms(base_url=settings.base_url))
    system = build(data, SystemClock(), found, options)
    say(f"Hearth on http://{host}:{port}, its log in {data}. Ctrl-C ends it.")
    if not any(entry.tokens for _, entry in found.entries()):
        say("No party has a token, so nobody can call. `hearth directory token` makes one.")
    run_server(system, host, port)
