"""In which order a provider is advised to look at the nominations for one of its vacancies, and why.

Standard library and the shared words only. Advice: the choice is the provider's. Criteria stand one after the
other and are never summed. When a nomination arrived is none of them: the first click does not win.
Source: domain page, offer windows, law 10.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise

from schemas.words import ChoiceReason, DistanceBand, Urgency

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A pending nomination as far as the order goes.

    `fit` compares two referrals for one and the same place, smaller is better; it holds no distance, which has a
    criterion of its own. `served_at` is when the provider last held a place for the council; None: never.
    """

    nomination_id: str
    referral_id: str
    fit: tuple[int, ...]
    urgency: Urgency
    band: DistanceBand
    served_at: datetime | None


@dataclass(frozen=True, slots=True)
class Advice:
    """`rank` counts from 1. `reason` is what puts it before the next; None for the last of several."""

    nomination_id: str
    rank: int
    reason: ChoiceReason | None


def _places(words: type[StrEnum]) -> Mapping[StrEnum, int]:
    return {word: place for place, word in enumerate(words)}


URGENCY_ORDER, BAND_ORDER = _places(Urgency), _places(DistanceBand)

CRITERIA: Mapping[ChoiceReason, Callable[[Candidate], tuple[int, ...] | int | datetime]] = {
    ChoiceReason.BEST_MATCH: lambda each: each.fit,
    ChoiceReason.URGENCY: lambda each: URGENCY_ORDER[each.urgency],
    ChoiceReason.DISTANCE: lambda each: BAND_ORDER[each.band],
    ChoiceReason.LEAST_RECENTLY_SERVED: lambda each: each.served_at or NEVER,
}
"""Most weighty first; smaller is better in each."""


def advise(candidates: Iterable[Candidate]) -> tuple[Advice, ...]:
    """Return the nominations of one vacancy, the advised first. What is equal in all stands by the referral's id."""
    ordered = sorted(candidates, key=lambda each: (*_key(each), each.referral_id))
    if len(ordered) == 1:
        return (Advice(ordered[0].nomination_id, 1, ChoiceReason.ONLY_NOMINATION),)
    reasons = [*(_difference(one, next_) for one, next_ in pairwise(ordered)), None]
    return tuple(
        Advice(each.nomination_id, rank, reason)
        for rank, (each, reason) in enumerate(zip(ordered, reasons, strict=False), 1)
    )


def _key(candidate: Candidate) -> tuple[tuple[int, ...] | int | datetime, ...]:
    return tuple(criterion(candidate) for criterion in CRITERIA.values())


def _difference(one: Candidate, other: Candidate) -> ChoiceReason:
    found = (reason for reason, criterion in CRITERIA.items() if criterion(one) != criterion(other))
    return next(found, ChoiceReason.ALL_EQUAL)
