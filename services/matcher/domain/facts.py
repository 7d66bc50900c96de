"""What the offers rule book decides: facts about one setting, in the order in which they came to be.

Values only, past tense. The wire form of each stands in `schemas/offers.py` under the same name and fields.
"""

from dataclasses import dataclass
from datetime import date, datetime

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
    WindowOutcome,
    WithdrawReason,
)

from .values import (
    AudienceId,
    CouncilId,
    HoldId,
    InputId,
    NominationId,
    Pence,
    PlaceNumber,
    ProviderId,
    ReferralId,
    TakeId,
    VacancyId,
    WindowId,
)


@dataclass(frozen=True, slots=True)
class Fact:
    pass


# --- the setting -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRegistered(Fact):
    provider_id: ProviderId
    provision: Provision
    registration: Registration
    registered_places: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingAmended(Fact):
    registration: Registration
    registered_places: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingJudged(Fact):
    judgement: Judgement
    was: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementAttached(Fact):
    agreement_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementCameIntoForce(Fact):
    agreement_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipEnded(Fact):
    """A council is no longer a member of an audience; running windows keep their members."""

    audience: AudienceId
    council: CouncilId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementEnded(Fact):
    agreement_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAdopted(Fact):
    policy: str
    calendar: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingPaused(Fact):
    reason: PauseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingResumed(Fact):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingClosing(Fact):
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingClosed(Fact):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingConfirmed(Fact):
    confirmed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NumbersReconciled(Fact):
    """A numbers-only statement was held against what was known."""

    stated: int
    known: int
    posted: int
    withdrawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictFound(Fact):
    """Two statements cannot both be so; a person resolves it."""

    kind: ConflictKind
    stated: int
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityExceeded(Fact):
    """More places are occupied, held, reserved or unusable than are registered; nothing opens."""

    over: int


# --- places ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceBecameUnusable(Fact):
    place: PlaceNumber
    reason: UnusableReason
    review_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceBecameUsable(Fact):
    place: PlaceNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceReviewDue(Fact):
    place: PlaceNumber
    reason: UnusableReason


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCameOnNotice(Fact):
    place: PlaceNumber
    vacant_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceBecameOccupied(Fact):
    place: PlaceNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRetired(Fact):
    place: PlaceNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceNeedsReview(Fact):
    """The provider declined for staffing, skills or an unavailable carer."""

    place: PlaceNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileNeedsCorrection(Fact):
    """The provider declined needs outside its registration that its profile did not rule out."""

    referral_id: ReferralId


# --- vacancies -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class VacancyPosted(Fact):
    vacancy_id: VacancyId
    place: PlaceNumber
    kind: Kind
    available_from: date
    fee: Pence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VacancyAmended(Fact):
    vacancy_id: VacancyId
    available_from: date
    fee: Pence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VacancyConfirmed(Fact):
    vacancy_id: VacancyId
    confirmed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VacancyAged(Fact):
    """Not confirmed for long enough that the provider is reminded."""

    vacancy_id: VacancyId


@dataclass(frozen=True, slots=True, kw_only=True)
class VacancyBecameStale(Fact):
    """Not confirmed for so long that it opens no window and is matched no more: call first."""

    vacancy_id: VacancyId


@dataclass(frozen=True, slots=True, kw_only=True)
class VacancyFilled(Fact):
    vacancy_id: VacancyId
    place: PlaceNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class VacancyWithdrawn(Fact):
    vacancy_id: VacancyId
    reason: WithdrawReason


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPlaceLetGo(Fact):
    vacancy_id: VacancyId
    council: CouncilId


@dataclass(frozen=True, slots=True, kw_only=True)
class BypassRecorded(Fact):
    """A place went outside the order of the ladder during a window or choice; without a code it is unexplained."""

    vacancy_id: VacancyId
    window_id: WindowId | None
    code: BypassCode | None


# --- windows ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningBlocked(Fact):
    vacancy_id: VacancyId
    reason: Blocker


@dataclass(frozen=True, slots=True, kw_only=True)
class TierSkipped(Fact):
    """A tier had no member on the day; the only reason for which a tier is passed over."""

    vacancy_id: VacancyId
    audience: AudienceId
    tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowOpened(Fact):
    window_id: WindowId
    vacancy_id: VacancyId
    audience: AudienceId
    tier: int
    members: tuple[CouncilId, ...]
    kind: Kind
    opened_at: datetime
    closes_at: datetime
    agreement_id: str | None
    agreement_version: int | None
    is_returned: bool
    """Whether it has only the remainder of a window that the vacancy left before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowAcknowledged(Fact):
    window_id: WindowId
    council: CouncilId


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowReleased(Fact):
    """One council let the window go; in a shared tier the others still have it."""

    window_id: WindowId
    council: CouncilId
    reason: CouncilDecline


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowExtensionAsked(Fact):
    window_id: WindowId
    council: CouncilId
    seconds: int
    reason: ExtendReason


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowExtended(Fact):
    window_id: WindowId
    closes_at: datetime
    reason: ExtendReason


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowToppedUp(Fact):
    """A decline left too little time; the deadline moved so that the minimum remainder is left."""

    window_id: WindowId
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPaused(Fact):
    """A decline for insufficient information moved the deadline, once in a window."""

    window_id: WindowId
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowTold(Fact):
    window_id: WindowId
    council: CouncilId
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowNotTold(Fact):
    window_id: WindowId
    council: CouncilId


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowMoved(Fact):
    """The holder was told late; the deadline moved by the delay."""

    window_id: WindowId
    closes_at: datetime
    delay_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCredited(Fact):
    """Nobody was told; at its deadline the window got one more full length. An alert to ops."""

    window_id: WindowId
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowEnded(Fact):
    window_id: WindowId
    vacancy_id: VacancyId
    audience: AudienceId
    tier: int
    outcome: WindowOutcome
    reason: str | None = None
    """The blocker that re-judged it, the reason it was withdrawn, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderEnded(Fact):
    """Every tier has had its window; a confirmation offers the vacancy to the last tier again."""

    vacancy_id: VacancyId


# --- nominations, choice, standby ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StandbyRegistered(Fact):
    vacancy_id: VacancyId
    council: CouncilId
    referral_id: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationMade(Fact):
    nomination_id: NominationId
    vacancy_id: VacancyId
    window_id: WindowId
    council: CouncilId
    referral_id: ReferralId
    is_from_standby: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationVouched(Fact):
    nomination_id: NominationId
    vacancy_id: VacancyId
    council: CouncilId
    referral_id: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationEnded(Fact):
    nomination_id: NominationId
    vacancy_id: VacancyId
    council: CouncilId
    referral_id: ReferralId
    end: NominationEnd
    provider_reason: ProviderDecline | None = None
    council_reason: CouncilDecline | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceOpened(Fact):
    vacancy_id: VacancyId
    window_id: WindowId
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceEnded(Fact):
    """The time to choose is over; `unanswered` nominations had no answer from the provider."""

    vacancy_id: VacancyId
    window_id: WindowId
    unanswered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PairBlocked(Fact):
    """This setting cannot take this referral, by the provider's word."""

    referral_id: ReferralId
    is_until_group_changes: bool


# --- holds, takes, moving in -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceHeld(Fact):
    hold_id: HoldId
    vacancy_id: VacancyId
    nomination_id: NominationId
    council: CouncilId
    referral_id: ReferralId
    until: datetime
    reason: ChoiceReason | None = None
    """Why this nomination was chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEnded(Fact):
    hold_id: HoldId
    vacancy_id: VacancyId
    council: CouncilId
    referral_id: ReferralId
    end: HoldEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAgreed(Fact):
    """The place is reserved for the referral."""

    take_id: TakeId
    hold_id: HoldId
    vacancy_id: VacancyId
    council: CouncilId
    referral_id: ReferralId
    starts_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeRefused(Fact):
    take_id: TakeId
    hold_id: HoldId
    vacancy_id: VacancyId
    referral_id: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveInOverdue(Fact):
    """The day of the reserved start has passed without a word; the place stays reserved until there is one."""

    vacancy_id: VacancyId
    take_id: TakeId


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedIn(Fact):
    vacancy_id: VacancyId
    take_id: TakeId
    council: CouncilId
    referral_id: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class FellThrough(Fact):
    """A reserved place will not be used after all."""

    vacancy_id: VacancyId
    take_id: TakeId
    council: CouncilId
    referral_id: ReferralId
    reason: FallThroughReason


# --- corrections -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected(Fact):
    corrects: InputId
    mistake: Mistake
    vacancy_id: VacancyId
