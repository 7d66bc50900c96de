"""A worker that decides."""

from runtime.heartbeat import forget
from runtime.kafka_shards import Options
from runtime.kafka_worker import make_worker, run_worker
from runtime.lock import LogLock
from services.matcher.adapters.terms_files import load_terms
from services.matcher.rulebooks import OffersRules, PlacementsRules

from .place import Place, made


def run_decider(name: str, place: Place) -> None:
    """Decide as a member of the group `hearth-NAME` until a signal says stop. Ends the process."""
    with LogLock(made(place.directory)):
        forget(place.directory)
        terms = load_terms()
        rulebook = {"offers": OffersRules, "placements": PlacementsRules}[name](terms)
        options = Options(
            brokers=place.brokers,
            log_id=place.log_id,
            directory=place.directory,
            security=place.security,
        )
        run_worker(make_worker(rulebook, options))
