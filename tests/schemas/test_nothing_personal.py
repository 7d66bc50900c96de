import re
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import Field

from schemas import words
from schemas.base import Model, OutwardCode, SettingId
from schemas.registry import Registered, by_type, field_names
from tests.schemas.contracts import Schema, contract_of, nodes

TYPES = pytest.mark.parametrize("each", by_type().values(), ids=by_type().keys())
# What a field is never called, whatever its type.
PERSONAL = re.compile(
    r"name|initial|birth|dob|address|postcode|street|phone|email|nhs|upn|photo|famil|school$|offence|carer$|note|text|comment"
    r"|narrative|description"
)


def open_to_anything(schema: Schema) -> bool:
    """Whether a value could hold more than a code, a number in bounds or a closed list says."""
    match schema.get("type"):
        case "string":
            return not (
                {"pattern", "enum", "const"} & schema.keys() or schema.get("format") in {"date", "date-time"}
            )
        case "integer":
            return not {"minimum", "maximum"} <= schema.keys()
        case "array":
            return "maxItems" not in schema
        case "object":
            return schema.get("additionalProperties") is not False and "propertyNames" not in schema
        case "boolean" | "null":
            return False
    return not {"enum", "const"} & schema.keys()


def found_in(contract: Schema) -> list[str]:
    return [at for at, schema in nodes(contract, contract) if open_to_anything(schema)]


@TYPES
def test_no_field_can_hold_free_text_or_an_unbounded_value(each: Registered) -> None:
    assert found_in(contract_of(each.model)) == []


def test_a_field_that_could_is_found() -> None:
    class Open(Model):
        said: str
        how_long: Annotated[str, Field(max_length=10)]
        count: int
        every: tuple[Literal["a"], ...]
        by_key: dict[str, bool]
        number: float | None
        fine: SettingId

    assert found_in(contract_of(Open)) == ["said", "how_long", "count", "every", "by_key", "number"]


def test_no_field_is_named_after_something_personal() -> None:
    assert [name for name in field_names() if PERSONAL.search(name)] == []


@pytest.mark.parametrize(
    "name", ["first_name", "date_of_birth", "home_address", "postcode", "case_notes", "nhs_number"]
)
def test_a_personal_name_is_found(name: str) -> None:
    assert PERSONAL.search(name)


@pytest.mark.parametrize("said", ["N17 9ZZ", "N179ZZ", "n17", "N17 ", "17", "TOTTENHAM", "N17\n"])
def test_half_a_postcode_is_all_that_a_location_may_say(said: str) -> None:
    class Place(Model):
        code: OutwardCode

    assert Place(code="N17").code == "N17"
    with pytest.raises(ValueError, match="pattern"):
        Place(code=said)


def test_every_word_of_the_closed_lists_is_a_word() -> None:
    lists = [each for each in vars(words).values() if isinstance(each, type) and issubclass(each, StrEnum)]
    said = {member.value for each in lists for member in each if each is not words.Region}
    assert [word for word in said if not re.fullmatch(r"[a-z][a-z0-9_]*", word)] == []
