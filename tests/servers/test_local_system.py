import subprocess
from pathlib import Path

import httpx2
import pytest

from deploy.local import system
from deploy.local.kafka import answers
from deploy.local.processes import CannotStart, free_port, kill, spawn
from deploy.local.valkey import responds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def place(tmp_path: Path, kafka_address: str) -> system.Place:
    assert kafka_address, "where no broker can be had, there is no system either"
    ports = {name: free_port() for name in ("kafka_port", "valkey_port", "page_port")}
    return system.Place(state=tmp_path / "state", directory=None, **ports)


def test_what_is_started_answers_and_exactly_that_is_ended(place: system.Place, tmp_path: Path) -> None:
    bystander = spawn(("sleep", "600"), tmp_path / "bystander.log")
    told: list[str] = []
    try:
        system.up(place, told.append)
        assert httpx2.get(f"http://127.0.0.1:{place.page_port}/", timeout=30).status_code == 200
        assert answers(f"127.0.0.1:{place.kafka_port}")
        assert responds(f"redis://127.0.0.1:{place.valkey_port}/0")
        with pytest.raises(CannotStart, match="already up: kafka, valkey"):
            system.up(place, told.append)
        assert len(system.running(place.state)) == len(system.services_of(place)) + 2
    finally:
        count = system.down(place.state, told.append)
    assert count == len(system.services_of(place)) + 2
    assert system.running(place.state) == []
    assert not answers(f"127.0.0.1:{place.kafka_port}")
    assert kill(bystander), "it was ended too"


def test_what_cannot_all_be_started_is_not_left_half_started(place: system.Place) -> None:
    script = f"import socket; s = socket.create_server(('127.0.0.1', {place.valkey_port})); print(flush=True); input()"
    with subprocess.Popen(
        ("python3", "-c", script), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(CannotStart, match=f"Valkey cannot have port {place.valkey_port}"):
            system.up(place, lambda _: None)
        other.communicate("done\n")
    assert system.running(place.state) == []
    assert not answers(f"127.0.0.1:{place.kafka_port}")
