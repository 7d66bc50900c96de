"""The demo's made-up people."""

from runtime.clock import SystemClock
from schemas.topics import CATALOGUE
from services.demo.lasting import Looks, live_on

from .place import Place, mirrored, showing_life, stop_by_signal


def run_people(place: Place) -> None:
    """Let the demo's made-up people live on this Kafka until a signal says stop. One process at a time."""
    with mirrored(place, "hearth-people", [topic.name for topic in CATALOGUE]) as log:
        looks = Looks(SystemClock())
        with showing_life(place, log, lambda: looks.last_at):
            live_on(log, SystemClock(), stop_by_signal(), looks.note)
