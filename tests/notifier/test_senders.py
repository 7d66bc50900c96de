import threading
from collections.abc import Callable

import pytest

from runtime.clock import monotonic_s
from runtime.engine import Engine
from runtime.log import Log
from schemas.words import Channel, DeliveryOutcome
from services.notifier.domain.messages import Inbox
from services.notifier.ports import Job, Letter
from services.notifier.sender import ThreadSender
from services.notifier.worker import Notifier
from tests.notifier.stage import HARINGEY, Post, Stage, opened, setting, window


@pytest.fixture
def sender() -> ThreadSender:
    return ThreadSender({Channel.SMTP: 2, Channel.OUTBOX: 3})


def collected(sender: ThreadSender, count: int) -> list[str]:
    """Wait until so many jobs have ended."""
    found: list[str] = []
    while len(found) < count:
        found += [job.key for job, _ in sender.collect()]
    return found


def test_a_channel_that_hangs_holds_up_no_other(sender: ThreadSender) -> None:
    let_go = threading.Event()

    def hang() -> DeliveryOutcome:
        let_go.wait(30)
        return DeliveryOutcome.FAILED

    for key in ("one", "two"):
        sender.submit(Job(key, Channel.SMTP, hang))
    assert sender.room(Channel.SMTP) == 0
    assert sender.room(Channel.OUTBOX) == 3
    sender.submit(Job("three", Channel.OUTBOX, lambda: DeliveryOutcome.SENT))
    assert collected(sender, 1) == ["three"]
    let_go.set()
    assert sorted(collected(sender, 2)) == ["one", "two"]
    assert sender.room(Channel.SMTP) == 2
    sender.close()


def test_what_a_job_raises_is_raised_to_whoever_collects(sender: ThreadSender) -> None:
    raised = threading.Event()

    def bug() -> DeliveryOutcome:
        raised.set()
        raise ValueError

    sender.submit(Job("one", Channel.OUTBOX, bug))
    raised.wait(30)
    with pytest.raises(ValueError):  # noqa: PT011 - its type is all that a bug has
        collected(sender, 1)
    sender.close()


def test_an_engine_goes_on_while_a_channel_hangs(sender: ThreadSender) -> None:
    stage, let_go = Stage(), threading.Event()

    def hang(_letter: Letter, _key: str) -> DeliveryOutcome:
        let_go.wait(30)
        return DeliveryOutcome.SENT

    stage.book.ways[HARINGEY, Inbox.TEAM] = (Channel.SMTP, Channel.OUTBOX)
    ways: dict[Channel, Post] = {Channel.SMTP: Post(hang), Channel.OUTBOX: stage.post}
    notifier = Notifier(stage.log, stage.clock, stage.book, ways, sender, stage.terms)
    bugs: list[BaseException] = []
    engine = Engine(stage.log, [notifier], stage.clock, bugs.append)
    engine.serve()
    stage.write.offers(setting(window=window()), opened(window()))
    wait_for(stage.log, lambda: len(stage.values("vacancies", "window_told")) == 1)
    assert [outcome for _, _, outcome in stage.outcomes()] == ["sent"]
    let_go.set()
    wait_for(stage.log, lambda: len(stage.outcomes()) == 2)
    engine.stop()
    notifier.close()
    assert bugs == []


def wait_for(log: Log, condition: Callable[[], bool]) -> None:
    until_s = monotonic_s() + 20
    while not condition():
        assert monotonic_s() < until_s
        log.wait(log.pulse(), 0.05)
