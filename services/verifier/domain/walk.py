"""Where a vacancy stands on its ladder: which tiers have had their window, and which it goes back to.

Knows names and seconds alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Left:
    """The tier that a vacancy left, and the seconds that its window may still have: exactly one of these."""

    audience: str
    seconds: tuple[float, ...]
    is_due: bool = False
    """Whether the vacancy must go back there: its hold ended, or its window was re-judged or corrected."""


@dataclass(slots=True)
class Walk:
    """One vacancy's way down one ladder."""

    agreement_id: str | None = None
    served: list[str] = field(default_factory=list)
    left: Left | None = None
    released: Left | None = None
    """The last tier that was released: a mistake may bring the vacancy back there."""
    is_over: bool = False
    is_confirmed_since: bool = False

    def start(self, agreement_id: str | None) -> None:
        """Begin at the top if it is another agreement's ladder."""
        if agreement_id != self.agreement_id:
            self.agreement_id, self.served = agreement_id, []
            self.left = self.released = None
            self.is_over = self.is_confirmed_since = False

    def serve(self, audience: str) -> None:
        if audience not in self.served:
            self.served.append(audience)

    def go_back(self, left: Left | None) -> None:
        """What was left must be opened again, in its turn, for the rest of its time."""
        self.left = left
        if left is not None:
            left.is_due = True
            self.served = [each for each in self.served if each != left.audience]

    def turns(self, audiences: Sequence[str]) -> list[str]:
        """Return whose turn it may be: the first tier without a window yet; none after the last.

        After the last and a confirmation it is the last again: of the ladder as it is, or of the way that was walked.
        """
        found = next((each for each in audiences if each not in self.served), None)
        if found is not None:
            return [found]
        walked = [each for each in self.served if each in audiences]
        return [audiences[-1], *walked[-1:]] if self.is_confirmed_since else []
