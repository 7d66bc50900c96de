"""Which vacancies fit which of a council's referrals, and why. Topic `matches`, key the council.

A match's id names vacancy, window and version of the referral's profile: it is shown only while that window
is the one open and that profile the one that stands.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from schemas.base import CouncilId, Event, MatchId, Number, ReferralId, VacancyId, Version, WindowId
from schemas.words import Badge, DistanceBand, Misfit, RankReason

Criterion = Annotated[
    int, Field(ge=0, le=2**40, description="0 is best; the last criterion is the fee in pence")
]

CRITERIA = (
    "out_of_borough",
    "band",
    "school_lost",
    "siblings_apart",
    "not_in_house",
    "judgement",
    "needs_beyond",
    "freshness",
    "fee",
)
"""What the numbers of a match's `order` say, in their order. Judgement, freshness and fee are the place's own."""


class MatchFound(Event):
    """A vacancy fits a referral, or misses it by the one constraint that `near_miss` names.

    `place_in_order` counts from 1 among the referral's matches as they were then. `order` has the place's standing in
    each criterion, most weighty first; compared as a whole it sorts a referral's matches: an order, never a score.
    """

    match_id: MatchId
    council: CouncilId
    referral_id: ReferralId
    profile_version: Version
    vacancy_id: VacancyId
    window_id: WindowId | None
    place_in_order: Number
    order: Annotated[tuple[Criterion, ...], Field(min_length=9, max_length=9)]
    band: DistanceBand
    reasons: Annotated[tuple[RankReason, ...], Field(max_length=len(RankReason))]
    badge: Badge
    near_miss: Misfit | None
    is_anticipated: bool

    @model_validator(mode="after")
    def _is_named_by_its_parts(self) -> Self:
        place = self.window_id or self.vacancy_id
        if self.match_id != f"{place}:{self.referral_id}:p{self.profile_version}":
            raise ValueError("a match is named by its place, referral and profile version")
        return self


class MatchGone(Event):
    match_id: MatchId
    council: CouncilId
    referral_id: ReferralId
    vacancy_id: VacancyId
