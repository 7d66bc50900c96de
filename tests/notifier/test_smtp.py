"""Mail against real servers on this machine: one that accepts, refuses, hangs, or accepts and does not answer."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message as Mail

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from runtime.clock import monotonic_s
from schemas.words import Channel, DeliveryOutcome, MessageKind
from services.notifier.adapters.smtp import MailServer, SmtpChannel
from services.notifier.domain.messages import About, Inbox, Message, message_key, team
from services.notifier.ports import Letter
from tests.notifier.stage import HARINGEY, SETTING, START, WINDOW, Stage, opened, setting, window

ADDRESS = "inbox@hearth.invalid"
KEY = message_key("fact", team(HARINGEY))


@dataclass
class Desk:
    """A mail server's mind: what it answers to a recipient and to a mail, after how long, and what it has got."""

    to_recipient: str = "250 OK"
    to_mail: str = "250 OK"
    is_hanging: bool = False
    is_silent_after: bool = False
    got: list[Mail] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)

    async def handle_RCPT(  # noqa: N802 - the server's own name for it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.is_hanging:
            await self._hang()
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        if self.to_mail.startswith("250"):
            self.got.append(message_from_bytes(envelope.content))
        if self.is_silent_after:
            await self._hang()
        return self.to_mail

    async def _hang(self) -> None:
        while not self.let_go.is_set():  # noqa: ASYNC110 - the event belongs to another thread
            await asyncio.sleep(0.01)


@contextmanager
def served(desk: Desk) -> Iterator[MailServer]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(desk, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield MailServer(
            host="127.0.0.1", port=port, sender="hearth@hearth.invalid", answer_max_s=0.3, whole_max_s=5
        )
    finally:
        desk.let_go.set()
        controller.stop()


def letter(*addresses: str) -> Letter:
    message = Message(
        key=KEY, kind=MessageKind.WINDOW_OPENED, recipient=team(HARINGEY), fact_id="fact",
        about=About(setting_id=SETTING, window_id=WINDOW), at=START,
    )  # fmt: skip
    return Letter(
        message, "Team", addresses or (ADDRESS,), "Offered:\r\nBcc: someone@hearth.invalid", "A line.\n.\n"
    )


def test_a_mail_that_is_accepted_is_sent_and_named_by_its_key() -> None:
    desk = Desk()
    with served(desk) as server:
        assert SmtpChannel(server).send(letter(), KEY) is DeliveryOutcome.SENT
    [mail] = desk.got
    assert mail["Message-ID"] == f"<{KEY}@hearth.invalid>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["To"] == ADDRESS
    assert str(mail.get_payload()).splitlines() == ["A line.", "."]


def test_no_name_can_add_a_header() -> None:
    desk = Desk()
    with served(desk) as server:
        SmtpChannel(server).send(letter(), KEY)
    assert desk.got[0]["Bcc"] is None
    assert desk.got[0]["Subject"] == "Offered: Bcc: someone@hearth.invalid"


@pytest.mark.parametrize(
    ("desk", "outcome"),
    [
        (Desk(to_recipient="550 no such box"), DeliveryOutcome.REFUSED),
        (Desk(to_recipient="451 later"), DeliveryOutcome.FAILED),
        (Desk(to_mail="554 not this one"), DeliveryOutcome.REFUSED),
        (Desk(to_mail="452 full"), DeliveryOutcome.FAILED),
        (Desk(is_hanging=True), DeliveryOutcome.FAILED),
        (Desk(is_silent_after=True), DeliveryOutcome.UNKNOWN),
    ],
    ids=["recipient 5xx", "recipient 4xx", "mail 5xx", "mail 4xx", "hangs", "accepts and does not answer"],
)
def test_what_the_server_does_is_what_is_written_down(desk: Desk, outcome: DeliveryOutcome) -> None:
    with served(desk) as server:
        assert SmtpChannel(server).send(letter(), KEY) is outcome


def test_a_server_that_is_not_there_is_a_failure_for_now() -> None:
    with served(Desk()) as server:
        pass
    assert SmtpChannel(server).send(letter(), KEY) is DeliveryOutcome.FAILED


def test_a_server_without_encryption_is_not_used_where_encryption_is_required() -> None:
    desk = Desk()
    with served(desk) as server:
        strict = MailServer(
            host=server.host, port=server.port, sender=server.sender, is_starttls_required=True
        )
        assert SmtpChannel(strict).send(letter(), KEY) is DeliveryOutcome.FAILED
    assert desk.got == []


def test_a_mail_is_sent_if_one_of_its_recipients_is_taken() -> None:
    desk = Desk()

    async def only_second(
        _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address == ADDRESS:
            return "550 no such box"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    desk.handle_RCPT = only_second  # type: ignore[method-assign]
    with served(desk) as server:
        assert SmtpChannel(server).send(letter(ADDRESS, "second@hearth.invalid"), KEY) is DeliveryOutcome.SENT


def notified_by_mail(server: MailServer, answer: Callable[[Stage], None]) -> Stage:
    stage = Stage()
    stage.book.ways[HARINGEY, Inbox.TEAM] = (Channel.SMTP,)
    stage.post.answer = SmtpChannel(server).send
    stage.notifier = stage.another(channels={Channel.SMTP: stage.post})
    stage.notifier.start()
    stage.write.offers(setting(window=window()), opened(window()))
    answer(stage)
    return stage


def test_a_mail_of_unknown_outcome_is_sent_again_under_the_same_message_id() -> None:
    desk = Desk(is_silent_after=True)
    with served(desk) as server:

        def first_without_answer(stage: Stage) -> None:
            stage.run()
            desk.is_silent_after = False
            stage.pass_time(minutes=1)

        stage = notified_by_mail(server, first_without_answer)
    assert len({mail["Message-ID"] for mail in desk.got}) == 1
    assert len(desk.got) == 2
    assert [outcome for _, _, outcome in stage.outcomes()] == ["unknown", "sent"]
    assert len(stage.values("vacancies", "window_told")) == 1


def test_an_outage_of_the_mail_server_is_reported_as_not_told() -> None:
    with served(Desk()) as server:
        pass
    stage = notified_by_mail(server, lambda stage: stage.pass_time(minutes=5))
    assert len(stage.values("vacancies", "window_not_told")) == 1


def test_a_server_that_hangs_takes_no_longer_than_it_may() -> None:
    with served(Desk(is_hanging=True)) as server:
        begun_s = monotonic_s()
        SmtpChannel(server).send(letter(), KEY)
        assert monotonic_s() - begun_s < 2
