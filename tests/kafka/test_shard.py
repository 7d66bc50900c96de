"""One partition, decided on Kafka through every fault, is what the embedded log decides: each input once."""

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.kafka_shard import ShardLog
from runtime.log import Entry, LogMismatch, LogUnavailable
from tests.kafka.shards import AT, LOG_ID, PARTITIONS, Scene
from tests.runtime.toy import garbage, number

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def some(count: int, begins: int = 0) -> list[Entry]:
    return [number("abc"[at % 3], f"n{at}", add=at + 1) for at in range(begins, begins + count)]


def test_a_partition_is_decided_as_the_embedded_log_decides_it(scene: Scene) -> None:
    scene.say([*some(40), number("a", "n3", add=4), garbage("b", "g1"), *some(5, 40)])
    worker = scene.worker()
    worker.take(scene.inputs())
    worker.stop()
    assert scene.counted() == scene.truth()
    assert len(scene.counted()) == 45


def test_a_decision_names_its_input_by_log_partition_and_offset(scene: Scene) -> None:
    scene.say(some(3))
    worker = scene.worker()
    worker.take(scene.inputs())
    worker.stop()
    named = [(each.headers["ce_log"], each.headers["ce_position"]) for each in scene.outputs()]
    assert named == [(f"{LOG_ID}/{AT}", str(at)) for at in range(3)]


def test_what_comes_again_is_not_decided_again(scene: Scene) -> None:
    scene.say([*some(20), garbage("b", "g1")])
    worker, inputs = scene.worker(), scene.inputs()
    for run in (inputs[:7], inputs[3:12], inputs, inputs[18:]):
        worker.take(run)
    worker.stop()
    assert len(scene.outputs()) == 20
    assert scene.counted() == scene.truth()
    assert len(scene.letters()) == 1


@pytest.mark.parametrize("keeps_its_copy", [True, False])
def test_a_worker_that_starts_again_goes_on_where_the_output_is(scene: Scene, keeps_its_copy: bool) -> None:
    scene.say([*some(20), garbage("b", "g1")])
    worker, inputs = scene.worker(), scene.inputs()
    worker.take(inputs)
    worker.stop()
    if not keeps_its_copy:
        shutil.rmtree(worker.directory)
    scene.say(some(10, 20))
    worker.start()
    worker.take(scene.inputs())  # nothing was acknowledged, so everything comes again
    worker.stop()
    assert len(scene.outputs()) == 30
    assert scene.counted() == scene.truth()
    assert len(scene.letters()) == 1


@pytest.mark.parametrize("fault", ["lost", "unanswered", "torn", "late", "nowhere"])
def test_an_append_of_unknown_outcome_is_looked_for_before_anything_else(scene: Scene, fault: str) -> None:
    scene.say(some(12))
    worker, inputs = scene.worker(), scene.inputs()
    worker.wire.faults.append(fault)
    worker.take(inputs)
    worker.wire.arrive()
    scene.say(some(6, 12))
    worker.take(scene.inputs()[12:])
    worker.stop()
    assert scene.counted() == scene.truth()


def test_after_an_unknown_outcome_nothing_is_said_to_be_decided(scene: Scene) -> None:
    scene.say(some(3))
    worker = scene.worker()
    worker.wire.faults.append("lost")
    with pytest.raises(LogUnavailable):
        worker.decider.take(scene.inputs())
    assert scene.outputs() == []
    worker.take(scene.inputs())
    worker.stop()
    assert scene.counted() == scene.truth()


def test_a_crash_between_letters_and_decisions_tells_no_letter_twice(scene: Scene) -> None:
    scene.say([number("a", "n1", add=1), garbage("b", "g1"), garbage("c", "g2"), number("a", "n2", add=2)])
    worker = scene.worker()
    worker.wire.faults += ["", "lost"]
    with pytest.raises(LogUnavailable):
        worker.decider.take(scene.inputs())
    worker.stop()
    shutil.rmtree(worker.directory)
    worker.start()
    worker.take(scene.inputs())
    worker.stop()
    assert scene.letters() == [f"{scene.rules.inputs_topic}:{AT}:1", f"{scene.rules.inputs_topic}:{AT}:2"]
    assert scene.counted() == scene.truth()


def test_a_worker_that_wakes_after_its_partition_moved_does_no_harm(scene: Scene) -> None:
    scene.say(some(10))
    asleep, inputs = scene.worker("asleep"), scene.inputs()
    asleep.take(inputs[:4])
    other = scene.worker("other")
    other.take(inputs[:8])
    asleep.take(inputs[4:])  # decides as if nothing had been
    other.take(inputs)
    scene.say(some(5, 10))
    asleep.take(scene.inputs())
    asleep.stop()
    other.stop()
    assert scene.counted() == scene.truth()


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    turns=st.lists(
        st.tuples(
            st.sampled_from(["one", "two"]),
            st.integers(1, 6),
            st.sampled_from(["", "", "lost", "unanswered", "torn", "late", "nowhere", "arrive", "again"]),
        ),
        max_size=14,
    )
)
def test_two_workers_on_one_partition_lose_nothing_and_nothing_counts_twice(
    scene: Scene, turns: list[tuple[str, int, str]]
) -> None:
    """Each turn a worker takes some of what it has not acknowledged, and something goes wrong with it."""
    base = len(scene.inputs())
    scene.say([*some(9, base), garbage("b", f"g{base}"), *some(8, base + 9)])
    inputs = scene.inputs()
    workers = {name: scene.worker(f"{name}{base}") for name in ("one", "two")}
    acknowledged = dict.fromkeys(workers, base)
    for name, count, what in turns:
        worker, at = workers[name], acknowledged[name]
        if what == "arrive":
            worker.wire.arrive()
        elif what == "again":
            worker.stop()
            worker.start()
        elif what:
            worker.wire.faults.append(what)
        if run := inputs[at : at + count]:
            worker.take(run)
            acknowledged[name] = run[-1].offset + 1
    for name, worker in workers.items():
        worker.wire.arrive()
        if rest := inputs[acknowledged[name] :]:
            worker.take(rest)
        worker.stop()
    assert scene.counted() == scene.truth()
    assert len(set(scene.letters())) == len([each for each in inputs if each.value.startswith(b"\xff")])


def test_a_copy_of_another_log_is_refused(scene: Scene) -> None:
    worker = scene.worker()
    worker.stop()
    (worker.directory / f"{scene.rules.outputs_topic}-{AT}").rename(
        worker.directory / f"{scene.rules.outputs_topic}-{PARTITIONS - AT - 1}"
    )
    with pytest.raises(LogMismatch, match="holds a copy of log"):
        ShardLog(scene.link, worker.directory, LOG_ID, scene.rules.inputs_topic, scene.rules.outputs_topic, 0)
