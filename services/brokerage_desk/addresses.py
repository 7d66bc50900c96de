"""What a brokerage team may say, and the address of each."""

from dataclasses import dataclass

from schemas import referrals, vacancies
from schemas.base import Event


@dataclass(frozen=True, slots=True)
class Address:
    """A route that says one thing. `named` is the field that its path names; `guard` says whose it must be."""

    path: str
    model: type[Event]
    summary: str
    guard: str
    named: str | None = None
    is_council_said: bool = False
    """Whether the model names the council, which the token says."""


ADDRESSES = (
    Address(
        "/v1/referrals/{referral_id}/submit",
        referrals.ReferralSubmitted,
        "The anticipated need is now",
        "referral",
        "referral_id",
        is_council_said=True,
    ),
    Address(
        "/v1/referrals/{referral_id}/amend",
        referrals.ReferralAmended,
        "Its needs changed",
        "referral",
        "referral_id",
    ),
    Address(
        "/v1/referrals/{referral_id}/confirm",
        referrals.ReferralConfirmed,
        "Still needed",
        "referral",
        "referral_id",
    ),
    Address(
        "/v1/referrals/{referral_id}/close",
        referrals.ReferralClosed,
        "No longer needed",
        "referral",
        "referral_id",
    ),
    Address(
        "/v1/referrals/{referral_id}/take",
        referrals.TakePlace,
        "Take one of the places that are held for it",
        "referral",
        "referral_id",
    ),
    Address(
        "/v1/windows/{window_id}/acknowledge",
        vacancies.AcknowledgeWindow,
        "Seen: stops the reminders, not the clock",
        "window",
        "window_id",
    ),
    Address(
        "/v1/windows/{window_id}/release",
        vacancies.ReleaseWindow,
        "Let the window go; the next tier opens at once",
        "window",
        "window_id",
    ),
    Address(
        "/v1/windows/{window_id}/nominate",
        vacancies.Nominate,
        "Put a referral forward",
        "window",
        "window_id",
    ),
    Address(
        "/v1/windows/{window_id}/extend",
        vacancies.ExtendWindow,
        "Ask the provider for a longer window, once",
        "window",
        "window_id",
    ),
    Address(
        "/v1/vacancies/{vacancy_id}/standby",
        vacancies.RegisterStandby,
        "Be nominated as soon as your own tier opens",
        "vacancy",
        "vacancy_id",
    ),
    Address(
        "/v1/vacancies/{vacancy_id}/let-go",
        vacancies.LetBlockPlaceGo,
        "Let a block place be offered along the ladder",
        "vacancy",
        "vacancy_id",
    ),
    Address(
        "/v1/vacancies/{vacancy_id}/fell-through",
        vacancies.FellThrough,
        "A held or reserved place will not be used",
        "vacancy",
        "vacancy_id",
    ),
    Address(
        "/v1/nominations/{nomination_id}/withdraw",
        vacancies.WithdrawNomination,
        "Take a nomination back",
        "nomination",
        "nomination_id",
    ),
    Address("/v1/corrections", vacancies.CorrectionMade, "What was said was a mistake", "correction"),
)
NEW_REFERRALS = (
    Address("/v1/referrals", referrals.ReferralSubmitted, "Submit a referral", "new", is_council_said=True),
    Address(
        "/v1/referrals:anticipate",
        referrals.ReferralAnticipated,
        "A need expected from a date on",
        "new",
        is_council_said=True,
    ),
)
UNSAID_OF_NEW = ("referral_id", "council")
DEFAULTED = ("policy",)
