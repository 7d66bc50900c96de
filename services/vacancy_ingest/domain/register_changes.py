"""What changed in the register, as neutral facts with ids of their own, for whoever writes wire events.

Knows the difference between two days. Must not know schemas of the wire or the log. Promises:

- A change's `id` derives from its content, so importing the same files twice, or shuffled, gives the same
  ids. Write a change only if its id is not in the log: that is all the idempotence there is. The id of
  `SettingLeft` is its URN and day alone, so that a better-known reason does not close a setting twice.
- `as_at` is the day for which the register states it (a judgement: the day of the inspection). It is the
  observed time of the wire event; an older one must never overwrite a newer.
- Changes come in order of `as_at`. A setting's `SettingAppeared` comes before its other changes of that day.
- `SettingLeft` comes only from a snapshot that may close (see `register_snapshots`), and then if a closed
  list or a list of leavers says so or no closed list of that day or later was given; or from a stated
  leaving date after the last snapshot. Who is merely absent, against a closed list, stays, and a
  contradiction names it.
- `not_yet_inspected` is given only where the files cover every inspection since registration; its `as_at`
  is the day of registration, so any inspection overrides it. Where nothing is known no `JudgementGiven`
  comes: it is `unknown`.
- `borough` is the GSS code in London, None elsewhere: other councils' names stay out of events, the region
  suffices.
- To import into a log that holds changes already, hand all of them to `take_into` (`register_take`); it
  finds what to compare with. Never fold them yourself up to the earliest file: a closed list alone must be
  held against the latest snapshot, not against the one before its own day.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import TypeAlias

from schemas.words import Judgement, RegisteredAs, Sector, Standing
from services.vacancy_ingest.domain.register import SettingRow, Urn
from services.vacancy_ingest.domain.register_judgements import Judged
from services.vacancy_ingest.domain.register_snapshots import Departure, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    urn: Urn
    as_at: date
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", f"{self.what}:{self.urn}:{self.as_at}{self._digest()}")

    @property
    def what(self) -> str:
        """Give the change's name in the log's spelling: `SettingAppeared` is `setting_appeared`."""
        name = type(self).__name__
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")

    def fields(self) -> dict[str, str | int | bool | None]:
        """Give what is stated, without the id, as JSON values."""
        stated = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "id"}
        return {
            name: str(value) if isinstance(value, date | str) else value for name, value in stated.items()
        }

    def _digest(self) -> str:
        return ":" + hashlib.sha256(repr(sorted(self.fields().items())).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingAppeared(_Change):
    """A setting is in the register for the first time that we know of."""

    registered_as: RegisteredAs
    registered_on: date | None
    standing: Standing
    region: str
    borough: str | None
    provider_id: str | None
    sector: Sector
    places: int | None
    is_short_break_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingAmended(_Change):
    """What a setting is changed: type, region, borough, provider, sector or short breaks; all stated anew."""

    registered_as: RegisteredAs
    registered_on: date | None
    region: str
    borough: str | None
    provider_id: str | None
    sector: Sector
    is_short_break_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesChanged(_Change):
    """The number of registered places changed. None: the register no longer states one."""

    places: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingChanged(_Change):
    """A registration was suspended, or became active again."""

    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementGiven(_Change):
    """The latest judgement."""

    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingLeft(_Change):
    """A setting left the register. Where no file says how or when, standing is unknown and `left_on` None."""

    left_on: date | None
    standing: Standing

    def _digest(self) -> str:
        return ""


Change: TypeAlias = (
    SettingAppeared | SettingAmended | PlacesChanged | StandingChanged | JudgementGiven | SettingLeft
)


@dataclass(frozen=True, slots=True)
class Departing:
    """What absence proves: stated departures, and the day until which a closed list was given."""

    stated: Mapping[Urn, Departure]
    closed_list_until: date | None

    def may_leave(self, urn: Urn, as_at: date) -> bool:
        """Tell whether an absent setting has left: a file says so, or no closed list of the day was given."""
        return urn in self.stated or self.closed_list_until is None or self.closed_list_until < as_at


def changes(
    snapshots: Sequence[Snapshot],
    departing: Departing,
    judged: Mapping[Urn, Judged],
    baseline: Snapshot | None = None,
) -> tuple[Change, ...]:
    """Give every change that the snapshots and what goes with them state, oldest first.

    With the baseline as first snapshot nothing appears in it: it is known already.
    """
    found: list[Change] = []
    if snapshots and snapshots[0] is not baseline:
        found += [_appeared(row, snapshots[0].as_at) for row in snapshots[0].rows.values()]
    for earlier, later in pairwise(snapshots):
        found += _between(earlier, later, departing)
    if snapshots:
        found += _left_since(snapshots[-1], departing)
    found += [
        JudgementGiven(urn=urn, as_at=said.on, judgement=said.judgement) for urn, said in judged.items()
    ]
    return tuple(sorted(found, key=_order))


def _order(change: Change) -> tuple[date, bool, Urn, str]:
    return change.as_at, not isinstance(change, SettingAppeared), change.urn, change.id


def _appeared(row: SettingRow, as_at: date) -> SettingAppeared:
    return SettingAppeared(
        urn=row.urn,
        as_at=as_at,
        registered_as=row.registered_as,
        registered_on=row.registered_on,
        standing=row.standing,
        region=row.region,
        borough=row.borough,
        provider_id=row.provider_id,
        sector=row.sector,
        places=row.places,
        is_short_break_only=row.is_short_break_only,
    )


def _amended(row: SettingRow, as_at: date) -> SettingAmended:
    return SettingAmended(
        urn=row.urn,
        as_at=as_at,
        registered_as=row.registered_as,
        registered_on=row.registered_on,
        region=row.region,
        borough=row.borough,
        provider_id=row.provider_id,
        sector=row.sector,
        is_short_break_only=row.is_short_break_only,
    )


def _between(earlier: Snapshot, later: Snapshot, departing: Departing) -> Iterator[Change]:
    for urn, row in later.rows.items():
        if urn not in earlier.rows:
            yield _appeared(row, later.as_at)
        else:
            yield from _differences(earlier.rows[urn], row, later.as_at)
    for urn in earlier.rows.keys() - later.rows.keys():
        if departing.may_leave(urn, later.as_at):
            yield _left(urn, later.as_at, departing)


def _left(urn: Urn, as_at: date, departing: Departing) -> SettingLeft:
    said = departing.stated.get(urn)
    if said is None:
        return SettingLeft(urn=urn, as_at=as_at, left_on=None, standing=Standing.UNKNOWN)
    return SettingLeft(urn=urn, as_at=as_at, left_on=said.left_on, standing=said.standing)


def _left_since(last: Snapshot, departing: Departing) -> Iterator[SettingLeft]:
    """Give departures dated after the last snapshot; earlier ones contradict it and change nothing."""
    for urn, said in departing.stated.items():
        if urn in last.rows and said.left_on is not None and last.as_at < said.left_on <= said.known_at:
            yield _left(urn, said.left_on, departing)


def _differences(old: SettingRow, new: SettingRow, as_at: date) -> Iterator[Change]:
    new = replace(new, provider_id=new.provider_id or old.provider_id)
    if _stated(old) != _stated(new):
        yield _amended(new, as_at)
    if old.places != new.places:
        yield PlacesChanged(urn=new.urn, as_at=as_at, places=new.places)
    if old.standing is not new.standing:
        yield StandingChanged(urn=new.urn, as_at=as_at, standing=new.standing)


def _stated(row: SettingRow) -> tuple[object, ...]:
    place = (row.region, row.borough)
    return (row.registered_as, row.registered_on, place, row.provider_id, row.sector, row.is_short_break_only)


def nameless_provider(urn: Urn) -> str:
    """The provider of a setting whose organisation the register does not state: known by the setting alone."""
    return "P-" + hashlib.sha256(f"provider of {urn}".encode()).hexdigest()[:10]


def fold(known: Iterable[Change], before: date) -> Snapshot | None:
    """Give the register as changes dated before a day leave it, as a baseline; None where there are none.

    Judgements are left out: their id alone keeps them from being given twice. The baseline's day is that of the
    latest snapshot that changed anything; a leaving dated by a closed list makes no snapshot.
    """
    rows: dict[Urn, SettingRow] = {}
    days: set[date] = set()
    for change in sorted(known, key=_order):
        if change.as_at < before and not isinstance(change, JudgementGiven):
            if not isinstance(change, SettingLeft):
                days.add(change.as_at)
            _fold_one(rows, change)
    return Snapshot(max(days), ("the log",), rows) if days else None


def _fold_one(rows: dict[Urn, SettingRow], change: Change) -> None:
    match change:
        case SettingAppeared():
            rows[change.urn] = _row(change, change.standing, change.places)
        case SettingAmended() if old := rows.get(change.urn):
            rows[change.urn] = _row(change, old.standing, old.places)
        case PlacesChanged() if old := rows.get(change.urn):
            rows[change.urn] = replace(old, places=change.places)
        case StandingChanged() if old := rows.get(change.urn):
            rows[change.urn] = replace(old, standing=change.standing)
        case SettingLeft():
            rows.pop(change.urn, None)
        case _:
            pass


def _row(change: SettingAppeared | SettingAmended, standing: Standing, places: int | None) -> SettingRow:
    return SettingRow(
        urn=change.urn,
        registered_as=change.registered_as,
        registered_on=change.registered_on,
        standing=standing,
        region=change.region,
        local_authority="",
        sector=change.sector,
        places=places,
        is_short_break_only=change.is_short_break_only,
        provider_id=change.provider_id,
        borough=change.borough,
    )
