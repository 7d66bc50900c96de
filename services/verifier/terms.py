"""Reads policies and bank holidays from the shipped files, by its own reading. Knows files and JSON."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import orjson

from schemas.values import Agreement
from schemas.words import CalendarKind, Judgement, Kind, Provision
from services.shipped import shipped

from .domain.hours import Hours, Span
from .domain.terms import Ladder, Membership, Policy, Rung, Staleness

POLICIES, HOLIDAYS = "policies", "bank_holidays"


@cache
def policy(version: str) -> Policy | None:
    """Return a policy by its version; None for one that was not shipped."""
    found = _json(POLICIES, version)
    return None if found is None else _policy(found)


@cache
def hours(version: str) -> Hours | None:
    """Return a calendar by its version; None for one that was not shipped."""
    found = _json(HOLIDAYS, version)
    if found is None:
        return None
    days = frozenset(date.fromisoformat(day) for day in found["holidays"])
    return Hours(days, date.fromisoformat(found["known_from"]), date.fromisoformat(found["known_until"]))


def ladder_of(agreement: Agreement) -> Ladder:
    """Return the ladder of an agreement as an input attached it."""
    rungs = tuple(
        Rung(
            tier.audience,
            tuple(Membership(each.council, each.valid_from, each.valid_to) for each in tier.members),
            {kind: Span(each.calendar, each.seconds) for kind, each in (tier.lengths or {}).items()},
        )
        for tier in agreement.tiers
    )
    return Ladder(agreement.agreement_id, agreement.version, agreement.fee_max, rungs)


def _json(folder: str, version: str) -> dict[str, Any] | None:
    for file in shipped(folder).iterdir():
        if file.name.endswith(".json"):
            found: dict[str, Any] = orjson.loads(file.read_bytes())
            if found.get("version") == version:
                return found
    return None


def _policy(found: Mapping[str, Any]) -> Policy:
    return Policy(
        lengths={Kind(kind): [_span(each) for each in spans] for kind, spans in found["lengths"].items()},
        default_rungs=tuple(_rung(each) for each in found["default_ladder"]),
        remainder_fraction=found["remainder_fraction"],
        remainder_min_s=found["remainder_min_s"],
        choice=_lengths(found["choice"]),
        hold=_lengths(found["hold"]),
        pause=_lengths(found["information_pause"]),
        take_grace=timedelta(seconds=found["take_grace_s"]),
        future_max=timedelta(seconds=found["future_max_s"]),
        told_late_s=found["told_late_s"],
        freshness=_staleness(found["freshness"]),
        freshness_foster=_staleness(found["freshness_foster"]),
        referral_confirm=timedelta(days=found["referral_confirm_days"]),
        judgements={
            Provision(provision): frozenset(Judgement(each) for each in accepted)
            for provision, accepted in found["judgements"].items()
        },
    )


def _span(found: Mapping[str, Any]) -> Span:
    return Span(CalendarKind(found["calendar"]), found["seconds"])


def _lengths(found: Mapping[str, Any] | None) -> dict[Kind, Span]:
    return {Kind(kind): _span(each) for kind, each in (found or {}).items()}


def _rung(found: Mapping[str, Any]) -> Rung:
    members = tuple(
        Membership(each["council"], _instant(each.get("valid_from")), _instant(each.get("valid_to")))
        for each in found["members"]
    )
    return Rung(found["audience"], members, _lengths(found.get("lengths")))


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _staleness(found: Mapping[str, int]) -> Staleness:
    days = (found["ageing_days"], found["stale_days"], found["withdrawn_days"])
    return Staleness(*[timedelta(days=each) for each in days])
