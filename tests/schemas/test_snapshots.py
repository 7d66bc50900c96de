import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from schemas.base import Event
from schemas.registry import Registered, by_type
from tests.schemas.contracts import EXAMPLES, SNAPSHOTS, Json, contract_of, example_of, path_of

TYPES = pytest.mark.parametrize("each", by_type().values(), ids=by_type().keys())
FREEZE = "`python -m tests.schemas.freeze` writes what is missing"


def read(path: Path) -> Json:
    assert path.exists(), f"{path} is missing: {FREEZE}"
    return json.loads(path.read_text(encoding="utf-8"))


@TYPES
def test_a_version_is_what_it_was_when_it_was_frozen(each: Registered) -> None:
    assert contract_of(each.model) == read(path_of(SNAPSHOTS, each))


@pytest.mark.parametrize("folder", [SNAPSHOTS, EXAMPLES], ids=lambda folder: folder.name)
def test_what_was_frozen_has_a_model_still(folder: Path) -> None:
    frozen = set(folder.rglob("*.json"))
    assert frozen == {path_of(folder, each) for each in by_type().values()}


@TYPES
def test_the_example_of_a_version_satisfies_the_model_and_the_snapshot(each: Registered) -> None:
    example = read(path_of(EXAMPLES, each))
    each.model.model_validate_json(json.dumps(example))
    validator = Draft202012Validator(read(path_of(SNAPSHOTS, each)), format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(example)] == []


@TYPES
def test_the_example_is_generated_from_the_model_and_gives_every_field(each: Registered) -> None:
    assert example_of(each.model) == read(path_of(EXAMPLES, each))


@TYPES
def test_a_model_writes_what_it_read(each: Registered) -> None:
    example = read(path_of(EXAMPLES, each))
    assert json.loads(each.model.model_validate_json(json.dumps(example)).model_dump_json()) == example


def test_a_changed_model_is_noticed() -> None:
    class Changed(Event):
        is_new: bool

    class AsFrozen(Event):
        is_new: bool = False

    assert contract_of(Changed)["required"] == ["is_new"]
    assert contract_of(Changed) != contract_of(AsFrozen)


def test_wording_is_no_part_of_the_contract_but_a_field_of_that_name_is() -> None:
    class Said(Event):
        """Said one way."""

        title: bool

    contract = contract_of(Said)
    assert "description" not in contract
    assert "title" in contract["properties"]


def test_every_type_names_its_topic_and_version() -> None:
    for name, each in by_type().items():
        assert name.startswith(f"hearth.{each.topic}.")
        assert name.endswith(f".v{each.version}")
