import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.processes import CannotStart, wait_until
from deploy.local.server import LocalServer
from runtime.clock import SystemClock
from runtime.heartbeat import problem_of, read
from runtime.kafka_link import KafkaLink
from tests.dead_letters.test_dead_letters import an_input
from tests.servers.brokers import NoServer
from tests.servers.plugin import without
from tests.topics import secured
from tests.topics.secured import OPS, PASSWORD, Secured

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
HEARTH = (sys.executable, "-m", "services.cli")
SEEN_MAX_S = 300


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    try:
        found = secured.start(tmp_path_factory.mktemp("secured"))
    except CannotStart as error:
        without(NoServer(str(error)))
        raise
    found.admit(OPS)
    yield found
    found.broker.kill()


def hearth(*words: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    said = {**os.environ, **environment}
    return subprocess.run(
        [*HEARTH, *words], capture_output=True, text=True, check=False, timeout=SEEN_MAX_S, env=said
    )


class Worker(LocalServer):
    """A process of `hearth work` that connects as somebody."""

    start_max_s = SEEN_MAX_S

    def __init__(self, directory: Path, environment: dict[str, str], *words: str) -> None:
        super().__init__(directory)
        said = (f"{name}={value}" for name, value in environment.items())
        self.name = " ".join(words)
        self._words = ("env", *said, *HEARTH, "work", *words, "--state", str(directory / "state"))

    def command(self) -> tuple[str, ...]:
        return self._words

    def is_up(self) -> bool:
        return problem_of(read(self.directory / "state"), SystemClock().now()) is None


@pytest.fixture
def link(kafka: Secured) -> Iterator[KafkaLink]:
    """Of whoever set the broker up, who may do anything."""
    wire = KafkaLink(kafka.plain, "test", request_s=60)
    yield wire
    wire.close()


def count(link: KafkaLink, topic: str) -> int:
    return sum(link.ends([(topic, each) for each in link.partitions(topic)]).values())


def test_every_library_connects_with_a_password_and_over_tls(
    kafka: Secured, link: KafkaLink, tmp_path: Path
) -> None:
    made = ("topics", "apply", "--replication", "1", "--brokers", kafka.sasl_tls)
    done = hearth(*made, environment=kafka.environment(OPS, is_tls=True))
    assert done.returncode == 0, done.stderr
    link.send([an_input("first")])
    worker = Worker(
        tmp_path / "tls", kafka.environment(OPS, is_tls=True), "offers", "--brokers", kafka.sasl_tls
    )
    worker.start()
    assert wait_until(lambda: count(link, "offers") == 1, SEEN_MAX_S)
    worker.stop()
    again = Worker(tmp_path / "sasl", kafka.environment(OPS), "offers", "--brokers", kafka.sasl)
    again.start()
    link.send([an_input("second")])
    assert wait_until(lambda: count(link, "offers") == 2, SEEN_MAX_S)
    again.stop()
    verified = hearth("verify", "--brokers", kafka.sasl_tls, environment=kafka.environment(OPS, is_tls=True))
    assert verified.returncode == 0, verified.stderr


def test_a_wrong_password_is_told_in_one_line_and_never_shown(kafka: Secured) -> None:
    said = {**kafka.environment(OPS), "HEARTH_KAFKA_PASSWORD": f"not-{PASSWORD}"}
    found = hearth("topics", "check", "--brokers", kafka.sasl, environment=said)
    assert (found.returncode, found.stdout) == (75, "")
    assert found.stderr.startswith(f"Kafka at {kafka.sasl}: ")
    assert found.stderr.count("\n") == 1
    assert PASSWORD not in found.stderr


def test_a_broker_that_nobody_vouches_for_is_not_spoken_to(kafka: Secured) -> None:
    said = kafka.environment(OPS, is_tls=True)
    del said["HEARTH_KAFKA_CA_FILE"]
    found = hearth("topics", "check", "--brokers", kafka.sasl_tls, environment=said)
    assert (found.returncode, found.stdout) == (75, "")
    assert found.stderr.count("\n") == 1


def test_settings_that_do_not_fit_end_every_command_with_one_line_that_names_the_variable(
    tmp_path: Path,
) -> None:
    said = {"HEARTH_KAFKA_USERNAME": "offers"}
    where = ("--brokers", "127.0.0.1:1")
    for words in (
        ("topics", "check", *where),
        ("work", "offers", *where, "--state", str(tmp_path)),
        ("dead-letters", "list", *where),
        ("verify", *where),
    ):
        found = hearth(*words, environment=said)
        assert (found.returncode, found.stdout) == (2, ""), words
        assert found.stderr == (
            "HEARTH_KAFKA_USERNAME: means nothing with HEARTH_KAFKA_SECURITY_PROTOCOL PLAINTEXT\n"
        )
