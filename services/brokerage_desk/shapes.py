"""Things as flat objects: a setting, an offer, a vacancy as listed, a nomination, a hold, a match, a window's history.

Knows the wire form of states, the directory's names and the time of day, for countdowns. Gives whole objects: of each
the edges show what the table of visibility lets through. Knows no read model. A window past its deadline is closed to
answers here at once, also while its end is still to be written (law 6 of offer windows).
"""

from collections.abc import Mapping
from typing import Any

from runtime.clock import Clock
from runtime.records import instant
from services.directory import Directory

from .counting import agreement_outline, counts_of, place_of

Fields = dict[str, Any]

OWN_NOMINATION = ("nomination_id", "referral_id", "made_at", "is_vouched")
HOLD = ("hold_id", "take_id", "referral_id", "council", "until", "starts_on")
WINDOW = (
    "window_id",
    "tier",
    "audience",
    "opened_at",
    "closes_at",
    "is_extended",
    "agreement_id",
    "agreement_version",
)
VACANCY = (
    "vacancy_id",
    "place",
    "kind",
    "available_from",
    "fee",
    "posted_at",
    "confirmed_at",
    "freshness",
    "blocked",
)
PROFILE = ("provision", "sector", "registration", "judgement", "borough", "outward_code", "provider_id")
MATCH = ("match_id", "vacancy_id", "referral_id", "window_id", "reasons", "badge", "is_anticipated")


class Shapes:
    """Every method returns a new object: nothing that a caller changes is seen by another."""

    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory, self._clock = directory, clock

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

    def _named(self, state: Mapping[str, Any]) -> Fields:
        return {
            "name": self._directory.setting_name(state["setting_id"]),
            "provider_name": self._directory.provider_name(state["provider_id"]),
            "is_made_up": self._directory.is_made_up,
        }

    def offer(self, state: Fields, vacancy: Fields) -> Fields:
        """Return a vacancy as its provider sees it: which tier has it, and nothing of who considers it."""
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
        window = vacancy["window"]
        return {
            **{name: vacancy[name] for name in VACANCY},
            "setting_id": state["setting_id"],
            **self._named(state),
            **(self._window(window) if window else {}),
        }

    def _window(self, window: Fields) -> Fields:
        asked, left_s = window["extension_asked"], self._left(window["closes_at"])
        return {
            **{name: window[name] for name in WINDOW},
            "seconds_left": left_s,
            "is_open_to_answers": left_s > 0,
            "extension_seconds_asked": asked and asked["seconds"],
            "extension_reason": asked and asked["reason"],
        }

    def _left(self, at: str) -> int:
        """Whole seconds until an instant, rounded up so that 0 is reached at the instant and not before."""
        return max(0, -int((self._clock.now() - instant(at)).total_seconds() // 1))

    def listed(self, state: Fields, vacancy: Fields, council: str) -> Fields | None:
        """Return a vacancy as a council may answer it or stand by for it; None if it may do neither."""
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
        profile = {
            name: value for name, value in state["profile"].items() if name not in {"group", "mix_limits"}
        }
        return {
            **self._vacancy(state, vacancy),
            **{name: state[name] for name in PROFILE},
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

    def nomination(self, state: Fields, nomination: Fields, needs: Fields) -> Fields:
        """Return a nomination with what its referral asks for."""
        return {
            **needs,
            **nomination,
            "vacancy_id": nomination["nomination_id"].rpartition(":")[0],
            "setting_id": state["setting_id"],
            "name": self._directory.setting_name(state["setting_id"]),
            "council_name": self._directory.council_name(nomination["council"]),
        }

    def hold(self, state: Fields, vacancy: Fields) -> Fields:
        """Return what holds or reserves a vacancy's place."""
        hold = vacancy["hold"] or vacancy["reservation"]
        left_s = self._left(hold["until"]) if "until" in hold else None
        return {
            **{name: hold.get(name) for name in HOLD},
            "vacancy_id": vacancy["vacancy_id"],
            "setting_id": state["setting_id"],
            "name": self._directory.setting_name(state["setting_id"]),
            "council_name": self._directory.council_name(hold["council"]),
            "status": "held" if vacancy["hold"] else "reserved",
            "seconds_left": left_s,
            "is_open_to_take": bool(left_s),
        }

    def match(self, match: Fields, state: Fields | None, council: str) -> Fields | None:
        """Return a match with the vacancy as it is listed to the council; None if it may not be shown now."""
        setting_id, vacancy = match["vacancy_id"].partition(":")[0], vacancy_in(state, match["vacancy_id"])
        listed = self.listed(state, vacancy, council) if state and vacancy else None
        if not is_current(match, vacancy, listed):
            return None
        is_answerable = listed is not None and listed["listing"] == "answer"
        countdown = {name: (listed or {}).get(name) for name in ("closes_at", "seconds_left")}
        return {
            **{name: match[name] for name in MATCH},
            **(countdown if is_answerable else {}),
            "setting_id": setting_id,
            "name": self._directory.setting_name(setting_id),
            "provider_name": self._directory.provider_name(state["provider_id"]) if state else None,
            "listing": None if listed is None else listed["listing"],
            "rank": match["place_in_order"],
            "misfits": [match["near_miss"]] if match["near_miss"] else [],
        }

    def history(self, window: Fields, state: Fields) -> Fields:
        """Return a window, open or ended, with what is known of its setting now."""
        return {
            **window,
            "name": self._directory.setting_name(window["setting_id"]),
            "borough": state.get("borough"),
            "provision": state.get("provision"),
            "is_first_tier": window["tier"] == 1,
        }


def is_current(match: Fields, vacancy: Fields | None, listed: Fields | None) -> bool:
    """Tell whether a match may be shown: its window is the one open; or its place is still to become vacant."""
    if vacancy is None:
        return bool(match["window_id"] is None)
    if listed is None:
        return False
    return bool(match["window_id"] == (listed["window_id"] if listed["listing"] == "answer" else None))


def vacancy_in(state: Fields | None, vacancy_id: str) -> Fields | None:
    """Return a vacancy of a setting; None where it is over, or never was."""
    found: list[Fields] = [each["vacancy"] for each in (state or {"places": []})["places"] if each["vacancy"]]
    return next((each for each in found if each["vacancy_id"] == vacancy_id), None)
