"""Inputs of the offers rule book: what is said of a setting, and by whom.

Topic `vacancies`, key `setting_id`. Same names and fields as `services/matcher/domain/inputs.py`, less `id`,
which is the envelope's; only the deadlines, which are one input there, have a type each here.
"""

from typing import Annotated

from pydantic import Field

from schemas.base import PLACES_MAX as _PLACES_MAX
from schemas.base import (
    AgreementId,
    CouncilId,
    Day,
    Event,
    HoldId,
    InputId,
    Instant,
    LengthSeconds,
    NominationId,
    OutwardCode,
    Pence,
    PlaceCount,
    PlaceNumber,
    ProviderId,
    ReferralId,
    SettingId,
    Subject,
    TakeId,
    TermsVersion,
    VacancyId,
    WindowId,
)
from schemas.values import Agreement, BlockPlace, Party, Profile
from schemas.words import (
    BypassCode,
    ChoiceReason,
    CouncilDecline,
    ExtendReason,
    FallThroughReason,
    Judgement,
    Kind,
    Mistake,
    PauseReason,
    ProviderDecline,
    Provision,
    Region,
    Registration,
    Sector,
    UnusableReason,
)

BlockPlaces = Annotated[tuple[BlockPlace, ...], Field(max_length=_PLACES_MAX)]


class Input(Event):
    """What every input says.

    `recorded_by` is the party that wrote `by`'s word down after a telephone call.
    """

    setting_id: SettingId
    by: Party
    recorded_by: Party | None = None
    observed_at: Instant


# --- provider facts: the setting ----------------------------------------------------------------------------


class SettingRegistered(Input):
    provider_id: ProviderId
    provision: Provision
    sector: Sector
    registration: Registration
    region: Region
    borough: CouncilId | None = None
    outward_code: OutwardCode | None = None
    registered_places: PlaceCount
    profile: Profile = Profile()
    is_connected_person: bool = False
    block_places: BlockPlaces = ()
    policy: TermsVersion
    calendar: TermsVersion


class SettingAmended(Input):
    """What has changed; null says nothing about a field.

    Provider, provision, sector and region are the register's: only it, or ops, may change them.
    """

    provider_id: ProviderId | None = None
    provision: Provision | None = None
    sector: Sector | None = None
    region: Region | None = None
    registration: Registration | None = None
    borough: CouncilId | None = None
    outward_code: OutwardCode | None = None
    registered_places: PlaceCount | None = None
    profile: Profile | None = None
    block_places: BlockPlaces | None = None


class SettingJudged(Input):
    judgement: Judgement
    inspected_on: Day | None = None


class AgreementAttached(Input):
    agreement: Agreement


class AgreementEnded(Input):
    """An agreement ends at an instant other than the one that it named."""

    agreement_id: AgreementId
    ends_at: Instant


class PolicyAdopted(Input):
    policy: TermsVersion
    calendar: TermsVersion


class SettingPaused(Input):
    reason: PauseReason


class SettingResumed(Input):
    pass


class SettingClosing(Input):
    closes_at: Instant


# --- provider facts: places ---------------------------------------------------------------------------------


class PlaceUnusable(Input):
    place: PlaceNumber
    reason: UnusableReason
    review_at: Instant


class PlaceUsable(Input):
    place: PlaceNumber


class PlaceOnNotice(Input):
    """The child leaves at `vacant_from`; a vacancy of this kind is then posted."""

    place: PlaceNumber
    vacant_from: Instant
    kind: Kind
    fee: Pence | None = None


class PlaceOccupied(Input):
    """A child lives there (also: a notice was taken back)."""

    place: PlaceNumber


# --- provider facts: vacancies ------------------------------------------------------------------------------


class VacancyPosted(Input):
    """`place` null: the lowest-numbered place that can be."""

    place: PlaceNumber | None = None
    kind: Kind
    available_from: Day
    fee: Pence | None = None


class VacancyAmended(Input):
    vacancy_id: VacancyId
    available_from: Day | None = None
    fee: Pence | None = None


class VacancyConfirmed(Input):
    vacancy_id: VacancyId


class VacancyFilled(Input):
    """A child was placed outside the offer windows. Without a code during a window: an unexplained bypass."""

    vacancy_id: VacancyId
    code: BypassCode | None = None


class VacancyWithdrawn(Input):
    vacancy_id: VacancyId
    code: BypassCode | None = None


class NoChange(Input):
    """All is as last said: the setting and its vacancies are confirmed."""


class NilReturn(Input):
    """No vacancies: the setting is confirmed, its older unheld vacancies are withdrawn."""


class NumbersStated(Input):
    """How many empty, usable, unheld places there are as of `observed_at`."""

    vacant: PlaceCount
    registered_places: PlaceCount | None = None
    kind: Kind
    fee: Pence | None = None


class CorrectionMade(Input):
    """The input `corrects` was a mistake."""

    corrects: InputId
    mistake: Mistake


# --- answers: councils --------------------------------------------------------------------------------------


class AcknowledgeWindow(Input):
    window_id: WindowId


class ReleaseWindow(Input):
    window_id: WindowId
    reason: CouncilDecline


class Nominate(Input):
    window_id: WindowId
    referral_id: ReferralId


class WithdrawNomination(Input):
    nomination_id: NominationId
    reason: CouncilDecline


class RegisterStandby(Input):
    """In somebody else's window; counts as nominated from the moment that the council's own tier opens."""

    vacancy_id: VacancyId
    referral_id: ReferralId


class ExtendWindow(Input):
    """By the provider it moves the deadline; by a council it asks for consent.

    Seconds of the window's calendar.
    """

    window_id: WindowId
    seconds: LengthSeconds
    reason: ExtendReason


class LetBlockPlaceGo(Input):
    """An owner of a block place lets this vacancy of it be offered along the ladder."""

    vacancy_id: VacancyId


# --- answers: providers -------------------------------------------------------------------------------------


class ConsentToExtension(Input):
    window_id: WindowId


class AcceptNomination(Input):
    """The provider's choice; `reason` may be left out where only one nomination is pending."""

    nomination_id: NominationId
    reason: ChoiceReason | None = None


class DeclineNomination(Input):
    nomination_id: NominationId
    reason: ProviderDecline


class DeclareBypass(Input):
    """The place was given outside the order of the ladder, with the code that explains it."""

    vacancy_id: VacancyId
    code: BypassCode


class MovedIn(Input):
    vacancy_id: VacancyId


class FellThrough(Input):
    """A held or reserved place will not be used; by the provider or the council that it is held for."""

    vacancy_id: VacancyId
    reason: FallThroughReason


# --- deadlines: each the clock's word, judged by the state alone --------------------------------------------


class DeadlineDue(Input):
    """No type of its own: what the deadlines have in common."""

    subject: Subject


class WindowDue(DeadlineDue):
    pass


class ChoiceDue(DeadlineDue):
    pass


class HoldDue(DeadlineDue):
    pass


class ReservationDue(DeadlineDue):
    pass


class NoticeDue(DeadlineDue):
    pass


class ReviewDue(DeadlineDue):
    pass


class FreshnessDue(DeadlineDue):
    pass


class AgreementDue(DeadlineDue):
    pass


class ClosureDue(DeadlineDue):
    pass


# --- the notifier's report ----------------------------------------------------------------------------------


class WindowTold(Input):
    window_id: WindowId
    council: CouncilId
    told_at: Instant


class WindowNotTold(Input):
    """Every channel of this council failed."""

    window_id: WindowId
    council: CouncilId


# --- words from placements ----------------------------------------------------------------------------------


class NominationVouched(Input):
    nomination_id: NominationId


class NominationDenied(Input):
    nomination_id: NominationId


class TakeAsked(Input):
    """The council takes the held place; `asked_at` is when the referral was locked for it."""

    vacancy_id: VacancyId
    hold_id: HoldId
    take_id: TakeId
    referral_id: ReferralId
    asked_at: Instant
    starts_on: Day


class NominationLetGo(Input):
    nomination_id: NominationId


class HoldLetGo(Input):
    vacancy_id: VacancyId
    hold_id: HoldId
