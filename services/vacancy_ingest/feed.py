"""A provider's own topic: what its program writes there is held against the same rules as a batch over HTTP.

A relay: decides nothing. Knows records, lines and whose a setting is. A record is one line of a batch: what the
provider may say passes to `vacancies` under an id that comes from its own `id` or else from its place, anything
else becomes a dead letter. The position moves once everything before it is decided, so that what a setting's
registration allows is known to whatever comes after it, also after a crash.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import structlog

from runtime.clock import VirtualClock
from runtime.copies import PLACE
from runtime.copies import place_of as place_in_source
from runtime.dead_letters import Breaker, Invalid, dead_letter, place_of
from runtime.engine import await_all_caused
from runtime.log import DEAD_LETTERS, Entry, Log, LogMismatch, LogUnavailable, Record
from schemas.dead_letters import RULE_OF, Refusal
from services.directory import Caller, Directory
from services.edge.answers import Answers
from services.edge.inputs import Said
from services.edge.letters import Letters, code_of, path_of
from services.edge.problems import FieldProblem
from services.edge.reading import Malformed, Unfit
from services.edge.saying import Defaults, Speaking

from .batch import sentence_of
from .own import Ownership

SOURCE: Final = "hearth/feed"
INPUTS: Final = "vacancies"
DECISIONS: Final = "offers"
DECIDED_MAX_S: Final = 10.0
BATCH_MAX: Final = 500
BAD_MAX: Final = 100
BAD_OF: Final = 1000
"""So many of so many records may be bad; with more the feed ends, and no other part of Hearth notices."""
NOT_THERE: Final = Invalid(Refusal.NOT_ALLOWED, "setting_id", RULE_OF[Refusal.NOT_ALLOWED])
"""The setting is another's, or nobody's: which of the two is not told."""

logger = structlog.get_logger()


class Feed:
    """Carries one provider's topic into `vacancies`. Two may run: what one has carried the other's ids repeat."""

    def __init__(
        self,
        log: Log,
        topic: str,
        caller: Caller,
        directory: Directory,
        defaults: Defaults,
        decided_max_s: float = DECIDED_MAX_S,
    ) -> None:
        self._log, self._topic, self._caller = log, topic, caller
        self._directory, self._defaults, self._decided_max_s = directory, defaults, decided_max_s
        self._answers = Answers(log)
        self._breaker = Breaker(log, topic, BAD_MAX, BAD_OF)
        self._told: set[str] = set()
        self._sent: set[str] = set()
        self._next = 0

    @property
    def name(self) -> str:
        return f"feed:{self._topic}"

    def start(self) -> None:
        """Learn which letters were told; LogMismatch if the topic is shorter than what was carried from it."""
        self._next, start = self._log.position(self.name), 0
        if (end := self._log.end(self._topic)) < self._next:
            raise LogMismatch(f"{self._topic} ends at {end}, but {self._next} of it were carried")
        while letters := self._log.read(DEAD_LETTERS, start, BATCH_MAX):
            self._told.update(each.headers.get("ce_id", "") for each in letters)
            start = letters[-1].offset + 1
        self._breaker.start()

    def step(self) -> int:
        """Carry the next records and return how many.

        LogUnavailable while not all of them are decided, CircuitOpen if too many of the last ones are bad.
        """
        records = [lying(each) for each in self._log.read(self._topic, self._next, BATCH_MAX)]
        if not records:
            return 0
        said, letters = self._judged([each for each in records if place_of(each) not in self._told])
        known = self._log.caused_by_each(DECISIONS, said)
        waiting = [each for name, each in said.items() if name not in known]
        new = [each for each in waiting if each.id not in self._sent]
        if new or letters:
            self._log.append([*[each.entry() for each in new], *letters])
            self._sent.update(each.id for each in new)
            self._tell(letters)
        self._await_decisions([each.id for each in waiting])
        self._next += len(records)
        self._log.append([], positions={self.name: self._next})
        self._sent.clear()
        return len(records)

    def _tell(self, letters: Sequence[Entry]) -> None:
        for each in letters:
            self._told.add(each.headers["ce_id"])
            logger.warning("record_dead_lettered", feed=self._topic, record_id=each.headers["ce_id"])

    def _judged(self, records: Sequence[Record]) -> tuple[dict[str, Said], list[Entry]]:
        """What may be said, by its id, and a letter for each of the others."""
        said: dict[str, Said] = {}
        bad: list[tuple[Record, Invalid]] = []
        ownership = Ownership(self._answers)
        for record in records:
            found = self._held(record, ownership)
            if isinstance(found, Said):
                said.setdefault(found.id, found)
            else:
                bad.append((record, found))
        if bad:
            self._breaker.check([record.offset for record, _ in bad])
            self._breaker.add([record.offset for record, _ in bad])
        return said, [dead_letter(record, why, SOURCE) for record, why in bad]

    def _held(self, record: Record, ownership: Ownership) -> Said | Invalid:
        """Hold a record against its schema, then against whose the setting is."""
        try:
            # Its time is the log's, so that a record that is carried twice says the same.
            key = f"{self._topic}/{record.partition}@{record.stamped_at.timestamp():.6f}"
            sentence = sentence_of(self._caller, record.offset, record.value, key)
            clock = VirtualClock(record.stamped_at)
            speaking = Speaking(
                self._answers, self._directory, clock, Letters(self._log, clock), self._defaults
            )
            said = speaking.fit(sentence)
            return said if ownership.may_say(said) else NOT_THERE
        except Malformed as error:
            return invalid(FieldProblem(field="body", rule=str(error)))
        except Unfit as unfit:
            return invalid(unfit.errors[0])

    def _await_decisions(self, ids: Sequence[str]) -> None:
        decided = await_all_caused(self._log, DECISIONS, ids, self._decided_max_s)
        if left := [each for each in ids if each not in decided]:
            refused = self._log.caused_by_each(DEAD_LETTERS, left)
            if len(refused) < len(left):
                raise LogUnavailable(f"{len(left)} inputs of {self._topic} are not decided yet")


def invalid(wrong: FieldProblem) -> Invalid:
    """Return what a letter says of a broken rule."""
    code = code_of(wrong)
    return Invalid(code, path_of(wrong.field), RULE_OF[code])


def lying(record: Record) -> Record:
    """The record with the place where its writer put it, also if it is read from a mirror."""
    if PLACE not in record.headers:
        return record
    partition, offset = place_in_source(record)
    return replace(record, partition=partition, offset=offset)
