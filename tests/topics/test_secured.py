from pathlib import Path

import pytest

from deploy.local.processes import wait_until
from runtime.kafka_link import KafkaLink
from tests.dead_letters.test_dead_letters import an_input
from tests.topics.secured import OPS, PASSWORD, SEEN_MAX_S, Secured, Worker, count, hearth

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_every_library_connects_with_a_password_and_over_tls(
    kafka: Secured, link: KafkaLink, tmp_path: Path
) -> None:
    made = ("topics", "apply", "--replication", "1", "--brokers", kafka.sasl_tls)
    done = hearth(*made, environment=kafka.environment(OPS, is_tls=True))
    assert done.returncode == 0, done.stderr
    before = count(link, "offers")
    link.send([an_input("over-tls")])
    worker = Worker(
        tmp_path / "tls", kafka.environment(OPS, is_tls=True), "offers", "--brokers", kafka.sasl_tls
    )
    worker.start()
    assert wait_until(lambda: count(link, "offers") == before + 1, SEEN_MAX_S)
    worker.stop()
    again = Worker(tmp_path / "sasl", kafka.environment(OPS), "offers", "--brokers", kafka.sasl)
    again.start()
    link.send([an_input("without-tls")])
    assert wait_until(lambda: count(link, "offers") == before + 2, SEEN_MAX_S)
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
