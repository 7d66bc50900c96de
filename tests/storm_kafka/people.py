"""The people of `tests/storm`, under agreements whose windows last seconds; and a feed that writes to Kafka itself.

Whatever is not acknowledged is said again under the same id until it is.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from runtime.clock import SystemClock
from runtime.kafka_link import KafkaLink
from runtime.kafka_sending import OutcomeUnknown
from runtime.log import LogUnavailable
from schemas import vacancies
from schemas.base import Event
from schemas.values import Party
from schemas.words import Role
from services.edge.inputs import Said, said
from services.matcher.adapters.terms_files import CALENDAR, POLICY
from tests.http.world import ALMOND, CAMDEN, HACKNEY, HARINGEY, home
from tests.storm import storm
from tests.storm.storm import Storm, Voice, today

REQUEST = "0" * 64
LENGTHS_S: Mapping[str, tuple[int, ...]] = {
    "SC0001": (2, 1, 1),
    "SC0002": (10, 5, 5),
    "SC0003": (15, 10, 5),
    "SC0008": (5, 3, 2),
    "SC0009": (6 * 3600, 2, 8),
    "SC0010": (6 * 3600, 2, 8),
    "SC0004": (3, 2, 1),
    "SC0005": (6, 6, 6),
}
"""How long the three windows of each home's vacancies last. Those of two homes outlast any storm, so that in the end
vacancies and matches stand."""
LAST = "SC0010"
"""The home of which nobody knows until the storm is over."""
LAST_SAID = 1_000_000
"""After so many words begins what is said when the storm is over: no key of it was said before."""
FED = ("SC0004", "SC0005")
"""The homes that the feed speaks for; nobody else does."""
PAUSE_S = 0.2
"""Between two things that one party says: what a fault meets is a system at work, not a machine without a breath."""
COUNTS = 0.05
"""How often a provider says how many places are empty. It is how children leave: without it every home is full
after some minutes, and all that teams say from then on is refused."""
REFERRALS_MAX, CLOSES = 10, 0.3
"""How many referrals a team leaves open, and how often it looks."""


def agreement(setting_id: str) -> dict[str, Any]:
    """Haringey, then two councils, then three, each for a few seconds."""
    members = (HARINGEY, CAMDEN, HACKNEY)
    tiers = [
        {
            "audience": audience,
            "members": [{"council": each} for each in members[: at + 1]],
            "lengths": {
                kind: {"calendar": "elapsed", "seconds": seconds}
                for kind in ("first", "planned", "emergency")
            },
        }
        for at, (audience, seconds) in enumerate(
            zip((HARINGEY, "NCL", "LONDON"), LENGTHS_S[setting_id], strict=True)
        )
    ]
    return {
        "agreement_id": f"short-{setting_id.lower()}",
        "version": 1,
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_to": None,
        "fee_max": 500_000,
        "tiers": tiers,
    }


def as_provider(voice: Voice) -> None:
    """Do one thing that a provider may do now; once in a while count the empty places of a home."""
    if voice.random.random() < COUNTS:
        setting_id = voice.random.choice(storm.HOMES_OF[voice.who])
        count = {"vacant": voice.random.randint(4, 12), "kind": "planned", "fee": 480_000}
        voice.say(f"/v1/settings/{setting_id}/numbers", count)
    else:
        storm.as_provider(voice)


def as_team(voice: Voice) -> None:
    """Do one thing that a brokerage team may do now; one with many open referrals closes some before it has more."""
    if voice.random.random() < CLOSES and len(found := voice.get("/v1/referrals")) > REFERRALS_MAX:
        for each in voice.random.sample(found, len(found) - REFERRALS_MAX):
            voice.say(f"/v1/referrals/{each['referral_id']}/close", {"reason": "plan_changed"})
    else:
        storm.as_team(voice)


def calmly(act: Callable[[Voice], None]) -> Callable[[Voice], None]:
    """Do it after a pause, unless the storm is over by then."""

    def do(voice: Voice) -> None:
        if not voice.is_over.wait(PAUSE_S):
            act(voice)

    return do


class People(Storm):
    """Providers and teams at once, through the HTTP edge."""

    agreement_of = staticmethod(agreement)

    def _parts(self) -> Iterator[tuple[Voice, Callable[[Voice], None], bool]]:
        """As in any storm, but with time for a breath, and so that what matches does not grow without end."""
        for voice, _, has_homes in super()._parts():
            yield voice, calmly(as_provider if has_homes else as_team), has_homes

    def say_last(self) -> None:
        """Post a vacancy and open a referral that it suits, when nobody else speaks: both outlast the storm."""
        provider, ops, team = (self._last_voice(who) for who in ("birch", "ops", "haringey"))
        storm.open_home(provider, ops, LAST, agreement(LAST))
        provider.must_say(f"/v1/settings/{LAST}/vacancies", storm.vacancy("planned"))
        team.must_say("/v1/referrals", storm.referral(age=14))
        for each in (provider, ops, team):
            each.client.close()

    def _last_voice(self, who: str) -> Voice:
        dice = Random(f"{self._seed} {who} last")
        return Voice(who, self._url, self.ledger, threading.Event(), dice, LAST_SAID)


@dataclass
class Feed:
    """A provider's program that appends inputs to Kafka itself, now and then the same one twice."""

    link: KafkaLink
    random: Random
    acknowledged: list[str] = field(default_factory=list)
    unsure: int = 0
    """How often Kafka did not say whether it took an input."""
    _is_over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    failure: str = ""

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._live, name="feed", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._is_over.set()
        if self._thread is not None:
            self._thread.join(60)

    def _live(self) -> None:
        try:
            for number, (model, fields) in enumerate(self._words()):
                if not self._say(self._input(f"feed-{number}", model, fields)):
                    return
        except Exception as error:  # noqa: BLE001 - a thread's failure is the storm's
            self.failure = repr(error)

    def _words(self) -> Iterator[tuple[type[Event], dict[str, Any]]]:
        for setting_id in FED:
            places = home(setting_id, registered_places=20)
            yield vacancies.SettingRegistered, {**places, "policy": POLICY, "calendar": CALENDAR}
            yield vacancies.SettingJudged, {"setting_id": setting_id, "judgement": "good"}
            own = {"setting_id": setting_id}
            yield vacancies.AgreementAttached, {**own, "agreement": agreement(setting_id)}
        while True:
            yield self._word(self.random.choice(FED))

    def _word(self, setting_id: str) -> tuple[type[Event], dict[str, Any]]:
        own = {"setting_id": setting_id}
        match self.random.choice(["post", "post", "confirm", "count", "nil"]):
            case "post":
                kind, on = self.random.choice(["planned", "emergency"]), today() + timedelta(days=7)
                return vacancies.VacancyPosted, {
                    **own,
                    "kind": kind,
                    "available_from": f"{on}",
                    "fee": 480_000,
                }
            case "count":
                vacant = self.random.randint(0, 6)
                return vacancies.NumbersStated, {**own, "vacant": vacant, "kind": "planned"}
            case "nil":
                return vacancies.NilReturn, own
        return vacancies.NoChange, own

    def _input(self, input_id: str, model: type[Event], fields: dict[str, Any]) -> Said:
        by = Party(role=Role.OPS if model is vacancies.AgreementAttached else Role.PROVIDER, id=ALMOND)
        return said(model, fields, by=(by, None), now=SystemClock().now(), id=input_id, request=REQUEST)

    def _say(self, word: Said) -> bool:
        """Append it until Kafka says that it has it; false if the storm is over first."""
        times = self.random.choice([1, 1, 1, 2])
        while not self._is_over.wait(PAUSE_S):
            try:
                self.link.send([word.entry()] * times)
            except OutcomeUnknown:
                self.unsure += 1
            except LogUnavailable:
                continue
            else:
                self.acknowledged.append(word.id)
                return True
        return False
