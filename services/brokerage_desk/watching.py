"""What commissioners and ops read: reports over all settings, and what the process has done.

Moves bytes and decides nothing. Nothing here is of a child.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from schemas.dead_letters import Refusal
from schemas.words import Role
from services.edge.access import CallerNow
from services.edge.app import Part
from services.edge.domain.visibility import Thing, show
from services.edge.paging import PageAsked
from services.edge.views import WindowView

from .following import never_stale
from .outlook import VIEWERS
from .picture import Picture
from .reports import Availability, Capacity, availability, capacity

WATCHERS = frozenset({Role.COMMISSIONER, Role.OPS})
OPS = frozenset({Role.OPS})
NOBODY_IN_PARTICULAR: frozenset[Role] = frozenset()


class LetterView(BaseModel):
    """A refused record: where, which field and rule, its hash and size. Never its payload."""

    model_config = ConfigDict(frozen=True)

    at: str | None
    topic: str
    offset: int
    key: str
    code: Refusal
    field: str
    rule: str
    sha256: str
    size: int


class Doings(BaseModel):
    """How many inputs were answered with each code, and how many tries to tell somebody ended how."""

    model_config = ConfigDict(frozen=True)

    settings: int
    referrals: int
    windows: int
    answers: dict[str, int]
    deliveries: dict[str, int]
    dead_letters: int
    log_unavailable: str | None
    stale_since: datetime | None
    """Up to when all of this is known, if that is too long ago."""


class Health(BaseModel):
    model_config = ConfigDict(frozen=True)

    status: str


class Watching:
    """The routes; `unavailable` says why the log is out of reach, if it is."""

    def __init__(
        self,
        picture: Picture,
        unavailable: Callable[[], str | None],
        stale_since: Callable[[], datetime | None] = never_stale,
    ) -> None:
        self._picture, self._unavailable, self._stale_since = picture, unavailable, stale_since
        self._router = APIRouter(tags=["commissioners and ops"])
        self._access: dict[tuple[str, str], frozenset[Role]] = {}

    def part(self) -> Part:
        self._get("/v1/availability", Availability, self.availability, WATCHERS)
        self._get("/v1/capacity", Capacity, self.capacity, WATCHERS)
        self._get("/v1/conformance", list[WindowView], self.conformance, WATCHERS)
        self._get("/v1/dead-letters", list[LetterView], self.letters, OPS)
        self._get("/v1/doings", Doings, self.doings, OPS)
        self._get("/health/live", Health, live, NOBODY_IN_PARTICULAR)
        return Part(self._router, self._access)

    def _get(self, path: str, view: Any, route: Callable[..., Any], roles: frozenset[Role]) -> None:
        is_shown = view == list[WindowView]
        self._router.get(path, response_model=view, response_model_exclude_unset=is_shown)(route)
        self._access["GET", path] = roles

    def availability(self) -> Availability:
        """What is vacant now and what happens with it, by provision and borough."""
        return availability(self._picture.entries(), self._picture.now())

    def capacity(self) -> Capacity:
        """Capacity against use: used, vacant, held, reserved, unusable and unreported told apart."""
        return capacity(self._picture.entries(), self._picture.now())

    def conformance(self, caller: CallerNow, page: PageAsked) -> list[dict[str, Any]]:
        """Every window: was the first tier first, for how long, what came of it, any bypass."""
        return [show(VIEWERS[caller.role], Thing.WINDOW, each) for each in self._picture.windows(page)]

    def letters(self) -> list[LetterView]:
        """The newest refused records."""
        return [LetterView.model_validate(each) for each in self._picture.letters()]

    def doings(self) -> Doings:
        """What this process has done."""
        return Doings(
            log_unavailable=self._unavailable(), stale_since=self._stale_since(), **self._picture.doings()
        )


def live() -> Health:
    """Answer as long as the process runs."""
    return Health(status="live")
