"""What the notifier knows of settings and referrals: as much of their last state as it needs, and no more.

Values with the names of the state that they are read from; fields that nobody is told about are left out. Knows
no wire format. Who lives where, what a referral needs and every profile are absent on purpose.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from schemas.words import CalendarKind, ConflictKind, Freshness, Judgement, ReferralStatus


@dataclass(frozen=True, slots=True)
class Length:
    calendar: CalendarKind
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    council: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    window_id: str
    members: tuple[str, ...]
    length: Length
    opened_at: datetime
    closes_at: datetime
    acknowledged: tuple[str, ...] = ()
    released: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
    is_credited: bool = False

    def is_open_at(self, now: datetime) -> bool:
        """At `closes_at` it is already too late to answer."""
        return now < self.closes_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Nomination:
    nomination_id: str
    window_id: str
    council: str
    referral_id: str
    is_vouched: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    window_id: str
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    hold_id: str
    council: str
    referral_id: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    take_id: str
    council: str
    referral_id: str
    starts_on: date
    is_overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacancy:
    vacancy_id: str
    place: int
    freshness: Freshness = Freshness.FRESH
    window: Window | None = None
    choice: Choice | None = None
    nominations: tuple[Nomination, ...] = ()
    hold: Hold | None = None
    reservation: Reservation | None = None

    def has_answered(self, window: Window, council: str) -> bool:
        """Tell whether the council needs no reminder: it acknowledged, released or has nominated."""
        nominated = {each.council for each in self.nominations if each.window_id == window.window_id}
        return council in nominated | {*window.acknowledged, *window.released}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    is_review_due: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    number: int
    unusable: Unusable | None = None
    vacancy: Vacancy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    kind: ConflictKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    setting_id: str
    provider_id: str
    judgement: Judgement = Judgement.UNKNOWN
    places: tuple[Place, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    needs_profile_correction: bool = False

    def vacancies(self) -> Iterator[Vacancy]:
        return (place.vacancy for place in self.places if place.vacancy is not None)

    def vacancy(self, vacancy_id: str) -> Vacancy | None:
        return next((each for each in self.vacancies() if each.vacancy_id == vacancy_id), None)

    def window(self, window_id: str | None) -> tuple[Vacancy, Window] | None:
        """The open window of that id with its vacancy; None for no id."""
        for vacancy in self.vacancies():
            if vacancy.window is not None and vacancy.window.window_id == window_id:
                return vacancy, vacancy.window
        return None

    def place(self, number: int) -> Place | None:
        return next((each for each in self.places if each.number == number), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    referral_id: str
    council: str
    status: ReferralStatus
    is_confirmation_due: bool = False


@dataclass(slots=True)
class Board:
    """The last known state of every setting and referral.

    `credited` says, by setting and open window, since when a window of which nobody was told has its second length;
    `matched` likewise which matches with the window have been found.
    """

    settings: dict[str, Setting] = field(default_factory=dict)
    referrals: dict[str, Referral] = field(default_factory=dict)
    credited: dict[str, dict[str, datetime]] = field(default_factory=dict)
    matched: dict[str, dict[str, set[str]]] = field(default_factory=dict)

    def pin_setting(self, setting: Setting) -> None:
        """Put the newer state in place of the former."""
        self.settings[setting.setting_id] = setting
        for by_setting in (self.credited, self.matched):
            for window_id in list(by_setting.get(setting.setting_id, ())):
                if setting.window(window_id) is None:
                    del by_setting[setting.setting_id][window_id]

    def pin_referral(self, referral: Referral) -> None:
        """Put the newer state in place of the former."""
        self.referrals[referral.referral_id] = referral

    def credit(self, setting_id: str, window_id: str, at: datetime) -> None:
        """Remember that the window got one more full length at `at`."""
        self.credited.setdefault(setting_id, {})[window_id] = at

    def is_new_match(self, setting_id: str, window_id: str, match_id: str) -> bool:
        """Take in a match; false for one that was found before, whatever its place in the order is now."""
        found = self.matched.setdefault(setting_id, {}).setdefault(window_id, set())
        is_new = match_id not in found
        found.add(match_id)
        return is_new

    def credited_at(self, setting_id: str, window_id: str) -> datetime | None:
        return self.credited.get(setting_id, {}).get(window_id)
