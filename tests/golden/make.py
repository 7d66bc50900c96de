"""`python -m tests.golden.make NAME ...`: makes goldens anew, of one version and only before it is released.

Without a name: all of them. A golden that another version made is left alone, for that version's logs are out there.
"""

import logging
import sys
from importlib.metadata import version

from runtime.clock import VirtualClock
from runtime.logging import configure
from runtime.memory_log import MemoryLog
from tests.golden.keeping import kept, names, read, write
from tests.golden.stories import BEGINS_AT, STORIES

VERSION = version("hearth")


def make(name: str) -> str:
    """Play one story and keep its log; one line says what came of it."""
    if name in names() and (made_by := read(name).version) != VERSION:
        return f"{name}: made by version {made_by}, left as it is"
    clock = VirtualClock(BEGINS_AT)
    log = MemoryLog(clock, f"golden-{name}")
    STORIES[name](log, clock)
    golden = kept(log, name, VERSION)
    return f"{name}: {len(golden.records)} records, {write(golden):,} bytes"


def main() -> int:
    configure(logging.ERROR)
    wanted = sys.argv[1:] or list(STORIES)
    if unknown := [name for name in wanted if name not in STORIES]:
        sys.stderr.write(f"no story of that name: {', '.join(unknown)}\n")
        return 2
    for name in wanted:
        sys.stdout.write(f"{make(name)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
