"""An installation of Hearth that knows one policy more: under it a hold and a choice of an emergency last seconds.

Lays this checkout out as a wheel would, with data of its own beside the code. Knows folders and one policy; no rule.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from deploy.local.processes import Mark, end, kill, last_lines, spawn
from runtime.clock import new_id
from services.matcher.adapters.terms_files import POLICY, load_terms
from services.matcher.domain.policy import Terms
from tests.architecture.source import ROOT
from tests.servers.shared import guard

QUICK: Final = "scenarios-1"
"""The policy of all scenarios; in everything that is not named here it is the one that comes with Hearth."""
SHORT_S: Final = 3
LONG_S: Final = 7200
LONG: Final = {"calendar": "elapsed", "seconds": LONG_S}
SHORT: Final = {"calendar": "elapsed", "seconds": SHORT_S}
WAITS: Final = {"first": LONG, "planned": LONG, "foster": LONG, "emergency": SHORT}
"""How long a hold and a choice last. All of it elapses, so that a scenario is the same at every hour."""
COMMAND_MAX_S: Final = 300

Json = dict[str, Any]
Note = Callable[[str, Mark], None]
"""Writes a process down, so that it is ended should the run be killed."""


def noting(run: Path) -> Note:
    """Write processes down in a test run's folder; see `tests/servers/shared.py`."""
    mine = new_id()
    guard(run)

    def note(name: str, mark: Mark) -> None:
        marked = {"pid": mark.pid, "began_s": mark.began_s}
        (run / f"own-{mine}-{name}.json").write_bytes(orjson.dumps(marked))

    return note


@dataclass(frozen=True)
class Installation:
    """Where the program lies."""

    root: Path

    def lay_out(self) -> None:
        """Link all code and all data, but for the policies: these are copied, and one more is added."""
        data, policies = self.root / "services" / "_data", self.root / "services" / "_data" / "policies"
        policies.mkdir(parents=True)
        for package in ("runtime", "schemas"):
            (self.root / package).symlink_to(ROOT / package)
        for each in (ROOT / "services").iterdir():
            if each.name not in {"_data", "__pycache__"}:
                (self.root / "services" / each.name).symlink_to(each)
        for each in (ROOT / "data").iterdir():
            if each.name != policies.name:
                (data / each.name).symlink_to(each)
        for each in (ROOT / "data" / "policies").glob("*.json"):
            (policies / each.name).write_bytes(each.read_bytes())
        shipped = orjson.loads((ROOT / "data" / "policies" / f"{POLICY}.json").read_bytes())
        quick = {"version": QUICK, "hold": WAITS, "choice": WAITS, "take_grace_s": 1, "remainder_min_s": 1}
        (policies / f"{QUICK}.json").write_bytes(orjson.dumps({**shipped, **quick}))

    def terms(self) -> Terms:
        """What this installation knows of policies and calendars."""
        return load_terms(policies=self.root / "services" / "_data" / "policies")

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.root), "PYTHONSAFEPATH": "1"}

    @staticmethod
    def hearth(*words: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "services.cli", *words)

    def asked(self, *words: str) -> Json:
        """What a command of this installation says to machines."""
        found = subprocess.run(
            self.hearth(*words, "--json"), env=self.environment, cwd=self.root,
            capture_output=True, text=True, timeout=COMMAND_MAX_S, check=False,
        )  # fmt: skip
        assert found.stdout, found.stderr
        told: Json = orjson.loads(found.stdout)
        return told

    def broken_promises(self, *where: str) -> Json:
        """What `hearth verify` finds broken there: how often, and the first breach of each."""
        promises = self.asked("verify", *where)["promises"]
        assert sum(each["checked"] for each in promises) > 0
        return {each["promise"]: (each["broken"], each["first"]) for each in promises if each["broken"]}


@dataclass
class Process:
    """One process of an installation, and the folder that its output lies in."""

    installation: Installation
    words: tuple[str, ...]
    folder: Path
    note: Note
    mark: Mark | None = field(default=None)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def is_running(self) -> bool:
        return self.mark is not None and self.mark.find() is not None

    @property
    def last_words(self) -> str:
        return f"{self.name}: {last_lines(self.folder / 'output.log')}"

    def start(self) -> None:
        """Start it, and wait for nothing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = self.installation.hearth(*self.words)
        self.mark = spawn(command, self.folder / "output.log", env=self.installation.environment)
        self.note(self.name, self.mark)

    def kill(self) -> None:
        """End it as a crash would."""
        if self.mark is not None:
            kill(self.mark)

    def end(self) -> None:
        """End it in good order."""
        if self.mark is not None:
            end(self.mark)
