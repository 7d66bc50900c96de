"""`python -m tests.simulation`: search from a seed on, and tell the story of the first schedule that fails."""

from argparse import ArgumentParser, ArgumentTypeError
from functools import partial
from sys import stdout

from runtime.clock import monotonic_s

from .bugs import CATALOGUE, parts_of
from .run import Searched, be_quiet, search_on_all_cores
from .schedules import run, schedule
from .shrink import Run, Shrinker, told
from .wire import SHARE, run_with_bytes


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ArgumentTypeError("a number from 1 on")
    return number


def main() -> int:
    """0 if every schedule held, 1 if one broke a promise."""
    parser = ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=0, help="of the first schedule; each next one has the next"
    )
    parser.add_argument("--schedules", type=positive, default=100_000, help="how many")
    parser.add_argument(
        "--full-of",
        type=int,
        default=SHARE,
        help="one schedule in so many is run with the real runners and bytes too; 1: all, 0: none",
    )
    parser.add_argument("--bug", choices=sorted(CATALOGUE), help="search the program with this seeded bug")
    chosen = parser.parse_args()
    be_quiet()
    began_s = monotonic_s()
    found = search_on_all_cores(chosen.seed, chosen.schedules, chosen.bug, full_of=chosen.full_of)
    _say(_summary(found, monotonic_s() - began_s))
    if found.failure is None:
        return 0
    bug = f" --bug {chosen.bug}" if chosen.bug else ""
    _say(f"seed {found.failure.seed} fails: {found.failure.error}")
    is_full = " --full-of 1" if found.failure.is_with_bytes else ""
    _say(f"again: python -m tests.simulation --seed {found.failure.seed} --schedules 1{is_full}{bug}")
    run_it = run_with_bytes if found.failure.is_with_bytes else partial(run, parts_of(chosen.bug))
    _tell_the_story(run_it, found.failure.seed)
    return 1


def _tell_the_story(run_it: Run, seed: int) -> None:
    planned = schedule(seed)
    short = Shrinker(run_it, planned).shrunk()
    _say(f"shrunk from {len(planned.steps)} steps to {len(short.steps)}:")
    _say("\n".join(told(run_it, short)))


def _summary(found: Searched, took_s: float) -> str:
    """How much was done; the time is that of this machine, other work on it included."""
    each_s = f"{found.schedules / took_s:,.0f} schedules/s, {found.steps / took_s:,.0f} steps/s"
    decided_s = f"{found.decisions / took_s:,.0f} decisions checked/s"
    done = (
        f"{found.schedules:,} schedules ({found.with_bytes:,} of them with bytes too), {found.steps:,} steps"
    )
    return f"{done}, {found.decisions:,} decisions in {took_s:.1f} s: {each_s}, {decided_s}"


def _say(text: str) -> None:
    stdout.write(f"{text}\n")


if __name__ == "__main__":
    raise SystemExit(main())
