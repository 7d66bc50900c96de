"""Who sees what: one table of viewer, object and field, and one of viewer and fact.

Standard library only. Whatever the tables do not name is not shown. Whose an object is, is decided before: a
viewer is a role *in relation to* the object, so a council is another viewer of a window that it may answer than of
one that it only stands by for. Source: domain page, "Who sees what is one table" and law 7 of offer windows.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any


class Viewer(StrEnum):
    """A role in relation to an object."""

    PROVIDER = "provider"
    """The setting's own provider."""
    ANSWERING = "answering"
    """A council of the tier whose window is open."""
    STANDING_BY = "standing_by"
    """A council of a lower tier, which may register standby."""
    OWN_TEAM = "own_team"
    """The council whose referral, nomination, hold or match it is."""
    COMMISSIONER = "commissioner"
    OPS = "ops"


class Thing(StrEnum):
    SETTING = "setting"
    PLACE = "place"
    OFFER = "offer"
    NOMINATION = "nomination"
    VACANCY = "vacancy"
    REFERRAL = "referral"
    HOLD = "hold"
    MATCH = "match"
    WINDOW = "window"


def fields(text: str) -> frozenset[str]:
    return frozenset(text.split())


SETTING_PLAIN = fields(
    "setting_id name provider_id provider_name provision sector registration judgement borough outward_code"
    " is_made_up"
)
SETTING_OWN = SETTING_PLAIN | fields(
    "registered_places inspected_on is_paused closes_at confirmed_at profile group policy calendar is_connected_person"
    " agreements counts places conflicts needs_profile_correction version"
)
OFFER = fields(
    "vacancy_id setting_id name place kind available_from fee posted_at confirmed_at freshness blocked"
    " window_id tier audience opened_at closes_at seconds_left is_open_to_answers is_extended is_returned"
    " extension_seconds_asked extension_reason choice_closes_at choice_seconds_left nominations_vouched"
    " hold_until starts_on"
)
VACANCY_BY_PROFILE = SETTING_PLAIN | fields(
    "vacancy_id place kind available_from freshness profile listing tier audience"
)
VACANCY_IN_FULL = VACANCY_BY_PROFILE | fields(
    "fee confirmed_at posted_at window_id opened_at closes_at seconds_left is_open_to_answers is_extended"
    " is_returned is_acknowledged is_released extension_asked own_nominations agreement_id agreement_version"
)
NOMINATION = fields(
    "nomination_id vacancy_id window_id setting_id name council council_name referral_id made_at is_vouched"
)
HOLD = fields(
    "hold_id vacancy_id setting_id name referral_id council council_name until seconds_left is_open_to_take"
    " status starts_on take_id"
)
WINDOW = fields(
    "window_id vacancy_id setting_id name borough provision audience tier members kind agreement_id agreement_version"
    " opened_at closes_at ended_at outcome reason first_answer_at is_first_tier is_returned is_credited bypass"
)
REFERRAL_OUTLINE = fields("referral_id council status confirmed_at is_confirmation_due")

SEES: Mapping[tuple[Viewer, Thing], frozenset[str]] = {
    (Viewer.PROVIDER, Thing.SETTING): SETTING_OWN,
    (Viewer.PROVIDER, Thing.PLACE): fields(
        "number status unusable_reason review_at is_review_due vacant_from owners needs_review vacancy_id"
    ),
    (Viewer.PROVIDER, Thing.OFFER): OFFER,
    # Of the child no more than the choice needs: neither home, nor school, nor where it must not be, nor the price.
    # The advised order says which criterion told two nominations apart, never by how much: no distance, no match.
    (Viewer.PROVIDER, Thing.NOMINATION): NOMINATION
    | fields(
        "age gender needs legal_route siblings is_solo_required needed_by urgency advised_rank advised_reason"
    ),
    (Viewer.PROVIDER, Thing.HOLD): HOLD,
    (Viewer.ANSWERING, Thing.VACANCY): VACANCY_IN_FULL,
    (Viewer.STANDING_BY, Thing.VACANCY): VACANCY_BY_PROFILE | fields("own_standby"),
    (Viewer.OWN_TEAM, Thing.REFERRAL): REFERRAL_OUTLINE
    | fields("needs profile_version nominations holds take closing closed version"),
    (Viewer.OWN_TEAM, Thing.NOMINATION): NOMINATION,
    (Viewer.OWN_TEAM, Thing.HOLD): HOLD,
    (Viewer.OWN_TEAM, Thing.MATCH): fields(
        "match_id vacancy_id setting_id name provider_name referral_id window_id listing is_anticipated reasons badge"
        " rank closes_at seconds_left misfits"
    ),
    (Viewer.COMMISSIONER, Thing.WINDOW): WINDOW,
    (Viewer.OPS, Thing.SETTING): SETTING_OWN - fields("group"),
    (Viewer.OPS, Thing.PLACE): fields(
        "number status unusable_reason review_at is_review_due vacant_from owners needs_review vacancy_id"
    ),
    (Viewer.OPS, Thing.OFFER): OFFER,
    (Viewer.OPS, Thing.NOMINATION): NOMINATION,
    (Viewer.OPS, Thing.VACANCY): (VACANCY_IN_FULL | fields("blocked"))
    - fields("is_acknowledged is_released own_nominations extension_asked listing"),
    (Viewer.OPS, Thing.REFERRAL): REFERRAL_OUTLINE,
    (Viewer.OPS, Thing.HOLD): HOLD,
    (Viewer.OPS, Thing.WINDOW): WINDOW,
}


def show(viewer: Viewer, thing: Thing, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return of an object what this viewer may see; nothing of an object that it may not see at all."""
    allowed = SEES.get((viewer, thing), frozenset())
    return {name: value for name, value in found.items() if name in allowed}


# --- facts, as they come back in an answer -----------------------------------------------------------------------

EVERYBODYS = fields("WindowOpened WindowEnded WindowExtended WindowMoved WindowToppedUp WindowPaused")
"""About a setting's windows; a council is shown them only of a window in whose tier it is."""

COUNCILS_OWN = fields(
    "WindowAcknowledged WindowReleased WindowExtensionAsked StandbyRegistered NominationMade NominationVouched"
    " NominationEnded PlaceHeld HoldEnded TakeAgreed TakeRefused MovedIn FellThrough BlockPlaceLetGo"
)
"""About one council's answer: that council's alone among the teams."""

HIDDEN_FROM_TEAM: Mapping[str, frozenset[str]] = {"PlaceHeld": fields("reason")}
"""Why its nomination was chosen tells a council whether there were others, and of what kind."""

HIDDEN_FROM_PROVIDER = fields(
    "StandbyRegistered WindowReleased WindowAcknowledged WindowTold WindowNotTold NominationMade"
)
"""What councils think about a place is theirs until placements has vouched for a nomination."""

REFERRALS_OWN = fields(
    "ReferralAnticipated ReferralOpened ReferralAmended ReferralConfirmed ReferralConfirmationDue ReferralClosed"
    " ReferralClosing NominationDenied NominationSettled HoldKnown HoldGone TakeAsked Placed TakeFailed"
    " NominationLetGo HoldLetGo ChildMovedIn ReferralReopened NominationVouched"
)


def facts_for_provider(facts: Iterable[Mapping[str, Any]], vouched: frozenset[str]) -> list[dict[str, Any]]:
    """Return what the setting's own provider may see of a decision; `vouched` are the nominations it knows of."""
    return [dict(fact) for fact in facts if _is_for_provider(fact, vouched)]


def _is_for_provider(fact: Mapping[str, Any], vouched: frozenset[str]) -> bool:
    if fact["type"] in HIDDEN_FROM_PROVIDER:
        return False
    return fact["type"] != "NominationEnded" or fact["nomination_id"] in vouched


def facts_for_team(
    facts: Iterable[Mapping[str, Any]], council: str, windows: frozenset[str]
) -> list[dict[str, Any]]:
    """Return what one council may see of a decision about a setting; `windows` are those in whose tier it is."""
    return [_for_team(fact) for fact in facts if _is_for_team(fact, council, windows)]


def _for_team(fact: Mapping[str, Any]) -> dict[str, Any]:
    hidden = HIDDEN_FROM_TEAM.get(fact["type"], frozenset())
    return {name: value for name, value in fact.items() if name not in hidden}


def _is_for_team(fact: Mapping[str, Any], council: str, windows: frozenset[str]) -> bool:
    kind = fact["type"]
    if kind in COUNCILS_OWN:
        return bool(fact.get("council") == council)
    return kind in EVERYBODYS and fact.get("window_id") in windows


def facts_for_own_team(facts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what the referral's own council may see of a decision about it."""
    return [dict(fact) for fact in facts if fact["type"] in REFERRALS_OWN]
