"""Where the places of a setting are: each counted once. A pure function of a setting's state on the wire."""

from collections.abc import Mapping
from typing import Any

Fields = dict[str, Any]


def place_of(place: Mapping[str, Any]) -> Fields:
    unusable, notice, vacancy = place["unusable"], place["notice"], place["vacancy"]
    return {
        "number": place["number"],
        "status": place["status"],
        "owners": place["owners"],
        "needs_review": place["needs_review"],
        "unusable_reason": unusable and unusable["reason"],
        "review_at": unusable and unusable["review_at"],
        "is_review_due": unusable and unusable["is_review_due"],
        "vacant_from": notice and notice["vacant_from"],
        "vacancy_id": vacancy and vacancy["vacancy_id"],
    }


def agreement_outline(agreement: Mapping[str, Any]) -> Fields:
    names = ("agreement_id", "version", "valid_from", "valid_to", "fee_max")
    return {
        **{name: agreement[name] for name in names},
        "tiers": [each["audience"] for each in agreement["tiers"]],
    }


def counts_of(state: Mapping[str, Any]) -> dict[str, int]:
    """Count every registered place: occupied + vacant + held + reserved + unusable = registered + over.

    `occupied` includes `on_notice` and `unreported`, which stand beside it.
    """
    columns = dict.fromkeys(COLUMNS, 0)
    for place in state["places"]:
        column = column_of(place)
        if column is not None:
            columns[column] += 1
    planned = sum(place["status"] in PLANNED for place in state["places"])
    registered = state["registered_places"] - planned
    occupied = columns["occupied"] + columns["on_notice"] + columns["unreported"]
    return {
        "registered": registered,
        "planned": planned,
        **columns,
        "occupied": occupied,
        "over": max(0, sum(columns.values()) - registered),
    }


COLUMNS = ("occupied", "on_notice", "unreported", "vacant", "held", "reserved", "unusable")
PLANNED = frozenset({"planned", "pending_registration"})


def column_of(place: Mapping[str, Any]) -> str | None:
    """Return which column a place counts in; None for one that is planned or retired."""
    vacancy = place["vacancy"]
    if place["status"] == "vacant" and vacancy:
        return "held" if vacancy["hold"] else "reserved" if vacancy["reservation"] else "vacant"
    return place["status"] if place["status"] in COLUMNS else None
