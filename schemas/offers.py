"""Decisions of the offers rule book: the answer, the facts, the new state, what falls due.

Topic `offers`, key `setting_id`. The state has the names and fields of `services/matcher/domain/setting.py`.
The envelope carries the cause, the version and the digest of the decision before (docs/architecture.md).
"""

from typing import Annotated

from pydantic import Field

from schemas import offer_facts as facts
from schemas.base import (
    COUNCILS_MAX,
    PLACES_MAX,
    AgreementId,
    AudienceId,
    CouncilId,
    Count,
    Day,
    Event,
    HoldId,
    InputId,
    Instant,
    LengthSeconds,
    Model,
    NominationId,
    Number,
    OutwardCode,
    Pence,
    PlaceCount,
    PlaceNumber,
    ProviderId,
    ReferralId,
    Seconds,
    SettingId,
    TakeId,
    TermsVersion,
    TierNumber,
    VacancyId,
    Version,
    WindowId,
)
from schemas.values import Agreement, Councils, Deadline, Length, Profile
from schemas.words import (
    Blocker,
    Code,
    ConflictKind,
    ExtendReason,
    Freshness,
    Judgement,
    Kind,
    PlaceStatus,
    Provision,
    Region,
    Registration,
    Sector,
    UnusableReason,
)

MEMORY_MAX = 1000
NOMINATIONS_MAX = 1000
AGREEMENTS_MAX = 100
FACTS_MAX = 20_000


class Told(Model):
    council: CouncilId
    at: Instant


class ExtensionAsked(Model):
    council: CouncilId
    seconds: LengthSeconds
    reason: ExtendReason


class Window(Model):
    """One tier's time with one vacancy.

    Kind, audience, members, length and terms are frozen at its opening.
    """

    window_id: WindowId
    opening: Number
    audience: AudienceId
    tier: TierNumber
    members: Councils
    standby_members: Councils
    kind: Kind
    length: Length
    calendar: TermsVersion
    agreement_id: AgreementId | None
    agreement_version: Version | None
    opened_at: Instant
    closes_at: Instant
    acknowledged: Councils = ()
    released: Councils = ()
    told: Annotated[tuple[Told, ...], Field(max_length=COUNCILS_MAX)] = ()
    topped_up_s: Seconds = 0
    moved_s: Seconds = 0
    is_paused_once: bool = False
    is_extended: bool = False
    extension_asked: ExtensionAsked | None = None
    is_credited: bool = False


class Nomination(Model):
    """One referral put forward by a council for one vacancy; pending as long as it stands here."""

    nomination_id: NominationId
    window_id: WindowId
    council: CouncilId
    referral_id: ReferralId
    made_at: Instant
    is_vouched: bool = False


class Standby(Model):
    council: CouncilId
    referral_id: ReferralId
    registered_at: Instant


class Return(Model):
    """Where a vacancy goes back to: the tier that it left and the seconds that its window still has."""

    audience: AudienceId
    seconds: Seconds


class Choice(Model):
    """The provider's time to choose after a window ended nominated."""

    window_id: WindowId
    closes_at: Instant
    returns_to: Return


class Hold(Model):
    """A place held for one referral.

    A take asked before `until` is agreed up to `ends_at`, the grace included.
    """

    hold_id: HoldId
    nomination_id: NominationId
    council: CouncilId
    referral_id: ReferralId
    held_at: Instant
    until: Instant
    ends_at: Instant
    returns_to: Return


class Reservation(Model):
    """A place taken by a referral's council, until the child moves in or the placement falls through."""

    hold_id: HoldId
    take_id: TakeId
    council: CouncilId
    referral_id: ReferralId
    held_at: Instant
    starts_on: Day
    overdue_at: Instant
    is_overdue: bool = False
    returns_to: Return


class ReleasedBy(Model):
    council: CouncilId
    caused_by: InputId


class Release(Model):
    """The last window of a vacancy that was let go, remembered to put a wrong release right."""

    window_id: WindowId
    opening: Number
    audience: AudienceId
    by: Annotated[tuple[ReleasedBy, ...], Field(max_length=COUNCILS_MAX)]
    seconds_left: Seconds
    is_answered_below: bool = False


class Vacancy(Model):
    """One episode of one place being free."""

    vacancy_id: VacancyId
    place: PlaceNumber
    kind: Kind
    available_from: Day
    fee: Pence | None
    posted_at: Instant
    confirmed_at: Instant
    freshness: Freshness = Freshness.FRESH
    openings: Count = 0
    nominations_made: Count = 0
    holds_made: Count = 0
    ladder: AgreementId | None = None
    served: Annotated[tuple[AudienceId, ...], Field(max_length=100)] = ()
    returns_to: Return | None = None
    is_let_go: bool = False
    window: Window | None = None
    choice: Choice | None = None
    nominations: Annotated[tuple[Nomination, ...], Field(max_length=NOMINATIONS_MAX)] = ()
    standbys: Annotated[tuple[Standby, ...], Field(max_length=COUNCILS_MAX)] = ()
    hold: Hold | None = None
    reservation: Reservation | None = None
    release: Release | None = None
    blocked: Blocker | None = None


class LastEnd(Model):
    """How the place's last vacancy ended, remembered so that a mistake can be put right."""

    caused_by: InputId
    vacancy: Vacancy


class Unusable(Model):
    reason: UnusableReason
    review_at: Instant
    is_review_due: bool = False


class Notice(Model):
    vacant_from: Instant
    kind: Kind
    fee: Pence | None


class Place(Model):
    """One child's place.

    `observed_at` is when the fact that stands was observed; `was_vacant` what stood before.
    """

    number: PlaceNumber
    status: PlaceStatus
    observed_at: Instant
    is_counted: bool = True
    was_vacant: bool = False
    episodes: Count = 0
    owners: Councils = ()
    unusable: Unusable | None = None
    notice: Notice | None = None
    vacancy: Vacancy | None = None
    last_end: LastEnd | None = None
    needs_review: bool = False


class BlockedPair(Model):
    """A referral that this setting cannot take, by the provider's word."""

    referral_id: ReferralId
    is_until_group_changes: bool


class Conflict(Model):
    """Two statements that cannot both be so; open until a later statement agrees."""

    kind: ConflictKind
    found_at: Instant
    stated: PlaceCount
    known: PlaceCount


class Setting(Model):
    """One setting with its places. Registered = occupied + vacant + held + reserved + unusable, always."""

    setting_id: SettingId
    provider_id: ProviderId
    provision: Provision
    sector: Sector
    registration: Registration
    region: Region
    borough: CouncilId | None
    outward_code: OutwardCode | None
    profile: Profile
    is_connected_person: bool
    policy: TermsVersion
    calendar: TermsVersion
    registered_places: PlaceCount
    places: Annotated[tuple[Place, ...], Field(max_length=PLACES_MAX)]
    confirmed_at: Instant
    amended_at: Instant
    judged_at: Instant | None = None
    admissions_at: Instant | None = None
    looked_at: Instant
    over: PlaceCount = 0
    judgement: Judgement = Judgement.UNKNOWN
    inspected_on: Day | None = None
    agreements: Annotated[tuple[Agreement, ...], Field(max_length=AGREEMENTS_MAX)] = ()
    is_paused: bool = False
    closes_at: Instant | None = None
    stated_at: Instant | None = None
    blocked_pairs: Annotated[tuple[BlockedPair, ...], Field(max_length=10_000)] = ()
    needs_profile_correction: bool = False
    conflicts: Annotated[tuple[Conflict, ...], Field(max_length=100)] = ()
    memory: Annotated[tuple[InputId, ...], Field(max_length=MEMORY_MAX)] = ()


Fact = Annotated[
    facts.SettingRegistered
    | facts.SettingAmended
    | facts.SettingJudged
    | facts.AgreementAttached
    | facts.AgreementCameIntoForce
    | facts.MembershipEnded
    | facts.AgreementEnded
    | facts.PolicyAdopted
    | facts.SettingPaused
    | facts.SettingResumed
    | facts.SettingClosing
    | facts.SettingClosed
    | facts.SettingConfirmed
    | facts.NumbersReconciled
    | facts.ConflictFound
    | facts.CapacityExceeded
    | facts.PlaceBecameUnusable
    | facts.PlaceBecameUsable
    | facts.PlaceReviewDue
    | facts.PlaceCameOnNotice
    | facts.PlaceBecameOccupied
    | facts.PlaceRetired
    | facts.PlaceNeedsReview
    | facts.ProfileNeedsCorrection
    | facts.VacancyPosted
    | facts.VacancyAmended
    | facts.VacancyConfirmed
    | facts.VacancyAged
    | facts.VacancyBecameStale
    | facts.VacancyFilled
    | facts.VacancyWithdrawn
    | facts.BlockPlaceLetGo
    | facts.BypassRecorded
    | facts.OpeningBlocked
    | facts.TierSkipped
    | facts.WindowOpened
    | facts.WindowAcknowledged
    | facts.WindowReleased
    | facts.WindowExtensionAsked
    | facts.WindowExtended
    | facts.WindowToppedUp
    | facts.WindowPaused
    | facts.WindowTold
    | facts.WindowNotTold
    | facts.WindowMoved
    | facts.WindowCredited
    | facts.WindowEnded
    | facts.LadderEnded
    | facts.StandbyRegistered
    | facts.NominationMade
    | facts.NominationVouched
    | facts.NominationEnded
    | facts.ChoiceOpened
    | facts.ChoiceEnded
    | facts.PairBlocked
    | facts.PlaceHeld
    | facts.HoldEnded
    | facts.TakeAgreed
    | facts.TakeRefused
    | facts.MoveInOverdue
    | facts.MovedIn
    | facts.FellThrough
    | facts.Corrected,
    Field(discriminator="type"),
]


class Decision(Event):
    """One append of the offers rule book.

    `state` null: the setting is still unknown (its input was refused).
    """

    answer: Code
    facts: Annotated[tuple[Fact, ...], Field(max_length=FACTS_MAX)]
    state: Setting | None
    deadline: Deadline | None
