import json
import re
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from services.cli import app
from services.lag import COURIERS, INPUTS, MEANS, METRICS
from tests.architecture.source import ROOT

RUNBOOKS = ROOT / "docs" / "runbooks"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
DASHBOARDS = sorted((ROOT / "deploy" / "dashboards").glob("*.json"))
EXPRESSIONS = [rule["expr"] for rule in RULES] + [
    target["expr"]
    for path in DASHBOARDS
    for panel in json.loads(path.read_text())["panels"]
    for target in panel["targets"]
]
HEADINGS = ("**Means.**", "**Look.**", "**Do.**", "**Do not**")


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_what_is_asked_is_measured(expression: str) -> None:
    assert set(re.findall(r"hearth_\w+", expression)) <= set(METRICS)
    assert set(re.findall(r'what="(\w+)"', expression)) <= set(MEANS)
    labels = {label for _, names in METRICS.values() for label in names}
    grouped = {
        each.strip() for found in re.findall(r"by \(([^)]*)\)", expression) for each in found.split(",")
    }
    assert grouped | set(re.findall(r'(\w+)="', expression)) <= labels


def test_every_kind_of_waiting_has_an_alert() -> None:
    asked = {what for rule in RULES for what in re.findall(r'what="(\w+)"', rule["expr"])}
    assert asked == set(MEANS)
    assert set(INPUTS) | set(COURIERS) == {"offers", "placements", "courier-offers", "courier-placements"}


def test_every_alert_has_its_page_and_every_page_its_alert() -> None:
    names = {rule["alert"] for rule in RULES}
    assert {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"} == names
    for rule in RULES:
        page = ROOT / rule["annotations"]["runbook"]
        assert page.stem == rule["alert"]
        assert [each for each in HEADINGS if each not in page.read_text()] == []
    index = (RUNBOOKS / "README.md").read_text()
    assert [name for name in names if f"({name}.md)" not in index] == []


def test_every_command_that_a_page_names_is_one() -> None:
    known = {each.name for each in app.registered_commands} | {each.name for each in app.registered_groups}
    named = {
        found
        for page in RUNBOOKS.glob("*.md")
        for found in re.findall(r"`hearth ([a-z-]+)", page.read_text())
    }
    assert named <= known
