"""What this process has appended and not yet seen decided, so that a repeat waits for it and is not appended again.

Knows inputs by topic and id. Decides nothing. What another process or an earlier life appended is not known here: the
rule books know their last inputs by id, and safety does not hang on either.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

from .inputs import Said

WAITING_MAX: Final = 10_000
"""More than can wait while callers are answered; of those that were never decided in time the oldest are forgotten."""


class Waiting:
    """For any number of threads."""

    def __init__(self) -> None:
        self._ids: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, said: Iterable[Said]) -> list[Said]:
        """Note these inputs and return those that did not wait yet, each id once: the caller appends them."""
        with self._lock:
            begun = [each for each in said if self._note(each)]
            while len(self._ids) > WAITING_MAX:
                self._ids.popitem(last=False)
            return begun

    def _note(self, said: Said) -> bool:
        known = len(self._ids)
        self._ids.setdefault((said.topic, said.id))
        return len(self._ids) > known

    def end(self, said: Sequence[Said]) -> None:
        """Forget inputs that are decided, or that were not appended after all."""
        with self._lock:
            for each in said:
                self._ids.pop((each.topic, each.id), None)
