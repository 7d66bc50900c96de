"""What one file of the regulator's register says, in our words: rows, files, refusals, contradictions.

Knows the register's vocabulary (provision types, standings, grades) and turns it into closed lists. Must
not know file formats, column names, or the log. Names, addresses and postcodes have no field here: an
organisation is only a digest (`provider_id`), and a refusal carries a place in a file and a reason, never
what stood there.

The way through the register files, for whoever calls it:

    files = read_files(paths, as_at)              adapters/register_files.py   -> files or one Refusal
    taken = take_into(known, files, ...)          domain/register_take.py      -> Taking or one Refusal
        taken.reconciliation, taken.contradictions, taken.changes
    one wire event per change                     the caller's: see domain/register_changes.py
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NewType

from schemas.words import Judgement, RegisteredAs, Sector, Standing

Urn = NewType("Urn", str)

ENGLAND: Final = "England"
UNKNOWN_REGION: Final = "unknown"


class FileKind(StrEnum):
    """What a file of the register is."""

    REGISTER_SNAPSHOT = "register_snapshot"
    JOINERS_AND_LEAVERS = "joiners_and_leavers"
    INSPECTIONS = "inspections"
    CLOSED_LIST = "closed_list"


#: Types whose number of places the register publishes; a blank there is a contradiction.
WITH_PLACES: Final = frozenset(
    {
        RegisteredAs.CHILDRENS_HOME,
        RegisteredAs.SPECIAL_SCHOOL_HOME,
        RegisteredAs.SECURE_HOME,
        RegisteredAs.PARENT_AND_CHILD,
        RegisteredAs.RESIDENTIAL_SPECIAL_SCHOOL,
        RegisteredAs.BOARDING_SCHOOL,
        RegisteredAs.RESIDENTIAL_COLLEGE,
    }
)

_TYPES: Final = {
    "childrens home": RegisteredAs.CHILDRENS_HOME,
    "residential special school registered as a childrens home": RegisteredAs.SPECIAL_SCHOOL_HOME,
    "residential special school registered as childrens home": RegisteredAs.SPECIAL_SCHOOL_HOME,
    "secure childrens home": RegisteredAs.SECURE_HOME,
    "supported accommodation": RegisteredAs.SUPPORTED_ACCOMMODATION,
    "residential family centre": RegisteredAs.PARENT_AND_CHILD,
    "independent fostering agency": RegisteredAs.FOSTERING_AGENCY,
    "local authority fostering agency": RegisteredAs.LOCAL_AUTHORITY_FOSTERING,
    "local authority fostering": RegisteredAs.LOCAL_AUTHORITY_FOSTERING,
    "local authority fostering service": RegisteredAs.LOCAL_AUTHORITY_FOSTERING,
    "voluntary adoption agency": RegisteredAs.VOLUNTARY_ADOPTION_AGENCY,
    "local authority adoption agency": RegisteredAs.LOCAL_AUTHORITY_ADOPTION,
    "adoption support agency": RegisteredAs.ADOPTION_SUPPORT_AGENCY,
    "residential special school": RegisteredAs.RESIDENTIAL_SPECIAL_SCHOOL,
    "boarding school": RegisteredAs.BOARDING_SCHOOL,
    "further education college with residential accommodation": RegisteredAs.RESIDENTIAL_COLLEGE,
    "residential holiday scheme for disabled children": RegisteredAs.HOLIDAY_SCHEME,
    "residential holiday scheme": RegisteredAs.HOLIDAY_SCHEME,
    "secure training centre": RegisteredAs.SECURE_TRAINING_CENTRE,
}


#: Standings with which a setting is in the register at all.
LISTED: Final = frozenset({Standing.ACTIVE, Standing.SUSPENDED, Standing.UNKNOWN})

_GRADES: Final = {
    "outstanding": Judgement.OUTSTANDING,
    "good": Judgement.GOOD,
    "requires improvement to be good": Judgement.REQUIRES_IMPROVEMENT,
    "requires improvement": Judgement.REQUIRES_IMPROVEMENT,
    "adequate": Judgement.REQUIRES_IMPROVEMENT,
    "inadequate": Judgement.INADEQUATE,
}
# Supported accommodation has three outcomes in sentences; each begins with words of its own.
_OUTCOMES: Final = {
    "consistently strong": Judgement.OUTCOME_1,
    "inconsistent quality": Judgement.OUTCOME_2,
    "serious or widespread": Judgement.OUTCOME_3,
}
_SECTORS: Final = {
    "local authority": Sector.LOCAL_AUTHORITY,
    "private": Sector.PRIVATE,
    "voluntary": Sector.VOLUNTARY,
    "health authority": Sector.HEALTH,
}
_REGIONS: Final = (
    "East Midlands",
    "East of England",
    "London",
    "North East",
    "North West",
    "South East",
    "South West",
    "West Midlands",
    "Yorkshire and The Humber",
    "North East, Yorkshire and the Humber",
)


def plain(text: str) -> str:
    """Give the words alone: lower case, apostrophes gone, anything else between words one blank."""
    without = re.sub(r"['\u2018\u2019\u02bc`]", "", text.casefold().replace("&", " and "))
    return re.sub(r"[\W_]+", " ", without).strip()


_REGION_BY_WORDS: Final = {plain(region): region for region in _REGIONS}


def registered_as(text: str) -> RegisteredAs:
    """Give our word for a provision type; what we do not know stays visible as `unknown_type`."""
    return _TYPES.get(plain(text), RegisteredAs.UNKNOWN_TYPE)


def standing(text: str) -> Standing:
    words = plain(text)
    return Standing(words) if words in set(Standing) else Standing.UNKNOWN


def sector(text: str) -> Sector:
    return _SECTORS.get(plain(text), Sector.UNKNOWN)


def grade(text: str) -> Judgement | None:
    """Give the judgement that a grade or outcome states; None for a blank, `unknown` for any other word."""
    words = plain(text)
    if not words or words == "null":
        return None
    outcome = next((found for start, found in _OUTCOMES.items() if words.startswith(start)), None)
    return outcome or _GRADES.get(words, Judgement.UNKNOWN)


def region_named(text: str) -> str:
    """Give a region's own spelling; `unknown` counts in England alone."""
    words = plain(text).removesuffix(" region")
    return _REGION_BY_WORDS.get(words, UNKNOWN_REGION)


def known_region(text: str) -> str | None:
    """Give the region that a person asked for, England included, or None where there is no such region."""
    if plain(text) == plain(ENGLAND):
        return ENGLAND
    found = region_named(text)
    return None if found == UNKNOWN_REGION else found


def borough_of(local_authority: str, boroughs: Mapping[str, str]) -> str | None:
    """Give a London council's GSS code by its plain name; None for any other."""
    words = plain(local_authority)
    for prefix in ("london borough of ", "royal borough of ", "city of "):
        if words not in boroughs:
            words = words.removeprefix(prefix)
    return boroughs.get(words)


_PROVIDER_ID: Final = re.compile(r"P-[0-9a-f]{10}")
_LEGAL_FORMS: Final = frozenset({"limited", "ltd", "plc", "llp", "cic"})


def provider_id(organisation: str) -> str | None:
    """Give an organisation's id, the same whatever its case, punctuation and legal form; None for a blank.

    An id is given back as it is, so that an extract may carry ids where the register has names.
    """
    if _PROVIDER_ID.fullmatch(organisation.strip()):
        return organisation.strip()
    words = plain(organisation).split()
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    if not words or words == ["redacted"]:
        return None
    return "P-" + hashlib.sha256(" ".join(words).encode()).hexdigest()[:10]


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting of a snapshot. `row` counts the sheet's rows from 1; `borough` is a GSS code, in London."""

    urn: Urn
    registered_as: RegisteredAs
    registered_on: date | None
    standing: Standing
    region: str
    local_authority: str
    sector: Sector
    places: int | None
    is_short_break_only: bool
    provider_id: str | None
    judgement: Judgement | None = None
    judged_on: date | None = None
    borough: str | None = None
    row: int = 0


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One line of joiners and leavers."""

    urn: Urn
    registered_as: RegisteredAs
    region: str
    registered_on: date | None
    left_on: date | None
    is_joiner: bool
    is_leaver: bool
    standing: Standing
    row: int = 0


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """One inspection. Only a full one gives a judgement: `judgement` is None for every other."""

    urn: Urn
    registered_as: RegisteredAs
    region: str
    registered_on: date | None
    standing: Standing
    inspected_on: date
    is_full: bool
    judgement: Judgement | None
    row: int = 0


@dataclass(frozen=True, slots=True)
class ClosedRow:
    """One line of a closed list."""

    urn: Urn
    standing: Standing
    closed_on: date | None
    row: int = 0


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Statements that cannot all be so, or one that cannot be so itself. `urn` is None for a whole file."""

    kind: str
    urn: Urn | None
    says: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file is not taken: the place and the reason, never what stood there. Rows count from 1."""

    file: str
    reason: str
    row: int | None = None
    column: str | None = None

    @property
    def line(self) -> str:
        where = [self.file]
        if self.row is not None:
            where.append(f"row {self.row}")
        if self.column is not None:
            where.append(f"column {self.column}")
        return ", ".join(where) + ": " + self.reason


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """One file (or one sheet of a workbook), completely read. Only the tuple of its kind has rows.

    `read_rows` counts the rows under the header that are not blank; `rejected` those of them that were not
    used because the same URN (in inspections: the same inspection) had been stated before.
    `is_inspected_only`: a snapshot that lists only settings with a full inspection; it says nothing about
    who is absent.
    """

    name: str
    kind: FileKind
    as_at: date
    dated_by: str
    read_rows: int
    rejected: int = 0
    settings: tuple[SettingRow, ...] = ()
    movements: tuple[MovementRow, ...] = ()
    inspections: tuple[InspectionRow, ...] = ()
    closed: tuple[ClosedRow, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    is_inspected_only: bool = False
