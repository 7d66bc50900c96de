"""Providers over HTTP: what they say in a week, in batches and one by one, on one connection that is kept.

Knows the public API and the feed. Measures how long an answer takes, which is when the decision is in the log.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Final

import httpx2 as httpx
import orjson

from runtime.clock import SystemClock, monotonic_s

from .feed import SETTINGS_PER_PROVIDER, Feed, Home, Line
from .people import bearer
from .served import Served

LINES: Final = {"content-type": "application/x-ndjson"}
WARM_UP: Final = 3
ANSWERED_WITHIN_S: Final = 120.0
LATE: Final = "not_decided_yet"


class NotAnswered(Exception):
    """Something was answered that a bench has no use for."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one provider says at once."""

    provider_id: str
    body: bytes
    lines: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What batches came to: lines by how they were answered, and times."""

    lines: Counter[str]
    took_s: float
    cpu_s: float
    times_s: list[float]

    @property
    def decided(self) -> int:
        """Lines whose decision was in the answer; the others had none when the server's patience ended."""
        return self.lines["accepted"] + self.lines["refused"]

    @property
    def note(self) -> str:
        late = f", {self.lines[LATE]:,} answered without" if self.lines[LATE] else ""
        return f"{self.lines['refused'] / self.lines.total():.1%} refused by a rule{late}"


def send(server: Served, said: Iterator[Batch], count: int) -> Sent:
    """Send batches one after the other; each is answered when all its lines are decided."""
    batches = list(islice(said, count + WARM_UP))
    with httpx.Client(base_url=server.url, timeout=ANSWERED_WITHIN_S) as client:
        for batch in batches[:WARM_UP]:
            say(client, batch)
        times_s, lines, cpu_s = [], Counter[str](), server.cpu_s
        for batch in batches[WARM_UP:]:
            began_s = monotonic_s()
            lines += say(client, batch)
            times_s.append(monotonic_s() - began_s)
    return Sent(lines, sum(times_s), server.cpu_s - cpu_s, times_s)


def say(client: httpx.Client, batch: Batch) -> Counter[str]:
    """Send a batch and count its lines: accepted, refused by a rule, or decided too late for the answer."""
    headers = {**bearer(batch.provider_id), **LINES}
    answer = client.post("/v1/events:batch", content=batch.body, headers=headers)
    if answer.status_code != 200:
        raise NotAnswered(answer.text)
    told: Line = orjson.loads(answer.content)
    codes = Counter[str](each["problem"]["code"] for each in told["lines"] if each["problem"])
    found = Counter[str](accepted=told["accepted"], refused=told["refused"])
    found[LATE] = codes[LATE]
    if found.total() != batch.lines:
        raise NotAnswered(f"{batch.lines} lines: {codes}")
    return found


def weeks(homes: list[Home]) -> Iterator[Batch]:
    """Every provider's lines for all of its settings, week after week."""
    feed = Feed(SystemClock().now().date(), seed=7)
    for group in cycle(groups(homes)):
        yield batch_of(group, feed.week(group))


def calm_weeks(homes: list[Home]) -> Iterator[Batch]:
    """The same, with nothing to say but that nothing has changed."""
    feed = Feed(SystemClock().now().date())
    for group in cycle(groups(homes)):
        yield batch_of(group, map(feed.no_change, group))


def groups(homes: list[Home]) -> list[list[Home]]:
    """The settings of each provider."""
    starts = range(0, len(homes), SETTINGS_PER_PROVIDER)
    return [homes[start : start + SETTINGS_PER_PROVIDER] for start in starts]


def batch_of(group: list[Home], said: Iterable[Line]) -> Batch:
    lines = [orjson.dumps(line) for line in said]
    return Batch(group[0].provider_id, b"\n".join(lines), len(lines))


def post(server: Served, homes: list[Home], count: int) -> list[float]:
    """Say one thing at a time and return how long each answer took."""
    times_s = []
    with httpx.Client(base_url=server.url, timeout=ANSWERED_WITHIN_S) as client:
        for home in islice(cycle(homes), count + WARM_UP):
            began_s = monotonic_s()
            path = f"/v1/settings/{home.setting_id}/no-change"
            answer = client.post(path, json={}, headers=bearer(home.provider_id))
            if answer.status_code != 200:
                raise NotAnswered(answer.text)
            times_s.append(monotonic_s() - began_s)
    return times_s[WARM_UP:]
