"""When news is no news any more, judged by what is known at the moment of sending.

Laws: a message whose deadline has passed is not sent; one about something that is over is not sent; what is not
sent is accounted for with the reason here. News of an end never ages by what came after it, only by age itself.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from schemas.words import Freshness, MessageKind, ReferralStatus, Role

from .board import Board, Hold, Nomination, Reservation, Setting, Vacancy
from .messages import Message
from .referral_news import setting_of
from .reminders import AGAIN


class Superseded(StrEnum):
    """Why a message was not sent."""

    DEADLINE_PASSED = "deadline_passed"
    WINDOW_ENDED = "window_ended"
    DEADLINE_MOVED = "deadline_moved"
    ANSWERED = "answered"
    NOMINATION_ENDED = "nomination_ended"
    HOLD_ENDED = "hold_ended"
    RESERVATION_ENDED = "reservation_ended"
    CHOICE_ENDED = "choice_ended"
    CONFIRMED = "confirmed"
    SETTLED = "settled"
    MATCH_GONE = "match_gone"
    LATER_REMINDER = "later_reminder"
    TOO_OLD = "too_old"
    UNKNOWN_AFTER_RESTART = "unknown_after_restart"


Verdict = Superseded | None
Check = Callable[[Message, Setting | None], Verdict]


def current(message: Message, board: Board) -> Message:
    """The message with the deadline, and the number of matches, that stand now."""
    if message.kind is MessageKind.MATCH_FOUND:
        return replace(message, number=len(_open_windows(message, board)))
    if message.kind is MessageKind.WINDOW_MOVED:
        return message
    setting = board.settings.get(message.about.setting_id)
    until = None if message.until is None or setting is None else _deadline_of(message, setting)
    return message if until is None or until == message.until else replace(message, until=until)


def _deadline_of(message: Message, setting: Setting) -> datetime | None:
    vacancy = setting.vacancy(message.about.vacancy_id)
    if vacancy is None:
        return None
    if message.kind is MessageKind.PLACE_HELD:
        return vacancy.hold.until if vacancy.hold and vacancy.hold.hold_id == message.about.hold_id else None
    if message.kind is MessageKind.CHOICE_OPENED:
        return vacancy.choice.closes_at if vacancy.choice is not None else None
    is_open = vacancy.window is not None and vacancy.window.window_id == message.about.window_id
    return vacancy.window.closes_at if vacancy.window is not None and is_open else None


def why_superseded(message: Message, board: Board, now: datetime, too_old_after: timedelta) -> Verdict:
    """Why the message is not to be sent at `now`; None if it is still news."""
    if message.until is not None and now >= message.until:
        return Superseded.DEADLINE_PASSED
    if now - message.at > too_old_after:
        return Superseded.TOO_OLD
    if message.kind in REFERRAL_CHECKS:
        return REFERRAL_CHECKS[message.kind](message, board)
    check = CHECKS.get(message.kind)
    return None if check is None else check(message, board.settings.get(message.about.setting_id))


def _vacancy(message: Message, setting: Setting | None) -> Vacancy | None:
    return None if setting is None else setting.vacancy(message.about.vacancy_id)


def _window(message: Message, setting: Setting | None) -> Verdict:
    """News that asks for an answer: over with the window, or with this council's part in it. Not so for ops.

    What was to be said of the first length of a window is replaced by the news of its second.
    """
    if message.recipient.role is Role.OPS:
        return None
    found = None if setting is None else setting.window(message.about.window_id)
    if found is None:
        return Superseded.WINDOW_ENDED
    vacancy, window = found
    if (
        window.is_credited
        and message.kind is not MessageKind.WINDOW_CREDITED
        and AGAIN not in message.fact_id
    ):
        return Superseded.DEADLINE_MOVED
    return Superseded.ANSWERED if vacancy.has_answered(window, message.recipient.id) else None


def _deadline(message: Message, setting: Setting | None) -> Verdict:
    """News of a deadline: over with the window, and when the deadline has moved once more."""
    found = None if setting is None else setting.window(message.about.window_id)
    if found is None:
        return Superseded.WINDOW_ENDED
    return Superseded.DEADLINE_MOVED if found[1].closes_at != message.until else None


def _window_open(message: Message, setting: Setting | None) -> Verdict:
    is_open = setting is not None and setting.window(message.about.window_id) is not None
    return None if is_open else Superseded.WINDOW_ENDED


def _nomination(message: Message, setting: Setting | None) -> Verdict:
    vacancy = _vacancy(message, setting)
    pending: tuple[Nomination, ...] = () if vacancy is None else vacancy.nominations
    is_pending = any(each.nomination_id == message.about.nomination_id for each in pending)
    return None if is_pending else Superseded.NOMINATION_ENDED


def _choice(message: Message, setting: Setting | None) -> Verdict:
    vacancy = _vacancy(message, setting)
    choice = None if vacancy is None else vacancy.choice
    is_open = choice is not None and choice.window_id == message.about.window_id
    return None if is_open else Superseded.CHOICE_ENDED


def _hold(message: Message, setting: Setting | None) -> Verdict:
    vacancy = _vacancy(message, setting)
    hold: Hold | None = None if vacancy is None else vacancy.hold
    return None if hold is not None and hold.hold_id == message.about.hold_id else Superseded.HOLD_ENDED


def _reservation(message: Message, setting: Setting | None) -> Verdict:
    vacancy = _vacancy(message, setting)
    reservation: Reservation | None = None if vacancy is None else vacancy.reservation
    stands = reservation is not None and reservation.take_id == message.about.take_id
    return None if stands else Superseded.RESERVATION_ENDED


def _freshness(wanted: Freshness) -> Check:
    def check(message: Message, setting: Setting | None) -> Verdict:
        vacancy = _vacancy(message, setting)
        return None if vacancy is not None and vacancy.freshness is wanted else Superseded.CONFIRMED

    return check


def _review(message: Message, setting: Setting | None) -> Verdict:
    place = None if setting is None else setting.place(message.about.place)
    is_due = place is not None and place.unusable is not None and place.unusable.is_review_due
    return None if is_due else Superseded.SETTLED


def _conflict(message: Message, setting: Setting | None) -> Verdict:
    stands = setting is not None and any(each.kind == message.code for each in setting.conflicts)
    return None if stands else Superseded.SETTLED


def _profile(_: Message, setting: Setting | None) -> Verdict:
    return None if setting is not None and setting.needs_profile_correction else Superseded.SETTLED


def _judgement(message: Message, setting: Setting | None) -> Verdict:
    return None if setting is not None and setting.judgement == message.code else Superseded.SETTLED


def _open_windows(message: Message, board: Board) -> list[str]:
    settings = ((each, board.settings.get(setting_of(each))) for each in message.window_ids)
    return [each for each, setting in settings if setting is not None and setting.window(each) is not None]


def _match(message: Message, board: Board) -> Verdict:
    """A match is news only while its window is the one open and its referral still looks for a place."""
    referral = board.referrals.get(message.about.referral_id)
    is_open = referral is None or referral.status is ReferralStatus.OPEN
    return None if is_open and _open_windows(message, board) else Superseded.MATCH_GONE


def _referral_confirmed(message: Message, board: Board) -> Verdict:
    referral = board.referrals.get(message.about.referral_id)
    is_due = referral is not None and referral.is_confirmation_due
    is_over = referral is None or referral.status is ReferralStatus.CLOSED
    return None if is_due and not is_over else Superseded.CONFIRMED


CHECKS: dict[MessageKind, Check] = {
    MessageKind.WINDOW_OPENED: _window,
    MessageKind.WINDOW_CREDITED: _window,
    MessageKind.WINDOW_UNACKNOWLEDGED: _window,
    MessageKind.WINDOW_NEARLY_OVER: _window,
    MessageKind.WINDOW_MOVED: _deadline,
    MessageKind.EXTENSION_ASKED: _window_open,
    MessageKind.NOMINATION_RECEIVED: _nomination,
    MessageKind.CHOICE_OPENED: _choice,
    MessageKind.PLACE_HELD: _hold,
    MessageKind.PLACE_TAKEN: _reservation,
    MessageKind.MOVE_IN_OVERDUE: _reservation,
    MessageKind.VACANCY_AGED: _freshness(Freshness.AGEING),
    MessageKind.VACANCY_STALE: _freshness(Freshness.STALE),
    MessageKind.PLACE_REVIEW_DUE: _review,
    MessageKind.CONFLICT_FOUND: _conflict,
    MessageKind.PROFILE_NEEDS_CORRECTION: _profile,
    MessageKind.SETTING_DOWNGRADED: _judgement,
}
REFERRAL_CHECKS: dict[MessageKind, Callable[[Message, Board], Verdict]] = {
    MessageKind.REFERRAL_CONFIRMATION_DUE: _referral_confirmed,
    MessageKind.MATCH_FOUND: _match,
}
