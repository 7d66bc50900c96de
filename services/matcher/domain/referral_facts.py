"""What the placements rule book decides about one referral. Values only, past tense.

The wire form of each stands in `schemas/placements.py` under the same name and fields.
"""

from dataclasses import dataclass
from datetime import date, datetime

from schemas.words import CloseReason, Code

from .facts import Fact
from .values import CouncilId, HoldId, NominationId, SettingId, TakeId, VacancyId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralAnticipated(Fact):
    council: CouncilId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralOpened(Fact):
    """Submitted, or an anticipated need that is now."""

    council: CouncilId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralAmended(Fact):
    profile_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralConfirmed(Fact):
    confirmed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralConfirmationDue(Fact):
    """Not confirmed for as long as the policy allows: not matched until it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralClosed(Fact):
    reason: CloseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralClosing(Fact):
    """To be closed; it waits for the answer to its take, or for its placement to end."""

    reason: CloseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationVouched(Fact):
    nomination_id: NominationId
    setting_id: SettingId


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationDenied(Fact):
    nomination_id: NominationId
    setting_id: SettingId
    code: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationSettled(Fact):
    """A nomination of the referral ended, by the vacancy's word."""

    nomination_id: NominationId


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldKnown(Fact):
    """A place is held for the referral; its council may take it until `until`."""

    hold_id: HoldId
    vacancy_id: VacancyId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldGone(Fact):
    hold_id: HoldId


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAsked(Fact):
    """The referral is locked for this hold until the vacancy answers."""

    take_id: TakeId
    hold_id: HoldId
    vacancy_id: VacancyId
    setting_id: SettingId
    asked_at: datetime
    starts_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(Fact):
    """The vacancy agreed."""

    take_id: TakeId
    vacancy_id: VacancyId


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeFailed(Fact):
    """The vacancy refused; the referral is open again."""

    take_id: TakeId
    code: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationLetGo(Fact):
    nomination_id: NominationId
    setting_id: SettingId


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLetGo(Fact):
    hold_id: HoldId
    vacancy_id: VacancyId
    setting_id: SettingId


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildMovedIn(Fact):
    take_id: TakeId
    vacancy_id: VacancyId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralReopened(Fact):
    """Its placement fell through, by the vacancy's word."""

    take_id: TakeId
