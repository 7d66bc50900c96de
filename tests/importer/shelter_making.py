"""Knows how to write shelter files and to import them. Made-up programmes have numbers alone; names are invented."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from runtime.clock import VirtualClock
from runtime.memory_log import MemoryLog
from services.commands.importing_shelter import Rules
from services.matcher.adapters.terms_files import CALENDAR, POLICY
from services.shipped import shipped
from services.vacancy_ingest.domain.shelter import ProgrammeId, Report, Series, Unit, settle
from services.vacancy_ingest.shelter_events import Terms
from services.vacancy_ingest.shelter_import import Imported, import_series, series_of

CARRIED = Path(str(shipped("toronto_shelter_2022", "daily_shelter_overnight_occupancy.csv")))
TERMS = Terms(POLICY, CALENDAR)
LONG_BEFORE = datetime(2021, 1, 1, tzinfo=UTC)

ROW = {
    "OCCUPANCY_DATE": "2022-01-01",
    "ORGANIZATION_ID": "7",
    "ORGANIZATION_NAME": "Invented Shelters",
    "LOCATION_ADDRESS": "1 Invented Road",
    "PROGRAM_ID": "90001",
    "CAPACITY_TYPE": "Bed Based Capacity",
    "CAPACITY_ACTUAL_BED": "10.0",
    "OCCUPIED_BEDS": "8.0",
    "UNOCCUPIED_BEDS": "2.0",
    "CAPACITY_ACTUAL_ROOM": "",
    "OCCUPIED_ROOMS": "",
    "UNOCCUPIED_ROOMS": "",
    "OCCUPANCY_RATE_BEDS": "80.0",
}


def carried_rows() -> list[dict[str, str]]:
    with CARRIED.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def csv_of(rows: Iterable[Mapping[str, str]]) -> bytes:
    every = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(every[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(every)
    return text.getvalue().encode()


def file_of(folder: Path, rows: Iterable[Mapping[str, str]], name: str = "shelters.csv") -> Path:
    path = folder / name
    path.write_bytes(csv_of(rows))
    return path


def said(
    day: int, capacity: int, unoccupied: int, programme: str = "90001", unit: Unit = Unit.BEDS
) -> Report:
    """A programme's report of a day of January 2022."""
    return Report(
        programme=ProgrammeId(programme),
        day=date(2022, 1, day),
        organisation="7",
        unit=unit,
        capacity=capacity,
        occupied=capacity - unoccupied,
    )


class Shelter:
    """A log of its own, the clock that stamps it, and the rules."""

    def __init__(self, log: MemoryLog | None = None, clock: VirtualClock | None = None) -> None:
        self.clock = clock or VirtualClock(LONG_BEFORE)
        self.log = log or MemoryLog(self.clock)

    def take(self, series: Series) -> Imported:
        return import_series(self.log, self.clock, "shelters.csv", series, TERMS, Rules(self.log, self.clock))

    def say(self, *reports: Report) -> Imported:
        return self.take(settle(reports))

    def take_file(self, path: Path) -> Imported:
        return self.take(series_of(path))

    def everything(self) -> list[tuple[str, str, bytes]]:
        topics = ("vacancies", "offers", "dead-letters")
        return [
            (topic, each.headers["ce_id"], each.value)
            for topic in topics
            for each in self.log.read(topic, 0, 1_000_000)
        ]
