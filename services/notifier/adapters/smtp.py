"""Mail as a channel. The same key is the same Message-ID, so a mail server or reader can drop a second copy.

Knows SMTP. The moment that decides: before the mail's content is handed over a failure is just a failure; after
that, without an answer, nobody knows whether it arrived. Source: RFC 5321, sections 4.2.5 and 6.1.
"""

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, formataddr

import aiosmtplib
import structlog

from schemas.words import DeliveryOutcome
from services.notifier.ports import IN_FLIGHT_MAX, Letter

PERMANENT = 500
logger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed in. `is_starttls_required` None: encrypted where the server offers it."""

    host: str
    port: int = 25
    sender: str
    """The From address; the part behind the @ also names the Message-IDs."""
    username: str | None = None
    password: str | None = None
    is_starttls_required: bool | None = None
    is_tls: bool = False
    answer_max_s: float = 10.0
    """How long one answer of the server may take, …"""
    whole_max_s: float = 30.0
    """… and all of them together."""


@dataclass(slots=True)
class Progress:
    is_connected: bool = False
    is_handed_over: bool = False


class SmtpChannel:
    """Sends one mail over one connection. Blocks for at most `whole_max_s`; not for use inside an event loop."""

    in_flight_max = IN_FLIGHT_MAX

    def __init__(self, server: MailServer) -> None:
        self._server = server

    def send(self, letter: Letter, key: str) -> DeliveryOutcome:
        progress = Progress()
        try:
            outcome = asyncio.run(self._within_time(letter, key, progress))
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            outcome = _outcome_of(error, progress)
            logger.warning("smtp_failed", key=key, error=type(error).__name__, outcome=outcome)
        return outcome

    async def _within_time(self, letter: Letter, key: str, progress: Progress) -> DeliveryOutcome:
        async with asyncio.timeout(self._server.whole_max_s):
            return await self._send(letter, key, progress)

    async def _send(self, letter: Letter, key: str, progress: Progress) -> DeliveryOutcome:
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=server.answer_max_s,
            use_tls=server.is_tls,
            start_tls=server.is_starttls_required,
            username=server.username,
            password=server.password,
        )
        try:
            await client.connect()
            progress.is_connected = True
            await client.mail(server.sender)
            if (refused := await _recipients_refused(client, letter.addresses)) is not None:
                return refused
            progress.is_handed_over = True
            await client.data(mail(letter, key, server.sender).as_bytes(policy=WIRE))
            return DeliveryOutcome.SENT
        finally:
            client.close()


async def _recipients_refused(client: aiosmtplib.SMTP, addresses: tuple[str, ...]) -> DeliveryOutcome | None:
    """Name every recipient; None if one is taken, else whether all are refused for good."""
    codes = []
    for address in addresses:
        try:
            await client.rcpt(address)
        except aiosmtplib.SMTPRecipientRefused as error:
            codes.append(error.code)
    if len(codes) < len(addresses):
        return None
    return DeliveryOutcome.REFUSED if all(each >= PERMANENT for each in codes) else DeliveryOutcome.FAILED


def _outcome_of(error: Exception, progress: Progress) -> DeliveryOutcome:
    """A server that does not let us in, whatever it says, is mended by people: no mail is dropped for it."""
    if not progress.is_connected:
        return DeliveryOutcome.FAILED
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return DeliveryOutcome.REFUSED if error.code >= PERMANENT else DeliveryOutcome.FAILED
    return DeliveryOutcome.UNKNOWN if progress.is_handed_over else DeliveryOutcome.FAILED


def mail(letter: Letter, key: str, sender: str) -> EmailMessage:
    """The mail: named by its key, dated by its news, marked as written by a machine (RFC 3834)."""
    made = EmailMessage()
    made["Message-ID"] = f"<{key}@{sender.rpartition('@')[2]}>"
    made["Date"] = format_datetime(letter.message.at)
    made["From"] = formataddr(("Hearth", sender))
    made["To"] = ", ".join(letter.addresses)
    made["Subject"] = " ".join(letter.subject.split())
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.body)
    return made
