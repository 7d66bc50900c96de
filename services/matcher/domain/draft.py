"""One decision under way: the setting as it now is, and the facts so far. Lives only inside `offers.decide`."""

from datetime import datetime
from typing import Any

from schemas.words import PlaceStatus

from .calendar import WorkingCalendar
from .facts import Fact
from .policy import Policy, Terms
from .replacing import replace
from .setting import Place, Setting, Vacancy
from .values import InputId, Length, PlaceNumber, VacancyId


class Draft:
    """The only thing in the rules that changes; what it holds are values.

    Amendments are gathered, and made into a new setting when somebody looks at it.
    """

    __slots__ = ("_amendments", "_setting", "caused_by", "facts", "now", "policy", "terms")

    def __init__(self, terms: Terms, setting: Setting, caused_by: InputId, now: datetime) -> None:
        self.terms = terms
        self._setting = setting
        self._amendments: dict[str, Any] = {}
        self.caused_by = caused_by
        self.now = now
        self.facts: list[Fact] = []
        self.policy: Policy = terms.policy(setting.policy)

    @property
    def setting(self) -> Setting:
        if self._amendments:
            self._setting = replace(self._setting, **self._amendments)
            self._amendments = {}
        return self._setting

    @property
    def calendar(self) -> WorkingCalendar:
        return self.terms.calendar(self.setting.calendar)

    def tell(self, fact: Fact) -> None:
        self.facts.append(fact)

    def amend(self, **changes: Any) -> None:
        self._amendments.update(changes)

    def place(self, number: PlaceNumber) -> Place:
        """A place that is known to exist."""
        return self.setting.places[number - 1]

    def put_place(self, place: Place) -> Place:
        places = self.setting.places
        self.amend(places=(*places[: place.number - 1], place, *places[place.number :]))
        return place

    def put(self, vacancy: Vacancy) -> Vacancy:
        self.put_place(replace(self.place(vacancy.place), vacancy=vacancy))
        return vacancy

    def vacancy(self, vacancy_id: VacancyId) -> Vacancy:
        """A vacancy that is known to exist."""
        vacancy = self.setting.vacancy(vacancy_id)
        if vacancy is None:
            raise LookupError(vacancy_id)
        return vacancy

    def deadline(self, length: Length, calendar: str | None = None) -> datetime | None:
        """The instant at which a length that begins now is used up; None beyond the known holidays."""
        return self.terms.calendar(calendar or self.setting.calendar).deadline(self.now, length)


def is_standing(place: Place) -> bool:
    """Tell whether a place counts among the registered ones."""
    return place.status not in (PlaceStatus.PLANNED, PlaceStatus.PENDING_REGISTRATION, PlaceStatus.RETIRED)
