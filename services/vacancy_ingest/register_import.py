"""The register import from end to end: files read, held against each other and the log, and written.

Knows the order of the steps; each has a module of its own. A file that cannot be read changes nothing.
"""

from collections.abc import Sequence
from pathlib import Path

from runtime.log import Log
from services.shipped import shipped
from services.vacancy_ingest.adapters.register_files import dates_given, read_boroughs, read_files
from services.vacancy_ingest.domain.register import Refusal, RegisterFile, known_region
from services.vacancy_ingest.domain.register_take import Taking, take_into
from services.vacancy_ingest.register_events import Terms, known_changes, write_changes


class RegisterRefused(Exception):
    """A file or option that cannot be taken, in one line; nothing was written."""


def import_register(
    log: Log, paths: Sequence[Path], terms: Terms, *, region: str | None = None, as_at: Sequence[str] = ()
) -> tuple[Taking, int, int]:
    """Take the files and write what is new; return what they come to, how much was written and how much known.

    Raise RegisterRefused before anything is written, Overtaken if another import writes at the same time.
    """
    inside = None if region is None else known_region(region)
    if region is not None and inside is None:
        raise RegisterRefused("--region: no such region of England")
    files = _read(paths, as_at)
    boroughs = read_boroughs(shipped("geo_london", "boroughs.csv"))
    taking = take_into(known_changes(log), files, boroughs, inside)
    if isinstance(taking, Refusal):
        raise RegisterRefused(taking.line)
    written, already_known = write_changes(log, taking.changes, terms)
    return taking, written, already_known


def _read(paths: Sequence[Path], as_at: Sequence[str]) -> tuple[RegisterFile, ...]:
    days = dates_given(as_at, paths)
    files = days if isinstance(days, Refusal) else read_files(paths, days)
    if isinstance(files, Refusal):
        raise RegisterRefused(files.line)
    return files
