"""Agreements and their ladders: who is offered first, for how long, at what fee, from when to when.

A ladder is data. A vacancy walks its tiers in order; which one is next depends only on the audiences that have
already had their window in this vacancy's episode.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from schemas.words import Kind

from .values import AudienceId, CouncilId, Length, Pence


@dataclass(frozen=True, slots=True)
class Member:
    """A council's membership of an audience. `valid_to` is the first instant at which it is no longer a member."""

    council: CouncilId
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        has_begun = self.valid_from is None or self.valid_from <= now
        return has_begun and (self.valid_to is None or now < self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One step of a ladder: an audience, its members, and the lengths that differ from the policy's defaults."""

    audience: AudienceId
    members: tuple[Member, ...]
    lengths: Mapping[Kind, Length] | None = None
    is_standby_allowed: bool = True
    """Whether this tier may register standby while a higher tier's window is open."""

    def councils(self, now: datetime) -> tuple[CouncilId, ...]:
        return tuple(sorted({member.council for member in self.members if member.is_valid(now)}))


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """What a provider and councils agreed about one setting. `valid_to` is the first instant without it."""

    agreement_id: str
    version: int
    valid_from: datetime
    valid_to: datetime | None
    fee_max: Pence | None
    """Pence a week; None where the agreement has no fee."""
    tiers: tuple[Tier, ...]

    @cached_property
    def instants(self) -> tuple[datetime, ...]:
        """When it comes into force and when memberships end, each of which is looked at once."""
        ends = (member.valid_to for tier in self.tiers for member in tier.members)
        return (self.valid_from, *(at for at in ends if at is not None))

    def is_in_force(self, now: datetime) -> bool:
        return self.valid_from <= now and (self.valid_to is None or now < self.valid_to)

    def overlaps(self, other: "Agreement") -> bool:
        begins_before = other.valid_to is None or self.valid_from < other.valid_to
        return begins_before and (self.valid_to is None or other.valid_from < self.valid_to)
