"""`hearth demo`: six made-up weeks on the real London register, then live."""

from pathlib import Path
from typing import Annotated

import typer

from .telling import refuse, refuse_for_now


def demo(
    is_once: Annotated[bool, typer.Option("--once", help="End after the six weeks.")] = False,
    is_json: Annotated[
        bool, typer.Option("--json", help="One JSON object instead of a show; with --once.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Another seed, other weeks.")] = 1,
    port: Annotated[int, typer.Option(help="Where the page is served afterwards.")] = 8000,
    data: Annotated[
        Path | None, typer.Option(help="Where the log shall be, empty or new; else a temporary folder.")
    ] = None,
) -> None:
    """Run six made-up weeks on the real London register at high speed, then stay live with a page on this machine."""
    from runtime.lock import LogInUse
    from runtime.log import LogMismatch, LogUnavailable
    from services.demo.command import DemoRefused, Wanted, run_demo

    if not 0 <= seed < 2**32:
        refuse("--seed: a whole number from 0 to 4294967295")
    if not 1 <= port <= 65535:
        refuse("--port: a whole number from 1 to 65535")
    if is_json and not is_once:
        refuse("--json: one object at the end needs --once")
    try:
        run_demo(Wanted(is_once=is_once, is_json=is_json, seed=seed, port=port, data=data))
    except DemoRefused as refusal:
        refuse(str(refusal))
    except LogInUse as error:
        refuse_for_now(f"the log is in use: {error}")
    except (LogUnavailable, LogMismatch, OSError) as error:
        refuse_for_now(str(error))
