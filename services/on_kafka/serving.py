"""What serves people, and what writes the picture that they are shown to Redis."""

from collections.abc import Iterator
from contextlib import contextmanager

from runtime.clock import SystemClock
from schemas.topics import Part
from services.brokerage_desk.adapters.redis_store import RedisStore
from services.brokerage_desk.following import Follower
from services.brokerage_desk.projection import NAME, TOPICS, ReadModel
from services.brokerage_desk.publishing import Publisher
from services.directory import Directory
from services.notifier.worker import Terms
from services.standalone import Options, compose, run_server

from .place import Place, mirrored, showing_life, turn_until_stopped
from .topics import seen_by


def run_edge(
    place: Place,
    directory: Directory,
    address: tuple[str, int],
    terms: Terms,
    redis: str | None = None,
) -> None:
    """Serve the API and the page until a signal says stop; without a Redis it folds its picture for itself."""
    folded: tuple[Part, ...] = ("read model",) if redis is None else ()
    with (
        mirrored(place, "hearth-edge", seen_by("vacancy_ingest", "brokerage_desk", *folded)) as log,
        followed(redis, place.log_id) as follower,
    ):
        options = Options(
            is_edge_alone=True, is_demo=directory.is_made_up, notifier_terms=terms, followed=follower
        )
        system = compose(log.once(), SystemClock(), directory, options)
        with showing_life(place, log, lambda: system.engine.turned_at):
            run_server(system, *address)


@contextmanager
def followed(redis: str | None, log_id: str) -> Iterator[Follower | None]:
    """A picture that is kept up with Redis by a thread of its own."""
    if redis is None:
        yield None
        return
    store = store_of(redis, log_id)
    follower = Follower(ReadModel(), store)
    follower.follow()
    try:
        yield follower
    finally:
        follower.close()
        store.close()


def run_read_model(place: Place, redis: str) -> None:
    """Write to Redis what is to be looked at until a signal says stop. Others may do so at the same time."""
    store = store_of(redis, place.log_id)
    with mirrored(place, "hearth-read-model", TOPICS) as log:
        turn_until_stopped(place, log, [Publisher(log, store, SystemClock(), lambda: not log.is_behind)])
    store.close()


def store_of(redis: str, log_id: str) -> RedisStore:
    """The documents of this log in the form that this version gives them."""
    return RedisStore(redis, f"{log_id}:{NAME}")
