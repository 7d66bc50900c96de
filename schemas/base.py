"""The ground of every wire model: a frozen, strict base and the constrained values that fields are made of.

Knows shapes and bounds. Must not know a rule, a topic, or another package of ours.

No type here can hold a sentence, a name, a date of birth or an address: every string has a pattern or is one
of a closed list, and a test walks every model for it. Bounds are wide enough for England and narrow enough
that a slip of the keyboard is refused: they are no policy.
"""

from datetime import UTC, date, datetime
from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field, GetPydanticSchema, StringConstraints, WithJsonSchema
from pydantic_core import core_schema

PLACES_MAX: Final = 1000
"""Places of one setting. The largest in the register of 2024 has 500 (a boarding school)."""
COUNCILS_MAX: Final = 400
SECONDS_MAX: Final = 10 * 366 * 24 * 3600
VERSIONS_MAX: Final = 1_000_000_000


class Model(BaseModel):
    """A wire model: frozen, strict (`false` is no 0, `"1"` no 1), without fields that it does not name."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", ser_json_inf_nan="null")


class Event(Model):
    """A model that travels as the value of a record; its registered type is in `schemas/registry.py`."""

    version_of_type: ClassVar[int] = 1


# --- ids ----------------------------------------------------------------------------------------------------

_SETTING: Final = r"(?:SC[0-9]{4,9}|[0-9]{4,9}|[HPT]-(?:[0-9]{1,12}|[0-9a-f]{8,16}))"
_COUNCIL: Final = r"E(?:06|07|08|09|10)[0-9]{6}"
_PROVIDER: Final = r"(?:P-[0-9a-f]{8,32}|[A-Z]{1,3}-?[0-9]{1,12}|[0-9]{4,12})"
_REFERRAL: Final = r"R-[0-9]{1,12}"
_VACANCY: Final = _SETTING + r":[1-9][0-9]{0,3}:[0-9]{1,7}"
_NUMBER: Final = r"[1-9][0-9]{0,6}"
_SLUG: Final = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_OUTWARD: Final = r"[A-Z]{1,2}[0-9][0-9A-Z]?"
_PART: Final = r"(?:ops|clock|notifier|offers|placements|register)(?:-[0-9]{1,4})?"

SettingId = Annotated[
    str,
    StringConstraints(pattern=f"^{_SETTING}$"),
    Field(examples=["SC012345"], description="Ofsted URN, or a pseudonym H-, P- or T- and digits"),
]
ProviderId = Annotated[str, StringConstraints(pattern=f"^{_PROVIDER}$"), Field(examples=["P-0123456789"])]
CouncilId = Annotated[
    str,
    StringConstraints(pattern=f"^{_COUNCIL}$"),
    Field(examples=["E09000014"], description="GSS code of a local authority of England"),
]
ReferralId = Annotated[str, StringConstraints(pattern=f"^{_REFERRAL}$"), Field(examples=["R-104"])]
VacancyId = Annotated[str, StringConstraints(pattern=f"^{_VACANCY}$"), Field(examples=["SC012345:2:1"])]
WindowId = Annotated[
    str, StringConstraints(pattern=f"^{_VACANCY}:w{_NUMBER}$"), Field(examples=["SC012345:2:1:w1"])
]
NominationId = Annotated[
    str, StringConstraints(pattern=f"^{_VACANCY}:n{_NUMBER}$"), Field(examples=["SC012345:2:1:n1"])
]
HoldId = Annotated[
    str, StringConstraints(pattern=f"^{_VACANCY}:h{_NUMBER}$"), Field(examples=["SC012345:2:1:h1"])
]
TakeId = Annotated[str, StringConstraints(pattern=f"^{_REFERRAL}:t{_NUMBER}$"), Field(examples=["R-104:t1"])]
MatchId = Annotated[
    str,
    StringConstraints(pattern=f"^{_VACANCY}(?::w{_NUMBER})?:{_REFERRAL}:p{_NUMBER}$"),
    Field(
        examples=["SC012345:2:1:w1:R-104:p1"],
        description="vacancy, its window if there is one, referral, and version of the referral's profile",
    ),
]
AudienceId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$", max_length=40),
    Field(examples=["haringey"], description="a short code of an agreement, or a council's own"),
]
InputId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9:._-]{1,64}$"),
    Field(examples=["0f1e2d3c4b5a69788796a5b4c3d2e1f0"], description="made by Hearth, never by a caller"),
]
Subject = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9:._-]{1,64}$"),
    Field(examples=["SC012345:2:1:w1"], description="the id of what a deadline is about"),
]
PartyId = Annotated[
    str,
    StringConstraints(pattern=f"^(?:{_COUNCIL}|{_PROVIDER}|{_PART})$"),
    Field(examples=["E09000014"], description="a council, a provider, or a part of Hearth"),
]
AgreementId = Annotated[
    str, StringConstraints(pattern=f"^{_SLUG}$", max_length=60), Field(examples=["haringey-first"])
]
TermsVersion = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]+(?:[.-][a-z0-9]+)*$", max_length=60),
    Field(examples=["2026-1"], description="a version of policy or calendar"),
]
OutwardCode = Annotated[
    str,
    StringConstraints(pattern=f"^{_OUTWARD}$"),
    Field(examples=["N17"], description="the first half of a postcode; there is no field for the second"),
]
AreaCode = Annotated[
    str,
    StringConstraints(pattern=f"^(?:{_COUNCIL}|{_OUTWARD})$"),
    Field(examples=["E09000022"], description="a borough or an outward code"),
]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), Field(examples=["00" * 32])]

# --- time ---------------------------------------------------------------------------------------------------

INSTANT_MIN: Final = datetime(1980, 1, 1, tzinfo=UTC)
INSTANT_MAX: Final = datetime(2200, 1, 1, tzinfo=UTC)
DAY_MIN: Final = date(1980, 1, 1)
DAY_MAX: Final = date(2200, 1, 1)

Instant = Annotated[
    datetime,
    GetPydanticSchema(
        lambda _source, _handler: core_schema.datetime_schema(
            strict=True, tz_constraint=0, microseconds_precision="error", ge=INSTANT_MIN, lt=INSTANT_MAX
        )
    ),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2026-11-02T09:00:00Z"], "description": "UTC"}
    ),
]
"""An aware UTC instant; naive, another offset, or finer than a microsecond is refused."""

Day = Annotated[
    date,
    Field(ge=DAY_MIN, lt=DAY_MAX),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-09"]}),
]

# --- numbers ------------------------------------------------------------------------------------------------

PlaceNumber = Annotated[int, Field(ge=1, le=PLACES_MAX)]
PlaceCount = Annotated[int, Field(ge=0, le=PLACES_MAX)]
Age = Annotated[int, Field(ge=0, le=25, examples=[14], description="years")]
Years = Annotated[int, Field(ge=0, le=25, description="years between two ages")]
Siblings = Annotated[int, Field(ge=1, le=12)]
Pence = Annotated[int, Field(ge=0, le=100_000_00, examples=[480_000], description="pence a week")]
Seconds = Annotated[int, Field(ge=0, le=SECONDS_MAX, examples=[28_800])]
LengthSeconds = Annotated[int, Field(ge=1, le=SECONDS_MAX, examples=[28_800])]
Number = Annotated[int, Field(ge=1, le=1_000_000)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
TierNumber = Annotated[int, Field(ge=1, le=20, description="counted from 1, as the agreement counts")]
Version = Annotated[int, Field(ge=1, le=VERSIONS_MAX)]
Offset = Annotated[int, Field(ge=0, le=2**53)]
