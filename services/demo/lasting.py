"""The demo's people on a log that other processes decide: real register, made-up people, from now on.

Knows the stage, the world and how to wait for what others decide. There are no six weeks behind them: a log that stamps
its records itself cannot be told that time has passed. The people speak by the log alone, so they may be stopped and
started again; then they have forgotten what they were about, and begin anew.
"""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random
from typing import Final

import structlog

from runtime.clock import Clock, SystemClock
from runtime.engine import await_all_caused
from runtime.log import Log, LogUnavailable, Overtaken, Record
from runtime.memory_log import MemoryLog
from services.demo import world
from services.demo.channel import MadeUpChannel
from services.demo.life import Life, Volume
from services.demo.live import HOUR, LOOK_EVERY_S
from services.demo.play import Act
from services.demo.scenes.scene import Scene, Theatre
from services.demo.stage import Pace, Stage
from services.demo.world import SHOWN_PROVIDER
from services.directory import Directory
from services.matcher.adapters.terms_files import CALENDAR, load_terms
from services.matcher.runners import decide_all
from services.vacancy_ingest.register_events import SOURCE

MADE_UP_HOMES: Final = 8
PLACES: Final = 4
DECIDED_MAX_S: Final = 30.0
READ_AT_ONCE: Final = 2000
VOLUME: Final = Volume(vacancies_a_day=4.0, referrals_a_day=6.0)

logger = structlog.get_logger()


def made_up_directory() -> Directory:
    """Everybody of the demo on a shared log, with the demo's tokens: the same wherever it is asked for."""
    clock = SystemClock()
    log = MemoryLog(clock)
    world.load_register(log)
    decide_all(log)
    theatre = theatre_of(stage_on(log, clock))
    return world.directory([*world.homes(log), *theatre.homes], theatre.names)


def stage_on(log: Log, clock: Clock) -> Stage:
    """A stage whose people hurry, and who draw differently at every start."""
    said = log.end("vacancies") + log.end("referrals")
    return Stage(log, clock, Random(said), Pace(load_terms().calendar(CALENDAR), HOUR))


def theatre_of(stage: Stage) -> Theatre:
    """The made-up homes, half of them the shown provider's."""
    theatre = Theatre(stage, MadeUpChannel(stage.clock), ())
    for number in range(1, MADE_UP_HOMES + 1):
        owner = SHOWN_PROVIDER if number % 2 else f"P-d0000000{number:02d}"
        theatre.new_home(f"Made-up home {number}", "T", "childrens_home", PLACES, owner)
    return theatre


class Looks:
    """When the people last looked about; None before the first time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.last_at: datetime | None = None

    def note(self) -> None:
        self.last_at = self._clock.now()


def live_on(log: Log, clock: Clock, stopped: threading.Event, looked: Callable[[], None]) -> None:
    """Let the people live until `stopped`. What they would say while the log is out of reach is never said."""
    if not is_register_decided(log, stopped):
        return
    life = life_on(log, clock)
    while not stopped.wait(LOOK_EVERY_S):
        try:
            life.play.act()
            life.play.look()
        except LogUnavailable as error:
            logger.warning("log_unavailable", reason=str(error))
        looked()


def life_on(log: Log, clock: Clock) -> Life:
    """The people, on their way; at the first start they have homes, agreements and vacancies to see to."""
    stage = stage_on(log, clock)
    stage.go_on()
    theatre = theatre_of(stage)
    real = [home for home in world.homes(log) if not home.is_made_up]
    life = Life(stage, [*real, *theatre.homes], world.boroughs(), VOLUME)
    is_first = log.latest("offers", theatre.homes[0].setting_id) is None
    if is_first:
        world.furnish(stage, real)
        for scene in [Scene(theatre, home) for home in theatre.homes]:
            scene.registers()
            life.play.begin(opens(scene), stage.soon())
        stage.flush()
        life.begin(None)
    else:
        life.arrive(None)
    logger.info("made_up_people_live", settings=len(real), is_first=is_first)
    return life


def opens(scene: Scene) -> Act:
    """A made-up home posts one vacancy."""
    yield from scene.posts()


def is_register_decided(log: Log, stopped: threading.Event) -> bool:
    """Import the register, which is done once, and wait until all of it is decided; False if told to stop before."""
    while not stopped.is_set():
        try:
            world.load_register(log)
            if not (waiting := undecided(log)):
                return True
            logger.info("register_not_decided_yet", inputs=waiting)
        except (LogUnavailable, Overtaken) as error:
            logger.warning("log_unavailable", reason=str(error))
            stopped.wait(LOOK_EVERY_S)
    return False


def undecided(log: Log) -> int:
    """How many inputs from the register are not decided, once there was time for it."""
    ids = {each.headers["ce_id"] for each in inputs(log) if each.headers.get("ce_source") == SOURCE}
    return len(ids - await_all_caused(log, "offers", ids, DECIDED_MAX_S).keys())


def inputs(log: Log) -> Iterator[Record]:
    """Everything that was said of settings by now."""
    start = 0
    while found := log.read("vacancies", start, READ_AT_ONCE):
        yield from found
        start = found[-1].offset + 1
