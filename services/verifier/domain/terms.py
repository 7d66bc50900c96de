"""Policy as the verifier reads it: lengths, limits and gates of one version. Knows no file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.words import Judgement, Kind, Provision

from .hours import Span

Lengths = Mapping[Kind, Span]


@dataclass(frozen=True, slots=True)
class Membership:
    """A council's membership of an audience; `until` is the first instant without it."""

    council: str
    since: datetime | None
    until: datetime | None

    def is_member(self, at: datetime) -> bool:
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Rung:
    """A tier of a ladder."""

    audience: str
    memberships: tuple[Membership, ...]
    lengths: Lengths

    def members(self, at: datetime) -> frozenset[str]:
        return frozenset(each.council for each in self.memberships if each.is_member(at))


@dataclass(frozen=True, slots=True)
class Ladder:
    """What an agreement says about order, or the default where there is none (`agreement_id` None)."""

    agreement_id: str | None
    version: int | None
    fee_max: int | None
    rungs: tuple[Rung, ...]

    @property
    def audiences(self) -> list[str]:
        return [rung.audience for rung in self.rungs]


@dataclass(frozen=True, slots=True)
class Staleness:
    """Days since the last confirmation."""

    ageing: timedelta
    stale: timedelta
    withdrawn: timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of policy."""

    lengths: Mapping[Kind, Sequence[Span]]
    default_rungs: tuple[Rung, ...]
    remainder_fraction: float
    remainder_min_s: int
    choice: Lengths
    hold: Lengths
    pause: Lengths
    take_grace: timedelta
    future_max: timedelta
    told_late_s: int
    freshness: Staleness
    freshness_foster: Staleness
    referral_confirm: timedelta
    judgements: Mapping[Provision, frozenset[Judgement]]

    def length_of(self, rung: Rung, index: int, kind: Kind) -> Span:
        """Return a tier's length: its own, or policy's for its place in the order; beyond the list, the last."""
        own = rung.lengths.get(kind)
        if own is not None:
            return own
        told = self.lengths[kind]
        return told[min(index, len(told) - 1)]

    def remainder(self, length: Span) -> float:
        """Return the least that a window has left after a decline or a return, never more than its length."""
        return min(max(self.remainder_fraction * length.seconds, self.remainder_min_s), length.seconds)

    def staleness(self, provision: Provision) -> Staleness:
        is_foster = provision is Provision.FOSTER_HOUSEHOLD
        return self.freshness_foster if is_foster else self.freshness
