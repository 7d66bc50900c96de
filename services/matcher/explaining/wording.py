"""How values of the log read in plain words. Knows formats; must not know what a fact means."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from runtime.records import instant
from services.matcher.domain.calendar import LONDON, WORKING_DAY_S
from services.matcher.domain.values import Length

NAMED_MAX: Final = 6
"""Up to how many councils are named one by one in a sentence."""
WORDS: Final = frozenset(
    {"provision", "registration", "judgement", "was", "reason", "outcome", "kind", "code", "end", "mistake"}
)
"""Fields that hold a word of a closed list."""
INSTANTS: Final = frozenset(["until", "vacant_from"])
DAYS: Final = frozenset(["available_from", "starts_on"])

Names = Mapping[str, str]
"""Councils by GSS code."""


def in_london(at: datetime | str) -> str:
    """An instant as a London clock shows it."""
    known = instant(at) if isinstance(at, str) else at
    return known.astimezone(LONDON).strftime("%a %-d %b %Y, %H:%M:%S").removesuffix(":00")


def day(on: date | str) -> str:
    known = date.fromisoformat(on) if isinstance(on, str) else on
    return known.strftime("%a %-d %b %Y")


def words(code: str) -> str:
    """A word of a closed list, or a type's name, as people write it."""
    spaced = "".join(f" {each.lower()}" if each.isupper() else each for each in code)
    return spaced.replace("_", " ").strip()


def pounds(pence: int | None) -> str:
    if pence is None:
        return "no fee"
    return f"£{pence // 100:,}" + (f".{pence % 100:02d}" if pence % 100 else "")


def lasting(length: Length) -> str:
    """How long, in the units of its calendar; a working day is eight working hours."""
    seconds = length.seconds
    days, rest = divmod(seconds, WORKING_DAY_S if length.calendar == "working" else 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [(days, "day"), (hours, "hour"), (minutes, "minute"), (rest, "second")]
    said = [f"{count} {length.calendar} {unit}{'s' if count != 1 else ''}" for count, unit in parts if count]
    return " ".join(said) or f"0 {length.calendar} seconds"


def council(code: str, names: Names) -> str:
    return f"{names[code]} ({code})" if code in names else code


def councils(codes: Sequence[str], names: Names) -> str:
    if len(codes) > NAMED_MAX:
        return f"{len(codes)} councils"
    return ", ".join(names.get(code, code) for code in codes)


def in_words(name: str, value: Any, names: Names) -> str:
    """One field of a fact."""
    if value is None:
        return "none"
    if name in ("council", "home_borough"):
        return council(value, names)
    if name == "members":
        return councils(value, names)
    if name == "fee":
        return pounds(value)
    if name in DAYS:
        return day(value)
    if name.endswith("_at") or name in INSTANTS:
        return in_london(value)
    return words(value) if name in WORDS else str(value)
