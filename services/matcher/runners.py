"""The matcher's runners over any log: who decides, and what carries and lists what was decided.

Builds and joins; decides nothing itself.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from runtime.clock import Clock
from runtime.decider import Decider
from runtime.engine import Runner
from runtime.lock import LogInUse, LogLock
from runtime.log import Entry, Log, Record
from runtime.relay import Relay
from runtime.timer import Timer
from services.shipped import shipped

from . import couriers, due, listings
from .adapters.audiences_file import read_audiences
from .adapters.terms_files import load_terms
from .domain.policy import Terms
from .domain.setting import Setting
from .lately import Lately
from .remembering import RebuiltRelay, Remembering
from .rulebooks import OffersRules, PlacementsRules
from .sharing import Sharing

Settings = Lately[Setting | None]
Carry = Callable[[Record], Iterable[Entry]]
CLOCK: Final = "clock"
FIT_LEARN_MAX: Final = 20
"""Listings that are matched again in one step after a start; each is held against every need."""


def deciders(log: Log, terms: Terms, lately: Settings, sharing: Sharing) -> Sequence[Runner]:
    """Return those who answer. They and the read model come first: that is what a caller waits for."""
    return Decider(log, OffersRules(terms, lately, sharing)), Decider(log, PlacementsRules(terms))


def relays(
    log: Log,
    clock: Clock,
    terms: Terms,
    match: Carry,
    lately: Settings,
    sharing: Sharing | None = None,
) -> Mapping[str, Runner]:
    """Return the other runners by name, in the order in which a decision travels; `match` finds the matches."""
    audiences = read_audiences(shipped("audiences.json"))
    listed = listings.Listings(terms, audiences, {}, read_setting=lately.read, sharing=sharing)
    found = (
        clock_relay(log, clock),
        Relay(log, "courier-offers", ["offers"], couriers.carry_offers),
        Relay(log, "courier-placements", ["placements"], couriers.carry_placements),
        RebuiltRelay(log, "listings", listings.SOURCES, Remembering(listed.carry)),
        RebuiltRelay(log, "fit", ["listings"], Remembering(match), FIT_LEARN_MAX),
    )
    return {each.name: each for each in found}


def clock_relay(log: Log, clock: Clock) -> Timer:
    """Return what says that deadlines have passed."""
    return Timer(log, CLOCK, ["offers", "placements"], due.due_of, clock)


def decide_waiting(log: Log, data_dir: Path) -> None:
    """Decide what waits for the offers rule book, unless another process is doing so already."""
    try:
        lock = LogLock(data_dir)
    except LogInUse:
        return
    with lock:
        decide_all(log)


def decide_all(log: Log) -> None:
    """Decide what waits for the offers rule book. The caller has the log to itself."""
    decider = Decider(log, OffersRules(load_terms()))
    decider.start()
    while decider.step():
        pass
