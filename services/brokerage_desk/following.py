"""An edge's picture, kept up with a store of documents that another process writes. It never goes backwards.

Knows the read model and the store. Decides nothing, and never writes. While the store is out of reach, or nobody has
confirmed for a while that it holds everything, the picture stays as it was and is stale, and says since when.
"""

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import structlog

from runtime.clock import monotonic_s
from runtime.engine import stop_process, where
from runtime.log import Record
from runtime.records import instant

from .documents import Name, filled
from .ports import Change, Held, Store, StoreUnavailable
from .projection import ReadModel

STALE_S: Final = 5.0
"""How long nobody needs to confirm. Several times as long as whoever confirms lets pass between."""
WAIT_S: Final = 0.5
RETRY_S: Final = 0.25
SHOWN_MAX_S: Final = 3.0
"""How long a command waits, after its decision, for the picture to have it."""
STALE_SHOWN_MAX_S: Final = 0.2
"""The same while the picture is stale: what has been decided is told though nobody can see it yet."""

logger = structlog.get_logger()


def never_stale() -> None:
    """Say so of a picture that is folded where it is shown."""


class Freshness:
    """Up to when the picture is known to hold everything. Times are this process's own; no two clocks are compared."""

    def __init__(self, stale_s: float = STALE_S) -> None:
        self._stale_s = stale_s
        self._confirmed_s = -stale_s
        self._until: datetime | None = None

    def know(self, until: datetime) -> None:
        """Note that everything until then is held, which may be long ago."""
        self._until = until

    def confirm(self, until: datetime) -> None:
        """Note that just now somebody confirmed it."""
        self._until, self._confirmed_s = until, monotonic_s()

    @property
    def is_stale(self) -> bool:
        return monotonic_s() - self._confirmed_s >= self._stale_s

    def stale_since(self) -> datetime | None:
        """The instant until which all is shown, if that is too long ago; None while the picture is fresh."""
        return self._until if self.is_stale else None


class Follower:
    """Keeps a read model up with a store. `fill` it before it is shown, then `follow` until `close`."""

    def __init__(self, model: ReadModel, store: Store, freshness: Freshness | None = None) -> None:
        self._model, self._store = model, store
        self.freshness = freshness or Freshness()
        self._generation, self._mark, self._confirmed = "", "", ""
        self._seen: dict[str, int] = {}
        self._is_empty = True
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="read-model", daemon=True)
        self.unavailable: str | None = None

    @property
    def model(self) -> ReadModel:
        """What is kept up."""
        return self._model

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was read yet: there is nothing to show, not even something old."""
        return self._is_empty

    def stale_since(self) -> datetime | None:
        """As the freshness has it."""
        return self.freshness.stale_since()

    def wait_for(self, records: Sequence[Record], timeout_s: float) -> bool:
        """Wait until the picture has these records, but not long, and hardly while it is stale."""
        wait_max_s = STALE_SHOWN_MAX_S if self.freshness.is_stale else SHOWN_MAX_S
        return self._model.wait_for(records, min(timeout_s, wait_max_s))

    # --- a thread of its own ----------------------------------------------------------------------------------

    def fill(self) -> None:
        """Wait, as long as it takes, for a store that holds something, and read it whole."""
        while not (self._patiently() and self._generation):
            self._stopped.wait(RETRY_S)

    def follow(self) -> None:
        """Go on in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop following; the picture stays."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _follow(self) -> None:
        try:
            while not self._stopped.is_set():
                if not self._patiently() or not self._generation:
                    self._stopped.wait(RETRY_S)
        except BaseException as error:  # noqa: BLE001 - whatever it is, nobody may go on with an old picture
            logger.critical("read_model_failed", error=type(error).__name__, at=where(error))
            stop_process(error)

    def _patiently(self) -> bool:
        try:
            self.step()
        except StoreUnavailable as error:
            if self.unavailable is None:
                logger.warning("read_model_unavailable", reason=str(error))
            self.unavailable = str(error)
            return False
        if self.unavailable is not None:
            logger.info("read_model_is_back")
        self.unavailable = None
        return True

    def step(self, wait_s: float = WAIT_S) -> None:
        """Read what is new, waiting a little for it; StoreUnavailable."""
        if not self._generation:
            self._read_whole()
        else:
            self._store.wait(self._mark, wait_s)
            self._read_on()

    # --- reading ----------------------------------------------------------------------------------------------

    def _read_whole(self) -> None:
        """Take the whole picture from the store, unless what is shown here is newer anywhere."""
        look = self._store.look(None)
        held = look.held
        if not held.confirmed or not reaches(held, self._seen):
            return
        picture = filled(self._store.everything(held.generation))
        again = self._store.held()
        if again.generation != held.generation or not reaches(again, held.positions):
            return
        self._see(again)
        self._model.replace(picture, held.positions)
        self._generation, self._mark, self._confirmed = held.generation, look.mark, held.confirmed
        self.freshness.know(until_of(held))
        self._is_empty = False
        logger.info("read_model_read_whole", documents_of=held.generation)

    def _see(self, held: Held) -> None:
        """Note how far the documents that were read may have been: some are newer than the positions shown."""
        for place, at in held.positions.items():
            self._seen[place] = max(at, self._seen.get(place, 0))

    def _read_on(self) -> None:
        look = self._store.look(self._mark)
        if look.held.generation != self._generation or not self._take_in(look.changes):
            self._generation = ""
            return
        self._mark = look.mark
        if look.is_all:
            self._check(look.held)

    def _take_in(self, changes: Sequence[Change]) -> bool:
        """Take in what the changes name; no if some between were missed, or the store is not what it was."""
        names: set[Name] = set()
        positions = self._model.positions
        reached: dict[str, int] = {}
        for change in changes:
            delta = change.delta
            at = reached.get(delta.place, positions.get(delta.place, 0))
            if change.generation != self._generation or delta.until <= at:
                continue
            if delta.since > at:
                return False
            names |= delta.names
            reached[delta.place] = delta.until
        if not reached:
            return True
        held, documents = self._store.values(self._generation, sorted(names))
        if held.generation != self._generation or not reaches(held, reached):
            return False
        self._see(held)
        self._model.change(documents, reached)
        return True

    def _check(self, held: Held) -> None:
        """Hold what is shown against what the store said in the same instant, once all its changes are in."""
        own = self._model.positions
        if any(own.get(place, 0) < at for place, at in held.positions.items()):
            self._generation = ""  # changes were dropped before they were read here
        elif own == held.positions and held.confirmed not in {"", self._confirmed}:
            self._confirmed = held.confirmed
            self.freshness.confirm(until_of(held))


def reaches(held: Held, positions: Mapping[str, int]) -> bool:
    """Tell whether a store holds everything before these positions."""
    return all(held.positions.get(place, 0) >= at for place, at in positions.items())


def until_of(held: Held) -> datetime:
    return instant(held.confirmed.rpartition(" ")[2])
