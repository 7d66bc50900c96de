"""What the clock says when a decision's deadline has passed: one wire input for each kind of deadline.

Knows decision records and the inputs of deadlines. Judges nothing: whether a deadline has passed is for the rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from runtime.log import Entry, Record
from schemas import referrals, vacancies
from schemas.base import Event
from schemas.envelope import headers_of
from schemas.words import DeadlineKind, Role

SOURCE: Final = "hearth/clock"
CLOCK: Final = {"role": Role.CLOCK, "id": "clock"}

OF_SETTINGS: Final[Mapping[DeadlineKind, type[Event]]] = {
    DeadlineKind.WINDOW_DUE: vacancies.WindowDue,
    DeadlineKind.CHOICE_DUE: vacancies.ChoiceDue,
    DeadlineKind.HOLD_DUE: vacancies.HoldDue,
    DeadlineKind.RESERVATION_DUE: vacancies.ReservationDue,
    DeadlineKind.NOTICE_DUE: vacancies.NoticeDue,
    DeadlineKind.REVIEW_DUE: vacancies.ReviewDue,
    DeadlineKind.FRESHNESS_DUE: vacancies.FreshnessDue,
    DeadlineKind.AGREEMENT_DUE: vacancies.AgreementDue,
    DeadlineKind.CLOSURE_DUE: vacancies.ClosureDue,
}
OF_REFERRALS: Final[Mapping[DeadlineKind, type[Event]]] = {
    DeadlineKind.REFERRAL_CONFIRMATION_DUE: referrals.ReferralConfirmationDue,
}


@dataclass(frozen=True, slots=True)
class _Deadline:
    at: datetime
    kind: DeadlineKind
    subject: str


@dataclass(frozen=True, slots=True)
class _Decision:
    """The part of a decision record that the clock reads."""

    deadline: _Deadline | None


_READ = msgspec.json.Decoder(_Decision)
_ENCODE = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Due:
    """The earliest deadline of a key, and the decision that left the key with it."""

    key: str
    version: str
    at: datetime
    kind: DeadlineKind
    subject: str

    @property
    def entry(self) -> Entry:
        """The input that says that the deadline has passed. Its id names the decision."""
        is_setting = self.kind in OF_SETTINGS
        model = (OF_SETTINGS if is_setting else OF_REFERRALS)[self.kind]
        fields = {
            "setting_id" if is_setting else "referral_id": self.key,
            "by": CLOCK,
            "observed_at": self.at,
            "subject": self.subject,
        }
        headers = headers_of(
            model, id=f"{self.key}:{self.version}:due", source=SOURCE, at=self.at, subject=self.key
        )
        return Entry("vacancies" if is_setting else "referrals", self.key, _ENCODE(fields), headers)


def due_of(record: Record) -> Due | None:
    """The earliest deadline that a decision of either rule book leaves its key with; for a timer."""
    deadline = _READ.decode(record.value).deadline
    if deadline is None:
        return None
    return Due(record.key, record.headers["ce_version"], deadline.at, deadline.kind, deadline.subject)
