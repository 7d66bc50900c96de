"""The people of one scenario, who do everything over the HTTP API, and what they see there. Knows no log and no rule.

Whoever is not answered says it again under the same key, as a client does that is told 503. Whoever waits asks again
until it is so.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import httpx2 as httpx

from deploy.local.processes import wait_until
from runtime import kafka_topics
from runtime.clock import SystemClock, new_id
from runtime.records import instant, rfc3339
from schemas.topics import CATALOGUE
from tests.scenarios.installation import LONG_S, QUICK, Json, Note
from tests.scenarios.parties import party_id, token_of
from tests.scenarios.realisations import HOST, Hearth, OnKafka

Found = TypeVar("Found")
WAIT_MAX_S: Final = 90.0
"""How long something may take on a machine that is busy with others."""
IN_VAIN_S: Final = 1.0
IN_TIME_S: Final = 10
"""How long a thing lasts that somebody still has to answer: a few requests, also on a busy machine."""
KINDS: Final = ("first", "planned", "foster", "emergency")
REGISTERED_BEFORE: Final = timedelta(days=60)
"""Homes are known for so long, so that things may have been observed some time ago."""


@dataclass(frozen=True)
class Tier:
    """Who is asked, and for how many seconds."""

    members: tuple[str, ...]
    seconds: int = LONG_S


LADDER: Final = (Tier(("first",)), Tier(("first", "second")), Tier(("first", "second", "third")))
"""One council, then two, then three, each for hours."""


def ahead(by: timedelta) -> str:
    """An instant from now on; before now if it is negative."""
    return rfc3339(SystemClock().now() + by)


def day(ahead_days: int) -> str:
    return (SystemClock().now() + timedelta(days=ahead_days)).date().isoformat()


@dataclass
class Town:
    """Everybody's way to speak and to look."""

    hearth: Hearth
    number: int
    client: httpx.Client
    homes: int = field(default=0)

    @classmethod
    @contextmanager
    def in_(cls, hearth: Hearth, number: int) -> Iterator[Self]:
        with httpx.Client(base_url=f"http://{HOST}:{hearth.port}", timeout=30) as client:
            yield cls(hearth, number, client)

    def id(self, who: str) -> str:
        return party_id(self.number, who)

    # --- saying and asking --------------------------------------------------------------------------------

    def call(
        self, who: str | None, method: str, path: str, body: Any = None, key: str = ""
    ) -> httpx.Response:
        """Ask until there is an answer that is no 503."""
        headers = {"idempotency-key": key} if key else {}
        headers |= {"authorization": f"Bearer {token_of(self.number, who)[0]}"} if who else {}
        answers: list[httpx.Response] = []

        def is_answered() -> bool:
            try:
                answers.append(self.client.request(method, path, json=body, headers=headers))
            except httpx.TransportError:
                return False
            return answers[-1].status_code != 503

        assert wait_until(is_answered, WAIT_MAX_S), [each.text for each in answers[-1:]]
        return answers[-1]

    def get(self, who: str, path: str) -> Any:
        answer = self.call(who, "GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def say(self, who: str, path: str, key: str = "", /, **fields: Any) -> Json:
        """Say what is accepted; return the answer."""
        answer = self.call(who, "POST", path, fields, key or new_id())
        assert answer.status_code == 200, (path, answer.text)
        found: Json = answer.json()
        assert found["answer"] == "accepted"
        return found

    def says_in_vain(self, who: str, path: str, key: str, /, **fields: Any) -> None:
        """Say what nobody answers at once."""
        headers = {"authorization": f"Bearer {token_of(self.number, who)[0]}", "idempotency-key": key}
        try:
            answer = self.client.post(path, json=fields, headers=headers, timeout=IN_VAIN_S)
        except httpx.TransportError:
            return
        assert answer.status_code == 503, answer.text

    def event(self, who: str, kind: str, home: str, /, **fields: Any) -> Json:
        return self.say(who, "/v1/events", type=kind, setting_id=home, **fields)

    def refused(self, who: str | None, path: str, key: str = "", /, **fields: Any) -> tuple[int, str]:
        """Say what is not accepted; return the status and the code."""
        answer = self.call(who, "POST", path, fields, key or new_id())
        assert answer.status_code >= 400, (path, answer.text)
        return answer.status_code, str(answer.json()["code"])

    def wait_for(self, find: Callable[[], Found | None], what: str) -> Found:
        """Look until something is found; AssertionError if it does not come."""
        seen: list[Found] = []

        def is_found() -> bool:
            found = find()
            if found:
                seen.append(found)
            return bool(found)

        assert wait_until(is_found, WAIT_MAX_S), f"it did not come: {what}"
        return seen[-1]

    # --- homes ----------------------------------------------------------------------------------------------

    def opens(self, *tiers: Tier, who: str = "provider", **more: Any) -> str:
        """A good home with an agreement of its own; return its id."""
        self.homes += 1
        home = f"SC{self.number:05d}{self.homes}"
        known_at = ahead(-REGISTERED_BEFORE)
        self.say(who, "/v1/settings", **self._home(home, who), observed_at=known_at)
        self.event(who, "SettingJudged", home, judgement="good", observed_at=known_at)
        self.event("ops", "AgreementAttached", home, agreement=self.agreement(home, tiers or LADDER, **more))
        return home

    def _home(self, home: str, who: str) -> Json:
        return {
            "setting_id": home,
            "provider_id": self.id(who),
            "provision": "childrens_home",
            "sector": "private",
            "registration": "registered",
            "region": "London",
            "borough": self.id("first"),
            "registered_places": 4,
            "profile": {"age_min": 8, "age_max": 17, "needs": ["ebd"]},
            "policy": QUICK,
        }

    def agreement(self, home: str, tiers: tuple[Tier, ...], valid_to: str | None = None) -> Json:
        return {
            "agreement_id": f"agreed-{home.lower()}",
            "version": 1,
            "valid_from": ahead(-REGISTERED_BEFORE),
            "valid_to": valid_to,
            "fee_max": 500_000,
            "tiers": [self._tier(at, each) for at, each in enumerate(tiers, 1)],
        }

    def _tier(self, at: int, tier: Tier) -> Json:
        return {
            "audience": f"town-{self.number}-{at}",
            "members": [{"council": self.id(who)} for who in tier.members],
            "lengths": {kind: {"calendar": "elapsed", "seconds": tier.seconds} for kind in KINDS},
        }

    def home(self, home: str) -> Json:
        found: Json = self.get("provider", f"/v1/settings/{home}")
        return found

    # --- vacancies and windows ------------------------------------------------------------------------------

    def posts(self, home: str, kind: str = "planned", **more: Any) -> str:
        """Post a vacancy; return its id."""
        answer = self.say("provider", f"/v1/settings/{home}/vacancies", **posted(kind, **more))
        return next(str(each["vacancy_id"]) for each in answer["facts"] if each["type"] == "VacancyPosted")

    def offer(self, vacancy_id: str) -> Json | None:
        """The vacancy as its provider sees it."""
        return first(self.get("provider", "/v1/offers"), vacancy_id=vacancy_id)

    def listed(self, who: str, vacancy_id: str) -> Json | None:
        """The vacancy as a council sees it; None if it does not."""
        return first(self.get(who, "/v1/vacancies"), vacancy_id=vacancy_id)

    def windows(self, vacancy_id: str) -> list[Json]:
        """The history of its windows, in their order."""
        found = [each for each in self._conformance() if each["vacancy_id"] == vacancy_id]
        return sorted(found, key=lambda each: int(each["window_id"].rpartition(":w")[2]))

    def _conformance(self) -> Iterator[Json]:
        path: str | None = "/v1/conformance"
        while path:
            answer = self.call("commissioner", "GET", path)
            yield from answer.json()
            path = answer.links.get("next", {}).get("url")

    def window(self, vacancy_id: str) -> str:
        """The id of its window that is open."""
        offer = self.offer(vacancy_id)
        assert offer is not None
        return str(offer["window_id"])

    def awaits_windows(self, vacancy_id: str, count: int) -> list[Json]:
        """Wait until it has had so many windows, the open one included; return them."""

        def has_them() -> list[Json] | None:
            found = self.windows(vacancy_id)
            return found if len(found) >= count else None

        return self.wait_for(has_them, f"{count} windows of {vacancy_id}")

    def awaits_end(self, vacancy_id: str, count: int = 1) -> list[Json]:
        """Wait until its window of this number has ended; return all of them."""

        def has_ended() -> list[Json] | None:
            found = self.windows(vacancy_id)
            return found if len(found) >= count and found[count - 1].get("ended_at") else None

        return self.wait_for(has_ended, f"the end of window {count} of {vacancy_id}")

    # --- referrals, nominations, holds ------------------------------------------------------------------------

    def refers(self, who: str = "first", **more: Any) -> str:
        """A council refers a child; return the pseudonym."""
        needs = {
            "age": 14,
            "gender": "female",
            "provisions": ["childrens_home"],
            "needs": ["ebd"],
            "needed_by": day(20),
            "urgency": "weeks",
            "home_borough": self.id(who),
        }
        return str(self.say(who, "/v1/referrals", needs=needs, **more)["about"])

    def referral(self, who: str, referral_id: str) -> Json:
        found: Json = self.get(who, f"/v1/referrals/{referral_id}")
        return found

    def nominates(self, who: str, vacancy_id: str, referral_id: str) -> str:
        """A council puts a referral forward; return the nomination once the provider sees it."""
        path = f"/v1/windows/{self.window(vacancy_id)}/nominate"
        answer = self.say(who, path, referral_id=referral_id)
        nomination_id = str(answer["facts"][0]["nomination_id"])
        self.awaits_nomination(nomination_id)
        return nomination_id

    def awaits_nomination(self, nomination_id: str) -> Json:
        return self.wait_for(
            lambda: first(self.get("provider", "/v1/nominations"), nomination_id=nomination_id),
            f"the provider sees {nomination_id}",
        )

    def accepts(self, nomination_id: str, **fields: Any) -> None:
        self.say("provider", f"/v1/nominations/{nomination_id}/accept", **fields)

    def held(self, who: str, vacancy_id: str) -> Json:
        """The place as it is held for a council, once its referral knows of it."""
        hold = self.wait_for(lambda: first(self.get(who, "/v1/holds"), vacancy_id=vacancy_id), "a hold")
        self.wait_for(
            lambda: first(self.referral(who, hold["referral_id"])["holds"], hold_id=hold["hold_id"]),
            "the referral knows its hold",
        )
        return hold

    def holds(self, who: str, vacancy_id: str, referral_id: str) -> Json:
        """Go from a window to a place that is held for this referral; return the hold."""
        self.accepts(self.nominates(who, vacancy_id, referral_id))
        return self.held(who, vacancy_id)

    def takes(self, who: str, hold: Json) -> None:
        """A council takes a held place, and waits until it has it."""
        path = f"/v1/referrals/{hold['referral_id']}/take"
        self.say(who, path, hold_id=hold["hold_id"], starts_on=day(8))
        self.awaits_status(who, hold["referral_id"], "placed")

    def awaits_status(self, who: str, referral_id: str, status: str) -> Json:
        return self.wait_for(
            lambda: first([self.referral(who, referral_id)], status=status), f"{referral_id} is {status}"
        )

    # --- what people are told -----------------------------------------------------------------------------------

    def told(self, who: str, kind: str, about: str) -> list[Json]:
        """The messages of a kind about something that this party was sent."""
        to = "ops" if who == "ops" else self.id(who)
        return [
            each
            for each in self.hearth.letters()
            if (each["to"]["id"], each["kind"]) == (to, kind) and about in each["subject"] + each["body"]
        ]

    def awaits_told(self, who: str, kind: str, about: str) -> list[Json]:
        return self.wait_for(lambda: self.told(who, kind, about), f"{who} is told {kind} of {about}")


def posted(kind: str = "planned", **more: Any) -> Json:
    """A vacancy as a provider posts it."""
    return {"kind": kind, "available_from": day(7), "fee": 480_000, **more}


def first(found: list[Json], **fields: Any) -> Json | None:
    """The first of a list that has these values."""
    return next((each for each in found if each.items() >= fields.items()), None)


def lasted(window: Mapping[str, Any]) -> timedelta:
    """How long a window was open, by the log's own stamps."""
    return at(window, "ended_at") - at(window, "opened_at")


def at(window: Mapping[str, Any], name: str) -> datetime:
    return instant(window[name])


@contextmanager
def town_on_kafka(brokers: str, redis: str, folder: Path, note: Note) -> Iterator[Town]:
    """A town on the processes of Hearth, on an empty Kafka and a Redis that a test may mistreat."""
    kafka_topics.apply(brokers, CATALOGUE, replication=1)
    hearth = OnKafka(brokers, redis, folder, note)
    try:
        hearth.start()
        with Town.in_(hearth, 0) as found:
            yield found
    finally:
        hearth.end()
