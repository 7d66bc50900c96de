"""The state of one setting: its places, their vacancies, windows, nominations, holds. Values and plain questions.

A place is numbered and permanent; a vacancy is one episode of one place being free. Every registered place counts
in exactly one of occupied (on notice and unreported included), vacant, held, reserved, unusable.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from schemas.words import (
    Blocker,
    ConflictKind,
    ExtendReason,
    Freshness,
    Judgement,
    Kind,
    PlaceStatus,
    Provision,
    Registration,
    Sector,
    UnusableReason,
)

from .agreement import Agreement
from .values import (
    AudienceId,
    CouncilId,
    HoldId,
    InputId,
    Length,
    NominationId,
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


@dataclass(frozen=True, slots=True)
class Told:
    council: CouncilId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionAsked:
    council: CouncilId
    seconds: int
    reason: ExtendReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One tier's time with one vacancy. Kind, audience, members, length and terms are frozen at its opening."""

    window_id: WindowId
    opening: int
    audience: AudienceId
    tier: int
    """Counted from 1, as the agreement counts."""
    members: tuple[CouncilId, ...]
    standby_members: tuple[CouncilId, ...]
    """Councils of the tiers below that may register standby."""
    kind: Kind
    length: Length
    """The original length: what a full window of this tier and kind has, also if this one is a remainder."""
    calendar: str
    agreement_id: str | None
    agreement_version: int | None
    opened_at: datetime
    closes_at: datetime
    acknowledged: tuple[CouncilId, ...] = ()
    released: tuple[CouncilId, ...] = ()
    told: tuple[Told, ...] = ()
    topped_up_s: int = 0
    moved_s: int = 0
    """How far being told late has moved the deadline."""
    is_paused_once: bool = False
    is_extended: bool = False
    extension_asked: ExtensionAsked | None = None
    is_credited: bool = False
    """Whether the one more full length of a window of which nobody was told has been given."""

    @property
    def is_shared(self) -> bool:
        return len(self.members) > 1

    def is_open_at(self, now: datetime) -> bool:
        """At `closes_at` it is already too late to answer."""
        return now < self.closes_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Nomination:
    """One referral put forward by a council for one vacancy; pending as long as it stands here."""

    nomination_id: NominationId
    window_id: WindowId
    council: CouncilId
    referral_id: ReferralId
    made_at: datetime
    is_vouched: bool = False
    """Whether placements has said that the referral is open and the council's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standby:
    council: CouncilId
    referral_id: ReferralId
    registered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Where a vacancy goes back to after a hold: the tier that it left and the seconds that its window still has."""

    audience: AudienceId
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The provider's time to choose after a window ended nominated; nothing opens meanwhile."""

    window_id: WindowId
    closes_at: datetime
    returns_to: Return


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A place held for one referral. A take asked before `until` is agreed up to `ends_at`, the grace included."""

    hold_id: HoldId
    nomination_id: NominationId
    council: CouncilId
    referral_id: ReferralId
    held_at: datetime
    until: datetime
    ends_at: datetime
    returns_to: Return


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A place taken by a referral's council, until the child moves in or the placement falls through."""

    hold_id: HoldId
    take_id: TakeId
    council: CouncilId
    referral_id: ReferralId
    held_at: datetime
    starts_on: date
    overdue_at: datetime
    is_overdue: bool = False
    returns_to: Return


@dataclass(frozen=True, slots=True)
class ReleasedBy:
    council: CouncilId
    caused_by: InputId


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The last window of a vacancy that was let go, remembered so that a wrong release can be put right."""

    window_id: WindowId
    opening: int
    audience: AudienceId
    by: tuple[ReleasedBy, ...]
    """Who let it go, in a shared tier one after the other; each may have been wrong."""
    seconds_left: int
    """What the window still had at the last of them."""
    is_answered_below: bool = False
    """Whether a lower tier has nominated since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacancy:
    """One episode of one place being free."""

    vacancy_id: VacancyId
    place: PlaceNumber
    kind: Kind
    available_from: date
    fee: Pence | None
    posted_at: datetime
    confirmed_at: datetime
    freshness: Freshness = Freshness.FRESH
    openings: int = 0
    """How many windows have opened; the next one's number is one more."""
    nominations_made: int = 0
    holds_made: int = 0
    ladder: str | None = None
    """The agreement whose ladder it walks; another agreement's ladder starts from the top."""
    served: tuple[AudienceId, ...] = ()
    """The audiences that have had their window in this episode."""
    returns_to: Return | None = None
    is_let_go: bool = False
    """Whether an owner has let this vacancy of a block place go."""
    window: Window | None = None
    choice: Choice | None = None
    nominations: tuple[Nomination, ...] = ()
    standbys: tuple[Standby, ...] = ()
    hold: Hold | None = None
    reservation: Reservation | None = None
    release: Release | None = None
    blocked: Blocker | None = None
    """Why no window opens now; None while one is open, chosen from, held or reserved."""

    @property
    def is_committed(self) -> bool:
        return self.hold is not None or self.reservation is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastEnd:
    """How the place's last vacancy ended, remembered so that a mistake can be put right."""

    caused_by: InputId
    vacancy: Vacancy


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    reason: UnusableReason
    review_at: datetime
    is_review_due: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    vacant_from: datetime
    kind: Kind
    fee: Pence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One child's place.

    `observed_at` is when the fact that stands was observed, `is_counted` whether it came from a number rather than
    from a word about this place, `was_vacant` whether the place was vacant before it.
    """

    number: PlaceNumber
    status: PlaceStatus
    observed_at: datetime
    is_counted: bool = True
    was_vacant: bool = False
    episodes: int = 0
    owners: tuple[CouncilId, ...] = ()
    unusable: Unusable | None = None
    notice: Notice | None = None
    vacancy: Vacancy | None = None
    last_end: LastEnd | None = None
    needs_review: bool = False


@dataclass(frozen=True, slots=True)
class BlockedPair:
    """A referral that this setting cannot take, by the provider's word; some blocks end when the group changes."""

    referral_id: ReferralId
    is_until_group_changes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two statements that cannot both be so; open until a later statement agrees."""

    kind: ConflictKind
    found_at: datetime
    stated: int
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    setting_id: SettingId
    provider_id: ProviderId
    provision: Provision
    sector: Sector
    registration: Registration
    region: str
    borough: CouncilId | None
    outward_code: str | None
    profile: Profile
    is_connected_person: bool
    policy: str
    calendar: str
    registered_places: int
    places: tuple[Place, ...]
    confirmed_at: datetime
    amended_at: datetime
    """When the newest amendment was observed; an older one is refused. So too the two that follow."""
    judged_at: datetime | None = None
    admissions_at: datetime | None = None
    looked_at: datetime
    """The time of the last decision: what began or ended by then has been looked at."""
    over: int = 0
    """How many places stand beyond the registered ones."""
    judgement: Judgement = Judgement.UNKNOWN
    inspected_on: date | None = None
    agreements: tuple[Agreement, ...] = ()
    is_paused: bool = False
    closes_at: datetime | None = None
    stated_at: datetime | None = None
    """When the newest numbers-only statement or nil return was observed."""
    blocked_pairs: tuple[BlockedPair, ...] = ()
    needs_profile_correction: bool = False
    conflicts: tuple[Conflict, ...] = ()
    memory: tuple[InputId, ...] = ()
    """The last inputs by id, so that one that comes again is known; safety does not hang on it."""

    def agreement(self, now: datetime) -> Agreement | None:
        return next((each for each in self.agreements if each.is_in_force(now)), None)

    def place(self, number: PlaceNumber) -> Place | None:
        is_known = 1 <= number <= len(self.places)
        return self.places[number - 1] if is_known else None

    def vacancies(self) -> Iterator[Vacancy]:
        for place in self.places:
            if place.vacancy is not None:
                yield place.vacancy

    def vacancy(self, vacancy_id: VacancyId) -> Vacancy | None:
        for place in self.places:
            if place.vacancy is not None and place.vacancy.vacancy_id == vacancy_id:
                return place.vacancy
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Registered places and where each is. `over` is what stands beyond a registration that was lowered."""

    registered: int
    planned: int
    over: int
    occupied: int
    on_notice: int
    unreported: int
    vacant: int
    held: int
    reserved: int
    unusable: int


def counts(setting: Setting) -> Counts:
    """Count every registered place once. Always registered + over = occupied + vacant + held + reserved + unusable.

    `occupied` includes `on_notice` and `unreported`.
    """
    statuses = [place.status for place in setting.places]
    vacancies = list(setting.vacancies())
    held = sum(vacancy.hold is not None for vacancy in vacancies)
    reserved = sum(vacancy.reservation is not None for vacancy in vacancies)
    on_notice = statuses.count(PlaceStatus.ON_NOTICE)
    unreported = statuses.count(PlaceStatus.UNREPORTED)
    occupied = statuses.count(PlaceStatus.OCCUPIED) + on_notice + unreported
    vacant = statuses.count(PlaceStatus.VACANT) - held - reserved
    unusable = statuses.count(PlaceStatus.UNUSABLE)
    standing = occupied + vacant + held + reserved + unusable
    planned = statuses.count(PlaceStatus.PLANNED) + statuses.count(PlaceStatus.PENDING_REGISTRATION)
    registered = setting.registered_places - planned
    return Counts(
        registered=registered,
        planned=planned,
        over=max(0, standing - registered),
        occupied=occupied,
        on_notice=on_notice,
        unreported=unreported,
        vacant=vacant,
        held=held,
        reserved=reserved,
        unusable=unusable,
    )
