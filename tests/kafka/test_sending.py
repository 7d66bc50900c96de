"""A producer that has failed is left once, by whoever comes first, and what is sent next goes by a new one."""

import asyncio
import gc
from collections.abc import Sequence
from contextlib import suppress

import pytest
from kafka.admin import KafkaAdminClient, NewTopic

from runtime.kafka_sending import BATCH_BYTES, OutcomeUnknown, Sender, Sent
from runtime.log import Entry
from tests.kafka.shards import Rules
from tests.servers.brokers import Broker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ANSWER_S = 8.0


def entry(rules: Rules, value: bytes) -> Entry:
    return Entry(rules.inputs_topic, "k", value, {"ce_id": "n"})


async def sent(sender: Sender, entries: Sequence[Entry]) -> list[Sent]:
    """Send until it is known to have come: who has just woken may take its time."""
    while True:
        with suppress(OutcomeUnknown):
            return await sender.send(entries)


def test_a_producer_that_failed_is_left_once_and_its_follower_stays(kafka_address: str, rules: Rules) -> None:
    async def go() -> None:
        sender = Sender({"bootstrap_servers": kafka_address})
        first = await sender.producer()
        await sender.send([entry(rules, b"1")])
        assert await sender.producer() is first
        await asyncio.gather(sender.leave(first), sender.leave(first), sender.leave(None))
        second = await sender.producer()
        assert second is not first
        await sender.leave(first)
        assert await sender.producer() is second
        [place] = await sender.send([entry(rules, b"2")])
        assert place.offset == 1
        await sender.stop()

    asyncio.run(go())


def test_who_gives_up_in_the_middle_of_a_run_leaves_no_failure_that_nobody_takes(own_kafka: Broker) -> None:
    with KafkaAdminClient(bootstrap_servers=own_kafka.address) as admin:
        admin.create_topics([NewTopic("runs", 1, 1)])
    run = [Entry("runs", f"k{at}", bytes(BATCH_BYTES - 1000), {}) for at in range(5)]
    told: list[str] = []

    async def go() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["message"]))
        sender = Sender({"bootstrap_servers": own_kafka.address}, ANSWER_S)
        await sent(sender, run[:1])
        own_kafka.pause()
        with pytest.raises(OutcomeUnknown):
            await sender.send_run(run, 0)
        own_kafka.resume()
        await sender.stop()
        gc.collect()

    asyncio.run(go())
    assert not [each for each in told if "never retrieved" in each]


def test_all_who_wait_for_a_broker_that_stands_still_are_told_and_may_send_again(own_kafka: Broker) -> None:
    admin = KafkaAdminClient(bootstrap_servers=own_kafka.address)
    admin.create_topics([NewTopic("numbers", 1, 1)])
    admin.close()
    said = [[Entry("numbers", f"k{at}", b"1", {})] for at in range(4)]

    async def go() -> None:
        sender = Sender({"bootstrap_servers": own_kafka.address}, ANSWER_S)
        assert [place.offset for each in said for place in await sender.send(each)] == [0, 1, 2, 3]
        own_kafka.pause()
        told = await asyncio.gather(*map(sender.send, said), return_exceptions=True)
        assert all(isinstance(each, OutcomeUnknown) for each in told), told
        own_kafka.resume()
        found = await asyncio.gather(*[sent(sender, each) for each in said])
        again = [each for run in found for each in run]
        offsets = [each.offset for each in again if each.offset is not None]
        assert len(set(offsets)) == len(said)
        assert min(offsets) >= len(said)
        await sender.stop()

    asyncio.run(go())
