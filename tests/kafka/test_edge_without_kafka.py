"""The processes of Hearth while Kafka stands still: words are refused in time, the picture stays, nothing is lost."""

from collections.abc import Iterator

import httpx2 as httpx
import pytest

from deploy.local.processes import wait_until
from runtime.clock import monotonic_s, new_id
from services.edge.staleness import HEADER
from tests.scenarios.installation import noting
from tests.scenarios.parties import token_of
from tests.scenarios.realisations import must_be_whole
from tests.scenarios.town import Town, posted, town_on_kafka
from tests.servers.brokers import Broker
from tests.servers.plugin import RUN

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
PATIENCE_S = 45.0
"""Far above what the edge takes to say that Kafka did not take it, also on a busy machine; far below for ever."""


@pytest.fixture
def town(
    own_kafka: Broker, redis_url: str, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    note, folder = noting(pytestconfig.stash[RUN]), tmp_path_factory.mktemp("on-kafka")
    with town_on_kafka(own_kafka.address, redis_url, folder, note) as found:
        yield found


def once(town: Town, who: str, method: str, path: str, key: str = "", body: object = None) -> httpx.Response:
    """Ask once, and take whatever is answered."""
    headers = {"authorization": f"Bearer {token_of(0, who)[0]}"} | ({"idempotency-key": key} if key else {})
    return town.client.request(method, path, json=body, headers=headers, timeout=PATIENCE_S)


def test_while_kafka_stands_still_words_are_refused_in_time_and_said_again_they_count_once(
    town: Town, own_kafka: Broker
) -> None:
    home = town.opens()
    path, shown = f"/v1/settings/{home}/vacancies", [town.posts(home)]
    town.wait_for(lambda: town.get("first", "/v1/vacancies"), "the vacancy is shown")
    keys = [new_id() for _ in range(3)]
    own_kafka.pause()
    began_s = monotonic_s()
    refused = [once(town, "provider", "POST", path, key, posted("planned")) for key in keys]
    assert monotonic_s() - began_s < PATIENCE_S * 2
    for answer in refused:
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert int(answer.headers["retry-after"]) > 0
    seen = once(town, "first", "GET", "/v1/vacancies")
    assert [each["vacancy_id"] for each in seen.json()] == shown
    assert wait_until(lambda: HEADER in once(town, "first", "GET", "/v1/vacancies").headers, PATIENCE_S)
    own_kafka.resume()
    for key in keys:
        assert town.call("provider", "POST", path, posted("planned"), key).json()["answer"] == "accepted"
    town.wait_for(
        lambda: len(town.get("provider", "/v1/offers")) == len(shown) + len(keys), "each is there once"
    )
    must_be_whole(town.hearth)
