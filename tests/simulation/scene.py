"""Who is there: three homes of two providers, four councils, four referrals, policies and calendars.

Time begins on the Friday before the clocks change, a week before Easter. Knows no step and no fault.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

from schemas.words import (
    CalendarKind,
    Gender,
    Judgement,
    Kind,
    Provision,
    Registration,
    Role,
    Sector,
    Urgency,
)
from services.matcher.domain import inputs, referral_inputs
from services.matcher.domain.agreement import Agreement, Member, Tier
from services.matcher.domain.calendar import WorkingCalendar
from services.matcher.domain.policy import FreshnessPolicy, Policy, Terms
from services.matcher.domain.values import (
    AudienceId,
    CouncilId,
    InputId,
    Length,
    Party,
    ProviderId,
    ReferralId,
    ReferralNeeds,
    SettingId,
)

BEGIN = datetime(2026, 3, 27, 15, 0, tzinfo=UTC)
NEVER = datetime.min.replace(tzinfo=UTC)
HOUR, SECOND, TICK = timedelta(hours=1), timedelta(seconds=1), timedelta(microseconds=1)
STARTS_ON = date(2026, 4, 3)

HARINGEY, BARNET, CAMDEN, HACKNEY = (
    CouncilId(code) for code in ("E09000014", "E09000003", "E09000007", "E09000012")
)
PROVIDERS = {"SC000001": "P-00000001", "SC000002": "P-00000002", "SC000003": "P-00000002"}
PLACES = {"SC000001": 2, "SC000002": 1, "SC000003": 1}
COUNCIL_OF = {"R-1": HARINGEY, "R-2": HARINGEY, "R-3": BARNET, "R-4": CAMDEN}
UNKNOWN_REFERRAL = "R-9"
"""Nobody has submitted it; a council may still put it forward."""
AGREED = "SC000001"
"""The home under an agreement of its own; the others walk the default ladder."""

OPS, CLOCK = Party(Role.OPS, "ops"), Party(Role.CLOCK, "clock")
NOTIFIER = Party(Role.NOTIFIER, "notifier")
SAYS_OFFERS, SAYS_PLACEMENTS = Party(Role.OFFERS, "offers"), Party(Role.PLACEMENTS, "placements")


def provider_of(setting_id: str) -> Party:
    return Party(Role.PROVIDER, PROVIDERS[setting_id])


def team(council: CouncilId) -> Party:
    return Party(Role.TEAM, council)


TEAMS = {council: team(council) for council in (HARINGEY, BARNET, CAMDEN, HACKNEY)}

# --- terms -------------------------------------------------------------------------------------------------

NO_CALENDAR, ENGLAND, ENGLAND_MENDED = "none", "england", "england-mended"
"""No holidays; a bank holiday calendar that is known for two weeks; and a later one, with one holiday more."""
EASTER = frozenset({date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4)})
"""From England's published bank holidays; the Monday that is added to them is made up."""
CALENDARS = {
    each.version: each
    for each in (
        WorkingCalendar(NO_CALENDAR, date(2026, 1, 1), date(2027, 12, 31), frozenset()),
        WorkingCalendar(ENGLAND, date(2026, 1, 1), date(2026, 4, 10), EASTER),
        WorkingCalendar(ENGLAND_MENDED, date(2026, 1, 1), date(2026, 12, 31), EASTER | {date(2026, 3, 30)}),
    )
}

USUAL, BRISK, WORKING = "usual", "brisk", "working"
"""Three policies: under the second everything is shorter, under the third it is working time."""
Lengths: TypeAlias = Mapping[Kind, tuple[Length, ...]]


def _elapsed(*seconds: int) -> tuple[Length, ...]:
    return tuple(Length(CalendarKind.ELAPSED, each) for each in seconds)


def _working(*hours: int) -> tuple[Length, ...]:
    return tuple(Length(CalendarKind.WORKING, each * 3600) for each in hours)


def _by_kind(all_but: tuple[Length, ...], emergency: tuple[Length, ...]) -> Lengths:
    return {**dict.fromkeys(Kind, all_but), Kind.EMERGENCY: emergency}


LENGTHS: Mapping[str, Lengths] = {
    USUAL: {
        Kind.FIRST: _elapsed(7200, 5400, 3600),
        Kind.PLANNED: _elapsed(5400, 3600, 3600),
        Kind.FOSTER: _elapsed(3600, 3600, 3600),
        Kind.EMERGENCY: _elapsed(3600, 3600, 1800),
    },
    BRISK: dict.fromkeys(Kind, _elapsed(1800, 1800, 1800)),
    WORKING: {
        Kind.FIRST: _working(10, 3, 2),
        Kind.PLANNED: _working(3, 2, 1),
        Kind.FOSTER: _working(8, 4, 4),
        Kind.EMERGENCY: _elapsed(3600, 3600, 1800),
    },
}
CHOICE: Mapping[str, Lengths] = {
    USUAL: dict.fromkeys(Kind, _elapsed(3600)),
    BRISK: dict.fromkeys(Kind, _elapsed(1800)),
    WORKING: _by_kind(_working(2), _elapsed(3600)),
}
HOLD: Mapping[str, Lengths] = {
    USUAL: dict.fromkeys(Kind, _elapsed(3600)),
    BRISK: dict.fromkeys(Kind, _elapsed(1800)),
    WORKING: _by_kind(_working(8), _elapsed(7200)),
}
PAUSE: Mapping[str, Lengths] = {
    USUAL: dict.fromkeys(Kind, _elapsed(900)),
    BRISK: dict.fromkeys(Kind, _elapsed(900)),
    WORKING: _by_kind(_working(1), _elapsed(900)),
}
GRACE_S = 600
FUTURE_MAX_S = 120
REMAINDER_MIN_S = 900


def ladder(*members: tuple[str, tuple[CouncilId, ...]]) -> tuple[Tier, ...]:
    return tuple(
        Tier(audience=AudienceId(name), members=tuple(map(_member, councils))) for name, councils in members
    )


def _member(council: CouncilId) -> Member:
    return Member(council, valid_to=BEGIN) if council == HACKNEY else Member(council)


FIRST = ("haringey", (HARINGEY,))
BOTH = ("both", (BARNET, HARINGEY))
NOBODY = ("nobody", (HACKNEY,))
"""A tier whose only member has left."""
ALL = ("all", (BARNET, CAMDEN, HARINGEY))
DEFAULT_LADDER = ladder(FIRST, BOTH)
LADDERS = (ladder(FIRST, BOTH, ALL), ladder(FIRST, NOBODY, ALL), ladder(BOTH, ALL))
"""Of the agreement's versions, in turn; one has a tier without a member."""


def _first(lengths: Lengths) -> dict[Kind, Length]:
    return {kind: each[0] for kind, each in lengths.items()}


def policy(version: str, memory_max: int) -> Policy:
    return Policy(
        version=version,
        lengths=LENGTHS[version],
        default_ladder=DEFAULT_LADDER,
        remainder_fraction=0.25,
        remainder_min_s=REMAINDER_MIN_S,
        choice=_first(CHOICE[version]),
        hold=_first(HOLD[version]),
        take_grace_s=GRACE_S,
        information_pause=_first(PAUSE[version]),
        future_max_s=FUTURE_MAX_S,
        told_late_s=300,
        freshness=FreshnessPolicy(ageing_days=8, stale_days=11, withdrawn_days=21),
        freshness_foster=FreshnessPolicy(ageing_days=8, stale_days=10, withdrawn_days=14),
        referral_confirm_days=14,
        judgements={Provision.CHILDRENS_HOME: (Judgement.GOOD, Judgement.OUTSTANDING)},
        nominations_max=2,
        memory_max=memory_max,
    )


def terms(memory_max: int) -> Terms:
    return Terms({each: policy(each, memory_max) for each in LENGTHS}, CALENDARS)


def agreement(version: int) -> Agreement:
    return Agreement(
        agreement_id="haringey-first",
        version=version,
        valid_from=BEGIN,
        valid_to=None,
        fee_max=None,
        tiers=LADDERS[(version - 1) % len(LADDERS)],
    )


# --- beginnings --------------------------------------------------------------------------------------------

NEEDS = ReferralNeeds(
    age=14,
    gender=Gender.FEMALE,
    provisions=(Provision.CHILDRENS_HOME,),
    needed_by=STARTS_ON,
    urgency=Urgency.WEEKS,
    home_borough=HARINGEY,
)
OTHER_NEEDS = replace(NEEDS, age=15)


def introductions(*, is_working: bool) -> Iterator[tuple[str, inputs.Input | referral_inputs.ReferralInput]]:
    """What makes the homes and the referrals known, with one vacancy in each home; each with its key."""
    for setting_id in PROVIDERS:
        for order in _introduce(setting_id, is_working=is_working):
            yield setting_id, order
    for referral_id, council in COUNCIL_OF.items():
        submitted = referral_inputs.ReferralSubmitted(
            id=InputId(f"begin-{referral_id}"),
            referral_id=ReferralId(referral_id),
            by=TEAMS[council],
            observed_at=BEGIN,
            council=council,
            needs=NEEDS,
            policy=USUAL,
        )
        yield referral_id, submitted


def _introduce(name: str, *, is_working: bool) -> list[inputs.Input]:
    setting_id, by = SettingId(name), provider_of(name)
    registered = inputs.SettingRegistered(
        id=InputId(f"begin-{name}-1"),
        setting_id=setting_id,
        by=by,
        observed_at=BEGIN,
        provider_id=ProviderId(by.id),
        provision=Provision.CHILDRENS_HOME,
        sector=Sector.PRIVATE,
        registration=Registration.REGISTERED,
        region="London",
        registered_places=PLACES[name],
        policy=WORKING if is_working else USUAL,
        calendar=ENGLAND if is_working else NO_CALENDAR,
    )
    judged = inputs.SettingJudged(
        id=InputId(f"begin-{name}-2"),
        setting_id=setting_id,
        by=OPS,
        observed_at=BEGIN,
        judgement=Judgement.GOOD,
    )
    attached = inputs.AgreementAttached(
        id=InputId(f"begin-{name}-3"),
        setting_id=setting_id,
        by=OPS,
        observed_at=BEGIN,
        agreement=agreement(1),
    )
    posted = inputs.VacancyPosted(
        id=InputId(f"begin-{name}-4"),
        setting_id=setting_id,
        by=by,
        observed_at=BEGIN,
        kind=Kind.PLANNED if is_working else Kind.EMERGENCY,
        available_from=BEGIN.date(),
    )
    return [registered, judged, *([attached] if name == AGREED else []), posted]
