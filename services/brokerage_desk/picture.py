"""Whose things are: what the read model has of one provider, of one council, or of all.

Knows the read model and gives flat objects (`shapes.py`). Decides only whose an object is; the edges show of each what
the table of visibility lets through.
"""

import itertools
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from runtime.clock import Clock
from schemas.words import Role
from services.directory import Caller, Directory
from services.edge.answers import Decided
from services.edge.domain import visibility
from services.edge.paging import Page, SortKey

from .advising import Advising, Band
from .projection import HAS, Fields, Having, ReadModel
from .shapes import Shapes


class Picture:
    """Asks the read model."""

    def __init__(self, model: ReadModel, directory: Directory, clock: Clock, band: Band) -> None:
        self._model, self._clock, self._shapes = model, clock, Shapes(directory, clock)
        self._advising = Advising(model, band)

    def now(self) -> datetime:
        return self._clock.now()

    # --- settings --------------------------------------------------------------------------------------------

    def state(self, setting_id: str) -> Fields | None:
        with self._model.lock:
            entry = self._model.picture.settings.get(setting_id)
            return None if entry is None else entry["state"]

    def settings_of(self, provider_id: str | None, page: Page | None = None) -> list[Fields]:
        """Return the settings of a provider, or of all, by id; of many a page."""
        with self._model.lock:
            kept = self._model.picture.settings
            ids = kept.keys() if provider_id is None else self._model.settings_of.get(provider_id, set())
            entries = [kept[setting_id] for setting_id in sorted(ids)]
        own = [entry for entry in entries if provider_id in {None, entry["state"]["provider_id"]}]
        if page is not None:
            own = page.of(own, lambda entry: (entry["state"]["setting_id"],))
        return [self._shapes.setting(entry) for entry in own]

    def one_setting(self, setting_id: str, provider_id: str | None) -> Fields | None:
        """Return a setting, if it is this provider's (None: anybody's)."""
        with self._model.lock:
            entry = self._model.picture.settings.get(setting_id)
        if entry is None or provider_id not in {None, entry["state"]["provider_id"]}:
            return None
        return self._shapes.setting(entry)

    # --- vacancies, as the provider and as councils see them ---------------------------------------------------

    def _vacancies(
        self, provider_id: str | None = None, having: Having = Having.VACANCY
    ) -> Iterator[tuple[Fields, Fields]]:
        """Yield the state of each setting that has such a vacancy with each of its vacancies."""
        with self._model.lock:
            ids = self._model.having[having]
            if provider_id is not None:
                ids = ids & self._model.settings_of.get(provider_id, set())
            states = [self._model.picture.settings[each]["state"] for each in sorted(ids)]
        for state in states:
            if provider_id in {None, state["provider_id"]}:
                yield from ((state, place["vacancy"]) for place in state["places"] if place["vacancy"])

    def offers_of(self, provider_id: str | None, page: Page | None = None) -> list[Fields]:
        """Return a provider's vacancies, or all; of many a page: which tier has each, and not who considers it."""
        own = list(self._vacancies(provider_id))
        if page is not None:
            own = page.of(own, lambda each: (each[1]["vacancy_id"],))
        return [self._shapes.offer(state, vacancy) for state, vacancy in own]

    def listed_to(self, council: str) -> list[Fields]:
        """Return the vacancies that a council may answer now, and those that it may stand by for."""
        in_window = self._vacancies(having=Having.WINDOW)
        found = [self._shapes.listed(state, vacancy, council) for state, vacancy in in_window]
        own = [each for each in found if each is not None]
        return sorted(own, key=order_of_listed)

    def was_member(self, window_id: str, council: str) -> bool:
        """Tell whether a council was in the tier of a window, open or ended."""
        with self._model.lock:
            window = self._model.picture.windows.get(window_id)
            return window is not None and council in window["members"]

    def was_offered(self, vacancy_id: str, council: str) -> bool:
        """Tell whether a council was ever in the tier of a window of a vacancy."""
        with self._model.lock:
            windows = self._model.picture.windows
            numbered = (windows.get(f"{vacancy_id}:w{number}") for number in itertools.count(1))
            opened = itertools.takewhile(lambda window: window is not None, numbered)
            return any(window is not None and council in window["members"] for window in opened)

    def was_offered_in(self, setting_id: str, council: str) -> bool:
        """Tell whether a council was ever in the tier of a window of a setting."""
        with self._model.lock:
            windows, own = self._model.picture.windows, self._model.windows_of.get(setting_id, [])
            return any(council in windows[each]["members"] for each in own)

    def nominated_by(self, nomination_id: str) -> str | None:
        """Return the council of a nomination, pending or ended."""
        with self._model.lock:
            return self._model.picture.nominations.get(nomination_id)

    # --- nominations and holds -----------------------------------------------------------------------------------

    def nominations_of(self, provider_id: str | None) -> list[Fields]:
        """Return the vouched nominations for a provider's vacancies with what it needs to choose.

        Those of one vacancy stand in the advised order; for ops (None) as they came, with no advice, for the order
        would tell of the children.
        """
        return [
            each
            for state, vacancy in self._vacancies(provider_id)
            for each in self._pending(state, vacancy, is_advised=provider_id is not None)
        ]

    def _pending(self, state: Fields, vacancy: Fields, *, is_advised: bool) -> list[Fields]:
        vouched = {each["nomination_id"]: each for each in vacancy["nominations"] if each["is_vouched"]}
        if not is_advised:
            return [self._nomination(state, each) for each in vouched.values()]
        with self._model.lock:
            advised = self._advising.advise(state, vacancy)
        return [
            self._nomination(state, vouched[each.nomination_id])
            | {"advised_rank": each.rank, "advised_reason": each.reason}
            for each in advised
        ]

    def _nomination(self, state: Fields, nomination: Fields) -> Fields:
        referral = self.referral(nomination["referral_id"])
        return self._shapes.nomination(state, nomination, referral["needs"] if referral else {})

    def holds_of(self, council: str | None = None, provider_id: str | None = None) -> list[Fields]:
        """Return held and reserved places, of a council or of a provider."""
        found = [
            self._shapes.hold(state, vacancy)
            for state, vacancy in self._vacancies(provider_id, Having.HOLD)
            if HAS[Having.HOLD](vacancy)
        ]
        return [each for each in found if council in {None, each["council"]}]

    # --- referrals and matches -----------------------------------------------------------------------------------

    def referral(self, referral_id: str) -> Fields | None:
        with self._model.lock:
            entry = self._model.picture.referrals.get(referral_id)
            return None if entry is None else {**entry["state"], "version": entry["version"]}

    def referrals_of(self, council: str | None) -> list[Fields]:
        with self._model.lock:
            kept = self._model.picture.referrals
            ids = kept.keys() if council is None else self._model.referrals_of.get(council, set())
            return [{**kept[each]["state"], "version": kept[each]["version"]} for each in sorted(ids)]

    def matches_of(self, council: str) -> list[Fields]:
        """Return a council's matches whose window is the one open now, best first for each referral."""
        with self._model.lock:
            kept = list(self._model.picture.matches.get(council, {}).values())
        states = ((each, self.state(each["vacancy_id"].partition(":")[0])) for each in kept)
        shown = (self._shapes.match(each, state, council) for each, state in states)
        return sorted((each for each in shown if each is not None), key=order_of_matches)

    # --- over everything -----------------------------------------------------------------------------------------

    def entries(self) -> list[Fields]:
        """Return every setting's state with who lives where, as far as that is known."""
        with self._model.lock:
            kept = self._model.picture.settings
            return [{"state": each["state"], "lived_in": dict(each["lived_in"])} for each in kept.values()]

    def windows(self, page: Page) -> list[Fields]:
        """Return a page of every window that ever opened, in the order in which they opened."""
        return [self.history(each) for each in page.of(self._windows(), order_of_windows)]

    def ended(self) -> list[Fields]:
        """Return every window that has ended, the last that ended first; each is to be shown by `history`."""
        ended = [each for each in self._windows() if "ended_at" in each]
        return sorted(ended, key=lambda each: (each["ended_at"], each["window_id"]), reverse=True)

    def _windows(self) -> list[Fields]:
        with self._model.lock:
            return list(self._model.picture.windows.values())

    def history(self, window: Fields) -> Fields:
        """Return a window's history with the names of its setting."""
        with self._model.lock:
            return self._shapes.history(window, self.state(window["setting_id"]) or {})

    def letters(self) -> list[Fields]:
        with self._model.lock:
            return list(reversed(self._model.picture.letters))

    def doings(self) -> Fields:
        """Return how much there is of everything."""
        with self._model.lock:
            picture = self._model.picture
            return {
                "settings": len(picture.settings),
                "referrals": len(picture.referrals),
                "windows": len(picture.windows),
                "answers": dict(picture.answers),
                "deliveries": dict(picture.deliveries),
                "dead_letters": len(picture.letters),
            }

    # --- facts of an answer --------------------------------------------------------------------------------------

    def facts_for(self, caller: Caller, found: Decided) -> list[Fields]:
        """Return what this caller may see of a decision; nothing if the object is not the caller's."""
        if caller.role is Role.OPS:
            return found.facts
        if found.record.topic == "placements":
            is_own = caller.role is Role.TEAM and (found.state or {}).get("council") == caller.id
            return visibility.facts_for_own_team(found.facts) if is_own else []
        if caller.role is Role.PROVIDER:
            is_own = found.provider_id == caller.id
            return visibility.facts_for_provider(found.facts, self._vouched(found)) if is_own else []
        return visibility.facts_for_team(found.facts, caller.id, self._own_windows(found, caller.id))

    def _vouched(self, found: Decided) -> frozenset[str]:
        with self._model.lock:
            named = {fact.get("nomination_id", "") for fact in found.facts}
            return frozenset(named & self._model.picture.vouched.keys())

    def _own_windows(self, found: Decided, council: str) -> frozenset[str]:
        named = {fact.get("window_id") or "" for fact in found.facts}
        return frozenset(each for each in named if self.was_member(each, council))


def order_of_listed(each: Fields) -> SortKey:
    """To answer before to stand by for; what closes first before the rest. Another tier's deadline orders nothing."""
    is_answerable = each["listing"] == "answer"
    return each["listing"], each["closes_at"] if is_answerable else "", each["vacancy_id"]


def order_of_matches(each: Fields) -> SortKey:
    return each["referral_id"], each["rank"], each["match_id"]


def order_of_windows(each: Fields) -> SortKey:
    return each["opened_at"], each["window_id"]


def involved(vacancy: Mapping[str, Any]) -> set[str]:
    """Return the councils that have to do with a vacancy now."""
    window = vacancy["window"]
    found: set[str] = {*window["members"], *window["standby_members"]} if window else set()
    found |= {each["council"] for each in (*vacancy["nominations"], *vacancy["standbys"])}
    return found | {vacancy[name]["council"] for name in ("hold", "reservation") if vacancy[name]}
