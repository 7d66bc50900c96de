"""All of Hearth in one process on the embedded log: the composition root.

Builds and joins the parts; decides nothing itself. Used by `hearth serve`, the demo and tests, which differ only in
the clock, the directory and whether an engine turns the runners or the caller does.
"""

import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from runtime.clock import Clock
from runtime.decider import Decider
from runtime.engine import Engine, Runner
from runtime.lock import LogLock
from runtime.log import Entry, Log, Record
from runtime.relay import Relay
from runtime.sqlite_log import SqliteLog
from runtime.timer import Timer
from services import clock as clockwork
from services.brokerage_desk.api import team_part
from services.brokerage_desk.picture import Picture
from services.brokerage_desk.ports import CheckView, Explanation
from services.brokerage_desk.projection import ReadModel
from services.brokerage_desk.watching import watching_part
from services.directory import Directory
from services.edge.answers import TIMEOUT_S, Answers
from services.edge.app import make_app
from services.edge.letters import Letters
from services.edge.saying import Defaults, Speaking
from services.matcher import couriers, listings
from services.matcher.adapters.audiences_file import read_audiences
from services.matcher.adapters.geography_file import read_geography
from services.matcher.adapters.terms_files import CALENDAR, POLICY, load_terms
from services.matcher.domain.policy import Terms
from services.matcher.domain.values import ReferralId, VacancyId
from services.matcher.matching import Matching
from services.matcher.remembering import Remembering, rebuild
from services.matcher.rulebooks import OffersRules, PlacementsRules
from services.shipped import shipped
from services.vacancy_ingest.api import provider_part


class Explainer:
    """Matching as the desk asks it. The engine's thread carries, the server's threads ask: one at a time."""

    def __init__(self, matching: Matching) -> None:
        self._matching, self._lock = matching, threading.Lock()

    def carry(self, record: Record) -> list[Entry]:
        with self._lock:
            return self._matching.carry(record)

    def explain(self, vacancy_id: str, referral_id: str) -> Explanation | None:
        with self._lock:
            found = self._matching.explain(VacancyId(vacancy_id), ReferralId(referral_id))
            matches = self._matching.matches_of(ReferralId(referral_id))
        if found is None:
            return None
        match = next((each for each in matches if each.vacancy_id == vacancy_id), None)
        return Explanation.model_validate(
            {
                "vacancy_id": vacancy_id,
                "referral_id": referral_id,
                "is_fit": not found.misfits,
                "is_for_answer": found.is_for_answer,
                "is_confirmation_due": found.is_confirmation_due,
                "misfits": found.misfits,
                "checks": [
                    CheckView(**{name: getattr(each, name) for name in CHECK}) for each in found.checks
                ],
                "reasons": match.rank.reasons if match else [],
                "badge": match.badge if match else None,
            }
        )


CHECK = ("misfit", "holds", "vacancy", "referral")


class RebuiltRelay(Relay):
    """A relay whose transform keeps an index: before it goes on it learns again what it has carried."""

    def __init__(self, log: Log, name: str, sources: Sequence[str], transform: Remembering) -> None:
        super().__init__(log, name, sources, transform)
        self._whole_log, self._sources, self._learning = log, tuple(sources), transform

    def start(self) -> None:
        rebuild(self._whole_log, self.name, self._sources, self._learning)
        super().start()


@dataclass(frozen=True, slots=True)
class System:
    """One running Hearth."""

    log: Log
    engine: Engine
    picture: Picture
    read_model: ReadModel
    speaking: Speaking
    app: FastAPI
    terms: Terms
    lock: LogLock | None

    def serve(self) -> None:
        """Let the engine turn the runners in a thread of its own."""
        self.engine.serve()

    def run_until_idle(self) -> int:
        return self.engine.run_until_idle()

    def close(self) -> None:
        """Stop the engine and let go of the log."""
        self.engine.stop()
        if isinstance(self.log, SqliteLog):
            self.log.close()
        if self.lock is not None:
            self.lock.release()


def build(
    data_dir: Path,
    clock: Clock,
    directory: Directory,
    *,
    is_turned_by_caller: bool = False,
    timeout_s: float = TIMEOUT_S,
) -> System:
    """Build everything on the log in `data_dir`, which is made if there is none; LogInUse, LogUnavailable.

    `is_turned_by_caller`: no engine is served, each request turns the runners itself (tests, the demo's past).
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = LogLock(data_dir)
    log = SqliteLog(data_dir, clock)
    return compose(log, clock, directory, lock, is_turned_by_caller=is_turned_by_caller, timeout_s=timeout_s)


def compose(
    log: Log,
    clock: Clock,
    directory: Directory,
    lock: LogLock | None = None,
    *,
    is_turned_by_caller: bool = False,
    timeout_s: float = TIMEOUT_S,
) -> System:
    """Join the parts over any log."""
    terms, read_model, explainer = (
        load_terms(),
        ReadModel(),
        Explainer(Matching(read_geography(shipped("geo_london")))),
    )
    engine = Engine(log, runners(log, clock, terms, read_model, explainer), clock)
    turn = Turn(engine) if is_turned_by_caller else None
    picture = Picture(read_model, directory, clock)
    answers = Answers(log, timeout_s=timeout_s, turn=turn, shown=read_model.wait_for)
    speaking = Speaking(answers, directory, clock, Letters(log, clock), Defaults(POLICY, CALENDAR))
    parts = [
        provider_part(speaking, picture),
        team_part(speaking, picture, explainer),
        watching_part(picture, lambda: engine.unavailable),
    ]
    app = make_app(directory, parts)
    return System(log, engine, picture, read_model, speaking, app, terms, lock)


class Turn:
    """Turns the runners for whoever asks, one caller at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self._engine.run_until_idle()


def runners(
    log: Log, clock: Clock, terms: Terms, read_model: ReadModel, explainer: Explainer
) -> Sequence[Runner]:
    """Return every runner, in the order in which one input travels."""
    catalogue = read_audiences(shipped("audiences.json"))
    listed = listings.Listings(terms, catalogue, {})
    return (
        Decider(log, OffersRules(terms)),
        Decider(log, PlacementsRules(terms)),
        Timer(log, "clock", clockwork.TOPICS, clockwork.due_of, clock),
        Relay(log, "courier-offers", ["offers"], couriers.carry_offers),
        Relay(log, "courier-placements", ["placements"], couriers.carry_placements),
        RebuiltRelay(log, "listings", listings.SOURCES, Remembering(listed.carry)),
        RebuiltRelay(log, "fit", ["listings"], Remembering(explainer.carry)),
        read_model.projection(log),
    )


@asynccontextmanager
async def running(system: System) -> AsyncIterator[None]:
    """Serve for as long as the app lives."""
    system.serve()
    try:
        yield
    finally:
        system.close()
