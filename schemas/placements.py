"""Decisions of the placements rule book: the answer, the facts, the new state, what falls due.

Topic `placements`, key `referral_id`. Facts have the names and fields of
`services/matcher/domain/referral_facts.py` with `type` in front; the state those of `referral.py`.
"""

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import (
    CouncilId,
    Count,
    Day,
    Event,
    HoldId,
    InputId,
    Instant,
    Model,
    NominationId,
    ReferralId,
    SettingId,
    TakeId,
    TermsVersion,
    VacancyId,
    Version,
)
from schemas.values import Deadline, ReferralNeeds
from schemas.words import CloseReason, Code, ReferralStatus

MEMORY_MAX = 1000
PENDING_MAX = 1000
FACTS_MAX = 5000


class Fact(Model):
    pass


class ReferralAnticipated(Fact):
    type: Literal["ReferralAnticipated"]
    council: CouncilId


class ReferralOpened(Fact):
    """Submitted, or an anticipated need that is now."""

    type: Literal["ReferralOpened"]
    council: CouncilId


class ReferralAmended(Fact):
    type: Literal["ReferralAmended"]
    profile_version: Version


class ReferralConfirmed(Fact):
    type: Literal["ReferralConfirmed"]
    confirmed_at: Instant


class ReferralConfirmationDue(Fact):
    """Not confirmed for as long as the policy allows: not matched until it is."""

    type: Literal["ReferralConfirmationDue"]


class ReferralClosed(Fact):
    type: Literal["ReferralClosed"]
    reason: CloseReason


class ReferralClosing(Fact):
    """To be closed; it waits for the answer to its take, or for its placement to end."""

    type: Literal["ReferralClosing"]
    reason: CloseReason


class NominationVouched(Fact):
    type: Literal["NominationVouched"]
    nomination_id: NominationId
    setting_id: SettingId


class NominationDenied(Fact):
    type: Literal["NominationDenied"]
    nomination_id: NominationId
    setting_id: SettingId
    code: Code


class NominationSettled(Fact):
    """A nomination of the referral ended, by the vacancy's word."""

    type: Literal["NominationSettled"]
    nomination_id: NominationId


class HoldKnown(Fact):
    """A place is held for the referral; its council may take it until `until`."""

    type: Literal["HoldKnown"]
    hold_id: HoldId
    vacancy_id: VacancyId
    until: Instant


class HoldGone(Fact):
    type: Literal["HoldGone"]
    hold_id: HoldId


class TakeAsked(Fact):
    """The referral is locked for this hold until the vacancy answers."""

    type: Literal["TakeAsked"]
    take_id: TakeId
    hold_id: HoldId
    vacancy_id: VacancyId
    setting_id: SettingId
    asked_at: Instant
    starts_on: Day


class Placed(Fact):
    """The vacancy agreed."""

    type: Literal["Placed"]
    take_id: TakeId
    vacancy_id: VacancyId


class TakeFailed(Fact):
    """The vacancy refused; the referral is open again."""

    type: Literal["TakeFailed"]
    take_id: TakeId
    code: Code


class NominationLetGo(Fact):
    type: Literal["NominationLetGo"]
    nomination_id: NominationId
    setting_id: SettingId


class HoldLetGo(Fact):
    type: Literal["HoldLetGo"]
    hold_id: HoldId
    vacancy_id: VacancyId
    setting_id: SettingId


class ChildMovedIn(Fact):
    type: Literal["ChildMovedIn"]
    take_id: TakeId
    vacancy_id: VacancyId


class ReferralReopened(Fact):
    """Its placement fell through, by the vacancy's word."""

    type: Literal["ReferralReopened"]
    take_id: TakeId


# --- the state ----------------------------------------------------------------------------------------------


class PendingNomination(Model):
    nomination_id: NominationId
    vacancy_id: VacancyId
    setting_id: SettingId


class HeldPlace(Model):
    hold_id: HoldId
    vacancy_id: VacancyId
    setting_id: SettingId
    until: Instant


class Take(Model):
    """The one place that the referral is locked for, or placed in."""

    take_id: TakeId
    hold_id: HoldId
    vacancy_id: VacancyId
    setting_id: SettingId
    asked_at: Instant
    starts_on: Day
    has_moved_in: bool = False


class Referral(Model):
    referral_id: ReferralId
    council: CouncilId
    status: ReferralStatus
    needs: ReferralNeeds
    profile_version: Version
    policy: TermsVersion
    amended_at: Instant
    confirmed_at: Instant
    is_confirmation_due: bool = False
    takes_made: Count = 0
    nominations: Annotated[tuple[PendingNomination, ...], Field(max_length=PENDING_MAX)] = ()
    holds: Annotated[tuple[HeldPlace, ...], Field(max_length=PENDING_MAX)] = ()
    take: Take | None = None
    closing: CloseReason | None = None
    closed: CloseReason | None = None
    nominations_ended: Annotated[tuple[NominationId, ...], Field(max_length=PENDING_MAX)] = ()
    holds_ended: Annotated[tuple[HoldId, ...], Field(max_length=PENDING_MAX)] = ()
    memory: Annotated[tuple[InputId, ...], Field(max_length=MEMORY_MAX)] = ()


AnyFact = Annotated[
    ReferralAnticipated
    | ReferralOpened
    | ReferralAmended
    | ReferralConfirmed
    | ReferralConfirmationDue
    | ReferralClosed
    | ReferralClosing
    | NominationVouched
    | NominationDenied
    | NominationSettled
    | HoldKnown
    | HoldGone
    | TakeAsked
    | Placed
    | TakeFailed
    | NominationLetGo
    | HoldLetGo
    | ChildMovedIn
    | ReferralReopened,
    Field(discriminator="type"),
]


class Decision(Event):
    """One append of the placements rule book.

    `state` null: the referral is still unknown (its input was refused).
    """

    answer: Code
    facts: Annotated[tuple[AnyFact, ...], Field(max_length=FACTS_MAX)]
    state: Referral | None
    deadline: Deadline | None
