import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from runtime.clock import VirtualClock
from runtime.sqlite_log import SqliteLog
from services.cli import app
from services.demo.scenes import takes, windows
from services.standalone import System
from tests.golden.stories import BEGINS_AT, scenes

Json = dict[str, Any]
ANSWERED, STANDING_BY = "T-9000001:1:1", "T-9000003:1:1"
"""The vacancies of the first and of the third scene."""
EVERY = 40
"""How many moments lie between two looks at the picture."""

runner = CliRunner()


def run(*words: str) -> tuple[int, str, str]:
    """Run `hearth` and return its code and what it said."""
    before = structlog.get_config()
    found = runner.invoke(app, list(words))
    structlog.configure(**before)
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.stdout, found.stderr


def told(*words: str) -> Json:
    """Run `hearth … --json`, which must go well, and return its object."""
    code, out, err = run(*words, "--json")
    assert (code, err) == (0, "")
    found: Json = json.loads(out)
    return found


@dataclass(slots=True)
class Played:
    """A story on a log in a folder, with what was so and what was said at moments of it."""

    data: Path
    pictures: dict[datetime, Json] = field(default_factory=dict)
    explained: dict[str, Json] = field(default_factory=dict)
    replayed: Json = field(default_factory=dict)
    moments: int = 0

    def watch(self, system: System, clock: VirtualClock) -> None:
        self.moments += 1
        if self.moments % EVERY == 0:
            self.pictures[clock.now()] = picture(system)
            if not self.replayed:
                self.replayed = told("replay", "--data", str(self.data))
        window = open_window(system, ANSWERED)
        if window is not None and window["window_id"] not in self.explained:
            self.explained[window["window_id"]] = told("explain", ANSWERED, "--data", str(self.data))
        if standbys(system, STANDING_BY) and STANDING_BY not in self.explained:
            self.explained[STANDING_BY] = told("explain", STANDING_BY, "--data", str(self.data))


def vacancies(system: System) -> Iterator[Json]:
    for entry in system.read_model.picture.settings.values():
        yield from (place["vacancy"] for place in entry["state"]["places"] if place["vacancy"])


def open_window(system: System, vacancy_id: str) -> Json | None:
    return next((each["window"] for each in vacancies(system) if each["vacancy_id"] == vacancy_id), None)


def standbys(system: System, vacancy_id: str) -> list[Json]:
    return next((each["standbys"] for each in vacancies(system) if each["vacancy_id"] == vacancy_id), [])


def picture(system: System) -> Json:
    """What the read model shows now, counted."""
    shown = system.read_model.picture
    states = [entry["state"] for entry in shown.settings.values()]
    return {
        "settings": dict(Counter(each["registration"] for each in states)),
        "referrals": dict(Counter(entry["state"]["status"] for entry in shown.referrals.values())),
        "open_windows": sorted(
            each["window"]["window_id"] for each in vacancies(system) if each["window"] is not None
        ),
        "held": sum(each["hold"] is not None for each in vacancies(system)),
        "reserved": sum(each["reservation"] is not None for each in vacancies(system)),
        "vacancies": sum(1 for _ in vacancies(system)),
    }


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Scenes of windows and takes, played once for all who only read."""
    found = Played(tmp_path_factory.mktemp("played"))
    clock = VirtualClock(BEGINS_AT)
    log = SqliteLog(found.data, clock, log_id="played", is_synced=False)
    try:
        scenes((*windows.SCENES, *takes.SCENES), log, clock, found.watch)
    finally:
        log.close()
    return found
