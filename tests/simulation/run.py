"""Search many schedules on all cores; stop at the first that breaks a promise. Knows seeds, parts and processes."""

import logging
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from os import cpu_count

import structlog

from .bugs import parts_of
from .schedules import Done, run, schedule
from .wire import SHARE, run_with_bytes

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Failure:
    seed: int
    error: str
    is_with_bytes: bool = False
    """Whether it fails only on the real runners with bytes."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search has come to."""

    schedules: int = 0
    with_bytes: int = 0
    steps: int = 0
    decisions: int = 0
    failure: Failure | None = None


def search(
    seed: int, schedules: int, bug: str | None = None, *, without: str = "", full_of: int = SHARE
) -> Searched:
    """Run the schedules of consecutive seeds in this process until one fails; one in `full_of` with bytes too.

    With `full_of` 0 none is; a seeded bug is looked for without bytes, for it stands in for a model.
    """
    parts = parts_of(bug)
    done, with_bytes = Done(0, 0), 0
    for each in range(seed, seed + schedules):
        planned, is_with_bytes = schedule(each, without), False
        try:
            done = done.and_then(run(parts, planned))
            if bug is None and full_of and each % full_of == 0:
                is_with_bytes, with_bytes = True, with_bytes + 1
                done = done.and_then(run_with_bytes(planned))
        except (AssertionError, LookupError) as error:
            failure = Failure(each, f"{type(error).__name__}: {error}", is_with_bytes)
            return Searched(each - seed + 1, with_bytes, done.steps, done.decisions, failure)
    return Searched(schedules, with_bytes, done.steps, done.decisions)


def search_on_all_cores(
    seed: int, schedules: int, bug: str | None = None, *, full_of: int = SHARE
) -> Searched:
    """The same, shared out among processes. The failure of the lowest seed that was reached is given."""
    starts = range(seed, seed + schedules, CHUNK)
    done: list[Searched] = []
    with ProcessPoolExecutor(cpu_count() or 1, initializer=be_quiet) as pool:
        running = [
            pool.submit(search, start, min(CHUNK, seed + schedules - start), bug, full_of=full_of)
            for start in starts
        ]
        for each in as_completed(running):
            done.append(each.result())
            if done[-1].failure is not None:
                pool.shutdown(wait=True, cancel_futures=True)
                break
    return _together(done)


def be_quiet() -> None:
    """A worker that is overtaken says so; here that is no news."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def _together(done: Iterable[Searched]) -> Searched:
    parts = list(done)
    failures = [each.failure for each in parts if each.failure is not None]
    return Searched(
        sum(each.schedules for each in parts),
        sum(each.with_bytes for each in parts),
        sum(each.steps for each in parts),
        sum(each.decisions for each in parts),
        min(failures, key=lambda each: each.seed, default=None),
    )
