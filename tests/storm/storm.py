"""Made-up people who keep saying things under keys of their own, whatever becomes of the server.

Knows the API as its callers do. Remembers what was sent, and what was acknowledged; whatever is not answered is sent
again under the same key until it is. All choices come from the seed; the machine decides how threads take turns.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

import httpx2 as httpx

from runtime.clock import SystemClock
from schemas.words import Role
from services.directory import Caller
from services.edge.inputs import input_id
from tests.http.world import AGREEMENT, NEEDS, PEOPLE, bearer, home

Json = dict[str, Any]
ROLES = {"almond": Role.PROVIDER, "birch": Role.PROVIDER, "ops": Role.OPS}
HOMES_OF = {"almond": ("SC0001", "SC0002", "SC0003"), "birch": ("SC0008", "SC0009")}
TEAMS = ("haringey", "camden", "hackney")
DECIDED = {200, 409}
NOT_TAKEN_IN = {404, 422}
PAUSE_S = 0.02


@dataclass
class Asked:
    """One thing that somebody said, and every answer to it."""

    who: str
    path: str
    body: Json
    key: str
    answers: list[tuple[int, Json]] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id that the input has in the log, by the documented rule: the key hashed with the caller."""
        return input_id(Caller(ROLES.get(self.who, Role.TEAM), PEOPLE[self.who], ""), self.key)

    @property
    def decisions(self) -> list[tuple[int, Json]]:
        return [each for each in self.answers if each[0] in DECIDED]

    @property
    def is_acknowledged(self) -> bool:
        """Tell whether somebody was told that it is durable: decided, or durable and not decided in time."""
        return bool(self.decisions) or any(each.get("code") == "not_decided_yet" for _, each in self.answers)


class Ledger:
    """What everybody said. Safe for all threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.asked: list[Asked] = []
        self.acknowledged = 0
        self.faults: list[str] = []

    def ask(self, asked: Asked) -> Asked:
        with self._changed:
            self.asked.append(asked)
        return asked

    def answered(self, asked: Asked, status: int, told: Json) -> None:
        with self._changed:
            asked.answers.append((status, told))
            self.acknowledged += status in DECIDED
            if status not in DECIDED | NOT_TAKEN_IN | {503}:
                self.faults.append(f"{asked.path}: {status} {told.get('code')}")
            self._changed.notify_all()

    def fail(self, fault: str) -> None:
        with self._changed:
            self.faults.append(fault)
            self._changed.notify_all()

    def wait_for(self, acknowledged: int, timeout_s: float) -> bool:
        """Wait until so many were acknowledged, or a fault is known; false if neither came in time."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self.acknowledged >= acknowledged or bool(self.faults), timeout_s
            )


class Over(Exception):
    """The storm is over: say nothing more."""


@dataclass
class Voice:
    """One party's way to speak: every key is new, every unanswered word is said again."""

    who: str
    url: str
    ledger: Ledger
    is_over: threading.Event
    random: Random
    said: int = 0

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.url, headers=bearer(self.who), timeout=20)

    def say(self, path: str, body: Json | None = None) -> Json:
        """Say something until it is decided or refused; Over if the storm ends first."""
        self.said += 1
        asked = self.ledger.ask(Asked(self.who, path, body or {}, f"{self.who}-{self.said}"))
        while not self.is_over.is_set():
            if self.try_once(asked) in DECIDED | NOT_TAKEN_IN:
                return asked.answers[-1][1]
            self.is_over.wait(PAUSE_S)
        raise Over

    def must_say(self, path: str, body: Json) -> None:
        """Say something that all the rest hangs on; a fault if it is refused."""
        if "code" in (told := self.say(path, body)):
            self.ledger.fail(f"{path}: {told}")

    def try_once(self, asked: Asked) -> int:
        """Send it once, and return the status; 0 if the server is gone."""
        try:
            answer = self.client.post(asked.path, json=asked.body, headers={"idempotency-key": asked.key})
            told: Json = answer.json()
        except httpx.TransportError:
            return 0
        self.ledger.answered(asked, answer.status_code, told)
        return answer.status_code

    def get(self, path: str) -> list[Json]:
        """Read a list until it can be read; Over if the storm ends first."""
        while not self.is_over.is_set():
            try:
                answer = self.client.get(path)
            except httpx.TransportError:
                self.is_over.wait(PAUSE_S)
                continue
            if answer.status_code == 200:
                found: list[Json] = answer.json()
                return found
            if answer.status_code != 503:
                self.ledger.fail(f"GET {path}: {answer.status_code}")
        raise Over

    def one_of(self, path: str) -> Json | None:
        found = self.get(path)
        return self.random.choice(found) if found else None


def today() -> date:
    return SystemClock().now().date()


def open_homes(provider: Voice, ops: Voice, agreement_of: Callable[[str], Json | None]) -> None:
    """Register a provider's homes, each with its agreement if it has one; a fault if one of these is refused."""
    for setting_id in HOMES_OF[provider.who]:
        open_home(provider, ops, setting_id, agreement_of(setting_id))


def open_home(provider: Voice, ops: Voice, setting_id: str, terms: Json | None) -> None:
    """Register one home of a provider, with its agreement if it has one; a fault if one of these is refused."""
    places = home(setting_id, PEOPLE[provider.who], registered_places=20)
    provider.must_say("/v1/settings", places)
    judged = {"type": "SettingJudged", "setting_id": setting_id, "judgement": "good"}
    provider.must_say("/v1/events", judged)
    if terms is not None:
        attached = {"type": "AgreementAttached", "setting_id": setting_id, "agreement": terms}
        ops.must_say("/v1/events", attached)


def agreement(setting_id: str) -> Json | None:
    """Half of the homes are Haringey first, and the others open to all London councils."""
    return AGREEMENT if int(setting_id[2:]) % 2 else None


def as_provider(voice: Voice) -> None:
    """Do one thing that a provider may do now."""
    act: Callable[[Voice], object] = voice.random.choice(
        [
            post,
            post,
            post,
            confirm,
            confirm,
            judge_nomination,
            judge_nomination,
            judge_nomination,
            let_in,
            end,
        ]
    )
    act(voice)


def post(voice: Voice) -> None:
    setting_id = voice.random.choice(HOMES_OF[voice.who])
    kind = voice.random.choice(["planned", "planned", "emergency"])
    voice.say(f"/v1/settings/{setting_id}/vacancies", vacancy(kind))


def vacancy(kind: str) -> Json:
    """What a provider says of a vacancy of any of these homes."""
    return {"kind": kind, "available_from": f"{today() + timedelta(days=7)}", "fee": 480_000}


def confirm(voice: Voice) -> None:
    voice.say(f"/v1/settings/{voice.random.choice(HOMES_OF[voice.who])}/no-change")


def judge_nomination(voice: Voice) -> None:
    if (found := voice.one_of("/v1/nominations")) is None:
        return
    path = f"/v1/nominations/{found['nomination_id']}"
    if voice.random.random() < 0.7:
        voice.say(f"{path}/accept", {"reason": "best_match"})
    else:
        voice.say(f"{path}/decline", {"reason": "staffing_or_skills"})


def let_in(voice: Voice) -> None:
    if (found := voice.one_of("/v1/reservations")) is not None:
        voice.say(f"/v1/vacancies/{found['vacancy_id']}/moved-in")


def end(voice: Voice) -> None:
    if (found := voice.one_of("/v1/offers")) is not None:
        act = voice.random.choice(["withdraw", "fill", "confirm"])
        voice.say(f"/v1/vacancies/{found['vacancy_id']}/{act}")


def as_team(voice: Voice) -> None:
    """Do one thing that a brokerage team may do now."""
    act: Callable[[Voice], object] = voice.random.choice(
        [refer, nominate, nominate, nominate, release, take, take, close]
    )
    act(voice)


def refer(voice: Voice) -> None:
    voice.say("/v1/referrals", referral(voice.random.randint(8, 17)))


def referral(age: int) -> Json:
    """What a team says of needs that each of these homes can meet."""
    return {"needs": {**NEEDS, "age": age, "needed_by": f"{today() + timedelta(days=20)}"}}


def nominate(voice: Voice) -> None:
    listed, referral = voice.one_of("/v1/vacancies"), voice.one_of("/v1/referrals")
    if listed is None or referral is None:
        return
    body = {"referral_id": referral["referral_id"]}
    if listed["listing"] == "answer":
        voice.say(f"/v1/windows/{listed['window_id']}/nominate", body)
    else:
        voice.say(f"/v1/vacancies/{listed['vacancy_id']}/standby", body)


def release(voice: Voice) -> None:
    if (listed := voice.one_of("/v1/vacancies")) is not None and listed["listing"] == "answer":
        act = voice.random.choice(["acknowledge", "release"])
        body = {"reason": "price"} if act == "release" else {}
        voice.say(f"/v1/windows/{listed['window_id']}/{act}", body)


def take(voice: Voice) -> None:
    if (held := voice.one_of("/v1/holds")) is not None:
        body = {"hold_id": held["hold_id"], "starts_on": f"{today() + timedelta(days=8)}"}
        voice.say(f"/v1/referrals/{held['referral_id']}/take", body)


def close(voice: Voice) -> None:
    if voice.random.random() < 0.2 and (found := voice.one_of("/v1/referrals")) is not None:
        voice.say(f"/v1/referrals/{found['referral_id']}/close", {"reason": "plan_changed"})


class Storm:
    """Everybody at once, each in a thread, until it is over."""

    agreement_of = staticmethod(agreement)

    def __init__(self, url: str, seed: int) -> None:
        self.ledger, self.is_over, self._url, self._seed = Ledger(), threading.Event(), url, seed
        self._threads = [
            threading.Thread(target=self._live, args=(each,), name=each[0].who) for each in self._parts()
        ]

    def voice(self, who: str, turn: str = "") -> Voice:
        return Voice(who, self._url, self.ledger, self.is_over, Random(f"{self._seed} {who} {turn}"))

    def _parts(self) -> Iterator[tuple[Voice, Callable[[Voice], None], bool]]:
        yield from ((self.voice(who), as_provider, True) for who in HOMES_OF)
        yield from ((self.voice(who), as_team, False) for who in TEAMS)

    def _live(self, part: tuple[Voice, Callable[[Voice], None], bool]) -> None:
        voice, act, has_homes = part
        with voice.client:
            try:
                if has_homes:
                    self._open(voice)
                while not self.is_over.is_set():
                    act(voice)
            except Over:
                return
            except Exception as error:  # noqa: BLE001 - a thread's failure is the storm's
                self.ledger.fail(f"{voice.who}: {error!r}")

    def _open(self, voice: Voice) -> None:
        ops = self.voice("ops", voice.who)
        ops.said = 1000 * list(HOMES_OF).index(voice.who)  # two speak for ops: no key of theirs is the same
        with ops.client:
            open_homes(voice, ops, self.agreement_of)

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End it, and wait for everybody."""
        self.is_over.set()
        for thread in self._threads:
            thread.join(40)
