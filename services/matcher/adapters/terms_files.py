"""Reads the policies and calendars that come with Hearth, or with an operator's own folder, into `Terms`.

Knows file names and JSON. Decides nothing: what a policy means stands in the rules.
"""

from datetime import date
from importlib.resources.abc import Traversable
from typing import Any

import msgspec

from services.matcher.domain.calendar import WorkingCalendar
from services.matcher.domain.policy import Policy, Terms
from services.shipped import shipped

POLICY = "hearth-2026-1"
"""The policy version that a setting or referral starts with, where nobody says another."""

CALENDAR = "england-2027-12"
"""The calendar version that a setting starts with, where nobody says another."""


class TermsUnreadable(ValueError):
    """A policy or calendar file is not what it must be; says which file and where."""


class _CalendarFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    known_from: date
    known_until: date
    holidays: tuple[date, ...]


def load_terms(policies: Traversable | None = None, calendars: Traversable | None = None) -> Terms:
    """Every policy and calendar of the two folders; by default those that come with Hearth.

    Raise TermsUnreadable for a file that does not decode.
    """
    found = [_read(file, Policy) for file in _json_files(policies or shipped("policies"))]
    known = [_calendar(file) for file in _json_files(calendars or shipped("bank_holidays"))]
    return Terms({policy.version: policy for policy in found}, {each.version: each for each in known})


def _json_files(folder: Traversable) -> list[Traversable]:
    return sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda f: f.name)


def _read(file: Traversable, shape: Any) -> Any:
    try:
        return msgspec.json.decode(file.read_bytes(), type=shape)
    except (msgspec.DecodeError, OSError) as error:
        raise TermsUnreadable(f"{file.name}: {error}") from None


def _calendar(file: Traversable) -> WorkingCalendar:
    read: _CalendarFile = _read(file, _CalendarFile)
    return WorkingCalendar(read.version, read.known_from, read.known_until, frozenset(read.holidays))
