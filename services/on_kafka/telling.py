"""The notifier."""

from collections.abc import Mapping
from dataclasses import replace

from runtime.clock import SystemClock
from schemas.words import Channel as ChannelName
from services.directory import Directory
from services.matcher.adapters.terms_files import CALENDAR, load_terms
from services.notifier.composing import make_notifier
from services.notifier.ports import Channel
from services.notifier.worker import Terms

from .place import Place, mirrored, turn_until_stopped
from .topics import seen_by


def run_notifier(
    place: Place, directory: Directory, channels: Mapping[ChannelName, Channel], terms: Terms
) -> None:
    """Tell people until a signal says stop. One process at a time: two would say what they begin at once twice."""
    with mirrored(place, "hearth-notifier", seen_by("notifier")) as log:
        rest_days = load_terms().calendar(CALENDAR).holidays
        notifier = make_notifier(
            log.once(), SystemClock(), directory, dict(channels), terms=replace(terms, rest_days=rest_days)
        )
        turn_until_stopped(place, log, [notifier])
        notifier.close()
