"""What can be said by a form of the page, by role; each is one of the API's inputs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from schemas import referrals, vacancies
from schemas.base import Event
from schemas.words import Role
from services.directory import Caller

from .naming import referral_id_of


@dataclass(frozen=True, slots=True)
class Act:
    """A form: which input it says, which fields it has, what is so once it is accepted, and whose it must be.

    `guard` is for teams: what it names must be there for the council.
    """

    model: type[Event]
    fields: tuple[str, ...]
    done: str
    guard: str = ""
    has_needs: bool = False
    """Whether the form asks for all that a referral needs (`NEEDS`)."""
    is_council_said: bool = False
    """Whether the input names the council, which the token says."""


NEEDS = (
    "age",
    "gender",
    "provisions",
    "needs",
    "legal_route",
    "siblings",
    "is_solo_required",
    "needed_by",
    "urgency",
    "fee_max",
    "avoid_areas",
    "home_borough",
    "school_borough",
)
"""The form of a referral's needs: the fields of `ReferralNeeds`."""

ACTS: Mapping[Role, Mapping[str, Act]] = {
    Role.TEAM: {
        "refer": Act(
            referrals.ReferralSubmitted,
            (),
            "Submitted. Keep its pseudonym beside the child's file: Hearth does not know whose it is.",
            "new",
            has_needs=True,
            is_council_said=True,
        ),
        "anticipate": Act(
            referrals.ReferralAnticipated,
            (),
            "Kept as expected: matched early, and not nominated before you say that it is needed.",
            "new",
            has_needs=True,
            is_council_said=True,
        ),
        "submit": Act(
            referrals.ReferralSubmitted,
            ("referral_id",),
            "The referral is open now.",
            "referral",
            has_needs=True,
            is_council_said=True,
        ),
        "amend": Act(
            referrals.ReferralAmended,
            ("referral_id",),
            "Amended. It is matched by what it needs now.",
            "referral",
            has_needs=True,
        ),
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


def codes_of(text: str) -> object:
    """Return what was ticked, or codes that stand beside each other."""
    return text.replace(",", " ").split()


def areas_of(text: str) -> object:
    return codes_of(text.upper())


def seconds_of(hours: str) -> object:
    found = whole(hours)
    return found * 3600 if isinstance(found, int) else found


READ_AS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "place": ("place", whole),
    "vacant": ("vacant", whole),
    "pounds": ("fee", pence_of),
    "hours": ("seconds", seconds_of),
    "age": ("age", whole),
    "siblings": ("siblings", whole),
    "provisions": ("provisions", codes_of),
    "needs": ("needs", codes_of),
    "avoid_areas": ("avoid_areas", areas_of),
    "fee_max": ("fee_max", pence_of),
    "is_solo_required": ("is_solo_required", lambda text: text == "yes" or text),
}
"""A form has text alone: the field of the input that each of these is, and how it is read."""


def fields_of(act: Act, form: Mapping[str, str]) -> dict[str, Any]:
    """Return a form's fields as the input has them. One that is left empty is not said."""
    found = read(act.fields, form)
    return found | {"needs": read(NEEDS, form)} if act.has_needs else found


def read(names: Iterable[str], form: Mapping[str, str]) -> dict[str, Any]:
    filled = {name: form[name].strip() for name in names if form.get(name, "").strip()}
    how = {name: READ_AS.get(name, (name, str)) for name in filled}
    return {how[name][0]: how[name][1](text) for name, text in filled.items()}


def named_by(act: Act, caller: Caller, key: str) -> dict[str, str]:
    """Return what the token and the form's key say: the council, and the pseudonym of a new referral."""
    new = {"referral_id": referral_id_of(caller, key)} if act.guard == "new" else {}
    return new | ({"council": caller.id} if act.is_council_said else {})
