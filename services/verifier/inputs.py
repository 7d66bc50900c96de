"""Checks the inputs: each can be read or has a dead letter, and each that was seen first has its decision.

Knows envelopes and offsets. Must not know what an input asks for.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from pydantic import ValidationError

from runtime.log import Record
from schemas.registry import by_type

from .domain.promises import Promise, Tally
from .reading import LogView
from .steps import first_of

LAG_MAX = timedelta(seconds=60)
"""How long, by the log's own stamps, what follows from a record may take to be written."""
DUE = "_due"
KEYS: Final = {
    "vacancies": "setting_id",
    "referrals": "referral_id",
    "listings": "audience",
    "matches": "council",
    "register": "urn",
}
"""The field that the key of a topic's records repeats."""


@dataclass(slots=True)
class Letters:
    """Which records have a dead letter."""

    lying: set[tuple[str, int]] = field(default_factory=set)

    def has(self, record: Record) -> bool:
        return (record.topic, record.offset) in self.lying


def check_inputs(view: LogView, tally: Tally, topic: str, decided: set[int], letters: Letters) -> None:
    """Check every input of a topic against what was decided from it."""
    seen: set[tuple[str, str]] = set()
    for record in view.records(topic):
        input_id = (record.key, record.headers.get("ce_id", ""))
        is_first = input_id not in seen
        seen.add(input_id)
        is_refused = letters.has(record)
        if not is_refused:
            check_form(tally, record)
        is_late = view.horizon - record.stamped_at > LAG_MAX
        if is_first and is_late and not is_deadline(record):
            is_decided = record.offset in decided
            reason = "no decision and no dead letter names it"
            tally.check(Promise.ONE_DECISION_PER_INPUT, is_decided != is_refused, record, reason)


def check_form(tally: Tally, record: Record) -> None:
    """Hold one record against the schema of its type, and its key against its value."""
    registered = by_type().get(record.headers.get("ce_type", ""))
    if registered is None or registered.topic != record.topic:
        tally.check(Promise.WELL_FORMED, False, record, "its type is none of its topic's")
        return
    try:
        found = registered.model.model_validate_json(record.value)
    except ValidationError as error:
        tally.check(Promise.WELL_FORMED, False, record, first_of(error))
        return
    own = getattr(found, KEYS.get(record.topic, ""), record.key)
    tally.check(Promise.WELL_FORMED, own == record.key, record, "its key is not the one that it names")


def is_deadline(record: Record) -> bool:
    """Tell whether it is the clock's word, which is decided only if it is honoured."""
    name = record.headers.get("ce_type", "").split(".")
    return len(name) > 2 and name[2].endswith(DUE)
