from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.local.processes import wait_until
from runtime import kafka_topics
from runtime.clock import SystemClock
from runtime.kafka_link import KafkaLink
from runtime.kafka_security import OPEN
from runtime.log import Entry
from schemas import vacancies
from schemas.base import Event
from schemas.topics import CATALOGUE
from schemas.values import Party
from schemas.words import Role
from services.edge.inputs import said
from services.lag import OVERDUE, UNCARRIED, UNDECIDED, measure
from services.on_kafka.place import Place
from services.on_kafka.reading import copied
from tests.dead_letters.hearth import Worker, told
from tests.http.world import ALMOND, HARINGEY, home
from tests.servers.brokers import Broker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
SEEN_MAX_S = 240
SETTING = "T-9000051"
VACANCY = f"{SETTING}:1:1"
TERMS = {"policy": "hearth-2026-1", "calendar": "england-2027-12"}
POSTED = {"kind": "planned", "available_from": "2027-01-11", "fee": 480_000}


@pytest.fixture(scope="module")
def brokers(own_kafka: Broker) -> str:
    kafka_topics.apply(own_kafka.address, CATALOGUE, replication=1)
    return own_kafka.address


@pytest.fixture
def link(brokers: str) -> Iterator[KafkaLink]:
    wire = KafkaLink(brokers, "test", request_s=60)
    yield wire
    wire.close()


def an_input(kind: type[Event], role: Role, who: str, /, **fields: Any) -> Entry:
    now, name = SystemClock().now(), f"{kind.__name__}-of-{SETTING}"
    whole = {"setting_id": SETTING, **fields}
    return said(kind, whole, by=(Party(role=role, id=who), None), now=now, id=name, request="0" * 64).entry()


def waits(brokers: str, state: Path, what: str) -> dict[str, int]:
    found = told("lag", "--brokers", brokers, "--state", str(state))
    return {each["of"]: each["count"] for each in found["waiting"] if each["what"] == what}


def test_what_nobody_does_is_seen_whoever_hangs_or_is_missing(
    brokers: str, link: KafkaLink, tmp_path: Path
) -> None:
    state = tmp_path / "lag"
    worker = Worker(tmp_path / "offers", brokers, "offers")
    link.send(
        [
            an_input(vacancies.SettingRegistered, Role.PROVIDER, ALMOND, **home(SETTING), **TERMS),
            an_input(vacancies.SettingJudged, Role.PROVIDER, ALMOND, judgement="good"),
        ]
    )
    assert waits(brokers, state, UNDECIDED) == {"offers": 2, "placements": 0}
    worker.start()
    try:
        assert wait_until(lambda: waits(brokers, state, UNDECIDED)["offers"] == 0, SEEN_MAX_S)
        worker.pause()
        link.send(
            [
                an_input(vacancies.VacancyPosted, Role.PROVIDER, ALMOND, **POSTED),
                an_input(
                    vacancies.Nominate,
                    Role.TEAM,
                    HARINGEY,
                    window_id=f"{VACANCY}:w1",
                    referral_id="R-104",
                ),
            ]
        )
        assert waits(brokers, state, UNDECIDED) == {"offers": 2, "placements": 0}
        worker.resume()
        assert wait_until(lambda: waits(brokers, state, UNDECIDED)["offers"] == 0, SEEN_MAX_S)
    finally:
        worker.stop()
    assert waits(brokers, state, UNCARRIED) == {"courier-offers": 1, "courier-placements": 0}
    check_overdue(brokers, tmp_path / "copy")
    courier = Worker(tmp_path / "courier", brokers, "courier-offers")
    courier.start()
    try:
        assert wait_until(lambda: waits(brokers, state, UNCARRIED)["courier-offers"] == 0, SEEN_MAX_S)
    finally:
        courier.stop()
    assert waits(brokers, state, UNDECIDED) == {"offers": 0, "placements": 1}
    check_metrics(brokers, state, tmp_path / "hearth.prom")


def check_overdue(brokers: str, directory: Path) -> None:
    """The window's deadline is not overdue before it has passed, and then as long as nobody ends it."""
    place = Place.on(brokers, directory, OPEN)
    now = SystemClock().now()
    with copied(place) as mirror:
        counts = [
            next(each.count for each in measure(mirror, {}, at).waiting if each.what == OVERDUE)
            for at in (now, now + timedelta(days=60))
        ]
    assert counts == [0, 1]


def check_metrics(brokers: str, state: Path, file: Path) -> None:
    told("lag", "--brokers", brokers, "--state", str(state), "--prometheus", str(file))
    lines = file.read_text().splitlines()
    assert 'hearth_waiting{of="placements",what="undecided"} 1.0' in lines
    assert any(line.startswith("hearth_measured_at_seconds ") for line in lines)
    oldest = next(line for line in lines if line.startswith('hearth_waiting_oldest_seconds{of="placements"'))
    assert float(oldest.split()[-1]) >= 0
