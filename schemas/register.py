"""What the regulator's register says, change by change, as the import took it. Topic `register`, key the URN.

Holds no name, address or postcode: an organisation is only a digest. What is imported again is known by its id.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.base import CouncilId, Day, Event, ProviderId
from schemas.words import Judgement, Region, RegisteredAs, Sector, Standing

Urn = Annotated[
    str,
    StringConstraints(pattern=r"^(?:SC[0-9]{4,9}|[0-9]{4,9})$"),
    Field(examples=["SC012345"], description="the register's own number of a setting or agency"),
]
What = Literal[
    "setting_appeared",
    "setting_amended",
    "places_changed",
    "standing_changed",
    "judgement_given",
    "setting_left",
]
RegisterDay = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2199, 12, 31), examples=["1973-04-26"])]
RegisteredPlaces = Annotated[int, Field(ge=0, le=10_000)]


class RegisterChanged(Event):
    """One change from one day of the register to the next; null where this kind of change says nothing."""

    what: What
    urn: Urn
    as_at: Day
    registered_as: RegisteredAs | None = None
    registered_on: RegisterDay | None = None
    standing: Standing | None = None
    region: Region | None = None
    borough: CouncilId | None = None
    provider_id: ProviderId | None = None
    sector: Sector | None = None
    places: RegisteredPlaces | None = None
    is_short_break_only: bool | None = None
    judgement: Judgement | None = None
    left_on: RegisterDay | None = None
