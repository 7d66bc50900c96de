"""What the offers rule book is told: provider facts, answers about windows, deadlines, and words from placements.

Values only. Facts are past tense, orders imperative. The wire form of each stands in `schemas/vacancies.py`;
`translate` turns one into the other field by field.
"""

from dataclasses import dataclass
from datetime import date, datetime

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
    Registration,
    Sector,
    UnusableReason,
)

from .agreement import Agreement
from .values import (
    CouncilId,
    HoldId,
    InputId,
    NominationId,
    Party,
    Pence,
    PlaceNumber,
    Profile,
    ProviderId,
    ReferralId,
    SettingId,
    TakeId,
    VacancyId,
    WindowId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What every input says: its id, the setting, who speaks, and when it was observed.

    `by` is the party whose word it is; `recorded_by` the party that wrote it down after a telephone call, if any.
    """

    id: InputId
    setting_id: SettingId
    by: Party
    recorded_by: Party | None = None
    observed_at: datetime


DEFAULT_PROFILE = Profile()

# --- provider facts: the setting -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BlockPlace:
    """A place that belongs to one council, or to several in agreed proportions; only they can let it go."""

    number: PlaceNumber
    owners: tuple[CouncilId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRegistered(Input):
    provider_id: ProviderId
    provision: Provision
    sector: Sector
    registration: Registration
    region: str
    borough: CouncilId | None = None
    outward_code: str | None = None
    registered_places: int
    profile: Profile = DEFAULT_PROFILE
    is_connected_person: bool = False
    block_places: tuple[BlockPlace, ...] = ()
    policy: str
    calendar: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingAmended(Input):
    """What has changed; None says nothing about a field.

    Provider, provision, sector and region are the register's: only it, or ops, may change them.
    """

    provider_id: ProviderId | None = None
    provision: Provision | None = None
    sector: Sector | None = None
    region: str | None = None
    registration: Registration | None = None
    borough: CouncilId | None = None
    outward_code: str | None = None
    registered_places: int | None = None
    profile: Profile | None = None
    block_places: tuple[BlockPlace, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingJudged(Input):
    judgement: Judgement
    inspected_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementAttached(Input):
    agreement: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementEnded(Input):
    """An agreement ends at an instant other than the one that it named."""

    agreement_id: str
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAdopted(Input):
    """From now on the setting is decided under these versions; running windows keep their terms."""

    policy: str
    calendar: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingPaused(Input):
    reason: PauseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingResumed(Input):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingClosing(Input):
    closes_at: datetime


# --- provider facts: places ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceUnusable(Input):
    place: PlaceNumber
    reason: UnusableReason
    review_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceUsable(Input):
    place: PlaceNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOnNotice(Input):
    """The child leaves at `vacant_from`; a vacancy of this kind is then posted."""

    place: PlaceNumber
    vacant_from: datetime
    kind: Kind
    fee: Pence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOccupied(Input):
    """A child lives there (also: a notice was taken back)."""

    place: PlaceNumber


# --- provider facts: vacancies ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class VacancyPosted(Input):
    """`place` None: the lowest-numbered place that can be."""

    place: PlaceNumber | None = None
    kind: Kind
    available_from: date
    fee: Pence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VacancyAmended(Input):
    vacancy_id: VacancyId
    available_from: date | None = None
    fee: Pence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VacancyConfirmed(Input):
    vacancy_id: VacancyId


@dataclass(frozen=True, slots=True, kw_only=True)
class VacancyFilled(Input):
    """A child was placed outside the offer windows. Without a code during a window: an unexplained bypass."""

    vacancy_id: VacancyId
    code: BypassCode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VacancyWithdrawn(Input):
    vacancy_id: VacancyId
    code: BypassCode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoChange(Input):
    """All is as last said: the setting and its vacancies are confirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NilReturn(Input):
    """No vacancies: the setting is confirmed, its older unheld vacancies are withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumbersStated(Input):
    """How many empty, usable, unheld places there are as of `observed_at`.

    With `registered_places` it is a whole count: every other place is occupied.
    """

    vacant: int
    registered_places: int | None = None
    kind: Kind
    fee: Pence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionMade(Input):
    """The input `corrects` was a mistake. Nothing is erased; what can be put right is."""

    corrects: InputId
    mistake: Mistake


# --- answers: councils -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeWindow(Input):
    window_id: WindowId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseWindow(Input):
    window_id: WindowId
    reason: CouncilDecline


@dataclass(frozen=True, slots=True, kw_only=True)
class Nominate(Input):
    window_id: WindowId
    referral_id: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawNomination(Input):
    nomination_id: NominationId
    reason: CouncilDecline


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterStandby(Input):
    """During somebody else's window; counts as nominated from the moment that the council's own tier opens."""

    vacancy_id: VacancyId
    referral_id: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendWindow(Input):
    """By the provider it moves the deadline; by a council it asks for the provider's consent."""

    window_id: WindowId
    seconds: int
    """Of the window's own calendar; at most its original length."""
    reason: ExtendReason


@dataclass(frozen=True, slots=True, kw_only=True)
class LetBlockPlaceGo(Input):
    """An owner of a block place lets this vacancy of it be offered along the ladder."""

    vacancy_id: VacancyId


# --- answers: providers ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentToExtension(Input):
    window_id: WindowId


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptNomination(Input):
    """`reason` may be left out where only one nomination is pending."""

    nomination_id: NominationId
    reason: ChoiceReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineNomination(Input):
    nomination_id: NominationId
    reason: ProviderDecline


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareBypass(Input):
    """The place was given outside the order of the ladder, with the code that explains it."""

    vacancy_id: VacancyId
    code: BypassCode


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedIn(Input):
    vacancy_id: VacancyId


@dataclass(frozen=True, slots=True, kw_only=True)
class FellThrough(Input):
    """A held or reserved place will not be used; by the provider or the council that it is held for."""

    vacancy_id: VacancyId
    reason: FallThroughReason


# --- deadlines -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineDue(Input):
    """A deadline has passed, says the clock. The state alone judges which, and whether it has."""


# --- the notifier's report -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowTold(Input):
    window_id: WindowId
    council: CouncilId
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowNotTold(Input):
    """Every channel of this council failed."""

    window_id: WindowId
    council: CouncilId


# --- words from placements -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationVouched(Input):
    """The referral is open and its council's own; the provider may now see the nomination."""

    nomination_id: NominationId


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationDenied(Input):
    """The referral is unknown, another council's, anticipated, placed or closed."""

    nomination_id: NominationId


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAsked(Input):
    """The council takes the held place; `asked_at` is when the referral was locked for it."""

    vacancy_id: VacancyId
    hold_id: HoldId
    take_id: TakeId
    referral_id: ReferralId
    asked_at: datetime
    starts_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationLetGo(Input):
    nomination_id: NominationId


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLetGo(Input):
    vacancy_id: VacancyId
    hold_id: HoldId
