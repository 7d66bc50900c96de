"""How things stand after a replay: settings, places, vacancies by what runs, open windows, referrals.

Knows the state of both rule books. Decides nothing, and shows nothing of what a referral needs.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime

from services.matcher import translate
from services.matcher.domain.setting import Setting, Vacancy, counts


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWindow:
    """A window whose end is not written. `is_past_deadline`: closed to answers all the same."""

    window_id: str
    audience: str
    tier: int
    closes_at: datetime
    is_past_deadline: bool | None


@dataclass(slots=True)
class Standing:
    """Counts, each by the words that the log uses."""

    settings: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    vacancies: Counter[str] = field(default_factory=Counter)
    windows: list[OpenWindow] = field(default_factory=list)
    referrals: Counter[str] = field(default_factory=Counter)


def standing(offers: Iterable[bytes], placements: Iterable[bytes], at: datetime | None) -> Standing:
    """Count from the last decision of each key. A key of which only refusals are known counts nowhere."""
    found = Standing()
    for setting in map(translate.read_setting, offers):
        if setting is not None:
            _add(found, setting, at)
    for referral in map(translate.read_referral, placements):
        if referral is not None:
            found.referrals[referral.status] += 1
    found.windows.sort(key=lambda each: (each.closes_at, each.window_id))
    return found


def _add(found: Standing, setting: Setting, at: datetime | None) -> None:
    found.settings[setting.registration] += 1
    found.places.update(asdict(counts(setting)))
    found.vacancies.update(map(runs, setting.vacancies()))
    found.windows.extend(_windows(setting, at))


def runs(vacancy: Vacancy) -> str:
    """What runs on a vacancy now, in one word; `blocked` has the reason behind it."""
    if vacancy.reservation is not None:
        return "reserved"
    if vacancy.hold is not None:
        return "held"
    if vacancy.window is not None:
        return "in_window"
    if vacancy.choice is not None:
        return "in_choice"
    return f"blocked:{vacancy.blocked}" if vacancy.blocked else "waiting"


def _windows(setting: Setting, at: datetime | None) -> Iterator[OpenWindow]:
    for vacancy in setting.vacancies():
        if (window := vacancy.window) is not None:
            yield OpenWindow(
                window_id=window.window_id,
                audience=window.audience,
                tier=window.tier,
                closes_at=window.closes_at,
                is_past_deadline=None if at is None else not window.is_open_at(at),
            )
