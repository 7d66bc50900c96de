"""A small made-up world over the real app: two providers, three councils, a commissioner, ops. Knows no test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
from fastapi.testclient import TestClient

from runtime.clock import VirtualClock
from runtime.memory_log import MemoryLog
from schemas.words import Channel as ChannelName
from schemas.words import DeliveryOutcome
from services.directory import (
    Channel,
    CommissionerEntry,
    Directory,
    OpsEntry,
    ProviderEntry,
    TeamEntry,
    TokenHash,
    token_with,
)
from services.notifier.composing import channels
from services.notifier.ports import Channel as Way
from services.notifier.ports import Letter
from services.standalone import Options, System, build, compose

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HARINGEY, CAMDEN, HACKNEY = "E09000014", "E09000007", "E09000012"
ALMOND, BIRCH = "P-000000000a", "P-000000000b"
HOME, OTHER_HOME = "SC012345", "SC067890"
PEOPLE = {
    "almond": ALMOND,
    "birch": BIRCH,
    "haringey": HARINGEY,
    "camden": CAMDEN,
    "hackney": HACKNEY,
    "commissioner": "north",
    "ops": "ops-1",
}

OUTBOX = (Channel(kind="outbox"),)

Json = dict[str, Any]


def token_of(name: str) -> tuple[str, TokenHash]:
    number = list(PEOPLE).index(name) + 1
    return token_with(f"{number:08x}", f"{number:032x}", f"{number + 100:032x}")


def bearer(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token_of(name)[0]}"}


def directory(*, is_made_up: bool = True) -> Directory:
    def tokens(name: str) -> tuple[TokenHash]:
        return (token_of(name)[1],)

    return Directory(
        is_made_up=is_made_up,
        providers=(
            ProviderEntry(id=ALMOND, name="Almond Homes", tokens=tokens("almond"), inbox=OUTBOX),
            ProviderEntry(id=BIRCH, name="Birch Homes", tokens=tokens("birch"), inbox=OUTBOX),
        ),
        teams=(
            TeamEntry(id=HARINGEY, name="Haringey", tokens=tokens("haringey"), inbox=OUTBOX),
            TeamEntry(id=CAMDEN, name="Camden", tokens=tokens("camden"), inbox=OUTBOX),
            TeamEntry(id=HACKNEY, name="Hackney", tokens=tokens("hackney"), inbox=OUTBOX),
        ),
        commissioners=(CommissionerEntry(id="north", name="North", tokens=tokens("commissioner")),),
        ops=(OpsEntry(id="ops-1", name="Ops", tokens=tokens("ops")),),
        settings={HOME: "Larch House", OTHER_HOME: "Maple House"},
    )


AGREEMENT: Json = {
    "agreement_id": "haringey-first",
    "version": 1,
    "valid_from": "2026-01-01T00:00:00Z",
    "valid_to": None,
    "fee_max": 500_000,
    "tiers": [
        {"audience": HARINGEY, "members": [{"council": HARINGEY}]},
        {"audience": "NCL", "members": [{"council": HARINGEY}, {"council": CAMDEN}]},
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


def home(setting_id: str = HOME, provider_id: str = ALMOND, **more: Any) -> Json:
    return {
        "setting_id": setting_id,
        "provider_id": provider_id,
        "provision": "childrens_home",
        "sector": "private",
        "registration": "registered",
        "region": "London",
        "borough": HARINGEY,
        "registered_places": 4,
        "profile": {"age_min": 8, "age_max": 17, "needs": ["ebd"]},
        **more,
    }


@dataclass(slots=True)
class World:
    """The app, its clock, and everybody's way to call it."""

    system: System
    clock: VirtualClock
    client: TestClient

    def call(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        answer: httpx.Response = self.client.request(
            method, path, json=body, headers={**bearer(who), **headers}
        )
        return answer

    def get(self, who: str, path: str) -> Any:
        answer = self.call(who, "GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def say(self, who: str, path: str, body: Any = None, **headers: str) -> Json:
        answer = self.call(who, "POST", path, body if body is not None else {}, **headers)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def wait(self, by: timedelta) -> None:
        self.clock.advance(by)
        self.system.run_until_idle()

    # --- steps of the main job -------------------------------------------------------------------------------

    def register(self, who: str = "almond", setting_id: str = HOME, **more: Any) -> None:
        """Register a good home whose vacancies go to Haringey first."""
        self.say(who, "/v1/settings", home(setting_id, PEOPLE[who], **more))
        self.say(who, "/v1/events", {"type": "SettingJudged", "setting_id": setting_id, "judgement": "good"})
        attached = {"type": "AgreementAttached", "setting_id": setting_id, "agreement": AGREEMENT}
        self.say("ops", "/v1/events", attached)

    def post(self, who: str = "almond", setting_id: str = HOME) -> str:
        """Post a vacancy and return its window."""
        body = {"kind": "planned", "available_from": "2026-11-09", "fee": 480_000}
        facts = self.say(who, f"/v1/settings/{setting_id}/vacancies", body)["facts"]
        return str(next(fact["window_id"] for fact in facts if fact["type"] == "WindowOpened"))

    def refer(self, who: str = "haringey", **needs: Any) -> str:
        return str(self.say(who, "/v1/referrals", {"needs": {**NEEDS, **needs}})["about"])

    def nominate(self, who: str, window_id: str, referral_id: str) -> str:
        answer = self.say(who, f"/v1/windows/{window_id}/nominate", {"referral_id": referral_id})
        return str(answer["facts"][0]["nomination_id"])

    def hold(self) -> tuple[str, str]:
        """Go from nothing to a held place; return referral and hold."""
        self.register()
        referral_id = self.refer()
        nomination_id = self.nominate("haringey", self.post(), referral_id)
        self.say("almond", f"/v1/nominations/{nomination_id}/accept")
        [held] = self.get("haringey", "/v1/holds")
        return referral_id, str(held["hold_id"])


@contextmanager
def world_in_memory() -> Iterator[World]:
    """Open a new world on a log in memory."""
    clock = VirtualClock(START)
    told: dict[ChannelName, Way] = {ChannelName.OUTBOX: Silent()}
    options = Options(is_turned_by_caller=True, channels=told)
    with opened(compose(MemoryLog(clock), clock, directory(), options), clock) as found:
        yield found


class Silent:
    """A channel that tells at once and says nothing."""

    in_flight_max = 4

    def send(self, letter: Letter, key: str) -> DeliveryOutcome:  # noqa: ARG002 - the port's words
        return DeliveryOutcome.SENT


@contextmanager
def opened(system: System, clock: VirtualClock) -> Iterator[World]:
    system.engine.start()
    system.run_until_idle()
    try:
        with TestClient(system.app, follow_redirects=False) as client:
            yield World(system, clock, client)
    finally:
        system.close()


@contextmanager
def world_in(folder: Path, clock: VirtualClock | None = None, **options: Any) -> Iterator[World]:
    """Open the world on a folder, new or as it was left."""
    clock = clock or VirtualClock(START)
    told = channels(outbox=folder / "outbox.jsonl")
    system = build(folder, clock, directory(), Options(is_turned_by_caller=True, channels=told, **options))
    with opened(system, clock) as found:
        yield found
