"""What a commissioner or ops have before them on the page: tables over all settings. Nothing of a child.

Asks the picture and shows of each object what the table of visibility lets through. Knows no request and no form.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from schemas.words import Role
from services.edge.domain.visibility import Thing, Viewer, show

from .picture import Picture
from .reports import availability, capacity
from .sights import Item, Sight, one_page

Fields = dict[str, Any]

VIEWERS = {Role.COMMISSIONER: Viewer.COMMISSIONER, Role.OPS: Viewer.OPS}
ENDED_SHOWN = 30
"""How many windows are shown that ended last, where they are not the matter itself."""

TITLES = {
    "ended": "Windows that have ended",
    "offers": "Open windows",
    "holds": "Held and reserved",
    "letters": "Dead letters",
}


class Outlook:
    """What one such viewer has before it."""

    def __init__(self, picture: Picture, viewer: Viewer) -> None:
        self._picture, self._viewer = picture, viewer

    def everything(self) -> Sight:
        """Return the reports; to ops also what runs now, what the process has done, and what was refused."""
        picture = self._picture
        entries, now, ended = picture.entries(), picture.now(), picture.ended()
        reports: Fields = {
            "availability": availability(entries, now).rows,
            "capacity": capacity(entries, now),
            "outcomes": outcomes(ended),
            "tiers": sorted({each["tier"] for each in ended}),
            "ended": self._windows(ended[:ENDED_SHOWN]),
        }
        if self._viewer is Viewer.COMMISSIONER:
            return reports
        return reports | self._running() | {"doings": picture.doings(), "letters": picture.letters()}

    def overview(self) -> Sight:
        """Return what runs now and what ended last, for the demo's page."""
        ended = self._windows(self._picture.ended()[:ENDED_SHOWN])
        return self._running() | {"doings": self._picture.doings(), "ended": ended}

    def listed(self, kind: str, number: int) -> Item | None:
        """Return a page of one list; None for a list that this viewer does not have."""
        if kind not in self._lists:
            return None
        found = one_page({kind: self._lists[kind]()}, kind, TITLES[kind], number)
        if kind != "ended":
            return found
        return replace(found, sight={kind: self._windows(found.sight[kind])})

    @property
    def _lists(self) -> Mapping[str, Callable[[], list[Fields]]]:
        ended = {"ended": self._picture.ended}
        if self._viewer is Viewer.COMMISSIONER:
            return ended
        return ended | {"offers": self._offers, "holds": self._holds, "letters": self._picture.letters}

    def item(self, kind: str, about: str) -> Item | None:
        """Links of messages are for teams and providers: they lead nowhere here."""
        del kind, about
        return None

    def _windows(self, ended: Iterable[Fields]) -> list[Fields]:
        return [show(self._viewer, Thing.WINDOW, self._picture.history(each)) for each in ended]

    def _running(self) -> Fields:
        every, holds = self._picture.offers_of(None), self._holds()
        offers = self._in_window(every)
        return {"offers": offers, "waiting": len(every) - len(offers) - len(holds), "holds": holds}

    def _offers(self) -> list[Fields]:
        return self._in_window(self._picture.offers_of(None))

    def _in_window(self, offers: Iterable[Fields]) -> list[Fields]:
        """Return the vacancies whose window is open, what closes first before the rest."""
        in_window = [each for each in offers if "window_id" in each]
        in_window.sort(key=lambda each: (each["closes_at"], each["vacancy_id"]))
        return [show(self._viewer, Thing.OFFER, each) for each in in_window]

    def _holds(self) -> list[Fields]:
        return [show(self._viewer, Thing.HOLD, each) for each in self._picture.holds_of()]


def outcomes(ended: Iterable[Fields]) -> dict[str, Counter[int]]:
    """Count the windows that ended, by outcome and then by tier."""
    found: dict[str, Counter[int]] = {}
    for each in ended:
        found.setdefault(each["outcome"], Counter())[each["tier"]] += 1
    return dict(sorted(found.items()))
