"""From decisions to listings: which audience may see which vacancy and which need now. A relay's transform.

Laws: a vacancy is listed for answer to exactly one audience, its window's, and to nobody else while none is open; to
the tiers below for standby with profile and tier alone; a need to each audience of its council, for matching alone.
What is taken away is said before what is given, so that at no moment two audiences may answer.
Knows what it listed last. Decides nothing: who may see what follows from the state, the policy and the catalogue.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from runtime.log import Entry, Record
from runtime.records import SEQUENCE, SUBJECT, instant
from schemas.base import Event
from schemas.envelope import headers_of
from schemas.listings import NeedListed, NeedUnlisted, VacancyListed, VacancyUnlisted
from schemas.words import ReferralStatus

from .domain.agreement import Member
from .domain.policy import Terms
from .domain.referral import Referral
from .domain.setting import Setting
from .domain.values import AudienceId, CouncilId, ProviderId, ReferralId, SettingId
from .sharing import Agreements, Sharing
from .showing import Fields, shown_vacancies
from .translate import read_referral, read_setting

LISTINGS = "listings"
SOURCES = ("offers", "placements")
SOURCE = "/hearth/listings"
MATCHED_STATUSES = (ReferralStatus.ANTICIPATED, ReferralStatus.OPEN)
AUDIENCE_DIGITS = 10

Place = tuple[AudienceId, str]
"""An audience, and the vacancy or referral that it may see."""
ShownNeed = tuple[int, Fields]
"""How much has changed by what settings say, and what an audience sees."""


@dataclass(frozen=True, slots=True)
class Audience:
    """A set of councils with its memberships, as the catalogue has it."""

    audience: AudienceId
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """One record of `listings`: its model and the fields but for the audience and the version."""

    model: type[Event]
    audience: AudienceId
    version: int
    fields: Fields
    id: str = ""
    """Its own name, where it is not the next one of the decision that caused it."""
    stands: Mapping[str, str] = field(default_factory=dict)
    """Headers that say what stands, and which state of it this is."""


class Listings:
    """Holds each new state against what was listed last, and says the difference."""

    def __init__(
        self,
        terms: Terms,
        audiences: Iterable[Audience],
        in_house: Mapping[ProviderId, CouncilId],
        read_setting: Callable[[bytes], Setting | None] = read_setting,
        sharing: Sharing | None = None,
    ) -> None:
        """`in_house` names the council of each provider that is a council's own; borough is the guess without."""
        self._terms, self._in_house, self._read_setting = terms, in_house, read_setting
        self._members: dict[AudienceId, set[Member]] = {}
        self._joined: Counter[tuple[AudienceId, CouncilId]] = Counter()
        """How many memberships a council is known to have in an audience."""
        self._changes: Counter[ReferralId] = Counter()
        """How often a setting began or ceased to be blocked for a referral."""
        for each in audiences:
            self._learn(each.audience, each.members)
        for policy in terms.policies.values():
            for tier in policy.default_ladder:
                self._learn(tier.audience, tier.members)
        self._sharing = sharing or Sharing()
        self._agreements: dict[SettingId, Agreements] = {}
        self._vacancies: dict[SettingId, dict[Place, Fields]] = {}
        self._needs: dict[ReferralId, dict[Place, ShownNeed | None]] = {}
        self._referrals: dict[ReferralId, tuple[Referral, int]] = {}
        """Each with the version that changed last what is shown of it."""
        self._blocked: dict[ReferralId, set[SettingId]] = {}
        self._blocked_by: dict[SettingId, set[ReferralId]] = {}
        self._versions: dict[str, int] = {}

    def carry(self, record: Record) -> list[Entry]:
        """The listings that follow from one decision record; none from one that was seen before."""
        version, now = int(record.headers["ce_version"]), instant(record.headers["ce_time"])
        if record.topic == "offers":
            setting = self._read_setting(record.value)
            listings = [] if setting is None else self.of_setting(setting, version, now)
        else:
            referral = read_referral(record.value)
            listings = [] if referral is None else self.of_referral(referral, version, now)
        return [_entry(listing, record, index, now) for index, listing in enumerate(listings)]

    def of_setting(self, setting: Setting, version: int, now: datetime) -> list[Listing]:
        """What changes for whom with this state of a setting; nothing for a version that is not newer."""
        if not self._is_newer(setting.setting_id, version):
            return []
        shown: dict[Place, Fields] = dict(shown_vacancies(setting, self._terms, self._in_house, now))
        former = self._vacancies.pop(setting.setting_id, {})
        if shown:
            self._vacancies[setting.setting_id] = shown
        touched = self._changed_blocks(setting) | self._newly_in_audience(setting)
        return [
            *_difference(former, shown, version, VacancyListed, VacancyUnlisted, "vacancy_id"),
            *(listing for referral_id in sorted(touched) for listing in self._relisted(referral_id, now)),
        ]

    def of_referral(self, referral: Referral, version: int, now: datetime) -> list[Listing]:
        """What changes for whom with this state of a referral; nothing for a version that is not newer."""
        if not self._is_newer(referral.referral_id, version):
            return []
        if (known := self._referrals.get(referral.referral_id)) is not None:
            before, changed_by = known
            is_same = before.council == referral.council and _own_fields(before) == _own_fields(referral)
            version = changed_by if is_same else version
        self._referrals[referral.referral_id] = referral, version
        return list(self._relisted(referral.referral_id, now))

    def _is_newer(self, key: str, version: int) -> bool:
        if version <= self._versions.get(key, 0):
            return False
        self._versions[key] = version
        return True

    def _learn(self, audience: AudienceId, members: Iterable[Member]) -> set[CouncilId]:
        """Note memberships, and name the councils that have a new one."""
        known = self._members.setdefault(audience, set())
        new = set(members) - known
        known |= new
        self._joined.update((audience, member.council) for member in new)
        return {member.council for member in new}

    def _newly_in_audience(self, setting: Setting) -> set[ReferralId]:
        """The referrals of councils that are members of an audience by an agreement first seen here."""
        councils: set[CouncilId] = set()
        agreements = self._sharing.one(setting.agreements)
        if self._agreements.get(setting.setting_id) is agreements:
            return set()
        self._agreements[setting.setting_id] = agreements
        for agreement in agreements:
            for tier in agreement.tiers:
                councils |= self._learn(tier.audience, tier.members)
        if not councils:
            return set()
        return {name for name, (referral, _) in self._referrals.items() if referral.council in councils}

    def _audiences_of(self, council: CouncilId, now: datetime) -> list[AudienceId]:
        """The audiences that the council is a member of now, its own included."""
        members = self._members.items()
        valid = {
            name for name, each in members if any(m.council == council and m.is_valid(now) for m in each)
        }
        return sorted(valid | {AudienceId(council)})

    def _changed_blocks(self, setting: Setting) -> set[ReferralId]:
        """Note which referrals the setting cannot take now, and name those for which that has changed."""
        blocked = {pair.referral_id for pair in setting.blocked_pairs}
        changed = blocked ^ self._blocked_by.get(setting.setting_id, set())
        if changed:
            self._blocked_by[setting.setting_id] = blocked
            self._changes.update(changed)
        for referral_id in changed:
            settings = self._blocked.setdefault(referral_id, set())
            (settings.add if referral_id in blocked else settings.discard)(setting.setting_id)
        return changed

    def _relisted(self, referral_id: ReferralId, now: datetime) -> Iterator[Listing]:
        if referral_id not in self._referrals:
            return
        referral, version = self._referrals[referral_id]
        former, shown = self._needs.get(referral_id, {}), self._shown_need(referral, now)
        self._needs[referral_id] = shown
        changed = {
            place
            for place in former.keys() | shown.keys()
            if place not in former or former[place] != shown.get(place)
        }
        for place in sorted(changed, key=lambda each: (shown.get(each) is not None, each)):
            changes = self._changes_for(place[0], referral)
            if (seen := shown.get(place)) is None:
                yield _standing(NeedUnlisted, place, version, changes, {"referral_id": referral_id})
            else:
                yield _standing(NeedListed, place, version, *seen)

    def _changes_for(self, audience: AudienceId, referral: Referral) -> int:
        """How much has changed of what an audience sees of a need but by decisions about the referral."""
        return self._changes[referral.referral_id] + self._joined[audience, referral.council]

    def _shown_need(self, referral: Referral, now: datetime) -> dict[Place, ShownNeed | None]:
        """What each audience of its council sees of the need; of one that is locked, placed or closed nothing.

        Nothing is told too, for a second relay may have listed there what this one never did.
        """
        places = [(audience, referral.referral_id) for audience in self._audiences_of(referral.council, now)]
        if (own := _own_fields(referral)) is None:
            return dict.fromkeys(places)
        fields = {**own, "blocked_settings": tuple(sorted(self._blocked.get(referral.referral_id, ())))}
        return {place: (self._changes_for(place[0], referral), fields) for place in places}


def _own_fields(referral: Referral) -> Fields | None:
    """What is shown of a need by its own state; None: nothing."""
    if referral.status not in MATCHED_STATUSES or referral.closing is not None:
        return None
    return {
        "referral_id": referral.referral_id,
        "council": referral.council,
        "profile_version": referral.profile_version,
        "needs": referral.needs,
        "status": referral.status,
        "is_confirmation_due": referral.is_confirmation_due,
    }


def _difference(
    former: Mapping[Place, Fields],
    shown: Mapping[Place, Fields],
    version: int,
    listed: type[Event],
    unlisted: type[Event],
    subject: str,
) -> Iterator[Listing]:
    """First what is taken away, then what is shown without an answer, then what may be answered."""
    if former == shown:
        return
    for audience, name in sorted(former.keys() - shown.keys()):
        yield Listing(unlisted, audience, version, {subject: name})
    changed = [place for place in sorted(shown) if former.get(place) != shown[place]]
    for place in sorted(changed, key=lambda each: shown[each].get("window_id") is not None):
        yield Listing(listed, place[0], version, shown[place])


def _standing(model: type[Event], place: Place, version: int, changes: int, fields: Fields) -> Listing:
    """Name a need's listing by the state that it tells.

    Decisions about settings and referrals come in no order among each other, so the decision that a need's listing
    follows from may be another one in another life of the relay, or in a second process. The state is not, nor how
    much had changed by then: what tells it again is the same, and what comes late is known to be late.

    `version` is the one that changed last what is shown of the referral itself. A newer one that changed nothing
    would let who knows fewer changes of the settings speak after who knows them all, and has said so before.
    """
    audience, referral_id = place
    digits = sha256(audience.encode()).hexdigest()[:AUDIENCE_DIGITS]  # a code may be too long for an id
    name = f"{referral_id}:{version}.{changes}:{digits}"
    stands = {SUBJECT: referral_id, SEQUENCE: f"{version:010}.{changes:010}"}
    return Listing(model, audience, version, fields, name, stands)


def _entry(listing: Listing, record: Record, index: int, now: datetime) -> Entry:
    """A listing's id is that of the decision that caused it, and its number there, unless it has its own."""
    headers = headers_of(
        listing.model,
        id=listing.id or f"{record.key}:{record.headers['ce_version']}:{index}",
        source=SOURCE,
        at=now,
        subject=listing.audience,
    )
    value: dict[str, Any] = {"audience": listing.audience, "version": listing.version, **listing.fields}
    return Entry(LISTINGS, listing.audience, orjson.dumps(value), {**headers, **listing.stands})
