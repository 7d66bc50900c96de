"""What differs between agreements or changes over time: policy and calendars, as data named by version.

A decision names the versions it was made under; the versions that a process knows are handed to the rules as `Terms`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.words import Judgement, Kind, Provision

from .agreement import Tier
from .calendar import WorkingCalendar
from .values import Length


class TermsUnknown(LookupError):
    """This process has not been given a policy or calendar that the log names; it must not decide on a guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessPolicy:
    """Whole days since the last confirmation from which a vacancy is ageing, stale, and withdrawn."""

    ageing_days: int
    stale_days: int
    withdrawn_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of everything that the domain calls policy. Never changed; a change is a new version."""

    version: str
    lengths: Mapping[Kind, tuple[Length, ...]]
    """Default window lengths of the first, second and third tier by kind of fill."""
    default_ladder: tuple[Tier, ...]
    """The ladder of a setting without an agreement."""
    remainder_fraction: float
    """A window that goes on after a decline, or returns, has at least this share of its length left, …"""
    remainder_min_s: int
    """… or this many seconds of its calendar, whichever is larger (and never more than its length)."""
    choice: Mapping[Kind, Length]
    """How long the provider may choose among nominations after a window ended."""
    hold: Mapping[Kind, Length]
    """How long a place is held for a referral."""
    take_grace_s: int
    """How long after a hold's deadline a take that was asked in time is still agreed."""
    information_pause: Mapping[Kind, Length]
    """How far the first decline for insufficient information moves a window's deadline."""
    future_max_s: int
    """How far in the future an observed time may lie."""
    told_late_s: int
    """From which delay on being told late moves a window's deadline."""
    freshness: FreshnessPolicy
    freshness_foster: FreshnessPolicy
    referral_confirm_days: int
    judgements: Mapping[Provision, tuple[Judgement, ...]]
    """The judgement gate: which judgements let a window open, by provision type."""
    nominations_max: int
    """How many pending nominations one council may have for one vacancy."""
    memory_max: int
    """How many of a key's last inputs are known again by id."""

    def length_of(self, tier: Tier, index: int, kind: Kind) -> Length:
        """A tier's own length for a kind of fill, else the default for its place in the ladder.

        A tier beyond the defaults has the last default.
        """
        if tier.lengths is not None and kind in tier.lengths:
            return tier.lengths[kind]
        defaults = self.lengths[kind]
        return defaults[min(index, len(defaults) - 1)]

    def remainder_min(self, length: Length) -> int:
        """The seconds of its calendar that a window of this length has at least when it goes on or returns."""
        return min(length.seconds, max(int(length.seconds * self.remainder_fraction), self.remainder_min_s))

    def freshness_of(self, provision: Provision) -> FreshnessPolicy:
        return self.freshness_foster if provision is Provision.FOSTER_HOUSEHOLD else self.freshness


@dataclass(frozen=True, slots=True)
class Terms:
    """The policies and calendars that this process knows, by version."""

    policies: Mapping[str, Policy]
    calendars: Mapping[str, WorkingCalendar]

    def policy(self, version: str) -> Policy:
        """Raise TermsUnknown for a version that this process was not given."""
        try:
            return self.policies[version]
        except KeyError:
            raise TermsUnknown(f"policy {version}") from None

    def calendar(self, version: str) -> WorkingCalendar:
        """Raise TermsUnknown for a version that this process was not given."""
        try:
            return self.calendars[version]
        except KeyError:
            raise TermsUnknown(f"calendar {version}") from None
