"""The relays, any of them in one process."""

from collections.abc import Sequence

from runtime.clock import SystemClock
from services.matcher.adapters.geography_file import read_geography
from services.matcher.adapters.terms_files import load_terms
from services.matcher.lately import Lately
from services.matcher.matching import Matching
from services.matcher.runners import clock_relay, relays
from services.matcher.translate import read_setting
from services.shipped import shipped

from .place import Place, mirrored, turn_until_stopped
from .topics import CLOCK, followed_by_relays


def run_relays(names: Sequence[str], place: Place) -> None:
    """Carry what these relays carry until a signal says stop.

    Any of them may run twice at once: what a clock or a courier says again is known to whom it reaches, and a listing
    or a match that is said again, or late, counts for nobody.
    """
    with mirrored(place, f"hearth-{names[0]}", followed_by_relays(names)) as log:
        matching, terms = Matching(read_geography(shipped("geo_london"))), load_terms()
        once = relays(log.once(), SystemClock(), terms, matching.carry, Lately(read_setting))
        again_and_again = {CLOCK: clock_relay(log, SystemClock())}
        turn_until_stopped(place, log, [{**once, **again_and_again}[name] for name in names])
