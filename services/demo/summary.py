"""What a demo came to, as one JSON object. Knows the tally; must not know how it is shown."""

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from services.demo.laws import happened_laws
from services.demo.tally import Counts, Tally, ordered, settings_and_places, windows

REAL: Final = "London register (Ofsted, 31 Mar 2024)"
MADE_UP: Final = "vacancies, referrals, agreements, people"


class Settings(BaseModel):
    """Settings and registered places, by provision type."""

    model_config = ConfigDict(frozen=True)

    settings: Counts
    places: Counts


class Summary(BaseModel):
    """One object for machines. Everything is counted from the log at the end of the six weeks."""

    model_config = ConfigDict(frozen=True)

    real: str = REAL
    made_up: str = MADE_UP
    seed: int
    begins_at: datetime
    ends_at: datetime
    settings: Counts
    """In the register and open, by provision type. Homes that are made up are counted apart."""
    places: Counts
    made_up_settings: Settings
    vacancies: int
    """Posted."""
    windows: dict[str, Counts]
    """Ended, by outcome and then by tier."""
    windows_open: int
    matches: int
    """Pairs of vacancy and referral that fit, while the vacancy was offered."""
    near_misses: int
    placements: int
    """Referrals placed: the place was taken and agreed."""
    moved_in: int
    alerts: int
    """Messages sent."""
    alerts_by_kind: Counts
    refusals: Counts
    """Inputs that were refused, by code."""
    dead_letters: Counts
    laws: Counts
    """How often each law of offer windows was seen at work."""


def summary(tally: Tally, seed: int, begins_at: datetime, ends_at: datetime) -> Summary:
    """Put the numbers together."""
    settings, places = settings_and_places(tally, is_made_up=False)
    made_up, made_up_places = settings_and_places(tally, is_made_up=True)
    alerts: dict[str, Any] = {}
    for (kind, _), count in sorted(tally.sent.items()):
        alerts[kind] = alerts.get(kind, 0) + count
    return Summary(
        seed=seed,
        begins_at=begins_at,
        ends_at=ends_at,
        settings=settings,
        places=places,
        made_up_settings=Settings(settings=made_up, places=made_up_places),
        vacancies=len(tally.facts["VacancyPosted"]),
        windows=windows(tally),
        windows_open=len(tally.facts["WindowOpened"]) - len(tally.facts["WindowEnded"]),
        matches=tally.matches,
        near_misses=tally.near_misses,
        placements=len(tally.of_referrals["Placed"]),
        moved_in=len(tally.facts["MovedIn"]),
        alerts=sum(alerts.values()),
        alerts_by_kind=alerts,
        refusals=ordered(tally.refusals),
        dead_letters=ordered(tally.letters),
        laws=happened_laws(tally),
    )
