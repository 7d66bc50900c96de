"""Puts a notifier together from a directory file and the channels that an installation has."""

from pathlib import Path

from rich.console import Console

from runtime.clock import Clock
from runtime.log import Log
from schemas.words import Channel as ChannelName
from services.directory import Directory
from services.notifier.adapters.console import ConsoleChannel
from services.notifier.adapters.directory import FileDirectory
from services.notifier.adapters.outbox import OutboxChannel
from services.notifier.adapters.smtp import MailServer, SmtpChannel
from services.notifier.ports import Channel
from services.notifier.sender import DirectSender, ThreadSender
from services.notifier.worker import Notifier, Terms

DIRECT_MAX = 50
"""How many messages a run on a virtual clock says between two writes to its log."""


def channels(
    *, console: Console | None = None, outbox: Path | None = None, mail: MailServer | None = None
) -> dict[ChannelName, Channel]:
    """The channels that there is something for. Raises OSError if the outbox cannot be opened."""
    found: dict[ChannelName, Channel] = {}
    if console is not None:
        found[ChannelName.CONSOLE] = ConsoleChannel(console)
    if outbox is not None:
        found[ChannelName.OUTBOX] = OutboxChannel(outbox)
    if mail is not None:
        found[ChannelName.SMTP] = SmtpChannel(mail)
    return found


def make_notifier(
    log: Log,
    clock: Clock,
    directory: Directory,
    found: dict[ChannelName, Channel],
    *,
    is_direct: bool = False,
    terms: Terms | None = None,
) -> Notifier:
    """A notifier for the engine. `is_direct`: it sends in the engine's thread, for runs on a virtual clock."""
    at_once = {name: channel.in_flight_max for name, channel in found.items()}
    sender = DirectSender(DIRECT_MAX) if is_direct else ThreadSender(at_once)
    return Notifier(log, clock, FileDirectory(directory), found, sender, terms)
