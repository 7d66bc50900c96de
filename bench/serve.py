"""From HTTP to the decision in the log: a real server process, a real file with full sync, a real client.

Knows the public API and the feed. What the disk alone gives is measured in the same run, on the same folder.
"""

from dataclasses import dataclass
from typing import Final

from .client import calm_weeks, post, send, weeks
from .disk import raw_batches, record_bytes, syncs
from .feed import SETTINGS_PER_PROVIDER
from .figures import Figure, spread
from .logs import Given
from .made import Size, Told
from .served import served

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
    raw_s = raw_batches(folder, record_bytes(made.data, sent.decided), sizes.batches)
    sync_s = syncs(folder, sizes.syncs)
    per_s = sent.decided / sent.took_s
    raw_per_s = sizes.batches * SETTINGS_PER_PROVIDER / raw_s
    return [
        Figure("batches of 100, HTTP to decision", per_s, "events/s", at_least=5000, note=sent.note),
        Figure("  per second of the server's processor", sent.decided / sent.cpu_s, "events/s"),
        Figure("  where every line says that nothing has changed", calm.decided / calm.took_s, "events/s"),
        Figure("SQLite alone: 100 inputs, then 100 decisions, each synced", raw_per_s, "events/s"),
        Figure("SQLite alone is faster by", raw_per_s / per_s, "times"),
        *spread("one batch", sent.times_s),
        *spread("a single post with its decision", single, below_ms=20),
        *spread("fsync of one page", sync_s),
    ]
