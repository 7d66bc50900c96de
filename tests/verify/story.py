"""A made-up month over the whole real system on a log in memory. Knows inputs and the clock; knows no promise.

Everything that the promises are about happens at least once: windows that lapse, are released, extended, topped up,
moved, credited and returned, a shared tier, standby, holds, takes, a fall-through, a bypass, corrections, refusals,
repeats, bad records, messages and matches.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

from runtime.clock import VirtualClock
from runtime.log import Entry, Log
from runtime.memory_log import MemoryLog
from runtime.records import rfc3339
from schemas import offers, referrals, vacancies
from schemas.base import Event
from schemas.envelope import headers_of
from schemas.registry import topic_of
from schemas.words import Channel as ChannelName
from schemas.words import DeliveryOutcome
from services.directory import Channel, Directory, ProviderEntry, TeamEntry
from services.notifier.ports import Letter
from services.standalone import Options, System, compose

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HARINGEY, CAMDEN, HACKNEY = "E09000014", "E09000007", "E09000012"
ALMOND = "P-000000000a"
HOME, NEW_HOME, FLATS, SECURE = "SC012345", "SC067890", "SC011111", "SC022222"
PLANNED_HOME, HOUSEHOLD = "SC033333", "H-0123456789ab"
INBOX = (Channel(kind="outbox"),)
HOUR_S = 3600

Json = dict[str, Any]


def council(code: str) -> Json:
    return {"role": "team", "id": code}


def tier(audience: str, *councils: str, **lengths: Json) -> Json:
    return {
        "audience": audience,
        "members": [{"council": code} for code in councils],
        "lengths": lengths or None,
    }


def working(hours: float) -> Json:
    return {"calendar": "working", "seconds": int(hours * HOUR_S)}


PROVIDER = {"role": "provider", "id": ALMOND}
OPS = {"role": "ops", "id": "ops-1"}
CLOCK = {"role": "clock", "id": "clock"}
AGREEMENT: Json = {
    "agreement_id": "haringey-first",
    "version": 1,
    "valid_from": "2026-01-01T00:00:00Z",
    "valid_to": None,
    "fee_max": 500_000,
    "tiers": [
        tier("HARINGEY", HARINGEY, first=working(8)),
        tier("NCL", HARINGEY, CAMDEN, first=working(4)),
        tier("LONDON", HARINGEY, CAMDEN, HACKNEY, planned=working(4)),
    ],
}
NEEDS: Json = {
    "age": 14,
    "gender": "female",
    "provisions": ["childrens_home"],
    "needs": ["ebd"],
    "needed_by": "2026-11-20",
    "urgency": "weeks",
    "home_borough": HARINGEY,
}


def registered(setting_id: str = HOME, **more: Any) -> Json:
    return {
        "setting_id": setting_id,
        "provider_id": ALMOND,
        "provision": "childrens_home",
        "sector": "private",
        "registration": "registered",
        "region": "London",
        "borough": HARINGEY,
        "registered_places": 4,
        "profile": {"age_min": 8, "age_max": 17, "needs": ["ebd"]},
        "policy": "hearth-2026-1",
        "calendar": "england-2027-12",
        **more,
    }


@dataclass(slots=True)
class Fickle:
    """A channel that tells at once, unless it is told that it cannot."""

    outcomes: list[DeliveryOutcome] = field(default_factory=list)
    is_down: bool = False
    in_flight_max: int = 4

    def send(self, letter: Letter, key: str) -> DeliveryOutcome:  # noqa: ARG002 - the port's words
        if self.outcomes:
            return self.outcomes.pop(0)
        return DeliveryOutcome.REFUSED if self.is_down else DeliveryOutcome.SENT


def directory() -> Directory:
    teams = {HARINGEY: "Haringey", CAMDEN: "Camden", HACKNEY: "Hackney"}
    return Directory(
        is_made_up=True,
        providers=(ProviderEntry(id=ALMOND, name="Almond Homes", inbox=INBOX),),
        teams=tuple(TeamEntry(id=code, name=name, inbox=INBOX) for code, name in teams.items()),
        settings={HOME: "Larch House", NEW_HOME: "Maple House"},
    )


class Town:
    """The system and everybody in it."""

    def __init__(self, log: Log | None = None, clock: VirtualClock | None = None) -> None:
        self.clock = clock or VirtualClock(START)
        self.log = log or MemoryLog(self.clock)
        self.channel = Fickle()
        options = Options(is_turned_by_caller=True, channels={ChannelName.OUTBOX: self.channel})
        self.system: System = compose(self.log, self.clock, directory(), options)
        self.system.engine.start()
        self.system.run_until_idle()
        self.said = 0
        self.referred: dict[int, str] = {}

    # --- saying ---------------------------------------------------------------------------------------------

    def say(self, name: str, by: Json, key: str = HOME, *, again: str = "", **fields: Any) -> Json:
        """Say one input and let everything that follows come about; return the decision."""
        self.said += not again
        input_id = again or f"story-{self.said}"
        self.log.append([self.entry(name, by, key, input_id, fields)])
        self.system.run_until_idle()
        topic = {"vacancies": "offers", "referrals": "placements"}[topic_of(model_of(name))]
        found = self.log.caused(topic, input_id)
        return {} if found is None else {"id": input_id, **orjson.loads(found.value)}

    def say_at_once(self, *said: tuple[str, Json, str, Json]) -> None:
        """Say several inputs in one append: nobody has seen the answer to another."""
        entries = []
        for name, by, key, fields in said:
            self.said += 1
            entries.append(self.entry(name, by, key, f"story-{self.said}", fields))
        self.log.append(entries)
        self.system.run_until_idle()

    def entry(self, name: str, by: Json, key: str, input_id: str, fields: Mapping[str, Any]) -> Entry:
        model = model_of(name)
        own = "setting_id" if topic_of(model) == "vacancies" else "referral_id"
        body = {own: key, "by": by, "observed_at": rfc3339(self.clock.now()), **fields}
        value = model.model_validate_json(orjson.dumps(body)).model_dump_json().encode()
        headers = headers_of(model, id=input_id, source="story", at=self.clock.now(), subject=key)
        return Entry(topic_of(model), key, value, headers)

    def wait(self, **by: float) -> None:
        """Let time pass; what falls due meanwhile is decided at its own moment."""
        until = self.clock.now() + timedelta(**by)
        while (at := self.system.engine.next_due_at()) is not None and at < until:
            self.clock.set(max(at, self.clock.now() + timedelta(milliseconds=1)))
            self.system.run_until_idle()
        self.clock.set(until)
        self.system.run_until_idle()

    def week(self, number: int) -> None:
        """Go to the Monday morning of a week; everybody confirms."""
        self.wait(seconds=(monday(number) - self.clock.now()).total_seconds())
        for setting_id in (HOME, NEW_HOME, FLATS):
            self.say("NoChange", PROVIDER, setting_id)
        for referred, code in self.referred.items():
            self.say("ReferralConfirmed", council(code), f"R-{referred}")

    # --- steps ----------------------------------------------------------------------------------------------

    def register(self, setting_id: str = HOME, judgement: str = "good", **more: Any) -> None:
        self.say("SettingRegistered", OPS, setting_id, **registered(setting_id, **more))
        self.say("SettingJudged", OPS, setting_id, judgement=judgement)

    def attach(self, setting_id: str = HOME, **more: Any) -> Json:
        return self.say("AgreementAttached", OPS, setting_id, agreement={**AGREEMENT, **more})

    def post(self, setting_id: str = HOME, **more: Any) -> str:
        """Post a vacancy and return its id."""
        body: Json = {
            "kind": "planned",
            "available_from": str(self.clock.now().date() + timedelta(7)),
            "fee": 480_000,
        }
        facts = self.say("VacancyPosted", PROVIDER, setting_id, **{**body, **more})["facts"]
        return str(next(each["vacancy_id"] for each in facts if each["type"] == "VacancyPosted"))

    def refer(self, number: int, code: str = HARINGEY, **needs: Any) -> str:
        self.referred[number] = code
        body: Json = {"council": code, "needs": {**NEEDS, **needs}, "policy": "hearth-2026-1"}
        self.say("ReferralSubmitted", council(code), f"R-{number}", **body)
        return f"R-{number}"

    def vacancy(self, vacancy_id: str) -> offers.Vacancy | None:
        record = self.log.latest("offers", vacancy_id.partition(":")[0])
        assert record is not None
        state = offers.Decision.model_validate_json(record.value).state
        assert state is not None
        places = (place.vacancy for place in state.places if place.vacancy is not None)
        return next((each for each in places if each.vacancy_id == vacancy_id), None)

    def window(self, vacancy_id: str) -> str:
        """The open window of a vacancy."""
        found = self.vacancy(vacancy_id)
        assert found is not None
        assert found.window is not None
        return found.window.window_id

    def nominate(self, vacancy_id: str, referral_id: str, code: str = HARINGEY) -> str:
        """Nominate a referral in the open window and return the nomination."""
        key = vacancy_id.partition(":")[0]
        told = {"window_id": self.window(vacancy_id), "referral_id": referral_id}
        facts = self.say("Nominate", council(code), key, **told)["facts"]
        return str(next(each["nomination_id"] for each in facts if each["type"] == "NominationMade"))

    def accept(self, nomination_id: str, **reason: str) -> str:
        """Accept a nomination and return the hold."""
        key = nomination_id.partition(":")[0]
        facts = self.say("AcceptNomination", PROVIDER, key, nomination_id=nomination_id, **reason)["facts"]
        return str(next(each["hold_id"] for each in facts if each["type"] == "PlaceHeld"))

    def take(self, referral_id: str, hold_id: str, code: str = HARINGEY) -> Json:
        starts_on = str(self.clock.now().date() + timedelta(3))
        return self.say("TakePlace", council(code), referral_id, hold_id=hold_id, starts_on=starts_on)


def model_of(name: str) -> type[Event]:
    found: type[Event] = getattr(vacancies, name, None) or getattr(referrals, name)
    return found


def monday(week: int, hour: int = 9) -> datetime:
    return datetime.combine(date(2026, 11, 2) + timedelta(weeks=week), datetime.min.time(), UTC) + timedelta(
        hours=hour
    )
