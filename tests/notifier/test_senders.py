import threading

import pytest

from schemas.words import Channel, DeliveryOutcome
from services.notifier.ports import Job
from services.notifier.sender import ThreadSender


@pytest.fixture
def sender() -> ThreadSender:
    return ThreadSender(in_flight_max=2)


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
    assert sender.room(Channel.OUTBOX) == 2
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
