import json
from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from runtime.dead_letters import Invalid
from schemas.dead_letters import RULE_OF, DeadLetter, Refusal, Rule
from schemas.offers import Decision as OffersDecision
from schemas.placements import Decision as PlacementsDecision
from schemas.registry import Registered, by_type, field_names, types_of
from services.matcher import translate
from tests.schemas.contracts import Json, Spoilt, Spot, example_of, spoilt

TYPES = pytest.mark.parametrize("each", by_type().values(), ids=by_type().keys())
INPUTS = {each.ce_type: each for topic in ("vacancies", "referrals") for each in types_of(topic)}
KEY_FIELD = {"vacancies": "setting_id", "referrals": "referral_id"}
FACTS = {
    name
    for model in (OffersDecision, PlacementsDecision)
    for name in model.model_json_schema()["properties"]["facts"]["items"]["discriminator"]["mapping"]
}


def refusal(each: Registered, value: str) -> ValidationError | None:
    try:
        each.model.model_validate_json(value)
    except ValidationError as error:
        return error
    return None


def names(error: ValidationError, spot: Spot) -> bool:
    """Whether an error is said of the spot. A fact's type stands in the path too; a wrong one is its list's fault."""
    for each in error.errors():
        path = tuple(part for part in each["loc"] if part not in FACTS)
        if path[: len(spot)] == spot or (spot[-1:] == ("type",) and path == spot[:-1]):
            return True
    return False


@pytest.mark.slow
@TYPES
def test_every_spoilt_field_is_refused_by_its_name(each: Registered) -> None:
    taken = []
    for case in spoilt(each.model, example_of(each.model)):
        error = refusal(each, json.dumps(case.value))
        if error is None or not names(error, case.spot):
            taken.append((case.spot, case.why))
    assert taken == []


def read(each: Registered, value: Json, key: str) -> object:
    headers, said = envelope(each, key), json.dumps(value).encode()
    if each.topic == "vacancies":
        return translate.read_offers_input(key, said, headers)
    return translate.read_placements_input(key, said, headers)


def envelope(each: Registered, key: str) -> Mapping[str, str]:
    return {
        "ce_specversion": "1.0",
        "ce_id": "invented-1",
        "ce_source": "hearth/tests",
        "ce_type": each.ce_type,
        "ce_time": "2026-11-02T09:00:00Z",
        "ce_subject": key,
        "content-type": "application/json",
    }


def as_said(case: Spoilt) -> str:
    """How a refusal names a spot: by names that a schema has."""
    known = [str(part) if isinstance(part, int) or part in field_names() else "*" for part in case.spot]
    return ".".join(known) or "$"


def letter_about(answer: Invalid) -> DeadLetter:
    where = {"topic": "vacancies", "offset": 0, "key": "SC012345", "sha256": "00" * 32, "size": 1}
    said = {"code": answer.code, "field": answer.field, "rule": answer.rule}
    return DeadLetter.model_validate_json(json.dumps(where | said))


@pytest.mark.parametrize("each", INPUTS.values(), ids=INPUTS.keys())
def test_every_spoilt_input_is_a_refusal_that_a_dead_letter_can_repeat(each: Registered) -> None:
    example = example_of(each.model)
    for case in spoilt(each.model, example):
        answer = read(each, case.value, example[KEY_FIELD[each.topic]])
        assert isinstance(answer, Invalid), (case.spot, case.why)
        assert answer.field.startswith(as_said(case)), (case.spot, case.why, answer)
        letter = letter_about(answer)
        assert "invented" not in f"{letter.code} {letter.field} {letter.rule}"


@pytest.mark.parametrize("each", INPUTS.values(), ids=INPUTS.keys())
def test_the_example_of_every_input_is_read(each: Registered) -> None:
    example = example_of(each.model)
    assert not isinstance(read(each, example, example[KEY_FIELD[each.topic]]), Invalid)


def test_every_code_has_its_rule() -> None:
    assert {code: RULE_OF[code] for code in Refusal}.keys() == set(Refusal)
    assert set(RULE_OF.values()) | {Rule.NAMELESS} == set(Rule)
