"""`hearth serve`: all of Hearth in one process on one directory of data."""

from pathlib import Path
from typing import Annotated

import typer

from .telling import refuse, say

UNAVAILABLE = 75
"""sysexits' EX_TEMPFAIL: the log is in use or out of reach; try again later."""


def serve(
    data: Annotated[Path, typer.Option(help="Where the log is, or shall be.")],
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="127.0.0.1 lets in this machine alone.")] = "127.0.0.1",
    directory: Annotated[Path | None, typer.Option(help="Who may call; without it nobody may.")] = None,
) -> None:
    """Take in vacancies and referrals, walk ladders, tell people, and serve the API and the page."""
    from rich.console import Console

    from runtime.clock import SystemClock
    from runtime.lock import LogInUse
    from runtime.log import LogMismatch, LogUnavailable
    from runtime.logging import configure
    from services.directory import Directory, DirectoryUnusable, load_directory
    from services.notifier.composing import channels
    from services.notifier.settings import NotifierSettings
    from services.notifier.worker import Terms as NotifierTerms
    from services.standalone import Options, build, run_server

    configure()
    try:
        found = Directory() if directory is None else load_directory(directory)
    except DirectoryUnusable as error:
        refuse(*[f"{directory}: {problem}" for problem in error.problems])
    if directory is None:
        say("No --directory: nobody can call. `hearth directory token` makes a token.")
    settings = NotifierSettings()
    ways = channels(console=Console(), outbox=data / "outbox.jsonl", mail=settings.mail_server())
    terms = NotifierTerms(base_url=settings.base_url)
    try:
        system = build(data, SystemClock(), found, Options(channels=ways, notifier_terms=terms))
        run_server(system, host, port)
    except LogInUse as error:
        refuse_for_now(f"the log is in use: {error}")
    except (LogUnavailable, LogMismatch) as error:
        refuse_for_now(str(error))


def refuse_for_now(problem: str) -> None:
    typer.echo(problem, err=True)
    raise typer.Exit(UNAVAILABLE)
