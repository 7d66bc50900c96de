"""What can be said by a form of the page, by role; each is one of the API's inputs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from schemas import referrals, vacancies
from schemas.base import Event
from schemas.words import Role


@dataclass(frozen=True, slots=True)
class Act:
    """A form: which input it says, which fields it has, what is so once it is accepted, and whose it must be.

    `guard` is for teams: what it names must be there for the council.
    """

    model: type[Event]
    fields: tuple[str, ...]
    done: str
    guard: str = ""


ACTS: Mapping[Role, Mapping[str, Act]] = {
    Role.TEAM: {
        "acknowledge": Act(
            vacancies.AcknowledgeWindow,
            ("window_id",),
            "Acknowledged. The reminders stop; the clock goes on.",
            "window",
        ),
        "release": Act(
            vacancies.ReleaseWindow,
            ("window_id", "reason"),
            "Released. The next councils are offered the place now.",
            "window",
        ),
        "nominate": Act(
            vacancies.Nominate,
            ("window_id", "referral_id"),
            "Nominated. The provider chooses; you will be told.",
            "window",
        ),
        "withdraw-nomination": Act(
            vacancies.WithdrawNomination,
            ("nomination_id", "reason"),
            "The nomination is withdrawn.",
            "nomination",
        ),
        "extend": Act(
            vacancies.ExtendWindow,
            ("window_id", "hours", "reason"),
            "Asked. The deadline stays as it is until the provider agrees.",
            "window",
        ),
        "standby": Act(
            vacancies.RegisterStandby,
            ("vacancy_id", "referral_id"),
            "You stand by. The referral is nominated as soon as your own window opens.",
            "vacancy",
        ),
        "take": Act(
            referrals.TakePlace,
            ("referral_id", "hold_id", "starts_on"),
            "You take the place. Other holds and nominations of this referral are let go.",
            "referral",
        ),
        "fell-through": Act(
            vacancies.FellThrough,
            ("vacancy_id", "reason"),
            "The place is free again, and the referral open.",
            "vacancy",
        ),
        "confirm": Act(
            referrals.ReferralConfirmed,
            ("referral_id",),
            "Confirmed: the referral is still needed.",
            "referral",
        ),
        "close": Act(
            referrals.ReferralClosed, ("referral_id", "reason"), "The referral is no longer open.", "referral"
        ),
    },
    Role.PROVIDER: {
        "accept": Act(
            vacancies.AcceptNomination,
            ("nomination_id", "reason"),
            "Accepted. The place is held for this referral; its council is told.",
        ),
        "decline": Act(
            vacancies.DeclineNomination, ("nomination_id", "reason"), "Declined. The council is told why."
        ),
        "consent": Act(
            vacancies.ConsentToExtension, ("window_id",), "Agreed. The window has its new deadline."
        ),
        "no-change": Act(
            vacancies.NoChange, ("setting_id",), "Confirmed: all is as last said, the vacancies included."
        ),
        "nil-return": Act(
            vacancies.NilReturn,
            ("setting_id",),
            "Recorded: no vacancies. Older vacancies that nobody holds are withdrawn.",
        ),
        "numbers": Act(
            vacancies.NumbersStated,
            ("setting_id", "vacant", "kind", "pounds"),
            "Recorded. The vacancies below follow your number.",
        ),
        "post": Act(
            vacancies.VacancyPosted,
            ("setting_id", "place", "kind", "available_from", "pounds"),
            "Posted. Below is who is offered it now.",
        ),
        "still-vacant": Act(
            vacancies.VacancyConfirmed, ("vacancy_id",), "Confirmed: the place is still vacant."
        ),
        "filled": Act(vacancies.VacancyFilled, ("vacancy_id", "code"), "Recorded: the place is filled."),
        "withdraw": Act(
            vacancies.VacancyWithdrawn,
            ("vacancy_id", "code"),
            "Withdrawn. The place is not offered any more.",
        ),
        "moved-in": Act(vacancies.MovedIn, ("vacancy_id",), "Recorded: the child has moved in."),
        "fell-through": Act(
            vacancies.FellThrough, ("vacancy_id", "reason"), "The place is free again; the council is told."
        ),
        "usable": Act(
            vacancies.PlaceUsable, ("setting_id", "place"), "Recorded: the place can be used again."
        ),
    },
}


def whole(text: str) -> object:
    """Return a whole number; what is none is left as it is, for the schema to refuse."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text


def pence_of(pounds: str) -> object:
    """Return pounds as pence; what is no amount of money is left as it is, for the schema to refuse."""
    try:
        pence = Decimal(pounds.replace(",", "").removeprefix("£").strip()) * 100
        return int(pence) if pence == pence.to_integral_value() else pounds
    except (InvalidOperation, OverflowError, ValueError):
        return pounds


def seconds_of(hours: str) -> object:
    found = whole(hours)
    return found * 3600 if isinstance(found, int) else found


READ_AS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "place": ("place", whole),
    "vacant": ("vacant", whole),
    "pounds": ("fee", pence_of),
    "hours": ("seconds", seconds_of),
}
"""A form has text alone: the field of the input that each of these is, and how it is read."""


def fields_of(act: Act, form: Mapping[str, str]) -> dict[str, Any]:
    """Return a form's fields as the input has them. One that is left empty is not said."""
    filled = {name: form[name].strip() for name in act.fields if form.get(name, "").strip()}
    read = {name: READ_AS.get(name, (name, str)) for name in filled}
    return {read[name][0]: read[name][1](text) for name, text in filled.items()}
