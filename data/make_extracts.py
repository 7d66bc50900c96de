"""Make the extracts that the product carries, from a folder with the original files.

    python -m data.make_extracts SOURCE        (from the root of the project)

SOURCE holds `ofsted_register/`, `geo_london/`, `bank_holidays/` and `toronto_shelter_2022/` as published (see each
folder's PROVENANCE.md).
The register extracts keep the originals' columns, header rows, encodings and odd spellings, so that the real reader
reads them; names, addresses, postcodes and links are blanked, and an organisation's name gives way to the id that the
reader would make of it. The result is the same for the same originals.
"""

import csv
import hashlib
import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from services.vacancy_ingest.domain.register import provider_id

HERE = Path(__file__).parent
BLANKED = re.compile(r"^(web link|name|address \d|town|county|postcode|parliamentary constituency|linked education urn|notes)$")
ORGANISATION = re.compile(r"^organisation (name|which owns the provider)$")
SHELTER_BLANKED = re.compile(r"^(.*_NAME|SHELTER_.*|LOCATION_.*|SECTOR|PROGRAM_MODEL|OVERNIGHT_SERVICE_TYPE|PROGRAM_AREA)$")
SHELTER = "Daily shelter overnight occupancy.csv"
GEO = ("boroughs.csv", "borough_adjacency.csv", "outcode_borough.csv")

Keep: TypeAlias = Callable[[int, dict[str, str]], bool]


def _is_home(row: dict[str, str]) -> bool:
    return row["provision type"].strip().lower() == "children's home"


def _is_london(row: dict[str, str]) -> bool:
    return row["government office region"].strip() == "London"


def homes_and_london(_: int, row: dict[str, str]) -> bool:
    """Keep every children's home of England and every row of London; blank rows stay blank rows."""
    return not any(row.values()) or _is_home(row) or _is_london(row)


def london(_: int, row: dict[str, str]) -> bool:
    return _is_london(row)


def a_few(index: int, _: dict[str, str]) -> bool:
    """Keep some rows from all over the file: enough to show a year's headers, title rows, encoding and dates."""
    return index % 60 == 0 or index < 12


def everything(_index: int, _row: dict[str, str]) -> bool:
    return True


REGISTER: dict[str, Keep] = {
    "Providers_places_at_31_Aug_2023.csv": homes_and_london,
    "Providers_places_at_31_Aug_2024.csv": homes_and_london,
    "Closed_childrens_homes_31Mar24.csv": everything,
    "Provider_level_at_31_Aug_2023.csv": london,
    "Provider_level_in_year_2022-23.csv": a_few,
    "Provider_level_in_year_2023-24.csv": london,
    "Closed_childrens_homes_31Mar23.csv": a_few,
    "provider_at_march_2022.csv": a_few,
    "provider_at_march_2023.csv": a_few,
    **{f"joiners_leavers_{year}.csv": a_few for year in range(17, 24)},
}


def _encoding(raw: bytes) -> str:
    if raw.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def extract(raw: bytes, keep: Keep) -> bytes:
    """Keep the title rows, the header and the chosen rows of a file, with identifying columns blanked."""
    encoding = _encoding(raw)
    rows = list(csv.reader(io.StringIO(raw.decode(encoding), newline="")))
    top = next(index for index, row in enumerate(rows) if "URN" in row)
    header = [cell.strip().lower() for cell in rows[top]]
    kept = [row for index, row in enumerate(rows[top + 1 :]) if keep(index, dict(zip(header, row, strict=True)))]
    blank = [index for index, cell in enumerate(header) if BLANKED.match(cell)]
    owner = [index for index, cell in enumerate(header) if ORGANISATION.match(cell)]
    for row in kept:
        for index in blank:
            row[index] = ""
        for index in owner:
            row[index] = provider_id(row[index]) or ""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n" if b"\r\n" in raw else "\n").writerows([*rows[: top + 1], *kept])
    return text.getvalue().encode(encoding)


def calendar(raw: bytes) -> bytes:
    """Give the working calendar of England as a versioned file: every bank holiday of whole years known."""
    days = sorted(event["date"] for event in json.loads(raw)["england-and-wales"]["events"])
    known = {"version": f"england-{days[-1][:7]}", "known_from": f"{days[0][:4]}-01-01"}
    known |= {"known_until": f"{days[-1][:4]}-12-31"}
    return (json.dumps({**known, "holidays": days}, indent=2) + "\n").encode()


def shelter(raw: bytes) -> bytes:
    """Keep every row of the shelter series, with names, places and whatever describes who is there blanked."""
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8"), newline="")))
    blank = [index for index, cell in enumerate(rows[0]) if SHELTER_BLANKED.match(cell)]
    for row in rows[1:]:
        for index in blank:
            row[index] = ""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    print(f"{hashlib.sha256(content).hexdigest()}  {path.relative_to(HERE)}  ({len(content)} bytes)")


def main(source: Path) -> None:
    for name, keep in REGISTER.items():
        raw = (source / "ofsted_register" / name).read_bytes()
        folder = HERE / "ofsted_register" / ("slices" if keep is a_few else "")
        _write(folder / name, extract(raw, keep))
    for name in GEO:
        _write(HERE / "geo_london" / name, (source / "geo_london" / name).read_bytes())
    raw = (source / "toronto_shelter_2022" / SHELTER).read_bytes()
    _write(HERE / "toronto_shelter_2022" / SHELTER.lower().replace(" ", "_"), shelter(raw))
    raw = (source / "bank_holidays" / "bank-holidays.json").read_bytes()
    _write(HERE / "bank_holidays" / "england.json", calendar(raw))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
