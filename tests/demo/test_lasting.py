import threading
from collections.abc import Iterator
from datetime import timedelta

import orjson
import pytest

from runtime.clock import VirtualClock, new_id
from runtime.memory_log import MemoryLog
from services.demo.lasting import is_register_decided, life_on, made_up_directory
from services.demo.world import HARINGEY, SHOWN_PROVIDER, token_of
from services.standalone import Options, System, compose
from tests.demo.conftest import ENDS_AT

STEP = timedelta(seconds=10)


@pytest.fixture(scope="module")
def clock() -> VirtualClock:
    return VirtualClock(ENDS_AT)


@pytest.fixture(scope="module")
def system(clock: VirtualClock) -> Iterator[System]:
    """Everything that decides, on a log that the people share with it."""
    made = compose(MemoryLog(clock, new_id()), clock, made_up_directory(), Options(is_demo=True))
    made.serve()
    yield made
    made.close()


def lives(system: System, clock: VirtualClock, steps: int) -> None:
    """The people start, and live for so many steps."""
    assert is_register_decided(system.log, threading.Event())
    life = life_on(system.log, clock)
    for _ in range(steps):
        clock.advance(STEP)
        life.play.act()
        life.play.look()


def ids(system: System, topic: str) -> list[str]:
    return [each.headers["ce_id"] for each in system.log.read(topic, 0, 100_000)]


def kinds(system: System) -> set[str]:
    return {
        fact["type"]
        for each in system.log.read("offers", 0, 100_000)
        for fact in orjson.loads(each.value)["facts"]
    }


def test_people_on_a_log_that_others_decide_say_everything_once_however_often_they_start(
    system: System, clock: VirtualClock
) -> None:
    lives(system, clock, 40)
    first = ids(system, "vacancies")
    lives(system, clock, 40)
    again = ids(system, "vacancies")
    said = [each for each in again if each.startswith("demo-")]
    assert len(again) > len(first)
    assert len(said) == len(set(said))
    assert len(ids(system, "register")) == len(set(ids(system, "register")))
    assert {"VacancyPosted", "WindowOpened"} <= kinds(system)


def test_whoever_signs_in_with_a_token_that_is_told_is_known_to_the_directory() -> None:
    known = made_up_directory()
    for party in (HARINGEY, SHOWN_PROVIDER):
        caller = known.caller(token_of(party)[0])
        assert caller is not None
        assert caller.id == party
    assert known.is_made_up
