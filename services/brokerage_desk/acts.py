"""What can be said by a form of the page, by role; each is one of the API's inputs."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas import referrals, vacancies
from schemas.base import Event
from schemas.words import Role


@dataclass(frozen=True, slots=True)
class Act:
    """A form: which input it says, which fields it has, and whose what it names must be (for teams)."""

    model: type[Event]
    fields: tuple[str, ...]
    guard: str = ""


ACTS: Mapping[Role, Mapping[str, Act]] = {
    Role.TEAM: {
        "acknowledge": Act(vacancies.AcknowledgeWindow, ("window_id",), "window"),
        "release": Act(vacancies.ReleaseWindow, ("window_id", "reason"), "window"),
        "nominate": Act(vacancies.Nominate, ("window_id", "referral_id"), "window"),
        "standby": Act(vacancies.RegisterStandby, ("vacancy_id", "referral_id"), "vacancy"),
        "take": Act(referrals.TakePlace, ("referral_id", "hold_id", "starts_on"), "referral"),
        "confirm": Act(referrals.ReferralConfirmed, ("referral_id",), "referral"),
    },
    Role.PROVIDER: {
        "accept": Act(vacancies.AcceptNomination, ("nomination_id", "reason")),
        "decline": Act(vacancies.DeclineNomination, ("nomination_id", "reason")),
        "consent": Act(vacancies.ConsentToExtension, ("window_id",)),
        "no-change": Act(vacancies.NoChange, ("setting_id",)),
        "moved-in": Act(vacancies.MovedIn, ("vacancy_id",)),
    },
}
