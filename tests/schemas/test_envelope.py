from datetime import UTC, datetime, timedelta, timezone

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from schemas import vacancies
from schemas.base import Event
from schemas.dead_letters import Refusal
from schemas.envelope import Envelope, HeaderRefused, headers_of, read_headers, refused_header
from schemas.registry import by_type, type_of

AT = datetime(2026, 11, 2, 9, 0, 0, 120, tzinfo=UTC)
HEADERS = headers_of(vacancies.NilReturn, id="invented:1:0", source="hearth/tests", at=AT, subject="SC012345")


def test_headers_are_cloudevents_in_binary_mode() -> None:
    assert HEADERS == {
        "ce_specversion": "1.0",
        "ce_id": "invented:1:0",
        "ce_source": "hearth/tests",
        "ce_type": "hearth.vacancies.nil_return.v1",
        "ce_time": "2026-11-02T09:00:00.000120Z",
        "ce_subject": "SC012345",
        "content-type": "application/json",
    }


@given(
    id=st.from_regex(r"[A-Za-z0-9:._-]{1,64}", fullmatch=True),
    at=st.datetimes(datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants it so
)
def test_what_is_written_is_read_here_as_the_library_reads_it(id: str, at: datetime) -> None:  # noqa: A002
    headers = headers_of(vacancies.WindowDue, id=id, source="hearth/clock", at=at, subject="SC012345")
    read = read_headers(headers)
    theirs = from_binary_event(
        KafkaMessage({name: each.encode() for name, each in headers.items()}, None, b"{}")
    )
    assert read == Envelope(id, "hearth.vacancies.window_due.v1", "hearth/clock", at, "SC012345")
    assert read == Envelope(
        theirs.get_id(),
        theirs.get_type(),
        theirs.get_source(),
        theirs.get_time() or at,
        theirs.get_subject() or "",
    )


@given(
    model=st.sampled_from([each.model for each in by_type().values()]),
    id=st.from_regex(r"[A-Za-z0-9:._-]{1,64}", fullmatch=True),
    source=st.sampled_from(["hearth/clock", "/hearth/listings", "invented/source_1.2-3"]),
    at=st.datetimes(timezones=st.just(UTC)),
    subject=st.from_regex(r"[A-Za-z0-9:._-]{1,64}", fullmatch=True),
)
def test_headers_are_those_of_the_library_and_in_its_order(
    model: type[Event],
    id: str,  # noqa: A002
    source: str,
    at: datetime,
    subject: str,
) -> None:
    attributes = {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": type_of(model),
        "time": at,
        "subject": subject,
        "datacontenttype": "application/json",
    }
    written = to_binary(CloudEvent(attributes, b""), JSONFormat()).headers
    ours = headers_of(model, id=id, source=source, at=at, subject=subject)
    assert list(ours.items()) == [(name, value.decode()) for name, value in written.items()]


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.one_of(
                st.just(value), st.just(f"{value}\n"), st.just(f"{value}\n{value}"), st.text(max_size=9)
            )
            for name, value in HEADERS.items()
        },
    )
)
def test_headers_are_let_through_when_every_one_of_them_is(headers: dict[str, str]) -> None:
    found = {name: refused_header({**HEADERS, name: headers.get(name, "")}) for name in HEADERS}
    is_whole = all(each is None for each in found.values())
    assert (refused_header(headers) is None) == is_whole


@pytest.mark.parametrize("name", HEADERS)
def test_a_missing_header_is_refused_by_its_name_and_never_invented(name: str) -> None:
    headers = {key: value for key, value in HEADERS.items() if key != name}
    assert read_headers(headers) == HeaderRefused(name, Refusal.MISSING)


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        ("ce_specversion", "0.3"),
        ("ce_id", ""),
        ("ce_id", "x" * 65),
        ("ce_id", "An invented sentence"),
        ("ce_id", 'a"b'),
        ("ce_id", "a\n"),
        ("ce_source", "https://invented.example/?q=1"),
        ("ce_type", "Hearth"),
        ("ce_time", "2026-11-02T09:00:00"),
        ("ce_time", "2026-11-02T09:00:00+01:00"),
        ("ce_time", "2026-02-30T09:00:00Z"),
        ("ce_time", "2026-11-02T25:00:00Z"),
        ("ce_subject", "SC0 12345"),
        ("content-type", "text/plain"),
    ],
)
def test_an_odd_header_is_refused_by_its_name(name: str, odd: str) -> None:
    assert read_headers({**HEADERS, name: odd}) == HeaderRefused(name, Refusal.BAD_HEADER)


def test_a_header_of_somebody_else_is_let_be() -> None:
    assert isinstance(read_headers({**HEADERS, "traceparent": "00-invented"}), Envelope)


def test_an_envelope_that_would_not_be_read_back_is_not_written() -> None:
    with pytest.raises(ValueError, match="ce_id"):
        headers_of(vacancies.NilReturn, id="not an id", source="hearth/tests", at=AT, subject="SC012345")
    elsewhere = AT.astimezone(timezone(timedelta(hours=1)))
    with pytest.raises(ValueError, match="UTC"):
        headers_of(
            vacancies.NilReturn, id="invented", source="hearth/tests", at=elsewhere, subject="SC012345"
        )
