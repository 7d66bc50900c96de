import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
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
        told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        return Checked(told.returncode, told.stdout)

    def comes_to_say(self, code: int, says: str) -> bool:
        return wait_until(lambda: self.check().code == code and says in self.check().says, SEEN_MAX_S)


@pytest.fixture(scope="module")
def brokers(own_kafka: Broker) -> str:
    kafka_topics.apply(own_kafka.address, CATALOGUE, replication=1)
    return own_kafka.address


@pytest.fixture
def parts(tmp_path: Path, brokers: str) -> Iterator[list[Part]]:
    found = [Part(tmp_path / words[0], brokers, words) for words in PARTS]
    with ExitStack() as started:
        for part in found:
            assert part.check().code == 1
            started.callback(part.kill)
            part.start()
        yield found


def test_a_process_that_stands_still_is_unwell_until_it_is_let_go_on(parts: list[Part]) -> None:
    for part in parts:
        part.pause()
    for part in parts:
        assert part.comes_to_say(1, "stood still"), (part.name, part.check())
        part.resume()
    for part in parts:
        assert part.comes_to_say(0, "it works"), (part.name, part.check())


def test_a_broker_that_does_not_answer_is_told_apart_from_a_process_that_hangs(
    parts: list[Part], own_kafka: Broker
) -> None:
    own_kafka.pause()
    try:
        for part in parts:
            assert part.comes_to_say(75, "the log has not answered"), (part.name, part.check())
    finally:
        own_kafka.resume()
    for part in parts:
        assert part.comes_to_say(0, "it works"), (part.name, part.check())


def test_the_command_says_the_same_and_a_process_that_has_ended_is_unwell(parts: list[Part]) -> None:
    for part in parts:
        command = (sys.executable, "-m", "services.cli", "health", "--state", part.state)
        told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert (told.returncode, told.stdout) == (0, "it works\n"), part.name
        part.stop()
    for part in parts:
        assert part.comes_to_say(1, "stood still"), (part.name, part.check())
