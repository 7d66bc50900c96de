"""What the picture is made of: documents, each with a name and each the matter of one partition of the log.

Knows plain JSON values by id. Must not know records, nor where documents are kept. Whoever folds a partition to the
same position has the same documents of it; so a position is the version of them all, and what was folded further
replaces what was not. Three things are made of documents of several partitions and are none themselves: how a place
stands with a vacancy that is over, whom a provider served last, and what is counted over all.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any, Final, NamedTuple, TypeAlias

from .entries import Entries

OFFERS, PLACEMENTS, MATCHES, DELIVERIES = "offers", "placements", "matches", "deliveries"
BETWEEN: Final = "|"
"""Parts two ids in a name; no id has it."""

Fields = dict[str, Any]


class Kind(StrEnum):
    """The kinds of document."""

    SETTINGS = auto()
    REFERRALS = auto()
    WINDOWS = auto()
    NOMINATIONS = auto()
    VOUCHED = auto()
    MATCHES = auto()
    STANDINGS = auto()
    TALLIES = auto()
    LETTERS = auto()


Name: TypeAlias = tuple[Kind, str]
"""A document's kind and its id; of a match with its council, of a standing with its vacancy, before it."""


@dataclass(slots=True)
class Pictured:
    """All that is shown, as plain JSON values by id."""

    settings: Entries = field(default_factory=Entries)
    """By setting: `state`, `version`, `decided_at`; `lived_in`: which council's child lives in which place; `served`:
    by provider, then by council, when a place was last held there."""
    referrals: dict[str, Fields] = field(default_factory=dict)
    windows: dict[str, Fields] = field(default_factory=dict)
    """Every window that ever opened, with how it ended."""
    matches: dict[str, dict[str, Fields]] = field(default_factory=dict)
    """By council, then by match."""
    standings: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    """By vacancy, then by referral: how they last matched, 0 a fit and 1 a near miss, then what is compared.

    Kept until the vacancy is over, for a provider chooses after the window, when its matches are gone.
    """
    served: dict[str, dict[str, str]] = field(default_factory=dict)
    """By provider, then by council: when the provider last held a place for it. No document: it is in settings'."""
    nominations: dict[str, str] = field(default_factory=dict)
    """Every nomination that was ever made, with its council."""
    vouched: dict[str, str] = field(default_factory=dict)
    """Every nomination that placements vouched for, with its council: those that the provider knows of."""
    tallies: dict[str, dict[str, int]] = field(default_factory=dict)
    """By partition: how many inputs were answered with each code, or how many tries to tell ended how."""
    letters_at: dict[str, Fields] = field(default_factory=dict)
    """The newest dead letters by where they lie, as they came."""

    @property
    def answers(self) -> dict[str, int]:
        """How many inputs were answered with each code."""
        return self._tallied(OFFERS, PLACEMENTS)

    @property
    def deliveries(self) -> dict[str, int]:
        """How many tries to tell somebody ended how."""
        return self._tallied(DELIVERIES)

    @property
    def letters(self) -> list[Fields]:
        return [*self.letters_at.values()]

    def _tallied(self, *topics: str) -> dict[str, int]:
        found: Counter[str] = Counter()
        for place, counts in self.tallies.items():
            if place.partition("/")[0] in topics:
                found.update(counts)
        return dict(found)

    def note_served(self, provider_id: str, council: str, at: str) -> None:
        """Note that a provider held a place for a council; settings' words come in any order among each other."""
        served = self.served.setdefault(provider_id, {})
        served[council] = max(at, served.get(council, ""))


SHELVES: Final[Mapping[Kind, Callable[[Pictured], MutableMapping[str, Any]]]] = {
    Kind.SETTINGS: lambda picture: picture.settings,
    Kind.REFERRALS: lambda picture: picture.referrals,
    Kind.WINDOWS: lambda picture: picture.windows,
    Kind.NOMINATIONS: lambda picture: picture.nominations,
    Kind.VOUCHED: lambda picture: picture.vouched,
    Kind.MATCHES: lambda picture: picture.matches,
    Kind.STANDINGS: lambda picture: picture.standings,
    Kind.TALLIES: lambda picture: picture.tallies,
    Kind.LETTERS: lambda picture: picture.letters_at,
}
NESTED: Final = (Kind.MATCHES, Kind.STANDINGS)
"""The kinds that are kept by the first part of their id."""


def value_of(picture: Pictured, name: Name) -> Any:
    """Return a document as it is now; None if there is none."""
    kind, about = name
    shelf = SHELVES[kind](picture)
    if kind not in NESTED:
        return shelf.get(about)
    first, _, second = about.partition(BETWEEN)
    return shelf.get(first, {}).get(second)


def names_of(picture: Pictured) -> Iterator[Name]:
    """Yield the name of every document."""
    for kind, shelf in SHELVES.items():
        if kind in NESTED:
            yield from (
                (kind, f"{first}{BETWEEN}{second}")
                for first, kept in shelf(picture).items()
                for second in kept
            )
        else:
            yield from ((kind, about) for about in shelf(picture))


def put(picture: Pictured, name: Name, value: Any) -> None:
    """Put a document in place of its former self; None: it is gone."""
    kind, about = name
    if kind is Kind.SETTINGS and value is not None:
        _put_setting(picture, about, value)
    elif kind is Kind.STANDINGS and value is not None and _is_of_the_past(picture, about):
        return
    elif kind in NESTED:
        first, _, second = about.partition(BETWEEN)
        shelf = SHELVES[kind](picture)
        _keep(shelf.setdefault(first, {}), second, value)
        if not shelf[first]:
            del shelf[first]
    else:
        _keep(SHELVES[kind](picture), about, value)


def _keep(kept: MutableMapping[str, Any], about: str, value: Any) -> None:
    if value is None:
        kept.pop(about, None)
    else:
        kept[about] = value


def _put_setting(picture: Pictured, setting_id: str, entry: Fields) -> None:
    former = picture.settings.get(setting_id, {}).get("state")
    picture.settings[setting_id] = entry
    for vacancy_id in vacancies_of(former) - vacancies_of(entry["state"]):
        picture.standings.pop(vacancy_id, None)
    for provider_id, councils in entry["served"].items():
        for council, at in councils.items():
            picture.note_served(provider_id, council, at)


def _is_of_the_past(picture: Pictured, standing: str) -> bool:
    vacancy_id = standing.partition(BETWEEN)[0]
    entry = picture.settings.get(vacancy_id.partition(":")[0])
    return entry is not None and is_over(vacancy_id, entry["state"])


def filled(documents: Iterable[tuple[Name, Any]]) -> Pictured:
    """Return the picture that these documents make, in whatever order they come."""
    picture, standings = Pictured(), []
    for name, value in documents:
        if name[0] is Kind.STANDINGS:
            standings.append((name, value))
        else:
            put(picture, name, value)
    for name, value in standings:
        put(picture, name, value)
    letters = sorted(picture.letters_at.items(), key=lambda each: (each[1]["at"] or "", *_order(each[0])))
    picture.letters_at = dict(letters)
    return picture


def _order(place: str) -> tuple[str, int]:
    partition, _, offset = place.rpartition(":")
    return partition, int(offset)


def vacancies_of(state: Mapping[str, Any] | None) -> set[str]:
    """Return the vacancies that a setting has now."""
    return {
        place["vacancy"]["vacancy_id"] for place in (state or {"places": []})["places"] if place["vacancy"]
    }


def is_over(vacancy_id: str, state: Mapping[str, Any]) -> bool:
    """Tell whether a vacancy has been and is no more; one that is still to come is not over."""
    _, number, episode = vacancy_id.rsplit(":", 2)
    episodes = next((each["episodes"] for each in state["places"] if each["number"] == int(number)), 0)
    return bool(episodes >= int(episode)) and vacancy_id not in vacancies_of(state)


class Delta(NamedTuple):
    """Which documents of a partition changed when it was folded from `since` to `until`."""

    place: str
    since: int
    until: int
    names: frozenset[Name]


class Changes:
    """What has changed and was not handed on yet, by partition. For one thread."""

    def __init__(self) -> None:
        self._deltas: dict[str, Delta] = {}

    def note(self, place: str, since: int, until: int, names: Iterable[Name]) -> None:
        """Add a record's changes to those of its partition."""
        former = self._deltas.get(place)
        if former is not None:
            since, names = former.since, former.names.union(names)
        self._deltas[place] = Delta(place, since, until, frozenset(names))

    def waiting(self) -> list[Delta]:
        return [*self._deltas.values()]

    def handed_on(self, delta: Delta) -> None:
        """Forget what was handed on; nothing was noted since it was `waiting`."""
        del self._deltas[delta.place]

    def clear(self) -> None:
        self._deltas.clear()
