"""What a bench has found: figures with their units and targets, as a table for people and as JSON for machines."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Final, Literal

from rich.console import Console
from rich.table import Table

from .machine import Mood

PERCENT_99: Final = 0.99


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. A target is a floor or a ceiling; without one the number is only stated."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    below: float | None = None
    note: str = ""
    at: int | None = None
    """With how many settings, where that is what a bench varies."""

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return None if self.below is None else self.value < self.below

    @property
    def title(self) -> str:
        return self.name if self.at is None else f"{self.at:,} settings: {self.name}"

    @property
    def target(self) -> str:
        if self.at_least is not None:
            return f"at least {shown(self.at_least)}"
        return "" if self.below is None else f"under {shown(self.below)}"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "is_met": self.is_met}


@dataclass(frozen=True, slots=True)
class Result:
    """All figures of one bench, how much was measured, and how busy the machine was before and after."""

    bench: str
    sizes: dict[str, Any]
    figures: tuple[Figure, ...]
    before: Mood
    after: Mood
    took_s: float

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "figures": [each.as_json() for each in self.figures]}


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def spread(name: str, times_s: Iterable[float], *, below_ms: float | None = None) -> tuple[Figure, Figure]:
    """Median and 99th percentile of times, in milliseconds; the target is the median's."""
    found = [each * 1000 for each in times_s]
    return (
        Figure(f"{name}, median", median(found), "ms", below=below_ms),
        Figure(f"{name}, p99", percentile(found, PERCENT_99), "ms"),
    )


def shown(value: float) -> str:
    """Three significant digits, or whole numbers in thousands."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


MARKS: Final[dict[bool | None, str]] = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}


def print_table(console: Console, result: Result) -> None:
    table = Table(title=f"{result.bench}  ({result.took_s:.0f} s; {moods(result)})", title_justify="left")
    for column, justify in COLUMNS:
        table.add_column(column, justify=justify)
    for each in result.figures:
        table.add_row(each.title, shown(each.value), each.unit, each.target, MARKS[each.is_met], each.note)
    console.print(table)


def moods(result: Result) -> str:
    before, after = result.before, result.after
    load = f"load {before.load:.1f} before, {after.load:.1f} after"
    return f"{load}; a million turns of a loop {before.loop_ms:.0f} ms, {after.loop_ms:.0f} ms"


COLUMNS: Final[tuple[tuple[str, Literal["left", "right"]], ...]] = (
    ("what", "left"),
    ("figure", "right"),
    ("unit", "left"),
    ("target", "left"),
    ("", "left"),
    ("note", "left"),
)
