"""What an audience may see now: vacancies to answer or to stand by for, and needs for matching alone.

Topic `listings`, key the audience. `version` is that of the decision that caused the record, of a need that of the
decision which changed last what is shown of its referral, so that a reader compares versions of one subject in one
audience and never goes backwards; it remembers removals too, also of what it was not told of. What is said of a need
says in the headers `ce_sequenceof` and `ce_sequence` which of its states it tells: where two may say it, one that
comes after a later one is void.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.base import (
    AudienceId,
    CouncilId,
    Day,
    Event,
    Instant,
    OutwardCode,
    Pence,
    PlaceCount,
    ProviderId,
    ReferralId,
    SettingId,
    TierNumber,
    VacancyId,
    Version,
    WindowId,
)
from schemas.values import Councils, Profile, ReferralNeeds
from schemas.words import Freshness, Judgement, Kind, Provision, ReferralStatus, Region, Sector, Supply


class Listing(Event):
    audience: AudienceId
    version: Version


class VacancyListed(Listing):
    """An audience may see this vacancy, to answer it in its window or to stand by for it.

    A standby listing has no window, no deadline and no fee: those are another audience's.
    """

    vacancy_id: VacancyId
    setting_id: SettingId
    provider_id: ProviderId
    supply: Supply = Supply.VACANT
    provision: Provision
    sector: Sector
    in_house_of: CouncilId | None = None
    borough: CouncilId | None
    region: Region
    outward_code: OutwardCode | None
    profile: Profile
    kind: Kind
    available_from: Day | None
    fee: Pence | None
    judgement: Judgement
    is_judgement_accepted: bool
    freshness: Freshness
    places_vacant: PlaceCount = 1
    children: PlaceCount = 0
    window_id: WindowId | None
    tier: TierNumber
    closes_at: Instant | None
    members: Councils
    is_standby: bool

    @model_validator(mode="after")
    def _shows_no_window_of_another(self) -> Self:
        if self.is_standby and (self.window_id, self.closes_at, self.fee) != (None, None, None):
            raise ValueError("a standby listing shows no window, deadline or fee")
        return self


class VacancyUnlisted(Listing):
    """The audience may see the vacancy no more."""

    vacancy_id: VacancyId


class NeedListed(Listing):
    """A referral's need, for matching alone: no person of another council ever reads it."""

    referral_id: ReferralId
    council: CouncilId
    profile_version: Version
    needs: ReferralNeeds
    status: Literal[ReferralStatus.ANTICIPATED, ReferralStatus.OPEN]
    is_confirmation_due: bool
    blocked_settings: Annotated[tuple[SettingId, ...], Field(max_length=1000)] = ()


class NeedUnlisted(Listing):
    referral_id: ReferralId
