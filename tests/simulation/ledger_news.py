"""Which observation of a home stands: the newest, whenever it arrives. Knows inputs and states, no rule of the matcher.

What is due ends whatever was observed; where something was due before an input, its effect is not told apart, and
nothing is held against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.matcher.domain import facts, inputs
from services.matcher.domain.setting import Place, Setting

from .broken import broken
from .log import Record
from .scene import NEVER

OLDER = "an older observation never overwrites a newer"
NUMBERS = frozenset({inputs.NumbersStated, inputs.NilReturn})
OF_A_PLACE = frozenset({inputs.PlaceUnusable, inputs.PlaceUsable, inputs.PlaceOnNotice, inputs.PlaceOccupied})
OF_A_VACANCY = frozenset(
    {inputs.VacancyPosted, inputs.VacancyFilled, inputs.VacancyWithdrawn, inputs.DeclareBypass}
)
BEATS_NUMBERS = OF_A_PLACE | OF_A_VACANCY | {inputs.VacancyConfirmed}
CONFIRMING = frozenset({inputs.VacancyConfirmed, inputs.NoChange})
OF_PLACES = NUMBERS | OF_A_PLACE | OF_A_VACANCY | CONFIRMING
SUBJECTS: Mapping[type[Any], tuple[str, ...]] = {
    inputs.SettingJudged: ("judgement",),
    inputs.SettingPaused: ("is_paused", "closes_at"),
    inputs.SettingResumed: ("is_paused", "closes_at"),
    inputs.SettingClosing: ("is_paused", "closes_at"),
    inputs.SettingAmended: ("registration", "profile"),
}
"""What else is observed of a home as a whole, by the fields of its state."""


@dataclass(slots=True)
class News:
    places: dict[int, tuple[datetime, bool]] = field(default_factory=dict)
    """When the newest observation of each place was made, and whether it was of the home as a whole: a number."""
    stated_at: datetime = NEVER
    """Of the newest number."""
    subjects: dict[tuple[str, ...], datetime] = field(default_factory=dict)
    """Of what else is observed: of a home by the fields of its state, of a vacancy's fee and date by its id."""

    def fork(self) -> "News":
        return replace(self, places=dict(self.places), subjects=dict(self.subjects))

    def enter(self, order: Any, record: Record, before: Record) -> None:
        """Take in an input that was accepted."""
        kind = type(order)
        was: Any = before.decision.state
        state: Any = record.decision.state
        due = before.decision.deadline
        is_told_apart = due is None or due.at > record.decided_at
        if kind in OF_PLACES:
            self._of_places(order, was, record, is_told_apart=is_told_apart)
        elif kind is inputs.VacancyAmended:
            self._of_terms(order)
        elif kind in SUBJECTS:
            fields, at = SUBJECTS[kind], order.observed_at
            newest = self.subjects.get(fields, NEVER)
            if is_told_apart and at < newest:
                is_same = all(getattr(was, each) == getattr(state, each) for each in fields)
                is_same or broken(OLDER, f"{order.id} of {at}, known of {newest}")
            self.subjects[fields] = max(newest, at)

    def _of_terms(self, order: inputs.VacancyAmended) -> None:
        """Of fee and date a number says nothing: an amendment is held against amendments alone."""
        at, newest = order.observed_at, self.subjects.get((order.vacancy_id,), NEVER)
        at >= newest or broken(OLDER, f"{order.id} of {at}, amended as of {newest}")
        self.subjects[order.vacancy_id,] = at

    def _of_places(self, order: Any, was: Setting, record: Record, *, is_told_apart: bool) -> None:
        state: Any = record.decision.state
        kind = type(order)
        is_number = kind in NUMBERS
        at = order.observed_at
        if is_number:
            at >= self.stated_at or broken(OLDER, f"{order.id} of {at}, numbers of {self.stated_at}")
        spoken_of = _spoken_of(order, was, record)
        for old, new in zip(was.places, state.places, strict=True):
            if is_told_apart and not _is_same(old, new):
                self._may_change(order, old, new, is_number=is_number)
                spoken_of.add(new.number)
        for number in spoken_of:
            known = self.places.get(number)
            if known is None or at > known[0] or (at == known[0] and kind in BEATS_NUMBERS):
                self.places[number] = (at, kind not in BEATS_NUMBERS)
        if is_number:
            self.stated_at = at

    def _may_change(self, order: Any, old: Place, new: Place, *, is_number: bool) -> None:
        """A later arrival beats an earlier of the same time; but a number does not beat a word about the place."""
        at, (known_at, is_counted) = order.observed_at, self.places.get(old.number, (NEVER, True))
        is_newer = at > known_at or (at == known_at and (is_counted or not is_number))
        is_newer or broken(OLDER, f"{order.id} of {at} changed place {old.number}, known of {known_at}")
        if _vacancy_of(old) != _vacancy_of(new):
            since = order.vacant_from if type(order) is inputs.PlaceOnNotice else at
            since >= self.stated_at or broken(OLDER, f"{order.id} of {at}, numbers of {self.stated_at}")


def _is_same(old: Place, new: Place) -> bool:
    return old is new or (old.status is new.status and _vacancy_of(old) == _vacancy_of(new))


def _vacancy_of(place: Place) -> str | None:
    return place.vacancy.vacancy_id if place.vacancy is not None else None


def _spoken_of(order: Any, was: Setting, record: Record) -> set[int]:
    """The places that an input says something of, whether or not it is new. Of a held place it says nothing."""
    if type(order) in OF_A_PLACE:
        return {order.place}
    confirmed = {each.vacancy_id for each in record.decision.facts if type(each) is facts.VacancyConfirmed}
    return {
        place.number
        for place in was.places
        if place.vacancy is not None
        and place.vacancy.vacancy_id in confirmed
        and not place.vacancy.is_committed
    }
