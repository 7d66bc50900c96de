"""The process that folds the log and writes what it folded to a store of documents, for all edges.

Knows the read model and the store. Decides nothing. Two may run at once: each writes only what the store has not yet.
Where the store is out of reach the fold waits with it, so that little is ever left to write; a store that was emptied
or set back is written whole again.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

import orjson
import structlog

from runtime.clock import Clock, monotonic_s, new_id
from runtime.log import Log
from runtime.records import rfc3339

from .documents import Name, names_of, value_of
from .ports import NOTHING_HELD, Store, StoreUnavailable
from .projection import TOPICS, ReadModel

CONFIRM_S: Final = 1.0
RETRY_S: Final = 0.25
RETRY_MAX_S: Final = 2.0
BATCH_MAX: Final = 250
"""How many records of a topic are folded before they are written: a script holds Redis up for a few milliseconds."""

logger = structlog.get_logger()


class Publisher:
    """A runner. Alone with its read model, which nobody else may turn."""

    name = "read-model"

    def __init__(
        self,
        log: Log,
        store: Store,
        clock: Clock,
        is_current: Callable[[], bool] = lambda: True,
        model: ReadModel | None = None,
    ) -> None:
        """`is_current` tells whether the log is within reach, so that its end is the end of what there is."""
        self._log, self._store, self._clock, self._is_current = log, store, clock, is_current
        self._model = model or ReadModel()
        self._changes = self._model.collect()
        self._projection = self._model.projection(log, BATCH_MAX)
        self._held = NOTHING_HELD
        self._id = new_id()[:8]
        self._aim: tuple[dict[str, int], datetime] | None = None
        self._confirmed_s = -CONFIRM_S
        self._retry_at_s, self._retry_s = 0.0, RETRY_S
        self.unavailable: str | None = None

    def start(self) -> None:
        self._projection.start()
        self._changes.clear()

    def step(self) -> int:
        """Fold and write the next records; 0 also while the store is out of reach."""
        if monotonic_s() < self._retry_at_s:
            return 0
        try:
            done = self._step()
        except StoreUnavailable as error:
            self._wait_for_store(str(error))
            return 0
        if self.unavailable is not None:
            logger.info("read_model_store_is_back")
        self.unavailable, self._retry_s = None, RETRY_S
        return done

    def _wait_for_store(self, reason: str) -> None:
        if self.unavailable is None:
            logger.warning("read_model_store_unavailable", reason=reason)
        self.unavailable = reason
        self._retry_at_s = monotonic_s() + self._retry_s
        self._retry_s = min(RETRY_MAX_S, self._retry_s * 2)

    def _step(self) -> int:
        if not self._held.generation and not self._join():
            return 0
        if not self._hand_on():
            return 1
        done = self._projection.step()
        self._hand_on()
        self._confirm()
        return done

    # --- the store as it is found -----------------------------------------------------------------------------

    def _join(self) -> bool:
        """Go on where the store is; no if it had to be written, and somebody else was first."""
        self._held = self._store.held()
        starts = self._model.positions | {each.place: each.since for each in self._changes.waiting()}
        reaches = all(self._held.positions.get(place, 0) >= at for place, at in starts.items())
        return bool(self._held.generation and reaches) or self._write_whole()

    def _write_whole(self) -> bool:
        """Fold to the end, and write everything in place of what is there, unless that is further anywhere."""
        while self._projection.step():
            pass
        replaced, found = self._held.generation, self._held.positions
        self._held = NOTHING_HELD
        positions = self._model.positions
        if any(positions.get(place, 0) < at for place, at in found.items()):
            return False
        self._changes.clear()
        has_begun = self._store.write_whole(replaced, self._everything(), positions)
        logger.info("read_model_written_whole", is_first=not replaced, has_begun=has_begun)
        if has_begun:
            self._held = self._store.held()
        return has_begun

    def _everything(self) -> Iterator[tuple[Name, bytes]]:
        picture = self._model.picture
        return ((name, orjson.dumps(value_of(picture, name))) for name in names_of(picture))

    # --- what is folded ---------------------------------------------------------------------------------------

    def _hand_on(self) -> bool:
        """Write what waits to be written; no if the store turns out to be another than it was."""
        for delta in self._changes.waiting():
            at: int | None = self._held.positions.get(delta.place, 0)
            if at is None or at < delta.until:
                values = {name: self._written(name) for name in delta.names}
                at = self._store.write(self._held.generation, delta, values)
            if at is None:
                self._held = NOTHING_HELD
                return False
            self._held = self._held._replace(positions={**self._held.positions, delta.place: at})
            self._changes.handed_on(delta)
        return True

    def _written(self, name: Name) -> bytes | None:
        value: Any = value_of(self._model.picture, name)
        return None if value is None else orjson.dumps(value)

    def _confirm(self) -> None:
        """Tell those who read, about every second, up to when they have everything."""
        if not self._held.generation or not self._is_current():
            self._aim = None
            return
        if self._aim is None:
            self._aim = {topic: self._log.end(topic) for topic in TOPICS}, self._clock.now()
        ends, at = self._aim
        is_there = all(self._projection.positions[topic] >= end for topic, end in ends.items())
        if is_there and monotonic_s() - self._confirmed_s >= CONFIRM_S:
            text = f"{self._id} {new_id()[:8]} {rfc3339(at)}"
            if not self._store.confirm(self._held.generation, self._model.positions, text):
                self._held = NOTHING_HELD
            self._confirmed_s, self._aim = monotonic_s(), None
