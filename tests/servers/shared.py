"""The servers of a test run: where they are and how to end them, written down where all its processes look.

A shared server is started by the first process that needs it. Whoever began the run ends all that were written
down; should it be killed itself, `guard` does.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from deploy.local.kafka import held
from deploy.local.processes import Mark, kill, spawn
from runtime.clock import new_id
from tests.servers.brokers import Broker, NoServer
from tests.servers.engine import Contained, remove
from tests.servers.redises import Redis


def share(run: Path, name: str, start: Callable[[Path], Broker | Redis]) -> str:
    """The address of the run's server of this name; NoServer, for all processes alike."""
    noted = run / f"{name}.json"
    with held(run / f"{name}.lock"):
        if not noted.exists():
            try:
                note(noted, start(run / name))
            except NoServer as error:
                noted.write_bytes(orjson.dumps({"problem": str(error)}))
        found = orjson.loads(noted.read_bytes())
    if "problem" in found:
        raise NoServer(found["problem"])
    address: str = found["address"]
    return address


def note_own(run: Path, server: Broker | Redis) -> None:
    """Write down a server of one test's own, in case the test cannot end it."""
    note(run / f"own-{new_id()}.json", server)


def note(path: Path, server: Broker | Redis) -> None:
    guard(path.parent)
    address = server.url if isinstance(server, Redis) else server.address
    path.write_bytes(orjson.dumps({"address": address, **how_to_end(server)}))


def how_to_end(server: Broker | Redis) -> dict[str, Any]:
    if isinstance(server, Contained):
        return {"container": server.container_id}
    mark: Mark = server.mark  # type: ignore[union-attr] # all others are processes of this machine
    return {"pid": mark.pid, "began_s": mark.began_s}


def guard(run: Path) -> None:
    """Start the process that ends the run's servers should the run be killed; once."""
    with held(run / "guard.lock"):
        if not (run / "guard").exists():
            owner = Mark.read(run / "owner")
            command = (
                sys.executable,
                "-m",
                "tests.servers.guard",
                str(owner.pid),
                repr(owner.began_s),
                str(run),
            )
            paths = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
            spawn(command, run / "guard.log", env=paths).write(run / "guard")


def end_all(run: Path) -> None:
    """End every server that was written down in this run."""
    for noted in run.glob("*.json"):
        found = orjson.loads(noted.read_bytes())
        if "container" in found:
            remove(found["container"])
        elif "pid" in found:
            kill(Mark(found["pid"], found["began_s"]))
