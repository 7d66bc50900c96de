"""Every bench on Kafka runs on a few settings against a real broker of its own and says what it found."""

import orjson
import pytest

from bench.kafka_run import Name, run
from tests.servers.brokers import Broker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

WITH_TARGETS = {
    Name.DECIDE: 1,
    Name.SEEN: 1,
    Name.KILL: 3,
    Name.DUE: 2,
    Name.START: 2,
    Name.GROWTH: 0,
}
MAY_BE_NOTHING = {"closed early"}


@pytest.mark.parametrize("name", list(Name))
def test_a_bench_on_kafka_states_its_figures_and_what_is_aimed_at(name: Name, own_kafka: Broker) -> None:
    [result] = run([name], is_tiny=True, told=lambda _: None, brokers=own_kafka.address)
    found = orjson.loads(orjson.dumps(result.as_json()))
    assert found["bench"] == name
    assert found["sizes"]
    assert all(each["value"] > 0 or each["name"].strip() in MAY_BE_NOTHING for each in found["figures"])
    assert sum(each["is_met"] is not None for each in found["figures"]) == WITH_TARGETS[name]
