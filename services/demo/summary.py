"""What a demo came to, as one JSON object. Knows the tally; must not know how it is shown."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from services.demo.laws import happened_laws
from services.demo.tally import Counts, Tally, ordered, settings_and_places, windows
from services.verifier.domain.promises import Promise
from services.verifier.reading import open_log
from services.verifier.verify import verify

REAL: Final = "London register (Ofsted, 31 Mar 2024)"
MADE_UP: Final = "vacancies, referrals, agreements, people"


class Settings(BaseModel):
    """Settings and registered places, by provision type."""

    model_config = ConfigDict(frozen=True)

    settings: Counts
    places: Counts


class Kept(BaseModel):
    """How often a promise was checked in the log, and how often it was broken."""

    model_config = ConfigDict(frozen=True)

    checked: int
    broken: int


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
    invariants: dict[str, Kept]
    """Each promise, recomputed from the log by a second opinion."""


def invariants(data: Path) -> dict[str, Kept]:
    """Recompute every promise from the log in a folder."""
    log = open_log(data)
    try:
        found = verify(log).tally
    finally:
        log.close()
    return {
        promise.value: Kept(checked=found.checked[promise], broken=found.broken[promise])
        for promise in Promise
    }


def summary(
    tally: Tally, seed: int, begins_at: datetime, ends_at: datetime, kept: dict[str, Kept]
) -> Summary:
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
        invariants=kept,
    )
