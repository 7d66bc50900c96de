"""A log as a server would have written it in some weeks: settings, agreements, referrals, and all that follows.

The real system decides, lists, matches and tells, on a virtual clock and without waiting for the disk. Knows the
composition root and the wire form of inputs. Nothing is taken from another run.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Final

import orjson

from runtime.clock import SystemClock, VirtualClock
from runtime.log import Entry
from runtime.records import rfc3339
from runtime.sqlite_log import SqliteLog
from schemas import referrals, vacancies
from schemas.envelope import headers_of
from schemas.topics import TOPICS
from schemas.words import Channel, DeliveryOutcome
from services.matcher.adapters.terms_files import CALENDAR, POLICY
from services.notifier.ports import Letter
from services.standalone import Options, System, compose

from .feed import BOROUGHS, NEEDS, Feed, Home, Line, homes, registration
from .people import directory

CHUNK: Final = 5000
SOURCE: Final = "hearth/bench"
WEEK: Final = timedelta(days=7)
REGISTER: Final = {"role": "register", "id": "register"}
OPS: Final = {"role": "ops", "id": "ops-1"}

Told = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is in a log. Each setting confirms once a week; the vacancies are all new, in their first windows."""

    settings: int
    referrals: int
    vacancies: int
    weeks: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, and who may call."""

    data: Path
    size: Size
    records: int
    homes: list[Home]


class Silent:
    """Tells everybody at once and keeps nothing."""

    in_flight_max = 4

    def send(self, letter: Letter, key: str) -> DeliveryOutcome:  # noqa: ARG002 - the port's words
        return DeliveryOutcome.SENT


def make_log(data: Path, size: Size, told: Told) -> Made:
    """Write a log of this size that ends now, and close it."""
    data.mkdir(parents=True)
    clock = VirtualClock(SystemClock().now() - size.weeks * WEEK)
    log = SqliteLog(data, clock, is_synced=False)
    options = Options(is_turned_by_caller=True, channels={Channel.OUTBOX: Silent()})
    system = compose(log, clock, directory(size.settings), options)
    system.engine.start()
    everybody = homes(size.settings)
    try:
        Making(system, clock, told).run(everybody, size)
        return Made(data, size, sum(log.end(topic) for topic in TOPICS), everybody)
    finally:
        system.close()


class Making:
    def __init__(self, system: System, clock: VirtualClock, told: Told) -> None:
        self._system, self._clock, self._told = system, clock, told
        self._said, self._draw = 0, Random(2)
        self._headers: dict[str, dict[str, str]] = {}

    def run(self, everybody: list[Home], size: Size) -> None:
        self._say("settings", (entry for home in everybody for entry in self._introduced(home)))
        for week in range(1, size.weeks + 1):
            self._clock.advance(WEEK)
            confirmed = (self._vacancy(home, {"type": "NoChange"}) for home in everybody)
            self._say(f"week {week} of {size.weeks}", confirmed)
        self._say("referrals", (self._referral(number) for number in range(1, size.referrals + 1)))
        feed = Feed(self._clock.now().date())
        posting = self._draw.sample(everybody, size.vacancies)
        self._say("vacancies", (self._vacancy(home, feed.post(home)) for home in posting))

    def _say(self, what: str, entries: Iterable[Entry]) -> None:
        done = 0
        for chunk in chunks(entries):
            self._system.log.append(chunk)
            self._system.run_until_idle()
            done += len(chunk)
            self._told(f"{what}: {done:,} said")

    # --- entries ----------------------------------------------------------------------------------------------

    def _introduced(self, home: Home) -> Iterator[Entry]:
        yield self._input(vacancies.SettingRegistered, home.setting_id, REGISTER, self._registered(home))
        judged = {"judgement": "outcome_1" if home.provision == "supported_accommodation" else "good"}
        yield self._input(vacancies.SettingJudged, home.setting_id, REGISTER, judged)
        attached = {"agreement": ladder(home.borough, self._clock.now())}
        yield self._input(vacancies.AgreementAttached, home.setting_id, OPS, attached)

    def _registered(self, home: Home) -> Line:
        line = registration(home, self._draw)
        del line["type"], line["setting_id"]
        return {**line, "policy": POLICY, "calendar": CALENDAR}

    def _vacancy(self, home: Home, line: Line) -> Entry:
        fields = {name: value for name, value in line.items() if name not in {"type", "setting_id"}}
        by = {"role": "provider", "id": home.provider_id}
        return self._input(getattr(vacancies, line["type"]), home.setting_id, by, fields)

    def _referral(self, number: int) -> Entry:
        council = self._draw.choice(BOROUGHS)
        fields = {
            "council": council,
            "needs": needs(self._draw, council, self._clock.now()),
            "policy": POLICY,
        }
        by = {"role": "team", "id": council}
        return self._input(referrals.ReferralSubmitted, f"R-{number}", by, fields)

    def _input(self, model: Any, key: str, by: dict[str, str], fields: Line) -> Entry:
        name = "referral_id" if model.__module__.endswith("referrals") else "setting_id"
        said = {name: key, "by": by, "observed_at": rfc3339(self._clock.now()), **fields}
        topic = "referrals" if name == "referral_id" else "vacancies"
        return Entry(topic, key, orjson.dumps(said), self._envelope(model, key))

    def _envelope(self, model: Any, key: str) -> dict[str, str]:
        """Return the headers of `headers_of`, which is asked once for each type."""
        self._said += 1
        now = self._clock.now()
        if model.__name__ not in self._headers:
            self._headers[model.__name__] = headers_of(model, id="b", source=SOURCE, at=now, subject=key)
        own = {"ce_id": f"bench-{self._said}", "ce_subject": key, "ce_time": rfc3339(now)}
        return {**self._headers[model.__name__], **own}


def chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    rest = iter(entries)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def ladder(borough: str, now: datetime) -> Line:
    """Return an agreement: the home's own borough first, then its five nearest by number, then London."""
    at = BOROUGHS.index(borough)
    near = sorted({borough, *(BOROUGHS[(at + step) % len(BOROUGHS)] for step in range(5))})
    tiers = ((borough, [borough]), (f"near-{at}", near), ("LONDON", list(BOROUGHS)))
    return {
        "agreement_id": f"first-{at}",
        "version": 1,
        "valid_from": rfc3339(now - WEEK),
        "valid_to": None,
        "fee_max": None,
        "tiers": [
            {"audience": name, "members": [{"council": council} for council in members]}
            for name, members in tiers
        ],
    }


def needs(draw: Random, council: str, now: datetime) -> Line:
    """Return what a referral asks for; about one setting in seven fits."""
    return {
        "age": draw.randint(4, 17),
        "gender": draw.choice(["female", "male"]),
        "provisions": ["childrens_home", "foster_household"],
        "needs": sorted(draw.sample(NEEDS, draw.randint(0, 2))),
        "needed_by": f"{now.date() + timedelta(days=60)}",
        "urgency": "weeks",
        "home_borough": council,
    }
