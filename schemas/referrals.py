"""Inputs of the placements rule book: a council's words about one referral, deadlines, and words from offers.

Topic `referrals`, key `referral_id`. Same names and fields as `services/matcher/domain/referral_inputs.py`,
less `id`, which is the envelope's.
"""

from schemas.base import (
    CouncilId,
    Day,
    Event,
    HoldId,
    Instant,
    NominationId,
    ReferralId,
    SettingId,
    Subject,
    TakeId,
    TermsVersion,
    VacancyId,
)
from schemas.values import Party, ReferralNeeds
from schemas.words import CloseReason, Code, HoldEnd, NominationEnd


class ReferralInput(Event):
    """What every input says.

    `recorded_by` is the party that wrote `by`'s word down after a telephone call.
    """

    referral_id: ReferralId
    by: Party
    recorded_by: Party | None = None
    observed_at: Instant


class ReferralAnticipated(ReferralInput):
    """A need expected from a date on: matched early, never nominated until it is submitted."""

    council: CouncilId
    needs: ReferralNeeds
    policy: TermsVersion


class ReferralSubmitted(ReferralInput):
    """A need that is now, new or anticipated before."""

    council: CouncilId
    needs: ReferralNeeds
    policy: TermsVersion


class ReferralAmended(ReferralInput):
    needs: ReferralNeeds


class ReferralConfirmed(ReferralInput):
    """Still needed."""


class ReferralClosed(ReferralInput):
    reason: CloseReason


class TakePlace(ReferralInput):
    """The council takes one of the places that are held for the referral."""

    hold_id: HoldId
    starts_on: Day


class ReferralDeadlineDue(ReferralInput):
    """No type of its own: what the deadlines have in common."""

    subject: Subject


class ReferralConfirmationDue(ReferralDeadlineDue):
    """Not confirmed for as long as the policy allows, says the clock; judged by the state alone."""


class NominationTold(ReferralInput):
    nomination_id: NominationId
    vacancy_id: VacancyId
    setting_id: SettingId
    council: CouncilId


class NominationEndTold(ReferralInput):
    nomination_id: NominationId
    end: NominationEnd


class HoldTold(ReferralInput):
    hold_id: HoldId
    nomination_id: NominationId
    vacancy_id: VacancyId
    setting_id: SettingId
    council: CouncilId
    until: Instant


class HoldEndTold(ReferralInput):
    hold_id: HoldId
    end: HoldEnd


class TakeAnswered(ReferralInput):
    """The vacancy agrees to a take or refuses it: `code` is `accepted` or the reason."""

    take_id: TakeId
    code: Code


class MoveInTold(ReferralInput):
    take_id: TakeId


class FallThroughTold(ReferralInput):
    take_id: TakeId
