"""Draws what the bench `growth` found. Knows figures and matplotlib; measures nothing."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import StrMethodFormatter

from .figures import Figure
from .growth import MEMORY, RATE

NAME: Final = "growth"
COLOURS: Final = {RATE: "#1b6ca8", MEMORY: "#b8541a"}
MARGIN: Final = 1.25


def draw(figures: Iterable[Figure], folder: Path) -> list[Path]:
    """Draw events per second and memory over the number of settings, as SVG and PNG, and return the files."""
    found = list(figures)
    canvas = Canvas(figsize=(8, 3.2), layout="constrained")
    for axes, name in zip(canvas.subplots(1, 2), (RATE, MEMORY), strict=True):
        draw_one(axes, name, [each for each in found if each.name == name])
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{NAME}.{kind}" for kind in ("svg", "png")]
    # The same figures give the same bytes.
    with mpl.rc_context({"svg.hashsalt": NAME}):
        for file in files:
            canvas.savefig(file, dpi=144, metadata={"Date": None} if file.suffix == ".svg" else {})
    return files


def draw_one(axes: Axes, name: str, figures: list[Figure]) -> None:
    """Draw one figure's growth: a number is written beside each point, so that no axis must be read."""
    counts, values = [each.at or 0 for each in figures], [each.value for each in figures]
    axes.plot(counts, values, marker="o", color=COLOURS[name])
    for count, value in zip(counts, values, strict=True):
        axes.annotate(f"{value:,.0f}", (count, value), xytext=(0, 7), textcoords="offset points", ha="center")
    axes.set_xscale("log")
    axes.set_xlim(min(counts) / 2, max(counts) * 2)
    axes.set_ylim(0, max(values) * MARGIN)
    axes.set_xticks(counts)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.minorticks_off()
    axes.set_xlabel("settings")
    axes.set_title(f"{name} ({figures[0].unit})", loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
