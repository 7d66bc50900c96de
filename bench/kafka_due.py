"""Thousands of windows due at one instant: how late each is closed, and that none is closed early.

Knows the clock and the worker as processes. Lateness is by the broker's own stamp of the decision.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from runtime.clock import SystemClock
from schemas.topics import PARTITIONS

from .feed import homes
from .figures import PERCENT_99, Figure, percentile
from .kafka_ground import Ground, Stuck
from .kafka_rows import one_of_each
from .kafka_windows import Windows
from .made import Told


@dataclass(frozen=True, slots=True)
class Sizes:
    windows: int = 10_000
    lead_s: float = 60
    """How long before the instant everything is begun to be laid out."""
    ready_s: float = 10
    """How long before the instant one window of each partition is due, which shows that all is up."""
    leads_max: int = 4


TINY = Sizes(windows=24, lead_s=30, ready_s=5)


def measure(ground: Ground, sizes: Sizes, told: Told) -> list[Figure]:
    """Measure once; with twice the lead where a busy machine was not ready in time."""
    for turn in range(sizes.leads_max):
        told(f"{sizes.windows:,} windows, due in {sizes.lead_s:.0f} s")
        with ground.catalogue() as log_id:
            place = replace(ground, folder=ground.folder / f"{turn}")
            place.folder.mkdir()
            if (found := one(Windows(place, log_id), sizes)) is not None:
                return found
        sizes = replace(sizes, lead_s=sizes.lead_s * 2)
    raise Stuck("never ready in time")


def one(windows: Windows, sizes: Sizes) -> list[Figure] | None:
    """Close them all; None if not everything was up in time."""
    due_at = (SystemClock().now() + timedelta(seconds=sizes.lead_s)).replace(microsecond=0)
    ready_at = due_at - timedelta(seconds=sizes.ready_s)
    everybody = homes(sizes.windows + PARTITIONS)
    first = {each.setting_id for each in one_of_each(everybody, PARTITIONS)}
    for home in everybody:
        windows.open(home, ready_at if home.setting_id in first else due_at)
    windows.lay_out()
    with windows.work("offers", "offers") as worker, windows.work("clock", "clock") as clock:
        windows.wait_until_closed(len(first), [worker, clock])
        if SystemClock().now() > due_at - timedelta(seconds=1):
            return None
        windows.wait_until_closed(windows.count, [worker, clock])
    return [*figures(windows, due_at)]


def figures(windows: Windows, due_at: object) -> Iterator[Figure]:
    late_s = [each.late_s for each in windows.closed() if each.due_at == due_at]
    early = sum(each < 0 for each in late_s)
    yield Figure("windows due at one instant", len(late_s), "windows")
    yield Figure("  closed early", early, "windows", below=1)
    yield Figure("  closed late by, median", percentile(late_s, 0.5), "s")
    yield Figure("  closed late by, p99", percentile(late_s, PERCENT_99), "s", below=2)
    yield Figure("  the last", max(late_s), "s", note=f"{len(late_s) / max(late_s):,.0f} windows/s")
