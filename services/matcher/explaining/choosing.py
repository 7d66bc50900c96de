"""Which decisions, and which of their facts, belong to the story of a vacancy or of one thing of it.

Knows ids and names of facts. Decides nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

from schemas.words import Code

from .reading import Decided, Fields, Kind, Named, is_about
from .steps import vacancy_in

SETTING_WIDE: Final = frozenset(
    {
        "SettingRegistered",
        "SettingJudged",
        "SettingPaused",
        "SettingResumed",
        "SettingClosing",
        "SettingClosed",
        "AgreementAttached",
        "AgreementCameIntoForce",
        "AgreementEnded",
        "MembershipEnded",
        "PolicyAdopted",
        "CapacityExceeded",
    }
)
"""What about a whole setting bears on each of its vacancies."""


class Chosen(NamedTuple):
    decided: Decided
    facts: Sequence[Fields]


def of_vacancy(whole: Sequence[Decided], vacancy_id: str) -> list[Chosen]:
    """From what was so of its setting before, to its end; nothing if it never was."""
    own = [each for each in whole if any(is_about(fact, vacancy_id) for fact in each.facts)]
    if not own:
        return []
    first, last = whole.index(own[0]), whole.index(own[-1])
    is_over = vacancy_in(whole[-1], vacancy_id) is None
    during = whole[first : last + 1 if is_over else None]
    after = whole[last + 1 :] if is_over else ()
    answered = [each for each in after if _is_refused(each, vacancy_id)]
    return [*_given(whole[:first]), *_about([*during, *answered], vacancy_id)]


def of_window(whole: Sequence[Decided], found: Named) -> list[Chosen]:
    """From the decision that opened the window to the one that ended it, all that happened to its vacancy."""
    opened = [number for number, each in enumerate(whole) if _has(each, found.id, "WindowOpened")]
    if not opened:
        return []
    ended = (number for number, each in enumerate(whole) if _has(each, found.id, "WindowEnded"))
    last = next(ended, len(whole) - 1)
    late = [each for each in whole[last + 1 :] if _is_refused(each, found.id)]
    return _about([*whole[opened[0] : last + 1], *late], found.vacancy)


def of_thing(whole: Iterable[Decided], ids: Collection[str]) -> list[Chosen]:
    """Every fact that names one of the ids, and every refusal of a word about one."""
    chosen = []
    for each in whole:
        facts = [fact for fact in each.facts if any(is_about(fact, one) for one in ids)]
        if facts or any(_is_refused(each, one) for one in ids):
            chosen.append(Chosen(each, facts))
    return chosen if any(each.facts for each in chosen) else []


def related(whole: Iterable[Decided], found: Named) -> set[str]:
    """A nomination with its holds, a hold with its takes."""
    ids = {found.id}
    for decided in whole:
        for fact in decided.facts:
            if fact["type"] == "PlaceHeld" and fact["nomination_id"] in ids:
                ids.add(fact["hold_id"])
            if fact["type"] == "TakeAgreed" and fact["hold_id"] in ids:
                ids.add(fact["take_id"])
    return ids


def of(whole: Sequence[Decided], found: Named) -> list[Chosen]:
    """The story of whatever a vacancy is or has."""
    if found.kind is Kind.VACANCY:
        return of_vacancy(whole, found.vacancy)
    if found.kind is Kind.WINDOW:
        return of_window(whole, found)
    return of_thing(whole, related(whole, found))


def is_of_pair(fact: Fields, found: Named) -> bool:
    """Whether a fact is about the vacancy and the referral of a match."""
    return is_about(fact, found.vacancy) and fact.get("referral_id") == found.referral


def _about(decisions: Iterable[Decided], wanted: str) -> list[Chosen]:
    chosen = []
    for each in decisions:
        facts = [fact for fact in each.facts if is_about(fact, wanted) or fact["type"] in SETTING_WIDE]
        if facts or _is_refused(each, wanted):
            chosen.append(Chosen(each, facts))
    return chosen


def _given(before: Sequence[Decided]) -> list[Chosen]:
    """What was so of the setting before: of each kind of fact the last that was told."""
    last: dict[str, tuple[Decided, Fields]] = {}
    for decided in before:
        for fact in decided.facts:
            if fact["type"] in SETTING_WIDE:
                last[fact["type"]] = (decided, fact)
    kept = {id(fact) for _, fact in last.values()}
    chosen = [Chosen(each, [fact for fact in each.facts if id(fact) in kept]) for each in before]
    return [each for each in chosen if each.facts]


def _has(decided: Decided, window_id: str, kind: str) -> bool:
    return any(fact["type"] == kind and fact["window_id"] == window_id for fact in decided.facts)


def _is_refused(decided: Decided, wanted: str) -> bool:
    return decided.answer != Code.ACCEPTED and is_about(decided.said, wanted)
