"""When a council is reminded of a window that waits for it. Pure: a moved deadline moves the reminders.

Laws: never at or after the deadline; none to a council that has acknowledged, released or nominated; the first
goes to the team, the last also to the duty manager; each at most once in a round, whatever happens to the
deadline.
Source: domain page, offer windows, law 8 (50 % and 80 %; windows under 4 h: 10 and 20 minutes).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from schemas.words import MessageKind

from .board import Vacancy, Window
from .hours import Hours
from .messages import About, Message, Recipient, duty_manager, message_key, team

AGAIN = ":again:"
SHORT_MAX = timedelta(hours=4)


class Step(StrEnum):
    FIRST = "first"
    LAST = "last"


KINDS = {Step.FIRST: MessageKind.WINDOW_UNACKNOWLEDGED, Step.LAST: MessageKind.WINDOW_NEARLY_OVER}
SHARES = {Step.FIRST: 0.5, Step.LAST: 0.8}
SHORT = {Step.FIRST: timedelta(minutes=10), Step.LAST: timedelta(minutes=20)}


@dataclass(frozen=True, slots=True, order=True)
class Reminder:
    at: datetime
    step: Step


def schedule(
    window: Window, begins_at: datetime, rest_days: frozenset[date] = frozenset()
) -> tuple[Reminder, ...]:
    """The instants at which a window is reminded of, counted in its own calendar.

    `begins_at` is its opening, or the instant at which an untold window got its second length. A reminder that
    would fall on the deadline or after it is left out.
    """
    hours = Hours(window.length.calendar, rest_days)
    whole = hours.between(begins_at, window.closes_at)
    passed = {step: share * whole for step, share in SHARES.items()} if whole >= SHORT_MAX else SHORT
    reminders = (Reminder(hours.after(begins_at, window.closes_at, passed[step]), step) for step in Step)
    return tuple(each for each in reminders if each.at < window.closes_at)


def waiting(vacancy: Vacancy, window: Window) -> tuple[str, ...]:
    """The members of the window that have given no sign yet."""
    return tuple(each for each in window.members if not vacancy.has_answered(window, each))


def recipients(step: Step, council: str) -> tuple[Recipient, ...]:
    """The last reminder goes also to the duty manager."""
    return (team(council),) if step is Step.FIRST else (team(council), duty_manager(council))


def round_fact(window_id: str, step: Step, is_second_round: bool) -> str:
    """Names the reminder as a fact, whatever instant its deadline moves it to.

    A round has its own facts, so a window with a second length is reminded of afresh.
    """
    return f"{window_id}{AGAIN if is_second_round else ':'}{step}"


def messages(
    setting_id: str, vacancy: Vacancy, window: Window, reminder: Reminder, fact_id: str
) -> tuple[Message, ...]:
    """One reminder for every council that has given no sign."""
    about = About(
        setting_id=setting_id,
        place=vacancy.place,
        vacancy_id=vacancy.vacancy_id,
        window_id=window.window_id,
    )
    return tuple(
        Message(
            key=message_key(fact_id, recipient),
            kind=KINDS[reminder.step],
            recipient=recipient,
            fact_id=fact_id,
            about=about,
            at=reminder.at,
            until=window.closes_at,
        )
        for council in waiting(vacancy, window)
        for recipient in recipients(reminder.step, council)
    )
