"""A server that starts on a big log: how long to its first decision, and how much memory it then holds.

Knows the made log and the API. The server's own snapshots are in the log as its last life left them.
"""

from dataclasses import dataclass
from typing import Final

import httpx2 as httpx

from runtime.clock import monotonic_s

from .client import send, weeks
from .feed import SETTINGS_PER_PROVIDER
from .figures import Figure
from .logs import Given
from .made import Made, Size, Told
from .people import bearer
from .served import Served, served

GIB: Final = 1 << 30
LOG: Final = "log"


@dataclass(frozen=True, slots=True)
class Sizes:
    settings: int = 60_000
    referrals: int = 5_000
    vacancies: int = 2_000
    weeks: int = 4


TINY: Final = Sizes(settings=200, referrals=5, vacancies=5, weeks=1)


def logs(sizes: Sizes) -> dict[str, Size]:
    return {LOG: Size(sizes.settings, sizes.referrals, sizes.vacancies, sizes.weeks)}


def measure(given: Given, sizes: Sizes, told: Told) -> list[Figure]:
    """Start a server on a log of this size and measure both."""
    made = given.made[LOG]
    told("starting")
    with served(made.data, sizes.settings) as server:
        first_s = first_decision(server, made)
        cpu_s, rss = server.cpu_s, server.rss_bytes
        told("a week in which every setting is heard")
        sent = send(server, weeks(made.homes), -(-sizes.settings // SETTINGS_PER_PROVIDER))
        heard_rss = server.rss_bytes
    return [
        Figure("records in the log", made.records, "records"),
        Figure("start to first decision", first_s, "s", below=15),
        Figure("of which the server's processor", cpu_s, "s"),
        Figure("memory then", rss / GIB, "GiB", below=1),
        Figure("memory when every setting has been heard", heard_rss / GIB, "GiB", below=1),
        Figure("  for each setting", heard_rss / sizes.settings, "bytes"),
        Figure("that week, HTTP to decision", sent.decided / sent.took_s, "events/s", note=sent.note),
    ]


def first_decision(server: Served, made: Made) -> float:
    """Return the seconds from the start of the process until something that was said is decided."""
    server.wait_until_live()
    home = made.homes[-1]
    path = f"{server.url}/v1/settings/{home.setting_id}/no-change"
    while True:
        answer = httpx.post(
            path, json={}, headers={**bearer(home.provider_id), "idempotency-key": "first"}, timeout=60
        )
        if answer.status_code == 200:
            return monotonic_s() - server.began_s
        assert answer.status_code == 503, answer.text
