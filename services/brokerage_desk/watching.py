"""What commissioners and ops read: reports over all settings, and what the process has done.

Moves bytes and decides nothing. Nothing here is of a child.
"""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from schemas.dead_letters import Refusal
from schemas.words import Role
from services.directory import Caller
from services.edge.access import CallerNow
from services.edge.app import Part
from services.edge.domain.visibility import Thing, Viewer, show
from services.edge.views import WindowView

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


class Health(BaseModel):
    model_config = ConfigDict(frozen=True)

    status: str


def watching_part(picture: Picture, unavailable: Callable[[], str | None]) -> Part:
    """Return the routes of commissioners and ops; `unavailable` says why the log is out of reach, if it is."""
    router = APIRouter(tags=["commissioners and ops"])

    def availability_now(_: CallerNow) -> Availability:
        """What is vacant now and what happens with it, by provision and borough."""
        return availability(picture.entries(), picture.now())

    def capacity_now(_: CallerNow) -> Capacity:
        """Capacity against use: used, vacant, held, reserved, unusable and unreported told apart."""
        return capacity(picture.entries(), picture.now())

    def conformance(caller: CallerNow) -> list[dict[str, Any]]:
        """Every window: was the first tier first, for how long, what came of it, any bypass."""
        return [show(viewer_of(caller), Thing.WINDOW, each) for each in picture.windows()]

    def letters(_: CallerNow) -> list[LetterView]:
        """The newest refused records."""
        return [LetterView.model_validate(each) for each in picture.letters()]

    def doings(_: CallerNow) -> Doings:
        """What this process has done."""
        return Doings(log_unavailable=unavailable(), **picture.doings())

    def live() -> Health:
        """Answer as long as the process runs."""
        return Health(status="live")

    router.get("/v1/availability")(availability_now)
    router.get("/v1/capacity")(capacity_now)
    router.get("/v1/conformance", response_model=list[WindowView], response_model_exclude_unset=True)(
        conformance
    )
    router.get("/v1/dead-letters")(letters)
    router.get("/v1/doings")(doings)
    router.get("/health/live")(live)
    access = {
        ("GET", "/v1/availability"): WATCHERS,
        ("GET", "/v1/capacity"): WATCHERS,
        ("GET", "/v1/conformance"): WATCHERS,
        ("GET", "/v1/dead-letters"): OPS,
        ("GET", "/v1/doings"): OPS,
        ("GET", "/health/live"): NOBODY_IN_PARTICULAR,
    }
    return Part(router, access)


def viewer_of(caller: Caller) -> Viewer:
    return Viewer.COMMISSIONER if caller.role is Role.COMMISSIONER else Viewer.OPS
