"""What is said about one place: unusable and usable again, on notice, occupied.

Laws: an older observation never overwrites a newer one, a later arrival beats an earlier one of the same time; a held
or reserved place is not taken away by a word about it.
Source: domain page, a vacancy's life.
"""

from schemas.words import Code, PlaceStatus, Provision, WithdrawReason

from . import facts, inputs
from .draft import Draft
from .endings import Withdrawal, fill, group_changed, withdraw
from .replacing import replace
from .setting import Notice, Place, Setting, Unusable
from .values import PlaceNumber

LIVED_IN = frozenset({PlaceStatus.OCCUPIED, PlaceStatus.UNREPORTED, PlaceStatus.ON_NOTICE})
"""Where a child may be living: places that can come on notice, and that can become vacant."""


NOT_ON_BED_LADDERS = frozenset({Provision.SHORT_BREAKS, Provision.SECURE_HOME})
"""Whose places never become vacancies: nights by a calendar, and beds that go through the national unit."""


def find_place(draft: Draft, number: PlaceNumber, order: inputs.Input) -> tuple[Place | None, Code | None]:
    """A registered place about which this order is not older news; else the refusal."""
    place = draft.setting.place(number)
    if place is None:
        return None, Code.UNKNOWN_PLACE
    if place.status in (PlaceStatus.PLANNED, PlaceStatus.PENDING_REGISTRATION, PlaceStatus.RETIRED):
        return None, Code.PLACE_NOT_REGISTERED
    if order.observed_at < place.observed_at:
        return None, Code.OLDER_OBSERVATION
    return place, commitment_refusal(place)


def is_counted_since(setting: Setting, order: inputs.Input) -> bool:
    """Tell whether a number of a later time has counted this already: what is older begins and ends no vacancy."""
    return setting.stated_at is not None and order.observed_at < setting.stated_at


def commitment_refusal(place: Place) -> Code | None:
    if place.vacancy is None or not place.vacancy.is_committed:
        return None
    return Code.PLACE_HELD if place.vacancy.hold is not None else Code.PLACE_RESERVED


def unusable(draft: Draft, order: inputs.PlaceUnusable) -> Code | None:
    place, code = find_place(draft, order.place, order)
    if place is None or code is not None:
        return code
    if place.vacancy is not None:
        if is_counted_since(draft.setting, order):
            return Code.OLDER_OBSERVATION
        withdraw(
            draft,
            place.vacancy,
            Withdrawal(
                reason=WithdrawReason.PLACE_UNUSABLE,
                leaves=PlaceStatus.UNUSABLE,
                observed_at=order.observed_at,
            ),
        )
    _say(draft, draft.place(order.place), PlaceStatus.UNUSABLE, order)
    details = Unusable(reason=order.reason, review_at=order.review_at)
    draft.put_place(replace(draft.place(order.place), unusable=details))
    draft.tell(facts.PlaceBecameUnusable(place=order.place, reason=order.reason, review_at=order.review_at))
    return None


def _say(draft: Draft, place: Place, status: PlaceStatus, order: inputs.Input) -> Place:
    """Let a word about this place stand, whatever stood before."""
    return draft.put_place(
        replace(
            place,
            status=status,
            observed_at=order.observed_at,
            is_counted=False,
            was_vacant=place.was_vacant if place.observed_at == order.observed_at else False,
            unusable=None,
            notice=None,
        )
    )


def usable(draft: Draft, order: inputs.PlaceUsable) -> Code | None:
    place, code = find_place(draft, order.place, order)
    if place is None or code is not None:
        return code
    if place.status is not PlaceStatus.UNUSABLE:
        return Code.PLACE_NOT_UNUSABLE
    _say(draft, place, PlaceStatus.UNREPORTED, order)
    draft.put_place(replace(draft.place(order.place), needs_review=False))
    draft.tell(facts.PlaceBecameUsable(place=order.place))
    return None


def on_notice(draft: Draft, order: inputs.PlaceOnNotice) -> Code | None:
    if draft.setting.provision in NOT_ON_BED_LADDERS:
        return Code.NOT_ON_BED_LADDER
    place, code = find_place(draft, order.place, order)
    if place is None or code is not None:
        return code
    if place.status not in LIVED_IN:
        return Code.PLACE_NOT_OCCUPIED
    stated_at = draft.setting.stated_at
    if is_counted_since(draft.setting, order) and stated_at is not None and order.vacant_from <= stated_at:
        return Code.OLDER_OBSERVATION
    place = _say(draft, place, PlaceStatus.ON_NOTICE, order)
    notice = Notice(vacant_from=order.vacant_from, kind=order.kind, fee=order.fee)
    draft.put_place(replace(place, notice=notice))
    draft.tell(facts.PlaceCameOnNotice(place=order.place, vacant_from=order.vacant_from))
    return None


def occupied(draft: Draft, order: inputs.PlaceOccupied) -> Code | None:
    """A child lives there. If the place was being offered, it was filled outside the windows, without a code."""
    place, code = find_place(draft, order.place, order)
    if place is None or code is not None:
        return code
    if place.vacancy is not None:
        if is_counted_since(draft.setting, order):
            return Code.OLDER_OBSERVATION
        fill(draft, place.vacancy, None, order.observed_at)
    else:
        _say(draft, place, PlaceStatus.OCCUPIED, order)
        group_changed(draft)
    draft.tell(facts.PlaceBecameOccupied(place=order.place))
    return None
