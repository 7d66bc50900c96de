"""What the API gives back: one model per kind of thing, with every field that any viewer may see of it.

A field that a viewer may not see is absent, not null. Which fields those are stands in `domain/visibility.py`; a test
holds the two to each other.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from schemas.words import (
    Badge,
    Blocker,
    ChoiceReason,
    CloseReason,
    Freshness,
    Gender,
    Judgement,
    Kind,
    LegalRoute,
    Misfit,
    Need,
    PlaceStatus,
    Provision,
    RankReason,
    ReferralStatus,
    Registration,
    Sector,
    UnusableReason,
    Urgency,
    WindowOutcome,
)

from .domain.visibility import Thing

Listing = Literal["answer", "standby"]


class View(BaseModel):
    """Closed: a field that no viewer may see cannot be given back by mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(View):
    """What is said of the setting with everything that is in one."""

    setting_id: str | None = None
    name: str | None = None


class GroupView(View):
    youngest: int | None
    oldest: int | None
    needs: list[Need]


class MixLimitView(View):
    need: Need
    other: Need


class NeedsView(View):
    """What a referral asks for: pseudonymous, and its own council's alone."""

    age: int
    gender: Gender
    provisions: list[Provision]
    needs: list[Need]
    legal_route: LegalRoute
    siblings: int
    is_solo_required: bool
    needed_by: date
    urgency: Urgency
    fee_max: int | None
    avoid_areas: list[str]
    home_borough: str
    school_borough: str | None


class PendingView(View):
    nomination_id: str
    vacancy_id: str
    setting_id: str


class HeldView(View):
    hold_id: str
    vacancy_id: str
    setting_id: str
    until: datetime


class TakeView(View):
    take_id: str
    hold_id: str
    vacancy_id: str
    setting_id: str
    asked_at: datetime
    starts_on: date
    has_moved_in: bool


class ProfileView(View):
    age_min: int
    age_max: int
    genders: list[Gender]
    needs: list[Need]
    legal_routes: list[LegalRoute]
    age_spread_max: int | None = None
    mix_limits: list[MixLimitView] | None = None


class CountsView(View):
    """Every registered place. `occupied` includes `on_notice` and `unreported`."""

    registered: int
    planned: int
    occupied: int
    on_notice: int
    unreported: int
    vacant: int
    held: int
    reserved: int
    unusable: int
    over: int


class AgreementView(View):
    agreement_id: str
    version: int
    valid_from: datetime
    valid_to: datetime | None
    fee_max: int | None
    tiers: list[str]


class PlaceView(View):
    number: int
    status: PlaceStatus
    owners: list[str]
    needs_review: bool
    unusable_reason: UnusableReason | None
    review_at: datetime | None
    is_review_due: bool | None
    vacant_from: datetime | None
    vacancy_id: str | None


class ConflictView(View):
    kind: str
    found_at: datetime
    stated: int
    known: int


class SettingFields(Named):
    provider_id: str | None = None
    provider_name: str | None = None
    provision: Provision | None = None
    sector: Sector | None = None
    registration: Registration | None = None
    judgement: Judgement | None = None
    borough: str | None = None
    outward_code: str | None = None
    is_made_up: bool | None = None
    profile: ProfileView | None = None


class SettingView(SettingFields):
    setting_id: str
    registered_places: int | None = None
    inspected_on: date | None = None
    is_paused: bool | None = None
    is_connected_person: bool | None = None
    closes_at: datetime | None = None
    confirmed_at: datetime | None = None
    group: GroupView | None = None
    policy: str | None = None
    calendar: str | None = None
    agreements: list[AgreementView] | None = None
    counts: CountsView | None = None
    places: list[PlaceView] | None = None
    conflicts: list[ConflictView] | None = None
    needs_profile_correction: bool | None = None
    version: int | None = None


class WindowFields(View):
    vacancy_id: str
    kind: Kind | None = None
    window_id: str | None = None
    tier: int | None = None
    audience: str | None = None
    opened_at: datetime | None = None
    closes_at: datetime | None = None
    seconds_left: int | None = None
    """Whole seconds at the time of the answer; 0: too late."""
    is_open_to_answers: bool | None = None
    is_extended: bool | None = None
    is_returned: bool | None = None


class VacancyFields(WindowFields):
    place: int | None = None
    available_from: date | None = None
    fee: int | None = None
    """Pence a week."""
    posted_at: datetime | None = None
    confirmed_at: datetime | None = None
    freshness: Freshness | None = None
    blocked: Blocker | None = None


class OfferView(Named, VacancyFields):
    """A provider's vacancy: which tier has it, for how long, and nothing of who considers it."""

    extension_seconds_asked: int | None = None
    extension_reason: str | None = None
    nominations_vouched: int | None = None
    choice_closes_at: datetime | None = None
    choice_seconds_left: int | None = None
    hold_until: datetime | None = None
    starts_on: date | None = None


class OwnNomination(View):
    nomination_id: str
    referral_id: str
    made_at: datetime
    is_vouched: bool


class VacancyView(SettingFields, VacancyFields):
    """A vacancy as it is listed: to be answered, or to stand by for with profile and tier alone."""

    listing: Listing | None = None
    is_acknowledged: bool | None = None
    is_released: bool | None = None
    extension_asked: bool | None = None
    own_nominations: list[OwnNomination] | None = None
    own_standby: str | None = None
    agreement_id: str | None = None
    agreement_version: int | None = None


class NominationView(Named):
    nomination_id: str
    vacancy_id: str
    window_id: str
    council: str
    council_name: str
    referral_id: str
    made_at: datetime
    is_vouched: bool
    age: int | None = None
    gender: Gender | None = None
    needs: list[Need] | None = None
    legal_route: LegalRoute | None = None
    siblings: int | None = None
    is_solo_required: bool | None = None
    needed_by: date | None = None
    urgency: Urgency | None = None
    advised_rank: int | None = None
    """An order among the vacancy's pending nominations, 1 first. Advice; never a score."""
    advised_reason: ChoiceReason | None = None
    """What puts it before the next; null for the last of several."""


class HoldView(Named):
    hold_id: str
    vacancy_id: str
    referral_id: str
    council: str
    council_name: str
    status: Literal["held", "reserved"]
    until: datetime | None
    seconds_left: int | None
    is_open_to_take: bool
    starts_on: date | None
    take_id: str | None


class ReferralView(View):
    referral_id: str
    council: str
    status: ReferralStatus
    confirmed_at: datetime
    is_confirmation_due: bool
    needs: NeedsView | None = None
    profile_version: int | None = None
    nominations: list[PendingView] | None = None
    holds: list[HeldView] | None = None
    take: TakeView | None = None
    closing: CloseReason | None = None
    closed: CloseReason | None = None
    version: int | None = None


class MatchView(Named):
    match_id: str
    provider_name: str | None = None
    vacancy_id: str
    referral_id: str
    window_id: str | None = None
    listing: Listing | None = None
    is_anticipated: bool
    reasons: list[RankReason]
    badge: Badge
    rank: int
    """An order among the referral's options, never a score."""
    misfits: list[Misfit]
    """Empty, or the one constraint that a near miss misses."""
    closes_at: datetime | None = None
    seconds_left: int | None = None


class WindowView(Named):
    """One window's history, for the question whether an agreement was kept."""

    window_id: str
    vacancy_id: str
    borough: str | None = None
    provision: Provision | None = None
    audience: str
    tier: int
    members: list[str]
    kind: Kind
    agreement_id: str | None
    agreement_version: int | None
    opened_at: datetime
    closes_at: datetime
    ended_at: datetime | None = None
    outcome: WindowOutcome | None = None
    reason: str | None = None
    first_answer_at: datetime | None = None
    is_first_tier: bool
    is_returned: bool
    is_credited: bool = False
    bypass: str | None = None


VIEWS: dict[Thing, type[View]] = {
    Thing.SETTING: SettingView,
    Thing.PLACE: PlaceView,
    Thing.OFFER: OfferView,
    Thing.NOMINATION: NominationView,
    Thing.VACANCY: VacancyView,
    Thing.REFERRAL: ReferralView,
    Thing.HOLD: HoldView,
    Thing.MATCH: MatchView,
    Thing.WINDOW: WindowView,
}
