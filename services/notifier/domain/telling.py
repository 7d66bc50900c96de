"""How one message fares on its way: a try per channel, again after a while, and what is to be reported of it.

Laws: a try whose outcome is unknown is tried again under the same key; tries are bounded; what was sent, refused or
superseded is never tried again. Knows no channel's inside and no clock.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas.words import Channel, DeliveryOutcome, MessageKind

from .messages import Inbox, Message

TELL_OF_WINDOW = frozenset(
    {
        MessageKind.WINDOW_OPENED,
        MessageKind.WINDOW_UNACKNOWLEDGED,
        MessageKind.WINDOW_NEARLY_OVER,
        MessageKind.WINDOW_MOVED,
        MessageKind.WINDOW_CREDITED,
    }
)
"""A team that got one of these knows that the window is open."""
OPEN_A_WINDOW = frozenset({MessageKind.WINDOW_OPENED, MessageKind.WINDOW_CREDITED})
"""A team that got none of these by any channel was not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often, how far apart and how long something is tried. *Policy*."""

    retry_after: timedelta = timedelta(seconds=30)
    """Before the second try; doubled with each further one, …"""
    retry_after_max: timedelta = timedelta(minutes=30)
    """… up to this."""
    attempts_max: int = 16
    """About five hours in all."""
    not_told_after: int = 3
    """After how many failed tries of every channel a team counts as not told; the tries go on."""
    too_old_after: timedelta = timedelta(days=3)
    """From which age on news is not sent any more."""

    def again_at(self, ended_at: datetime, attempt: int) -> datetime:
        """When to try next after try number `attempt` (from 1) failed at `ended_at`."""
        doubled: int = 2 ** min(attempt - 1, 16)
        return ended_at + min(self.retry_after * doubled, self.retry_after_max)


@dataclass(slots=True)
class Try:
    """One channel of one message. `attempt` is the number of the last try that was begun."""

    due_at: datetime
    attempt: int = 0
    is_running: bool = False
    outcome: DeliveryOutcome | None = None
    is_over: bool = False

    def ended(self, outcome: DeliveryOutcome, at: datetime, patience: Patience) -> None:
        """Take in how the last try ended, and see whether there will be another."""
        self.is_running, self.outcome = False, outcome
        may_again = outcome in (DeliveryOutcome.FAILED, DeliveryOutcome.UNKNOWN)
        self.is_over = not may_again or self.attempt >= patience.attempts_max
        self.due_at = at if self.is_over else patience.again_at(at, self.attempt)


@dataclass(slots=True)
class Telling:
    """One message on all channels of its recipient."""

    message: Message
    tries: dict[Channel, Try] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        return all(each.is_over for each in self.tries.values())

    @property
    def has_told(self) -> bool:
        """Tell whether it has told a team that a window is open."""
        is_sent = any(each.outcome is DeliveryOutcome.SENT for each in self.tries.values())
        return is_sent and self._is_to_team() and self.message.kind in TELL_OF_WINDOW

    def has_not_told(self, patience: Patience) -> bool:
        """Tell whether every channel of a team has failed to tell it of a window."""
        is_asked = self._is_to_team() and self.message.kind in OPEN_A_WINDOW
        return is_asked and all(_has_failed(each, patience) for each in self.tries.values())

    def _is_to_team(self) -> bool:
        return self.message.recipient.inbox is Inbox.TEAM


def _has_failed(each: Try, patience: Patience) -> bool:
    has_tried = each.is_over or each.attempt >= patience.not_told_after
    failed = (DeliveryOutcome.FAILED, DeliveryOutcome.UNKNOWN, DeliveryOutcome.REFUSED)
    return has_tried and each.outcome in failed
