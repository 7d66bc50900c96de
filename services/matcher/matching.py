"""From listings to matches: a new vacancy against all referrals of its audience, a new referral against all vacancies.

A relay's transform that keeps what is listed, per audience, and what it has said of it. A match's id names place,
window, referral and profile version, so that none outlives its window: when a listing goes, its matches go.
Decides nothing; what fits and in what order stands in `domain/fit.py` and `domain/ranking.py`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

import msgspec
import orjson

from runtime.log import Entry, Record
from runtime.records import instant
from schemas.base import Event
from schemas.envelope import headers_of
from schemas.listings import NeedListed, NeedUnlisted, VacancyListed, VacancyUnlisted
from schemas.matches import MatchFound, MatchGone
from schemas.registry import type_of
from schemas.words import Misfit, Need, ReferralStatus

from .domain.badge import badge
from .domain.fit import Check, ListedNeed, Offer, explain, misfits
from .domain.geography import Geography
from .domain.ranking import Rank, rank
from .domain.values import AudienceId, CouncilId, ReferralId, VacancyId, WindowId
from .fit_index import NeedIndex, OfferIndex

LISTINGS, MATCHES = "listings", "matches"
SOURCE = "/hearth/fit"
NEAR_MISSES_MAX = 5
"""Near misses that a referral has in one audience; there is no end of places that nearly fit."""
FITS_MAX = 1_000_000
COUNT_SHOWN_MIN = 5
"""Counts under this are not told to a provider (domain page, what never leaves)."""

Pair: TypeAlias = tuple[AudienceId, VacancyId, ReferralId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a vacancy's listing says beside the offer itself."""

    vacancy_id: VacancyId
    version: int
    window_id: WindowId | None
    closes_at: datetime | None
    members: tuple[CouncilId, ...]
    is_standby: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a need's listing says beside the need itself."""

    referral_id: ReferralId
    version: int
    status: ReferralStatus
    is_confirmation_due: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VacancyGone:
    version: int
    vacancy_id: VacancyId


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedGone:
    version: int
    referral_id: ReferralId


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One vacancy that fits one referral, or misses it by one constraint."""

    match_id: str
    council: CouncilId
    referral_id: ReferralId
    profile_version: int
    vacancy_id: VacancyId
    window_id: WindowId | None
    badge: str
    near_miss: Misfit | None
    is_anticipated: bool
    rank: Rank

    @property
    def place(self) -> tuple[object, ...]:
        """Sorts a referral's matches; what is equal in every criterion stands by its id."""
        return (*self.rank.key, self.vacancy_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Every hard constraint between a vacancy and a referral; the same read from either side."""

    vacancy_id: VacancyId
    referral_id: ReferralId
    checks: tuple[Check, ...]
    misfits: tuple[Misfit, ...]
    is_for_answer: bool
    """Whether the referral's council may answer the vacancy now; False for standby and for expected places."""
    is_confirmation_due: bool
    """Whether the referral is not matched because its council has not confirmed it."""


class Shelf:
    """What one audience may see now."""

    def __init__(self, geography: Geography) -> None:
        self.offers, self.needs = OfferIndex(geography), NeedIndex()
        self.shown: dict[VacancyId, Shown] = {}
        self.standbys: dict[VacancyId, Offer] = {}
        self.wanted: dict[ReferralId, Wanted] = {}
        self.unconfirmed: dict[ReferralId, ListedNeed] = {}
        self.versions: dict[str, int] = {}

    def is_old(self, subject: str, version: int) -> bool:
        """Note the newest version of a subject; removals are remembered too."""
        if version < self.versions.get(subject, 0):
            return True
        self.versions[subject] = version
        return False

    def offer(self, vacancy_id: VacancyId) -> Offer | None:
        return self.offers.get(vacancy_id) or self.standbys.get(vacancy_id)

    def need(self, referral_id: ReferralId) -> ListedNeed | None:
        return self.needs.get(referral_id) or self.unconfirmed.get(referral_id)

    def drop_offer(self, vacancy_id: VacancyId) -> None:
        self.offers.remove(vacancy_id)
        self.standbys.pop(vacancy_id, None)
        self.shown.pop(vacancy_id, None)

    def drop_need(self, referral_id: ReferralId) -> None:
        self.needs.remove(referral_id)
        self.unconfirmed.pop(referral_id, None)
        self.wanted.pop(referral_id, None)


class Matching:
    """Keeps every audience's shelf, and the matches that stand."""

    def __init__(self, geography: Geography, near_misses_max: int = NEAR_MISSES_MAX) -> None:
        self._geography, self._near_misses_max = geography, near_misses_max
        self._shelves: defaultdict[AudienceId, Shelf] = defaultdict(lambda: Shelf(geography))
        self._matches: dict[Pair, Match] = {}
        self._of_vacancy: defaultdict[tuple[AudienceId, VacancyId], set[Pair]] = defaultdict(set)
        self._of_referral: defaultdict[ReferralId, set[Pair]] = defaultdict(set)

    def carry(self, record: Record) -> list[Entry]:
        """The matches that come and go with one listing; for a relay (see `remembering`)."""
        shelf, audience = self._shelves[AudienceId(record.key)], AudienceId(record.key)
        now = instant(record.headers["ce_time"])
        found = READERS[record.headers["ce_type"]](self, audience, shelf, record.value)
        cause = record.headers["ce_id"]
        return [_entry(each, f"{cause}:{at}", now) for at, each in enumerate(found)]

    # --- what is listed ----------------------------------------------------------------------------------------

    def list_vacancy(self, audience: AudienceId, shelf: Shelf, value: bytes) -> list["Said"]:
        shown, offer = _SHOWN.decode(value), _OFFER.decode(value)
        if shelf.is_old(offer.vacancy_id, shown.version):
            return []
        shelf.drop_offer(offer.vacancy_id)
        shelf.shown[offer.vacancy_id] = shown
        if shown.is_standby:
            shelf.standbys[offer.vacancy_id] = offer
            return self._settle(self._of_vacancy[audience, offer.vacancy_id], [])
        shelf.offers.add(offer, shown.members)
        return self._settle(
            self._of_vacancy[audience, offer.vacancy_id], self._for_vacancy(audience, shelf, offer, shown)
        )

    def unlist_vacancy(self, audience: AudienceId, shelf: Shelf, value: bytes) -> list["Said"]:
        gone = _VACANCY_GONE.decode(value)
        if shelf.is_old(gone.vacancy_id, gone.version):
            return []
        shelf.drop_offer(gone.vacancy_id)
        return self._settle(self._of_vacancy[audience, gone.vacancy_id], [])

    def list_need(self, audience: AudienceId, shelf: Shelf, value: bytes) -> list["Said"]:
        wanted, need = _WANTED.decode(value), _NEED.decode(value)
        if shelf.is_old(need.referral_id, wanted.version):
            return []
        need = replace(need, is_anticipated=wanted.status is ReferralStatus.ANTICIPATED)
        shelf.drop_need(need.referral_id)
        shelf.wanted[need.referral_id] = wanted
        if wanted.is_confirmation_due:
            shelf.unconfirmed[need.referral_id] = need
            return self._settle(self._in(audience, need.referral_id), [])
        shelf.needs.add(need)
        return self._settle(self._in(audience, need.referral_id), self._for_need(audience, shelf, need))

    def unlist_need(self, audience: AudienceId, shelf: Shelf, value: bytes) -> list["Said"]:
        gone = _NEED_GONE.decode(value)
        if shelf.is_old(gone.referral_id, gone.version):
            return []
        shelf.drop_need(gone.referral_id)
        return self._settle(self._in(audience, gone.referral_id), [])

    def _in(self, audience: AudienceId, referral_id: ReferralId) -> set[Pair]:
        return {pair for pair in self._of_referral[referral_id] if pair[0] == audience}

    # --- what matches ------------------------------------------------------------------------------------------

    def _for_vacancy(
        self, audience: AudienceId, shelf: Shelf, offer: Offer, shown: Shown
    ) -> Iterator[tuple[Pair, Match]]:
        for need in shelf.needs.fits(offer, shown.members):
            yield self._match(audience, offer, need, shown, None)
        for need in shelf.needs.near_misses(offer, shown.members):
            pair = audience, offer.vacancy_id, need.referral_id
            if self._near_misses_of(pair) < self._near_misses_max:
                [missed] = misfits(offer, need)
                yield self._match(audience, offer, need, shown, missed)

    def _near_misses_of(self, pair: Pair) -> int:
        """How many near misses the referral has in this audience, this vacancy aside."""
        others = self._in(pair[0], pair[2]) - {pair}
        return sum(self._matches[each].near_miss is not None for each in others)

    def _for_need(self, audience: AudienceId, shelf: Shelf, need: ListedNeed) -> Iterator[tuple[Pair, Match]]:
        for option in shelf.offers.best(need, FITS_MAX):
            yield self._match(audience, option.offer, need, shelf.shown[option.offer.vacancy_id], None)
        for option in shelf.offers.near_misses(need, self._near_misses_max):
            [missed] = misfits(option.offer, need)
            yield self._match(audience, option.offer, need, shelf.shown[option.offer.vacancy_id], missed)

    def _match(
        self, audience: AudienceId, offer: Offer, need: ListedNeed, shown: Shown, missed: Misfit | None
    ) -> tuple[Pair, Match]:
        match = Match(
            match_id=f"{shown.window_id or offer.vacancy_id}:{need.referral_id}:p{need.profile_version}",
            council=need.council,
            referral_id=need.referral_id,
            profile_version=need.profile_version,
            vacancy_id=offer.vacancy_id,
            window_id=shown.window_id,
            badge=badge(need.needs.home_borough, offer.borough, self._geography),
            near_miss=missed,
            is_anticipated=need.is_anticipated,
            rank=rank(offer, need, self._geography),
        )
        return (audience, offer.vacancy_id, need.referral_id), match

    def _settle(self, former: Iterable[Pair], found: Iterable[tuple[Pair, Match]]) -> list["Said"]:
        """Make these matches stand in place of the former ones, and say what has changed: first what is gone."""
        new = dict(found)
        gone = [pair for pair in sorted(former) if self._is_replaced(pair, new.get(pair))]
        said = [_gone(self._drop(pair)) for pair in gone]
        for pair, match in new.items():
            if self._matches.get(pair) != match:
                self._keep(pair, match)
                said.append(_found(match, self._place_in_order(match)))
        return said

    def _is_replaced(self, pair: Pair, match: Match | None) -> bool:
        return match is None or match.match_id != self._matches[pair].match_id

    def _keep(self, pair: Pair, match: Match) -> None:
        self._matches[pair] = match
        self._of_vacancy[pair[:2]].add(pair)
        self._of_referral[pair[2]].add(pair)

    def _drop(self, pair: Pair) -> Match:
        self._of_vacancy[pair[:2]].discard(pair)
        self._of_referral[pair[2]].discard(pair)
        return self._matches.pop(pair)

    def _place_in_order(self, match: Match) -> int:
        """Counted from 1 among the referral's matches of the same sort: those that fit, or those that nearly do."""
        return 1 + sum(
            other.place < match.place and (other.near_miss is None) == (match.near_miss is None)
            for other in self.matches_of(match.referral_id)
        )

    # --- questions ---------------------------------------------------------------------------------------------

    def matches_of(self, referral_id: ReferralId) -> list[Match]:
        """The matches that stand for a referral, in its order: those that fit, then those that nearly do."""
        found = [self._matches[pair] for pair in self._of_referral.get(referral_id, ())]
        return sorted(found, key=lambda each: (each.near_miss is not None, each.place))

    def explain(self, vacancy_id: VacancyId, referral_id: ReferralId) -> Explanation | None:
        """Why the two are matched or not; None unless both are listed where the referral's council may see them."""
        for shelf in self._shelves.values():
            offer, need = shelf.offer(vacancy_id), shelf.need(referral_id)
            if offer is None or need is None or need.council not in shelf.shown[vacancy_id].members:
                continue
            return Explanation(
                vacancy_id=vacancy_id,
                referral_id=referral_id,
                checks=explain(offer, need),
                misfits=misfits(offer, need),
                is_for_answer=shelf.shown[vacancy_id].window_id is not None,
                is_confirmation_due=shelf.wanted[referral_id].is_confirmation_due,
            )
        return None

    def anticipated(self, vacancy_ids: Iterable[VacancyId]) -> dict[tuple[str, Need], int | None]:
        """Anticipated referrals that fit any of these vacancies, by month (`2026-11`) and need, for their provider.

        A referral counts once under each of its needs. None stands for a count from 1 to 4.
        """
        wanted = set(vacancy_ids)
        pairs = [pair for pair, match in self._matches.items() if pair[1] in wanted and _is_early(match)]
        needs = {pair[2]: self._shelves[pair[0]].needs.get(pair[2]) for pair in pairs}
        counts = Counter(
            (f"{need.needs.needed_by:%Y-%m}", each)
            for need in needs.values()
            if need
            for each in need.needs.needs
        )
        return {key: count if count >= COUNT_SHOWN_MIN else None for key, count in sorted(counts.items())}


def _is_early(match: Match) -> bool:
    return match.is_anticipated and match.near_miss is None


# --- what is said ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """One record of `matches`."""

    model: type[Event]
    fields: dict[str, Any]


def _found(match: Match, place_in_order: int) -> Said:
    return Said(
        MatchFound,
        {
            "match_id": match.match_id,
            "council": match.council,
            "referral_id": match.referral_id,
            "profile_version": match.profile_version,
            "vacancy_id": match.vacancy_id,
            "window_id": match.window_id,
            "place_in_order": place_in_order,
            "order": match.rank.key,
            "band": match.rank.band,
            "reasons": match.rank.reasons,
            "badge": match.badge,
            "near_miss": match.near_miss,
            "is_anticipated": match.is_anticipated,
        },
    )


def _gone(match: Match) -> Said:
    names = ("match_id", "council", "referral_id", "vacancy_id")
    return Said(MatchGone, {name: getattr(match, name) for name in names})


def _entry(said: Said, entry_id: str, now: datetime) -> Entry:
    council = said.fields["council"]
    headers = headers_of(said.model, id=entry_id, source=SOURCE, at=now, subject=council)
    return Entry(MATCHES, council, orjson.dumps(said.fields), headers)


_SHOWN = msgspec.json.Decoder(Shown)
_OFFER = msgspec.json.Decoder(Offer)
_WANTED = msgspec.json.Decoder(Wanted)
_NEED = msgspec.json.Decoder(ListedNeed)
_VACANCY_GONE = msgspec.json.Decoder(VacancyGone)
_NEED_GONE = msgspec.json.Decoder(NeedGone)

READERS = {
    type_of(VacancyListed): Matching.list_vacancy,
    type_of(VacancyUnlisted): Matching.unlist_vacancy,
    type_of(NeedListed): Matching.list_need,
    type_of(NeedUnlisted): Matching.unlist_need,
}
