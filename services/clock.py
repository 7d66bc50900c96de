"""What the clock says when a deadline has passed: the wire form of each, from the deadline that a decision names.

Knows the wire form of decisions and of the clock's inputs. Must not judge: the state alone does.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from runtime.log import Entry, Record
from runtime.records import instant
from runtime.timer import Due
from schemas import referrals, vacancies
from schemas.base import Event
from schemas.envelope import headers_of
from schemas.words import DeadlineKind, Role

SOURCE = "/hearth/clock"
TOPICS = ("offers", "placements")
ABOUT = {"offers": ("vacancies", "setting_id"), "placements": ("referrals", "referral_id")}
MODELS: Mapping[str, type[Event]] = {
    DeadlineKind.WINDOW_DUE: vacancies.WindowDue,
    DeadlineKind.CHOICE_DUE: vacancies.ChoiceDue,
    DeadlineKind.HOLD_DUE: vacancies.HoldDue,
    DeadlineKind.RESERVATION_DUE: vacancies.ReservationDue,
    DeadlineKind.NOTICE_DUE: vacancies.NoticeDue,
    DeadlineKind.REVIEW_DUE: vacancies.ReviewDue,
    DeadlineKind.FRESHNESS_DUE: vacancies.FreshnessDue,
    DeadlineKind.AGREEMENT_DUE: vacancies.AgreementDue,
    DeadlineKind.CLOSURE_DUE: vacancies.ClosureDue,
    DeadlineKind.REFERRAL_CONFIRMATION_DUE: referrals.ReferralConfirmationDue,
}


class _Deadline(msgspec.Struct, frozen=True):
    at: str
    kind: str
    subject: str


class _Decision(msgspec.Struct, frozen=True):
    """The part of a decision that the clock reads."""

    deadline: _Deadline | None


_READ = msgspec.json.Decoder(_Decision)


def due_of(record: Record) -> Due | None:
    """Return the earliest deadline that a decision leaves its key with, and the input that says it has passed."""
    deadline = _READ.decode(record.value).deadline
    if deadline is None:
        return None
    topic, key_field = ABOUT[record.topic]
    at = instant(deadline.at)
    model = MODELS[deadline.kind]
    entry_id = f"due:{record.key}:{record.headers['ce_version']}"
    headers = headers_of(model, id=entry_id, source=SOURCE, at=at, subject=record.key)
    value: dict[str, Any] = {
        key_field: record.key,
        "by": {"role": Role.CLOCK, "id": "clock"},
        "observed_at": deadline.at,
        "subject": deadline.subject,
    }
    return Due(at, Entry(topic, record.key, orjson.dumps(value), headers))
