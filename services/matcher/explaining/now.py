"""How a thing stands at the log's last word, why no window is open, and what is due next.

Asks the rules' own list of deadlines over a state of the log; decides nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from runtime.records import instant
from schemas.words import DeadlineKind, ReferralStatus
from services.matcher import translate
from services.matcher.domain.deadlines import deadlines
from services.matcher.domain.policy import Terms
from services.matcher.domain.setting import Vacancy

from . import laws
from .laws import Law
from .reading import Decided, Fields, Kind, Named
from .sentences import BLOCKED, DUE, tell
from .steps import Says, setting_in, vacancy_in
from .wording import Names, in_london, words

OF_ALL: Final = (DeadlineKind.CLOSURE_DUE, DeadlineKind.AGREEMENT_DUE)
"""Deadlines of a whole setting that bear on each of its vacancies."""
ENDS: Final[Mapping[Kind, tuple[str, frozenset[str]]]] = {
    Kind.VACANCY: ("vacancy_id", frozenset({"VacancyFilled", "VacancyWithdrawn", "MovedIn"})),
    Kind.WINDOW: ("window_id", frozenset({"WindowEnded"})),
    Kind.NOMINATION: ("nomination_id", frozenset({"NominationEnded"})),
    Kind.HOLD: ("hold_id", frozenset({"HoldEnded"})),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What happens at an instant, if nothing else does before."""

    at: datetime
    text: str
    law: Law


def vacancy_now(vacancy: Vacancy, at: datetime) -> Says:
    """How a vacancy stands, and why no window is open if none is."""
    if vacancy.reservation is not None:
        return Says(f"It is reserved for referral {vacancy.reservation.referral_id}.", laws.THREE_STEPS)
    if vacancy.hold is not None:
        until = in_london(vacancy.hold.until)
        return Says(f"It is held for referral {vacancy.hold.referral_id} until {until}.", laws.HOLD)
    if vacancy.window is not None:
        return _window_now(vacancy, at)
    if vacancy.choice is not None:
        until = in_london(vacancy.choice.closes_at)
        return Says(f"No window is open: the provider chooses until {until}.", laws.CHOICE)
    why = BLOCKED[vacancy.blocked] if vacancy.blocked else "nothing stands against it"
    return Says(f"No window is open: {why}.", laws.MAY_OPEN)


def _window_now(vacancy: Vacancy, at: datetime) -> Says:
    window = vacancy.window
    if window is None:
        raise LookupError(vacancy.vacancy_id)
    if not window.is_open_at(at):
        return Says(f"Window {window.window_id} is past its deadline: closed to answers.", laws.TOO_LATE)
    until = in_london(window.closes_at)
    text = f"Window {window.window_id} of tier {window.tier} {window.audience} is open until {until}."
    return Says(text, laws.ONE_WINDOW)


def thing_now(whole: Sequence[Decided], found: Named, at: datetime, names: Names) -> Says:
    """How a vacancy, window, nomination or hold stands: as it is in the last state, else as it ended."""
    vacancy = vacancy_in(whole[-1], found.vacancy)
    if found.kind is Kind.VACANCY and vacancy is not None:
        return vacancy_now(vacancy, at)
    window = None if vacancy is None else vacancy.window
    if vacancy is not None and window is not None and window.window_id == found.id:
        return _window_now(vacancy, at)
    ended = _last(whole, found)
    if ended is None:
        return Says(f"The {found.kind} stands.", laws.COLLECT if found.kind is Kind.NOMINATION else laws.HOLD)
    decided, fact = ended
    text, law = tell("offers", fact, names)
    return Says(f"It ended {in_london(decided.at)}. {text}", law)


def _last(whole: Sequence[Decided], found: Named) -> tuple[Decided, Fields] | None:
    name, kinds = ENDS[found.kind]
    told = ((decided, fact) for decided in reversed(whole) for fact in reversed(decided.facts))
    return next(
        ((decided, fact) for decided, fact in told if fact.get(name) == found.id and fact["type"] in kinds),
        None,
    )


def thing_due(last: Decided, found: Named, terms: Terms) -> list[Due]:
    """What is due next of the thing; of a vacancy also what is due of its whole setting."""
    setting, vacancy = setting_in(last), vacancy_in(last, found.vacancy)
    if setting is None or vacancy is None:
        return []
    own = {found.id}
    if vacancy.reservation is not None and found.id in (found.vacancy, vacancy.reservation.hold_id):
        own.add(vacancy.reservation.take_id)
    is_whole = found.kind is Kind.VACANCY
    return [
        _due(each.at, each.kind)
        for each in sorted(deadlines(setting, terms.policy(setting.policy)), key=lambda each: each.at)
        if any(each.subject == one or (is_whole and each.subject.startswith(f"{one}:")) for one in own)
        or (is_whole and each.kind in OF_ALL)
    ]


def _due(at: datetime, kind: str) -> Due:
    text, law = DUE[DeadlineKind(kind)]
    return Due(at=at, text=text, law=law)


def referral_now(last: Decided) -> Says:
    """Where a referral stands; nothing of what it asks for."""
    referral = translate.read_referral(last.record.value)
    if referral is None:
        return Says("The referral was never submitted.", laws.ORDERED)
    is_waiting = referral.is_confirmation_due and referral.status in (
        ReferralStatus.OPEN,
        ReferralStatus.ANTICIPATED,
    )
    parts = [f"The referral is {words(referral.status)}"]
    parts += [f"{len(referral.nominations)} nominations pending"] if referral.nominations else []
    parts += (
        [f"held for it: {', '.join(each.vacancy_id for each in referral.holds)}"] if referral.holds else []
    )
    parts += [f"taken: {referral.take.vacancy_id}"] if referral.take else []
    parts += ["not matched until it is confirmed"] if is_waiting else []
    return Says("; ".join(parts) + ".", laws.THREE_STEPS)


def referral_due(last: Decided) -> list[Due]:
    found = orjson.loads(last.record.value)["deadline"]
    return [] if found is None else [_due(instant(found["at"]), found["kind"])]
