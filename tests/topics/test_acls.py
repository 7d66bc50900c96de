from pathlib import Path

import pytest

from deploy.local.processes import wait_until
from runtime.kafka_acls import Grant, give
from runtime.kafka_link import KafkaLink
from runtime.kafka_security import Security
from runtime.kafka_sending import OutcomeUnknown
from runtime.log import Entry
from schemas.topics import CATALOGUE
from services.brokerage_desk.projection import TOPICS
from services.grants import PROCESSES, grants
from services.on_kafka.topics import RELAYS, followed_by_relays, seen_by
from tests.dead_letters.test_dead_letters import an_input
from tests.topics.secured import MECHANISM, OPS, PASSWORD, SEEN_MAX_S, Secured, Worker, count, hearth

FEED = "feed-almond"
slow = [pytest.mark.slow, pytest.mark.timeout(900)]


def may(principal: str, operation: str) -> set[str]:
    return {
        each.name
        for each in grants([FEED])
        if (each.principal, each.operation, each.kind) == (f"User:{principal}", operation, "TOPIC")
    }


def test_a_topic_of_decisions_is_written_by_its_decider_alone() -> None:
    writers = {
        name: {each.principal for each in grants([FEED]) if (each.operation, each.name) == ("WRITE", name)}
        for name in ("offers", "placements")
    }
    assert writers == {"offers": {"User:hearth-offers"}, "placements": {"User:hearth-placements"}}


def test_a_provider_writes_its_own_feed_and_nothing_else_and_nobody_of_hearths_does() -> None:
    assert {(each.operation, each.name) for each in grants([FEED]) if each.principal == f"User:{FEED}"} == {
        ("WRITE", FEED),
        ("DESCRIBE", FEED),
    }
    assert {each.principal for each in grants([FEED]) if (each.operation, each.name) == ("WRITE", FEED)} == {
        f"User:{FEED}"
    }


def test_every_topic_but_the_register_has_a_process_that_may_write_it() -> None:
    written = {name for process in PROCESSES for name in process.writes}
    assert written == {topic.name for topic in CATALOGUE} - {"register"}


def test_a_process_may_read_exactly_what_it_mirrors() -> None:
    assert may("hearth-relays", "READ") == followed_by_relays(list(RELAYS))
    assert may("hearth-notifier", "READ") == seen_by("notifier")
    assert may("hearth-edge", "READ") == seen_by("vacancy_ingest", "brokerage_desk", "read model")
    assert may("hearth-read-model", "READ") == set(TOPICS)


def test_what_a_child_needs_is_out_of_reach_for_who_has_no_use_for_it() -> None:
    for name in ("hearth-notifier", "hearth-feeds", "hearth-offers", "hearth-read-model"):
        assert not may(name, "READ") & {"referrals", "listings"}, name


def test_a_clock_alone_mirrors_decisions_alone() -> None:
    assert followed_by_relays(["clock"]) == {"offers", "placements"}


def test_who_only_reads_writes_nothing() -> None:
    assert may("hearth-read-model", "WRITE") == set()
    assert Grant("User:hearth-read-model", "IDEMPOTENT_WRITE", "CLUSTER", "kafka-cluster") in grants()


@pytest.fixture(scope="session")
def guarded(kafka: Secured) -> Secured:
    """The broker with all topics and all rights."""
    said = kafka.environment(OPS)
    where = ("--brokers", kafka.sasl)
    names = {each.principal.removeprefix("User:") for each in grants([FEED])}
    kafka.admit(*names)
    made = ("topics", "apply", "--replication", "1", "--feed", FEED, *where)
    given = ("topics", "acls", "--apply", "--feed", FEED, *where)
    done = [hearth(*words, environment=said) for words in (made, given, given)]
    assert [each.returncode for each in done] == [0, 0, 0], [each.stderr for each in done]
    assert done[-1].stdout.startswith("0 rights given")
    return kafka


def link_of(kafka: Secured, name: str) -> KafkaLink:
    security = Security("SASL_PLAINTEXT", None, MECHANISM, name, PASSWORD)
    return KafkaLink(kafka.sasl, name, request_s=20, security=security)


def can_write(kafka: Secured, name: str, topic: str) -> bool:
    link = link_of(kafka, name)
    try:
        link.send([Entry(topic, "k", b"{}", {"ce_id": "x"})])
    except OutcomeUnknown as error:
        assert "AuthorizationFailed" in str(error)  # noqa: PT017 - the other way is a truth as well
        return False
    finally:
        link.close()
    return True


class TestOnABroker:
    pytestmark = slow

    @pytest.mark.parametrize(
        ("name", "topic", "is_allowed"),
        [
            (FEED, FEED, True),
            (FEED, "vacancies", False),
            ("hearth-edge", FEED, False),
            ("hearth-edge", "offers", False),
            ("hearth-offers", "placements", False),
            ("hearth-notifier", "referrals", False),
        ],
    )
    def test_a_principal_writes_what_is_its_own(
        self, guarded: Secured, name: str, topic: str, is_allowed: bool
    ) -> None:
        assert can_write(guarded, name, topic) is is_allowed

    def test_the_offers_worker_does_its_work_under_its_own_name(
        self, guarded: Secured, link: KafkaLink, tmp_path: Path
    ) -> None:
        before = count(link, "offers")
        worker = Worker(tmp_path, guarded.environment("hearth-offers"), "offers", "--brokers", guarded.sasl)
        worker.start()
        link.send([an_input("under-its-own-name")])
        assert wait_until(lambda: count(link, "offers") == before + 1, SEEN_MAX_S)
        worker.stop()

    @pytest.mark.parametrize(
        "words",
        [
            ("clock", "courier-offers", "courier-placements", "listings", "fit"),
            ("placements",),
            ("notifier",),
            ("edge", "--port", "0"),
        ],
    )
    def test_every_other_process_comes_up_under_its_own_name(
        self, guarded: Secured, tmp_path: Path, words: tuple[str, ...]
    ) -> None:
        name = "hearth-relays" if "fit" in words else f"hearth-{words[0]}"
        worker = Worker(tmp_path, guarded.environment(name), *words, "--brokers", guarded.sasl)
        worker.start()
        worker.stop()

    def test_ops_look_at_everything(self, guarded: Secured) -> None:
        said = guarded.environment("hearth-ops")
        for words in (("topics", "check", "--feed", FEED), ("verify",), ("dead-letters", "list")):
            done = hearth(*words, "--brokers", guarded.sasl, environment=said)
            assert done.returncode == 0, (words, done.stderr)

    def test_who_else_may_write_is_told(self, guarded: Secured) -> None:
        give(guarded.plain, [Grant("User:somebody", "ALL", "TOPIC", "offers")])
        done = hearth(
            "topics", "acls", "--apply", "--brokers", guarded.sasl, environment=guarded.environment(OPS)
        )
        assert "left as it is: User:somebody ALL offers" in done.stdout
