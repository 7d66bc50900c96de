"""A shelter series as events, and what of one the log holds already. An analogue, not children's care.

Knows reports, wire models and the log's port. Decides nothing about a setting: the rules do. One programme is one
setting, `T-` and the City's number. Each report becomes one numbers-only statement as of the beginning of its day.

Programmes are told of as registered and not yet inspected, which is so: no regulator of England has looked at them. It
is the one judgement with which the policy lets a shelter programme open a window.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Final

import orjson

from runtime.log import Entry, Log, Record
from schemas import vacancies
from schemas.base import Event
from schemas.envelope import headers_of
from schemas.registry import type_of
from schemas.values import Party
from schemas.words import Judgement, Kind, Provision, Region, Registration, Role, Sector
from services.vacancy_ingest.domain.shelter import Numbers, ProgrammeId, Report

TOPIC: Final = "vacancies"
SOURCE: Final = "hearth/shelter-series"
REGISTER: Final = Party(role=Role.REGISTER, id="register")
READ_AT_ONCE: Final = 1000


class NotItsOwnLog(Exception):
    """The log holds settings that are no programmes of such a series."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The policy and calendar versions that a setting starts with."""

    policy: str
    calendar: str


@dataclass(slots=True)
class Known:
    """What the log holds of the series: who is registered with which provider, and every statement in its order."""

    providers: dict[ProgrammeId, str] = field(default_factory=dict)
    stated: dict[tuple[ProgrammeId, date], Numbers] = field(default_factory=dict)
    """What was stated last of a programme's day: of two imports that differ the later one stands."""
    ids: set[str] = field(default_factory=set)

    def learn(self, programme: ProgrammeId, record_id: str, event: Event) -> None:
        self.ids.add(record_id)
        match event:
            case vacancies.SettingRegistered():
                self.providers[programme] = event.provider_id
            case vacancies.NumbersStated():
                day, capacity = event.observed_at.date(), event.registered_places or 0
                self.stated[programme, day] = Numbers(capacity, event.vacant)

    def newest(self) -> Mapping[ProgrammeId, tuple[date, Numbers]]:
        """Give each programme's newest day and what it stated then."""
        by_day = sorted(self.stated.items(), key=lambda item: item[0][1])
        return {programme: (day, numbers) for (programme, day), numbers in by_day}


_TYPES: Final[Mapping[str, type[Event]]] = {
    type_of(model): model for model in (vacancies.SettingRegistered, vacancies.NumbersStated)
}


def known_of(log: Log) -> Known:
    """Read what the log holds; NotItsOwnLog if it holds other settings too: the series has a time of its own."""
    known = Known()
    for record in _records(log):
        if record.headers.get("ce_source") == SOURCE:
            model = _TYPES.get(record.headers["ce_type"])
            if model is not None:
                event = model.model_validate_json(record.value)
                known.learn(_programme(record.key), record.headers["ce_id"], event)
        elif _programme(record.key) not in known.providers:
            raise NotItsOwnLog
    return known


def _records(log: Log) -> Iterator[Record]:
    start = 0
    while records := log.read(TOPIC, start, READ_AT_ONCE):
        yield from records
        start = records[-1].offset + 1


def setting_id(programme: ProgrammeId) -> str:
    return f"T-{programme}"


def _programme(key: str) -> ProgrammeId:
    return ProgrammeId(key.removeprefix("T-"))


def observed_at(day: date) -> datetime:
    """The City states a day; it counts from that day's beginning, in UTC."""
    return datetime.combine(day, time(0), UTC)


def entries_of(reports: Sequence[Report], known: Known, terms: Terms) -> list[Entry]:
    """Give what is to be appended for these reports, in their order, and learn it."""
    entries: list[Entry] = []
    for report in reports:
        for event_id, event in list(_events(report, known, terms)):
            known.learn(report.programme, event_id, event)
            entries.append(_entry(report, event_id, event))
    return entries


def _events(report: Report, known: Known, terms: Terms) -> Iterator[tuple[str, Event]]:
    """Tell of a setting with its first report, whatever day that is of; then state its numbers."""
    provider_id = known.providers.get(report.programme)
    if provider_id is None:
        provider_id = f"TO-{report.organisation}"
        yield f"shelter-registered:{report.programme}", _registered(report, provider_id, terms)
        yield f"shelter-judged:{report.programme}", _judged(report)
    yield (
        report.id,
        vacancies.NumbersStated(
            **_said(report, Party(role=Role.PROVIDER, id=provider_id)),
            vacant=report.unoccupied,
            registered_places=report.capacity,
            kind=Kind.PLANNED,
        ),
    )


def _said(report: Report, by: Party) -> dict[str, Any]:
    return {"setting_id": setting_id(report.programme), "by": by, "observed_at": observed_at(report.day)}


def _registered(report: Report, provider_id: str, terms: Terms) -> Event:
    return vacancies.SettingRegistered(
        **_said(report, REGISTER),
        provider_id=provider_id,
        provision=Provision.SHELTER_PROGRAMME,
        sector=Sector.UNKNOWN,
        registration=Registration.REGISTERED,
        region=Region.UNKNOWN,
        registered_places=report.capacity,
        policy=terms.policy,
        calendar=terms.calendar,
    )


def _judged(report: Report) -> Event:
    return vacancies.SettingJudged(**_said(report, REGISTER), judgement=Judgement.NOT_YET_INSPECTED)


def _entry(report: Report, event_id: str, event: Event) -> Entry:
    key, at = setting_id(report.programme), observed_at(report.day)
    headers = headers_of(type(event), id=event_id, source=SOURCE, at=at, subject=key)
    return Entry(TOPIC, key, orjson.dumps(event.model_dump(mode="json", exclude_none=True)), headers)
