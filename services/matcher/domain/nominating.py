"""Nominations and standby: one referral put forward for one vacancy, and what a provider may do with it.

Laws: the first click does not win in a shared tier, nominations are collected until the deadline or until every
member answered; a decline does not end the council's window; standby counts as nominated from the moment its own
tier opens; a provider sees and accepts only what placements has vouched for.
Source: domain page, offer windows, laws 3, 7, 10 and 11; decline reasons.
"""

from datetime import datetime, timedelta

from schemas.words import ChoiceReason, Code, ConflictKind, NominationEnd, ProviderDecline, WindowOutcome

from . import facts, inputs
from .draft import Draft
from .endings import (
    after_a_nomination_went,
    end_nominated,
    end_nomination,
    end_nominations,
    end_window,
    return_of,
    seconds_left,
)
from .finding import find_nomination, find_open_window, is_pair_blocked
from .replacing import replace
from .setting import BlockedPair, Conflict, Hold, Nomination, Return, Standby, Vacancy, Window
from .values import CouncilId, HoldId, Length, NominationId, ReferralId


def nominate(draft: Draft, order: inputs.Nominate) -> Code | None:
    vacancy, window, code = find_open_window(draft, order.window_id)
    if vacancy is None or window is None:
        return code
    council = CouncilId(order.by.id)
    code = _nomination_refusal(draft, vacancy, window, council, order.referral_id)
    if code is not None:
        return code
    _add_nomination(draft, vacancy, window, council, order.referral_id, is_from_standby=False)
    return None


def _nomination_refusal(
    draft: Draft, vacancy: Vacancy, window: Window, council: CouncilId, referral_id: ReferralId
) -> Code | None:
    pending = [each for each in vacancy.nominations if each.council == council]
    if council not in window.members:
        return Code.NOT_IN_AUDIENCE
    if council in window.released:
        return Code.ALREADY_RELEASED
    if any(each.referral_id == referral_id for each in vacancy.nominations):
        return Code.ALREADY_NOMINATED
    if len(pending) >= draft.policy.nominations_max:
        return Code.TOO_MANY_NOMINATIONS
    return Code.PAIR_BLOCKED if is_pair_blocked(draft.setting, referral_id) else None


def _add_nomination(
    draft: Draft,
    vacancy: Vacancy,
    window: Window,
    council: CouncilId,
    referral_id: ReferralId,
    *,
    is_from_standby: bool,
) -> Vacancy:
    number = vacancy.nominations_made + 1
    nomination = Nomination(
        nomination_id=NominationId(f"{vacancy.vacancy_id}:n{number}"),
        window_id=window.window_id,
        council=council,
        referral_id=referral_id,
        made_at=draft.now,
    )
    draft.tell(
        facts.NominationMade(
            nomination_id=nomination.nomination_id,
            vacancy_id=vacancy.vacancy_id,
            window_id=window.window_id,
            council=council,
            referral_id=referral_id,
            is_from_standby=is_from_standby,
        )
    )
    nominations = (*vacancy.nominations, nomination)
    release = vacancy.release
    if release is not None and release.window_id != window.window_id:
        release = replace(release, is_answered_below=True)
    return draft.put(replace(vacancy, nominations=nominations, nominations_made=number, release=release))


def nominate_standbys(draft: Draft, vacancy: Vacancy) -> None:
    """Turn the standbys of a window that has just opened into nominations, in the order of their registration.

    A referral that the provider has meanwhile ruled out is not put forward.
    """
    window = vacancy.window
    if window is None:
        raise LookupError(vacancy.vacancy_id)
    theirs = [each for each in vacancy.standbys if each.council in window.members]
    others = tuple(each for each in vacancy.standbys if each.council not in window.members)
    vacancy = draft.put(replace(vacancy, standbys=others))
    for standby in theirs:
        if is_pair_blocked(draft.setting, standby.referral_id):
            continue
        vacancy = _add_nomination(
            draft, vacancy, window, standby.council, standby.referral_id, is_from_standby=True
        )


def register_standby(draft: Draft, order: inputs.RegisterStandby) -> Code | None:
    vacancy = draft.setting.vacancy(order.vacancy_id)
    if vacancy is None:
        return Code.UNKNOWN_VACANCY
    if vacancy.window is None:
        return Code.WINDOW_NOT_OPEN
    council = CouncilId(order.by.id)
    if council not in vacancy.window.standby_members:
        return Code.STANDBY_NOT_ALLOWED
    if any(each.council == council for each in vacancy.standbys):
        return Code.ALREADY_STANDING_BY
    if is_pair_blocked(draft.setting, order.referral_id):
        return Code.PAIR_BLOCKED
    standby = Standby(council=council, referral_id=order.referral_id, registered_at=draft.now)
    draft.put(replace(vacancy, standbys=(*vacancy.standbys, standby)))
    draft.tell(
        facts.StandbyRegistered(vacancy_id=vacancy.vacancy_id, council=council, referral_id=order.referral_id)
    )
    return None


def nomination_vouched(draft: Draft, order: inputs.NominationVouched) -> Code | None:
    vacancy, nomination = find_nomination(draft, order.nomination_id)
    if vacancy is None or nomination is None or nomination.is_vouched:
        return Code.STALE_INSTANCE
    vouched = replace(nomination, is_vouched=True)
    nominations = tuple(
        vouched if each.nomination_id == vouched.nomination_id else each for each in vacancy.nominations
    )
    vacancy = draft.put(replace(vacancy, nominations=nominations))
    draft.tell(
        facts.NominationVouched(
            nomination_id=vouched.nomination_id,
            vacancy_id=vacancy.vacancy_id,
            council=vouched.council,
            referral_id=vouched.referral_id,
        )
    )
    if vacancy.window is not None:
        end_if_all_answered(draft, vacancy)
    return None


def nomination_denied(draft: Draft, order: inputs.NominationDenied) -> Code | None:
    return _take_back(draft, order.nomination_id, NominationEnd.REFERRAL_NOT_OPEN)


def nomination_let_go(draft: Draft, order: inputs.NominationLetGo) -> Code | None:
    return _take_back(draft, order.nomination_id, NominationEnd.LET_GO)


def _take_back(draft: Draft, nomination_id: NominationId, end: NominationEnd) -> Code | None:
    vacancy, nomination = find_nomination(draft, nomination_id)
    if vacancy is None or nomination is None:
        return Code.STALE_INSTANCE
    after_a_nomination_went(draft, end_nomination(draft, vacancy, nomination, end))
    return None


def withdraw_nomination(draft: Draft, order: inputs.WithdrawNomination) -> Code | None:
    vacancy, nomination = find_nomination(draft, order.nomination_id)
    if vacancy is None or nomination is None:
        return Code.UNKNOWN_NOMINATION
    if nomination.council != order.by.id:
        return Code.NOT_YOUR_NOMINATION
    vacancy = end_nomination(draft, vacancy, nomination, NominationEnd.WITHDRAWN, council_reason=order.reason)
    after_a_nomination_went(draft, vacancy)
    return None


def end_if_all_answered(draft: Draft, vacancy: Vacancy) -> Vacancy:
    """End a window that every member has answered: released, or, in a shared tier, nominated and vouched for.

    The only member's nomination does not end its window: the clock goes on, so that a decline leaves it time.
    """
    window = vacancy.window
    if window is None:
        return vacancy
    if vacancy.nominations:
        nominated = {each.council for each in vacancy.nominations if each.is_vouched}
        has_all = window.is_shared and set(window.members) <= nominated.union(window.released)
        return end_nominated(draft, vacancy) if has_all else vacancy
    if set(window.members) <= set(window.released):
        return end_window(draft, vacancy, WindowOutcome.RELEASED)
    return vacancy


def accept_nomination(draft: Draft, order: inputs.AcceptNomination) -> Code | None:
    vacancy, nomination, code = _answerable(draft, order.nomination_id)
    if vacancy is None or nomination is None:
        return code
    if vacancy.window is not None and vacancy.window.is_shared:
        return Code.STILL_COLLECTING
    reason = _choice_reason(vacancy, order.reason)
    if reason is None:
        return Code.REASON_NEEDED
    until = draft.deadline(draft.policy.hold[vacancy.kind])
    if until is None:
        return Code.BEYOND_KNOWN_HOLIDAYS
    returns_to = _returns_to(draft, vacancy)
    if vacancy.window is not None:
        vacancy = end_window(draft, vacancy, WindowOutcome.NOMINATED)
    vacancy = end_nomination(draft, vacancy, nomination, NominationEnd.CHOSEN)
    vacancy = end_nominations(draft, vacancy, NominationEnd.ANOTHER_CHOSEN)
    _hold(draft, replace(vacancy, choice=None), nomination, until, returns_to, reason)
    return None


def _choice_reason(vacancy: Vacancy, given: ChoiceReason | None) -> ChoiceReason | None:
    """Return why a nomination is chosen; None if several are pending and the provider did not say.

    The only one that the provider may accept needs no reason, whatever was given: others may just have gone.
    """
    if sum(each.is_vouched for each in vacancy.nominations) == 1:
        return ChoiceReason.ONLY_NOMINATION
    return None if given is ChoiceReason.ONLY_NOMINATION else given


def _answerable(
    draft: Draft, nomination_id: NominationId
) -> tuple[Vacancy | None, Nomination | None, Code | None]:
    vacancy, nomination = find_nomination(draft, nomination_id)
    if vacancy is None or nomination is None:
        return None, None, Code.UNKNOWN_NOMINATION
    if not nomination.is_vouched:
        return None, None, Code.NOMINATION_NOT_VOUCHED
    return vacancy, nomination, None


def _returns_to(draft: Draft, vacancy: Vacancy) -> Return:
    if vacancy.window is not None:
        return return_of(draft, vacancy.window)
    if vacancy.choice is None:
        raise AssertionError("a nomination is pending only in a window or a choice")
    return vacancy.choice.returns_to


def _hold(
    draft: Draft,
    vacancy: Vacancy,
    nomination: Nomination,
    until: datetime,
    returns_to: Return,
    reason: ChoiceReason,
) -> None:
    number = vacancy.holds_made + 1
    hold = Hold(
        hold_id=HoldId(f"{vacancy.vacancy_id}:h{number}"),
        nomination_id=nomination.nomination_id,
        council=nomination.council,
        referral_id=nomination.referral_id,
        held_at=draft.now,
        until=until,
        ends_at=until + timedelta(seconds=draft.policy.take_grace_s),
        returns_to=returns_to,
    )
    draft.put(replace(vacancy, hold=hold, holds_made=number))
    draft.tell(
        facts.PlaceHeld(
            hold_id=hold.hold_id,
            vacancy_id=vacancy.vacancy_id,
            nomination_id=hold.nomination_id,
            council=hold.council,
            referral_id=hold.referral_id,
            until=until,
            reason=reason,
        )
    )


def decline_nomination(draft: Draft, order: inputs.DeclineNomination) -> Code | None:
    vacancy, nomination, code = _answerable(draft, order.nomination_id)
    if vacancy is None or nomination is None:
        return code
    vacancy = end_nomination(draft, vacancy, nomination, NominationEnd.DECLINED, provider_reason=order.reason)
    _consequences(draft, vacancy, nomination, order.reason)
    vacancy = draft.vacancy(vacancy.vacancy_id)
    if vacancy.window is not None:
        _go_on(draft, vacancy, vacancy.window, order.reason)
    else:
        after_a_nomination_went(draft, vacancy)
    return None


PAIR_BLOCKS = {ProviderDecline.IMPACT_ON_CURRENT_RESIDENTS: True, ProviderDecline.LOCATION_RISK: False}
"""Declines that block the pair, and whether only until the group of children who live there changes."""

PLACE_REVIEWS = frozenset({ProviderDecline.STAFFING_OR_SKILLS, ProviderDecline.CARER_UNAVAILABLE})
"""Declines after which the place is looked at."""


def _consequences(draft: Draft, vacancy: Vacancy, nomination: Nomination, reason: ProviderDecline) -> None:
    """What a decline does besides ending the nomination; a concern about the judgement is only counted."""
    if reason in PAIR_BLOCKS:
        pair = BlockedPair(nomination.referral_id, is_until_group_changes=PAIR_BLOCKS[reason])
        _block(draft, pair)
        draft.tell(
            facts.PairBlocked(
                referral_id=pair.referral_id, is_until_group_changes=pair.is_until_group_changes
            )
        )
    elif reason in PLACE_REVIEWS:
        draft.put_place(replace(draft.place(vacancy.place), needs_review=True))
        draft.tell(facts.PlaceNeedsReview(place=vacancy.place))
    elif reason is ProviderDecline.NEEDS_OUTSIDE_REGISTRATION:
        draft.amend(needs_profile_correction=True)
        draft.tell(facts.ProfileNeedsCorrection(referral_id=nomination.referral_id))
    elif reason is ProviderDecline.ALREADY_FILLED:
        conflict = Conflict(kind=ConflictKind.ALREADY_FILLED, found_at=draft.now, stated=0, known=1)
        others = tuple(each for each in draft.setting.conflicts if each.kind is not conflict.kind)
        draft.amend(conflicts=(*others, conflict))
        draft.tell(facts.ConflictFound(kind=conflict.kind, stated=0, known=1))


def _block(draft: Draft, pair: BlockedPair) -> None:
    """Block the pair, once; what is blocked for good stays so when the group changes."""
    others = [each for each in draft.setting.blocked_pairs if each.referral_id != pair.referral_id]
    before = [each for each in draft.setting.blocked_pairs if each.referral_id == pair.referral_id]
    is_until_group_changes = all(each.is_until_group_changes for each in (*before, pair))
    draft.amend(blocked_pairs=(*others, BlockedPair(pair.referral_id, is_until_group_changes)))


def _go_on(draft: Draft, vacancy: Vacancy, window: Window, reason: ProviderDecline) -> None:
    """After a decline the council's clock goes on, with at least the minimum remainder."""
    calendar = draft.terms.calendar(window.calendar)
    if reason is ProviderDecline.INSUFFICIENT_INFORMATION and not window.is_paused_once:
        closes_at = calendar.deadline(window.closes_at, draft.policy.information_pause[window.kind])
        if closes_at is not None:
            window = replace(window, closes_at=closes_at, is_paused_once=True)
            draft.tell(facts.WindowPaused(window_id=window.window_id, closes_at=closes_at))
    draft.put(replace(vacancy, window=_topped_up(draft, window)))


def _topped_up(draft: Draft, window: Window) -> Window:
    """Move the deadline so that the minimum remainder is left; top-ups together never exceed the length."""
    missing = draft.policy.remainder_min(window.length) - seconds_left(draft, window)
    granted = min(missing, window.length.seconds - window.topped_up_s)
    if granted <= 0:
        return window
    more = Length(window.length.calendar, granted)
    closes_at = draft.terms.calendar(window.calendar).deadline(window.closes_at, more)
    if closes_at is None:
        return window
    draft.tell(facts.WindowToppedUp(window_id=window.window_id, closes_at=closes_at))
    return replace(window, closes_at=closes_at, topped_up_s=window.topped_up_s + granted)
