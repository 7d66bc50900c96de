"""`hearth health`: whether a process of `hearth work` comes on. 0: it does; 1: it does not; 75: its log does not."""

from pathlib import Path
from typing import Annotated

import typer

from .telling import say, say_json


def health(
    state: Annotated[
        Path, typer.Option(envvar="HEARTH_STATE", help="The directory of the process, as it was told.")
    ],
    within_s: Annotated[
        float, typer.Option(min=1, help="What it last said of itself may be so many seconds old.")
    ] = 60,
    is_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a line.")] = False,
) -> None:
    """Say whether a process comes on: it ends its turns, its log answers, and what is appended comes to it."""
    from runtime.clock import SystemClock
    from runtime.heartbeat import problem_of, read

    beat = read(state)
    problem = problem_of(beat, SystemClock().now(), within_s)
    says = "it works" if problem is None else problem.says
    if is_json:
        say_json({"is_well": problem is None, "says": says, **({} if beat is None else beat._asdict())})
    else:
        say(says)
    if problem is not None:
        raise typer.Exit(problem.code)
