"""Instants as people in London read them."""

from zoneinfo import ZoneInfo

from runtime.records import instant

LONDON = ZoneInfo("Europe/London")


def in_london(at: str) -> str:
    """Return an instant of the log as a London clock shows it."""
    return instant(at).astimezone(LONDON).strftime("%a %-d %b %Y, %H:%M")


def in_words(seconds: int) -> str:
    """Return how long that is, in its two largest units; the page's script says the same every second."""
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    units = [(days, "d"), (hours, "h"), (minutes, "min"), (left, "s")]
    first = next((index for index, (count, _) in enumerate(units) if count), 3)
    return " ".join(f"{count} {unit}" for count, unit in units[first : first + 2])
