"""Of several threads one works at a time, and another while it waits for Kafka."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event, Lock
from typing import Any

from runtime.kafka_sending import Sent
from runtime.kafka_shards import Turns
from runtime.log import Entry

WAIT_S = 30


class Slow:
    """A wire whose sends take until somebody lets them through."""

    def __init__(self) -> None:
        self.sending, self.let_through = Event(), Event()

    def send_run(self, _entries: Sequence[Entry], _partition: int) -> list[Sent]:
        self.sending.set()
        assert self.let_through.wait(WAIT_S)
        return []

    read = end = ends = partitions = acknowledged = send = send_run


def turns(link: Any) -> Turns:
    return Turns(link)


def sending(wire: Turns) -> None:
    wire.send_run([], 0)


def test_while_one_waits_for_kafka_another_works() -> None:
    link = Slow()
    wire = turns(link)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(wire.work, partial(sending, wire))
        assert link.sending.wait(WAIT_S)
        threads.submit(wire.work, link.let_through.set).result(WAIT_S)
        first.result(WAIT_S)


def test_no_two_work_at_once() -> None:
    wire, begun, working = turns(Slow()), Barrier(4), Lock()

    def work() -> None:
        assert working.acquire(blocking=False), "another works"
        sum(range(10_000))
        working.release()

    def live() -> None:
        begun.wait(WAIT_S)
        for _ in range(100):
            wire.work(work)

    with ThreadPoolExecutor(4) as threads:
        for each in [threads.submit(live) for _ in range(4)]:
            each.result(WAIT_S)


def test_a_send_that_fails_gives_the_turn_back_to_who_sends() -> None:
    class Failing(Slow):
        def send_run(self, _entries: Sequence[Entry], _partition: int) -> list[Sent]:
            raise OSError

    wire, seen = turns(Failing()), list[str]()

    def work() -> None:
        try:
            wire.send_run([], 0)
        except OSError:
            seen.append("failed")

    for _ in range(2):
        wire.work(work)
    assert seen == ["failed", "failed"]
