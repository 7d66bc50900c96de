"""What the facts of one vacancy add up to. Knows facts alone, and refuses one that cannot follow."""

from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import NamedTuple

from schemas.words import Kind, WindowOutcome
from services.matcher.domain.values import Length

from .broken import broken
from .hours import HOURS
from .scene import REMAINDER_MIN_S

SERVING = frozenset(
    {WindowOutcome.LAPSED, WindowOutcome.UNTOLD, WindowOutcome.RELEASED, WindowOutcome.NOMINATED}
)
"""Ends after which the audience has had its window; after any other the vacancy goes back to it."""

ONLY_ONCE = frozenset({"WindowExtended", "WindowPaused", "WindowCredited"})
AT_MOST_ITS_LENGTH = frozenset({"WindowExtended", "WindowToppedUp"})

ONE_WINDOW, ONCE, ORDER = "one open window", "every window ends once", "no tier skipped"
EARLY, FULL, LATE, WINNER = "never early", "full length", "too late at the deadline", "one winner"
RETURN, TOLD = "back to the tier that it left", "the loser is told"
LATE_BY = "who is told late gets the delay back"


class Running(NamedTuple):
    """The open window."""

    window_id: str
    audience: str
    tier: int
    length: Length
    calendar: str
    opened_at: datetime
    closes_at: datetime
    is_known_of: bool = False
    moved_s: tuple[tuple[str, float], ...] = ()
    """By which facts its deadline was moved, and how far, in seconds of its calendar."""

    def runs_s(self, begins_at: datetime, ends_at: datetime) -> float:
        return HOURS[self.calendar].between_s(begins_at, ends_at, self.length.calendar)


class Kept(NamedTuple):
    """The hold that stands."""

    hold_id: str
    referral: str
    until: datetime
    ends_at: datetime


class Opened(NamedTuple):
    """What the ledger needs to know of a window that opens, beside the fact itself."""

    ladder: str
    audiences: tuple[str, ...]


@dataclass(slots=True)
class VacancyBook:
    vacancy_id: str
    kind: Kind
    window: Running | None = None
    choice: tuple[str, datetime] | None = None
    kept: Kept | None = None
    take: str | None = None
    pending: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """Nominations by id: the referral, and whether it is vouched for."""
    left: str | None = None
    """The audience whose nomination is chosen from, held or taken."""
    left_length_s: int = 0
    """The full length of the window that it left."""
    left_calendar: str = ""
    longest_s: int = 0
    """The full length of its longest window so far."""
    must_return_to: str | None = None
    may_return_to: frozenset[str] = frozenset()
    is_corrected: bool = False
    ladder: str | None = None
    served: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    """Skipped since the last window opened."""
    is_confirmed: bool = False
    reason: str | None = None
    is_over: bool = False

    def fork(self) -> "VacancyBook":
        forked = object.__new__(VacancyBook)
        for name in NAMES:
            setattr(forked, name, getattr(self, name))
        forked.pending = dict(self.pending)
        return forked

    @property
    def is_idle(self) -> bool:
        return self.window is None and self.choice is None and self.kept is None and self.take is None

    # --- windows ---

    def open(
        self, window: Running, opened: Opened, now: datetime, opened_at: datetime, *, is_returned: bool
    ) -> None:
        self.window is None or broken(ONE_WINDOW, f"{window.window_id} opens beside {self.window}")
        (self.is_idle and not self.is_over) or broken(
            ONE_WINDOW, f"{window.window_id} opens on what is taken"
        )
        opened_at == now or broken(EARLY, f"{window.window_id} opens at another time than it was decided")
        self._in_order(window, opened, is_returned=is_returned)
        self._full(window, now, is_returned=is_returned)
        self.window, self.ladder, self.skipped, self.reason = window, opened.ladder, (), None
        self.longest_s = max(self.longest_s, window.length.seconds)
        self.must_return_to, self.may_return_to, self.is_corrected = None, frozenset(), False
        self.left = None

    def _in_order(self, window: Running, opened: Opened, *, is_returned: bool) -> None:
        if self.ladder is not None and self.ladder != opened.ladder:
            not is_returned or broken(ORDER, "a new ladder starts from the top")
            self.served, self.must_return_to = self.skipped, None
        name, index = window.audience, window.tier - 1
        if is_returned:
            may = {self.must_return_to, *self.may_return_to}
            name in may or broken(RETURN, f"{window.window_id} goes back to {name}, not to {may}")
        if is_returned or self._is_last_again(opened.audiences, index):
            self.served = tuple(each for each in self.served if each != name)
        opened.audiences[index] == name or broken(ORDER, f"{name} is not tier {window.tier}")
        skipped = [each for each in opened.audiences[:index] if each not in self.served]
        not skipped or broken(ORDER, f"{window.window_id}: {skipped} before {name}")
        name not in self.served or broken(ORDER, f"{window.window_id}: {name} has had its window")
        if self.must_return_to in opened.audiences:
            must = self.must_return_to
            (must in (None, name) or must in self.skipped) or broken(
                RETURN, f"{window.window_id}, not {must}"
            )

    def _is_last_again(self, audiences: tuple[str, ...], index: int) -> bool:
        """A confirmation offers the last tier again when the ladder has ended."""
        was_confirmed, self.is_confirmed = self.is_confirmed, False
        return was_confirmed and index == len(audiences) - 1 and set(audiences) <= set(self.served)

    def _full(self, window: Running, now: datetime, *, is_returned: bool) -> None:
        runs_s, full_s = window.runs_s(now, window.closes_at), window.length.seconds
        if not is_returned:
            is_full = window.closes_at == HOURS[window.calendar].ends_at(now, window.length)
            is_full or broken(FULL, f"{window.window_id} runs {runs_s:.6f} s")
            return
        length_s = self.left_length_s
        least_s = 0 if self.is_corrected else min(full_s, length_s, max(length_s // 4, REMAINDER_MIN_S))
        runs_s >= least_s or broken(FULL, f"{window.window_id} has only {runs_s:.6f} s left")
        most_s = max(self.longest_s if self.is_corrected else length_s, full_s)
        runs_s <= most_s or broken(FULL, f"{window.window_id} has {runs_s:.6f} s left")

    def running(self, window_id: str) -> Running:
        window = self.window
        (window is not None and window.window_id == window_id) or broken(ONCE, f"{window_id} is not open")
        assert window is not None
        return window

    def end_window(self, window_id: str, outcome: WindowOutcome, now: datetime) -> None:
        window = self.running(window_id)
        if outcome in (WindowOutcome.LAPSED, WindowOutcome.UNTOLD):
            now >= window.closes_at or broken(EARLY, f"{window_id} ended at {now}, due {window.closes_at}")
            is_told = outcome is WindowOutcome.LAPSED
            window.is_known_of == is_told or broken("told is known", f"{window_id} ended {outcome}")
        self.window, self.left_length_s, self.left_calendar = None, window.length.seconds, window.calendar
        if outcome in SERVING:
            self.served = (*self.served, window.audience)
        if outcome is WindowOutcome.NOMINATED:
            self.left = window.audience
        elif outcome not in SERVING:
            self._goes_back(window.audience)

    def _goes_back(self, audience: str | None) -> None:
        if audience is not None:
            self.must_return_to = audience
            self.served = tuple(each for each in self.served if each != audience)

    def move_deadline(self, window_id: str, by: str, closes_at: datetime, now: datetime) -> None:
        window = self.running(window_id)
        (closes_at > window.closes_at and closes_at > now) or broken(FULL, f"{window_id} is shortened")
        more_s = window.runs_s(window.closes_at, closes_at)
        before = [seconds for name, seconds in window.moved_s if name == by]
        (by not in ONLY_ONCE or not before) or broken("moved once at most", f"{window_id} {by}")
        if by in AT_MOST_ITS_LENGTH:
            sum(before) + more_s <= window.length.seconds or broken(
                "moved by its length at most", f"{window_id} {by}"
            )
        self.window = window._replace(closes_at=closes_at, moved_s=(*window.moved_s, (by, more_s)))

    def was_told_late(self, window_id: str, told_at: datetime) -> None:
        """Its deadline has moved by the delay, in its own calendar; once credited, by no more than that."""
        window = self.running(window_id)
        delay_s = int(window.runs_s(window.opened_at, told_at))
        moved_s = sum(seconds for name, seconds in window.moved_s if name == "WindowMoved")
        if any(name == "WindowCredited" for name, _ in window.moved_s):
            moved_s <= min(delay_s, 2 * window.length.seconds) or broken(LATE_BY, f"{window_id} {moved_s} s")
        else:
            moved_s == min(delay_s, window.length.seconds) or broken(LATE_BY, f"{window_id} {moved_s} s")

    def goes_on(self, now: datetime) -> None:
        """After a decline a window has its minimum remainder, less a second; or it was topped up in full."""
        window = self.window
        if window is None:
            return
        full_s = window.length.seconds
        least_s = min(full_s, max(full_s // 4, REMAINDER_MIN_S))
        topped_up_s = sum(seconds for name, seconds in window.moved_s if name == "WindowToppedUp")
        has_more = HOURS[window.calendar].ends_at(window.closes_at, window.length) is not None
        is_kept = window.runs_s(now, window.closes_at) > least_s - 1 or topped_up_s == full_s or not has_more
        is_kept or broken(FULL, f"{window.window_id} until {window.closes_at} goes on at {now}")

    def skip(self, audience: str, members: object) -> None:
        not members or broken(ORDER, f"{audience} has members and was skipped")
        self.served, self.skipped = (*self.served, audience), (*self.skipped, audience)

    def open_choice(self, window_id: str, length: Length, closes_at: datetime, now: datetime) -> None:
        """Beyond the known holidays a working hour is three that pass."""
        ends_at = HOURS[self.left_calendar].ends_at(now, length)
        is_full = closes_at == (ends_at or now + timedelta(seconds=3 * length.seconds))
        is_full or broken(FULL, f"a choice of {window_id} until {closes_at}")
        (self.is_idle and closes_at > now) or broken(ONE_WINDOW, f"a choice of {window_id}")
        self.pending or broken("a choice is among nominations", window_id)
        self.choice = (window_id, closes_at)

    def end_choice(self, window_id: str, unanswered: int, now: datetime) -> None:
        choice = self.choice
        (choice is not None and choice[0] == window_id) or broken(ONCE, f"no choice of {window_id}")
        assert choice is not None
        (not unanswered or now >= choice[1]) or broken(EARLY, f"choice of {window_id} ended at {now}")
        self.choice = None
        if self.left is not None:
            self.may_return_to |= {self.left}

    # --- nominations and holds ---

    def nominate(self, nomination_id: str, window_id: str, referral: str, now: datetime) -> None:
        window = self.running(window_id)
        now < window.closes_at or broken(LATE, f"{nomination_id} at {now}")
        nomination_id not in self.pending or broken("an id of its own", nomination_id)
        self.pending[nomination_id] = (referral, False)

    def vouch(self, nomination_id: str, vouched: set[str]) -> None:
        nomination_id in self.pending or broken(
            "a stale answer changes nothing", f"{nomination_id} is vouched"
        )
        nomination_id in vouched or broken("no decision without its input", f"{nomination_id} is vouched")
        self.pending[nomination_id] = (self.pending[nomination_id][0], True)

    def end_nomination(self, nomination_id: str) -> tuple[str, bool]:
        nomination_id in self.pending or broken("a nomination ends once", nomination_id)
        return self.pending.pop(nomination_id)

    def keep(self, kept: Kept, now: datetime) -> None:
        (self.kept is None and self.take is None) or broken(WINNER, f"{kept.hold_id} beside {self.kept}")
        self.window is None or broken(ONE_WINDOW, f"{kept.hold_id} during a window")
        not self.pending or broken(TOLD, f"{sorted(self.pending)} are still pending")
        kept.until > now or broken(FULL, kept.hold_id)
        self.kept, self.choice = kept, None

    def end_hold(self, hold_id: str, *, is_taken: bool, is_lapsed: bool, now: datetime) -> None:
        kept = self.kept
        (kept is not None and kept.hold_id == hold_id) or broken("a hold ends once", hold_id)
        assert kept is not None
        (not is_lapsed or now >= kept.ends_at) or broken(EARLY, f"{hold_id} lapsed at {now}")
        self.kept = None
        if not is_taken:
            self._goes_back(self.left)

    def reserve(self, take_id: str) -> None:
        (self.take is None and self.kept is None) or broken(WINNER, f"{take_id} beside {self.take}")
        self.take = take_id

    def end_take(self, take_id: str) -> None:
        self.take == take_id or broken(WINNER, f"{take_id} ended, {self.take} stands")
        self.take = None
        self._goes_back(self.left)

    # --- at the end of each decision ---

    def next_due(self) -> datetime | None:
        if self.window is not None:
            return self.window.closes_at
        if self.choice is not None:
            return self.choice[1]
        return self.kept.ends_at if self.kept is not None else None


NAMES = tuple(each.name for each in fields(VacancyBook))
