"""A made-up market: vacancies as they are listed, and referrals. Knows the domain's values; all by seed."""

from datetime import date, timedelta
from random import Random
from typing import Final

from schemas.words import Freshness, Gender, Judgement, Need, Provision, Sector, Urgency
from services.matcher.domain.fit import ListedNeed, Offer
from services.matcher.domain.geography import Geography
from services.matcher.domain.values import (
    CouncilId,
    Group,
    Profile,
    ReferralId,
    ReferralNeeds,
    SettingId,
    VacancyId,
)

TODAY: Final = date(2026, 11, 2)
COMMON_NEEDS: Final = tuple(Need)[:6]
PROVISIONS: Final = (
    *[Provision.FOSTER_HOUSEHOLD] * 3,
    *[Provision.CHILDRENS_HOME] * 2,
    Provision.SUPPORTED_ACCOMMODATION,
)
EVERY_GENDER: Final = (Gender.FEMALE, Gender.MALE, Gender.NON_BINARY)
GENDERS: Final = (*[EVERY_GENDER] * 3, (Gender.FEMALE,), (Gender.MALE,))
JUDGEMENTS: Final = (*[Judgement.GOOD] * 4, Judgement.OUTSTANDING)
ASKED_FOR: Final = (
    (Provision.CHILDRENS_HOME, Provision.FOSTER_HOUSEHOLD),
    (Provision.FOSTER_HOUSEHOLD,),
    (Provision.CHILDRENS_HOME, Provision.SUPPORTED_ACCOMMODATION),
)
CODES_MAX: Final = 650
"""Outward codes that settings lie in."""


class Market:
    """Makes vacancies, all listed to all of London, and referrals of its councils."""

    def __init__(self, geography: Geography, seed: int) -> None:
        self._draw = Random(seed)
        self._codes = sorted(geography.outward_codes)[:CODES_MAX]
        self.members = tuple(sorted(geography.boroughs))

    def offer(self, number: int) -> Offer:
        draw = self._draw
        setting_id = SettingId(f"SC{number:06}")
        return Offer(
            vacancy_id=VacancyId(f"{setting_id}:1:1"),
            setting_id=setting_id,
            provision=draw.choice(PROVISIONS),
            sector=Sector.PRIVATE,
            region="London",
            borough=self._borough(),
            outward_code=draw.choice(self._codes),
            profile=self._profile(),
            available_from=TODAY + timedelta(days=draw.randint(0, 10)),
            fee=draw.randint(40_000, 700_000),
            judgement=draw.choice(JUDGEMENTS),
            is_judgement_accepted=True,
            freshness=draw.choice((Freshness.FRESH, Freshness.FRESH, Freshness.AGEING, Freshness.STALE)),
            children=draw.randint(0, 3),
            places_vacant=draw.randint(1, 2),
        )

    def need(self, number: int) -> ListedNeed:
        draw = self._draw
        return ListedNeed(
            referral_id=ReferralId(f"R-{number + 1}"),
            council=self._borough(),
            profile_version=1,
            needs=ReferralNeeds(
                age=draw.randint(4, 17),
                gender=draw.choice(EVERY_GENDER),
                provisions=draw.choice(ASKED_FOR),
                needs=self._needs(0, 2),
                siblings=draw.choice((1, 1, 1, 1, 2)),
                needed_by=TODAY + timedelta(days=draw.randint(0, 30)),
                urgency=Urgency.DAYS,
                fee_max=draw.choice((None, 500_000)),
                avoid_areas=tuple(draw.sample(self.members, draw.randint(0, 2))),
                home_borough=self._borough(),
                school_borough=draw.choice((None, self._borough())),
            ),
        )

    def _borough(self) -> CouncilId:
        return self._draw.choice(self.members)

    def _needs(self, least: int, most: int) -> tuple[Need, ...]:
        return tuple(sorted(self._draw.sample(COMMON_NEEDS, self._draw.randint(least, most))))

    def _profile(self) -> Profile:
        youngest = self._draw.randint(0, 12)
        return Profile(
            age_min=youngest,
            age_max=min(17, youngest + self._draw.randint(4, 10)),
            genders=self._draw.choice(GENDERS),
            needs=self._needs(2, 6),
            age_spread_max=self._draw.choice((None, None, 4)),
            group=Group(youngest=12, oldest=15, needs=(Need.EBD,)),
        )
