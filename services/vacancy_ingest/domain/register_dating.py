"""Which day a register file is of. Pure; knows nothing of columns or formats.

The rule, strongest first:
1. the date that the caller gives;
2. the file's own words: its title, else a date in its headers;
3. the date in its name, if the rows bear it out: no row is later, and either the latest row is at most 14
   days older (the regulator registers settings every week) or the name's day is the end of the statistics
   period in which the latest row falls;
4. the end of the statistics period (31 March or 31 August) in which the latest row falls.
Where 4 overrules 3, or 4 is all there is, or 1 and 2 differ, a contradiction says so.

The *latest* day of a file is its third latest, so that two mistyped days do not date it (the latest, in a
short file).
"""

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.vacancy_ingest.domain.register import Contradiction

NAME_LAG_MAX: Final = timedelta(days=14)
PERIOD_ENDS: Final = ((3, 31), (8, 31))
_FEW_ROWS: Final = 30

_MONTHS: Final = {name.casefold(): number for number, name in enumerate(calendar.month_name) if number}
_MONTHS_SHORT: Final = {name[:3]: number for name, number in _MONTHS.items()}
_MONTH: Final = (
    r"(?<![a-z])(" + "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS) + r"|sept)(?![a-z])"
)
_DAY_MONTH_YEAR: Final = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?\W*{_MONTH}\W*(\d{{4}}|\d{{2}})(?!\d)"
)
_MONTH_YEAR: Final = re.compile(rf"{_MONTH}\W*(\d{{4}}|\d{{2}})(?!\d)")
_ISO: Final = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_SLASHED: Final = re.compile(r"(?<!\d)(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?!\d)")
_YEAR_SPAN: Final = re.compile(r"(?<!\d)(20\d{2})\W(\d{2}|20\d{2})(?!\d)")
_YEAR: Final = re.compile(r"(?<!\d)(20\d{2}|\d{2})(?!\d)")


def _day(year: int, month: int, day: int) -> date | None:
    full = year + 2000 if year < 100 else year
    try:
        return date(full, month, day)
    except ValueError:
        return None


def date_in_words(text: str) -> date | None:
    """Give the date that a title states; a month alone means its last day, a year alone means nothing."""
    words = text.casefold().replace("_", " ")
    if found := _ISO.search(words):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_MONTH_YEAR.search(words):
        return _day(int(found[3]), _MONTHS_SHORT[found[2][:3]], int(found[1]))
    if found := _SLASHED.search(words):
        return _day(int(found[3]), int(found[2]), int(found[1]))
    if found := _MONTH_YEAR.search(words):
        year, month = int(found[2]), _MONTHS_SHORT[found[1][:3]]
        return _day(year, month, calendar.monthrange(year if year > 99 else year + 2000, month)[1])
    return None


def date_in_name(name: str) -> date | None:
    """Give the date in a file's name; a year or a span of years alone means 31 March at its end."""
    words = name.replace("_", " ").rsplit(".", 1)[0]
    if found := date_in_words(words):
        return found
    if span := _YEAR_SPAN.search(words):
        return _day(int(span[2]), 3, 31)
    years = _YEAR.findall(words)
    return _day(int(years[-1]), 3, 31) if years else None


def period_end(day: date) -> date:
    """Give the end of the statistics period in which a day falls; the end itself belongs to its period."""
    ends = (date(year, *end) for year in (day.year, day.year + 1) for end in PERIOD_ENDS)
    return next(end for end in ends if end >= day)


def latest_day(days: Iterable[date | None]) -> date | None:
    """Give the latest day that may date a file: the third latest, or the latest of a short file."""
    known = sorted(day for day in days if day is not None)
    if not known:
        return None
    return known[-1] if len(known) < _FEW_ROWS else known[-3]


@dataclass(frozen=True, slots=True)
class Dated:
    """A file's day, what it was taken from (given, title, name, rows), and what contradicts it."""

    as_at: date
    by: str
    contradictions: tuple[Contradiction, ...] = ()


def date_file(name: str, given: date | None, title: date | None, latest: date | None) -> Dated | None:
    """Date a file by the rule above; None where nothing in or about it is a date."""
    if given is not None:
        says = f"{name}: taken as of {given}, as told; its own title says {title}"
        differs = title is not None and title != given
        return Dated(given, "given", (Contradiction("date_in_title_differs", None, says),) if differs else ())
    if title is not None:
        return Dated(title, "title")
    named = date_in_name(name)
    if latest is None:
        return Dated(named, "name") if named else None
    return _by_rows(name, named, latest)


def _by_rows(name: str, named: date | None, latest: date) -> Dated:
    end = period_end(latest)
    if named is not None and (named == end or timedelta() <= named - latest <= NAME_LAG_MAX):
        return Dated(named, "name")
    told = f"its latest row is of {latest}, so it is taken as of {end}, the end of that statistics period"
    if named is None:
        return Dated(end, "rows", (Contradiction("dated_by_its_rows", None, f"{name}: has no date; {told}"),))
    says = f"{name}: its name says {named}, but {told}"
    return Dated(end, "rows", (Contradiction("date_in_name_differs", None, says),))
