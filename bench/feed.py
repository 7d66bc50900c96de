"""What providers say in an ordinary week: a made-up population of settings, and the lines that they send.

Knows the wire form of what a provider may say. Must not know a rule: a home keeps only what it believes of its own
places, so some of what it says is refused, as in life. Everything follows from the seed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from schemas.words import Kind, Need, Provision, Sector
from services.matcher.adapters.geography_file import read_geography
from services.shipped import shipped

Line = dict[str, Any]

SETTINGS_PER_PROVIDER: Final = 100
"""So that a batch of 100 lines is one provider's whole week."""
PROVISIONS: Final = {
    Provision.FOSTER_HOUSEHOLD: 70,
    Provision.CHILDRENS_HOME: 20,
    Provision.SUPPORTED_ACCOMMODATION: 10,
}
"""Of a hundred settings. England has about ten foster households for each home; homes say more, so there are more."""
PLACES: Final = {
    Provision.FOSTER_HOUSEHOLD: 2,
    Provision.CHILDRENS_HOME: 4,
    Provision.SUPPORTED_ACCOMMODATION: 5,
}
BOROUGHS: Final = tuple(sorted(read_geography(shipped("geo_london")).boroughs))
NEEDS: Final = tuple(Need)[:6]


@dataclass(slots=True)
class Home:
    """A setting, and what its provider believes of its places."""

    setting_id: str
    provider_id: str
    provision: Provision
    borough: str
    places: int
    vacant: dict[int, str] = field(default_factory=dict)
    """By place, the vacancy that the provider believes to stand."""
    former: str | None = None
    """A vacancy that is over."""
    episodes: dict[int, int] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        return Kind.FOSTER if self.provision is Provision.FOSTER_HOUSEHOLD else Kind.PLANNED


def provider_id(number: int) -> str:
    return f"P-{number:010x}"


def homes(count: int, seed: int = 1) -> list[Home]:
    """Return so many settings, the same for the same seed; a hundred to a provider."""
    draw = Random(seed)
    kinds = draw.choices(list(PROVISIONS), list(PROVISIONS.values()), k=count)
    return [
        Home(
            setting_id=f"SC{number:06}",
            provider_id=provider_id(number // SETTINGS_PER_PROVIDER),
            provision=provision,
            borough=draw.choice(BOROUGHS),
            places=PLACES[provision],
        )
        for number, provision in enumerate(kinds, 1000)
    ]


def registration(home: Home, draw: Random) -> Line:
    """Register a setting with a profile of its own."""
    youngest = draw.randint(0, 12)
    return {
        "type": "SettingRegistered",
        "setting_id": home.setting_id,
        "provider_id": home.provider_id,
        "provision": home.provision,
        "sector": Sector.PRIVATE,
        "registration": "registered",
        "region": "London",
        "borough": home.borough,
        "registered_places": home.places,
        "profile": {
            "age_min": youngest,
            "age_max": min(17, youngest + draw.randint(4, 10)),
            "needs": sorted(draw.sample(NEEDS, draw.randint(1, 4))),
        },
    }


Act = Callable[[Home], Line]


class Feed:
    """What the provider of a home says next. It never looks at an answer."""

    def __init__(self, today: date, seed: int = 1) -> None:
        self.today, self._draw = today, Random(seed)
        self._when_full: Mapping[Act, int] = {
            self.no_change: 84,
            self.numbers: 8,
            self.post: 4,
            self.confirm_former: 2,
            self.nil_return: 2,
        }
        self._when_vacant: Mapping[Act, int] = {
            self.confirm: 50,
            self.no_change: 8,
            self.numbers: 10,
            self.fill: 18,
            self.withdraw: 4,
            self.post_again: 10,
        }

    def week(self, homes: list[Home]) -> Iterator[Line]:
        """One line for each home; some of them are refused by a rule."""
        for home in homes:
            acts = self._when_vacant if home.vacant else self._when_full
            [act] = self._draw.choices(list(acts), list(acts.values()))
            yield act(home)

    def no_change(self, home: Home) -> Line:
        return {"type": "NoChange", "setting_id": home.setting_id}

    def confirm(self, home: Home) -> Line:
        return {"type": "VacancyConfirmed", "vacancy_id": next(iter(home.vacant.values()))}

    def post(self, home: Home) -> Line:
        place = self._draw.randint(1, home.places)
        home.episodes[place] = home.episodes.get(place, 0) + 1
        home.vacant[place] = f"{home.setting_id}:{place}:{home.episodes[place]}"
        return self._posted(home, place)

    def _posted(self, home: Home, place: int) -> Line:
        return {
            "type": "VacancyPosted",
            "setting_id": home.setting_id,
            "place": place,
            "kind": home.kind,
            "available_from": f"{self.today + timedelta(days=self._draw.randint(1, 14))}",
            "fee": self._draw.randrange(60_000, 600_000, 500),
        }

    def fill(self, home: Home) -> Line:
        return self._ended(home, {"type": "VacancyFilled", "code": "sibling_in_home"})

    def withdraw(self, home: Home) -> Line:
        return self._ended(home, {"type": "VacancyWithdrawn"})

    def _ended(self, home: Home, line: Line) -> Line:
        _, home.former = home.vacant.popitem()
        return {**line, "vacancy_id": home.former}

    def nil_return(self, home: Home) -> Line:
        return {"type": "NilReturn", "setting_id": home.setting_id}

    def numbers(self, home: Home) -> Line:
        stated = {"vacant": len(home.vacant), "kind": home.kind}
        return {"type": "NumbersStated", "setting_id": home.setting_id, **stated}

    def post_again(self, home: Home) -> Line:
        """Post what was posted before: refused, unless the vacancy has gone meanwhile."""
        return self._posted(home, next(iter(home.vacant)))

    def confirm_former(self, home: Home) -> Line:
        """Confirm what is no more: refused."""
        if home.former is None:
            return self.no_change(home)
        return {"type": "VacancyConfirmed", "vacancy_id": home.former}
