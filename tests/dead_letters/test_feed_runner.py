"""The feed's runner on a log in memory: what it does when decisions do not come, and when too much is bad."""

import pytest

from runtime.clock import VirtualClock
from runtime.dead_letters import CircuitOpen
from runtime.log import DEAD_LETTERS, Entry, LogMismatch, LogUnavailable
from runtime.memory_log import MemoryLog
from schemas.words import Role
from services.directory import Caller
from services.edge.saying import Defaults
from services.matcher.adapters.terms_files import CALENDAR, POLICY
from services.matcher.runners import decide_all
from services.vacancy_ingest.feed import BAD_MAX, Feed
from tests.dead_letters.test_feed import POISON, good, line
from tests.http.world import ALMOND, HOME, START, directory, home

TOPIC = "feed-almond"


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog(VirtualClock(START))


def feed(log: MemoryLog) -> Feed:
    """A feed that waits for no decision."""
    caller = Caller(Role.PROVIDER, ALMOND, "Almond Homes")
    made = Feed(log, TOPIC, caller, directory(), Defaults(POLICY, CALENDAR), decided_max_s=0)
    made.start()
    return made


def write(log: MemoryLog, *values: bytes) -> None:
    log.append([Entry(TOPIC, "", value, {}) for value in values])


def test_until_what_it_carried_is_decided_the_feed_stands_still_and_repeats_nothing(log: MemoryLog) -> None:
    write(log, line("SettingRegistered", **home(HOME, ALMOND)))
    made = feed(log)
    for _ in range(3):
        with pytest.raises(LogUnavailable, match="1 inputs of feed-almond are not decided yet"):
            made.step()
    assert log.end("vacancies") == 1
    assert log.position(made.name) == 0
    decide_all(log)
    assert made.step() == 1
    assert (log.end("vacancies"), log.position(made.name)) == (1, 1)


def test_a_setting_that_was_just_registered_is_known_to_what_follows_after_a_restart(log: MemoryLog) -> None:
    write(log, line("SettingRegistered", **home(HOME, ALMOND)))
    with pytest.raises(LogUnavailable):
        feed(log).step()
    write(log, good(1))
    again = feed(log)
    with pytest.raises(LogUnavailable):
        again.step()
    decide_all(log)
    assert again.step() == 2
    assert log.end(DEAD_LETTERS) == 0


def test_a_feed_that_is_read_from_its_beginning_again_says_and_tells_nothing_again(log: MemoryLog) -> None:
    write(
        log,
        line("SettingRegistered", **home(HOME, ALMOND)),
        *[value for value, _, _ in POISON.values() if value],
    )
    made = feed(log)
    with pytest.raises(LogUnavailable):
        made.step()
    decide_all(log)
    made.step()
    ends = log.end("vacancies"), log.end(DEAD_LETTERS)
    log.append([], positions={made.name: 0})
    feed(log).step()
    assert (log.end("vacancies"), log.end(DEAD_LETTERS)) == ends


def test_when_too_much_is_bad_the_feed_ends_before_it_acknowledges_anything(log: MemoryLog) -> None:
    write(log, *[b"nonsense"] * (BAD_MAX + 1))
    made = feed(log)
    with pytest.raises(CircuitOpen):
        made.step()
    assert (log.end(DEAD_LETTERS), log.position(made.name)) == (0, 0)


def test_a_topic_that_is_shorter_than_what_was_carried_from_it_is_refused(log: MemoryLog) -> None:
    log.append([], positions={f"feed:{TOPIC}": 1})
    with pytest.raises(LogMismatch):
        feed(log)
