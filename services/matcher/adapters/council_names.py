"""Reads London's councils by name from the shipped table of boroughs. Knows its columns."""

import csv
from importlib.resources.abc import Traversable
from io import StringIO


def read_council_names(folder: Traversable) -> dict[str, str]:
    """GSS code -> name. OSError or KeyError if the table or a column is missing."""
    text = folder.joinpath("boroughs.csv").read_text(encoding="utf-8")
    return {row["gss_code"]: row["name"] for row in csv.DictReader(StringIO(text))}
