"""`decide` alone, on one core: what the offers rule book gets through when nothing else happens.

Knows the rule book's one door, and two streams of inputs: the demo's six weeks, which are what the whole system really
hands to it, and the long life of one home. A rate is inputs per second of this process's own processor time.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import process_time
from typing import Final, NamedTuple

from runtime.clock import SystemClock
from runtime.dead_letters import Invalid
from runtime.log import Record
from runtime.sqlite_log import SqliteLog
from schemas.words import Code
from services.demo.life import Volume
from services.demo.run import run_weeks
from services.matcher.adapters.terms_files import load_terms
from services.matcher.domain import offers
from services.matcher.domain.decision import Decision
from services.matcher.domain.policy import Terms
from services.matcher.domain.setting import Setting
from services.matcher.translate import read_offers_input

from .figures import Figure
from .lives import Life, Said
from .logs import Given
from .made import Told

TOPIC: Final = "vacancies"
READ_MAX: Final = 1000
SHOWN_MIN: Final = 0.02
"""Kinds of input that make up less of the stream are measured together."""
REST: Final = "all other kinds"
STEPS_MIN: Final = 500
"""Steps of a kind are repeated until there are so many."""


@dataclass(frozen=True, slots=True)
class Sizes:
    passes: int = 7
    life: int = 10_000
    life_timed: int = 2_000
    seed: int = 1
    volume: Volume = field(default_factory=Volume)
    """How much happens in the six weeks; as much as in the demo, unless it is said."""


TINY: Final = Sizes(passes=1, life=100, life_timed=50, volume=Volume(1, 1, 0.1, 0.1))


class Step(NamedTuple):
    """An input, and the state and time that it is decided in."""

    state: Setting | None
    said: Said

    @property
    def kind(self) -> str:
        return type(self.said.order).__name__


def measure(given: Given, sizes: Sizes, told: Told) -> list[Figure]:
    """Measure the six weeks' stream and the long life, by turns."""
    terms = load_terms()
    told("running the demo's six weeks for its inputs")
    weeks = six_weeks(given.folder, terms, sizes)
    told("living the life of one home")
    life = lived(terms, sizes.life + sizes.life_timed, sizes.seed)
    streams = {"weeks": weeks, "young": life[: sizes.life_timed], "old": life[sizes.life :]}
    rates = defaultdict[str, list[float]](list)
    for each in range(sizes.passes):
        told(f"pass {each + 1} of {sizes.passes}")
        for name, steps in streams.items():
            rates[name].append(rate(terms, steps))
    found = {name: median(each) for name, each in rates.items()}
    before, after = f"one home, first {sizes.life_timed:,}", f"one home, after {sizes.life:,}"
    notes = {name: refusals(terms, steps) for name, steps in streams.items()}
    unit = "inputs/s"
    return [
        Figure("six demo weeks", found["weeks"], unit, at_least=50_000, note=notes["weeks"]),
        Figure(before, found["young"], unit, at_least=50_000, note=notes["young"]),
        Figure(after, found["old"], unit, at_least=50_000, note=notes["old"]),
        Figure("after, as a share of before", found["old"] / found["young"], "times"),
        *by_kind(terms, weeks),
    ]


# --- streams ----------------------------------------------------------------------------------------------------


def six_weeks(folder: Path, terms: Terms, sizes: Sizes) -> list[Step]:
    """Every input of the demo's six weeks that can be read, in the order of its log."""
    run_weeks(folder, SystemClock().now(), sizes.seed, volume=sizes.volume)
    states: dict[str, Setting | None] = {}
    steps = []
    with closing(SqliteLog(folder, SystemClock(), is_read_only=True)) as log:
        for record in records(log):
            order = read_offers_input(record.key, record.value, record.headers)
            if isinstance(order, Invalid):
                continue
            step = Step(states.get(record.key), Said(order, record.stamped_at))
            steps.append(step)
            if (decision := decided(terms, step)) is not None:
                states[record.key] = decision.state
    return steps


def records(log: SqliteLog) -> Iterator[Record]:
    start = 0
    while found := log.read(TOPIC, start, READ_MAX):
        yield from found
        start = found[-1].offset + 1


def lived(terms: Terms, count: int, seed: int) -> list[Step]:
    """The first so many inputs of one home."""
    life, steps, state, due_at = Life(seed), list[Step](), None, None
    beginning = life.beginning()
    while len(steps) < count:
        said = next(beginning, None) or life.next(known(state), due_at)
        step = Step(state, said)
        steps.append(step)
        if (decision := decided(terms, step)) is not None:
            state = decision.state
            due_at = decision.deadline.at if decision.deadline else None
    return steps


def known(state: Setting | None) -> Setting:
    assert state is not None
    return state


def decided(terms: Terms, step: Step) -> Decision[Setting] | None:
    return offers.decide(terms, step.state, step.said.order, step.said.at)


# --- figures ----------------------------------------------------------------------------------------------------


def rate(terms: Terms, steps: Sequence[Step]) -> float:
    """Inputs that are decided in a second of this process's own processor time."""
    decide, plain = offers.decide, [(step.state, *step.said) for step in steps]
    began_s = process_time()
    for state, order, now in plain:
        decide(terms, state, order, now)
    return len(plain) / (process_time() - began_s)


def refusals(terms: Terms, steps: Sequence[Step]) -> str:
    """Say what share was refused by a rule, and what share needed no decision: repeats, deadlines not due."""
    found = [decided(terms, step) for step in steps]
    refused = sum(each is not None and each.answer is not Code.ACCEPTED for each in found)
    undecided = sum(each is None for each in found)
    return (
        f"{len(steps):,} inputs, {refused / len(steps):.1%} refused, {undecided / len(steps):.1%} undecided"
    )


def by_kind(terms: Terms, steps: Sequence[Step]) -> list[Figure]:
    """The rate of each kind of input that is common, the most common first."""
    counts = Counter(step.kind for step in steps)
    common = [kind for kind, count in counts.most_common() if count >= SHOWN_MIN * len(steps)]
    groups = {kind: [step for step in steps if step.kind == kind] for kind in common}
    groups[REST] = [step for step in steps if step.kind not in groups]
    return [
        Figure(
            f"  {kind}",
            rate(terms, repeated(group)),
            "inputs/s",
            note=f"{len(group) / len(steps):.0%} of them",
        )
        for kind, group in groups.items()
        if group
    ]


def repeated(group: list[Step]) -> list[Step]:
    return group * -(-STEPS_MIN // len(group))
