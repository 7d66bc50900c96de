"""Find what an order names by id, in the setting as it now is. An instance that is no longer there is not found."""

from schemas.words import Code

from .draft import Draft
from .setting import Nomination, Setting, Vacancy, Window
from .values import NominationId, ReferralId, VacancyId, WindowId


def find_open_window(draft: Draft, window_id: WindowId) -> tuple[Vacancy | None, Window | None, Code | None]:
    """The vacancy and its window, if it is the one that is open; else the refusal.

    What is due has been ended before, so a window that is found is open to answers.
    """
    vacancy = draft.setting.vacancy(VacancyId(window_id.rpartition(":w")[0]))
    if vacancy is None:
        return None, None, Code.UNKNOWN_WINDOW
    if vacancy.window is None or vacancy.window.window_id != window_id:
        return None, None, Code.WINDOW_NOT_OPEN
    return vacancy, vacancy.window, None


def find_nomination(draft: Draft, nomination_id: NominationId) -> tuple[Vacancy | None, Nomination | None]:
    """The vacancy and the nomination, if it is pending."""
    vacancy = draft.setting.vacancy(VacancyId(nomination_id.rpartition(":n")[0]))
    if vacancy is None:
        return None, None
    pending = (each for each in vacancy.nominations if each.nomination_id == nomination_id)
    return vacancy, next(pending, None)


def is_pair_blocked(setting: Setting, referral_id: ReferralId) -> bool:
    return any(pair.referral_id == referral_id for pair in setting.blocked_pairs)
