"""From HTTP to the decision in the log: a real server process, a real file with full sync, a real client.

Knows the public API and the feed. What the disk alone gives is measured in the same run, on the same folder.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import httpx2 as httpx
import orjson

from runtime.clock import SystemClock, monotonic_s
from runtime.sqlite_log import SqliteLog

from .feed import SETTINGS_PER_PROVIDER, Feed, Home, Line
from .figures import Figure, spread
from .logs import Given
from .made import Size, Told
from .people import bearer
from .served import Served, served

LINES: Final = {"content-type": "application/x-ndjson"}
WARM_UP: Final = 3
LOG: Final = "log"


@dataclass(frozen=True, slots=True)
class Sizes:
    settings: int = 1000
    referrals: int = 83
    vacancies: int = 50
    batches: int = 60
    posts: int = 300
    syncs: int = 200


TINY: Final = Sizes(settings=200, referrals=5, vacancies=5, batches=3, posts=5, syncs=5)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one provider says at once."""

    provider_id: str
    body: bytes
    lines: int


def logs(sizes: Sizes) -> dict[str, Size]:
    return {LOG: Size(sizes.settings, sizes.referrals, sizes.vacancies)}


def measure(given: Given, sizes: Sizes, told: Told) -> list[Figure]:
    """Measure batches of 100, then single posts, then the disk."""
    made, folder = given.made[LOG], given.folder
    with served(made.data, sizes.settings) as server:
        server.wait_until_live()
        told("batches of 100")
        sent = send(server, weeks(made.homes), sizes.batches)
        told("batches of confirmations alone")
        calm = send(server, calm_weeks(made.homes), sizes.batches)
        told("single posts")
        single = post(server, made.homes, sizes.posts)
    told("the disk alone")
    raw_s = raw_batches(folder, record_bytes(made.data, sent.events), sizes.batches)
    sync_s = syncs(folder, sizes.syncs)
    per_s = sent.events / sent.took_s
    raw_per_s = sizes.batches * SETTINGS_PER_PROVIDER / raw_s
    return [
        Figure("batches of 100, HTTP to decision", per_s, "events/s", at_least=5000, note=sent.note),
        Figure("  per second of the server's processor", sent.events / sent.cpu_s, "events/s"),
        Figure("  where every line says that nothing has changed", calm.events / calm.took_s, "events/s"),
        Figure("SQLite alone: 100 inputs, then 100 decisions, each synced", raw_per_s, "events/s"),
        Figure("SQLite alone is faster by", raw_per_s / per_s, "times"),
        *spread("one batch", sent.times_s),
        *spread("a single post with its decision", single, below_ms=20),
        *spread("fsync of one page", sync_s),
    ]


# --- over HTTP --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    """What batches came to."""

    events: int
    refused: int
    took_s: float
    cpu_s: float
    times_s: list[float]

    @property
    def note(self) -> str:
        return f"{self.refused / self.events:.1%} refused by a rule"


def send(server: Served, said: Iterator[Batch], count: int) -> Sent:
    """Send batches one after the other on one connection; each is answered when all its lines are decided."""
    batches = list(islice(said, count + WARM_UP))
    with httpx.Client(base_url=server.url, timeout=60) as client:
        for batch in batches[:WARM_UP]:
            say(client, batch)
        times_s, refused, cpu_s = [], 0, server.cpu_s
        for batch in batches[WARM_UP:]:
            began_s = monotonic_s()
            refused += say(client, batch)
            times_s.append(monotonic_s() - began_s)
    events = sum(each.lines for each in batches[WARM_UP:])
    return Sent(events, refused, sum(times_s), server.cpu_s - cpu_s, times_s)


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


def say(client: httpx.Client, batch: Batch) -> int:
    """Send a batch and return how many of its lines were refused by a rule; nothing else may happen to a line."""
    answer = client.post(
        "/v1/events:batch", content=batch.body, headers={**bearer(batch.provider_id), **LINES}
    )
    assert answer.status_code == 200, answer.text
    told: Line = orjson.loads(answer.content)
    assert told["invalid"] == 0, next(each for each in told["lines"] if each["answer"] is None)
    assert told["accepted"] + told["refused"] == batch.lines, told
    return int(told["refused"])


def post(server: Served, homes: list[Home], count: int) -> list[float]:
    """Say one thing at a time and return how long each answer took."""
    times_s = []
    with httpx.Client(base_url=server.url, timeout=60) as client:
        for number, home in enumerate(islice(cycle(homes), count + WARM_UP)):
            began_s = monotonic_s()
            path = f"/v1/settings/{home.setting_id}/no-change"
            answer = client.post(path, json={}, headers=bearer(home.provider_id))
            assert answer.status_code == 200, answer.text
            if number >= WARM_UP:
                times_s.append(monotonic_s() - began_s)
    return times_s


# --- the disk alone ---------------------------------------------------------------------------------------------


def record_bytes(data: Path, events: int) -> list[int]:
    """Return how long an input and its decision are in the log, headers included, on average of the newest."""
    with closing(SqliteLog(data, SystemClock(), is_read_only=True)) as log:
        newest = [log.read(topic, log.end(topic) - events, events) for topic in ("vacancies", "offers")]
    return [
        sum(len(each.value) + len(orjson.dumps(dict(each.headers))) for each in found) // len(found)
        for found in newest
    ]


def raw_batches(folder: Path, sizes: list[int], count: int) -> float:
    """Return the seconds for so many synced transactions of 100 rows of each size, without any rule or HTTP."""
    with closing(sqlite3.connect(folder / "raw.sqlite3", isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("CREATE TABLE records (seq INTEGER PRIMARY KEY, value BLOB NOT NULL)")
        began_s = monotonic_s()
        for size in sizes * count:
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany(
                "INSERT INTO records (value) VALUES (?)", [(bytes(size),)] * SETTINGS_PER_PROVIDER
            )
            raw.execute("COMMIT")
        return monotonic_s() - began_s


def syncs(folder: Path, count: int) -> list[float]:
    """Return how long the disk takes to keep one page more, each time."""
    times_s, path = [], folder / "synced"
    with path.open("wb", buffering=0) as file:
        for _ in range(count):
            file.write(bytes(4096))
            began_s = monotonic_s()
            os.fsync(file.fileno())
            times_s.append(monotonic_s() - began_s)
    return times_s
