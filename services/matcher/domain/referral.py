"""The state of one referral: what it needs, where it is nominated, what is held for it, what it has taken."""

from dataclasses import dataclass
from datetime import date, datetime

from schemas.words import CloseReason, ReferralStatus

from .values import (
    CouncilId,
    HoldId,
    InputId,
    NominationId,
    ReferralId,
    ReferralNeeds,
    SettingId,
    TakeId,
    VacancyId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingNomination:
    nomination_id: NominationId
    vacancy_id: VacancyId
    setting_id: SettingId


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPlace:
    hold_id: HoldId
    vacancy_id: VacancyId
    setting_id: SettingId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """The one place that the referral is locked for, or placed in."""

    take_id: TakeId
    hold_id: HoldId
    vacancy_id: VacancyId
    setting_id: SettingId
    asked_at: datetime
    starts_on: date
    has_moved_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    referral_id: ReferralId
    council: CouncilId
    status: ReferralStatus
    needs: ReferralNeeds
    profile_version: int
    policy: str
    amended_at: datetime
    """When the needs that stand were observed; an older observation never overwrites them."""
    confirmed_at: datetime
    is_confirmation_due: bool = False
    takes_made: int = 0
    nominations: tuple[PendingNomination, ...] = ()
    holds: tuple[HeldPlace, ...] = ()
    take: Take | None = None
    closing: CloseReason | None = None
    """To be closed as soon as it is neither locked nor placed."""
    closed: CloseReason | None = None
    nominations_ended: tuple[NominationId, ...] = ()
    """The last that ended, were let go or denied: word of one that comes again brings nothing back."""
    holds_ended: tuple[HoldId, ...] = ()
    """Likewise. Safety hangs on neither: the vacancy has the last word."""
    memory: tuple[InputId, ...] = ()
