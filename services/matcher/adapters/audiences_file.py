"""Reads the catalogue of audiences, with the days from and to which each council is a member. Decides nothing."""

from datetime import date, datetime
from importlib.resources.abc import Traversable

import msgspec

from services.matcher.domain.agreement import Member
from services.matcher.domain.calendar import london_midnight
from services.matcher.domain.values import AudienceId, CouncilId
from services.matcher.listings import Audience


class _Membership(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    council: str
    valid_from: date | None
    valid_to: date | None


class _Audience(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    audience_id: str
    name: str
    memberships: tuple[_Membership, ...]


class _Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    audiences: tuple[_Audience, ...]


def read_audiences(file: Traversable) -> tuple[Audience, ...]:
    """The audiences of the file; a day begins at midnight in London. msgspec.DecodeError for any other content."""
    catalogue = msgspec.json.decode(file.read_bytes(), type=_Catalogue)
    return tuple(
        Audience(AudienceId(each.audience_id), tuple(_member(one) for one in each.memberships))
        for each in catalogue.audiences
    )


def _member(membership: _Membership) -> Member:
    return Member(
        CouncilId(membership.council), _midnight(membership.valid_from), _midnight(membership.valid_to)
    )


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else london_midnight(day)
