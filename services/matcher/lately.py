"""The states that were written last, so that who follows in the same process need not read them from their bytes again.

Knows bytes and what they say. A state that is found here is the one that reading would give: the bytes decide, and
states never change. Must not know a rule or a log.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

State = TypeVar("State")

KEPT_MAX = 2000
"""More than a batch of the decider has; what was written before is read."""


class Lately(Generic[State]):
    """For one thread: the one that decides and then relays."""

    def __init__(self, read: Callable[[bytes], State], kept_max: int = KEPT_MAX) -> None:
        self._read, self._kept_max = read, kept_max
        self._states: OrderedDict[bytes, State] = OrderedDict()

    def keep(self, value: bytes, state: State) -> None:
        """Remember that `value` was written of a decision that ends in `state`."""
        self._states[value] = state
        if len(self._states) > self._kept_max:
            self._states.popitem(last=False)

    def read(self, value: bytes) -> State:
        """The state within a decision record, remembered or read."""
        return self._states[value] if value in self._states else self._read(value)
