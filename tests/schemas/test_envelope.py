from datetime import UTC, datetime, timedelta, timezone

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from hypothesis import given
from hypothesis import strategies as st

from schemas import vacancies
from schemas.dead_letters import Refusal
from schemas.envelope import Envelope, HeaderRefused, headers_of, read_headers

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
