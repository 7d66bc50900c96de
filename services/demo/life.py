"""The ordinary weeks: providers report, councils refer and answer, some in time and some not.

Knows what people are told: facts, and matches of their own. Scripted scenes have homes, referrals and people of their
own, which this leaves alone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from services.demo.councils import Councils
from services.demo.people import Known
from services.demo.play import Act, Play
from services.demo.providers import Providers
from services.demo.stage import Happened, Stage
from services.demo.world import ON_LADDER, Home


@dataclass(frozen=True, slots=True)
class Volume:
    """How much happens."""

    vacancies_at_start: int = 22
    referrals_at_start: int = 36
    vacancies_a_day: float = 1.4
    referrals_a_day: float = 2.2
    share_with_agreement: float = 0.75


class Life:
    """The people. `react` is told every fact once."""

    def __init__(self, stage: Stage, homes: Iterable[Home], councils: Iterable[str], volume: Volume) -> None:
        self.stage, self.volume, self.play = stage, volume, Play(stage, self.react)
        known, own = Known(), {home.setting_id: home for home in homes if home.provision in ON_LADDER}
        self._councils = Councils(stage, self.play, known, own, list(councils))
        self._providers = Providers(stage, self.play, known, own, volume.share_with_agreement)
        self._reactions = {**self._councils.reactions, **self._providers.reactions}

    def begin(self, until: datetime | None) -> None:
        """Let the weeks begin: a stock at once, then day by day until an instant, or for ever."""
        stage = self.stage
        for _ in range(self.volume.referrals_at_start):
            self.play.begin(self._councils.refers(), stage.after(stage.rng.uniform(0, 12)))
        for _ in range(self.volume.vacancies_at_start):
            self.play.begin(self._providers.posts(), stage.after(stage.rng.uniform(0, 20)))
        self.arrive(until)

    def arrive(self, until: datetime | None) -> None:
        """Let referrals and vacancies come in until an instant, or for ever."""
        stage = self.stage
        self.play.begin(
            self._arrivals(self._councils.refers, self.volume.referrals_a_day, until), stage.after(8)
        )
        self.play.begin(
            self._arrivals(self._providers.posts, self.volume.vacancies_a_day, until), stage.after(8)
        )

    def _arrivals(self, kind: Callable[[], Act], a_day: float, until: datetime | None) -> Act:
        while until is None or self.stage.now < until:
            yield self.stage.after(self.stage.rng.expovariate(a_day / 8))
            self.play.begin(kind(), self.stage.now)

    def watched_by(self, onlooker: Callable[[Happened], None]) -> None:
        """Tell an onlooker of everything too, before people react to it. The last onlooker is the only one."""

        def react(happened: Happened) -> None:
            onlooker(happened)
            self.react(happened)

        self.play.react = react

    def react(self, happened: Happened) -> None:
        """Take in what a person would be told, and perhaps begin to act on it."""
        reaction = self._reactions.get(happened.kind)
        if reaction is not None:
            reaction(happened)
