"""What `data/` carries: whole, small, licensed, without names, and true to its sources."""

import csv
import hashlib
import json
import re
from datetime import date
from pathlib import Path

import holidays
import pytest

from schemas.words import Provision, RegisteredAs
from tests.importer.making import DATA, REGISTER, boroughs, rows_of

BYTES_MAX = 2_000_000
FULL_POSTCODE = re.compile(rb"\b[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}\b")
BLANKED = re.compile(
    r"web link|name|address \d|town|county|postcode|parliamentary constituency|notes|linked education urn",
    re.IGNORECASE,
)


def carried() -> list[Path]:
    return [path for path in DATA.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def test_the_carried_data_is_small() -> None:
    assert sum(path.stat().st_size for path in carried()) < BYTES_MAX


@pytest.mark.parametrize("folder", ["ofsted_register", "geo_london", "bank_holidays"])
def test_every_carried_file_has_its_licence_and_its_digest(folder: str) -> None:
    said = (DATA / folder / "PROVENANCE.md").read_text()
    assert "Open Government Licence v3.0" in said
    for path in (DATA / folder).rglob("*.[cj]s*"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() in said, path.name


def test_no_carried_file_has_a_full_postcode() -> None:
    for path in carried():
        assert not FULL_POSTCODE.search(path.read_bytes()), path.name


@pytest.mark.parametrize("path", sorted(REGISTER.rglob("*.csv")), ids=lambda path: path.stem)
def test_no_register_extract_has_a_name_an_address_or_a_link(path: Path) -> None:
    content = path.read_bytes()
    rows = rows_of(content if b"\x96" not in content else content.replace(b"\x96", b"-"))
    top = next(index for index, row in enumerate(rows) if "URN" in row)
    blank = [index for index, name in enumerate(rows[top]) if BLANKED.fullmatch(name.strip())]
    owner = [index for index, name in enumerate(rows[top]) if name.casefold().startswith("organisation")]
    for row in rows[top + 1 :]:
        assert not any(row[index] for index in blank)
        assert all(re.fullmatch(r"(P-[0-9a-f]{10})?", row[index]) for index in owner)


def test_the_calendar_agrees_with_the_holidays_library_in_every_year_it_knows() -> None:
    calendar = json.loads((DATA / "bank_holidays" / "england.json").read_text())
    assert set(calendar) == {"version", "known_from", "known_until", "holidays"}
    first, last = date.fromisoformat(calendar["known_from"]), date.fromisoformat(calendar["known_until"])
    assert (first, last) == (date(2024, 1, 1), date(2027, 12, 31))
    known = holidays.country_holidays("GB", subdiv="ENG", years=range(first.year, last.year + 1))
    weekdays = sorted(
        day for day in known if day.weekday() < 5
    )  # the library names the weekend's own day too
    assert [date.fromisoformat(day) for day in calendar["holidays"]] == weekdays


def test_every_borough_is_in_london_and_in_one_sub_region() -> None:
    audiences = {
        one["audience_id"]: one for one in json.loads((DATA / "audiences.json").read_text())["audiences"]
    }
    members = {name: {row["council"] for row in one["memberships"]} for name, one in audiences.items()}
    everyone = set(boroughs().values())
    assert len(everyone) == 33
    assert members["LONDON"] == everyone
    regions = [members[name] for name in ("NCL", "NEL", "NWL", "SEL", "SWL")]
    assert sum(map(len, regions)) == 33
    assert set().union(*regions) == everyone
    assert members["NCL-FOSTERING"] == members["NCL"] | {"E09000012"}
    assert all(set(row) == {"council", "valid_from", "valid_to"} for row in audiences["NCL"]["memberships"])


def test_haringey_adjoins_its_six_neighbours() -> None:
    with (DATA / "geo_london" / "borough_adjacency.csv").open(encoding="utf-8", newline="") as text:
        pairs = [(row["name_a"], row["name_b"]) for row in csv.DictReader(text)]
    neighbours = {a if b == "Haringey" else b for a, b in pairs if "Haringey" in (a, b)}
    assert neighbours == {"Barnet", "Camden", "Enfield", "Hackney", "Islington", "Waltham Forest"}


def test_a_type_that_hearth_offers_has_the_same_word_in_the_register() -> None:
    shared = {
        "childrens_home",
        "special_school_home",
        "secure_home",
        "supported_accommodation",
        "parent_and_child",
    }
    assert shared == set(Provision) & set(RegisteredAs)
