"""Small values that both rule books share. Knows no state, no rule, no wire format.

Sets are kept as sorted tuples throughout: the same facts are then the same bytes on every machine.
"""

from dataclasses import dataclass
from datetime import date
from typing import NewType

from schemas.words import CalendarKind, Gender, LegalRoute, Need, Provision, Role, Urgency

SettingId = NewType("SettingId", str)
ProviderId = NewType("ProviderId", str)
VacancyId = NewType("VacancyId", str)
WindowId = NewType("WindowId", str)
NominationId = NewType("NominationId", str)
HoldId = NewType("HoldId", str)
TakeId = NewType("TakeId", str)
ReferralId = NewType("ReferralId", str)
CouncilId = NewType("CouncilId", str)
AudienceId = NewType("AudienceId", str)
InputId = NewType("InputId", str)

PlaceNumber = int
Pence = int


@dataclass(frozen=True, slots=True)
class Party:
    """Who speaks: a role, and which provider, council or part of Hearth in that role."""

    role: Role
    id: str


@dataclass(frozen=True, slots=True)
class Length:
    """A time to wait, in seconds of a calendar. A working day is eight working hours, 28,800 seconds."""

    calendar: CalendarKind
    seconds: int


@dataclass(frozen=True, slots=True)
class MixLimit:
    """A home's own limit: no child with `need` while a child with `other` lives there."""

    need: Need
    other: Need


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The children who live in a setting now, without identifying one: youngest and oldest age, needs present."""

    youngest: int | None = None
    oldest: int | None = None
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a setting is registered and able to take. Ages in years, both ends included."""

    age_min: int = 0
    age_max: int = 17
    genders: tuple[Gender, ...] = (Gender.FEMALE, Gender.MALE, Gender.NON_BINARY)
    needs: tuple[Need, ...] = ()
    legal_routes: tuple[LegalRoute, ...] = (LegalRoute.ACCOMMODATED, LegalRoute.CARE_ORDER)
    age_spread_max: int | None = None
    mix_limits: tuple[MixLimit, ...] = ()
    group: Group = Group()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralNeeds:
    """What a referral asks for. Pseudonymous: age in years, areas by borough or outward code, closed lists."""

    age: int
    gender: Gender
    provisions: tuple[Provision, ...]
    needs: tuple[Need, ...] = ()
    legal_route: LegalRoute = LegalRoute.ACCOMMODATED
    siblings: int = 1
    is_solo_required: bool = False
    needed_by: date
    urgency: Urgency
    fee_max: Pence | None = None
    avoid_areas: tuple[str, ...] = ()
    home_borough: CouncilId
    school_borough: CouncilId | None = None
