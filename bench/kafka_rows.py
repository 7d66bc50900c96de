"""Settings as they lie on a log that a worker has decided: one input of each, and the decision that it left.

Knows the wire form of inputs, the rule book as a worker has it, and the envelope of a decision. What was said before
the one input is decided here and left out, so that a log of many settings is made in little time; states are whole.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from random import Random
from typing import Any, Final

import orjson
from aiokafka.partitioner import DefaultPartitioner

from runtime.dead_letters import Invalid
from runtime.log import Record
from runtime.records import UNMARKED, decision_headers, rfc3339
from schemas import vacancies
from schemas.base import Event
from schemas.envelope import headers_of
from services.matcher.adapters.terms_files import CALENDAR, POLICY
from services.matcher.rulebooks import OffersRules

from .feed import Home, Line, registration
from .kafka_inputs import SOURCE, Stamped
from .made import OPS, REGISTER, ladder

PUT: Final = DefaultPartitioner()
NOTIFIER: Final = {"role": "notifier", "id": "notifier"}


class Introducing:
    """Says what a register, an agreement's keeper, a provider and the notifier say of a home at one instant."""

    def __init__(self, at: datetime) -> None:
        self._at, self._draw, self._said = at, Random(3), 0

    def setting(self, home: Home) -> Iterator[Stamped]:
        """Registered, judged, under an agreement that puts its own borough first."""
        line = registration(home, self._draw)
        del line["type"], line["setting_id"]
        judged = "outcome_1" if home.provision == "supported_accommodation" else "good"
        said = {**line, "policy": POLICY, "calendar": CALENDAR}
        yield self.say(home, vacancies.SettingRegistered, REGISTER, said)
        yield self.say(home, vacancies.SettingJudged, REGISTER, {"judgement": judged})
        agreement = {"agreement": ladder(home.borough, self._at)}
        yield self.say(home, vacancies.AgreementAttached, OPS, agreement)

    def window(self, home: Home) -> Iterator[Stamped]:
        """Posted in an emergency: its first window is an hour long; and its holder told of it."""
        posted = {"place": 1, "kind": "emergency", "available_from": f"{date_of(self._at)}", "fee": 100_000}
        yield self.say(home, vacancies.VacancyPosted, provider(home), posted)
        window = {"window_id": f"{home.setting_id}:1:1:w1", "council": home.borough}
        told = {**window, "told_at": rfc3339(self._at)}
        yield self.say(home, vacancies.WindowTold, NOTIFIER, told)

    def no_change(self, home: Home) -> Stamped:
        return self.say(home, vacancies.NoChange, provider(home), {})

    def say(self, home: Home, model: type[Event], by: Line, fields: Line) -> Stamped:
        self._said += 1
        said = {"setting_id": home.setting_id, "by": by, "observed_at": rfc3339(self._at), **fields}
        named = f"{home.setting_id}-{self._said}"
        headers = headers_of(model, id=named, source=SOURCE, at=self._at, subject=home.setting_id)
        return Stamped(home.setting_id, orjson.dumps(said), headers, self._at)


def provider(home: Home) -> dict[str, str]:
    return {"role": "provider", "id": home.provider_id}


def date_of(at: datetime) -> date:
    return at.date()


class Rows:
    """Inputs, and the decisions that they left, each where it comes to lie."""

    def __init__(self, rules: OffersRules, log_id: str, partitions: int) -> None:
        self._rules, self._log_id, self._partitions = rules, log_id, partitions
        self._ends = defaultdict[int, int](int)
        self.inputs: list[Stamped] = []
        self.decisions: list[Stamped] = []

    def add(self, said: Sequence[Stamped]) -> None:
        """Decide what is said of one setting; the last of it, and its decision, are kept."""
        last, partition = said[-1], partition_of(said[-1].key, self._partitions)
        headers = decision_headers(
            last.key,
            UNMARKED,
            source=self._rules.source,
            record_type=self._rules.record_type,
            decided_at=last.at,
            cause_id=last.headers["ce_id"],
            position=self._ends[partition],
            log_id=f"{self._log_id}/{partition}",
        )
        self._ends[partition] += 1
        self.inputs.append(last)
        self.decisions.append(Stamped(last.key, self._decided(said), headers, last.at))

    def _decided(self, said: Sequence[Stamped]) -> bytes:
        state: Any = None
        value = b""
        for each in said:
            record = Record(self._rules.inputs_topic, 0, each.key, each.value, each.headers, each.at)
            cause = self._rules.read(record)
            assert not isinstance(cause, Invalid), cause
            decided = self._rules.decide(state, cause, each.at)
            assert decided is not None
            state, value = decided.state, decided.value
        return value


def partition_of(key: str, partitions: int) -> int:
    """Return where every sender puts this key."""
    every = [*range(partitions)]
    return int(PUT(key.encode(), every, every))


def one_of_each(everybody: Sequence[Home], partitions: int) -> list[Home]:
    """Return a home of each partition."""
    return [*{partition_of(each.setting_id, partitions): each for each in everybody}.values()]


def dealt_out(key: str, partitions: int) -> int:
    """Deal settings out in turn, each partition as many as the next; their numbers follow each other."""
    return int(key[2:]) % partitions
