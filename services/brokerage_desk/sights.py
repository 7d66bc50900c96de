"""What a team or a provider has before it on the page: all that is its own, or what one link leads to.

Asks the picture and shows of each object what the table of visibility lets through. Knows no request and no form. What
is another's leads nowhere (None), just as what never was.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.values import ReferralNeeds
from schemas.words import (
    BypassCode,
    ChoiceReason,
    CloseReason,
    CouncilDecline,
    ExtendReason,
    FallThroughReason,
    Gender,
    Kind,
    LegalRoute,
    Need,
    ProviderDecline,
    Provision,
    Urgency,
)
from services.directory import Directory
from services.edge.domain.visibility import Thing, Viewer, show

from .picture import Picture

Fields = dict[str, Any]
Sight = Mapping[str, Any]

CHOICES = {
    ChoiceReason.BEST_MATCH: "it matches the place best",
    ChoiceReason.URGENCY: "it is more urgent",
    ChoiceReason.DISTANCE: "it is nearer to the child's borough",
    ChoiceReason.LEAST_RECENTLY_SERVED: "its council was served least recently",
    ChoiceReason.ALL_EQUAL: "they are equal in all of this",
}
"""Why a provider may choose one nomination of several, most weighty first."""
LISTINGS = {"answer": Viewer.ANSWERING, "standby": Viewer.STANDING_BY}
OVER = frozenset({"closed", "placed"})
FELL_THROUGH = (
    FallThroughReason.PLAN_CHANGED,
    FallThroughReason.CHILD_OR_FAMILY_VIEWS,
    FallThroughReason.COURT_DECISION,
    FallThroughReason.GROUP_CHANGED,
    FallThroughReason.PROVIDER_UNABLE,
    FallThroughReason.MISTAKE,
)
"""Why people say that a placement fell through; the other reasons are the rules' own."""


ASKED = {
    "genders": list(Gender),
    "legal_routes": list(LegalRoute),
    "needs": list(Need),
    "provisions": [
        Provision.CHILDRENS_HOME,
        Provision.FOSTER_HOUSEHOLD,
        Provision.SUPPORTED_ACCOMMODATION,
        Provision.PARENT_AND_CHILD,
        Provision.SPECIAL_SCHOOL_HOME,
    ],
    "urgencies": list(Urgency),
    "nothing_yet": dict.fromkeys(ReferralNeeds.model_fields),
}
"""What the form of a referral's needs offers: the kinds of place that are offered along ladders."""
SHOWN_MAX = 50
"""How many of one kind stand on a page at the most; the rest are on pages of their own."""


@dataclass(frozen=True, slots=True)
class Item:
    """Where a link leads: a heading, what of it stands now, and a sentence where the link's own matter is over.

    A list that is longer than a page has several: `number` of `pages`, from 1.
    """

    heading: str
    sight: Sight
    note: str = ""
    number: int = 1
    pages: int = 1


class TeamSights:
    """One council's."""

    def __init__(self, picture: Picture, directory: Directory, council: str) -> None:
        self._picture, self._directory, self._council = picture, directory, council

    def everything(self) -> Sight:
        """Return all that stands before the team."""
        picture, own = self._picture, self._council
        listed = [show(LISTINGS[each["listing"]], Thing.VACANCY, each) for each in picture.listed_to(own)]
        matches = [show(Viewer.OWN_TEAM, Thing.MATCH, each) for each in picture.matches_of(own)]
        referrals = [show(Viewer.OWN_TEAM, Thing.REFERRAL, each) for each in picture.referrals_of(own)]
        open_now = [each["referral_id"] for each in referrals if each["status"] == "open"]
        by_vacancy = grouped(matches)
        listed = [each | fits(each, by_vacancy[each["vacancy_id"]], open_now) for each in listed]
        return {
            "windows": [each for each in listed if each["listing"] == "answer"],
            "standbys": [each for each in listed if each["listing"] == "standby"],
            "matches": matches,
            "holds": [show(Viewer.OWN_TEAM, Thing.HOLD, each) for each in picture.holds_of(own)],
            "referrals": [each | self._named(each) for each in referrals],
            "reasons": list(CouncilDecline),
            "extend_reasons": list(ExtendReason),
            "close_reasons": list(CloseReason),
            "fell_through": FELL_THROUGH,
            "asked": ASKED,
        }

    def listed(self, kind: str, number: int) -> Item | None:
        """Return a page of one of the team's lists; None for a list that no team has."""
        return one_page(self.everything(), kind, TEAM_LISTS[kind], number) if kind in TEAM_LISTS else None

    def _named(self, referral: Fields) -> Fields:
        """Return a referral's pending nominations and its place with the names of their settings."""
        names, take = self._directory.setting_name, referral["take"]
        pending = [each | {"name": names(each["setting_id"])} for each in referral["nominations"]]
        return {"nominated": pending, "taken": take and take | {"name": names(take["setting_id"])}}

    def item(self, kind: str, about: str) -> Item | None:
        """Return what a link leads to; None where it leads nowhere for this council."""
        look = {
            "windows": self._window,
            "vacancies": self._vacancy,
            "nominations": self._nomination,
            "referrals": self._referral,
            "settings": self._setting,
        }
        return look[kind](about)

    def _window(self, window_id: str) -> Item | None:
        if not self._picture.was_member(window_id, self._council):
            return None
        vacancy_id = window_id.rpartition(":")[0]
        sight = narrowed(self.everything(), "vacancy_id", vacancy_id)
        is_open = any(each["window_id"] == window_id for each in sight["windows"])
        return Item(self._place(vacancy_id), sight, "" if is_open else "This offer window has ended.")

    def _vacancy(self, vacancy_id: str) -> Item | None:
        sight = narrowed(self.everything(), "vacancy_id", vacancy_id)
        if not has_any(sight) and not self._picture.was_offered(vacancy_id, self._council):
            return None
        note = "" if has_any(sight) else "Nothing of this vacancy is yours to answer now."
        return Item(self._place(vacancy_id), sight, note)

    def _nomination(self, nomination_id: str) -> Item | None:
        if self._picture.nominated_by(nomination_id) != self._council:
            return None
        vacancy_id = nomination_id.rpartition(":")[0]
        whole = self.everything()
        pending = [each for each in whole["referrals"] if has_named(each, nomination_id)]
        sight = {**narrowed(whole, "vacancy_id", vacancy_id), "referrals": pending}
        note = "This nomination waits for the provider." if pending else "This nomination has ended."
        return Item(self._place(vacancy_id), sight, note)

    def _referral(self, referral_id: str) -> Item | None:
        found = self._picture.referral(referral_id)
        if found is None or found["council"] != self._council:
            return None
        whole = self.everything()
        sight = narrowed(whole, "referral_id", referral_id)
        fitting = {each["vacancy_id"] for each in sight["matches"]}
        windows = [each for each in whole["windows"] if each["vacancy_id"] in fitting]
        note = f"This referral is {found['status']}." if found["status"] in OVER else ""
        return Item(f"Referral {referral_id}", {**sight, "windows": windows}, note)

    def _setting(self, setting_id: str) -> Item | None:
        state, own = self._picture.state(setting_id), self._council
        sight = narrowed(self.everything(), "setting_id", setting_id)
        if state is None or not (has_any(sight) or self._picture.was_offered_in(setting_id, own)):
            return None
        name = self._directory.setting_name(setting_id)
        about = show(Viewer.STANDING_BY, Thing.VACANCY, {**state, "name": name})
        return Item(name, {**sight, "about": about})

    def _place(self, vacancy_id: str) -> str:
        setting_id, place, _ = vacancy_id.split(":")
        return f"{self._directory.setting_name(setting_id)}, place {place}"


def has_named(referral: Fields, nomination_id: str) -> bool:
    return any(each["nomination_id"] == nomination_id for each in referral["nominated"])


def grouped(matches: Iterable[Fields]) -> defaultdict[str, list[Fields]]:
    """Return matches by vacancy."""
    found: defaultdict[str, list[Fields]] = defaultdict(list)
    for each in matches:
        found[each["vacancy_id"]].append(each)
    return found


def fits(listed: Fields, matches: Iterable[Fields], open_now: list[str]) -> Fields:
    """Return which of a team's open referrals fit a place, in which order to look at them, and which do not."""
    here = sorted(matches, key=lambda each: (len(each["misfits"]), each["rank"], each["referral_id"]))
    nominated = {each["referral_id"] for each in listed.get("own_nominations", [])}
    free = [each for each in open_now if each not in nominated]
    fitting = [each["referral_id"] for each in here if not each["misfits"] and each["referral_id"] in free]
    near = [each["referral_id"] for each in here if each["misfits"] and each["referral_id"] in free]
    return {
        "fits": here,
        "groups": {
            "Fit this place": fitting,
            "Nearly fit": near,
            "Do not fit": [each for each in free if each not in {*fitting, *near}],
        },
    }


class ProviderSights:
    """One provider's."""

    def __init__(self, picture: Picture, provider_id: str) -> None:
        self._picture, self._own = picture, provider_id

    def everything(self) -> Sight:
        """Return all that stands before the provider."""
        picture, own = self._picture, self._own
        return {
            "settings": [show(Viewer.PROVIDER, Thing.SETTING, each) for each in picture.settings_of(own)],
            "offers": [show(Viewer.PROVIDER, Thing.OFFER, each) for each in picture.offers_of(own)],
            "nominations": [
                show(Viewer.PROVIDER, Thing.NOMINATION, each) for each in picture.nominations_of(own)
            ],
            "holds": [show(Viewer.PROVIDER, Thing.HOLD, each) for each in picture.holds_of(provider_id=own)],
            "reasons": list(ProviderDecline),
            "kinds": list(Kind),
            "codes": list(BypassCode),
            "fell_through": FELL_THROUGH,
            "choices": CHOICES,
            "is_whole": False,
        }

    def listed(self, kind: str, number: int) -> Item | None:
        """Return a page of one of the provider's lists; None for a list that no provider has."""
        titles = PROVIDER_LISTS
        return one_page(self.everything(), kind, titles[kind], number) if kind in titles else None

    def item(self, kind: str, about: str) -> Item | None:
        """Return what a link leads to. Whatever it names begins with the id of one of the provider's settings."""
        setting = self._picture.one_setting(about.partition(":")[0], self._own)
        if setting is None:
            return None
        if kind == "settings":
            own = narrowed(self.everything(), "setting_id", about)
            return Item(setting["name"], {**own, "is_whole": True})
        vacancy_id = about if kind == "vacancies" else about.rpartition(":")[0]
        if kind == "referrals" or not is_place_of(setting, vacancy_id):
            return None
        sight = {**narrowed(self.everything(), "vacancy_id", vacancy_id), "settings": []}
        heading = f"{setting['name']}, place {vacancy_id.split(':')[1]}"
        return Item(heading, sight, over(kind, about, sight))


def is_place_of(setting: Fields, vacancy_id: str) -> bool:
    """Tell whether this could be a vacancy of the setting; what never was tells no more than what is over."""
    parts = vacancy_id.split(":")
    numbers = {str(each["number"]) for each in setting["places"]}
    return len(parts) == 3 and parts[1] in numbers and parts[2].isdecimal()


def over(kind: str, about: str, sight: Sight) -> str:
    """Return what to say where a link's own matter is over; the same whether it ever was."""
    if not sight["offers"]:
        return "This vacancy is not open any more."
    standing = {
        "vacancies": {each["vacancy_id"] for each in sight["offers"]},
        "windows": {each.get("window_id") for each in sight["offers"]},
        "nominations": {each["nomination_id"] for each in sight["nominations"]},
    }
    sentences = {
        "windows": "This offer window has ended.",
        "nominations": "This nomination waits for no answer.",
    }
    return "" if about in standing[kind] else sentences[kind]


# --- both --------------------------------------------------------------------------------------------------------

TEAM_LISTS = {
    "windows": "Open windows",
    "standbys": "To stand by for",
    "matches": "Places that fit your referrals",
    "holds": "Places held for you",
    "referrals": "All your referrals, open or not",
}
PROVIDER_LISTS = {
    "nominations": "Nominations to answer",
    "offers": "Your vacancies",
    "holds": "Held and reserved",
    "settings": "Your settings",
}
LISTS = ("windows", "standbys", "matches", "holds", "referrals", "settings", "offers", "nominations")


def narrowed(sight: Sight, name: str, value: str) -> Fields:
    """Return a sight with no more in its lists than what has this value in this field."""
    lists = {each: [one for one in sight[each] if one.get(name) == value] for each in LISTS if each in sight}
    return {**sight, **lists}


def one_page(sight: Sight, kind: str, title: str, number: int) -> Item:
    """Return a page of one list of a sight, and nothing in its other lists; the last page where there are fewer."""
    whole = sight[kind]
    pages = max(1, -(-len(whole) // SHOWN_MAX))
    number = min(max(number, 1), pages)
    begin = (number - 1) * SHOWN_MAX
    empty: Fields = {each: [] for each in LISTS if each in sight}
    shown = {**sight, **empty, kind: whole[begin : begin + SHOWN_MAX]}
    return Item(f"{title} ({len(whole)})", shown, number=number, pages=pages)


def has_any(sight: Sight) -> bool:
    return any(sight.get(each) for each in LISTS)
