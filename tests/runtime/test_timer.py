"""Deadlines: late is possible; early and never are not, whatever the clocks do."""

from collections import Counter as Tally
from datetime import datetime, timedelta

import orjson
from hypothesis import given
from hypothesis import strategies as st

from runtime.clock import VirtualClock
from runtime.decider import Decider
from runtime.log import Entry, Log
from runtime.memory_log import MemoryLog
from runtime.records import instant
from runtime.timer import Timer
from tests.runtime.places import START, MemoryPlace, everything
from tests.runtime.toy import COUNTERS, NUMBERS, Counters, due_of, number

SECOND = timedelta(seconds=1)


class Deadlines:
    """A log with its clock, and a timer with another."""

    def __init__(self, skew: timedelta = timedelta()) -> None:
        self.log_clock, self.own_clock = VirtualClock(START), VirtualClock(START + skew)
        self.log: Log = MemoryLog(self.log_clock)
        self.decider = Decider(self.log, Counters())
        self.decider.start()
        self.restart()

    def restart(self) -> None:
        self.timer = Timer(self.log, "timer", [COUNTERS], due_of, self.own_clock, resend_after=10 * SECOND)
        self.timer.start()

    def settle(self) -> None:
        while self.decider.step() + self.timer.step():
            pass

    def closings(self) -> list[tuple[str, datetime, datetime]]:
        """Each closing: whose, due when, decided when."""
        return [
            (record.key, instant(fact["closed"]), instant(fact["at"]))
            for record in everything(self.log, COUNTERS)
            for fact in orjson.loads(record.value)["facts"]
            if "closed" in fact
        ]

    def dues(self) -> int:
        return sum(b'"due"' in record.value for record in everything(self.log, NUMBERS))


def test_a_deadline_is_said_at_its_instant_and_not_before() -> None:
    there = Deadlines()
    there.log.append([number("a", "x", open_s=60)])
    there.settle()
    assert there.timer.next_due_at() == START + 60 * SECOND
    for clock in (there.log_clock, there.own_clock):
        clock.advance(59 * SECOND)
    there.settle()
    assert there.dues() == 0
    for clock in (there.log_clock, there.own_clock):
        clock.advance(SECOND)
    there.settle()
    at = START + 60 * SECOND
    assert (there.closings(), there.timer.next_due_at()) == ([("a", at, at)], None)


def test_a_newer_record_with_the_same_deadline_does_not_have_it_said_again() -> None:
    there = Deadlines()
    there.log.append([number("a", "x", open_s=60)])
    there.settle()
    there.log.append([number("a", "y", add=1)])
    for clock in (there.log_clock, there.own_clock):
        clock.advance(60 * SECOND)
    assert there.timer.step() == 1
    there.decider = Decider(there.log, Counters(), batch_max=1)
    there.decider.start()
    there.decider.step()
    assert there.timer.step() == 1
    assert there.dues() == 1


def test_a_void_record_ends_no_deadline() -> None:
    there = Deadlines()
    there.log.append([number("a", "x", open_s=60)])
    there.settle()
    [opened] = everything(there.log, COUNTERS)
    there.log.append([Entry(COUNTERS, "a", b"not even readable", opened.headers)])
    there.settle()
    assert there.timer.next_due_at() == START + 60 * SECOND


def test_the_newest_record_of_a_key_replaces_its_deadline() -> None:
    there = Deadlines()
    there.log.append([number("a", "x", open_s=60), number("a", "y", open_s=90), number("b", "z", open_s=70)])
    there.settle()
    assert there.timer.next_due_at() == START + 70 * SECOND
    for clock in (there.log_clock, there.own_clock):
        clock.advance(100 * SECOND)
    there.settle()
    assert [(key, due) for key, due, _ in there.closings()] == [
        ("b", START + 70 * SECOND),
        ("a", START + 90 * SECOND),
    ]


def test_a_timer_that_starts_late_finds_every_deadline_in_the_log() -> None:
    there = Deadlines()
    there.log.append([number(f"{at}", f"{at}", open_s=at) for at in range(1, 50)])
    while there.decider.step():
        pass
    there.log_clock.advance(3600 * SECOND)
    there.own_clock.advance(3600 * SECOND)
    there.restart()
    there.settle()
    assert sorted(int(key) for key, _, _ in there.closings()) == list(range(1, 50))


def test_a_clock_that_is_ahead_says_it_early_once_and_then_again_in_time() -> None:
    there = Deadlines(skew=timedelta(hours=1))
    there.log.append([number("a", "x", open_s=60)])
    there.settle()
    assert (there.dues(), there.closings()) == (1, [])
    assert there.timer.next_due_at() == START + timedelta(hours=1, seconds=10), "then it asks again"
    there.log_clock.advance(60 * SECOND)
    there.own_clock.advance(60 * SECOND)
    there.settle()
    assert [(key, due) for key, due, _ in there.closings()] == [("a", START + 60 * SECOND)]


def test_a_clock_that_is_behind_follows_the_stamps_that_it_sees() -> None:
    there = Deadlines(skew=timedelta(hours=-1))
    there.log.append([number("a", "x", open_s=60)])
    there.settle()
    there.log_clock.advance(60 * SECOND)
    there.own_clock.advance(60 * SECOND)
    there.settle()
    assert len(there.closings()) == 1


def test_a_deadline_is_said_again_until_the_log_shows_that_it_ended() -> None:
    there = Deadlines()
    there.log.append([number("a", "x", open_s=60)])
    there.decider.step()
    for _ in range(60 + 35):
        there.log_clock.advance(SECOND)
        there.own_clock.advance(SECOND)
        there.timer.step()
    assert there.dues() == 4
    there.settle()
    assert len(there.closings()) == 1
    assert there.timer.next_due_at() is None


def test_standing_time_says_nothing_twice() -> None:
    there = Deadlines()
    there.log.append([number("a", "x", open_s=0), number("b", "y", open_s=60)])
    there.settle()
    there.log_clock.advance(60 * SECOND)
    there.own_clock.advance(60 * SECOND)
    there.timer.step()
    assert [there.timer.step() for _ in range(5)] == [0] * 5
    assert there.dues() == 1


def test_many_changes_of_one_deadline_keep_one_place_in_memory() -> None:
    there = Deadlines()
    for at in range(5000):
        there.log.append([number("a", f"{at}", open_s=60 + at)])
    there.settle()
    assert len(there.timer._heap) < 2000


MOVES = st.one_of(
    st.tuples(st.just("open"), st.integers(1, 100)),
    st.tuples(st.sampled_from(["log clock", "own clock", "both clocks"]), st.integers(-3600, 3600)),
    st.tuples(st.sampled_from(["decide", "time", "restart"]), st.just(0)),
)


@given(st.lists(MOVES, max_size=40), st.integers(-3600, 3600))
def test_whatever_the_clocks_do_no_deadline_is_early_lost_or_ended_twice(
    moves: list[tuple[str, int]], skew_s: int
) -> None:
    there = Deadlines(skew_s * SECOND)
    opened: list[str] = []
    for at, (move, amount) in enumerate(moves):
        if move == "open":
            opened.append(f"{at}")
            there.log.append([number(f"{at}", f"{at}", open_s=amount)])
        elif move in ("log clock", "own clock", "both clocks"):
            for clock in {"log clock": [there.log_clock], "own clock": [there.own_clock]}.get(
                move, [there.log_clock, there.own_clock]
            ):
                clock.advance(amount * SECOND)
        elif move == "decide":
            there.decider.step()
        elif move == "time":
            there.timer.step()
        else:
            there.restart()
    for _ in range(4):
        there.settle()
        there.log_clock.advance(timedelta(hours=50))
        there.own_clock.advance(timedelta(hours=50))
    there.settle()
    closings = there.closings()
    assert all(at >= due for _, due, at in closings)
    assert Tally(key for key, _, _ in closings) == Tally(opened)


def test_the_rule_book_does_not_honour_what_is_early() -> None:
    place = MemoryPlace()
    log = place.open()
    log.append([number("a", "x", open_s=60)])
    decider = Decider(log, Counters())
    decider.start()
    decider.step()
    [opened] = everything(log, COUNTERS)
    due = due_of(opened)
    assert due is not None
    log.append([due.entry])
    decider.step()
    assert log.end(COUNTERS) == 1


def test_a_log_that_was_behind_and_is_right_again_is_asked_before_long() -> None:
    there = Deadlines()
    there.log.append([number("a", "x", open_s=60), number("b", "y", open_s=120)])
    there.settle()
    there.own_clock.advance(90 * SECOND)
    there.log_clock.set(START - timedelta(days=1))
    there.settle()  # said, stamped a day early, and not honoured
    assert there.closings() == []
    there.log_clock.set(there.own_clock.now())
    for _ in range(60):
        for clock in (there.log_clock, there.own_clock):
            clock.advance(SECOND)
        there.settle()
    assert [key for key, _, _ in there.closings()] == ["a", "b"]
    assert all(at - due <= 50 * SECOND for _, due, at in there.closings())


def test_a_log_that_stays_behind_is_not_asked_without_end() -> None:
    there = Deadlines(skew=timedelta(days=1))
    there.log.append([number("a", "x", open_s=60)])
    there.settle()
    for _ in range(100):
        there.own_clock.advance(SECOND)
        there.timer.step()
    assert there.dues() <= 1 + 100 // 10
