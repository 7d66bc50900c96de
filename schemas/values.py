"""Wire values that several models share, as `services/matcher/domain` has them under the same names."""

from typing import Annotated

from pydantic import Field

from schemas.base import (
    COUNCILS_MAX,
    Age,
    AgreementId,
    AreaCode,
    AudienceId,
    CouncilId,
    Day,
    Instant,
    LengthSeconds,
    Model,
    PartyId,
    Pence,
    PlaceNumber,
    Siblings,
    Subject,
    Version,
    Years,
)
from schemas.words import CalendarKind, DeadlineKind, Gender, Kind, LegalRoute, Need, Provision, Role, Urgency

Councils = Annotated[tuple[CouncilId, ...], Field(max_length=COUNCILS_MAX)]
Needs = Annotated[tuple[Need, ...], Field(max_length=len(Need))]


class Party(Model):
    """Who speaks: a role, and which provider, council or part of Hearth in that role."""

    role: Role
    id: PartyId


class Length(Model):
    """A time to wait, in seconds of a calendar. A working day is eight working hours, 28,800 seconds."""

    calendar: CalendarKind
    seconds: LengthSeconds


class MixLimit(Model):
    need: Need
    other: Need


class Group(Model):
    """The children who live in a setting now, without identifying one."""

    youngest: Age | None = None
    oldest: Age | None = None
    needs: Needs = ()


class Profile(Model):
    """What a setting is registered and able to take. Ages in years, both ends included."""

    age_min: Age = 0
    age_max: Age = 17
    genders: Annotated[tuple[Gender, ...], Field(max_length=len(Gender))] = (
        Gender.FEMALE,
        Gender.MALE,
        Gender.NON_BINARY,
    )
    needs: Needs = ()
    legal_routes: Annotated[tuple[LegalRoute, ...], Field(max_length=len(LegalRoute))] = (
        LegalRoute.ACCOMMODATED,
        LegalRoute.CARE_ORDER,
    )
    age_spread_max: Years | None = None
    mix_limits: Annotated[tuple[MixLimit, ...], Field(max_length=len(Need) ** 2)] = ()
    group: Group = Group()


class ReferralNeeds(Model):
    """What a referral asks for.

    Pseudonymous: age in years, areas by borough or outward code, closed lists.
    """

    age: Age
    gender: Gender
    provisions: Annotated[tuple[Provision, ...], Field(min_length=1, max_length=len(Provision))]
    needs: Needs = ()
    legal_route: LegalRoute = LegalRoute.ACCOMMODATED
    siblings: Siblings = 1
    is_solo_required: bool = False
    needed_by: Day
    urgency: Urgency
    fee_max: Pence | None = None
    avoid_areas: Annotated[tuple[AreaCode, ...], Field(max_length=100)] = ()
    home_borough: CouncilId
    school_borough: CouncilId | None = None


class BlockPlace(Model):
    """A place that belongs to one council, or to several in agreed proportions."""

    number: PlaceNumber
    owners: Annotated[tuple[CouncilId, ...], Field(min_length=1, max_length=COUNCILS_MAX)]


class Member(Model):
    """A council's membership of an audience.

    `valid_to` is the first instant at which it is no longer a member.
    """

    council: CouncilId
    valid_from: Instant | None = None
    valid_to: Instant | None = None


class Tier(Model):
    """A step of a ladder: an audience, its members, and the lengths that differ from the policy's."""

    audience: AudienceId
    members: Annotated[tuple[Member, ...], Field(min_length=1, max_length=2 * COUNCILS_MAX)]
    lengths: Annotated[dict[Kind, Length], Field(max_length=len(Kind))] | None = None
    is_standby_allowed: bool = True


class Agreement(Model):
    """What a provider and councils agreed about one setting. `valid_to` is the first instant without it."""

    agreement_id: AgreementId
    version: Version
    valid_from: Instant
    valid_to: Instant | None
    fee_max: Pence | None
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=20)]


class Deadline(Model):
    """The earliest instant at which the clock has something to say about a key, and about what."""

    at: Instant
    kind: DeadlineKind
    subject: Subject
