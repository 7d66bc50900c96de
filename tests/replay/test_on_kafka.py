"""The same commands read what a Kafka holds, and name records by where they lie there."""

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.processes import wait_until
from runtime import kafka_topics
from runtime.kafka_link import KafkaLink
from runtime.log import Entry
from schemas import vacancies
from schemas.topics import CATALOGUE
from schemas.values import Party
from schemas.words import Role
from services.edge.inputs import said
from tests.dead_letters.hearth import Worker
from tests.http.world import ALMOND, START, home
from tests.replay.conftest import told
from tests.servers.brokers import Broker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
HOMES = ("T-9000041", "T-9000042")
DECIDED_MAX_S = 240


def entries(setting_id: str) -> Iterator[Entry]:
    """A home that is registered and judged, and posts a vacancy."""
    terms = {"policy": "hearth-2026-1", "calendar": "england-2027-12"}
    posted = {"kind": "planned", "available_from": "2026-12-01", "fee": 480_000}
    inputs: tuple[tuple[Any, dict[str, Any]], ...] = (
        (vacancies.SettingRegistered, {**home(setting_id), **terms}),
        (vacancies.SettingJudged, {"setting_id": setting_id, "judgement": "good"}),
        (vacancies.VacancyPosted, {"setting_id": setting_id, **posted}),
    )
    by = Party(role=Role.PROVIDER, id=ALMOND), None
    for number, (kind, fields) in enumerate(inputs):
        name = f"{setting_id}-{number}"
        yield said(kind, fields, by=by, now=START, id=name, request="0" * 64).entry()


@pytest.fixture(scope="module")
def brokers(own_kafka: Broker, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Kafka on which two homes, in two partitions, have been decided about."""
    kafka_topics.apply(own_kafka.address, CATALOGUE, replication=1)
    link = KafkaLink(own_kafka.address, "test", request_s=60)
    worker = Worker(tmp_path_factory.mktemp("offers"), own_kafka.address, "offers")
    worker.start()
    try:
        for each in HOMES:
            link.send(list(entries(each)))
        places = [("offers", each) for each in link.partitions("offers")]
        ends = link.ends
        assert wait_until(lambda: sum(ends(places).values()) == 6, DECIDED_MAX_S)
        assert sum(end > 0 for end in ends(places).values()) == len(HOMES)
    finally:
        worker.stop()
        link.close()
    return own_kafka.address


def test_each_partition_is_decided_again_to_the_same_bytes(brokers: str) -> None:
    found = told("replay", "--brokers", brokers)
    assert found["inputs"] == {"vacancies": 6, "referrals": 0}
    assert found["decisions"] == {"offers": 6, "placements": 0}
    assert found["difference"] is None


def test_a_vacancy_is_explained_from_its_topics(brokers: str) -> None:
    found = told("explain", f"{HOMES[0]}:1:1", "--brokers", brokers)
    assert found["kind"] == "vacancy"
    posted = found["steps"][-1]
    topic, partition, offset = posted["record"].split(":")
    assert (topic, offset) == ("offers", "2")
    assert posted["cause"]["record"] == f"vacancies:{partition}:2"
