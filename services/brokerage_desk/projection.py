"""The read model: what the decisions come to, to be looked at. It can be thrown away and rebuilt.

Knows the wire form of decisions and matches. Must not decide, and must not know who may see what. Folded by the
engine's thread and read by those of the server, under one lock.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from runtime.clock import monotonic_s
from runtime.log import DEAD_LETTERS, Log, Record
from runtime.projection import Projection
from schemas.matches import CRITERIA, MatchGone
from schemas.registry import type_of
from schemas.words import Code

NAME = "desk-2"
"""Another number whenever the picture's fields change: a snapshot of former fields is then left alone."""
MATCH_GONE = type_of(MatchGone)
OFFERS, PLACEMENTS, MATCHES, DELIVERIES = "offers", "placements", "matches", "deliveries"
TOPICS = (OFFERS, PLACEMENTS, MATCHES, DELIVERIES, DEAD_LETTERS)
LETTERS_MAX = 1000
LIVED_IN = frozenset({"occupied", "on_notice"})
COMPARED = [
    CRITERIA.index(name) for name in ("school_lost", "siblings_apart", "not_in_house", "needs_beyond")
]
"""The criteria of a match that differ between two referrals for one place, without those of distance."""
ANSWERS = frozenset({"WindowAcknowledged", "WindowReleased", "NominationMade"})

Fields = dict[str, Any]


@dataclass(slots=True)
class Pictured:
    """All that is shown, as plain JSON values by id."""

    settings: dict[str, Fields] = field(default_factory=dict)
    """By setting: `state`, `version`, `decided_at`, and `lived_in`: which council's child lives in which place."""
    referrals: dict[str, Fields] = field(default_factory=dict)
    windows: dict[str, Fields] = field(default_factory=dict)
    """Every window that ever opened, with how it ended."""
    matches: dict[str, dict[str, Fields]] = field(default_factory=dict)
    """By council, then by match."""
    standings: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    """By vacancy, then by referral: how they last matched, 0 a fit and 1 a near miss, then what is compared.

    Kept until the vacancy is over, for a provider chooses after the window, when its matches are gone.
    """
    served: dict[str, dict[str, str]] = field(default_factory=dict)
    """By provider, then by council: when the provider last held a place for it."""
    bypasses: list[Fields] = field(default_factory=list)
    nominations: dict[str, str] = field(default_factory=dict)
    """Every nomination that was ever made, with its council."""
    vouched: dict[str, str] = field(default_factory=dict)
    """Every nomination that placements vouched for, with its council: those that the provider knows of."""
    answers: dict[str, int] = field(default_factory=dict)
    """How many inputs were answered with each code."""
    deliveries: dict[str, int] = field(default_factory=dict)
    letters: list[Fields] = field(default_factory=list)


class ReadModel:
    """Folds and holds the picture. Take `lock` around every look at it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._moved = threading.Condition(self.lock)
        self._seen: dict[str, int] = {}
        self._load(None)

    def projection(self, log: Log) -> Projection:
        """Return the runner that folds this model from a log."""
        return Projection(log, NAME, TOPICS, fold=self.fold, dump=self._dump, load=self._load)

    def fold(self, record: Record) -> None:
        """Take one record in. Its topic says which fold."""
        with self._moved:
            self._folds[record.topic](record)
            self._seen[record.topic] = record.offset
            self._moved.notify_all()

    def wait_for(self, topic: str, offset: int, timeout_s: float) -> bool:
        """Wait until a record has been folded, so that a caller sees what its own words have changed."""
        until_s = monotonic_s() + timeout_s
        with self._moved:
            while self._seen.get(topic, -1) < offset and (left_s := until_s - monotonic_s()) > 0:
                self._moved.wait(left_s)
            return self._seen.get(topic, -1) >= offset

    # --- loading and dumping ------------------------------------------------------------------------------

    def _dump(self) -> bytes:
        with self.lock:
            picture = {name: getattr(self.picture, name) for name in Pictured.__slots__}
            return orjson.dumps({"picture": picture, "seen": self._seen})

    def _load(self, body: bytes | None) -> None:
        with self.lock:
            saved = orjson.loads(body) if body else {"picture": {}, "seen": {}}
            self.picture = Pictured(**saved["picture"])
            self._seen = saved["seen"]
            self._index()

    def _index(self) -> None:
        self.settings_of: defaultdict[str, set[str]] = defaultdict(set)
        self.referrals_of: defaultdict[str, set[str]] = defaultdict(set)
        self.windows_of: defaultdict[str, list[str]] = defaultdict(list)
        self.with_vacancies: set[str] = set()
        for setting_id, entry in self.picture.settings.items():
            self._index_setting(setting_id, entry["state"])
        for referral_id, entry in self.picture.referrals.items():
            self.referrals_of[entry["state"]["council"]].add(referral_id)
        for window_id, window in self.picture.windows.items():
            self.windows_of[window["setting_id"]].append(window_id)

    def _index_setting(self, setting_id: str, state: Mapping[str, Any]) -> None:
        self.settings_of[state["provider_id"]].add(setting_id)
        has_vacancy = any(place["vacancy"] for place in state["places"])
        (self.with_vacancies.add if has_vacancy else self.with_vacancies.discard)(setting_id)

    @property
    def _folds(self) -> Mapping[str, Callable[[Record], None]]:
        return {
            OFFERS: self._fold_offers,
            PLACEMENTS: self._fold_placements,
            MATCHES: self._fold_matches,
            DELIVERIES: self._fold_deliveries,
            DEAD_LETTERS: self._fold_letter,
        }

    # --- decisions about settings -------------------------------------------------------------------------

    def _fold_offers(self, record: Record) -> None:
        decision = self._decision(record)
        if decision["answer"] != Code.ACCEPTED or decision["state"] is None:
            self._keep_state(self.picture.settings, record, decision["state"])
            return
        former = self.picture.settings.get(record.key, {})
        before = vacancies_of(former.get("state"))
        entry = self._keep_state(self.picture.settings, record, decision["state"])
        entry["lived_in"] = lived_in(former.get("lived_in", {}), decision["facts"], decision["state"])
        for vacancy_id in before - vacancies_of(entry["state"]):
            self.picture.standings.pop(vacancy_id, None)
        for fact in decision["facts"]:
            self._fold_fact(record, fact)

    def _keep_state(self, kept: dict[str, Fields], record: Record, state: Fields | None) -> Fields:
        if state is None:
            return {}
        entry = kept.setdefault(record.key, {"lived_in": {}})
        entry["state"] = state
        entry["version"] = int(record.headers["ce_version"])
        entry["decided_at"] = record.headers["ce_time"]
        if kept is self.picture.settings:
            self._index_setting(record.key, state)
        return entry

    def _decision(self, record: Record) -> Fields:
        decision: Fields = orjson.loads(record.value)
        answer = decision["answer"]
        self.picture.answers[answer] = self.picture.answers.get(answer, 0) + 1
        return decision

    def _fold_fact(self, record: Record, fact: Fields) -> None:
        kind, window_id = fact["type"], fact.get("window_id")
        if kind == "WindowOpened":
            opened = {name: value for name, value in fact.items() if name != "type"}
            self.picture.windows[fact["window_id"]] = opened | {"setting_id": record.key}
            self.windows_of[record.key].append(fact["window_id"])
            return
        if kind == "NominationMade":
            self.picture.nominations[fact["nomination_id"]] = fact["council"]
        if kind == "NominationVouched":
            self.picture.vouched[fact["nomination_id"]] = fact["council"]
        if kind == "PlaceHeld":
            provider_id = self.picture.settings[record.key]["state"]["provider_id"]
            served = self.picture.served.setdefault(provider_id, {})
            served[fact["council"]] = record.headers["ce_time"]
        if kind == "BypassRecorded":
            at = record.headers["ce_time"]
            self.picture.bypasses.append(fact | {"setting_id": record.key, "recorded_at": at})
        window = self.picture.windows.get(window_id) if window_id else None
        if window is not None:
            fold_window(window, kind, fact, record.headers["ce_time"])

    # --- decisions about referrals, matches, deliveries, letters ------------------------------------------

    def _fold_placements(self, record: Record) -> None:
        decision = self._decision(record)
        state = decision["state"]
        if state is not None:
            self._keep_state(self.picture.referrals, record, state)
            self.referrals_of[state["council"]].add(record.key)

    def _fold_matches(self, record: Record) -> None:
        match: Fields = orjson.loads(record.value)
        kept = self.picture.matches.setdefault(record.key, {})
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

    def _fold_deliveries(self, record: Record) -> None:
        """Count what has ended, by outcome; what is begun has none yet."""
        outcome = orjson.loads(record.value).get("outcome")
        if outcome is not None:
            self.picture.deliveries[outcome] = self.picture.deliveries.get(outcome, 0) + 1

    def _fold_letter(self, record: Record) -> None:
        letter = orjson.loads(record.value) | {"at": record.headers.get("ce_time")}
        self.picture.letters = [*self.picture.letters[1 - LETTERS_MAX :], letter]


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


def vacancies_of(state: Mapping[str, Any] | None) -> set[str]:
    """Return the vacancies that a setting has now."""
    return {
        place["vacancy"]["vacancy_id"] for place in (state or {"places": []})["places"] if place["vacancy"]
    }


def is_over(vacancy_id: str, state: Mapping[str, Any]) -> bool:
    """Tell whether a vacancy has been and is no more; one that is still to come is not over."""
    _, number, episode = vacancy_id.rsplit(":", 2)
    episodes = next((each["episodes"] for each in state["places"] if each["number"] == int(number)), 0)
    return bool(episodes >= int(episode)) and vacancy_id not in vacancies_of(state)


def lived_in(former: Mapping[str, str], facts: list[Fields], state: Mapping[str, Any]) -> dict[str, str]:
    """Return which council's child lives in which place, as far as they moved in through offers."""
    moved = {
        fact["vacancy_id"].rsplit(":", 2)[1]: fact["council"] for fact in facts if fact["type"] == "MovedIn"
    }
    still = {str(place["number"]) for place in state["places"] if place["status"] in LIVED_IN}
    return {place: council for place, council in {**former, **moved}.items() if place in still}
