"""Answers about an open window, and what the notifier reports of it.

Laws: acknowledging stops the reminders, not the clock; the holder may release early; an extension is given once, by
the provider or by mutual consent, and is at most the original length; who is told late gets the delay back.
Source: domain page, offer windows, laws 7, 8, 9 and 13.
"""

from datetime import timedelta

from schemas.words import Code, ExtendReason, Role

from . import facts, inputs
from .draft import Draft
from .endings import seconds_left
from .finding import find_open_window
from .nominating import end_if_all_answered
from .replacing import replace
from .setting import ExtensionAsked, Release, ReleasedBy, Told, Vacancy, Window
from .values import CouncilId, Length


def acknowledge(draft: Draft, order: inputs.AcknowledgeWindow) -> Code | None:
    vacancy, window, code = find_open_window(draft, order.window_id)
    if vacancy is None or window is None:
        return code
    council = CouncilId(order.by.id)
    if council not in window.members:
        return Code.NOT_IN_AUDIENCE
    if council in window.acknowledged:
        return Code.CHANGES_NOTHING
    draft.put(replace(vacancy, window=replace(window, acknowledged=(*window.acknowledged, council))))
    draft.tell(facts.WindowAcknowledged(window_id=window.window_id, council=council))
    return None


def release(draft: Draft, order: inputs.ReleaseWindow) -> Code | None:
    vacancy, window, code = find_open_window(draft, order.window_id)
    if vacancy is None or window is None:
        return code
    council = CouncilId(order.by.id)
    if council not in window.members:
        return Code.NOT_IN_AUDIENCE
    if council in window.released:
        return Code.ALREADY_RELEASED
    if any(each.council == council for each in vacancy.nominations):
        return Code.NOMINATION_PENDING
    released = replace(window, released=(*window.released, council))
    remembered = _remembered(draft, vacancy, window, ReleasedBy(council, order.id))
    vacancy = draft.put(replace(vacancy, window=released, release=remembered))
    draft.tell(facts.WindowReleased(window_id=window.window_id, council=council, reason=order.reason))
    end_if_all_answered(draft, vacancy)
    return None


def _remembered(draft: Draft, vacancy: Vacancy, window: Window, by: ReleasedBy) -> Release:
    """The release with those of the same window before it. What is left is at most the length, as for any return."""
    before = vacancy.release
    is_same = before is not None and before.window_id == window.window_id
    return Release(
        window_id=window.window_id,
        opening=window.opening,
        audience=window.audience,
        by=(*before.by, by) if before is not None and is_same else (by,),
        seconds_left=min(seconds_left(draft, window), window.length.seconds),
    )


def extend(draft: Draft, order: inputs.ExtendWindow) -> Code | None:
    vacancy, window, code = find_open_window(draft, order.window_id)
    if vacancy is None or window is None:
        return code
    if order.by.role is Role.TEAM and order.by.id not in window.members:
        return Code.NOT_IN_AUDIENCE
    if window.is_extended:
        return Code.ALREADY_EXTENDED
    if order.seconds > window.length.seconds:
        return Code.EXTENSION_TOO_LONG
    if order.by.role is Role.PROVIDER:
        return _extend(draft, vacancy, window, order.seconds, order.reason)
    council = CouncilId(order.by.id)
    asked = ExtensionAsked(council=council, seconds=order.seconds, reason=order.reason)
    draft.put(replace(vacancy, window=replace(window, extension_asked=asked)))
    draft.tell(
        facts.WindowExtensionAsked(
            window_id=window.window_id, council=council, seconds=asked.seconds, reason=asked.reason
        )
    )
    return None


def consent(draft: Draft, order: inputs.ConsentToExtension) -> Code | None:
    vacancy, window, code = find_open_window(draft, order.window_id)
    if vacancy is None or window is None:
        return code
    if window.is_extended:
        return Code.ALREADY_EXTENDED
    asked = window.extension_asked
    if asked is None:
        return Code.NO_EXTENSION_ASKED
    return _extend(draft, vacancy, window, asked.seconds, asked.reason)


def _extend(
    draft: Draft, vacancy: Vacancy, window: Window, seconds: int, reason: ExtendReason
) -> Code | None:
    more = Length(window.length.calendar, seconds)
    closes_at = draft.terms.calendar(window.calendar).deadline(window.closes_at, more)
    if closes_at is None:
        return Code.BEYOND_KNOWN_HOLIDAYS
    extended = replace(window, closes_at=closes_at, is_extended=True, extension_asked=None)
    draft.put(replace(vacancy, window=extended))
    draft.tell(facts.WindowExtended(window_id=window.window_id, closes_at=closes_at, reason=reason))
    return None


def told(draft: Draft, order: inputs.WindowTold) -> Code | None:
    vacancy, window, code = find_open_window(draft, order.window_id)
    if vacancy is None or window is None:
        return code
    if order.council not in window.members:
        return Code.NOT_IN_AUDIENCE
    if any(each.council == order.council for each in window.told):
        return Code.CHANGES_NOTHING
    told_at = min(max(order.told_at, window.opened_at), draft.now)
    draft.tell(facts.WindowTold(window_id=window.window_id, council=order.council, told_at=told_at))
    window = replace(window, told=(*window.told, Told(order.council, told_at)))
    if told_at - window.opened_at > timedelta(seconds=draft.policy.told_late_s):
        window = _moved(draft, window, window.told[-1])
    draft.put(replace(vacancy, window=window))
    return None


def _moved(draft: Draft, window: Window, told: Told) -> Window:
    """Move the deadline by the delay, less what it was moved before.

    All moves together are at most one length; two where nobody had been told until the deadline.
    """
    calendar = draft.terms.calendar(window.calendar)
    kind = window.length.calendar
    delay_s = calendar.seconds_between(window.opened_at, told.at, kind)
    moves_max_s = window.length.seconds * (2 if window.is_credited else 1)
    more_s = min(delay_s, moves_max_s) - window.moved_s
    if more_s <= 0:
        return window
    closes_at = calendar.deadline(window.closes_at, Length(kind, more_s))
    if closes_at is None:
        return window
    draft.tell(facts.WindowMoved(window_id=window.window_id, closes_at=closes_at, delay_s=delay_s))
    return replace(window, closes_at=closes_at, moved_s=window.moved_s + more_s)


def not_told(draft: Draft, order: inputs.WindowNotTold) -> Code | None:
    vacancy, window, code = find_open_window(draft, order.window_id)
    if vacancy is None or window is None:
        return code
    if order.council not in window.members:
        return Code.NOT_IN_AUDIENCE
    draft.tell(facts.WindowNotTold(window_id=window.window_id, council=order.council))
    return None
