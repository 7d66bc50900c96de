"""Reads the map of London from its shipped tables. Knows their columns; decides nothing about distance.

`boroughs.csv`, `borough_adjacency.csv` and `outcode_borough.csv`: provenance and licence stand beside them.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from io import StringIO

from services.matcher.domain.geography import Geography, Point
from services.matcher.domain.values import CouncilId


def read_geography(folder: Traversable) -> Geography:
    """The boroughs, which adjoin, and the outward codes. OSError or KeyError if a table or column is missing."""
    return Geography(
        boroughs={
            CouncilId(row["gss_code"]): Point(int(row["centroid_easting"]), int(row["centroid_northing"]))
            for row in _rows(folder, "boroughs.csv")
        },
        outward_codes=_outward_codes(folder),
        adjacency=_adjacency(folder),
    )


def _rows(folder: Traversable, name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(StringIO(folder.joinpath(name).read_text(encoding="utf-8")))


def _outward_codes(folder: Traversable) -> dict[str, Point]:
    """The middle of each outward code's postcodes: a code in several boroughs has a row in each."""
    parts: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for row in _rows(folder, "outcode_borough.csv"):
        part = int(row["postcodes"]), int(row["mean_easting"]), int(row["mean_northing"])
        parts[row["outcode"]].append(part)
    return {code: _middle(found) for code, found in parts.items()}


def _middle(parts: list[tuple[int, int, int]]) -> Point:
    total = sum(postcodes for postcodes, _, _ in parts)
    easting = sum(postcodes * east for postcodes, east, _ in parts)
    northing = sum(postcodes * north for postcodes, _, north in parts)
    return Point(round(easting / total), round(northing / total))


def _adjacency(folder: Traversable) -> dict[CouncilId, frozenset[CouncilId]]:
    adjacent: dict[CouncilId, set[CouncilId]] = defaultdict(set)
    for row in _rows(folder, "borough_adjacency.csv"):
        one, other = CouncilId(row["gss_a"]), CouncilId(row["gss_b"])
        adjacent[one].add(other)
        adjacent[other].add(one)
    return {borough: frozenset(others) for borough, others in adjacent.items()}
