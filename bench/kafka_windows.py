"""Open windows, each due at an instant, on the catalogue's topics; and the real processes that end them.

Knows rows, `hearth work` and the topics. Must not know what of it is measured.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from runtime.kafka_records import instant_of, record_of
from runtime.log import Record
from schemas.topics import PARTITIONS
from services.matcher.adapters.terms_files import load_terms
from services.matcher.due import due_of
from services.matcher.rulebooks import OffersRules

from .feed import Home
from .kafka_ground import Ground, Process
from .kafka_inputs import Stamped
from .kafka_rows import Introducing, Rows

INPUTS, OUTPUTS, GROUP = "vacancies", "offers", "hearth-offers"
EMERGENCY: Final = timedelta(hours=1)
"""How long a window is in an emergency, by the policy."""


class Closed(NamedTuple):
    """The decision that ended a window: when it was due, and when that was in the log."""

    partition: int
    due_at: datetime
    closed_at: datetime

    @property
    def late_s(self) -> float:
        return (self.closed_at - self.due_at).total_seconds()


class Windows:
    """Settings with one open window each, on topics that are otherwise empty."""

    def __init__(self, ground: Ground, log_id: str) -> None:
        self._ground = ground
        self._rows = Rows(OffersRules(load_terms()), log_id, PARTITIONS)
        self.due_at: dict[str, datetime] = {}

    def open(self, home: Home, due_at: datetime) -> None:
        """Let a setting have a window that is due then."""
        saying = Introducing(due_at - EMERGENCY)
        self._rows.add([*saying.setting(home), *saying.window(home)])
        assert deadline_of(self._rows.decisions[-1]) == due_at
        self.due_at[home.setting_id] = due_at

    def lay_out(self) -> None:
        """Append everything; all inputs are acknowledged."""
        self._ground.load(INPUTS, self._rows.inputs, PARTITIONS)
        self._ground.load(OUTPUTS, self._rows.decisions, PARTITIONS)
        self._ground.acknowledge(GROUP, INPUTS)
        self.starts = self._ground.ends(OUTPUTS)

    @property
    def count(self) -> int:
        return len(self.due_at)

    def work(self, name: str, part: str) -> AbstractContextManager[Process]:
        """Run a part of Hearth in a directory of this name; what is there from before it goes on with."""
        state = self._ground.folder / f"{name}-state"
        words = ["services.cli", "work", part, "--brokers", self._ground.brokers, "--state", f"{state}"]
        return self._ground.started(name, words)

    def wait_until_closed(self, count: int, processes: Sequence[Process]) -> None:
        """Wait until so many have ended."""
        self._ground.wait_for(OUTPUTS, self.count + count, processes)

    def closed(self) -> list[Closed]:
        """Return the first decision after the one that opened each window."""
        found: dict[str, Closed] = {}
        for each in self._ground.records(OUTPUTS, self.starts):
            record = record_of(each)
            closed = Closed(each.partition, self.due_at[record.key], record.stamped_at)
            if record.key not in found or closed.closed_at < found[record.key].closed_at:
                found[record.key] = closed
        return list(found.values())

    def said_late_s(self, due_at: datetime) -> list[float]:
        """Return how long after the instant the clock said each window that was due then."""
        ends = dict.fromkeys(self.starts, 0)
        keys = {key for key, at in self.due_at.items() if at == due_at}
        told = self._ground.records(INPUTS, ends)
        late = [
            (instant_of(each.timestamp) - due_at).total_seconds()
            for each in told
            if each.key.decode() in keys
        ]
        return [each for each in late if each >= 0]


def deadline_of(decision: Stamped) -> datetime | None:
    """Return when the clock has something to say about a setting."""
    record = Record(OUTPUTS, 0, decision.key, decision.value, decision.headers, decision.at)
    due = due_of(record)
    return None if due is None else due.at
