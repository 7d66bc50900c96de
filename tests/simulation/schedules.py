"""Schedules drawn from a seed: where a world begins, what its log is like, and the steps that follow.

A schedule is data; the same seed gives the same schedule for ever. Each draws which faults it has, so that some
schedules are all zombies and some are nearly calm.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any, NamedTuple, TypeAlias

from schemas.words import ChoiceReason
from services.matcher.domain import inputs, referral_inputs
from services.matcher.domain.values import InputId

from .codes import FIRST, FORGETFUL, NEXT
from .runners import Parts
from .scene import BARNET, HARINGEY, NOTIFIER, STARTS_ON, TEAMS, provider_of
from .world import Step, World, introduce

STEPS_MIN, STEPS_MAX = 15, 50


@dataclass(frozen=True)
class Schedule:
    seed: int
    beginning: str
    is_working: bool
    """Whether the homes begin under lengths of working time."""
    is_checked: bool
    versions: tuple[int, int]
    """Which versions of the code there are; `codes`: as which of them the two workers begin."""
    codes: tuple[int, int]
    is_decided_again: bool
    """Whether the next version of the code decides everything again, for the same bytes."""
    steps: tuple[Step, ...]


class Done(NamedTuple):
    """How many steps were taken, as `README.md` counts them, and how many decisions that count were checked."""

    steps: int
    decisions: int

    def and_then(self, other: "Done") -> "Done":
        return Done(self.steps + other.steps, self.decisions + other.decisions)


MOODS: dict[str, dict[str, int]] = {
    "calm": {"say": 30, "say_of_referral": 12, "go_on": 30, "drain_all": 6, "wait": 5, "wait_until_due": 6}
    | {"tick": 6, "repeat": 4},
    "late": {"say": 24, "say_of_referral": 8, "decide": 18, "carry": 18, "go_on": 6, "tick": 6}
    | {"wait_until_due": 6, "repeat": 6, "wait": 3},
    "zombies": {"say": 22, "say_of_referral": 6, "decide": 14, "decide_ahead": 16, "land_late": 12}
    | {"crash_worker": 5, "go_on": 10, "carry": 6, "tick": 3, "wait_until_due": 3, "repeat": 5},
    "crashes": {"say": 22, "say_of_referral": 10, "go_on": 16, "drain_all": 2, "crash_courier": 14}
    | {"crash_worker": 7, "crash_clock": 4, "carry": 10, "tick": 5, "wait_until_due": 5, "repeat": 6},
    "times": {"say": 24, "say_of_referral": 8, "go_on": 18, "drain_all": 4, "wait": 6, "wait_until_due": 14}
    | {"put_log_time_wrong": 5, "put_clock_wrong": 4, "put_people_wrong": 3, "tick": 12, "repeat": 4}
    | {"crash_clock": 2},
    "old words": {"say": 14, "say_of_referral": 10, "repeat": 28, "go_on": 20, "decide": 10, "carry": 10}
    | {"wait_until_due": 4, "tick": 4},
    "old news": {"say_what_is": 20, "say_what_was": 24, "say": 8, "say_what_was_of_referral": 8, "go_on": 20}
    | {"say_of_referral": 3, "drain_all": 6, "decide": 4, "carry": 3, "wait": 8, "wait_until_due": 3}
    | {"tick": 3, "repeat": 2},
    "everything": {"say": 20, "say_of_referral": 8, "go_on": 10, "decide": 8, "decide_ahead": 6}
    | {"land_late": 5, "crash_worker": 4, "carry": 7, "crash_courier": 5, "tick": 6, "crash_clock": 2}
    | {"wait": 3, "wait_until_due": 6, "put_log_time_wrong": 2, "put_clock_wrong": 1, "repeat": 5}
    | {"drain_all": 2, "say_what_is": 3, "say_what_was": 5, "say_what_was_of_referral": 2}
    | {"put_people_wrong": 1},
}
"""How often each step comes in each kind of schedule."""


def _spread(weights: dict[str, int]) -> tuple[str, ...]:
    return tuple(name for name, weight in weights.items() for _ in range(weight))


SPREAD = {mood: _spread(weights) for mood, weights in MOODS.items()}


WRONG_TIMES = dict.fromkeys(("put_log_time_wrong", "put_clock_wrong", "put_people_wrong"), "wait")
TRAITS: dict[str, dict[str, str]] = {
    "working time": {},
    "next code": {},
    "old news": {"say_what_was": "say_what_is", "say_what_was_of_referral": "say_of_referral", **WRONG_TIMES},
    "wrong times": WRONG_TIMES,
}
"""What schedules can be drawn without, to see what it alone finds; and what happens in place of which step.

Where times are wrong, news may be old too.
"""

VERSIONS = ((FIRST, FORGETFUL), (FIRST, NEXT), (NEXT, FORGETFUL), (FIRST, NEXT))


def schedule(seed: int, without: str = "") -> Schedule:
    """The schedule of a seed; `without` a trait it is the same but for that."""
    draw = Random(seed)
    first = draw.getrandbits(48)
    mood = tuple(MOODS)[first % len(MOODS)]
    names, instead = SPREAD[mood], TRAITS.get(without, {})
    beginnings = LATE_BEGINNINGS if mood == "old words" else tuple(BEGINNINGS)
    versions = VERSIONS[(first >> 30) % len(VERSIONS)] if without != "next code" else VERSIONS[0]
    if mood == "old words":  # what is forgotten soon may come again
        versions = (FORGETFUL, FORGETFUL)
    steps = []
    for _ in range(STEPS_MIN + (first >> 12) % (STEPS_MAX - STEPS_MIN)):
        bits = draw.getrandbits(44)
        name = names[(bits & 0xFFF) % len(names)]
        steps.append(Step(instead.get(name, name), (bits >> 12) & 0xFFFF, bits >> 28))
    return Schedule(
        seed,
        beginning=beginnings[(first >> 4) % len(beginnings)],
        is_working=(first >> 28) % 4 == 0 and without != "working time",
        is_checked=bool((first >> 11) & 1),
        is_decided_again=NEXT in versions and (first >> 33) % 4 == 0,
        versions=versions,
        codes=(versions[(first >> 9) & 1], versions[(first >> 10) & 1]),
        steps=tuple(steps),
    )


def run(parts: Parts, planned: Schedule, story: list[str] | None = None) -> Done:
    """Run a schedule to its end and return how much was done; Broken if a promise does not hold."""
    world = begin(parts, planned.beginning, is_working=planned.is_working).fork()
    return play(world, planned, story)


def play(world: World, planned: Schedule, story: list[str] | None = None) -> Done:
    """Let the steps happen in this world, stop the faults and see what comes of it."""
    world.story = story
    world.start(planned.versions, planned.codes, is_checked=planned.is_checked)
    if planned.is_decided_again:
        world.decide_again()
    for step in planned.steps:
        world.do(step)
    if story is not None:
        story.append("the faults stop")
    world.settle()
    return Done(world.steps, world.checker.decisions)


def without(planned: Schedule, steps: tuple[Step, ...]) -> Schedule:
    return replace(planned, steps=steps)


# --- beginnings --------------------------------------------------------------------------------------------


@cache
def begin(parts: Parts, name: str, *, is_working: bool) -> World:
    """The world in which schedules of this kind begin; made once, and forked for each."""
    world = World(parts)
    world.is_working = is_working
    prepare(world, name)
    return world


def prepare(world: World, name: str) -> None:
    introduce(world)
    for stage in BEGINNINGS[name]:
        world.drain()
        stage(world)


def _tell(world: World, name: str, kind: Any, by: Any, **fields: Any) -> None:
    world.said += 1
    named = {"setting_id" if name.startswith("SC") else "referral_id": name}
    given = {"id": InputId(f"said-{world.said}"), "by": by, "observed_at": world.now}
    world.tell(name, kind(**named, **given, **fields))


FIRST_WINDOWS = {name: f"{name}:1:1:w1" for name in ("SC000001", "SC000002", "SC000003")}


def _be_told(world: World) -> None:
    for name, window in FIRST_WINDOWS.items():
        fields = {"window_id": window, "council": HARINGEY, "told_at": world.now}
        _tell(world, name, inputs.WindowTold, NOTIFIER, **fields)


def _nominate(world: World) -> None:
    for name, referral in (("SC000001", "R-1"), ("SC000002", "R-1"), ("SC000003", "R-2")):
        fields = {"window_id": FIRST_WINDOWS[name], "referral_id": referral}
        _tell(world, name, inputs.Nominate, TEAMS[HARINGEY], **fields)


def _accept(world: World) -> None:
    for name in FIRST_WINDOWS:
        fields = {"nomination_id": f"{name}:1:1:n1", "reason": ChoiceReason.URGENCY}
        _tell(world, name, inputs.AcceptNomination, provider_of(name), **fields)


def _take(world: World) -> None:
    for referral, name in (("R-1", "SC000001"), ("R-2", "SC000003")):
        fields = {"hold_id": f"{name}:1:1:h1", "starts_on": STARTS_ON}
        _tell(world, referral, referral_inputs.TakePlace, TEAMS[HARINGEY], **fields)


def _release_all(world: World) -> None:
    for name, window in FIRST_WINDOWS.items():
        fields = {"window_id": window, "reason": "price"}
        _tell(world, name, inputs.ReleaseWindow, TEAMS[HARINGEY], **fields)
    world.drain()
    for name in FIRST_WINDOWS:
        fields = {"window_id": f"{name}:1:1:w2", "referral_id": "R-3"}
        _tell(world, name, inputs.Nominate, TEAMS[BARNET], **fields)


def _fall_through(world: World) -> None:
    """R-2 loses its place in the third home; R-1 has taken the first, and let the second go."""
    fields = {"vacancy_id": "SC000003:1:1", "reason": "plan_changed"}
    _tell(world, "SC000003", inputs.FellThrough, provider_of("SC000003"), **fields)


def _nominate_again(world: World) -> None:
    for name in ("SC000002", "SC000003"):
        window = world.checker.state(name).places[0].vacancy.window.window_id
        fields = {"window_id": window, "referral_id": "R-2"}
        _tell(world, name, inputs.Nominate, TEAMS[HARINGEY], **fields)


def _accept_again(world: World) -> None:
    for name in ("SC000002", "SC000003"):
        fields = {"nomination_id": f"{name}:1:1:n2", "reason": ChoiceReason.URGENCY}
        _tell(world, name, inputs.AcceptNomination, provider_of(name), **fields)


def _take_again(world: World) -> None:
    fields = {"hold_id": "SC000003:1:1:h2", "starts_on": STARTS_ON}
    _tell(world, "R-2", referral_inputs.TakePlace, TEAMS[HARINGEY], **fields)


def _let_all_be_done(_world: World) -> None:
    """The stages before it are done; nothing waits."""


Stage: TypeAlias = Callable[[World], None]
TO_HELD: tuple[Stage, ...] = (_be_told, _nominate, _accept)
TO_HELD_AGAIN: tuple[Stage, ...] = (*TO_HELD, _take, _fall_through, _nominate_again, _accept_again)
DONE = _let_all_be_done
BEGINNINGS: dict[str, tuple[Stage, ...]] = {
    "untold": (DONE,),
    "told": (_be_told, DONE),
    "nominating": (_be_told, _nominate),
    "nominated": (_be_told, _nominate, DONE),
    "holding": TO_HELD,
    "held": (*TO_HELD, DONE),
    "taking": (*TO_HELD, _take),
    "taken": (*TO_HELD, _take, DONE),
    "shared": (_be_told, _release_all, DONE),
    "falling": (*TO_HELD, _take, _fall_through),
    "held again": (*TO_HELD_AGAIN, DONE),
    "taking again": (*TO_HELD_AGAIN, DONE, _take_again),
}
"""Where schedules begin; what the last stage said is still to be decided."""

LATE_BEGINNINGS = ("taken", "held again", "taking again")
"""With instances that are over, so that an old word about one may be taken for a word about the next."""
