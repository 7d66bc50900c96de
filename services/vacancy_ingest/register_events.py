"""Changes of the register as events: what each becomes on the wire, and which of them the log holds already.

Knows changes, wire models and the log's port. Decides nothing about a setting: the rules do. A change and the event
that it becomes are appended together, under the same id, so that importing again, also after a crash, writes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from typing import Any, Final

import orjson

from runtime.log import Entry, Log, Record
from schemas import vacancies
from schemas.base import Event
from schemas.envelope import headers_of
from schemas.register import RegisterChanged
from schemas.values import Party
from schemas.words import Provision, Region, RegisteredAs, Registration, Role, Standing
from services.vacancy_ingest.domain.register import Urn
from services.vacancy_ingest.domain.register_changes import (
    Change,
    JudgementGiven,
    PlacesChanged,
    SettingAmended,
    SettingAppeared,
    SettingLeft,
    StandingChanged,
    nameless_provider,
)

TOPIC: Final = "register"
SOURCE: Final = "hearth/register"
BY: Final = Party(role=Role.REGISTER, id="register")
READ_AT_ONCE: Final = 5000
APPEND_AT_ONCE: Final = 100

PROVISIONS: Final = {
    RegisteredAs.CHILDRENS_HOME: Provision.CHILDRENS_HOME,
    RegisteredAs.SPECIAL_SCHOOL_HOME: Provision.SPECIAL_SCHOOL_HOME,
    RegisteredAs.SECURE_HOME: Provision.SECURE_HOME,
    RegisteredAs.SUPPORTED_ACCOMMODATION: Provision.SUPPORTED_ACCOMMODATION,
    RegisteredAs.PARENT_AND_CHILD: Provision.PARENT_AND_CHILD,
}
"""What of the register is a setting with places for children; agencies and boarding schools are none."""

STANDINGS: Final = {
    Standing.ACTIVE: Registration.REGISTERED,
    Standing.SUSPENDED: Registration.SUSPENDED,
    Standing.UNKNOWN: Registration.PENDING,
}
"""How a registration stands, for a setting that is in the register; an unknown word is never offered."""

CHANGES: Final = {
    "setting_appeared": SettingAppeared,
    "setting_amended": SettingAmended,
    "places_changed": PlacesChanged,
    "standing_changed": StandingChanged,
    "judgement_given": JudgementGiven,
    "setting_left": SettingLeft,
}


@dataclass(frozen=True, slots=True)
class Terms:
    """The policy and calendar versions that a setting starts with."""

    policy: str
    calendar: str


def known_changes(log: Log) -> tuple[Change, ...]:
    """Every change that has been imported, in the order in which it was."""
    return tuple(_change(record) for record in _records(log))


def write_changes(log: Log, changes: Sequence[Change], terms: Terms) -> tuple[int, int]:
    """Append what the log does not hold yet; return how many changes were written and how many were known.

    A change of a setting without places is kept for the next import's comparison and becomes no event.
    Raise Overtaken if another import writes at the same time; what was written until then is known to the next.
    """
    records = list(_records(log))
    known = {record.headers["ce_id"] for record in records}
    settings = {record.key for record in records if _is_setting(_change(record))}
    new = _appearing_first([change for change in changes if change.id not in known])
    end = len(records)
    for start in range(0, len(new), APPEND_AT_ONCE):
        some = new[start : start + APPEND_AT_ONCE]
        settings.update(change.urn for change in some if _is_setting(change))
        kept = [_kept(change) for change in some]
        events = [entry for change in some if change.urn in settings for entry in _events(change, terms)]
        log.append([*kept, *events], expected={TOPIC: end})
        end += len(kept)
    return len(new), len(changes) - len(new)


def _appearing_first(changes: Sequence[Change]) -> list[Change]:
    """Put a setting's appearance before what is older of it, such as its last inspection: first it must be known."""
    appears: dict[Urn, int] = {}
    for index, change in enumerate(changes):
        if isinstance(change, SettingAppeared):
            appears.setdefault(change.urn, index)
    order = {
        change.id: (
            max(index, appears.get(change.urn, index)),
            not isinstance(change, SettingAppeared),
            index,
        )
        for index, change in enumerate(changes)
    }
    return sorted(changes, key=lambda change: order[change.id])


def _records(log: Log) -> Iterator[Record]:
    start = 0
    while records := log.read(TOPIC, start, READ_AT_ONCE):
        yield from records
        start = records[-1].offset + 1


def _change(record: Record) -> Change:
    stated = RegisterChanged.model_validate_json(record.value)
    kind = CHANGES[stated.what]
    names = [field.name for field in fields(kind) if field.init]
    values = {name: getattr(stated, name) for name in names}
    if isinstance(values.get("region"), Region):
        values["region"] = str(values["region"])
    change: Change = kind(**(values | {"urn": Urn(stated.urn)}))
    return change


def _kept(change: Change) -> Entry:
    return _entry(TOPIC, RegisterChanged(**_stated(change)), change)


def _stated(change: Change) -> dict[str, Any]:
    """The change's fields as the wire model has them."""
    stated = {field.name: getattr(change, field.name) for field in fields(change) if field.init}
    stated["what"] = change.what
    if "region" in stated:
        stated["region"] = Region(stated["region"])
    return stated


def _is_setting(change: Change) -> bool:
    """Tell whether from this change on the URN is a setting whose places are known."""
    match change:
        case SettingAppeared():
            return change.registered_as in PROVISIONS and bool(change.places)
        case _:
            return False


def _events(change: Change, terms: Terms) -> Iterator[Entry]:
    event = _event(change, terms)
    if event is not None:
        yield _entry("vacancies", event, change)


def _event(change: Change, terms: Terms) -> Event | None:
    """What the change says to the rules; None where they have nothing to do with it."""
    said: dict[str, Any] = {"setting_id": change.urn, "by": BY, "observed_at": observed_at(change.as_at)}
    match change:
        case SettingAppeared():
            return _registered(change, said, terms)
        case SettingAmended():
            return vacancies.SettingAmended(
                **said,
                provider_id=change.provider_id,
                provision=provision(change),
                sector=change.sector,
                region=Region(change.region),
                borough=change.borough,
            )
        case PlacesChanged():
            if not change.places:
                return None
            return vacancies.SettingAmended(**said, registered_places=change.places)
        case StandingChanged():
            return vacancies.SettingAmended(**said, registration=STANDINGS[change.standing])
        case JudgementGiven():
            return vacancies.SettingJudged(**said, judgement=change.judgement, inspected_on=change.as_at)
        case SettingLeft():
            return vacancies.SettingAmended(**said, registration=Registration.CLOSED)


def _registered(change: SettingAppeared, said: dict[str, Any], terms: Terms) -> vacancies.SettingRegistered:
    return vacancies.SettingRegistered(
        **said,
        provider_id=change.provider_id or nameless_provider(change.urn),
        provision=provision(change) or Provision.CHILDRENS_HOME,
        sector=change.sector,
        registration=STANDINGS[change.standing],
        region=Region(change.region),
        borough=change.borough,
        registered_places=change.places or 0,
        policy=terms.policy,
        calendar=terms.calendar,
    )


def provision(change: SettingAppeared | SettingAmended) -> Provision | None:
    """The provision type; a home that only gives short breaks is a short-breaks setting."""
    found = PROVISIONS.get(change.registered_as)
    is_home = found in (Provision.CHILDRENS_HOME, Provision.SPECIAL_SCHOOL_HOME)
    return Provision.SHORT_BREAKS if is_home and change.is_short_break_only else found


def observed_at(day: date) -> datetime:
    """The register states a day; it counts from that day's beginning."""
    return datetime.combine(day, time(0), UTC)


def _entry(topic: str, model: Event, change: Change) -> Entry:
    headers = headers_of(
        type(model), id=change.id, source=SOURCE, at=observed_at(change.as_at), subject=change.urn
    )
    return Entry(topic, change.urn, orjson.dumps(model.model_dump(mode="json", exclude_none=True)), headers)
