"""The stories that goldens are made of: the demo's scripted scenes, and a seeded crowd that keeps no order.

Knows the real system and a clock. Everything is drawn from one seed, so that a story is the same each time.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import orjson

from runtime.clock import VirtualClock
from runtime.log import Entry, Log
from runtime.records import rfc3339
from schemas import referrals, vacancies
from schemas.base import Event
from schemas.envelope import headers_of
from schemas.registry import topic_of
from schemas.words import Channel
from services.demo import world
from services.demo.channel import MadeUpChannel
from services.demo.play import Play
from services.demo.scenes import homes, takes, windows, words
from services.demo.scenes.programme import put_on, rehearse
from services.demo.scenes.scene import Listed
from services.demo.stage import Pace, Stage
from services.directory import Directory
from services.matcher.adapters.terms_files import CALENDAR, POLICY, load_terms
from services.standalone import Options, System, compose

ENDS_AT = datetime(2026, 11, 23, 15, tzinfo=UTC)
BEGINS_AT = ENDS_AT - timedelta(weeks=6)
SEED = 1

Watch = Callable[[System, VirtualClock], None]
Story = Callable[[Log, VirtualClock], None]


def nobody(_system: System, _clock: VirtualClock) -> None:
    """Watch nothing."""


def scenes(listed: tuple[Listed, ...], log: Log, clock: VirtualClock, watch: Watch = nobody) -> None:
    """Put scripted scenes on over a new log; `watch` is called after each moment."""
    channel = MadeUpChannel(clock)
    stage = Stage(log, clock, Random(SEED), Pace(load_terms().calendar(CALENDAR)))
    theatre, cast = rehearse(stage, channel, ENDS_AT)
    options = Options(channels={Channel.OUTBOX: channel}, is_turned_by_caller=True)
    system = compose(log, clock, world.directory(theatre.homes, theatre.names), options)
    system.engine.start()
    play = Play(stage, lambda _: None)
    put_on(play, [each for each in cast if each[0] in listed])
    play.run(system.engine, clock, ENDS_AT, lambda: watch(system, clock))


SCENES: Mapping[str, tuple[Listed, ...]] = {
    "windows": windows.SCENES,
    "takes": takes.SCENES,
    "homes": homes.SCENES,
    "words": words.SCENES,
}

# --- a crowd that keeps no order ----------------------------------------------------------------------------

HOMES = {"T-1": "P-1", "T-2": "P-2"}
COUNCILS = ("E09000014", "E09000007", "E09000012", "E09000003")
MOMENTS = 220
NEEDS = {
    "age": 14,
    "gender": "female",
    "provisions": ["childrens_home"],
    "needs": ["ebd"],
    "needed_by": "2026-11-20",
    "urgency": "days",
    "home_borough": COUNCILS[0],
}

Fields = dict[str, Any]
Move = tuple[type[Event], tuple[str, str], str, Fields]
"""What is said, by which role and party, about which key."""


@dataclass(slots=True)
class Crowd:
    """People who say what is likely to be of use, at odd times, twice, too late, and after the clock ran backwards."""

    log: Log
    clock: VirtualClock
    rng: Random = field(default_factory=lambda: Random(SEED))
    said: list[Entry] = field(default_factory=list)
    count: int = 0

    def say(self, model: type[Event], by: tuple[str, str], key: str, **fields: Any) -> Entry:
        self.count += 1
        own = "setting_id" if topic_of(model) == "vacancies" else "referral_id"
        party = {"role": by[0], "id": by[1]}
        body = {own: key, "by": party, "observed_at": rfc3339(self.clock.now()), **fields}
        value = model.model_validate_json(orjson.dumps(body)).model_dump_json().encode()
        headers = headers_of(
            model, id=f"crowd-{self.count}", source="crowd", at=self.clock.now(), subject=key
        )
        entry = Entry(topic_of(model), key, value, headers)
        self.said.append(entry)
        return entry

    def begin(self) -> list[Entry]:
        """Two homes with an agreement, and a referral for each council."""
        entries = []
        for setting_id, provider_id in HOMES.items():
            home: Fields = {"provider_id": provider_id, "provision": "childrens_home", "sector": "private"}
            home |= {"registration": "registered", "region": "London", "borough": COUNCILS[0]}
            home |= {"policy": POLICY, "calendar": CALENDAR, "profile": {"needs": ["ebd"]}}
            ops = ("ops", "ops")
            entries += [
                self.say(vacancies.SettingRegistered, ops, setting_id, registered_places=3, **home),
                self.say(vacancies.SettingJudged, ops, setting_id, judgement="good"),
                self.say(vacancies.AgreementAttached, ops, setting_id, agreement=self.agreement()),
            ]
        for number, council in enumerate(COUNCILS):
            said: Fields = {"council": council, "needs": NEEDS, "policy": POLICY}
            entries.append(self.say(referrals.ReferralSubmitted, ("team", council), f"R-{number}", **said))
        return entries

    def one_takes(self) -> Iterator[list[Entry]]:
        """A referral is nominated in both homes and takes a place in the first, which lets the other go."""
        day, team = {"available_from": str(self.clock.now().date())}, ("team", COUNCILS[0])
        posted = {"kind": "planned", "place": 1, "fee": 450_000, **day}
        yield [
            self.say(vacancies.VacancyPosted, ("provider", each), key, **posted)
            for key, each in HOMES.items()
        ]
        for key in HOMES:
            told = {"window_id": f"{key}:1:1:w1", "referral_id": "R-0"}
            yield [self.say(vacancies.Nominate, team, key, **told)]
        accepted = {"nomination_id": "T-1:1:1:n1"}
        yield [self.say(vacancies.AcceptNomination, ("provider", "P-1"), "T-1", **accepted)]
        taken = {"hold_id": "T-1:1:1:h1", "starts_on": day["available_from"]}
        yield [self.say(referrals.TakePlace, team, "R-0", **taken)]

    def agreement(self) -> dict[str, Any]:
        """Haringey first, and one council in the second tier that leaves it after two days."""
        found = world.agreement("haringey-ncl")
        found["tiers"][1]["members"][0]["valid_to"] = rfc3339(self.clock.now() + timedelta(days=2))
        return found

    def moment(self) -> list[Entry]:
        """A few inputs at once; one in six is an old one again, one in twelve is no input at all."""
        entries = []
        for _ in range(self.rng.randint(1, 3)):
            chance = self.rng.random()
            if chance < 1 / 6:
                entries.append(self.rng.choice(self.said))
            elif chance < 1 / 4:
                entries.append(self.spoilt(self.rng.choice(self.said)))
            else:
                model, by, key, fields = self.rng.choice(self.moves())
                entries.append(self.say(model, by, key, **fields))
        return entries

    def spoilt(self, entry: Entry) -> Entry:
        """A former input cut off in the middle, or under another key."""
        self.count += 1
        headers = {**entry.headers, "ce_id": f"crowd-{self.count}"}
        if self.rng.random() < 0.5:
            return Entry(entry.topic, entry.key, entry.value[: len(entry.value) // 2], headers)
        return Entry(entry.topic, "T-9", entry.value, headers)

    def moves(self) -> list[Move]:
        """What is likely to be of use now; nomination stands there twice, for it is said most."""
        setting_id = self.rng.choice(sorted(HOMES))
        provider = ("provider", HOMES[setting_id])
        number = self.rng.randrange(len(COUNCILS))
        team, referral_id = ("team", COUNCILS[number]), f"R-{number}"
        place = self.rng.randint(1, 3)
        vacancy, window, nomination, hold = self.things(setting_id, place)
        today = str(self.clock.now().date())
        posted = {"fee": 450_000, "available_from": today}
        plan, own = {"reason": "plan_changed"}, {"referral_id": referral_id}
        return [
            (vacancies.VacancyPosted, provider, setting_id, {"kind": "emergency", **posted}),
            (vacancies.VacancyPosted, provider, setting_id, {"kind": "planned", "place": place, **posted}),
            (
                vacancies.NumbersStated,
                provider,
                setting_id,
                {"vacant": place - 1, "kind": "planned", "fee": 1},
            ),
            (vacancies.NoChange, provider, setting_id, {}),
            (vacancies.PlaceOccupied, provider, setting_id, {"place": place}),
            (vacancies.VacancyFilled, provider, setting_id, vacancy),
            (vacancies.ReleaseWindow, team, setting_id, window | plan),
            (vacancies.AcknowledgeWindow, team, setting_id, window),
            (vacancies.RegisterStandby, team, setting_id, vacancy | own),
            (vacancies.Nominate, team, setting_id, window | own),
            (vacancies.Nominate, team, setting_id, window | own),
            (vacancies.AcceptNomination, provider, setting_id, nomination | {"reason": "best_match"}),
            (vacancies.DeclineNomination, provider, setting_id, nomination | {"reason": "location_risk"}),
            (referrals.TakePlace, team, referral_id, hold | {"starts_on": today}),
            (vacancies.FellThrough, provider, setting_id, vacancy | plan),
            (vacancies.MovedIn, provider, setting_id, vacancy),
            (referrals.ReferralConfirmed, team, referral_id, {}),
        ]

    def things(self, setting_id: str, place: int) -> list[Fields]:
        """Name a vacancy, a window, a nomination and a hold: what there is, else what could be."""
        vacancy_id = f"{setting_id}:{place}:{self.rng.randint(1, 3)}"
        first = {"vacancy_id": "", "window_id": ":w1", "nomination_id": ":n1", "hold_id": ":h1"}
        return [
            {name: self.known(name, setting_id) or f"{vacancy_id}{ending}"} for name, ending in first.items()
        ]

    def known(self, name: str, setting_id: str) -> str | None:
        """Draw an id of that name from the setting's state, if there is one."""
        record = self.log.latest("offers", setting_id)
        state = None if record is None else orjson.loads(record.value)["state"]
        found = sorted(ids_in(state, name))
        return self.rng.choice(found) if found else None


def ids_in(value: Any, name: str) -> set[str]:
    """Every value of a field, however deep."""
    if isinstance(value, dict):
        own = {value[name]} if value.get(name) else set()
        return own.union(*(ids_in(each, name) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(ids_in(each, name) for each in value))
    return set()


def late_writer(log: Log, setting_id: str) -> Entry | None:
    """A decision of a second writer that had not read on: the last but one's successor, once more."""
    record = log.latest("offers", setting_id)
    return None if record is None else Entry(record.topic, record.key, record.value, record.headers)


def disorder(log: Log, clock: VirtualClock, watch: Watch = nobody) -> None:
    """Run the crowd: repeats, bad records, late writers, restarts, and a clock that runs backwards."""
    crowd = Crowd(log, clock)
    system = opened(log, clock)
    log.append(crowd.begin())
    for entries in crowd.one_takes():
        system.run_until_idle()
        log.append(entries)
    for number in range(MOMENTS):
        system.run_until_idle()
        watch(system, clock)
        if number % 40 == 39:
            system = opened(log, clock)
        if number % 25 == 24 and (late := late_writer(log, "T-1")) is not None:
            log.append([late])
        backwards = number % 10 == 9
        minutes = -40 if backwards else crowd.rng.choice((1, 5, 50, 180))
        clock.set(clock.now() + timedelta(minutes=minutes))
        log.append(crowd.moment())
    system.run_until_idle()


def opened(log: Log, clock: VirtualClock) -> System:
    """The whole system over a log, started anew; nobody is told of anything."""
    system = compose(log, clock, Directory(is_made_up=True), Options(is_turned_by_caller=True))
    system.engine.start()
    return system


def _of(listed: tuple[Listed, ...]) -> Story:
    return lambda log, clock: scenes(listed, log, clock)


STORIES: Mapping[str, Story] = {
    **{name: _of(listed) for name, listed in SCENES.items()},
    "disorder": disorder,
}
