"""A real `hearth serve` under load, killed with no warning and started again."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2 as httpx
import pytest
import stamina

from runtime.clock import SystemClock, monotonic_s
from runtime.sqlite_log import SqliteLog
from tests.http.world import HOME, bearer, directory, home

pytestmark = pytest.mark.slow
LOAD_S = 3.0
POSTERS = 4


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@dataclass
class Served:
    """`hearth serve` as a process of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        names = self.folder / "directory.json"
        names.write_text(directory().model_dump_json())
        command = [sys.executable, "-m", "services.cli", "serve", "--data", str(self.folder / "data")]
        with (self.folder / "serve.log").open("ab") as told:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port), "--directory", str(names)], stdout=told, stderr=told
            )
        self._wait_until_live()

    @stamina.retry(on=httpx.TransportError, attempts=None, timeout=180, wait_initial=0.05, wait_max=0.2)
    def _wait_until_live(self) -> None:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "serve.log").read_text()
        assert httpx.get(f"{self.url}/health/live", timeout=10).status_code == 200

    def kill(self, how: signal.Signals = signal.SIGKILL) -> int:
        assert self.process is not None
        os.kill(self.process.pid, how)
        return self.process.wait(60)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    found = Served(tmp_path)
    found.start()
    yield found
    if found.process is not None and found.process.poll() is None:
        found.kill()


@dataclass
class Poster:
    """Registers settings under keys of its own until the server is gone; remembers what was acknowledged."""

    url: str
    number: int
    until_s: float
    acknowledged: dict[str, dict[str, object]] = field(default_factory=dict)
    asked: int = 0

    def run(self) -> None:
        with httpx.Client(base_url=self.url, headers=bearer("almond"), timeout=60) as client:
            while monotonic_s() < self.until_s:
                setting_id = self.setting(self.asked)
                self.asked += 1
                try:
                    answer = self.say(client, setting_id)
                except httpx.TransportError:
                    return
                if answer.status_code == 200:
                    self.acknowledged[setting_id] = answer.json()

    def setting(self, count: int) -> str:
        return f"SC{self.number}{count:06}"

    def say(self, client: httpx.Client, setting_id: str) -> httpx.Response:
        return client.post("/v1/settings", json=home(setting_id), headers={"idempotency-key": setting_id})


def test_a_kill_under_load_loses_nothing_that_was_acknowledged_and_repeats_nothing(served: Served) -> None:
    posters = [Poster(served.url, number + 1, monotonic_s() + 4 * LOAD_S) for number in range(POSTERS)]
    threads = [threading.Thread(target=poster.run) for poster in posters]
    for thread in threads:
        thread.start()
    threads[0].join(LOAD_S)
    served.kill()
    for thread in threads:
        thread.join(90)
    acknowledged = {each: answer for poster in posters for each, answer in poster.acknowledged.items()}
    assert len(acknowledged) >= POSTERS
    served.start()
    with httpx.Client(base_url=served.url, headers=bearer("almond"), timeout=60) as client:
        for poster in posters:
            for count in range(poster.asked):
                setting_id = poster.setting(count)
                again = poster.say(client, setting_id)
                assert again.status_code == 200, again.text
                assert again.json() == acknowledged.get(setting_id, again.json())
        found = {each["setting_id"] for each in client.get("/v1/settings").json()}
    asked = {poster.setting(count) for poster in posters for count in range(poster.asked)}
    assert found == asked
    assert served.kill(signal.SIGTERM) in {0, -signal.SIGTERM}
    assert registrations(served.folder / "data") == dict.fromkeys(asked, 1)


def registrations(folder: Path) -> dict[str, int]:
    """Return how often each setting was registered, by the decisions in the file."""
    log, found = SqliteLog(folder, SystemClock(), is_read_only=True), dict[str, int]()
    start = 0
    while records := log.read("offers", start, 1000):
        for record in records:
            is_one = not record.is_void and b'"type":"SettingRegistered"' in record.value
            found[record.key] = found.get(record.key, 0) + is_one
        start = records[-1].offset + 1
    log.close()
    return found


def test_a_second_server_on_the_same_data_says_that_the_log_is_in_use(served: Served) -> None:
    command = [sys.executable, "-m", "services.cli", "serve", "--data", str(served.folder / "data")]
    second = subprocess.run(
        [*command, "--port", "0"], capture_output=True, text=True, timeout=120, check=False
    )
    assert second.returncode == 75
    assert "in use" in second.stderr


def test_nothing_of_a_bad_request_is_in_what_the_server_prints(served: Served) -> None:
    canary = "zz-not-a-person-zz"
    with httpx.Client(base_url=served.url, headers=bearer("almond"), timeout=60) as client:
        client.post("/v1/settings", json={**home(HOME), canary: canary, "region": canary})
        client.post("/v1/events", content=canary, headers={"content-type": "application/json"})
        client.get(f"/v1/settings/{canary}?{canary}={canary}", headers={"x-note": canary})
    served.kill(signal.SIGTERM)
    printed = (served.folder / "serve.log").read_text()
    assert "message_refused" in printed
    assert canary not in printed
