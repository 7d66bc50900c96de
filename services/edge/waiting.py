"""What this process appends and has not yet seen decided, so that a repeat waits for it and is not appended again.

Knows inputs by topic and id. Decides nothing. What another process or an earlier life appended is not known here: the
rule books know their last inputs by id, and safety does not hang on either.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from .inputs import Said

WAITING_MAX: Final = 10_000
"""More than can wait while callers are answered; of those that were never decided in time the oldest are forgotten."""


class Waiting:
    """For any number of threads."""

    def __init__(self) -> None:
        self._is_durable: OrderedDict[tuple[str, str], bool] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, said: Iterable[Said]) -> list[Said]:
        """Note these inputs and return those that did not wait yet, each id once: the caller appends them."""
        with self._lock:
            begun = [each for each in said if self._note(each)]
            while len(self._is_durable) > WAITING_MAX:
                self._is_durable.popitem(last=False)
            return begun

    def _note(self, said: Said) -> bool:
        known = len(self._is_durable)
        self._is_durable.setdefault((said.topic, said.id), False)
        return len(self._is_durable) > known

    def appended(self, said: Iterable[Said]) -> None:
        """Note that the log has these inputs, of which it was not known until now."""
        with self._lock:
            for each in said:
                self._is_durable[each.topic, each.id] = True

    def is_durable(self, said: Said) -> bool:
        """Tell whether the log is known to have it; False while somebody is still trying to append it."""
        with self._lock:
            return self._is_durable.get((said.topic, said.id), False)

    def end(self, said: Iterable[Said]) -> None:
        """Forget inputs that are decided, or that were not appended after all."""
        with self._lock:
            for each in said:
                self._is_durable.pop((each.topic, each.id), None)
