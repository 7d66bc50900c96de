"""What faust brings, and in which pieces, is not to be relied on: what it left out is decided all the same."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import orjson
import pytest
from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from structlog.testing import capture_logs

from deploy.local.processes import free_port
from runtime.engine import BUG_EXIT
from runtime.kafka_link import KafkaLink
from runtime.kafka_records import Run
from runtime.kafka_shards import Options, Shard, Shards, group_of
from tests.kafka.shards import AT, LOG_ID, Rules, Scene
from tests.runtime.toy import number

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def shard(link: KafkaLink, rules: Rules, kafka_address: str, tmp_path: Path) -> Iterator[Shard]:
    options = Options(brokers=kafka_address, log_id=LOG_ID, directory=tmp_path / "shard")
    found = Shard(link, rules, options, AT, begin=0)
    yield found
    found.close()


@pytest.fixture
def say(scene: Scene) -> Callable[[int, int], None]:
    return lambda start, end: scene.say(
        [number("abc"[at % 3], f"n{at}", add=at + 1) for at in range(start, end)]
    )


def test_what_was_left_out_is_read_and_decided_first(
    scene: Scene, shard: Shard, say: Callable[[int, int], None]
) -> None:
    say(0, 20)
    inputs = scene.inputs()
    with capture_logs() as told:
        shard.take(inputs[:3])
        shard.take(inputs[12:])
    assert scene.counted() == scene.truth()
    assert [(each["start"], each["end"]) for each in told if each["event"] == "inputs_not_brought"] == [
        (3, 12)
    ]


def test_what_was_left_out_before_the_first_that_is_brought_is_decided_first(
    scene: Scene, shard: Shard, say: Callable[[int, int], None]
) -> None:
    say(0, 20)
    shard.take(scene.inputs()[12:])
    assert scene.counted() == scene.truth()
    assert len(scene.counted()) == 20


def test_what_was_lost_before_a_decision_of_another_key_is_decided_though_it_is_never_brought(
    scene: Scene, shard: Shard, say: Callable[[int, int], None]
) -> None:
    say(0, 6)
    other = scene.worker("other")
    other.take(scene.inputs()[1:2])  # as if the decision before it, of another key, had never come to lie
    other.stop()
    shard.take(scene.inputs()[3:])
    assert sorted(scene.counted()) == sorted(scene.truth())
    assert len(scene.counted()) == 6


@pytest.fixture
def shards(link: KafkaLink, rules: Rules, kafka_address: str, tmp_path: Path) -> Iterator[Shards]:
    found = Shards(link, rules, Options(brokers=kafka_address, log_id=LOG_ID, directory=tmp_path / "shards"))
    yield found
    found.drop([AT])


def test_a_partition_is_taken_up_where_the_group_has_acknowledged_all_before(
    shards: Shards, rules: Rules, say: Callable[[int, int], None], kafka_address: str
) -> None:
    say(0, 20)
    acknowledge(kafka_address, group_of(rules), TopicPartition(rules.inputs_topic, AT), 12)
    shards.come_on([AT], stuck=frozenset())
    assert shards.nexts() == {(rules.inputs_topic, AT): 12}


def acknowledge(brokers: str, group: str, place: TopicPartition, offset: int) -> None:
    consumer = KafkaConsumer(bootstrap_servers=brokers, group_id=group, enable_auto_commit=False)
    consumer.assign([place])
    consumer.commit({place: OffsetAndMetadata(offset, "", -1)})
    consumer.close(autocommit=False)


def test_what_is_never_brought_is_decided_once_it_is_known_to_be_stuck(
    scene: Scene, shards: Shards, rules: Rules, say: Callable[[int, int], None]
) -> None:
    say(0, 20)
    shards.come_on([AT], stuck=frozenset())
    [(place, at)] = shards.nexts().items()
    assert (place, at, scene.counted()) == ((rules.inputs_topic, AT), 0, [])
    shards.come_on([AT], stuck={place})
    assert scene.counted() == scene.truth()
    assert len(scene.counted()) == 20
    assert shards.nexts() == {place: 20}
    shards.take(scene.inputs())
    assert len(scene.counted()) == 20


def test_a_turn_takes_no_more_of_what_is_stuck_than_comes_at_once(
    scene: Scene,
    shards: Shards,
    rules: Rules,
    say: Callable[[int, int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def in_pieces(topic: str, partition: int, start: int) -> Iterator[Run]:
        for run in scene.link.read(topic, partition, start):
            for each in run:
                at = each.offset
                yield Run([each], {(topic, partition): at}, {(topic, partition): at + 1})

    say(0, 3)
    monkeypatch.setattr(shards._link, "read", in_pieces)
    place = (rules.inputs_topic, AT)
    for decided in (1, 2, 3, 3):
        shards.come_on([AT], stuck={place})
        assert shards.nexts() == {place: decided}
    assert scene.counted() == scene.truth()


def test_a_partition_that_was_another_workers_meanwhile_is_gone_on_with(
    scene: Scene, shard: Shard, say: Callable[[int, int], None]
) -> None:
    say(0, 20)
    inputs = scene.inputs()
    shard.take(inputs[:3])
    other = scene.worker("other")
    other.take(inputs[3:12])
    other.stop()
    say(20, 25)
    shard.take(scene.inputs()[12:])
    assert scene.counted() == scene.truth()
    assert len(scene.counted()) == 25


STARTED: Final = """
import sys
from pathlib import Path
from runtime.kafka_shards import Options
from runtime.kafka_worker import make_worker, run_worker
from runtime.log import LogUnavailable
from runtime.logging import configure, configure_libraries
from tests.kafka.shards import LOG_ID, Rules

configure()
configure_libraries()
brokers, inputs, outputs, directory, is_broken = sys.argv[1:]
app = make_worker(Rules(inputs, outputs), Options(brokers=brokers, log_id=LOG_ID, directory=Path(directory)))
if is_broken == "broken":
    @app.task
    async def breaks():
        raise LookupError("of a record")
try:
    run_worker(app)
except LogUnavailable as error:
    sys.exit(f"out of reach: {error}")
"""
"""A worker that may break."""


def start(brokers: str, rules: Rules, directory: Path, is_broken: str) -> subprocess.CompletedProcess[str]:
    words = (brokers, rules.inputs_topic, rules.outputs_topic, str(directory), is_broken)
    return subprocess.run(
        [sys.executable, "-c", STARTED, *words], capture_output=True, text=True, check=False, timeout=120
    )


def test_a_worker_whose_kafka_has_gone_by_its_start_says_that_it_is_out_of_reach(tmp_path: Path) -> None:
    told = start(f"127.0.0.1:{free_port()}", Rules("numbers", "counters"), tmp_path, "sound")
    assert told.stderr.endswith("out of reach: faust does not come to Kafka: KafkaConnectionError\n"), told


def test_a_worker_that_breaks_ends_as_by_a_bug_and_says_where_but_not_what(
    kafka_address: str, rules: Rules, tmp_path: Path
) -> None:
    told = start(kafka_address, rules, tmp_path, "broken")
    assert told.returncode == BUG_EXIT, told
    last = orjson.loads(told.stderr.splitlines()[-1])
    assert (last["event"], last["error"]) == ("worker_failed", "LookupError")
    assert last["at"][-1].endswith(" breaks")
    assert "of a record" not in told.stdout + told.stderr
