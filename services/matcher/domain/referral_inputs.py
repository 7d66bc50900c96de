"""What the placements rule book is told: a council's words about one referral, deadlines, and words from offers.

Values only. The wire form of each stands in `schemas/referrals.py` under the same name and fields.
"""

from dataclasses import dataclass
from datetime import date, datetime

from schemas.words import CloseReason, Code, HoldEnd, NominationEnd

from .values import (
    CouncilId,
    HoldId,
    InputId,
    NominationId,
    Party,
    ReferralId,
    ReferralNeeds,
    SettingId,
    TakeId,
    VacancyId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralInput:
    """What every input says: its id, the referral, who speaks, and when it was observed."""

    id: InputId
    referral_id: ReferralId
    by: Party
    recorded_by: Party | None = None
    observed_at: datetime


# --- the council's words ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralAnticipated(ReferralInput):
    """A need expected from a date on: matched early, never nominated until it is submitted."""

    council: CouncilId
    needs: ReferralNeeds
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralSubmitted(ReferralInput):
    """A need that is now, new or anticipated before."""

    council: CouncilId
    needs: ReferralNeeds
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralAmended(ReferralInput):
    needs: ReferralNeeds


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralConfirmed(ReferralInput):
    """Still needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralClosed(ReferralInput):
    """No longer needed. A locked referral is closed when its take is settled."""

    reason: CloseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePlace(ReferralInput):
    """The council takes one of the places that are held for the referral."""

    hold_id: HoldId
    starts_on: date


# --- deadlines -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralDeadlineDue(ReferralInput):
    """A deadline has passed, says the clock. The state alone judges which, and whether it has."""


# --- words from offers -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationTold(ReferralInput):
    """A council has put the referral forward. Always answered: vouched or denied."""

    nomination_id: NominationId
    vacancy_id: VacancyId
    setting_id: SettingId
    council: CouncilId


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationEndTold(ReferralInput):
    nomination_id: NominationId
    end: NominationEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldTold(ReferralInput):
    """A place is held for the referral. Let go at once if the referral cannot use it."""

    hold_id: HoldId
    nomination_id: NominationId
    vacancy_id: VacancyId
    setting_id: SettingId
    council: CouncilId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEndTold(ReferralInput):
    hold_id: HoldId
    end: HoldEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAnswered(ReferralInput):
    """The vacancy agrees to a take or refuses it: `code` is `accepted` or the reason."""

    take_id: TakeId
    code: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveInTold(ReferralInput):
    take_id: TakeId


@dataclass(frozen=True, slots=True, kw_only=True)
class FallThroughTold(ReferralInput):
    take_id: TakeId
