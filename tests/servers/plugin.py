"""Fixtures: a real Kafka and a real Redis. tests/servers/README.md says how to use them."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from deploy.local.processes import Mark
from runtime.clock import new_id
from tests.servers.brokers import Broker, NoServer, start_broker
from tests.servers.redises import Redis, start_redis
from tests.servers.shared import end_all, note_own, share

KAFKA = "HEARTH_TEST_KAFKA"
"""host:port of a broker that is already there. Tests make topics there, each under a name of its own."""
REDIS = "HEARTH_TEST_REDIS"
"""redis://host:port/db of a server that is already there. Tests use keys of their own there."""
REQUIRE = "HEARTH_REQUIRE_BROKER"
"""Set, a test that needs a server and gets none fails instead of skipping."""

RUN = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Agree on one folder for all processes of this run; it is made by the one that began it."""
    given = getattr(config, "workerinput", {}).get("servers")
    config.stash[RUN] = Path(given or mkdtemp(prefix="hearth-servers-"))
    if given is None:
        Mark.of(os.getpid()).write(config.stash[RUN] / "owner")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: "object") -> None:
    """Tell a process of xdist where that folder is."""
    node.workerinput["servers"] = str(node.config.stash[RUN])  # type: ignore[attr-defined] # xdist has no types


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what the run shared, once the last test of all processes is over."""
    if not hasattr(config, "workerinput"):
        end_all(config.stash[RUN])
        shutil.rmtree(config.stash[RUN], ignore_errors=True)


def without(error: NoServer) -> None:
    """Skip, or fail where a server is required."""
    message = f"this test needs a server, and there is none: {error}"
    if os.environ.get(REQUIRE, "0") not in {"", "0"}:
        pytest.fail(message)
    pytest.skip(message)


def shared_or_skip(config: pytest.Config, name: str, start: Callable[[Path], Broker | Redis]) -> str:
    try:
        return share(config.stash[RUN], name, start)
    except NoServer as error:
        without(error)
        raise


@pytest.fixture(scope="session")
def kafka_address(pytestconfig: pytest.Config) -> str:
    """host:port of a real Kafka that all tests share; nobody may stop it or change its settings."""
    return os.environ.get(KAFKA) or shared_or_skip(pytestconfig, "kafka", start_broker)


@pytest.fixture(scope="session")
def redis_url(pytestconfig: pytest.Config) -> str:
    """redis://... of a real Redis or Valkey that all tests share; use keys of your own, and never flush it."""
    return os.environ.get(REDIS) or shared_or_skip(pytestconfig, "redis", start_redis)


@pytest.fixture(scope="module")
def own_kafka(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker of this module's own, to stop, kill, pause and start again."""
    try:
        broker = start_broker(tmp_path_factory.mktemp("kafka"))
    except NoServer as error:
        without(error)
        raise
    note_own(pytestconfig.stash[RUN], broker)
    yield broker
    broker.remove()


@pytest.fixture
def own_redis(pytestconfig: pytest.Config, tmp_path: Path) -> Iterator[Redis]:
    """A Redis of this test's own, to stop, kill, pause, empty and start again."""
    try:
        server = start_redis(tmp_path / "redis")
    except NoServer as error:
        without(error)
        raise
    note_own(pytestconfig.stash[RUN], server)
    yield server
    server.remove()


@pytest.fixture
def fresh_name() -> str:
    """A prefix that nobody else uses for topics, groups and keys: `t` and twelve hex digits and a dash."""
    return f"t{new_id()[:12]}-"
