"""What the offers rule book decides: facts about one setting, in the order in which they came to be.

Part of the decision record (`schemas/offers.py`). Same names and fields as
`services/matcher/domain/facts.py`, with `type` in front. One file, longer than others, because it is a catalogue: each
fact stands where the rule book's own list has it.
"""

from typing import Literal

from schemas.base import (
    AgreementId,
    AudienceId,
    CouncilId,
    Count,
    Day,
    HoldId,
    InputId,
    Instant,
    Model,
    NominationId,
    Pence,
    PlaceCount,
    PlaceNumber,
    ProviderId,
    ReferralId,
    Seconds,
    TakeId,
    TermsVersion,
    TierNumber,
    VacancyId,
    Version,
    WindowId,
)
from schemas.values import Councils
from schemas.words import (
    Blocker,
    BypassCode,
    ChoiceReason,
    ConflictKind,
    CouncilDecline,
    ExtendReason,
    FallThroughReason,
    HoldEnd,
    Judgement,
    Kind,
    Mistake,
    NominationEnd,
    PauseReason,
    ProviderDecline,
    Provision,
    Registration,
    UnusableReason,
    WindowEndReason,
    WindowOutcome,
    WithdrawReason,
)


class Fact(Model):
    pass


# --- the setting --------------------------------------------------------------------------------------------


class SettingRegistered(Fact):
    type: Literal["SettingRegistered"]
    provider_id: ProviderId
    provision: Provision
    registration: Registration
    registered_places: PlaceCount


class SettingAmended(Fact):
    type: Literal["SettingAmended"]
    registration: Registration
    registered_places: PlaceCount


class SettingJudged(Fact):
    type: Literal["SettingJudged"]
    judgement: Judgement
    was: Judgement


class AgreementAttached(Fact):
    type: Literal["AgreementAttached"]
    agreement_id: AgreementId
    version: Version


class AgreementCameIntoForce(Fact):
    type: Literal["AgreementCameIntoForce"]
    agreement_id: AgreementId
    version: Version


class MembershipEnded(Fact):
    """A council is no longer a member of an audience; running windows keep their members."""

    type: Literal["MembershipEnded"]
    audience: AudienceId
    council: CouncilId


class AgreementEnded(Fact):
    type: Literal["AgreementEnded"]
    agreement_id: AgreementId
    version: Version


class PolicyAdopted(Fact):
    type: Literal["PolicyAdopted"]
    policy: TermsVersion
    calendar: TermsVersion


class SettingPaused(Fact):
    type: Literal["SettingPaused"]
    reason: PauseReason


class SettingResumed(Fact):
    type: Literal["SettingResumed"]


class SettingClosing(Fact):
    type: Literal["SettingClosing"]
    closes_at: Instant


class SettingClosed(Fact):
    type: Literal["SettingClosed"]


class SettingConfirmed(Fact):
    type: Literal["SettingConfirmed"]
    confirmed_at: Instant


class NumbersReconciled(Fact):
    """A numbers-only statement was held against what was known."""

    type: Literal["NumbersReconciled"]
    stated: PlaceCount
    known: PlaceCount
    posted: PlaceCount
    withdrawn: PlaceCount


class ConflictFound(Fact):
    """Two statements cannot both be so; a person resolves it."""

    type: Literal["ConflictFound"]
    kind: ConflictKind
    stated: PlaceCount
    known: PlaceCount


class CapacityExceeded(Fact):
    """More places are occupied, held, reserved or unusable than are registered; nothing opens."""

    type: Literal["CapacityExceeded"]
    over: PlaceCount


# --- places -------------------------------------------------------------------------------------------------


class PlaceBecameUnusable(Fact):
    type: Literal["PlaceBecameUnusable"]
    place: PlaceNumber
    reason: UnusableReason
    review_at: Instant


class PlaceBecameUsable(Fact):
    type: Literal["PlaceBecameUsable"]
    place: PlaceNumber


class PlaceReviewDue(Fact):
    type: Literal["PlaceReviewDue"]
    place: PlaceNumber
    reason: UnusableReason


class PlaceCameOnNotice(Fact):
    type: Literal["PlaceCameOnNotice"]
    place: PlaceNumber
    vacant_from: Instant


class PlaceBecameOccupied(Fact):
    type: Literal["PlaceBecameOccupied"]
    place: PlaceNumber


class PlaceRetired(Fact):
    type: Literal["PlaceRetired"]
    place: PlaceNumber


class PlaceNeedsReview(Fact):
    """The provider declined for staffing, skills or an unavailable carer."""

    type: Literal["PlaceNeedsReview"]
    place: PlaceNumber


class ProfileNeedsCorrection(Fact):
    """The provider declined needs outside its registration that its profile did not rule out."""

    type: Literal["ProfileNeedsCorrection"]
    referral_id: ReferralId


# --- vacancies ----------------------------------------------------------------------------------------------


class VacancyPosted(Fact):
    type: Literal["VacancyPosted"]
    vacancy_id: VacancyId
    place: PlaceNumber
    kind: Kind
    available_from: Day
    fee: Pence | None


class VacancyAmended(Fact):
    type: Literal["VacancyAmended"]
    vacancy_id: VacancyId
    available_from: Day
    fee: Pence | None


class VacancyConfirmed(Fact):
    type: Literal["VacancyConfirmed"]
    vacancy_id: VacancyId
    confirmed_at: Instant


class VacancyAged(Fact):
    """Not confirmed for long enough that the provider is reminded."""

    type: Literal["VacancyAged"]
    vacancy_id: VacancyId


class VacancyBecameStale(Fact):
    """Not confirmed for so long that it opens no window and is matched no more: call first."""

    type: Literal["VacancyBecameStale"]
    vacancy_id: VacancyId


class VacancyFilled(Fact):
    type: Literal["VacancyFilled"]
    vacancy_id: VacancyId
    place: PlaceNumber


class VacancyWithdrawn(Fact):
    type: Literal["VacancyWithdrawn"]
    vacancy_id: VacancyId
    reason: WithdrawReason


class BlockPlaceLetGo(Fact):
    type: Literal["BlockPlaceLetGo"]
    vacancy_id: VacancyId
    council: CouncilId


class BypassRecorded(Fact):
    """A place went outside the order of the ladder in a window or choice; without a code, unexplained."""

    type: Literal["BypassRecorded"]
    vacancy_id: VacancyId
    window_id: WindowId | None
    code: BypassCode | None


# --- windows ------------------------------------------------------------------------------------------------


class OpeningBlocked(Fact):
    type: Literal["OpeningBlocked"]
    vacancy_id: VacancyId
    reason: Blocker


class TierSkipped(Fact):
    """A tier had no member on the day; the only reason for which a tier is passed over."""

    type: Literal["TierSkipped"]
    vacancy_id: VacancyId
    audience: AudienceId
    tier: TierNumber


class WindowOpened(Fact):
    type: Literal["WindowOpened"]
    window_id: WindowId
    vacancy_id: VacancyId
    audience: AudienceId
    tier: TierNumber
    members: Councils
    kind: Kind
    opened_at: Instant
    closes_at: Instant
    agreement_id: AgreementId | None
    agreement_version: Version | None
    is_returned: bool
    """Whether it has only the remainder of a window that the vacancy left before."""


class WindowAcknowledged(Fact):
    type: Literal["WindowAcknowledged"]
    window_id: WindowId
    council: CouncilId


class WindowReleased(Fact):
    """One council let the window go; in a shared tier the others still have it."""

    type: Literal["WindowReleased"]
    window_id: WindowId
    council: CouncilId
    reason: CouncilDecline


class WindowExtensionAsked(Fact):
    type: Literal["WindowExtensionAsked"]
    window_id: WindowId
    council: CouncilId
    seconds: Seconds
    reason: ExtendReason


class WindowExtended(Fact):
    type: Literal["WindowExtended"]
    window_id: WindowId
    closes_at: Instant
    reason: ExtendReason


class WindowToppedUp(Fact):
    """A decline left too little time; the deadline moved so that the minimum remainder is left."""

    type: Literal["WindowToppedUp"]
    window_id: WindowId
    closes_at: Instant


class WindowPaused(Fact):
    """A decline for insufficient information moved the deadline, once in a window."""

    type: Literal["WindowPaused"]
    window_id: WindowId
    closes_at: Instant


class WindowTold(Fact):
    type: Literal["WindowTold"]
    window_id: WindowId
    council: CouncilId
    told_at: Instant


class WindowNotTold(Fact):
    type: Literal["WindowNotTold"]
    window_id: WindowId
    council: CouncilId


class WindowMoved(Fact):
    """The holder was told late; the deadline moved by the delay."""

    type: Literal["WindowMoved"]
    window_id: WindowId
    closes_at: Instant
    delay_s: Seconds


class WindowCredited(Fact):
    """Nobody was told; at its deadline the window got one more full length. An alert to ops."""

    type: Literal["WindowCredited"]
    window_id: WindowId
    closes_at: Instant


class WindowEnded(Fact):
    type: Literal["WindowEnded"]
    window_id: WindowId
    vacancy_id: VacancyId
    audience: AudienceId
    tier: TierNumber
    outcome: WindowOutcome
    reason: Blocker | WithdrawReason | BypassCode | WindowEndReason | None = None
    """The blocker that re-judged it, the reason it was withdrawn or bypassed, or None."""


class LadderEnded(Fact):
    """Every tier has had its window; a confirmation offers the vacancy to the last tier again."""

    type: Literal["LadderEnded"]
    vacancy_id: VacancyId


# --- nominations, choice, standby ---------------------------------------------------------------------------


class StandbyRegistered(Fact):
    type: Literal["StandbyRegistered"]
    vacancy_id: VacancyId
    council: CouncilId
    referral_id: ReferralId


class NominationMade(Fact):
    type: Literal["NominationMade"]
    nomination_id: NominationId
    vacancy_id: VacancyId
    window_id: WindowId
    council: CouncilId
    referral_id: ReferralId
    is_from_standby: bool


class NominationVouched(Fact):
    type: Literal["NominationVouched"]
    nomination_id: NominationId
    vacancy_id: VacancyId
    council: CouncilId
    referral_id: ReferralId


class NominationEnded(Fact):
    type: Literal["NominationEnded"]
    nomination_id: NominationId
    vacancy_id: VacancyId
    council: CouncilId
    referral_id: ReferralId
    end: NominationEnd
    provider_reason: ProviderDecline | None = None
    council_reason: CouncilDecline | None = None


class ChoiceOpened(Fact):
    type: Literal["ChoiceOpened"]
    vacancy_id: VacancyId
    window_id: WindowId
    closes_at: Instant


class ChoiceEnded(Fact):
    """The time to choose is over; `unanswered` nominations had no answer from the provider."""

    type: Literal["ChoiceEnded"]
    vacancy_id: VacancyId
    window_id: WindowId
    unanswered: Count


class PairBlocked(Fact):
    """This setting cannot take this referral, by the provider's word."""

    type: Literal["PairBlocked"]
    referral_id: ReferralId
    is_until_group_changes: bool


# --- holds, takes, moving in --------------------------------------------------------------------------------


class PlaceHeld(Fact):
    type: Literal["PlaceHeld"]
    hold_id: HoldId
    vacancy_id: VacancyId
    nomination_id: NominationId
    council: CouncilId
    referral_id: ReferralId
    until: Instant
    reason: ChoiceReason | None = None


class HoldEnded(Fact):
    type: Literal["HoldEnded"]
    hold_id: HoldId
    vacancy_id: VacancyId
    council: CouncilId
    referral_id: ReferralId
    end: HoldEnd


class TakeAgreed(Fact):
    """The place is reserved for the referral."""

    type: Literal["TakeAgreed"]
    take_id: TakeId
    hold_id: HoldId
    vacancy_id: VacancyId
    council: CouncilId
    referral_id: ReferralId
    starts_on: Day


class TakeRefused(Fact):
    type: Literal["TakeRefused"]
    take_id: TakeId
    hold_id: HoldId
    vacancy_id: VacancyId
    referral_id: ReferralId


class MoveInOverdue(Fact):
    """The day of the reserved start has passed without a word; the place stays reserved until one comes."""

    type: Literal["MoveInOverdue"]
    vacancy_id: VacancyId
    take_id: TakeId


class MovedIn(Fact):
    type: Literal["MovedIn"]
    vacancy_id: VacancyId
    take_id: TakeId
    council: CouncilId
    referral_id: ReferralId


class FellThrough(Fact):
    """A reserved place will not be used after all."""

    type: Literal["FellThrough"]
    vacancy_id: VacancyId
    take_id: TakeId
    council: CouncilId
    referral_id: ReferralId
    reason: FallThroughReason


# --- corrections --------------------------------------------------------------------------------------------


class Corrected(Fact):
    type: Literal["Corrected"]
    corrects: InputId
    mistake: Mistake
    vacancy_id: VacancyId
