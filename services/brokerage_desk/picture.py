"""What the read model comes to, as flat objects: a setting, an offer, a nomination, a hold, a vacancy as listed.

Knows the directory's names and the time of day, for countdowns. Decides only whose an object is; the edges show of
each what the table of visibility lets through. A window past its deadline is closed to answers here at once, also
while its end is still to be written (law 6 of offer windows).
"""

import itertools
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from runtime.clock import Clock
from runtime.records import instant
from schemas.words import Role
from services.directory import Caller, Directory
from services.edge.answers import Decided
from services.edge.domain import visibility

from .advising import Advising, Band
from .counting import agreement_outline, counts_of, place_of
from .projection import Fields, ReadModel


class Picture:
    """Asks the read model. Every method returns copies: nothing that a caller changes is seen by another."""

    def __init__(self, model: ReadModel, directory: Directory, clock: Clock, band: Band) -> None:
        self._model, self._directory, self._clock = model, directory, clock
        self._advising = Advising(model, band)

    def wait_for(self, topic: str, offset: int, timeout_s: float) -> bool:
        return self._model.wait_for(topic, offset, timeout_s)

    def now(self) -> datetime:
        return self._clock.now()

    # --- settings --------------------------------------------------------------------------------------------

    def state(self, setting_id: str) -> Fields | None:
        with self._model.lock:
            entry = self._model.picture.settings.get(setting_id)
            return None if entry is None else entry["state"]

    def settings_of(self, provider_id: str | None) -> list[Fields]:
        """Return the settings of a provider, or all of them, by id."""
        with self._model.lock:
            kept = self._model.picture.settings
            ids = kept.keys() if provider_id is None else self._model.settings_of.get(provider_id, set())
            entries = [kept[setting_id] for setting_id in sorted(ids)]
        own = [entry for entry in entries if provider_id in {None, entry["state"]["provider_id"]}]
        return [self.setting(entry) for entry in own]

    def setting(self, entry: Fields) -> Fields:
        """Return a setting with its counts and its places."""
        state = entry["state"]
        plain = {name: value for name, value in state.items() if not isinstance(value, list | dict)}
        profile = {name: value for name, value in state["profile"].items() if name != "group"}
        return {
            **plain,
            **self._named(state),
            "profile": profile,
            "group": state["profile"]["group"],
            "agreements": [agreement_outline(each) for each in state["agreements"]],
            "conflicts": state["conflicts"],
            "counts": counts_of(state),
            "places": [place_of(place) for place in state["places"]],
            "version": entry["version"],
        }

    def one_setting(self, setting_id: str, provider_id: str | None) -> Fields | None:
        """Return a setting, if it is this provider's (None: anybody's)."""
        with self._model.lock:
            entry = self._model.picture.settings.get(setting_id)
        if entry is None or provider_id not in {None, entry["state"]["provider_id"]}:
            return None
        return self.setting(entry)

    def _named(self, state: Mapping[str, Any]) -> Fields:
        return {
            "name": self._directory.setting_name(state["setting_id"]),
            "provider_name": self._directory.provider_name(state["provider_id"]),
            "is_made_up": self._directory.is_made_up,
        }

    # --- vacancies, as the provider and as councils see them ---------------------------------------------------

    def _vacancies(self, provider_id: str | None = None) -> Iterator[tuple[Fields, Fields]]:
        """Yield the state of each setting with each of its vacancies."""
        with self._model.lock:
            states = [
                self._model.picture.settings[each]["state"] for each in sorted(self._model.with_vacancies)
            ]
        for state in states:
            if provider_id in {None, state["provider_id"]}:
                yield from ((state, place["vacancy"]) for place in state["places"] if place["vacancy"])

    def offers_of(self, provider_id: str | None) -> list[Fields]:
        """Return a provider's vacancies: which tier has each, until when, and nothing of who considers it."""
        return [self._offer(state, vacancy) for state, vacancy in self._vacancies(provider_id)]

    def _offer(self, state: Fields, vacancy: Fields) -> Fields:
        choice, hold, reservation = vacancy["choice"], vacancy["hold"], vacancy["reservation"]
        vouched = [each for each in vacancy["nominations"] if each["is_vouched"]]
        return {
            **self._vacancy(state, vacancy),
            "nominations_vouched": len(vouched),
            "choice_closes_at": choice and choice["closes_at"],
            "choice_seconds_left": choice and self._left(choice["closes_at"]),
            "hold_until": hold and hold["until"],
            "starts_on": reservation and reservation["starts_on"],
        }

    def _vacancy(self, state: Fields, vacancy: Fields) -> Fields:
        names = (
            "vacancy_id",
            "place",
            "kind",
            "available_from",
            "fee",
            "posted_at",
            "confirmed_at",
            "freshness",
        )
        window = vacancy["window"]
        return {
            **{name: vacancy[name] for name in (*names, "blocked")},
            "setting_id": state["setting_id"],
            **self._named(state),
            **(self._window(window) if window else {}),
        }

    def _window(self, window: Fields) -> Fields:
        names = ("window_id", "tier", "audience", "opened_at", "closes_at", "is_extended", "agreement_id")
        asked, left_s = window["extension_asked"], self._left(window["closes_at"])
        return {
            **{name: window[name] for name in (*names, "agreement_version")},
            "seconds_left": left_s,
            "is_open_to_answers": left_s > 0,
            "extension_seconds_asked": asked and asked["seconds"],
            "extension_reason": asked and asked["reason"],
        }

    def _left(self, at: str) -> int:
        """Whole seconds until an instant, rounded up so that 0 is reached at the instant and not before."""
        return max(0, -int((self._clock.now() - instant(at)).total_seconds() // 1))

    def listed_to(self, council: str) -> list[Fields]:
        """Return the vacancies that a council may answer now, and those that it may stand by for."""
        found = [self._listed(state, vacancy, council) for state, vacancy in self._vacancies()]
        own = [each for each in found if each is not None]
        return sorted(own, key=lambda each: (each["listing"], each.get("closes_at", ""), each["vacancy_id"]))

    def _listed(self, state: Fields, vacancy: Fields, council: str) -> Fields | None:
        window = vacancy["window"]
        if window is None:
            return None
        if council in window["members"]:
            return self._answerable(state, vacancy, council)
        if council not in window["standby_members"]:
            return None
        own = next((each["referral_id"] for each in vacancy["standbys"] if each["council"] == council), None)
        return {**self._profile(state, vacancy), "listing": "standby", "own_standby": own}

    def _profile(self, state: Fields, vacancy: Fields) -> Fields:
        names = ("provision", "sector", "registration", "judgement", "borough", "outward_code", "provider_id")
        profile = {
            name: value for name, value in state["profile"].items() if name not in {"group", "mix_limits"}
        }
        return {
            **self._vacancy(state, vacancy),
            **{name: state[name] for name in names},
            "profile": profile,
        }

    def _answerable(self, state: Fields, vacancy: Fields, council: str) -> Fields:
        window = vacancy["window"]
        asked = window["extension_asked"]
        own = [each for each in vacancy["nominations"] if each["council"] == council]
        return {
            **self._profile(state, vacancy),
            "listing": "answer",
            "is_acknowledged": council in window["acknowledged"],
            "is_released": council in window["released"],
            "extension_asked": asked is not None and asked["council"] == council,
            "own_nominations": [{name: each[name] for name in OWN_NOMINATION} for each in own],
        }

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
        return {
            **(referral["needs"] if referral else {}),
            **nomination,
            "vacancy_id": nomination["nomination_id"].rpartition(":")[0],
            "setting_id": state["setting_id"],
            "name": self._directory.setting_name(state["setting_id"]),
            "council_name": self._directory.council_name(nomination["council"]),
        }

    def holds_of(self, council: str | None = None, provider_id: str | None = None) -> list[Fields]:
        """Return held and reserved places, of a council or of a provider."""
        found = [
            self._hold(state, vacancy)
            for state, vacancy in self._vacancies(provider_id)
            if vacancy["hold"] or vacancy["reservation"]
        ]
        return [each for each in found if council in {None, each["council"]}]

    def _hold(self, state: Fields, vacancy: Fields) -> Fields:
        hold = vacancy["hold"] or vacancy["reservation"]
        left_s = self._left(hold["until"]) if "until" in hold else None
        return {
            **{
                name: hold.get(name)
                for name in ("hold_id", "take_id", "referral_id", "council", "until", "starts_on")
            },
            "vacancy_id": vacancy["vacancy_id"],
            "setting_id": state["setting_id"],
            "name": self._directory.setting_name(state["setting_id"]),
            "council_name": self._directory.council_name(hold["council"]),
            "status": "held" if vacancy["hold"] else "reserved",
            "seconds_left": left_s,
            "is_open_to_take": bool(left_s),
        }

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
        shown = [self._match(each, council) for each in kept]
        own = [each for each in shown if each is not None]
        return sorted(own, key=lambda each: (each["referral_id"], each["rank"], each["match_id"]))

    def _match(self, match: Fields, council: str) -> Fields | None:
        setting_id, vacancy_id = match["vacancy_id"].partition(":")[0], match["vacancy_id"]
        state, vacancy = self._find(setting_id, vacancy_id)
        listed = self._listed(state, vacancy, council) if state and vacancy else None
        if not is_current(match, vacancy, listed):
            return None
        names = ("match_id", "vacancy_id", "referral_id", "window_id", "reasons", "badge", "is_anticipated")
        is_answerable = listed is not None and listed["listing"] == "answer"
        countdown = {name: (listed or {}).get(name) for name in ("closes_at", "seconds_left")}
        return {
            **{name: match[name] for name in names},
            **(countdown if is_answerable else {}),
            "setting_id": setting_id,
            "name": self._directory.setting_name(setting_id),
            "provider_name": self._directory.provider_name(state["provider_id"]) if state else None,
            "listing": None if listed is None else listed["listing"],
            "rank": match["place_in_order"],
            "misfits": [match["near_miss"]] if match["near_miss"] else [],
        }

    def _find(self, setting_id: str, vacancy_id: str) -> tuple[Fields | None, Fields | None]:
        state = self.state(setting_id)
        places = state["places"] if state else []
        found = (each["vacancy"] for each in places if each["vacancy"])
        return state, next((each for each in found if each["vacancy_id"] == vacancy_id), None)

    # --- over everything -----------------------------------------------------------------------------------------

    def entries(self) -> list[Fields]:
        """Return every setting's state with who lives where, as far as that is known."""
        with self._model.lock:
            kept = self._model.picture.settings
            return [{"state": each["state"], "lived_in": dict(each["lived_in"])} for each in kept.values()]

    def windows(self) -> list[Fields]:
        """Return every window that ever opened, in the order in which they opened."""
        with self._model.lock:
            kept = [dict(each) for each in self._model.picture.windows.values()]
        return sorted(
            (self._history(each) for each in kept), key=lambda each: (each["opened_at"], each["window_id"])
        )

    def _history(self, window: Fields) -> Fields:
        state = self.state(window["setting_id"]) or {}
        return {
            **window,
            "name": self._directory.setting_name(window["setting_id"]),
            "borough": state.get("borough"),
            "provision": state.get("provision"),
            "is_first_tier": window["tier"] == 1,
        }

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
        state = found.state or {}
        if found.record.topic == "placements":
            is_own = caller.role is Role.TEAM and state.get("council") == caller.id
            return visibility.facts_for_own_team(found.facts) if is_own else []
        if caller.role is Role.PROVIDER:
            is_own = state.get("provider_id") == caller.id
            return visibility.facts_for_provider(found.facts, self._vouched(found)) if is_own else []
        return visibility.facts_for_team(found.facts, caller.id, self._windows(found, caller.id))

    def _vouched(self, found: Decided) -> frozenset[str]:
        with self._model.lock:
            named = {fact.get("nomination_id", "") for fact in found.facts}
            return frozenset(named & self._model.picture.vouched.keys())

    def _windows(self, found: Decided, council: str) -> frozenset[str]:
        named = {fact.get("window_id") or "" for fact in found.facts}
        return frozenset(each for each in named if self.was_member(each, council))


OWN_NOMINATION = ("nomination_id", "referral_id", "made_at", "is_vouched")


def is_current(match: Fields, vacancy: Fields | None, listed: Fields | None) -> bool:
    """Tell whether a match may be shown: its window is the one open; or its place is still to become vacant."""
    if vacancy is None:
        return bool(match["window_id"] is None)
    if listed is None:
        return False
    return bool(match["window_id"] == (listed["window_id"] if listed["listing"] == "answer" else None))


def involved(vacancy: Mapping[str, Any]) -> set[str]:
    """Return the councils that have to do with a vacancy now."""
    window = vacancy["window"]
    found: set[str] = {*window["members"], *window["standby_members"]} if window else set()
    found |= {each["council"] for each in (*vacancy["nominations"], *vacancy["standbys"])}
    return found | {vacancy[name]["council"] for name in ("hold", "reservation") if vacancy[name]}
