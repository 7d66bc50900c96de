"""The laws that an explanation names: where each stands, and what it says.

Where a law's lengths are *policy*, the version that a setting was decided under has the figures: no public paper states
them, they are modelled on housing nominations, dynamic purchasing and organ offers.
"""

from typing import Final, NamedTuple

WINDOWS: Final = "domain page, offer windows"


class Law(NamedTuple):
    """A law in a sentence, and where it comes from."""

    source: str
    text: str


def _window_law(number: int, text: str) -> Law:
    return Law(f"{WINDOWS}, law {number}", text)


ONE_WINDOW: Final = _window_law(
    1, "One open window per vacancy; tiers in the agreement's order, none skipped without a fact."
)
MAY_OPEN: Final = _window_law(
    2,
    "A window opens only where the setting is registered and open, judged well enough, the vacancy not stale, its fee"
    " within the agreement, and the place no block, secure or connected-person place.",
)
CLOCK_GOES_ON: Final = _window_law(
    3,
    "A provider that declines one child does not end the council's window; a minimum remainder is topped up.",
)
DEADLINES: Final = _window_law(
    4, "Deadlines are instants computed once, from the agreement's calendar; only a fact moves one."
)
TOO_LATE: Final = _window_law(6, "At the deadline it is too late to answer; every window ends once.")
RELEASE: Final = _window_law(
    7, "The holder may release early and the next tier opens at once; lower tiers may stand by meanwhile."
)
ACKNOWLEDGE: Final = _window_law(8, "Acknowledging stops the reminders, not the clock.")
EXTEND: Final = _window_law(
    9, "Extended once, by the provider or by mutual consent, by at most the original length."
)
COLLECT: Final = _window_law(
    10,
    "In a tier of several councils nominations are collected; the provider chooses, the first click does not win.",
)
HOLD: Final = _window_law(
    11,
    "An accepted nomination holds the place until a deadline; its council takes one place, which lets the others go;"
    " what comes to nothing goes back to the tier that it left.",
)
BYPASS: Final = _window_law(12, "A placement outside the order cannot be prevented, only made visible.")
TOLD: Final = _window_law(
    13, "Told late: the deadline moves by the delay. Nobody told: one more full length, then it ends untold."
)
NOT_ASKED: Final = _window_law(
    14, "Who is not in the audience, or answers a window that is not open, is refused."
)

READINGS: Final = "domain page, settled readings"
REJUDGED: Final = Law(
    READINGS, "A downgrade, suspension, closure or end of agreement re-judges an open window at once."
)
CHOICE: Final = Law(
    READINGS, "A window that ends nominated gives the provider a time to choose; nothing opens meanwhile."
)
NUMBERS: Final = Law(
    READINGS, "Numbers count empty, usable, unheld places; what then does not fit is a conflict for a person."
)
NIL: Final = Law(READINGS, "A nil return or no change confirms the setting.")
OBSERVED: Final = Law(
    READINGS, "Which fact wins is decided by when it was observed, never by when it arrived."
)
MISTAKES: Final = Law(READINGS, "A mistake is put right by an input that names it; nothing is erased.")
AGREEMENTS: Final = Law(
    READINGS, "An agreement is attached whole, by version; a setting without one has the default ladder."
)
FRESHNESS: Final = Law(
    "domain page, freshness", "Fresh, ageing, stale, withdrawn: by the days since the last confirmation."
)
PLACES: Final = Law(
    "domain page, a vacancy's life", "Every registered place counts in exactly one of its states."
)
DECLINES: Final = Law("domain page, decline reasons", "Each reason for declining has its own consequence.")
BLOCK: Final = Law("domain page, a vacancy's life", "Only the owner of a block place can let it go.")
GATE: Final = Law("domain page, matching", "The judgement gate is a policy table by provision type.")
MATCHING: Final = Law(
    "domain page, matching",
    "A match passes every hard constraint, or misses one and says so; the order has reasons.",
)
ANTICIPATED: Final = Law(
    "domain page, matching", "An anticipated need is matched early and cannot be nominated."
)
REFERRALS: Final = Law(
    "domain page, freshness", "A referral is confirmed every 14 days (policy), or is matched no more."
)
THREE_STEPS: Final = Law(
    "design page, why it cannot go wrong",
    "A place is taken in three steps: held by the vacancy, locked by the referral, agreed by the vacancy.",
)
VOUCHED: Final = Law(
    "design page, why it cannot go wrong",
    "A nomination counts once its referral is vouched for; every message is answered.",
)
ORDERED: Final = Law(
    "design page, promises", "A stale or refused input changes nothing and is answered with its reason."
)
