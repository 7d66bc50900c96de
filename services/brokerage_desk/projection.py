"""The read model: what the decisions come to, to be looked at. It can be thrown away and rebuilt.

Knows the wire form of decisions and matches. Must not decide, and must not know who may see what. Folded by the
engine's thread, or kept up with documents that another process folded, and read by those of the server, under one
lock. Either way it holds for each partition what the log holds before a position, and a position never goes back.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import msgspec
import orjson

from runtime.clock import monotonic_s
from runtime.copies import PLACE
from runtime.log import DEAD_LETTERS, Log, Record
from runtime.projection import Projection
from schemas.matches import CRITERIA, MatchGone
from schemas.registry import type_of
from schemas.words import Code

from .documents import (
    BETWEEN,
    DELIVERIES,
    MATCHES,
    OFFERS,
    PLACEMENTS,
    Changes,
    Fields,
    Kind,
    Name,
    Pictured,
    is_over,
    put,
    vacancies_of,
)
from .entries import Entries

__all__ = ["HAS", "Fields", "Having", "ReadModel"]

NAME = "desk-4"
"""Another number whenever the picture's fields change: a snapshot of former fields is then left alone, and so are the
documents that are shared."""
MATCH_GONE = type_of(MatchGone)
TOPICS = (OFFERS, PLACEMENTS, MATCHES, DELIVERIES, DEAD_LETTERS)
LETTERS_MAX = 1000
LIVED_IN = frozenset({"occupied", "on_notice"})
COMPARED = [
    CRITERIA.index(name) for name in ("school_lost", "siblings_apart", "not_in_house", "needs_beyond")
]
"""The criteria of a match that differ between two referrals for one place, without those of distance."""
ANSWERS = frozenset({"WindowAcknowledged", "WindowReleased", "NominationMade"})


class Having(Enum):
    """By what of their vacancies settings can be found."""

    VACANCY = auto()
    WINDOW = auto()
    HOLD = auto()


HAS: Mapping[Having, Callable[[Fields], bool]] = {
    Having.VACANCY: lambda _: True,
    Having.WINDOW: lambda vacancy: bool(vacancy["window"]),
    Having.HOLD: lambda vacancy: bool(vacancy["hold"] or vacancy["reservation"]),
}


@dataclass(slots=True)
class Saved:
    """A snapshot, its parts yet to be read."""

    picture: dict[str, msgspec.Raw] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)


_SAVED = msgspec.json.Decoder(Saved)


class ReadModel:
    """Folds and holds the picture. Take `lock` around every look at it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._moved = threading.Condition(self.lock)
        self._positions: dict[str, int] = {}
        self._touched: list[Name] = []
        self._changes: Changes | None = None
        self._load(None)

    def projection(self, log: Log, batch_max: int = 1000) -> Projection:
        """Return the runner that folds this model from a log."""
        return Projection(
            log, NAME, TOPICS, fold=self.fold, dump=self._dump, load=self._load, batch_max=batch_max
        )

    def fold(self, record: Record) -> None:
        """Take one record in. Its topic says which fold."""
        place, offset = place_of(record)
        with self.lock:
            self._folds[record.topic](record, place)
            if self._changes is not None:
                self._changes.note(place, self._positions.get(place, 0), offset + 1, self._touched)
            self._touched.clear()
            self._positions[place] = offset + 1

    def collect(self) -> Changes:
        """From now on note of every fold what it changes, for whoever hands it on."""
        self._changes = Changes()
        return self._changes

    @property
    def positions(self) -> dict[str, int]:
        """The next offset of each partition: the picture holds everything before."""
        with self.lock:
            return dict(self._positions)

    def wait_for(self, records: Iterable[Record], timeout_s: float) -> bool:
        """Wait until these records are in, where another process folds; else its projection is to be asked."""
        until_s, wanted = monotonic_s() + timeout_s, [place_of(record) for record in records]
        with self._moved:
            while not (has := self._has(wanted)) and (left_s := until_s - monotonic_s()) > 0:
                self._moved.wait(left_s)
            return has

    def _has(self, wanted: Iterable[tuple[str, int]]) -> bool:
        return all(self._positions.get(place, 0) > offset for place, offset in wanted)

    # --- what another process has folded ------------------------------------------------------------------

    def replace(self, picture: Pictured, positions: Mapping[str, int]) -> None:
        """Put a whole picture in place of the present one; AssertionError if it is older anywhere."""
        with self._moved:
            assert all(positions.get(place, 0) >= at for place, at in self._positions.items())
            self.picture, self._positions = picture, dict(positions)
            self._index()
            self._moved.notify_all()

    def change(self, documents: Mapping[Name, Any], positions: Mapping[str, int]) -> None:
        """Put documents in place of the former (None: gone) and move on; AssertionError if that is back."""
        with self._moved:
            assert all(at >= self._positions.get(place, 0) for place, at in positions.items())
            for name, value in documents.items():
                put(self.picture, name, value)
                if name[0] is Kind.SETTINGS and value is not None:
                    self._index_setting(name[1], value["state"])
                elif name[0] is Kind.REFERRALS and value is not None:
                    self.referrals_of[value["state"]["council"]].add(name[1])
                elif name[0] is Kind.WINDOWS and value is not None:
                    self._index_window(name[1], value)
            self._positions.update(positions)
            self._moved.notify_all()

    # --- loading and dumping ------------------------------------------------------------------------------

    def _dump(self) -> bytes:
        with self.lock:
            picture = {name: getattr(self.picture, name) for name in Pictured.__slots__}
            picture["settings"] = self.picture.settings.dump()
            return orjson.dumps({"picture": picture, "positions": self._positions})

    def _load(self, body: bytes | None) -> None:
        with self.lock:
            saved = _SAVED.decode(body) if body else Saved()
            settings = saved.picture.pop("settings", None)
            rest = {name: orjson.loads(memoryview(value)) for name, value in saved.picture.items()}
            self.picture = Pictured(settings=Entries.load(settings) if settings else Entries(), **rest)
            self._positions = saved.positions
            self._index()

    def _index(self) -> None:
        self.settings_of: defaultdict[str, set[str]] = defaultdict(set)
        self.referrals_of: defaultdict[str, set[str]] = defaultdict(set)
        self.windows_of: defaultdict[str, list[str]] = defaultdict(list)
        self.having: dict[Having, set[str]] = {has: set() for has in Having}
        for setting_id, entry in self.picture.settings.items():
            self._index_setting(setting_id, entry["state"])
        for referral_id, entry in self.picture.referrals.items():
            self.referrals_of[entry["state"]["council"]].add(referral_id)
        for window_id, window in self.picture.windows.items():
            self._index_window(window_id, window)

    def _index_window(self, window_id: str, window: Fields) -> None:
        own = self.windows_of[window["setting_id"]]
        if window_id not in own:
            own.append(window_id)

    def _index_setting(self, setting_id: str, state: Mapping[str, Any]) -> None:
        self.settings_of[state["provider_id"]].add(setting_id)
        vacancies = [place["vacancy"] for place in state["places"] if place["vacancy"]]
        for has, settings in self.having.items():
            (settings.add if any(map(HAS[has], vacancies)) else settings.discard)(setting_id)

    @property
    def _folds(self) -> Mapping[str, Callable[[Record, str], None]]:
        return {
            OFFERS: self._fold_offers,
            PLACEMENTS: self._fold_placements,
            MATCHES: self._fold_matches,
            DELIVERIES: self._fold_deliveries,
            DEAD_LETTERS: self._fold_letter,
        }

    # --- decisions about settings -------------------------------------------------------------------------

    def _fold_offers(self, record: Record, place: str) -> None:
        decision = self._decision(record, place)
        if decision["answer"] != Code.ACCEPTED or decision["state"] is None:
            if decision["state"] is not None:
                self._keep_setting(record, decision["state"])
            return
        had_vacancy = record.key in self.having[Having.VACANCY]
        before = vacancies_of(self.picture.settings[record.key]["state"]) if had_vacancy else set()
        former, _ = self.picture.settings.kept_of(record.key)
        living = lived_in(former, decision["facts"], decision["state"])
        self._keep_setting(record, decision["state"], living)
        for vacancy_id in before - vacancies_of(decision["state"]):
            for referral_id in self.picture.standings.pop(vacancy_id, {}):
                self._touch(Kind.STANDINGS, vacancy_id, referral_id)
        for fact in decision["facts"]:
            self._fold_fact(record, fact)

    def _keep_setting(self, record: Record, state: Fields, living: Mapping[str, str] | None = None) -> None:
        """`living`: who lives where now; None if nothing has changed there."""
        self._touch(Kind.SETTINGS, record.key)
        lived_in_before, served = self.picture.settings.kept_of(record.key)
        self.picture.settings[record.key] = {
            "lived_in": lived_in_before if living is None else living,
            "served": served,
            **stated(record, state),
        }
        self._index_setting(record.key, state)

    def _decision(self, record: Record, place: str) -> Fields:
        decision: Fields = orjson.loads(record.value)
        self._tally(place, decision["answer"])
        return decision

    def _tally(self, place: str, what: str) -> None:
        self._touch(Kind.TALLIES, place)
        counts = self.picture.tallies.setdefault(place, {})
        counts[what] = counts.get(what, 0) + 1

    def _touch(self, kind: Kind, *about: str) -> None:
        """Note that a document is another now, if anybody wants to know."""
        if self._changes is not None:
            self._touched.append((kind, BETWEEN.join(about)))

    def _fold_fact(self, record: Record, fact: Fields) -> None:
        kind, window_id = fact["type"], fact.get("window_id")
        if kind == "WindowOpened":
            opened = {name: value for name, value in fact.items() if name != "type"}
            self.picture.windows[fact["window_id"]] = opened | {"setting_id": record.key}
            self.windows_of[record.key].append(fact["window_id"])
            self._touch(Kind.WINDOWS, fact["window_id"])
            return
        if kind == "NominationMade":
            self.picture.nominations[fact["nomination_id"]] = fact["council"]
            self._touch(Kind.NOMINATIONS, fact["nomination_id"])
        if kind == "NominationVouched":
            self.picture.vouched[fact["nomination_id"]] = fact["council"]
            self._touch(Kind.VOUCHED, fact["nomination_id"])
        if kind == "PlaceHeld":
            self._serve(record.key, fact["council"], record.headers["ce_time"])
        window = self.picture.windows.get(window_id) if window_id else None
        if window is not None:
            fold_window(window, kind, fact, record.headers["ce_time"])
            self._touch(Kind.WINDOWS, fact["window_id"])

    def _serve(self, setting_id: str, council: str, at: str) -> None:
        entry = self.picture.settings[setting_id]
        provider_id = entry["state"]["provider_id"]
        served = {**entry["served"], provider_id: {**entry["served"].get(provider_id, {}), council: at}}
        self.picture.settings[setting_id] = {**entry, "served": served}
        self.picture.note_served(provider_id, council, at)

    # --- decisions about referrals, matches, deliveries, letters ------------------------------------------

    def _fold_placements(self, record: Record, place: str) -> None:
        state = self._decision(record, place)["state"]
        if state is not None:
            self._touch(Kind.REFERRALS, record.key)
            self.picture.referrals[record.key] = stated(record, state)
            self.referrals_of[state["council"]].add(record.key)

    def _fold_matches(self, record: Record, _: str) -> None:
        match: Fields = orjson.loads(record.value)
        kept = self.picture.matches.setdefault(record.key, {})
        self._touch(Kind.MATCHES, record.key, match["match_id"])
        if record.headers.get("ce_type") == MATCH_GONE:
            kept.pop(match["match_id"], None)
        else:
            kept[match["match_id"]] = match
            self._keep_standing(match)

    def _keep_standing(self, match: Fields) -> None:
        """Note how a referral matches, unless its vacancy is over; each topic is folded at its own pace."""
        vacancy_id = match["vacancy_id"]
        entry = self.picture.settings.get(vacancy_id.partition(":")[0])
        if match["window_id"] is None or (entry and is_over(vacancy_id, entry["state"])):
            return
        standing = [int(match["near_miss"] is not None), *(match["order"][each] for each in COMPARED)]
        self.picture.standings.setdefault(vacancy_id, {})[match["referral_id"]] = standing
        self._touch(Kind.STANDINGS, vacancy_id, match["referral_id"])

    def _fold_deliveries(self, record: Record, place: str) -> None:
        """Count what has ended, by outcome; what is begun has none yet."""
        outcome = orjson.loads(record.value).get("outcome")
        if outcome is not None:
            self._tally(place, outcome)

    def _fold_letter(self, record: Record, place: str) -> None:
        kept, lies_at = self.picture.letters_at, f"{place}:{place_of(record)[1]}"
        kept[lies_at] = orjson.loads(record.value) | {"at": record.headers.get("ce_time")}
        self._touch(Kind.LETTERS, lies_at)
        if len(kept) > LETTERS_MAX:
            oldest = next(iter(kept))
            del kept[oldest]
            self._touch(Kind.LETTERS, oldest)


def place_of(record: Record) -> tuple[str, int]:
    """Return the partition that a record lies in, as `topic/number`, and its offset there."""
    if PLACE in record.headers:
        partition, _, offset = record.headers[PLACE].partition(":")
        return f"{record.topic}/{partition}", int(offset)
    return f"{record.topic}/{record.partition or 0}", record.offset


def stated(record: Record, state: Fields) -> Fields:
    """Return a key's state as it is kept, with its version and when it was decided."""
    return {
        "state": state,
        "version": int(record.headers["ce_version"]),
        "decided_at": record.headers["ce_time"],
    }


def fold_window(window: Fields, kind: str, fact: Mapping[str, Any], at: str) -> None:
    """Take into a window's history what a fact says of it."""
    if kind in ANSWERS:
        window.setdefault("first_answer_at", at)
    elif kind == "WindowEnded":
        window.update(ended_at=at, outcome=fact["outcome"], reason=fact["reason"])
    elif kind == "BypassRecorded":
        window["bypass"] = fact["code"] or "unexplained"
    elif kind == "WindowCredited":
        window["is_credited"] = True
    if "closes_at" in fact:
        window["closes_at"] = fact["closes_at"]


def lived_in(former: Mapping[str, str], facts: list[Fields], state: Mapping[str, Any]) -> dict[str, str]:
    """Return which council's child lives in which place, as far as they moved in through offers."""
    moved = {
        fact["vacancy_id"].rsplit(":", 2)[1]: fact["council"] for fact in facts if fact["type"] == "MovedIn"
    }
    still = {str(place["number"]) for place in state["places"] if place["status"] in LIVED_IN}
    return {place: council for place, council in {**former, **moved}.items() if place in still}
