"""What commissioners read: availability, capacity against use, and whether agreements were kept.

Each number has its numerator, denominator and time. A commissioner stands outside the team, so counts that would tell
of fewer than five children are suppressed here, whole rows at a time. Source: domain page, what leaves the team.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from schemas.words import Blocker, Freshness, Provision

from .counting import COLUMNS, column_of
from .projection import Fields

SMALL = 5
"""Counts from 1 to 4 are suppressed."""
LONDON = "E090"
"""How the GSS codes of London's boroughs begin."""
OF_CHILDREN = (
    "used",
    "held",
    "reserved",
    "used_by_own_borough",
    "used_by_other_london",
    "used_from_outside_london",
)


class CapacityRow(BaseModel):
    """Registered places of one provision in one borough, each in one column.

    used + vacant + held + reserved + unusable + unreported = registered + over. Suppressed: all but `registered` null.
    """

    model_config = ConfigDict(frozen=True)

    provision: Provision
    borough: str | None
    settings: int
    registered: int
    used: int | None
    used_by_own_borough: int | None
    used_by_other_london: int | None
    used_from_outside_london: int | None
    used_by_unknown: int | None
    """Occupied since before Hearth, or placed outside it: by whom is not known."""
    vacant: int | None
    held: int | None
    reserved: int | None
    unusable: int | None
    unreported: int | None
    over: int | None
    use: float | None
    """used / registered: numerator and denominator stand beside it."""
    is_suppressed: bool = False


class Capacity(BaseModel):
    """No totals: one would give a single suppressed row away. Whoever adds rows up says how many were left out."""

    model_config = ConfigDict(frozen=True)

    as_at: datetime
    rows: list[CapacityRow]
    note: str = "Rows that tell of 1 to 4 children are suppressed, all but their registered places."


class AvailabilityRow(BaseModel):
    """Vacant places of one provision in one borough, by what happens with them now. They count no child."""

    model_config = ConfigDict(frozen=True)

    provision: Provision
    borough: str | None
    vacant: int
    in_window: int
    in_choice: int
    stale: int
    waiting: int
    """Vacant, and in no window for another reason than staleness; `blocked` says which."""
    blocked: dict[Blocker, int]
    by_tier: dict[int, int]


class Availability(BaseModel):
    model_config = ConfigDict(frozen=True)

    as_at: datetime
    rows: list[AvailabilityRow]


SUPPRESSED = tuple(
    name
    for name in CapacityRow.model_fields
    if name not in {"provision", "borough", "settings", "registered", "is_suppressed"}
)


def grouped(entries: list[Fields]) -> list[tuple[Provision, str | None, list[Fields]]]:
    """Return the settings by provision and borough."""
    groups: defaultdict[tuple[str, str], list[Fields]] = defaultdict(list)
    for entry in entries:
        groups[entry["state"]["provision"], entry["state"]["borough"] or ""].append(entry)
    return [
        (Provision(provision), borough or None, groups[provision, borough])
        for provision, borough in sorted(groups)
    ]


def capacity(entries: list[Fields], as_at: datetime) -> Capacity:
    """Return capacity against use by provision and borough, suppressed."""
    rows = [row_of(*group) for group in grouped(entries)]
    return Capacity(as_at=as_at, rows=[emptied(row) if is_small(row) else row for row in rows])


def availability(entries: list[Fields], as_at: datetime) -> Availability:
    """Return what is vacant now, by provision and borough; groups without a vacancy are left out."""
    rows = [available_in(*group) for group in grouped(entries)]
    return Availability(as_at=as_at, rows=[row for row in rows if row.vacant])


def available_in(provision: Provision, borough: str | None, entries: list[Fields]) -> AvailabilityRow:
    places = [
        place for entry in entries for place in entry["state"]["places"] if column_of(place) == "vacant"
    ]
    vacancies = [place["vacancy"] for place in places if place["vacancy"]]
    windows = [each["window"] for each in vacancies if each["window"]]
    blocked = Counter(each["blocked"] for each in vacancies if each["blocked"])
    in_choice = sum(each["choice"] is not None for each in vacancies)
    stale = sum(each["freshness"] == Freshness.STALE and not each["window"] for each in vacancies)
    return AvailabilityRow(
        provision=provision,
        borough=borough,
        vacant=len(places),
        in_window=len(windows),
        in_choice=in_choice,
        stale=stale,
        waiting=len(places) - len(windows) - in_choice - stale,
        blocked={Blocker(name): count for name, count in blocked.items()},
        by_tier=dict(Counter(each["tier"] for each in windows)),
    )


def row_of(provision: Provision, borough: str | None, entries: list[Fields]) -> CapacityRow:
    """Count one group."""
    columns = dict.fromkeys(COLUMNS, 0)
    users = dict.fromkeys(("own", "london", "outside", "unknown"), 0)
    for entry in entries:
        for place in entry["state"]["places"]:
            if (column := column_of(place)) is not None:
                columns[column] += 1
            if column in {"occupied", "on_notice"}:
                users[user_of(entry, place)] += 1
    registered = sum(registered_in(entry["state"]) for entry in entries)
    used = columns["occupied"] + columns["on_notice"]
    return CapacityRow(
        provision=provision,
        borough=borough,
        settings=len(entries),
        registered=registered,
        used=used,
        used_by_own_borough=users["own"],
        used_by_other_london=users["london"],
        used_from_outside_london=users["outside"],
        used_by_unknown=users["unknown"],
        vacant=columns["vacant"],
        held=columns["held"],
        reserved=columns["reserved"],
        unusable=columns["unusable"],
        unreported=columns["unreported"],
        over=max(0, sum(columns.values()) - registered),
        use=round(used / registered, 3) if registered else None,
    )


def registered_in(state: Mapping[str, Any]) -> int:
    planned = sum(place["status"] in {"planned", "pending_registration"} for place in state["places"])
    return int(state["registered_places"]) - planned


def user_of(entry: Fields, place: Mapping[str, Any]) -> str:
    """Tell from where the child in a place was placed, as far as it was through offers."""
    council = entry["lived_in"].get(str(place["number"]))
    if council is None:
        return "unknown"
    if council == entry["state"]["borough"]:
        return "own"
    return "london" if council.startswith(LONDON) else "outside"


def is_small(row: CapacityRow) -> bool:
    return any(0 < (getattr(row, name) or 0) < SMALL for name in OF_CHILDREN)


def emptied(row: CapacityRow) -> CapacityRow:
    return row.model_copy(update={**dict.fromkeys(SUPPRESSED), "is_suppressed": True})
