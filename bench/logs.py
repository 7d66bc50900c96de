"""Makes the logs that benches need, one on each processor, before anything is measured.

Knows folders and processes; `made` says what stands in a log.
"""

import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path
from typing import Final

import structlog

from .made import Made, Size, Told, make_log

POLL_S: Final = 0.5
SAID: Final = "making.txt"


@dataclass(frozen=True, slots=True)
class Given:
    """What a bench may use: a folder of its own, and the logs that it asked for, by name."""

    folder: Path
    made: Mapping[str, Made]


def make_all(folders: Mapping[Path, Size], told: Told) -> dict[Path, Made]:
    """Make a log in each folder, the largest first, and tell how far each is."""
    if not folders:
        return {}
    with ProcessPoolExecutor(cpu_count() or 1, initializer=be_quiet) as pool:
        largest_first = sorted(folders, key=lambda folder: -folders[folder].settings)
        running = {folder: pool.submit(make_one, folder, folders[folder]) for folder in largest_first}
        while wait(running.values(), POLL_S).not_done:
            told("making logs: " + ", ".join(said(running)))
        return {folder: each.result() for folder, each in running.items()}


def make_one(folder: Path, size: Size) -> Made:
    """Make one log, and leave word of how far it is."""
    folder.mkdir(parents=True)
    return make_log(folder / "data", size, (folder / SAID).write_text)


def said(running: Mapping[Path, "Future[Made]"]) -> Iterator[str]:
    for folder, each in running.items():
        word = folder / SAID
        if not each.done() and word.exists():
            yield f"{folder.parent.name}/{folder.name} {word.read_text()}"


def be_quiet() -> None:
    """A fact that a part logs is no news here."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
