"""The command line and its workers as real processes, on one broker."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.local.server import LocalServer
from runtime.kafka_places import KafkaPlaces
from runtime.log import Record

HEARTH = (sys.executable, "-m", "services.cli")


def hearth(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*HEARTH, *words], capture_output=True, text=True, check=False, timeout=180)


def told(*words: str) -> Any:
    """What a command says to machines."""
    done = hearth(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Worker(LocalServer):
    """A process of `hearth work`."""

    start_max_s = 180.0

    def __init__(self, directory: Path, brokers: str, *words: str) -> None:
        super().__init__(directory)
        self.name = " ".join(words)
        self._words = (*HEARTH, "work", *words, "--brokers", brokers, "--state", str(directory / "state"))

    def command(self) -> Sequence[str]:
        return self._words

    def is_up(self) -> bool:
        return self.is_running


def all_of(brokers: str, topic: str) -> list[Record]:
    """Every record of a topic, as it lies in Kafka now."""
    places = KafkaPlaces(brokers)
    try:
        return list(places.all_of(topic))
    finally:
        places.close()
