"""The envelope of an input: CloudEvents 1.0 in Kafka binary mode, one header for each attribute.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md.

Written by the `cloudevents` library, once for each type and source; what differs from event to event (id, time and
subject) is put in here, for the library takes ten times as long. Read here too: the library fills in what is absent
(an id by chance, the machine's time, version 1.0), and an input without a name of its own must be refused instead.
Tests hold both to the library's writing and reading of a complete envelope.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from cloudevents.core.bindings.kafka import to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from schemas.base import Event
from schemas.dead_letters import Refusal
from schemas.registry import type_of

SPEC_VERSION: Final = "1.0"
CONTENT_TYPE: Final = "application/json"
_FORMAT: Final = JSONFormat()
_FORM: Final[Mapping[str, re.Pattern[str]]] = {
    "ce_specversion": re.compile(r"1\.0"),
    "ce_id": re.compile(r"[A-Za-z0-9:._-]{1,64}"),
    "ce_source": re.compile(r"/?[a-z][a-z0-9._/-]{0,63}"),
    "ce_type": re.compile(r"[a-z][a-z0-9._-]{0,95}"),
    "ce_time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z"),
    "ce_subject": re.compile(r"[A-Za-z0-9:._-]{1,64}"),
    "content-type": re.compile(r"application/json"),
}
_WHOLE: Final = re.compile("\n".join(f"(?:{form.pattern})" for form in _FORM.values()))
"""All forms at once. None of them lets a line end through, so lines that match it match one by one."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Which event it is, of what type, from where, when it was said, and about which key."""

    id: str
    type: str
    source: str
    at: datetime
    subject: str


@dataclass(frozen=True, slots=True)
class HeaderRefused:
    """A header that is missing or has not the form that it must have; never its value."""

    header: str
    code: Refusal


def headers_of(model: type[Event], *, id: str, source: str, at: datetime, subject: str) -> dict[str, str]:  # noqa: A002 - the attribute's name
    """The headers of an event about the key `subject`; ValueError if one would not be read back."""
    if at.tzinfo is not UTC and at.utcoffset() != timedelta(0):
        raise ValueError("an instant is aware and in UTC")
    time = at.isoformat()[:-6] + "Z"
    headers = {**_written(model, source), "ce_id": id, "ce_time": time, "ce_subject": subject}
    if (refused := refused_header(headers)) is not None:
        raise ValueError(f"{refused.header}: {refused.code}")
    return headers


@cache
def _written(model: type[Event], source: str) -> Mapping[str, str]:
    """What the library writes for a type of event from a source, with a stand-in for what differs each time."""
    attributes = {
        "specversion": SPEC_VERSION,
        "id": "-",
        "source": source,
        "type": type_of(model),
        "time": datetime.min.replace(tzinfo=UTC),
        "subject": "-",
        "datacontenttype": CONTENT_TYPE,
    }
    message = to_binary(CloudEvent(attributes, b""), _FORMAT)
    return {name: value.decode() for name, value in message.headers.items()}


def refused_header(headers: Mapping[str, str]) -> HeaderRefused | None:
    """The first header that an envelope cannot do without and that is missing or odd."""
    if _WHOLE.fullmatch("\n".join([headers.get(name, "") for name in _FORM])) is not None:
        return None
    for name, form in _FORM.items():
        value = headers.get(name)
        if value is None:
            return HeaderRefused(name, Refusal.MISSING)
        if form.fullmatch(value) is None:
            return HeaderRefused(name, Refusal.BAD_HEADER)
    return None


def read_headers(headers: Mapping[str, str]) -> Envelope | HeaderRefused:
    """Read an envelope back.

    Headers beyond those of an envelope are let be, as CloudEvents extensions are.
    """
    if (refused := refused_header(headers)) is not None:
        return refused
    try:
        at = datetime.fromisoformat(headers["ce_time"]).astimezone(UTC)
    except ValueError:
        return HeaderRefused("ce_time", Refusal.BAD_HEADER)
    return Envelope(headers["ce_id"], headers["ce_type"], headers["ce_source"], at, headers["ce_subject"])
