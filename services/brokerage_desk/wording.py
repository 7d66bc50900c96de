"""Coded words, days and answers as people read them on the page.

Knows closed words only: nothing here can repeat what a caller typed. Must not know a request or the read model.
"""

from collections.abc import Mapping
from datetime import date

from schemas.words import Code
from services.edge.problems import CODES

SAID_AS: Mapping[str, str] = {
    "childrens_home": "children's home",
    "special_school_home": "special school home",
    "director_of_childrens_services": "Director of Children's Services",
    "parent_and_child": "parent and child",
    "first": "first fill",
    "planned": "planned re-fill",
    "emergency": "emergency",
    "foster": "foster vacancy",
    "ebd": "EBD",
    "ld": "LD",
    "asd": "ASD",
    "semh": "SEMH",
    "uasc": "UASC",
    "tier_4_discharge": "Tier 4 discharge",
    "yro_with_residence": "YRO with residence",
    "good": "Good",
    "outstanding": "Outstanding",
    "inadequate": "Inadequate",
    "requires_improvement": "Requires improvement",
    "ofsted_rating_concern": "concern about the Ofsted rating",
    "another_chosen": "another nomination was chosen",
    "ladder_ended": "every tier of its agreement has had its window",
    "judgement": "its judgement is below what may be offered",
    "judgement_unknown": "its judgement is not known",
    "fee_unknown": "its fee is not stated",
    "fee_over_agreement": "its fee is over the agreement's",
    "stale": "not confirmed for too long",
    "judged_good": "judged Good",
    "judged_outstanding": "judged Outstanding",
    "provision": "the kind of place",
    "available_too_late": "free too late",
    "ageing": "confirmation due",
    "fresh": "confirmed lately",
    "lapsed": "it lapsed at its deadline",
    "rejudged": "the setting may not be offered now",
    "untold": "nobody could be told of it",
    "bypassed": "the place went outside the order",
    "corrected": "a mistake was put right",
    "nominated": "nominations went to the provider",
    "released": "it was released",
    "withdrawn": "the vacancy was withdrawn",
    "fewer_vacancies_than_held": "fewer vacancies were stated than places are held",
    "more_vacancies_than_free_places": "more vacancies were stated than there are free places",
    "foster_usual_limit": "usual limit of three foster children",
    "under_16_supported_accommodation": "under 16, and supported accommodation",
    "needs_outside_registration": "needs outside the registration",
    "none": "none needed",
}
"""Where a word is not said as it is spelled."""

REFUSALS: Mapping[str, str] = {
    "not_found": "there is nothing of that name for you",
    "invalid": "a field is empty or has something in it that is not allowed there",
    "unavailable": "nothing can be written at the moment; try again",
    "not_decided_yet": "it is kept, and not decided yet; look again in a moment",
    "window_not_open": "this offer window is not open any more",
    "changes_nothing": "that is already so",
    "already_released": "you have released this window already",
    "already_nominated": "this referral is nominated for this place already",
    "nomination_pending": "a nomination is waiting for its answer",
    "already_extended": "this window has been extended once, and may be only once",
    "extension_too_long": "a window may be extended by its own length at most",
    "no_extension_asked": "no longer window is asked for",
    "hold_ended": "the place is not held any more",
    "no_free_place": "no place there is free",
    "place_not_free": "this place is not free",
    "place_held": "this place is held for a referral",
    "place_reserved": "this place is reserved for a referral",
    "pair_blocked": "this place and this referral were told apart before",
    "still_collecting": "nominations are still being collected; choose when the window is over",
    "reason_needed": "with several nominations, say why it is this one",
    "referral_locked": "the referral is waiting for a place that it takes",
    "referral_placed": "the referral has its place already",
    "referral_closed": "the referral is closed",
    "referral_anticipated": "the referral is only anticipated; submit it first",
    "referral_not_confirmed": "confirm first that the referral is still needed",
    "standby_not_allowed": "this agreement allows no standby here",
    "already_standing_by": "you stand by for this place already",
    "unknown_vacancy": "this vacancy is not open any more",
    "not_on_bed_ladder": "places of this kind are not offered along a ladder",
}
"""Why not, as a sentence goes on after “Refused:”."""

ABBREVIATION_MAX = 4

ANSWERS = frozenset({*(code.value for code in Code), *CODES.values(), "not_decided_yet"})
"""What the page repeats of its own address: codes, and nothing else."""


def plain(word: object) -> str:
    """Return a coded word as people read it."""
    return SAID_AS.get(str(word), str(word).replace("_", " "))


def judged(word: str) -> str:
    """Return how a setting is judged; one that is not yet inspected has no judgement, which is none against it."""
    unjudged = {"not_yet_inspected": "registered, not yet inspected", "unknown": "judgement not known"}
    return unjudged.get(word) or f"judged {plain(word)}"


def audience(name: str) -> str:
    """Return an audience as people say it: `LONDON` is London, `NCL` stays."""
    return name.replace("-", " ").title() if name.isupper() and len(name) > ABBREVIATION_MAX else name


def day(on: str | None) -> str:
    """Return a calendar day as `Mon 23 Nov 2026`; nothing where there is none."""
    return date.fromisoformat(on).strftime("%a %-d %b %Y") if on else "a day not stated"


def refusal(code: str) -> str:
    """Return why something was refused, in a sentence."""
    return f"Refused: {REFUSALS.get(code, code.replace('_', ' '))}."
