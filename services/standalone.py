"""All of Hearth in one process on the embedded log: the composition root.

Builds and joins the parts; decides nothing itself. Used by `hearth serve`, the demo and tests, which differ only in
the clock, the directory and whether an engine turns the runners or the caller does.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from runtime.clock import Clock
from runtime.engine import Engine, Runner
from runtime.garbage import few_collections
from runtime.lock import LogLock
from runtime.log import Entry, Log, Record
from runtime.projection import Projection
from runtime.sqlite_log import SqliteLog
from schemas.words import Channel as ChannelName
from schemas.words import Role
from services.brokerage_desk.advising import Band
from services.brokerage_desk.api import TeamEdge
from services.brokerage_desk.following import Follower, never_stale
from services.brokerage_desk.pages import Desk, Say, pages_part
from services.brokerage_desk.picture import Picture
from services.brokerage_desk.ports import CheckView, Explanation
from services.brokerage_desk.projection import ReadModel
from services.brokerage_desk.watching import Watching
from services.directory import Directory
from services.edge.answers import TIMEOUT_S, Answers
from services.edge.app import make_app
from services.edge.letters import Letters
from services.edge.saying import Defaults, Speaking
from services.edge.staleness import telling
from services.matcher.adapters.council_names import read_council_names
from services.matcher.adapters.geography_file import read_geography
from services.matcher.adapters.terms_files import CALENDAR, POLICY, load_terms
from services.matcher.domain.geography import Geography
from services.matcher.domain.policy import Terms
from services.matcher.domain.values import CouncilId, ReferralId, VacancyId
from services.matcher.lately import Lately
from services.matcher.matching import Matching
from services.matcher.runners import deciders, relays
from services.matcher.sharing import Sharing
from services.matcher.translate import read_setting
from services.notifier.composing import make_notifier
from services.notifier.ports import Channel
from services.notifier.worker import Notifier
from services.notifier.worker import Terms as NotifierTerms
from services.shipped import shipped
from services.vacancy_ingest.api import ProviderEdge


class Explainer:
    """Matching as the desk asks it. The engine's thread carries, the server's threads ask: one at a time."""

    def __init__(self, matching: Matching) -> None:
        self._matching, self._lock = matching, threading.Lock()

    def carry(self, record: Record) -> list[Entry]:
        with self._lock:
            return self._matching.carry(record)

    def following(self, log: Log) -> Projection:
        """Return a runner that only learns, for a process in which another finds the matches."""
        return Projection(
            log,
            "explanations",
            ["listings"],
            fold=lambda record: void(self.carry(record)),
            dump=bytes,
            load=void,
        )

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


def void(_: object) -> None:
    """Take it and do nothing: what is carried is another's, and of what is listed there is no snapshot."""


CHECK = ("misfit", "holds", "vacancy", "referral")


class Turn:
    """Turns the runners for whoever asks, one caller at a time, until an engine does it."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, threading.Lock()
        self._is_over = False

    def __call__(self) -> None:
        with self._lock:
            if not self._is_over:
                self._engine.run_until_idle()

    def end(self) -> None:
        """Leave the runners to the engine: they are not made for two threads."""
        with self._lock:
            self._is_over = True


@dataclass(frozen=True, slots=True)
class System:
    """One running Hearth."""

    log: Log
    engine: Engine
    picture: Picture
    read_model: ReadModel
    speaking: Speaking
    notifier: Notifier
    app: FastAPI
    terms: Terms
    lock: LogLock | None
    turn: Turn | None

    def serve(self) -> None:
        """Let the engine turn the runners in a thread of its own, from now on it alone."""
        if self.turn is not None:
            self.turn.end()
        self.engine.serve()

    def run_until_idle(self) -> int:
        return self.engine.run_until_idle()

    def close(self) -> None:
        """Stop the engine and let go of the log."""
        self.engine.stop()
        self.notifier.close()
        if isinstance(self.log, SqliteLog):
            self.log.close()
        if self.lock is not None:
            self.lock.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What differs between serving, the demo and tests."""

    channels: Mapping[ChannelName, Channel] = field(default_factory=dict)
    is_turned_by_caller: bool = False
    """No engine thread: each request turns the runners itself, and messages are sent at once."""
    is_edge_alone: bool = False
    """Only what serves people: deciders, relays and notifier are other processes on the same log."""
    followed: Follower | None = None
    """Of an edge alone: what keeps its picture, where another process folds it."""
    is_demo: bool = False
    """A page without sign-in that shows everything, labelled as made up."""
    timeout_s: float = TIMEOUT_S
    notifier_terms: NotifierTerms | None = None


def build(data_dir: Path, clock: Clock, directory: Directory, options: Options | None = None) -> System:
    """Build everything on the log in `data_dir`, which is made if there is none; LogInUse, LogUnavailable."""
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = LogLock(data_dir)
    try:
        return compose(SqliteLog(data_dir, clock), clock, directory, options, lock)
    except BaseException:
        lock.release()
        raise


def compose(
    log: Log,
    clock: Clock,
    directory: Directory,
    options: Options | None = None,
    lock: LogLock | None = None,
) -> System:
    """Join the parts over any log."""
    chosen, terms = options or Options(), load_terms()
    geography = read_geography(shipped("geo_london"))
    explainer = Explainer(Matching(geography))
    read_model = ReadModel() if chosen.followed is None else chosen.followed.model
    notifier = make_notifier(
        log,
        clock,
        directory,
        dict(chosen.channels),
        is_direct=chosen.is_turned_by_caller,
        terms=replace(chosen.notifier_terms or NotifierTerms(), rest_days=terms.calendar(CALENDAR).holidays),
    )
    projection = read_model.projection(log)
    runners: Sequence[Runner]
    if chosen.is_edge_alone:
        runners = [explainer.following(log), *([projection] if chosen.followed is None else [])]
    else:
        runners = all_runners(log, clock, terms, explainer, projection, notifier)
    engine = Engine(log, runners, clock)
    picture = Picture(read_model, directory, clock, band_of(geography))
    turn = Turn(engine) if chosen.is_turned_by_caller else None
    shown = projection.wait_for if chosen.followed is None else chosen.followed.wait_for
    answers = Answers(log, timeout_s=chosen.timeout_s, turn=turn, shown=shown)
    speaking = Speaking(answers, directory, clock, Letters(log, clock), Defaults(POLICY, CALENDAR))
    app = make_edge(speaking, directory, picture, explainer, engine, chosen)
    return System(log, engine, picture, read_model, speaking, notifier, app, terms, lock, turn)


def all_runners(
    log: Log, clock: Clock, terms: Terms, explainer: Explainer, projection: Projection, notifier: Notifier
) -> Sequence[Runner]:
    """Return everything that follows the log. What a caller waits for comes first."""
    lately, sharing = Lately(read_setting), Sharing()
    carried = relays(log, clock, terms, explainer.carry, lately, sharing).values()
    return *deciders(log, terms, lately, sharing), projection, *carried, notifier


def make_edge(
    speaking: Speaking,
    directory: Directory,
    picture: Picture,
    explainer: Explainer,
    engine: Engine,
    chosen: Options,
) -> FastAPI:
    """Return the pages and the API for providers and teams."""
    followed = chosen.followed
    stale_since = never_stale if followed is None else followed.stale_since
    provider, team = ProviderEdge(speaking, picture), TeamEdge(speaking, picture, explainer)
    sayings: dict[Role, Say] = {
        Role.PROVIDER: lambda _, sentence: provider.say(sentence),
        Role.TEAM: lambda act, sentence: team.say(act.guard, sentence),
    }
    councils = read_council_names(shipped("geo_london"))
    parts = [
        provider.part(),
        team.part(),
        Watching(picture, lambda: engine.unavailable, stale_since).part(),
        pages_part(Desk(picture, directory, sayings, councils, chosen.is_demo, stale_since)),
    ]
    around = () if followed is None else (telling(lambda: followed.is_empty, stale_since),)
    return make_app(directory, parts, around=around)


def band_of(geography: Geography) -> Band:
    """Return how far a home borough lies from a setting, as the desk asks it."""
    return lambda home, borough, outward_code: geography.band(
        CouncilId(home), None if borough is None else CouncilId(borough), outward_code
    )


def run_server(system: System, host: str, port: int) -> None:
    """Serve until a signal says stop; then let the step that is running end. Raises what the log raises at start."""
    with few_collections():
        system.serve()
    try:
        # No access log: an address may hold what a caller typed. What happens is in the log of facts.
        uvicorn.run(
            system.app, host=host, port=port, access_log=False, log_level="warning", server_header=False
        )
    finally:
        system.close()
