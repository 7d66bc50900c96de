from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from deploy.local.processes import wait_until
from runtime.clock import SystemClock, VirtualClock
from runtime.engine import Engine
from runtime.heartbeat import STUCK, Beat, Following, Heart, Place, forget, problem_of, read
from runtime.log import LogUnavailable
from runtime.memory_log import MemoryLog

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
OLD = NOW - timedelta(seconds=61)
FRESH = NOW - timedelta(seconds=60)
WELL = Beat(FRESH, FRESH, FRESH, FRESH)


class Topic:
    """A partition that others append to, and how far somebody has read it."""

    def __init__(self) -> None:
        self.end = self.next = 0
        self.is_out_of_reach = False

    def ends(self, places: Sequence[Place]) -> Mapping[Place, int]:
        if self.is_out_of_reach:
            raise LogUnavailable("no")
        return dict.fromkeys(places, self.end)

    def nexts(self) -> Mapping[Place, int]:
        return {("said", 0): self.next}


def test_what_is_at_most_as_old_as_it_may_be_is_well() -> None:
    assert problem_of(WELL, NOW) is None


@pytest.mark.parametrize(
    ("beat", "says", "code"),
    [
        (None, "no sign yet", 1),
        (WELL._replace(written_at=OLD, turned_at=OLD, answered_at=OLD, followed_at=OLD), "stood still", 1),
        (WELL._replace(turned_at=OLD), "not ended a turn since", 1),
        (WELL._replace(turned_at=None), "not ended a turn yet", 1),
        (WELL._replace(answered_at=OLD, turned_at=OLD, followed_at=OLD), "has not answered since", 75),
        (WELL._replace(followed_at=OLD), "has not come to it since", 1),
        (WELL._replace(written_at=NOW + timedelta(seconds=6)), "stood still", 1),
    ],
)
def test_each_way_to_stand_still_is_told_apart(beat: Beat | None, says: str, code: int) -> None:
    problem = problem_of(beat, NOW)
    assert problem is not None
    assert says in problem.says
    assert problem.code == code


def test_who_has_everything_or_comes_nearer_follows_and_who_does_neither_does_not() -> None:
    topic = Topic()
    following = Following(topic.ends, topic.nexts)
    following.look()
    topic.end = 10
    for topic.next in (1, 2):
        before = SystemClock().now()
        following.look()
        assert following.followed_at is not None
        assert following.followed_at >= before
    last = following.followed_at
    following.look()
    assert following.followed_at == last
    topic.next = 10
    following.look()
    assert following.followed_at != last


def test_what_has_something_to_come_and_has_not_moved_for_some_seconds_is_stuck() -> None:
    topic, clock = Topic(), VirtualClock(NOW)
    following = Following(topic.ends, topic.nexts, clock)
    following.look()
    topic.end = 10
    following.look()
    clock.advance(STUCK)
    following.look()
    assert following.stuck == {("said", 0)}
    topic.next = 1
    following.look()
    assert following.stuck == frozenset()
    topic.next = 10
    following.look()
    clock.advance(STUCK)
    following.look()
    assert following.stuck == frozenset()


def test_a_partition_whose_end_was_asked_before_it_was_ones_own_may_lie_behind() -> None:
    topic, own = Topic(), dict[Place, int]()
    topic.end = 10
    following = Following(lambda places: topic.ends(places or [("said", 0)]), lambda: own)
    following.look()
    own[("said", 0)] = 0
    following.look()
    assert following.stuck == frozenset()
    assert following.followed_at is not None


def test_a_log_that_does_not_answer_leaves_the_instants_as_they_were() -> None:
    topic = Topic()
    following = Following(topic.ends, topic.nexts)
    following.look()
    was = following.answered_at
    topic.is_out_of_reach = True
    with pytest.raises(LogUnavailable):
        following.look()
    assert was is not None
    assert following.answered_at == was


def test_a_sign_is_read_as_it_was_written_until_it_is_forgotten(tmp_path: Path) -> None:
    topic = Topic()
    heart = Heart(tmp_path, lambda: NOW, Following(topic.ends, topic.nexts))
    assert wait_until(lambda: read(tmp_path) is not None, 10)
    heart.stop()
    beat = read(tmp_path)
    assert beat is not None
    assert beat.turned_at == NOW
    forget(tmp_path)
    assert read(tmp_path) is None


class Hanging:
    """A runner whose step does not end before it is let go."""

    name = "hanging"

    def __init__(self) -> None:
        self.is_let_go = Event()

    def start(self) -> None:
        pass

    def step(self) -> int:
        self.is_let_go.wait(60)
        return 0


def test_a_runner_that_hangs_makes_the_process_unwell_though_its_other_threads_go_on(tmp_path: Path) -> None:
    topic, runner = Topic(), Hanging()
    engine = Engine(MemoryLog(SystemClock()), [runner], SystemClock())
    heart = Heart(tmp_path, lambda: engine.turned_at, Following(topic.ends, topic.nexts))

    def says() -> str:
        problem = problem_of(read(tmp_path), SystemClock().now(), 2)
        return "well" if problem is None else problem.says

    engine.serve()
    assert wait_until(lambda: "ended a turn" in says(), 10), says()
    runner.is_let_go.set()
    assert wait_until(lambda: says() == "well", 10), says()
    engine.stop()
    heart.stop()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"written_at": 1}', '{"strange": null}'])
def test_a_sign_that_cannot_be_read_is_no_sign(tmp_path: Path, text: str) -> None:
    (tmp_path / "heartbeat.json").write_text(text)
    assert read(tmp_path) is None
