"""A made-up way to reach people, with made-up outages. Knows letters and instants; sends nothing anywhere."""

from collections import Counter
from datetime import datetime

from runtime.clock import Clock
from schemas.words import DeliveryOutcome
from services.notifier.ports import IN_FLIGHT_MAX, Letter


class MadeUpChannel:
    """Takes every letter, unless its recipient is cut off."""

    in_flight_max = IN_FLIGHT_MAX

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._cut_off_until: dict[str, datetime] = {}
        self.sent: Counter[str] = Counter()
        self.last: Letter | None = None

    def cut_off(self, party_id: str, until: datetime) -> None:
        """Let every letter to a party fail until an instant."""
        self._cut_off_until[party_id] = until

    def send(self, letter: Letter, key: str) -> DeliveryOutcome:  # noqa: ARG002 - nothing is kept, so nothing repeats
        until = self._cut_off_until.get(letter.message.recipient.id)
        if until is not None and self._clock.now() < until:
            return DeliveryOutcome.FAILED
        self.sent[letter.message.kind] += 1
        self.last = letter
        return DeliveryOutcome.SENT
