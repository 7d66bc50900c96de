import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.processes import wait_until
from deploy.local.server import LocalServer
from runtime import kafka_topics
from schemas.topics import CATALOGUE
from tests.servers.brokers import Broker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
WITHIN_S = 15
SEEN_MAX_S = 120
PARTS = (("offers",), ("clock", "courier-offers"), ("edge", "--port", "0"))


@dataclass(frozen=True)
class Checked:
    """What the check of a container says."""

    code: int
    says: str


class Part(LocalServer):
    """A process of `hearth work`, which is up once it is well."""

    start_max_s = SEEN_MAX_S

    def __init__(self, directory: Path, brokers: str, words: tuple[str, ...]) -> None:
        super().__init__(directory)
        self.name, self._brokers, self._words = words[0], brokers, words

    @property
    def state(self) -> str:
        return str(self.directory / "state")

    def command(self) -> tuple[str, ...]:
        where = ("--brokers", self._brokers, "--state", self.state)
        return (sys.executable, "-m", "services.cli", "work", *self._words, *where)

    def is_up(self) -> bool:
        return self.check().code == 0

    def check(self) -> Checked:
        command = (sys.executable, "-m", "runtime.heartbeat", self.state, "--within-s", str(WITHIN_S))
        told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        return Checked(told.returncode, told.stdout)

    def comes_to_say(self, code: int, says: str) -> bool:
        return wait_until(lambda: self.check().code == code and says in self.check().says, SEEN_MAX_S)


@pytest.fixture(scope="module")
def brokers(own_kafka: Broker) -> str:
    kafka_topics.apply(own_kafka.address, CATALOGUE, replication=1)
    return own_kafka.address


@pytest.fixture(params=PARTS, ids=lambda words: words[0])
def part(request: pytest.FixtureRequest, tmp_path: Path, brokers: str) -> Iterator[Part]:
    found = Part(tmp_path / "part", brokers, request.param)
    assert found.check().code == 1
    found.start()
    yield found
    found.kill()


def test_a_process_that_stands_still_is_unwell_until_it_is_let_go_on(part: Part) -> None:
    part.pause()
    assert part.comes_to_say(1, "stood still"), part.check()
    part.resume()
    assert part.comes_to_say(0, "it works"), part.check()


def test_a_broker_that_does_not_answer_is_told_apart_from_a_process_that_hangs(
    part: Part, own_kafka: Broker
) -> None:
    own_kafka.pause()
    try:
        assert part.comes_to_say(75, "the log has not answered"), part.check()
    finally:
        own_kafka.resume()
    assert part.comes_to_say(0, "it works"), part.check()


def test_the_command_says_the_same_and_a_process_that_has_ended_is_unwell(part: Part) -> None:
    command = (sys.executable, "-m", "services.cli", "health", "--state", part.state)
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (told.returncode, told.stdout) == (0, "it works\n")
    part.stop()
    assert part.comes_to_say(1, "stood still"), part.check()
