"""What the notifier needs of the world: a directory of ways to tell people, channels, and a sender to use them.

Knows letters and outcomes. Must not know a mail server, a file, or where the directory comes from.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from schemas.words import Channel as ChannelName
from schemas.words import DeliveryOutcome
from services.notifier.domain.messages import Message, Recipient


@dataclass(frozen=True, slots=True)
class Way:
    """One channel of a recipient, with the addresses it has there; console and outbox may have none."""

    channel: ChannelName
    addresses: tuple[str, ...] = ()


class Directory(Protocol):
    """Where people are told and what things are called. Nothing from it is logged or kept."""

    def channels_of(self, recipient: Recipient) -> Sequence[Way]:
        """Each channel at most once; none for a recipient that is not known."""
        ...

    def display_name(self, kind: str, id: str) -> str:  # noqa: A002 - the word for it
        """The name of a `setting`, `provider` or `council`; the id itself where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it goes out: with words, names and addresses, which it must not leave behind anywhere."""

    message: Message
    to_name: str
    addresses: tuple[str, ...]
    subject: str
    body: str


IN_FLIGHT_MAX = 4
"""How many messages are on their way at once where the channel cannot help telling one twice after a crash."""


class Channel(Protocol):
    """One way to tell somebody. The same key again must not tell twice where the channel can help it."""

    @property
    def in_flight_max(self) -> int:
        """How many messages may be on their way at once: what has no outcome when the process ends is sent again."""
        ...

    def send(self, letter: Letter, key: str) -> DeliveryOutcome:
        """Return `sent`, `refused` for good, `failed` for now, or `unknown`: it may have arrived.

        Raises nothing for a world that is out of reach; what it raises is a bug.
        """
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """One try of one message on one channel."""

    key: str
    channel: ChannelName
    send: Callable[[], DeliveryOutcome]


class Sender(Protocol):
    """Does jobs, at once or beside the caller, so many at a time."""

    def room(self, channel: ChannelName) -> int:
        """How many more jobs of this channel may be submitted now."""
        ...

    def submit(self, job: Job) -> None: ...

    def collect(self) -> list[tuple[Job, DeliveryOutcome]]:
        """The jobs that have ended since it was last asked; raises what a job raised."""
        ...

    def close(self) -> None: ...
