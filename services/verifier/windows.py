"""Follows every window from its opening to its end, by the facts alone, and holds the state against them.

Knows windows and answers to them. Must not know which tier is whose turn, or how long a window should be.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas import offer_facts as facts
from schemas import offers, vacancies
from schemas.base import Event
from schemas.words import Kind, Role, WindowOutcome

from .domain.promises import Promise, Tally
from .steps import OfferStep

ENDED_IN_ITS_OWN_TIME = frozenset({WindowOutcome.LAPSED, WindowOutcome.UNTOLD})


@dataclass(slots=True)
class Track:
    """One window as the facts tell it. `closes` has each deadline with the version of the record that announced it."""

    window_id: str
    vacancy_id: str
    audience: str
    members: frozenset[str]
    kind: Kind
    opened_at: datetime
    opened_in: int
    closes: list[tuple[int, datetime]]
    agreement_id: str | None
    released: set[str] = field(default_factory=set)
    nominated: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    is_credited: bool = False
    ended_in: int | None = None
    ended_at: datetime | None = None

    @property
    def closes_at(self) -> datetime:
        return self.closes[-1][1]

    @property
    def is_open(self) -> bool:
        return self.ended_in is None

    def closes_at_version(self, version: int) -> datetime:
        """Return the deadline that stood after a version of the setting."""
        return next((at for since, at in reversed(self.closes) if since <= version), self.closes[0][1])


class Windows:
    """All windows of the log."""

    def __init__(self, tally: Tally) -> None:
        self._check = tally.check
        self.tracks: dict[str, Track] = {}
        self.open_of: dict[str, Track] = {}
        self._open_in: dict[str, set[str]] = {}

    # --- before the facts: who may be answered ---------------------------------------------------------------

    def judge_answer(self, step: OfferStep) -> None:
        """An accepted answer comes from a member of the audience of an open window, before its deadline."""
        cause = step.cause
        if not step.is_accepted or cause is None:
            return
        window_id = getattr(cause, "window_id", None)
        if isinstance(cause, ANSWERS) and isinstance(window_id, str):
            self._judge_window_answer(step, cause, window_id)
        elif isinstance(cause, vacancies.RegisterStandby):
            self._judge_standby(step, cause)

    def _judge_window_answer(self, step: OfferStep, cause: Any, window_id: str) -> None:
        track = self.tracks.get(window_id)
        in_time = track is not None and track.is_open and step.at < closes_for(step, track)
        promise = Promise.ANSWERED_BY_RIGHT
        reason = f"{type(cause).__name__} was accepted, but {window_id} was not open"
        if self._check(promise, in_time, step.record, reason) and track is not None:
            is_asked = cause.by.role is not Role.TEAM or cause.by.id in track.members
            self._check(
                promise, is_asked, step.record, f"{cause.by.id} is not in the audience of {window_id}"
            )

    def _judge_standby(self, step: OfferStep, cause: vacancies.RegisterStandby) -> None:
        track = self.open_of.get(cause.vacancy_id)
        is_others = (
            track is not None and step.at < closes_for(step, track) and cause.by.id not in track.members
        )
        reason = f"standby for {cause.vacancy_id}, where no window of others is open"
        self._check(Promise.ANSWERED_BY_RIGHT, is_others, step.record, reason)

    # --- the facts -------------------------------------------------------------------------------------------

    def take(self, step: OfferStep, fact: facts.Fact) -> bool:
        """Follow one fact; False if it is itself a breach and nothing else may build on it."""
        if isinstance(fact, facts.WindowOpened):
            return self._open(step, fact)
        if isinstance(fact, facts.WindowEnded):
            return self._end(step, fact)
        track = self.tracks.get(getattr(fact, "window_id", None) or "")
        if track is None:
            return True
        if isinstance(fact, MOVES):
            track.closes.append((step.version, fact.closes_at))
            track.is_credited |= isinstance(fact, facts.WindowCredited)
        elif isinstance(fact, facts.WindowReleased):
            track.released.add(fact.council)
        elif isinstance(fact, facts.NominationMade):
            track.nominated.add(fact.council)
        elif isinstance(fact, facts.WindowTold):
            track.told.add(fact.council)
        return True

    def _open(self, step: OfferStep, fact: facts.WindowOpened) -> bool:
        former = self.open_of.get(fact.vacancy_id)
        is_only = former is None and fact.window_id not in self.tracks
        reason = f"{fact.window_id} opened while {former.window_id if former else 'it'} was open or known"
        if not self._check(Promise.ONE_OPEN_WINDOW, is_only, step.record, reason) and not self._replaces(
            step, fact, former
        ):
            return False
        track = Track(
            fact.window_id,
            fact.vacancy_id,
            fact.audience,
            frozenset(fact.members),
            fact.kind,
            fact.opened_at,
            step.version,
            [(step.version, fact.closes_at)],
            fact.agreement_id,
        )
        self.tracks[fact.window_id] = self.open_of[fact.vacancy_id] = track
        self._open_in.setdefault(step.key, set()).add(fact.window_id)
        return True

    def _replaces(self, step: OfferStep, fact: facts.WindowOpened, former: Track | None) -> bool:
        """Tell whether the state shows the new window in the place of the former, whose end was never written."""
        state = step.decision.state
        shown = {each.window.window_id for each in vacancies_of(state) if each.window} if state else set()
        if former is None or fact.window_id in self.tracks or former.window_id in shown:
            return False
        if fact.window_id not in shown:
            return False
        reason = f"{former.window_id} is gone, and its end was never written"
        self._check(Promise.WINDOWS_END_ONCE, False, step.record, reason)
        self._close(step, former)
        return True

    def _close(self, step: OfferStep, track: Track) -> None:
        track.ended_in, track.ended_at = step.version, step.at
        self.open_of.pop(track.vacancy_id, None)
        self._open_in[step.key].discard(track.window_id)

    def _end(self, step: OfferStep, fact: facts.WindowEnded) -> bool:
        track = self.tracks.get(fact.window_id)
        is_open = track is not None and track.is_open
        reason = f"{fact.window_id} ended, and was not open"
        if not self._check(Promise.WINDOWS_END_ONCE, is_open, step.record, reason) or track is None:
            return False
        self._judge_end(step, fact, track)
        self._close(step, track)
        return True

    def _judge_end(self, step: OfferStep, fact: facts.WindowEnded, track: Track) -> None:
        is_over = step.at >= track.closes_at
        if fact.outcome in ENDED_IN_ITS_OWN_TIME:
            reason = f"{fact.window_id} ended {fact.outcome} before its deadline"
            self._check(Promise.NEVER_EARLY, is_over, step.record, reason)
        elif fact.outcome is WindowOutcome.NOMINATED:
            is_held = any(isinstance(each, facts.PlaceHeld) for each in step.decision.facts)
            all_answered = track.members <= track.released | track.nominated
            is_held &= len(track.members) == 1
            reason = f"{fact.window_id} ended nominated before its deadline and before all had answered"
            self._check(Promise.NEVER_EARLY, is_over or is_held or all_answered, step.record, reason)
        elif fact.outcome is WindowOutcome.RELEASED:
            reason = f"{fact.window_id} ended released, and not every member had let it go"
            self._check(Promise.NEVER_EARLY, track.members <= track.released, step.record, reason)
        if fact.outcome is WindowOutcome.UNTOLD:
            reason = f"{fact.window_id} ended untold without one more length, or somebody was told"
            was_given_more = track.is_credited and not track.told
            self._check(Promise.FULL_LENGTH, was_given_more, step.record, reason)

    # --- the state -------------------------------------------------------------------------------------------

    def judge_state(self, step: OfferStep) -> None:
        """The state shows the open windows, with the deadlines and terms that the facts gave them."""
        state = step.decision.state
        if state is None:
            return
        shown = {each.window.window_id: each.window for each in vacancies_of(state) if each.window}
        followed = self._open_in.get(step.key, set())
        odd = sorted(followed.symmetric_difference(shown))
        reason = f"{', '.join(odd[:1])} is open by the facts or by the state alone"
        self._check(Promise.WINDOWS_END_ONCE, not odd, step.record, reason)
        for window_id in followed & shown.keys():
            self._judge_window(step, shown[window_id], self.tracks[window_id])

    def _judge_window(self, step: OfferStep, window: offers.Window, track: Track) -> None:
        is_announced = window.closes_at == track.closes_at
        reason = f"the deadline of {window.window_id} is not the one that was announced"
        self._check(Promise.FULL_LENGTH, is_announced, step.record, reason)
        is_as_opened = (frozenset(window.members), window.audience) == (track.members, track.audience)
        reason = f"the audience of {window.window_id} is not the one that it opened for"
        self._check(Promise.OPENED_BY_RIGHT, is_as_opened, step.record, reason)
        is_in_time = step.at < window.closes_at
        reason = f"{window.window_id} is open at its deadline"
        self._check(Promise.NEVER_LATE, is_in_time, step.record, reason)


MOVES = (
    facts.WindowExtended,
    facts.WindowToppedUp,
    facts.WindowPaused,
    facts.WindowMoved,
    facts.WindowCredited,
)
ANSWERS: tuple[type[Event], ...] = (
    vacancies.AcknowledgeWindow,
    vacancies.ReleaseWindow,
    vacancies.Nominate,
    vacancies.ExtendWindow,
    vacancies.ConsentToExtension,
)


def closes_for(step: OfferStep, track: Track) -> datetime:
    """Return the deadline that an answer has to meet: what was due first may have brought one more length."""
    credited = [
        fact.closes_at
        for fact in step.decision.facts
        if isinstance(fact, facts.WindowCredited) and fact.window_id == track.window_id
    ]
    return max([track.closes_at, *credited])


def vacancies_of(state: offers.Setting) -> list[offers.Vacancy]:
    return [place.vacancy for place in state.places if place.vacancy is not None]
