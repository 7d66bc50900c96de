import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from deploy.local.processes import free_port, wait_until
from runtime.clock import SystemClock, new_id
from services.demo.world import HARINGEY, OPS_TOKEN, SHOWN_PROVIDER, agreement, token_of
from tests.architecture.source import ROOT
from tests.servers import brokers, redises
from tests.servers.engine import is_there, why_not

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]
REQUIRE_ENGINE: Final = "HEARTH_REQUIRE_ENGINE"
"""Set, the want of an engine or of its images is a failure and no skip; `.ci/run` sets it where an engine answers."""
BUILD_MAX_S: Final = 900
UP_MAX_S: Final = 600
SEEN_MAX_S: Final = 240
PIP_CONF: Final = Path("/etc/pip.conf")
"""pip's own setting for a whole machine (https://pip.pypa.io/en/stable/topics/configuration/)."""
HOME: Final = "T-9100001"
REGISTERED: Final = {
    "setting_id": HOME,
    "provider_id": SHOWN_PROVIDER,
    "provision": "childrens_home",
    "sector": "private",
    "registration": "registered",
    "region": "London",
    "borough": HARINGEY,
    "registered_places": 4,
    "profile": {"age_min": 8, "age_max": 17, "needs": ["ebd"]},
}


@dataclass
class System:
    """The containers of one project, and the way in from outside."""

    project: str
    port: int

    def compose(self, *words: str, timeout_s: float = 300) -> str:
        command = ["docker", "compose", "--project-name", self.project, *words]
        environment = {**os.environ, "HEARTH_PORT": str(self.port)}
        if PIP_CONF.exists():
            environment.setdefault("PIP_CONF", str(PIP_CONF))
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=timeout_s
        )
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr[-3000:]}"
        return done.stdout

    def shows_the_page(self) -> bool:
        return "Made-up data" in httpx2.get(f"http://127.0.0.1:{self.port}/", timeout=60).text

    def ask(self, name: str, path: str) -> Any:
        found = self._call("GET", name, path, {}, None)
        assert found.status_code == 200, found.text
        return found.json()

    def say(self, name: str, path: str, key: str, /, **fields: Any) -> Any:
        """Say it, and again under the same key until there is an answer, as a client does that is told 503."""
        answers: list[httpx2.Response] = []

        def is_answered() -> bool:
            try:
                answers.append(self._call("POST", name, path, {"idempotency-key": key}, fields))
            except httpx2.TransportError:
                return False
            return answers[-1].status_code != 503

        assert wait_until(is_answered, SEEN_MAX_S), [each.text for each in answers[-3:]]
        assert answers[-1].status_code == 200, answers[-1].text
        return answers[-1].json()

    def _call(
        self, method: str, name: str, path: str, headers: dict[str, str], fields: dict[str, Any] | None
    ) -> httpx2.Response:
        by = {"authorization": f"Bearer {token_of(name)[0]}", **headers}
        url = f"http://127.0.0.1:{self.port}{path}"
        return httpx2.request(method, url, headers=by, json=fields, timeout=60)

    def health(self, service: str) -> str:
        """What the engine makes of the container's own check."""
        found: str = json.loads(self.compose("ps", "--format", "json", service))["Health"]
        return found

    def told(self) -> list[dict[str, Any]]:
        """What the notifier has said."""
        read = "test ! -e outbox.jsonl || cat outbox.jsonl"
        lines = self.compose("exec", "-T", "notifier", "sh", "-c", read)
        return [json.loads(line) for line in lines.splitlines()]

    def posts(self, place: int) -> str:
        """The provider posts a vacancy; return its id."""
        key = f"{self.project}-{place}"
        answer = self.say(SHOWN_PROVIDER, f"/v1/settings/{HOME}/vacancies", key, **self.vacancy(place))
        assert answer["answer"] == "accepted"
        return next(str(each["vacancy_id"]) for each in answer["facts"] if each["type"] == "VacancyPosted")

    @staticmethod
    def vacancy(place: int) -> dict[str, Any]:
        soon = (SystemClock().now() + timedelta(days=7)).date().isoformat()
        return {"kind": "planned", "place": place, "available_from": soon, "fee": 480_000}

    def sees(self, vacancy_id: str) -> Callable[[], bool]:
        """Whether Haringey's team sees an open window on the vacancy, and was told so."""

        def is_seen() -> bool:
            windows = {
                each["vacancy_id"]: each.get("window_id") for each in self.ask(HARINGEY, "/v1/vacancies")
            }
            window_id = windows.get(vacancy_id)
            alerts = [each for each in self.told() if each["to"]["id"] == HARINGEY]
            return window_id is not None and any(window_id in json.dumps(each) for each in alerts)

        return is_seen


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """Everything, built and up."""
    for image in (brokers.IMAGE, redises.IMAGE):
        if (problem := why_not(image)) is not None:
            (pytest.fail if os.environ.get(REQUIRE_ENGINE) else pytest.skip)(f"no compose here: {problem}")
    assert is_there()
    made = System(f"hearth-test-{new_id()[:8]}", free_port())
    try:
        made.compose("build", "--quiet", timeout_s=BUILD_MAX_S)
        made.compose(
            "up", "--detach", "--wait", "--wait-timeout", str(UP_MAX_S), "edge", timeout_s=UP_MAX_S + 60
        )
        made.compose("up", "--detach", timeout_s=UP_MAX_S)
        yield made
    finally:
        made.compose("down", "--volumes", "--timeout", "20", timeout_s=UP_MAX_S)
        assert made.compose("ps", "--all", "--quiet") == ""


def test_a_vacancy_from_outside_is_seen_and_told_whatever_is_started_anew(system: System) -> None:
    assert wait_until(system.shows_the_page, SEEN_MAX_S)
    system.say(SHOWN_PROVIDER, "/v1/settings", "registered", **REGISTERED)
    judged = {"type": "SettingJudged", "setting_id": HOME, "judgement": "good"}
    system.say(SHOWN_PROVIDER, "/v1/events", "judged", **judged)
    attached = {"type": "AgreementAttached", "setting_id": HOME, "agreement": agreement("haringey-ncl")}
    system.say(OPS_TOKEN, "/v1/events", "attached", **attached)

    first = system.posts(1)
    assert wait_until(system.sees(first), SEEN_MAX_S), f"{first} was not seen, or not told"
    system.compose("restart", "offers")
    second = system.posts(2)
    assert wait_until(system.sees(second), SEEN_MAX_S), f"{second} was not seen, or not told"
    system.compose("restart", "kafka")
    third = system.posts(3)
    assert wait_until(system.sees(third), SEEN_MAX_S), f"{third} was not seen, or not told"
    assert all(system.sees(each)() for each in (first, second, third))

    verdict = json.loads(
        system.compose("exec", "-T", "edge", "hearth", "verify", "--brokers", "kafka:9092", "--json")
    )
    assert {each["promise"]: each["broken"] for each in verdict["promises"] if each["broken"]} == {}
    assert sum(each["checked"] for each in verdict["promises"]) > 0
    letters = system.compose("exec", "-T", "edge", "hearth", "dead-letters", "list", "--json")
    assert json.loads(letters)["letters"] == []


def test_containers_that_stand_still_become_unhealthy_and_healthy_again(system: System) -> None:
    services = ("offers", "relays", "edge")

    def all_are(health: str) -> bool:
        return all(system.health(service) == health for service in services)

    assert wait_until(lambda: all_are("healthy"), SEEN_MAX_S)
    system.compose("kill", "--signal", "STOP", *services)
    assert wait_until(lambda: all_are("unhealthy"), SEEN_MAX_S)
    system.compose("kill", "--signal", "CONT", *services)
    assert wait_until(lambda: all_are("healthy"), SEEN_MAX_S)


def test_every_container_that_stays_says_whether_it_comes_on(system: System) -> None:
    told = [json.loads(line) for line in system.compose("ps", "--format", "json").splitlines()]
    assert {each["Service"] for each in told if not each["Health"]} == set()
    assert len(told) > 8


def test_the_demos_people_are_at_work(system: System) -> None:
    assert wait_until(lambda: len(system.ask(HARINGEY, "/v1/referrals")) > 0, SEEN_MAX_S)
    assert wait_until(lambda: len(system.ask(SHOWN_PROVIDER, "/v1/offers")) > 0, SEEN_MAX_S)


def test_every_process_of_hearth_is_nobody_on_a_file_system_that_it_cannot_write(system: System) -> None:
    told = system.compose("exec", "-T", "edge", "sh", "-c", "id -u; touch /opt/hearth/x 2>&1 || true")
    assert told.splitlines()[0] == "10001"
    assert "Read-only file system" in told
