"""Who is there: three homes of two providers, four councils, four referrals, and the terms of two versions of the code.

Every length is elapsed time, so that what a deadline should be is plain addition. Knows no step and no fault.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

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

BEGIN = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
NEVER = datetime.min.replace(tzinfo=UTC)
HOUR, SECOND, TICK = timedelta(hours=1), timedelta(seconds=1), timedelta(microseconds=1)
STARTS_ON = date(2026, 6, 8)

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

CALENDAR = "none"
USUAL, BRISK = "usual", "brisk"
"""Two policies; under the second everything is shorter."""
LENGTHS_S: dict[str, dict[Kind, tuple[int, ...]]] = {
    USUAL: {
        Kind.FIRST: (7200, 5400, 3600),
        Kind.PLANNED: (5400, 3600, 3600),
        Kind.FOSTER: (3600, 3600, 3600),
        Kind.EMERGENCY: (3600, 3600, 1800),
    },
    BRISK: dict.fromkeys(Kind, (1800, 1800, 1800)),
}
CHOICE_S = {USUAL: 3600, BRISK: 1800}
HOLD_S = {USUAL: 3600, BRISK: 1800}
GRACE_S = 600
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


def _lengths(seconds: tuple[int, ...]) -> tuple[Length, ...]:
    return tuple(Length(CalendarKind.ELAPSED, each) for each in seconds)


def _policy(version: str, memory_max: int) -> Policy:
    choice, hold = (
        Length(CalendarKind.ELAPSED, CHOICE_S[version]),
        Length(CalendarKind.ELAPSED, HOLD_S[version]),
    )
    return Policy(
        version=version,
        lengths={kind: _lengths(seconds) for kind, seconds in LENGTHS_S[version].items()},
        default_ladder=DEFAULT_LADDER,
        remainder_fraction=0.25,
        remainder_min_s=REMAINDER_MIN_S,
        choice=dict.fromkeys(Kind, choice),
        hold=dict.fromkeys(Kind, hold),
        take_grace_s=GRACE_S,
        information_pause=dict.fromkeys(Kind, Length(CalendarKind.ELAPSED, 900)),
        future_max_s=120,
        told_late_s=300,
        freshness=FreshnessPolicy(ageing_days=8, stale_days=11, withdrawn_days=21),
        freshness_foster=FreshnessPolicy(ageing_days=8, stale_days=10, withdrawn_days=14),
        referral_confirm_days=14,
        judgements={Provision.CHILDRENS_HOME: (Judgement.GOOD, Judgement.OUTSTANDING)},
        nominations_max=2,
        memory_max=memory_max,
    )


def terms(memory_max: int) -> Terms:
    calendar = WorkingCalendar(CALENDAR, date(2026, 1, 1), date(2027, 12, 31), frozenset())
    return Terms({each: _policy(each, memory_max) for each in (USUAL, BRISK)}, {CALENDAR: calendar})


MEMORY_MIN = 3
VERSIONS_OF_THE_CODE = (terms(100), terms(MEMORY_MIN))
"""Two versions of the code that decide alike and remember differently, so that their records differ in bytes."""


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


def introductions() -> Iterator[tuple[str, inputs.Input | referral_inputs.ReferralInput]]:
    """What makes the homes and the referrals known, with one vacancy in each home; each with its key."""
    for setting_id in PROVIDERS:
        for order in _introduce(setting_id):
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


def _introduce(name: str) -> list[inputs.Input]:
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
        policy=USUAL,
        calendar=CALENDAR,
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
        kind=Kind.EMERGENCY,
        available_from=BEGIN.date(),
    )
    return [registered, judged, *([attached] if name == AGREED else []), posted]
