"""Long lives of a home, walked by seed: the same checks as the machine's, where a life seldom ends early."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

import pytest

from schemas.words import HoldEnd, Judgement, Kind, NominationEnd, PauseReason, Registration, WindowOutcome
from services.matcher.domain import facts, inputs
from tests.rules.offers_moves import moves
from tests.rules.offers_story import (
    BARNET,
    CAMDEN,
    DAY,
    HACKNEY,
    HARINGEY,
    HOUR,
    REGISTER,
    TERMS,
    agreement,
    tier,
)
from tests.rules.offers_witness import Witness

WEIGHTS: Final = {
    "nominations": 10,
    "holds": 8,
    "reservations": 4,
    "windows": 10,
    "standby": 2,
    "lengths": 1,
    "places": 3,
    "vacancies": 1,
    "releases": 1,
    "mistakes": 1,
}
OF_THE_MATRIX: Final = (HoldEnd.SETTING_CLOSED, HoldEnd.SETTING_SUSPENDED)
"""Ends that are too rare here; every one of them is in test_offers_rejudged.py."""
STEPS = 250
LADDER = (
    tier("haringey", [HARINGEY]),
    tier("NCL", [BARNET, CAMDEN, HARINGEY]),
    tier("LONDON", [BARNET, CAMDEN, HACKNEY, HARINGEY]),
)


@dataclass(slots=True)
class Walk:
    chance: Random
    witness: Witness = field(default_factory=lambda: Witness(TERMS))

    def begin(self) -> None:
        self.witness.say(inputs.SettingRegistered)
        self.witness.say(inputs.SettingJudged)
        self.witness.say(inputs.AgreementAttached, agreement=agreement(tiers=LADDER))
        self.witness.say(inputs.NumbersStated, vacant=3, kind=Kind.EMERGENCY)

    def step(self) -> None:
        """Mostly somebody concerned; now and then the clock, a report, a disturbance, or something said again."""
        what = self.chance.choices(
            (self.live, self.let_time_pass, self.report, self.disturb, self.say_again), (80, 12, 5, 2, 3)
        )[0]
        what()

    def live(self) -> None:
        story = self.witness.story
        possible = moves(story.known, story.now)
        if not possible:
            return
        themes = sorted(possible)
        theme = self.chance.choices(themes, [WEIGHTS[each] for each in themes])[0]
        kind, given = self.chance.choice(possible[theme])
        story.wait(seconds=self.chance.choice((0, 0, 1, 60, 600)))
        self.witness.say(kind, **given)

    def let_time_pass(self) -> None:
        if self.chance.random() < 0.7:
            self.witness.come_to_the_deadline(self.chance.choice((0, 0, 0, 1)))
        else:
            self.witness.story.wait(seconds=self.chance.choice((1800, 3600, 86_400, 5 * 86_400)))

    def report(self) -> None:
        seen_at = self.witness.story.now - self.chance.choice((timedelta(), HOUR, DAY))
        kind = self.chance.choice((inputs.NoChange, inputs.NilReturn, inputs.NumbersStated))
        given: dict[str, Any] = {"observed_at": seen_at}
        if kind is inputs.NumbersStated:
            given |= {
                "vacant": self.chance.randrange(5),
                "registered_places": self.chance.choice((None, 4, 3)),
            }
        self.witness.say(kind, **given)

    def disturb(self) -> None:
        """Something befalls the setting, and a little later it is put right."""
        kind, given, then, put_right = self.chance.choice(DISTURBANCES)
        self.witness.say(kind, **given)
        self.witness.story.wait(seconds=self.chance.choice((0, 60, 7200)))
        self.witness.say(then, **put_right)

    def say_again(self) -> None:
        order, _ = self.chance.choice(self.witness.story.heard[1:])
        self.witness.hear(order)


GOOD, POOR = {"judgement": Judgement.GOOD}, {"judgement": Judgement.INADEQUATE}
SUSPENDED = {"registration": Registration.SUSPENDED, "by": REGISTER}
REGISTERED = {"registration": Registration.REGISTERED, "registered_places": 4, "by": REGISTER}
DISTURBANCES: Final[
    tuple[tuple[type[inputs.Input], dict[str, Any], type[inputs.Input], dict[str, Any]], ...]
] = (
    (inputs.SettingJudged, POOR, inputs.SettingJudged, GOOD),
    (inputs.SettingAmended, SUSPENDED, inputs.SettingAmended, REGISTERED),
    (inputs.SettingAmended, {"registered_places": 2, "by": REGISTER}, inputs.SettingAmended, REGISTERED),
    (inputs.SettingPaused, {"reason": PauseReason.STAFFING}, inputs.SettingResumed, {}),
)


def walked(seed: int, steps: int = STEPS) -> Walk:
    walk = Walk(Random(seed))
    walk.begin()
    for _ in range(steps):
        walk.step()
    walk.witness.see_the_same_bytes_again()
    return walk


@pytest.mark.parametrize("seed", range(12))
def test_a_long_life_keeps_every_promise(seed: int) -> None:
    walked(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200, 230))
def test_many_long_lives_keep_every_promise(seed: int) -> None:
    walked(seed, steps=2 * STEPS)


@pytest.mark.slow
def test_the_walks_come_by_every_way_in_which_a_thing_can_end() -> None:
    """Otherwise the checks would have nothing to look at."""
    found: Counter[str] = Counter()
    for seed in range(140, 184):
        for fact in walked(seed, steps=2 * STEPS).witness.story.told:
            found[type(fact).__name__] += 1
            if isinstance(fact, facts.WindowEnded):
                found[f"window {fact.outcome}"] += 1
            if isinstance(fact, facts.NominationEnded):
                found[f"nomination {fact.end}"] += 1
            if isinstance(fact, facts.HoldEnded):
                found[f"hold {fact.end}"] += 1
    expected = {f"window {each}" for each in WindowOutcome} | {f"nomination {each}" for each in NominationEnd}
    expected |= {f"hold {each}" for each in HoldEnd if each not in OF_THE_MATRIX}
    expected |= {"TakeAgreed", "TakeRefused", "MovedIn", "FellThrough", "MoveInOverdue", "LadderEnded"}
    expected |= {"WindowToppedUp", "WindowPaused", "WindowMoved", "WindowCredited", "WindowExtended"}
    assert expected - set(found) == set()
