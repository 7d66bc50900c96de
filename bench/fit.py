"""One referral against 60,000 vacancies, one vacancy against 10,000 referrals, and the same by the plain rules.

Knows the index and the domain's plain functions. What both are asked must have the same answer from both, or the bench
ends with an error.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Final, TypeVar

from runtime.clock import monotonic_s
from services.matcher.adapters.geography_file import read_geography
from services.matcher.domain.fit import ListedNeed, Offer, misfits
from services.matcher.domain.geography import Geography
from services.matcher.domain.ranking import ordered, rank
from services.matcher.fit_index import NeedIndex, OfferIndex, Option
from services.shipped import shipped

from .figures import Figure, spread
from .logs import Given
from .made import Told
from .market import Market

TOP: Final = 20

Asked = TypeVar("Asked")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Sizes:
    vacancies: int = 60_000
    referrals: int = 10_000
    asked: int = 300
    checked: int = 10
    """How many answers in each direction are held against the plain rules."""
    seed: int = 1


TINY: Final = Sizes(vacancies=300, referrals=100, asked=5, checked=5)


class Different(Exception):
    """The index has not answered as the plain rules do."""


def measure(_: Given, sizes: Sizes, told: Told) -> list[Figure]:
    """Fill both indexes, ask them, and ask the plain rules the same."""
    geography = read_geography(shipped("geo_london"))
    market = Market(geography, sizes.seed)
    told("making vacancies and referrals")
    offers = [market.offer(number) for number in range(sizes.vacancies)]
    needs = [market.need(number) for number in range(sizes.referrals)]
    told("filling the indexes")
    of_offers, of_needs = OfferIndex(geography), NeedIndex()
    filled_s = timed(lambda offer: of_offers.add(offer, market.members), offers)[0]
    for need in needs:
        of_needs.add(need)
    told("one referral against all vacancies")
    asked = needs[: sizes.asked]
    first_s, first = timed(lambda need: of_offers.best(need, TOP), asked)
    near_s, _near = timed(lambda need: of_offers.near_misses(need, TOP), asked)
    told("one vacancy against all referrals")
    back_s, back = timed(lambda offer: of_needs.fits(offer, market.members), offers[: sizes.asked])
    told("the plain rules")
    plain_first_s, plain_first = timed(lambda need: best(offers, need, geography), asked[: sizes.checked])
    plain_back_s, plain_back = timed(lambda offer: fits(offer, needs), offers[: sizes.checked])
    must_be_same(first, plain_first)
    must_be_same(back, plain_back)
    return [
        *spread("one referral, top 20 with reasons", first_s, below_ms=5),
        *compared(plain_first_s, first_s),
        *spread("one referral, 20 near misses", near_s),
        *spread("one vacancy, all referrals that it fits", back_s, below_ms=2),
        *compared(plain_back_s, back_s),
        Figure("adding one vacancy to the index", median(filled_s) * 1e6, "µs"),
        Figure("referrals that a vacancy fits", mean(map(len, back)) / len(needs) * 100, "%"),
    ]


def timed(ask: Callable[[Asked], Found], of: Iterable[Asked]) -> tuple[list[float], list[Found]]:
    """Ask one after the other; return how long each took, and the answers."""
    times_s, found = [], []
    for each in of:
        began_s = monotonic_s()
        found.append(ask(each))
        times_s.append(monotonic_s() - began_s)
    return times_s, found


def compared(plain_s: Sequence[float], index_s: Sequence[float]) -> tuple[Figure, Figure]:
    note = f"{len(plain_s)} answers, all identical"
    return (
        Figure("  by the domain's plain functions", median(plain_s) * 1000, "ms", note=note),
        Figure("  the index is faster by", median(plain_s) / median(index_s), "times"),
    )


def must_be_same(index: Sequence[object], plain: Sequence[object]) -> None:
    if list(index[: len(plain)]) != list(plain):
        raise Different("the index and the plain rules do not give the same answers")


# --- the plain rules --------------------------------------------------------------------------------------------


def best(offers: Iterable[Offer], need: ListedNeed, geography: Geography) -> list[Option]:
    """The first of the vacancies that fit, in their order, each with its reasons."""
    fitting = tuple(offer for offer in offers if not misfits(offer, need))
    return [Option(offer, rank(offer, need, geography)) for offer in ordered(fitting, need, geography)[:TOP]]


def fits(offer: Offer, needs: Iterable[ListedNeed]) -> list[ListedNeed]:
    """The referrals that a vacancy fits, by id."""
    return sorted((need for need in needs if not misfits(offer, need)), key=lambda need: need.referral_id)
