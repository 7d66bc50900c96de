"""Knows how to write register files, real and made up. All made-up rows are invented."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from services.vacancy_ingest.adapters.register_files import read_boroughs, read_bytes
from services.vacancy_ingest.domain.register import Refusal, RegisterFile
from services.vacancy_ingest.domain.register_snapshots import Snapshot
from services.vacancy_ingest.domain.register_take import Taking, take_register

DATA = Path(__file__).parents[2] / "data"
REGISTER = DATA / "ofsted_register"
AUG_2023 = "Providers_places_at_31_Aug_2023.csv"
MAR_2024 = "Providers_places_at_31_Aug_2024.csv"
CLOSED_2024 = "Closed_childrens_homes_31Mar24.csv"
JUDGED_2023 = "Provider_level_at_31_Aug_2023.csv"
INSPECTED_2024 = "Provider_level_in_year_2023-24.csv"

SETTING = {
    "URN": "SC900001",
    "Provision type": "Children's home",
    "Registration date": "01/02/2020",
    "Registration status": "Active",
    "Government Office Region": "London",
    "Local authority": "Haringey",
    "Sector": "Private",
    "Places": "4",
    "Short-break-only children's home": "",
    "Organisation name": "Invented Homes Ltd",
}
CLOSED = {"URN": "SC900001", "Registration status": "Resigned", "Date closed": "01/03/2024"}
MOVED = {
    "URN": "SC900001",
    "Provision type": "Children's home",
    "Government Office Region": "London",
    "Registration date": "01/02/2020",
    "Date closed": "",
    "Joiner status": "Joiner",
    "Leaver status": "",
    "Registration status": "Active",
}
INSPECTED = {
    "URN": "SC900001",
    "Provision type": "Children's home",
    "Registration date": "01/02/2020",
    "Registration status": "Active",
    "Government Office Region": "London",
    "Inspection event type": "Full inspection",
    "Inspection date": "01/02/2024",
    "Overall experiences and progress of children and young people": "Good",
}


@cache
def raw(name: str) -> bytes:
    return (REGISTER / name).read_bytes()


@cache
def boroughs() -> Mapping[str, str]:
    return read_boroughs(DATA / "geo_london" / "boroughs.csv")


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def written(rows: Iterable[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def table(pattern: Mapping[str, str], rows: Iterable[Mapping[str, str]], title: str = "") -> bytes:
    """Write a made-up file: the pattern's columns, each row the pattern with what differs."""
    top = [[title]] if title else []
    return written([*top, list(pattern), *[list({**pattern, **row}.values()) for row in rows]])


def snapshot(rows: Iterable[Mapping[str, str]], day: str, name: str = "register.csv") -> RegisterFile:
    return one(name, table(SETTING, rows, f"Register as at {day}"))


def read(name: str, content: bytes) -> RegisterFile | Refusal:
    files = read_bytes(name, content)
    return files if isinstance(files, Refusal) else files[0]


def one(name: str, content: bytes) -> RegisterFile:
    file = read(name, content)
    assert isinstance(file, RegisterFile), file
    return file


def refused(name: str, content: bytes) -> Refusal:
    file = read(name, content)
    assert isinstance(file, Refusal), "the file was taken"
    return file


@cache
def real(name: str) -> RegisterFile:
    return one(name, raw(name))


def taken(*files: RegisterFile, region: str | None = None, baseline: Snapshot | None = None) -> Taking:
    taking = take_register(files, boroughs(), region, baseline)
    assert isinstance(taking, Taking), taking
    return taking


def kinds(taking: Taking) -> set[str]:
    return {found.kind for found in taking.contradictions}
