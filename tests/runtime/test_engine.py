"""The engine turns every runner, wakes when it must, waits out a log that is away, and stops at a bug."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog

from runtime.clock import SystemClock, monotonic_s
from runtime.engine import BUG_EXIT, Engine, await_caused
from runtime.log import Entry, Log, LogMismatch, LogUnavailable
from runtime.memory_log import MemoryLog
from runtime.relay import Relay
from runtime.sqlite_log import SqliteLog
from tests.runtime.crashing import CrashingLog
from tests.runtime.places import START, MemoryPlace, everything
from tests.runtime.system import system
from tests.runtime.test_relay import upper
from tests.runtime.toy import COUNTERS, NUMBERS, number

CLOCK = SystemClock()
ROOT = Path(__file__).parents[2]


class Engines:
    def __init__(self) -> None:
        self.started: list[Engine] = []
        self.bugs: list[BaseException] = []

    def serve(self, log: Log, runner: Relay) -> Engine:
        engine = Engine(log, [runner], CLOCK, self.bugs.append)
        self.started.append(engine)
        engine.serve()
        return engine


@pytest.fixture
def engines() -> Iterator[Engines]:
    made = Engines()
    yield made
    for engine in made.started:
        engine.stop()
        assert not engine.is_serving


def wait_for(log: Log, condition: Callable[[], bool], within_s: float = 20) -> None:
    until_s = monotonic_s() + within_s
    while not condition():
        assert monotonic_s() < until_s, "it did not come to pass"
        log.wait(log.pulse(), 0.05)


def say(value: bytes) -> Entry:
    return Entry("s", "k", value, {"ce_id": value.decode()})


def test_it_steps_until_nobody_has_anything_to_do() -> None:
    place = MemoryPlace()
    run = system(place.open(), place.clock)
    run.log.append([number("a", "x", add=1, open_s=60)])
    run.engine.start()
    assert run.engine.run_until_idle() > 0
    assert run.engine.run_until_idle() == 0
    assert run.engine.next_due_at() == START + timedelta(seconds=60)


def test_it_wakes_when_somebody_appends(engines: Engines) -> None:
    log = MemoryLog(CLOCK)
    engines.serve(log, Relay(log, "upper", ["s"], upper))
    log.append([say(b"one")])
    wait_for(log, lambda: log.end("upper") == 1)


def test_it_wakes_when_another_process_appends(tmp_path: Path, engines: Engines) -> None:
    log = SqliteLog(tmp_path, CLOCK)
    engines.serve(log, Relay(log, "upper", ["t"], upper))
    command = [sys.executable, "-m", "tests.runtime.appender", "other", str(tmp_path), "1"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120, stdout=subprocess.DEVNULL)
    wait_for(log, lambda: log.end("upper") == 3)
    engines.started[0].stop()
    log.close()


def test_it_waits_out_a_log_that_is_away_and_keeps_the_order(engines: Engines) -> None:
    log = MemoryLog(CLOCK)
    log.append([say(f"{at}".encode()) for at in range(10)])
    flaky = CrashingLog(log, 4, is_after=False, error=LogUnavailable)
    with structlog.testing.capture_logs() as told:
        engine = engines.serve(flaky, Relay(flaky, "upper", ["s"], upper, batch_max=2))
        wait_for(log, lambda: log.end("upper") == 10)
    assert [record.value for record in everything(log, "upper")] == [f"{at}".encode() for at in range(10)]
    assert (engine.unavailable, engines.bugs) == (None, [])
    assert [fact["event"] for fact in told] == ["log_unavailable"]


def test_a_bug_stops_it_before_anything_is_acknowledged(engines: Engines) -> None:
    log = MemoryLog(CLOCK)
    log.append([say(b"one"), say(b"invented payload")])

    def broken(record: object) -> list[Entry]:
        raise ZeroDivisionError(f"about {record}")

    with structlog.testing.capture_logs() as told:
        engine = engines.serve(log, Relay(log, "upper", ["s"], broken))
        wait_for(log, lambda: not engine.is_serving)
    assert [type(bug) for bug in engines.bugs] == [ZeroDivisionError]
    assert (log.end("upper"), log.position("upper:s")) == (0, 0)
    assert [(fact["event"], fact["error"]) for fact in told] == [("runner_failed", "ZeroDivisionError")]
    assert "invented payload" not in str(told)


def test_a_bug_ends_the_process_with_its_own_exit_code() -> None:
    program = "from runtime.engine import stop_process; stop_process(ValueError())"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False, timeout=120)
    assert done.returncode == BUG_EXIT


def test_a_runner_that_refuses_to_start_is_heard_at_once() -> None:
    log = MemoryLog(CLOCK)
    log.append([], positions={"upper:s": 5})
    with pytest.raises(LogMismatch):
        Engine(log, [Relay(log, "upper", ["s"], upper)], CLOCK).serve()


class Alarm:
    """Has nothing to do but at one instant."""

    name = "alarm"

    def __init__(self, at: datetime) -> None:
        self.at: datetime | None = at
        self.rung = threading.Event()

    def start(self) -> None:
        """Nothing to find."""

    def step(self) -> int:
        if self.at is None or CLOCK.now() < self.at:
            return 0
        self.at = None
        self.rung.set()
        return 1

    def next_due_at(self) -> datetime | None:
        return self.at


def test_it_wakes_when_something_is_due() -> None:
    log, alarm = MemoryLog(CLOCK), Alarm(CLOCK.now() + timedelta(milliseconds=30))
    engine = Engine(log, [alarm], CLOCK)
    engine.serve()
    assert alarm.rung.wait(20)
    engine.stop()


def test_a_caller_waits_for_what_its_input_caused() -> None:
    place = MemoryPlace()
    run = system(place.open(), place.clock)
    run.log.append([number("a", "x", add=1)])
    assert await_caused(run.log, [COUNTERS], "x", 0) is None
    run.live()
    found = await_caused(run.log, [NUMBERS, COUNTERS], "x", 20)
    assert found is not None
    assert found.headers["ce_id"] == "a:1"
