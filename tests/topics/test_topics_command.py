import json
import subprocess
import sys

import pytest

from schemas.topics import CATALOGUE, NAMING, TOPICS
from services.on_kafka.place import log_id
from tests.servers.brokers import Broker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def hearth(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.cli", "topics", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_the_catalogue_is_applied_and_checked(own_kafka: Broker) -> None:
    brokers = ("--brokers", own_kafka.address)
    before = hearth("check", *brokers, "--json")
    assert before.returncode == 1
    assert {each["topic"] for each in json.loads(before.stdout)["differences"]} == set(TOPICS)

    refused = hearth("apply", *brokers)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "3 copies of each record need as many brokers, and there are 1\n"

    made = json.loads(hearth("apply", *brokers, "--replication", "1", "--json").stdout)
    assert [each["did"] for each in made["topics"]] == ["made"] * len(CATALOGUE)
    again = json.loads(hearth("apply", *brokers, "--replication", "1", "--json").stdout)
    assert [each["did"] for each in again["topics"]] == ["left"] * len(CATALOGUE)
    assert again["log_id"] == made["log_id"] == log_id(own_kafka.address)

    after = hearth("check", *brokers)
    assert after.returncode == 0
    assert made["log_id"] in after.stdout
    own_kafka.kill()
    own_kafka.start()
    assert made["log_id"] in hearth("check", *brokers).stdout


def test_where_no_kafka_answers_the_command_says_so_in_one_line_and_may_be_tried_again() -> None:
    found = hearth("check", "--brokers", "127.0.0.1:1")
    assert found.returncode == 75
    assert found.stderr.startswith("Kafka at 127.0.0.1:1: ")
    assert found.stderr.count("\n") == 1


def test_the_topics_that_name_the_log_are_kept_for_ever() -> None:
    assert all(TOPICS[name].retention is None for name in NAMING)
