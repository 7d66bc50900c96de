"""The samples are what they say: made up, and such that the product's own checks take them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
AGREEMENTS = sorted((SAMPLES / "agreements").glob("*.json"))


@pytest.mark.parametrize("file", AGREEMENTS, ids=lambda file: file.stem)
def test_an_agreement_passes_the_check_and_is_named_made_up(file: Path) -> None:
    ended = CliRunner().invoke(app, ["agreement", "check", str(file), "--on", "2026-11-02", "--json"])
    assert ended.exit_code == 0, ended.output
    shown = json.loads(ended.output)
    assert shown["agreement_id"].startswith("made-up-")
    assert all(rung["closes_at"] for rung in shown["rungs"])


def test_homes_in_haringey_are_offered_to_haringey_first_then_to_its_neighbours_then_to_london() -> None:
    agreement = json.loads((SAMPLES / "agreements" / "haringey-first.json").read_bytes())
    assert [tier["audience"] for tier in agreement["tiers"]] == ["HARINGEY", "NCL", "LONDON"]
    assert [len(tier["members"]) for tier in agreement["tiers"]] == [1, 5, 33]


def test_the_directory_passes_the_check_and_says_that_it_is_made_up() -> None:
    file = SAMPLES / "directory.json"
    assert CliRunner().invoke(app, ["directory", "check", str(file), "--json"]).exit_code == 0
    assert json.loads(file.read_bytes())["is_made_up"] is True
