"""Tells one decision or one match in plain words: when, where it stands, who led to it, what came of it.

Knows records and sentences. Must not know which steps belong to a story.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from runtime.log import Record
from schemas.words import Code
from services.matcher import translate
from services.matcher.domain.setting import Setting, Vacancy

from . import laws
from .laws import Law
from .reading import Decided, Fields, name_of
from .sentences import tell
from .wording import Names, in_london, lasting, words

NOT_ASKED = frozenset({Code.NOT_IN_AUDIENCE, Code.WINDOW_NOT_OPEN, Code.UNKNOWN_WINDOW})


@dataclass(frozen=True, slots=True)
class Says:
    """One thing that happened or is so, and the law that it comes from."""

    text: str
    law: Law
    fact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The input that a decision answers: who said what, when it was observed, and who wrote it down."""

    record: str | None
    id: str
    type: str
    by: str
    recorded_by: str | None
    observed_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    at: str
    record: str
    cause: Cause
    answer: str
    says: Sequence[Says]


def step_of(decided: Decided, facts: Sequence[Fields], names: Names) -> Step:
    """A decision, with those of its facts that a story is about."""
    topic = decided.record.topic
    says = [Says(*tell(topic, each, names), each["type"]) for each in facts]
    if decided.answer != Code.ACCEPTED:
        law = laws.NOT_ASKED if decided.answer in NOT_ASKED else laws.ORDERED
        says.append(Says(f"Refused, and nothing was changed by it: {words(decided.answer)}.", law))
    says += [Says(text, laws.DEADLINES) for text in _lengths(decided, facts)]
    return Step(
        at=decided.at, record=decided.name, cause=_cause(decided, names), answer=decided.answer, says=says
    )


def _lengths(decided: Decided, facts: Sequence[Fields]) -> Iterator[str]:
    """How long each window is that opened here, from the state that the decision left."""
    for fact in facts:
        vacancy = vacancy_in(decided, fact["vacancy_id"]) if fact["type"] == "WindowOpened" else None
        if vacancy is not None and vacancy.window is not None:
            length, calendar = lasting(vacancy.window.length), vacancy.window.calendar
            yield f"A {words(vacancy.kind)} fill has {length} in this tier, by calendar {calendar}."


def _cause(decided: Decided, names: Names) -> Cause:
    record, said = decided.cause, decided.said
    kind = record.headers.get("ce_type", "").split(".")[2:3] if record is not None else []
    return Cause(
        record=None if record is None else name_of(record),
        id=decided.record.headers["ce_cause"],
        type=kind[0] if kind else "unknown",
        by=_party(said.get("by"), names) or "somebody unknown",
        recorded_by=_party(said.get("recorded_by"), names),
        observed_at=said.get("observed_at"),
    )


def _party(party: Any, names: Names) -> str | None:
    """A role, and which of that role; a part of Hearth is its role alone."""
    if not party:
        return None
    role, name = party["role"], names.get(party["id"], party["id"])
    return role if role == name else f"{role} {name}"


def cause_in_words(cause: Cause) -> str:
    recorded = f", recorded by {cause.recorded_by}" if cause.recorded_by else ""
    observed = f", observed {in_london(cause.observed_at)}" if cause.observed_at else ""
    where = f"{cause.record}, " if cause.record else ""
    return f"{words(cause.type)}, by {cause.by}{recorded}{observed} ({where}id {cause.id})"


def match_step(record: Record, names: Names) -> Step:
    """A match that was found or is gone. What the order hung on says something of a child: it is not told."""
    value = orjson.loads(record.value)
    is_found = record.headers["ce_type"].split(".")[2] == "match_found"
    if is_found:
        fit = "misses one hard constraint of" if value["near_miss"] else "meets every hard constraint of"
        text = f"The vacancy {fit} referral {value['referral_id']}: number {value['place_in_order']} in its order then."
    else:
        text = "The match is gone: the window has ended, or the vacancy or the referral has changed."
    own = names.get(record.key, record.key)
    return Step(
        at=record.headers["ce_time"],
        record=name_of(record),
        cause=Cause(
            record=None,
            id=record.headers.get("ce_cause", record.headers["ce_id"]),
            type="listing",
            by=f"fit, from what the audiences of {own} are shown",
            recorded_by=None,
            observed_at=None,
        ),
        answer=Code.ACCEPTED,
        says=[Says(text, laws.MATCHING, "MatchFound" if is_found else "MatchGone")],
    )


def setting_in(decided: Decided) -> Setting | None:
    """The setting as a decision left it."""
    return translate.read_setting(decided.record.value)


def vacancy_in(decided: Decided, vacancy_id: str) -> Vacancy | None:
    """The vacancy as a decision left it; None once it has come to its end."""
    setting = setting_in(decided)
    found = () if setting is None else setting.vacancies()
    return next((each for each in found if each.vacancy_id == vacancy_id), None)
