"""Made-up vacancies, referrals and a small map, plain and drawn by hypothesis."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from schemas.words import (
    Freshness,
    Gender,
    Judgement,
    LegalRoute,
    Need,
    Provision,
    Sector,
    Supply,
    Urgency,
)
from services.matcher.domain.fit import ListedNeed, Offer
from services.matcher.domain.geography import Geography, Point
from services.matcher.domain.values import (
    CouncilId,
    Group,
    MixLimit,
    Profile,
    ReferralId,
    ReferralNeeds,
    SettingId,
    VacancyId,
)

HARINGEY, HACKNEY, CAMDEN, BROMLEY, KENT = (
    CouncilId(code) for code in ("E09000014", "E09000012", "E09000007", "E09000006", "E10000016")
)
COUNCILS = (HARINGEY, HACKNEY, CAMDEN, BROMLEY)
MAP = Geography(
    boroughs={
        HARINGEY: Point(531_260, 189_380),
        HACKNEY: Point(534_560, 185_790),
        CAMDEN: Point(527_490, 184_280),
        BROMLEY: Point(542_900, 165_660),
    },
    outward_codes={
        "N1": Point(533_000, 183_900),
        "N17": Point(533_900, 190_200),
        "E8": Point(534_500, 184_600),
        "BR1": Point(540_700, 169_600),
    },
    adjacency={
        HARINGEY: frozenset({HACKNEY, CAMDEN}),
        HACKNEY: frozenset({HARINGEY}),
        CAMDEN: frozenset({HARINGEY}),
    },
)
TODAY = date(2026, 11, 2)
FEWER = settings(max_examples=settings.default.max_examples // 4 if settings.default else 25)
"""For worlds of many parts, which take long to draw."""

PROFILE = Profile(age_min=8, age_max=17, needs=(Need.EBD, Need.ASD))
OFFER = Offer(
    vacancy_id=VacancyId("SC012345:1:1"),
    setting_id=SettingId("SC012345"),
    provision=Provision.CHILDRENS_HOME,
    sector=Sector.PRIVATE,
    region="London",
    borough=HARINGEY,
    outward_code="N17",
    profile=PROFILE,
    available_from=TODAY,
    fee=480_000,
    judgement=Judgement.GOOD,
    is_judgement_accepted=True,
)
NEEDS = ReferralNeeds(
    age=14,
    gender=Gender.FEMALE,
    provisions=(Provision.CHILDRENS_HOME,),
    needs=(Need.EBD,),
    needed_by=TODAY,
    urgency=Urgency.DAYS,
    home_borough=HARINGEY,
)
NEED = ListedNeed(referral_id=ReferralId("R-104"), council=HARINGEY, profile_version=1, needs=NEEDS)


def offer(**changes: Any) -> Offer:
    """OFFER with changes; those to its profile by their own names."""
    inner = {name: changes.pop(name) for name in list(changes) if name in Profile.__dataclass_fields__}
    return replace(OFFER, profile=replace(PROFILE, **inner), **changes)


def need(**changes: Any) -> ListedNeed:
    """NEED with changes; those to its needs by their own names."""
    inner = {name: changes.pop(name) for name in list(changes) if name in ReferralNeeds.__dataclass_fields__}
    return replace(NEED, needs=replace(NEEDS, **inner), **changes)


def some(words: Any, most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    """A few of a closed list, in its order."""
    return st.sets(st.sampled_from(list(words)), max_size=most).map(lambda found: tuple(sorted(found)))


areas = st.tuples(
    st.sampled_from([HARINGEY, HACKNEY, CAMDEN, BROMLEY, KENT, None]),
    st.sampled_from(["N17", "E8", "BR1", "ME1", None]),
)
fees = st.none() | st.sampled_from([0, 300_000, 480_000, 480_001, 600_000])
days = st.integers(0, 3).map(lambda count: TODAY + timedelta(days=count))
NEEDS_DRAWN = (Need.EBD, Need.LD, Need.ASD, Need.PARENT_AND_CHILD)
PROVISIONS_DRAWN = (Provision.CHILDRENS_HOME, Provision.FOSTER_HOUSEHOLD, Provision.SUPPORTED_ACCOMMODATION)
SETTINGS = tuple(SettingId(f"SC{number:06}") for number in range(6))
REFERRALS = tuple(ReferralId(f"R-{number}") for number in range(1, 9))

OF_PROFILE: dict[str, st.SearchStrategy[Any]] = {
    "age_min": st.integers(8, 15),
    "age_max": st.integers(13, 17),
    "genders": some(Gender),
    "needs": some(NEEDS_DRAWN, 4),
    "legal_routes": some(LegalRoute),
    "age_spread_max": st.integers(0, 4),
    "mix_limits": st.lists(
        st.builds(MixLimit, st.sampled_from(NEEDS_DRAWN), st.sampled_from(NEEDS_DRAWN)), max_size=2
    ).map(tuple),
    "group": st.builds(
        Group,
        youngest=st.none() | st.integers(9, 12),
        oldest=st.none() | st.integers(12, 17),
        needs=some(NEEDS_DRAWN, 2),
    ),
}
OF_OFFER: dict[str, st.SearchStrategy[Any]] = {
    "supply": st.sampled_from(Supply),
    "provision": st.sampled_from(PROVISIONS_DRAWN),
    "available_from": st.none() | days,
    "is_judgement_accepted": st.booleans(),
    "freshness": st.sampled_from(Freshness),
    "places_vacant": st.integers(0, 4),
    "children": st.integers(0, 3),
}
OF_NEEDS: dict[str, st.SearchStrategy[Any]] = {
    "age": st.integers(7, 18),
    "gender": st.sampled_from(Gender),
    "provisions": some(PROVISIONS_DRAWN),
    "needs": some(NEEDS_DRAWN, 2),
    "legal_route": st.sampled_from(LegalRoute),
    "siblings": st.integers(1, 4),
    "is_solo_required": st.booleans(),
    "needed_by": days,
    "fee_max": fees,
    "avoid_areas": some([HACKNEY, KENT, "N17", "ME1"], 2),
}


@st.composite
def deviations(draw: st.DrawFn, of: dict[str, st.SearchStrategy[Any]], most: int = 3) -> dict[str, Any]:
    """A few fields with drawn values, so that many pairs fit and many miss one constraint or two."""
    return {
        name: draw(of[name]) for name in sorted(draw(st.sets(st.sampled_from(sorted(of)), max_size=most)))
    }


@st.composite
def offers(draw: st.DrawFn, vacancy_id: VacancyId = OFFER.vacancy_id) -> Offer:
    borough, outward_code = draw(areas)
    return offer(
        vacancy_id=vacancy_id,
        setting_id=SettingId(vacancy_id.split(":", maxsplit=1)[0]),
        in_house_of=draw(st.none() | st.sampled_from(COUNCILS)),
        borough=borough,
        outward_code=outward_code,
        fee=draw(fees),
        judgement=draw(st.sampled_from(Judgement)),
        **draw(deviations(OF_PROFILE)),
        **draw(deviations(OF_OFFER)),
    )


@st.composite
def listed_needs(draw: st.DrawFn, referral_id: ReferralId = NEED.referral_id) -> ListedNeed:
    return need(
        referral_id=referral_id,
        council=draw(st.sampled_from(COUNCILS)),
        profile_version=draw(st.integers(1, 3)),
        is_anticipated=draw(st.booleans()),
        blocked_settings=draw(st.just(()) | some(SETTINGS, 2)),
        home_borough=draw(st.sampled_from([*COUNCILS, KENT])),
        school_borough=draw(st.none() | st.sampled_from(COUNCILS)),
        **draw(deviations(OF_NEEDS)),
    )


@st.composite
def listed_offers(draw: st.DrawFn, most: int = 6) -> list[tuple[Offer, tuple[CouncilId, ...]]]:
    """Different vacancies, each with the councils that it is listed for."""
    count = draw(st.integers(0, most))
    ids = [VacancyId(f"SC{number:06}:1:1") for number in draw(st.permutations(range(count)))]
    return [(draw(offers(each)), draw(some(COUNCILS, 4))) for each in ids]


@st.composite
def several_needs(draw: st.DrawFn, most: int = 6) -> list[ListedNeed]:
    """Different referrals."""
    return [draw(listed_needs(each)) for each in REFERRALS[: draw(st.integers(0, most))]]
