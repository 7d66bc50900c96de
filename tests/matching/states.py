"""Made-up settings in every state that matters to a listing, and the records that carry them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from runtime.log import Entry, Record
from runtime.records import rfc3339
from schemas.registry import by_type
from schemas.words import (
    Code,
    Freshness,
    Judgement,
    Kind,
    PlaceStatus,
    Provision,
    ReferralStatus,
    Registration,
    Sector,
    UnusableReason,
)
from services.matcher.adapters.terms_files import CALENDAR, POLICY, load_terms
from services.matcher.domain.agreement import Agreement, Member, Tier
from services.matcher.domain.decision import Decision
from services.matcher.domain.policy import Terms
from services.matcher.domain.referral import Referral
from services.matcher.domain.setting import (
    BlockedPair,
    Choice,
    Hold,
    Nomination,
    Notice,
    Place,
    Return,
    Setting,
    Standby,
    Unusable,
    Vacancy,
    Window,
)
from services.matcher.domain.values import (
    AudienceId,
    CouncilId,
    HoldId,
    NominationId,
    ProviderId,
    ReferralId,
    SettingId,
    VacancyId,
    WindowId,
)
from services.matcher.listings import Audience, Listings
from services.matcher.translate import write_decision
from tests.matching.worlds import CAMDEN, COUNCILS, HACKNEY, HARINGEY, NEEDS, PROFILE, TODAY

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
H1, NCL, LONDON = AudienceId("haringey"), AudienceId("ncl"), AudienceId("london")
MEMBERS: Mapping[AudienceId, tuple[CouncilId, ...]] = {
    H1: (HARINGEY,),
    NCL: (CAMDEN, HARINGEY),
    LONDON: tuple(sorted(COUNCILS)),
}
SHIPPED = load_terms()
DEFAULT_LADDER = (Tier(audience=LONDON, members=tuple(Member(each) for each in MEMBERS[LONDON])),)
TERMS = Terms({POLICY: replace(SHIPPED.policy(POLICY), default_ladder=DEFAULT_LADDER)}, SHIPPED.calendars)
AUDIENCES = tuple(Audience(name, tuple(Member(each) for each in MEMBERS[name])) for name in MEMBERS)
SETTING_ID = SettingId("SC012345")
SECRET = tuple(ReferralId(f"R-9{number:05}") for number in range(8))
"""Referrals that stand in nominations, standbys, holds and blocked pairs, and must be read in no vacancy's listing."""


def listings() -> Listings:
    return Listings(TERMS, AUDIENCES, {})


def agreement(*, is_standby_allowed: bool = True, valid_to: datetime | None = None) -> Agreement:
    """`valid_to`: of its memberships."""
    tiers = tuple(
        Tier(
            audience=name,
            members=tuple(Member(each, valid_to=valid_to) for each in MEMBERS[name]),
            is_standby_allowed=is_standby_allowed,
        )
        for name in MEMBERS
    )
    began_at = NOW - timedelta(days=90)
    return Agreement(
        agreement_id="haringey-first",
        version=1,
        valid_from=began_at,
        valid_to=None,
        fee_max=None,
        tiers=tiers,
    )


def vacancy(number: int = 1, **changes: Any) -> Vacancy:
    fields: dict[str, Any] = {
        "vacancy_id": VacancyId(f"{SETTING_ID}:{number}:1"),
        "place": number,
        "kind": Kind.PLANNED,
        "available_from": TODAY,
        "fee": 480_000,
        "posted_at": NOW,
        "confirmed_at": NOW,
    }
    return Vacancy(**fields | changes)


def window(number: int = 1, tier: int = 1, opening: int = 1) -> Window:
    name = list(MEMBERS)[tier - 1]
    below = {council for each in list(MEMBERS)[tier:] for council in MEMBERS[each]}
    return Window(
        window_id=WindowId(f"{SETTING_ID}:{number}:1:w{opening}"),
        opening=opening,
        audience=name,
        tier=tier,
        members=MEMBERS[name],
        standby_members=tuple(sorted(below - set(MEMBERS[name]))),
        kind=Kind.PLANNED,
        length=TERMS.policy(POLICY).lengths[Kind.PLANNED][0],
        calendar=CALENDAR,
        agreement_id="haringey-first",
        agreement_version=1,
        opened_at=NOW,
        closes_at=NOW + timedelta(days=tier, seconds=17),
    )


def place(number: int, status: PlaceStatus = PlaceStatus.OCCUPIED, **changes: Any) -> Place:
    return Place(number=number, status=status, observed_at=NOW, **changes)


def setting(*places: Place, **changes: Any) -> Setting:
    fields: dict[str, Any] = {
        "setting_id": SETTING_ID,
        "provider_id": ProviderId("P-0123456789"),
        "provision": Provision.CHILDRENS_HOME,
        "sector": Sector.PRIVATE,
        "registration": Registration.REGISTERED,
        "region": "London",
        "borough": HARINGEY,
        "outward_code": "N17",
        "profile": PROFILE,
        "is_connected_person": False,
        "policy": POLICY,
        "calendar": CALENDAR,
        "registered_places": len(places),
        "places": places,
        "confirmed_at": NOW,
        "amended_at": NOW,
        "looked_at": NOW,
        "judgement": Judgement.GOOD,
        "agreements": (agreement(),),
    }
    return Setting(**fields | changes)


def referral(**changes: Any) -> Referral:
    fields: dict[str, Any] = {
        "referral_id": ReferralId("R-104"),
        "council": HARINGEY,
        "status": ReferralStatus.OPEN,
        "needs": NEEDS,
        "profile_version": 1,
        "policy": POLICY,
        "confirmed_at": NOW,
        "amended_at": NOW,
    }
    return Referral(**fields | changes)


# --- drawn -------------------------------------------------------------------------------------------------


@st.composite
def vacancies(draw: st.DrawFn, number: int) -> Vacancy:
    """In a window, chosen from, held, or waiting; with other councils' nominations and standbys in it."""
    opening = draw(st.integers(1, 4))
    opened = window(number, draw(st.integers(1, 3)), opening)
    base = vacancy(number, openings=opening, freshness=draw(st.sampled_from(Freshness)))
    nomination_id = NominationId(f"{base.vacancy_id}:n1")
    nomination = Nomination(
        nomination_id=nomination_id,
        window_id=opened.window_id,
        council=draw(st.sampled_from(opened.members)),
        referral_id=SECRET[0],
        made_at=NOW,
    )
    standby = Standby(council=HACKNEY, referral_id=SECRET[1], registered_at=NOW)
    returns_to = Return(audience=opened.audience, seconds=60)
    hold = Hold(
        hold_id=HoldId(f"{base.vacancy_id}:h1"),
        nomination_id=nomination_id,
        council=HACKNEY,
        referral_id=SECRET[2],
        held_at=NOW,
        until=NOW + timedelta(hours=9),
        ends_at=NOW + timedelta(hours=10),
        returns_to=returns_to,
    )
    choice = Choice(window_id=opened.window_id, closes_at=NOW + timedelta(hours=8), returns_to=returns_to)
    state: dict[str, Any] = draw(
        st.sampled_from([{"window": opened}, {"window": opened}, {"choice": choice}, {"hold": hold}, {}])
    )
    said = {"nominations": (nomination,), "standbys": (standby,)}
    return vacancy(number, **{"openings": opening, "freshness": base.freshness, **said, **state})


@st.composite
def places(draw: st.DrawFn, number: int) -> Place:
    status = draw(st.sampled_from([PlaceStatus.VACANT, PlaceStatus.VACANT, *PlaceStatus]))
    if status is PlaceStatus.VACANT:
        return place(number, status, vacancy=draw(vacancies(number)), episodes=1)
    if status is PlaceStatus.ON_NOTICE:
        notice = Notice(vacant_from=NOW + timedelta(days=9), kind=Kind.PLANNED, fee=None)
        return place(number, status, notice=notice)
    if status is PlaceStatus.UNUSABLE:
        return place(number, status, unusable=Unusable(reason=UnusableReason.STAFFING, review_at=NOW))
    return place(number, status, owners=draw(st.sampled_from([(), (CAMDEN,)])))


some_pairs = st.sets(st.sampled_from([SECRET[3], ReferralId("R-104")])).map(
    lambda found: tuple(BlockedPair(each, is_until_group_changes=True) for each in sorted(found))
)


@st.composite
def settings_(draw: st.DrawFn) -> Setting:
    count = draw(st.integers(1, 3))
    return setting(
        *(draw(places(number)) for number in range(1, count + 1)),
        agreements=(agreement(is_standby_allowed=draw(st.booleans())),) if draw(st.booleans()) else (),
        judgement=draw(st.sampled_from(Judgement)),
        registration=draw(st.sampled_from(Registration)),
        is_paused=draw(st.booleans()),
        blocked_pairs=draw(some_pairs),
    )


@st.composite
def referrals_(draw: st.DrawFn) -> Referral:
    return referral(
        council=draw(st.sampled_from(COUNCILS)),
        status=draw(st.sampled_from(ReferralStatus)),
        is_confirmation_due=draw(st.booleans()),
        profile_version=draw(st.integers(1, 3)),
    )


# --- records -----------------------------------------------------------------------------------------------


def decided(state: Setting | Referral, version: int, now: datetime = NOW) -> Record:
    """The decision record of a state; what answered it and what it said do not matter to a listing."""
    decision = Decision(state=state, answer=Code.ACCEPTED, facts=(), deadline=None)
    is_setting = isinstance(state, Setting)
    key = state.setting_id if isinstance(state, Setting) else state.referral_id
    headers = {"ce_version": str(version), "ce_time": rfc3339(now), "ce_parent": ""}
    return Record(
        "offers" if is_setting else "placements", version, key, write_decision(decision), headers, now
    )


def record(entry: Entry, offset: int = 0) -> Record:
    return Record(entry.topic, offset, entry.key, entry.value, entry.headers, NOW)


def validated(entry: Entry) -> Any:
    """The entry's value as its wire model; an error if it is not what the schema says."""
    return by_type()[entry.headers["ce_type"]].model.model_validate_json(entry.value)


def carried(carry: Callable[[Record], list[Entry]], records: Iterable[Record]) -> list[Any]:
    return [validated(entry) for each in records for entry in carry(each)]
