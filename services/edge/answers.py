"""Appends inputs and waits for the decision that each one causes.

Knows topics, ids and digests. Must not know what is decided. Refuses rather than guesses: there is no answer without
a decision, and when none comes in time the caller is told that the input is durable, and its id.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
import orjson
from pydantic import BaseModel, ConfigDict

from runtime.clock import monotonic_s
from runtime.engine import await_all_caused
from runtime.log import Log, LogUnavailable, Record
from runtime.records import instant
from schemas.values import Party
from schemas.words import Code

from .inputs import REQUEST_HEADER, Said
from .problems import Problem, Refused, problem
from .waiting import Waiting

DECIDED_IN = {"vacancies": "offers", "referrals": "placements"}
INPUTS_OF = {outputs: inputs for inputs, outputs in DECIDED_IN.items()}
TIMEOUT_S = 10.0


class Answer(BaseModel):
    """How an input was answered. `facts` are those that the caller may see."""

    model_config = ConfigDict(frozen=True)

    id: str
    answer: Code
    about: str
    """The setting or the referral."""
    facts: list[dict[str, Any]]
    decided_at: datetime

    @classmethod
    def of(cls, found: "Decided", facts: list[dict[str, Any]]) -> "Answer":
        """Return the answer that tells this decision with these of its facts."""
        decided_at = instant(found.decided_at)
        about = found.record.key
        return cls(id=found.id, answer=found.answer, about=about, facts=facts, decided_at=decided_at)


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision record as an edge reads it."""

    id: str
    record: Record
    answer: Code
    facts: list[dict[str, Any]]
    provider_id: str | None
    """Whose setting it is about; None while it is unknown, and for a referral."""

    @property
    def decided_at(self) -> str:
        return self.record.headers["ce_time"]

    @property
    def state(self) -> dict[str, Any] | None:
        """The state that the decision left, read each time that it is asked for."""
        found: dict[str, Any] | None = orjson.loads(self.record.value)["state"]
        return found


@dataclass(frozen=True, slots=True)
class _Owner:
    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Owned:
    """The part of a decision record that says whose it is."""

    state: _Owner | None


@dataclass(frozen=True, slots=True)
class _Answered:
    """The part of a decision record that answers."""

    answer: Code
    facts: list[dict[str, Any]]
    state: _Owner | None


_ANSWERED: Final = msgspec.json.Decoder(_Answered)
_OWNED: Final = msgspec.json.Decoder(_Owned)


def owner_of(record: Record) -> str | None:
    """The provider in the state of a decision; None if there is no state, or a referral's."""
    state = _OWNED.decode(record.value).state
    return None if state is None else state.provider_id


def decided(record: Record) -> Decided:
    value = _ANSWERED.decode(record.value)
    provider_id = None if value.state is None else value.state.provider_id
    return Decided(record.headers["ce_cause"], record, value.answer, value.facts, provider_id)


class Answers:
    """The one way in which the edges write."""

    def __init__(
        self,
        log: Log,
        *,
        timeout_s: float = TIMEOUT_S,
        turn: Callable[[], object] | None = None,
        shown: Callable[[Sequence[Record], float], bool] | None = None,
    ) -> None:
        """`turn` steps the runners where no engine does; `shown` waits until the read model has these records."""
        self._log, self._timeout_s, self._turn, self._shown = log, timeout_s, turn, shown
        self._waiting = Waiting()

    def give(self, said: Said) -> Decided:
        """Append an input and return its decision; Refused if there is none in time or its id is another's."""
        [found] = self.give_all([said])
        if isinstance(found, Problem):
            raise Refused.of(found)
        return found

    def give_all(self, said: Sequence[Said]) -> list[Decided | Problem]:
        """Append inputs, all or none, and wait for the decision of each."""
        ids = ids_by_topic(said)
        own = self._append(said, ids)
        if self._turn is not None:
            self._turn()
        until_s = monotonic_s() + self._timeout_s
        records = {
            topic: await_all_caused(self._log, topic, each, max(0.0, until_s - monotonic_s()))
            for topic, each in ids.items()
        }
        pairs = [(each, records[DECIDED_IN[each.topic]].get(each.id)) for each in said]
        self._waiting.end(each for each, record in pairs if record is not None)
        found = [self._answer(each, own.get(id(each)), record) for each, record in pairs]
        self._wait_until_shown([each for each in found if isinstance(each, Decided)])
        return found

    def _append(self, said: Sequence[Said], ids: Mapping[str, Sequence[str]]) -> dict[int, int]:
        """Append what is neither decided nor waits; return where each of those lies, by its identity in memory.

        It is noted as waiting before the log is asked what is decided, so that of two at once only one appends.
        """
        begun = self._waiting.begin(said)
        try:
            known = {topic: self._log.caused_by_each(topic, each) for topic, each in ids.items()}
            new = [each for each in begun if each.id not in known[DECIDED_IN[each.topic]]]
            places = self._log.append([each.entry() for each in new]) if new else []
        except BaseException:
            self._waiting.end(begun)
            raise
        self._waiting.appended(begun)
        return {id(each): place.offset for each, place in zip(new, places, strict=True)}

    def _answer(self, said: Said, offset: int | None, record: Record | None) -> Decided | Problem:
        """`offset` is where the input was appended just now: a decision of that one is about this request.

        LogUnavailable if a repeat came while the first was being appended, and that has not ended.
        """
        if record is None:
            if offset is None and not self._waiting.is_durable(said):
                raise LogUnavailable("whether what was sent before is in the log is not known yet")
            detail = (
                "What you sent is durable and will be decided. Ask GET /v1/answers/{id}; do not send another."
            )
            return problem(503, "not_decided_yet", detail, id=said.id)
        is_own = offset == int(record.headers["ce_position"])
        if not is_own and self.cause(record).headers.get(REQUEST_HEADER) != said.request:
            return problem(
                422, "idempotency_key_reused", "The same key was sent with another request.", id=said.id
            )
        return decided(record)

    def _wait_until_shown(self, found: Sequence[Decided]) -> None:
        if self._shown is not None:
            self._shown([each.record for each in found], self._timeout_s)

    def find(self, id: str) -> Decided | None:  # noqa: A002 - the envelope's own word
        """Return the decision that an input caused, if there is one yet."""
        for topic in DECIDED_IN.values():
            if (record := self._log.caused(topic, id)) is not None:
                return decided(record)
        return None

    def cause(self, record: Record) -> Record:
        """Return the input of a decision."""
        until_s, topic = monotonic_s() + self._timeout_s, INPUTS_OF[record.topic]
        while (found := self._log.cause_of(record, topic)) is None:
            # Where decisions and inputs come in separately, the decision may be here first.
            if (left_s := until_s - monotonic_s()) <= 0:
                raise LogUnavailable("the input of a decision has not come in yet")
            self._log.wait(self._log.pulse(), left_s)
        return found

    def speaker(self, found: Decided) -> Party | None:
        """Return whose word the input of a decision was; None for what is not said by a party."""
        value = orjson.loads(self.cause(found.record).value)
        return Party.model_validate_json(orjson.dumps(value["by"])) if "by" in value else None

    def recorder(self, found: Decided) -> Party | None:
        """Return who wrote the input of a decision down, if somebody did."""
        value = orjson.loads(self.cause(found.record).value)
        return (
            Party.model_validate_json(orjson.dumps(value["recorded_by"]))
            if value.get("recorded_by")
            else None
        )

    def state(self, topic: str, key: str) -> dict[str, Any] | None:
        """Return the state of a setting (`offers`) or referral (`placements`) as its last decision left it."""
        record = self._log.latest(topic, key)
        return None if record is None else decided(record).state

    def providers_of(self, setting_ids: Iterable[str]) -> dict[str, str | None]:
        """Return whose these settings are, as their last decisions left them; None while one is unknown."""
        wanted = [*setting_ids]
        records = self._log.latest_by_each("offers", wanted)
        return dict.fromkeys(wanted) | {key: owner_of(record) for key, record in records.items()}


def ids_by_topic(said: Iterable[Said]) -> dict[str, list[str]]:
    """Return the ids of inputs by the topic that they are decided in."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each in said:
        found[DECIDED_IN[each.topic]].append(each.id)
    return dict(found)


def told(found: Decided, facts: list[dict[str, Any]]) -> Answer:
    """Return an acceptance, or raise Refused (409) with the rule that refused."""
    if found.answer is not Code.ACCEPTED:
        raise Refused.of(refusal(found))
    return Answer.of(found, facts)


def refusal(found: Decided) -> Problem:
    return problem(409, found.answer.value, id=found.id, decided_at=found.decided_at)
