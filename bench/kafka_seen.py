"""From a post over HTTP to its decision on the desk, all of Hearth's processes running, against the broker alone.

Knows the public API and how the system is started on one machine. Each post is a vacancy that opens a window. It is
seen once a GET shows the setting with it, which the edge answers from the read model that it follows on Valkey. After
each post one small record is sent to the same broker and read by a consumer that waits for it: that is the yardstick.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx2 as httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.local.processes import free_port
from deploy.local.system import SERVICES, LocalService, Place
from deploy.local.valkey import LocalValkey
from runtime.clock import SystemClock, monotonic_s
from schemas.topics import PARTITIONS

from .feed import Home, homes
from .figures import PERCENT_99, Figure, percentile, spread
from .kafka_ground import Ground, Stuck
from .kafka_rows import Introducing
from .kafka_windows import INPUTS, OUTPUTS
from .made import Told
from .people import bearer, directory

YARDSTICK: Final = "bench-yardstick"
WARM_UP: Final = 10
SEEN_MAX_S: Final = 60.0
ANSWERED_WITHIN_S: Final = 60.0
PAUSE_S: Final = 0.05
"""Between posts, so that they come one by one and not as fast as can be."""


@dataclass(frozen=True, slots=True)
class Sizes:
    posts: int = 500


TINY: Final = Sizes(posts=3)


@dataclass(frozen=True, slots=True)
class Times:
    """In seconds, for each post: answered, seen; and the broker's own time beside it."""

    answered_s: list[float]
    seen_s: list[float]
    broker_s: list[float]


def measure(ground: Ground, sizes: Sizes, told: Told) -> list[Figure]:
    """Start everything, introduce settings, post a vacancy in each."""
    everybody = homes(sizes.posts + WARM_UP)
    with ground.catalogue(), yardstick(ground):
        told("starting all services")
        saying = Introducing(SystemClock().now())
        ground.load(INPUTS, [each for home in everybody for each in saying.setting(home)], PARTITIONS)
        with system(ground, len(everybody)) as url:
            ground.wait_for(OUTPUTS, 3 * len(everybody), [])
            told("posting")
            times = asyncio.run(posted(ground.brokers, url, everybody))
    return [*figures(times)]


@contextmanager
def yardstick(ground: Ground) -> Iterator[None]:
    ground.topics([YARDSTICK], 1, keep_stamps=True)
    try:
        yield
    finally:
        ground.forget([YARDSTICK])


@contextmanager
def system(ground: Ground, settings: int) -> Iterator[str]:
    """Run a Valkey and every service but the people, and return the address of the edge."""
    people, port = ground.folder / "directory.json", free_port()
    people.write_text(directory(settings).model_dump_json())
    with ExitStack() as stack:
        valkey = LocalValkey(ground.folder / "valkey")
        valkey.start()
        stack.callback(valkey.kill)
        place = place_of(ground.folder, ground.brokers, valkey.port, port, people)
        for service in SERVICES:
            server = LocalService(service, place)
            stack.callback(server.stop)
            server.start()
        yield f"http://127.0.0.1:{port}"


def place_of(folder: Path, brokers: str, valkey_port: int, page_port: int, people: Path) -> Place:
    kafka_port = int(brokers.rpartition(":")[2])
    return Place(
        state=folder,
        kafka_port=kafka_port,
        valkey_port=valkey_port,
        page_port=page_port,
        directory=people,
    )


# --- posting ----------------------------------------------------------------------------------------------------


async def posted(brokers: str, url: str, everybody: list[Home]) -> Times:
    """Post in one home after the other, and measure the broker after each."""
    found = Times([], [], [])
    async with (
        httpx.AsyncClient(base_url=url, timeout=ANSWERED_WITHIN_S) as client,
        round_trips(brokers) as trip,
    ):
        for home in everybody:
            await wait_until_shown(client, home)
            began_s = monotonic_s()
            answer = await client.post(
                f"/v1/settings/{home.setting_id}/vacancies",
                json=vacancy(home),
                headers=bearer(home.provider_id),
            )
            found.answered_s.append(monotonic_s() - began_s)
            if answer.status_code != 200:
                raise Stuck(answer.text)
            while not await is_seen(client, home):
                pass
            found.seen_s.append(monotonic_s() - began_s)
            found.broker_s.append(await trip())
            await asyncio.sleep(PAUSE_S)
    return Times(found.answered_s[WARM_UP:], found.seen_s[WARM_UP:], found.broker_s[WARM_UP:])


def vacancy(home: Home) -> dict[str, Any]:
    today = SystemClock().now().date()
    return {"place": 1, "kind": home.kind, "available_from": f"{today}", "fee": 100_000}


async def shown(client: httpx.AsyncClient, home: Home) -> dict[str, Any] | None:
    answer = await client.get(f"/v1/settings/{home.setting_id}", headers=bearer(home.provider_id))
    return answer.json() if answer.status_code == 200 else None


async def is_seen(client: httpx.AsyncClient, home: Home) -> bool:
    found = await shown(client, home)
    return found is not None and any(each["vacancy_id"] for each in found["places"])


async def wait_until_shown(client: httpx.AsyncClient, home: Home) -> None:
    """Wait until the read model has the setting with its agreement: it may be behind when it begins."""
    until_s = monotonic_s() + SEEN_MAX_S
    while not ((found := await shown(client, home)) and found["agreements"]):
        if monotonic_s() > until_s:
            raise Stuck(f"{home.setting_id} is not shown: {found}")
        await asyncio.sleep(PAUSE_S)


@asynccontextmanager
async def round_trips(brokers: str) -> AsyncIterator[Any]:
    """Lend a way to send one record and read it again, by clients that are set as Hearth's own are."""
    producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(YARDSTICK, bootstrap_servers=brokers, auto_offset_reset="latest")

    async def trip() -> float:
        began_s = monotonic_s()
        sent = asyncio.create_task(producer.send_and_wait(YARDSTICK, b"x" * 500))
        await consumer.getone()
        took_s = monotonic_s() - began_s
        await sent
        return took_s

    async with producer, consumer:
        await consumer.seek_to_end()
        yield trip


def figures(times: Times) -> Iterator[Figure]:
    yield from spread("post to decision seen on the desk", times.seen_s)
    yield from spread("  post to its answer", times.answered_s)
    yield from spread("broker alone: produce to consume", times.broker_s)
    at_99 = percentile(times.seen_s, PERCENT_99) / percentile(times.broker_s, PERCENT_99)
    yield Figure(
        "post to seen / broker alone, median", median(times.seen_s) / median(times.broker_s), "times"
    )
    yield Figure("post to seen / broker alone, p99", at_99, "times", below=5)
