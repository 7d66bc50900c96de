"""Runs the six weeks on a clock of their own. Knows the composition root and every part of the demo."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from runtime.clock import VirtualClock
from runtime.lock import LogLock
from runtime.log import Log
from runtime.sqlite_log import SqliteLog
from schemas.words import Channel
from services.demo import world
from services.demo.channel import MadeUpChannel
from services.demo.life import Life, Volume
from services.demo.scenes.programme import put_on, rehearse
from services.demo.stage import Happened, Pace, Stage
from services.demo.tally import Tally, read_tally
from services.directory import Directory
from services.matcher.adapters.terms_files import CALENDAR, load_terms
from services.matcher.runners import decide_all
from services.standalone import Options, compose

WEEKS = timedelta(weeks=6)


@dataclass(frozen=True, slots=True)
class Watching:
    """Whom to tell while it runs."""

    happened: Callable[[Happened], None] = lambda _: None
    passed: Callable[[datetime], object] = lambda _: None
    """Called after each moment with the time that it is."""


@dataclass(slots=True)
class Weeks:
    """What the six weeks leave behind."""

    life: Life
    directory: Directory
    tally: Tally


def run_weeks(
    data: Path,
    ends_at: datetime,
    seed: int,
    watch: Callable[[Directory], Watching] = lambda _: Watching(),
    volume: Volume | None = None,
) -> Weeks:
    """Run six made-up weeks that end at an instant, on a new log in a folder. LogInUse, LogUnavailable.

    `watch` is given the names of everybody, once they are known.
    """
    clock = VirtualClock(ends_at - WEEKS)
    with LogLock(data):
        log = SqliteLog(data, clock, is_synced=False)
        try:
            return _run(log, clock, Random(seed), ends_at, watch, volume or Volume())
        finally:
            log.close()


def _run(
    log: Log,
    clock: VirtualClock,
    rng: Random,
    ends_at: datetime,
    watch: Callable[[Directory], Watching],
    volume: Volume,
) -> Weeks:
    world.load_register(log)
    decide_all(log)
    homes = world.homes(log)
    channel = MadeUpChannel(clock)
    stage = Stage(log, clock, rng, Pace(load_terms().calendar(CALENDAR)))
    theatre, cast = rehearse(stage, channel, ends_at)
    directory = world.directory([*homes, *theatre.homes], theatre.names)
    watching = watch(directory)
    options = Options(channels={Channel.OUTBOX: channel}, is_turned_by_caller=True)
    engine = compose(log, clock, directory, options).engine
    engine.start()
    life = Life(stage, homes, world.boroughs(), volume)
    world.furnish(stage, homes)
    stage.flush()
    life.begin(ends_at)
    put_on(life.play, cast)
    life.watched_by(watching.happened)
    life.play.run(engine, clock, ends_at, lambda: watching.passed(clock.now()))
    return Weeks(life, directory, read_tally(log))
