import json

import pytest

from deploy.local import kafka
from deploy.local.system import SERVICES, Service
from tests.architecture.source import ROOT
from tests.servers import brokers, redises

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def test_the_same_kafka_and_valkey_run_in_tests_without_containers_and_in_compose() -> None:
    assert f"image: {brokers.IMAGE}\n" in COMPOSE
    assert f"image: {redises.IMAGE}\n" in COMPOSE
    assert f"kafka_2.13-{kafka.VERSION}.jar" in kafka.HASHES.read_text(encoding="utf-8")


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_compose_starts_every_service_that_make_up_starts(service: Service) -> None:
    assert f"command: {json.dumps(['work', *service.parts])[:-1]}" in COMPOSE


def test_the_image_installs_what_the_lock_says_and_runs_as_nobody_in_particular() -> None:
    assert "--require-hashes --requirement requirements-kafka.lock" in DOCKERFILE
    assert "\nUSER hearth\n" in DOCKERFILE.split("\nFROM ")[-1]
    assert "read_only: true" in COMPOSE
    assert "://" not in DOCKERFILE
