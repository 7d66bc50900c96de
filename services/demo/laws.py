"""What must have happened at least once in the six weeks: a table from each law to its trace in the log.

Knows facts by name and field; asks the tally alone. A row that counts 0 means that the demo does not show its law.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from schemas.words import Blocker, HoldEnd, NominationEnd, ProviderDecline, WindowOutcome
from services.demo.tally import Counts, Tally, Told

Trace = Callable[[Tally], int]


def fact(name: str, /, **fields: Any) -> Trace:
    """Count facts of a kind whose fields are these."""

    def trace(tally: Tally) -> int:
        return sum(
            all(told.fact.get(field) == value for field, value in fields.items()) for told in tally.all(name)
        )

    return trace


def refused(code: str) -> Trace:
    return lambda tally: tally.refusals[code]


def sent(kind: str, role: str) -> Trace:
    return lambda tally: tally.sent[kind, role]


def vacancies_with(tally: Tally, name: str, /, **fields: Any) -> set[str]:
    """The vacancies of which such a fact is told."""
    found: Iterable[Told] = tally.all(name)
    return {
        told.fact["vacancy_id"]
        for told in found
        if all(told.fact.get(field) == value for field, value in fields.items())
    }


def down_three_tiers(tally: Tally) -> int:
    """Vacancies that were offered to three tiers, one after the other."""
    tiers: dict[str, list[int]] = {}
    for told in tally.facts["WindowOpened"]:
        tiers.setdefault(told.fact["vacancy_id"], []).append(told.fact["tier"])
    return sum(walked[:3] == [1, 2, 3] for walked in tiers.values())


def ended_then_returned(name: str, /, **fields: Any) -> Trace:
    """Vacancies that went back to the tier that they left, after such a fact."""

    def trace(tally: Tally) -> int:
        left = vacancies_with(tally, name, **fields)
        return len(left & vacancies_with(tally, "WindowOpened", is_returned=True))

    return trace


def credited_and_told(tally: Tally) -> int:
    """Windows of which nobody was told until their deadline, and somebody in the second round."""
    credited = {told.fact["window_id"] for told in tally.facts["WindowCredited"]}
    return len(credited & {told.fact["window_id"] for told in tally.facts["WindowTold"]})


def lost_races(tally: Tally) -> int:
    """Nominations that lost to another, where the losing team was told."""
    lost = fact("NominationEnded", end=NominationEnd.ANOTHER_CHOSEN)(tally)
    return min(lost, tally.sent["nomination_ended", "team"])


def extended_by_consent(tally: Tally) -> int:
    asked = {told.fact["window_id"] for told in tally.facts["WindowExtensionAsked"]}
    return sum(told.fact["window_id"] in asked for told in tally.facts["WindowExtended"])


def extended_by_provider(tally: Tally) -> int:
    return len(tally.facts["WindowExtended"]) - extended_by_consent(tally)


def unanswered(tally: Tally) -> int:
    return sum(told.fact["unanswered"] > 0 for told in tally.facts["ChoiceEnded"])


def repeated_inputs(tally: Tally) -> int:
    return sum(count > 1 for input_id, count in tally.inputs.items() if input_id)


def first_fill_of_ten_days(tally: Tally) -> int:
    """First fills of a made-up new home, offered to Haringey for ten working days."""
    return sum(
        told.fact["agreement_id"] == "made-up-haringey-first-new-home" for told in tally.facts["WindowOpened"]
    )


NEVER_TOLD = {Blocker.LADDER_ENDED, Blocker.SECURE, Blocker.OVER_CAPACITY, Blocker.BEYOND_KNOWN_HOLIDAYS}
"""Blockers without an `OpeningBlocked` here: a ladder's end is a fact of its own, secure places are refused at posting,
an over-full home's free places are retired, and the six weeks lie within the known holidays."""

LAWS: Mapping[str, Trace] = {
    # offer windows
    "tiers strictly in order": down_three_tiers,
    "a tier without members is skipped with a fact": fact("TierSkipped"),
    "the end of a ladder": fact("LadderEnded"),
    "first fill of a new home": first_fill_of_ten_days,
    "emergency windows": fact("WindowOpened", kind="emergency"),
    "foster windows": fact("WindowOpened", kind="foster"),
    "acknowledged": fact("WindowAcknowledged"),
    "released early": fact("WindowReleased"),
    "standby": fact("StandbyRegistered"),
    "standby counts as nominated": fact("NominationMade", is_from_standby=True),
    "extended by the provider": extended_by_provider,
    "extended by mutual consent": extended_by_consent,
    "extended only once": refused("already_extended"),
    "topped up after a decline": fact("WindowToppedUp"),
    "paused for information": fact("WindowPaused"),
    "told late, deadline moved": fact("WindowMoved"),
    "all channels failed": fact("WindowNotTold"),
    "outage credited": fact("WindowCredited"),
    "told in the second round": credited_and_told,
    "ops told of an outage": sent("window_credited", "ops"),
    **{f"window ended {outcome}": fact("WindowEnded", outcome=outcome) for outcome in WindowOutcome},
    "bypass with a code": fact("BypassRecorded", code="court_order"),
    "bypass without a code": fact("BypassRecorded", code=None),
    "late answers are refused": refused("window_not_open"),
    "answers by strangers are refused": refused("not_in_audience"),
    "reminded to acknowledge": sent("window_unacknowledged", "team"),
    "reminded before the deadline": sent("window_nearly_over", "team"),
    "superseded news is not sent": lambda tally: sum(tally.superseded.values()),
    # why nothing opens
    **{
        f"nothing opens: {blocker}": fact("OpeningBlocked", reason=blocker)
        for blocker in Blocker
        if blocker not in NEVER_TOLD
    },
    "secure and short-break places are refused": refused("not_on_bed_ladder"),
    "downgraded during a window": fact("WindowEnded", outcome="rejudged", reason="judgement"),
    "suspended during a window": fact("WindowEnded", outcome="rejudged", reason="suspended"),
    "closed during a window": fact("WindowEnded", outcome="rejudged", reason="closed"),
    "closing announced": fact("SettingClosing"),
    "agreement ended during a window": fact("WindowEnded", outcome="rejudged", reason="agreement_ended"),
    "paused": fact("SettingPaused"),
    "resumed": fact("SettingResumed"),
    # nominations and choice
    **{f"declined: {reason}": fact("NominationEnded", provider_reason=reason) for reason in ProviderDecline},
    "pair blocked until the group changes": fact("PairBlocked", is_until_group_changes=True),
    "pair blocked": fact("PairBlocked", is_until_group_changes=False),
    "blocked pairs are refused": refused("pair_blocked"),
    "place to review": fact("PlaceNeedsReview"),
    "profile to correct": fact("ProfileNeedsCorrection"),
    **{f"nomination ended: {end}": fact("NominationEnded", end=end) for end in NominationEnd},
    "the first click does not win": refused("still_collecting"),
    "choice time": fact("ChoiceOpened"),
    "unanswered by the provider": unanswered,
    "lost race, loser told": lost_races,
    # holds, takes, moving in
    **{f"hold ended: {end}": fact("HoldEnded", end=end) for end in HoldEnd},
    "a lapsed hold returns to its tier": ended_then_returned("HoldEnded", end="lapsed"),
    "a fall-through returns to its tier": ended_then_returned("FellThrough"),
    "two takes at once: one is refused": refused("referral_locked"),
    "take agreed": fact("TakeAgreed"),
    "take refused": fact("TakeRefused"),
    "council told of a refused take": sent("take_refused", "team"),
    "placed lets other holds go": fact("HoldLetGo"),
    "placed lets other nominations go": fact("NominationLetGo"),
    "moved in": fact("MovedIn"),
    "move-in overdue": fact("MoveInOverdue"),
    # places and vacancies
    "numbers reconciled": fact("NumbersReconciled"),
    "numbers in conflict: too many": fact("ConflictFound", kind="more_vacancies_than_free_places"),
    "numbers in conflict: too few": fact("ConflictFound", kind="fewer_vacancies_than_held"),
    "conflict: already filled": fact("ConflictFound", kind="already_filled"),
    "capacity below occupied": fact("CapacityExceeded"),
    "nil return": fact("VacancyWithdrawn", reason="nil_return"),
    "withdrawn: not confirmed": fact("VacancyWithdrawn", reason="not_confirmed"),
    "withdrawn: place unusable": fact("VacancyWithdrawn", reason="place_unusable"),
    "ageing": fact("VacancyAged"),
    "stale": fact("VacancyBecameStale"),
    "unusable": fact("PlaceBecameUnusable"),
    "usability to review": fact("PlaceReviewDue"),
    "usable again": fact("PlaceBecameUsable"),
    "on notice": fact("PlaceCameOnNotice"),
    "block place let go": fact("BlockPlaceLetGo"),
    "planned places are refused": refused("place_not_registered"),
    "corrected: filled in error": fact("Corrected", mistake="filled_in_error"),
    "corrected: wrong release": fact("Corrected", mistake="wrong_release"),
    "corrected: withdrawn in error": fact("Corrected", mistake="withdrawn_in_error"),
    "a wrong release after an answer stands": refused("lower_tier_answered"),
    # referrals
    "anticipated": fact("ReferralAnticipated"),
    "matched early": lambda tally: tally.anticipated,
    "matched with places that are to come": lambda tally: tally.of_places_to_come,
    "near misses": lambda tally: tally.near_misses,
    "anticipated is not vouched for": fact("NominationDenied", code="referral_anticipated"),
    "another council's referral is not vouched for": fact("NominationDenied", code="not_your_referral"),
    "a closed referral is not vouched for": fact("NominationDenied", code="referral_closed"),
    "confirmation due": fact("ReferralConfirmationDue"),
    "referral amended": fact("ReferralAmended"),
    "referral closed": fact("ReferralClosed"),
    "closing waits for the take": fact("ReferralClosing"),
    "referral open again": fact("ReferralReopened"),
    # words
    "by telephone": lambda tally: tally.by_telephone,
    "repeats are known": repeated_inputs,
    "bad input is dead-lettered": lambda tally: sum(tally.letters.values()),
    "policy adopted": fact("PolicyAdopted"),
}
"""Every law, and how to find it at work."""


def happened_laws(tally: Tally) -> Counts:
    """Count how often each law was seen at work."""
    return {law: trace(tally) for law, trace in LAWS.items()}


def not_seen(tally: Tally) -> list[str]:
    """The laws that this demo does not show."""
    return [law for law, count in happened_laws(tally).items() if not count]
