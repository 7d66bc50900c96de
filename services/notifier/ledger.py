"""What `deliveries` says was begun and has not come to its end: where a notifier takes up its work.

Knows the records of `deliveries`. Must not know what a message says.
"""

from collections.abc import Iterator

from runtime.log import Log
from schemas.words import Channel
from services.notifier import translate
from services.notifier.domain.messages import Message
from services.notifier.domain.telling import Patience, Telling, Try
from services.notifier.translate import DELIVERIES, Written

BATCH_MAX = 1000


def unfinished(
    log: Log, start: int, tellings: dict[str, Telling], patience: Patience
) -> dict[str, dict[Channel, Written]]:
    """Bring `tellings` from a snapshot up to date with the records from `start` on.

    Returns, for messages that are not among them, the last record of every channel of each that is not over on all.
    """
    found: dict[str, dict[Channel, Written]] = {}
    for written in _records(log, start):
        if written.key in tellings:
            tellings[written.key].tries[written.channel] = _try(written, patience)
            continue
        channels = found.setdefault(written.key, {})
        channels[written.channel] = written
        if all(each.is_over for each in channels.values()):
            del found[written.key]
    return found


def _records(log: Log, start: int) -> Iterator[Written]:
    while records := log.read(DELIVERIES, start, BATCH_MAX):
        for record in records:
            if not record.is_void:
                yield translate.read_delivery(record)
        start = records[-1].offset + 1


def take_up(message: Message, channels: dict[Channel, Written], patience: Patience) -> Telling:
    """The telling as its records left it: a try that has no end is an unknown outcome, tried again at once."""
    return Telling(message, {channel: _try(written, patience) for channel, written in channels.items()})


def _try(written: Written, patience: Patience) -> Try:
    each = Try(due_at=written.at, attempt=written.attempt)
    if written.outcome is not None:
        each.ended(written.outcome, written.at, patience)
        each.is_over = written.is_over
    return each
