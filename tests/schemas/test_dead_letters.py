"""What the real deciders write of what they cannot read is what the contract says."""

import json
from datetime import UTC, datetime

import pytest

from runtime.clock import VirtualClock
from runtime.decider import Decider
from runtime.log import DEAD_LETTERS, Entry
from runtime.memory_log import MemoryLog
from schemas.dead_letters import DeadLetter
from schemas.registry import type_of
from services.matcher.adapters.terms_files import load_terms
from services.matcher.rulebooks import OffersRules, PlacementsRules

HEADERS = {
    "ce_specversion": "1.0",
    "ce_id": "an-id",
    "ce_source": "hearth/test",
    "ce_time": "2026-03-02T09:00:00Z",
    "content-type": "application/json",
}
BAD = {
    "no name": ({}, b"{}"),
    "unknown type": ({**HEADERS, "ce_type": "hearth.vacancies.unheard_of.v1"}, b"{}"),
    "no JSON": ({**HEADERS, "ce_type": "hearth.vacancies.no_change.v1"}, b"\xff invented person"),
    "an unknown field": (
        {**HEADERS, "ce_type": "hearth.vacancies.no_change.v1"},
        b'{"setting_id":"SC012345","invented_person":"x"}',
    ),
    "too large": ({**HEADERS, "ce_type": "hearth.vacancies.no_change.v1"}, b" " * 300_000),
}


@pytest.mark.parametrize("key", ["SC012345", "an invented person"])
@pytest.mark.parametrize("why", BAD)
@pytest.mark.parametrize("rules", [OffersRules, PlacementsRules])
def test_a_letter_of_a_decider_keeps_the_contract_and_no_payload(
    rules: type[OffersRules] | type[PlacementsRules], why: str, key: str
) -> None:
    book = rules(load_terms())
    log = MemoryLog(VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC)))
    headers, value = BAD[why]
    log.append([Entry(book.inputs_topic, key, value, {**headers, "ce_subject": key} if headers else {})])
    decider: Decider[object, object] = Decider(log, book)  # type: ignore[arg-type]
    decider.start()
    decider.step()
    [letter] = log.read(DEAD_LETTERS, 0, 10)
    read = DeadLetter.model_validate_json(letter.value)
    assert letter.headers["ce_type"] == type_of(DeadLetter)
    assert (read.topic, read.offset, read.size) == (book.inputs_topic, 0, len(value))
    assert "invented" not in json.dumps([letter.key, letter.value.decode(), dict(letter.headers)])
