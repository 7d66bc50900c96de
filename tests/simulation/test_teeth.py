"""The search has teeth: it finds every bug of the catalogue, soon, and can tell its story in few steps."""

from datetime import datetime
from functools import partial
from typing import Any

import pytest

from runtime.decider import Decider, Held
from runtime.log import Record
from runtime.memory_log import MemoryLog
from runtime.timer import Timer

from .bugs import CATALOGUE, parts_of
from .next_rules import WritesItsField
from .run import search
from .schedules import TRAITS, run, schedule
from .shrink import Shrinker, promise_broken, told
from .wire import Made, run_with_bytes

SOON = 100
"""A bug that is found within so many schedules is looked for in every check."""


@pytest.mark.parametrize("bug", [name for name, each in CATALOGUE.items() if each.within <= SOON])
def test_a_bug_is_found_soon(bug: str) -> None:
    assert search(0, CATALOGUE[bug].within, bug).failure is not None


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("bug", [name for name, each in CATALOGUE.items() if each.within > SOON])
def test_a_bug_is_found(bug: str) -> None:
    assert search(0, CATALOGUE[bug].within, bug).failure is not None


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("bug", [name for name, each in CATALOGUE.items() if each.trait])
def test_a_bug_of_a_trait_is_not_found_without_it(bug: str) -> None:
    assert search(0, CATALOGUE[bug].within, bug, without=CATALOGUE[bug].trait).failure is None


def test_the_catalogue_is_long_enough() -> None:
    assert len(CATALOGUE) >= 50
    assert {each.trait for each in CATALOGUE.values()} == {"", *TRAITS}


def test_a_failing_schedule_is_shrunk_to_a_short_story_that_fails_alike() -> None:
    found = search(0, 100, "take-without-grace")
    assert found.failure is not None
    run_it, planned = partial(run, parts_of("take-without-grace")), schedule(found.failure.seed)
    short = Shrinker(run_it, planned).shrunk()
    assert len(short.steps) <= 8
    assert promise_broken(run_it, short) == promise_broken(run_it, planned)
    assert told(run_it, short)[-1].startswith("Broken: too late at the deadline")


class Gullible(MemoryLog):
    """Takes every record for one that counts."""

    def read(self, topic: str, start: int, limit: int) -> list[Record]:
        return [_not_void(each) for each in super().read(topic, start, limit)]


def _not_void(record: Record) -> Record:
    return Record(
        record.topic,
        record.offset,
        record.key,
        record.value,
        record.headers,
        record.stamped_at,
        is_void=False,
    )


class ReadsNotOn(Decider[Any, Any]):
    """Goes on from its own state when it was overtaken."""

    def _catch_up(self) -> None:
        for topic in self._ends:
            self._ends[topic] = self._log.end(topic)


class Forgets(Timer):
    """Waits only for the deadlines that it reads of after its start."""

    def start(self) -> None:
        self._forget()
        self._next = {topic: self._log.end(topic) for topic in self._next}


class NeverAsks(Timer):
    """Waits as long as the log was once behind."""

    def _ask(self, now: datetime) -> list[tuple[str, str]]:
        del now
        return []


class ForgetsTheRest(Decider[Any, Any]):
    """A key that is held no more begins anew."""

    def _hold(self, key: str) -> Held[Any]:
        return self._cache.get(key) or (Held() if self._cache else super()._hold(key))


@pytest.mark.parametrize(
    "made",
    [
        *(Made(log=Gullible), Made(decider=ReadsNotOn), Made(decider=ForgetsTheRest), Made(timer=Forgets)),
        *(Made(timer=NeverAsks), Made(next_rules=WritesItsField)),
    ],
    ids=["log", "decider", "keys", "timer", "ask", "field"],
)
def test_a_bug_in_the_real_runners_is_found(made: Made) -> None:
    with pytest.raises(AssertionError):
        _run_many(200, made)


def _run_many(schedules: int, made: Made) -> None:
    for seed in range(schedules):
        run_with_bytes(schedule(seed), made=made)
