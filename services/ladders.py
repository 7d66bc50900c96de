"""An agreement's ladder with the deadlines that it would give: what `hearth agreement check` shows.

Asks the rules' own calendar and policy, so that what is shown is what would happen. Decides nothing.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, TypedDict

import msgspec
from pydantic import ValidationError

from schemas import values
from schemas.words import CalendarKind, Kind
from services.edge.reading import Malformed, json_object, told
from services.matcher.adapters.terms_files import CALENDAR, POLICY, load_terms
from services.matcher.domain.agreement import Agreement
from services.matcher.domain.calendar import LONDON, WORKING_DAY_S
from services.matcher.domain.policy import Terms
from services.matcher.domain.values import Length

MORNING = time(9)


class AgreementUnusable(Exception):
    """The file is not an agreement; `problems` has one line for each thing that is wrong with it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Rung(TypedDict):
    """One tier's window for one kind of fill, if every window before it lapsed."""

    kind: str
    tier: int
    audience: str
    councils: int
    length: str
    opens_at: datetime | None
    closes_at: datetime | None
    note: str


def read_agreement(body: bytes) -> Agreement:
    """Read an agreement as `AgreementAttached` has it, or that input whole; AgreementUnusable."""
    try:
        fields = json_object(body)
        agreement = fields.get("agreement", fields)
        wire = values.Agreement.model_validate_json(msgspec.json.encode(agreement))
    except Malformed as error:
        raise AgreementUnusable([str(error)]) from None
    except ValidationError as error:
        raise AgreementUnusable([f"{each.field}: {each.rule}" for each in told(error)]) from None
    return msgspec.json.decode(wire.model_dump_json().encode(), type=Agreement)


def rungs(agreement: Agreement, on: date, kinds: Sequence[Kind], terms: Terms | None = None) -> list[Rung]:
    """Return each kind's windows in their order for a vacancy posted at nine in London on a day."""
    known = terms or load_terms()
    posted_at = datetime.combine(on, MORNING, LONDON)
    return [rung for kind in kinds for rung in _walk(agreement, kind, posted_at, known)]


def _walk(agreement: Agreement, kind: Kind, posted_at: datetime, terms: Terms) -> list[Rung]:
    policy, calendar = terms.policy(POLICY), terms.calendar(CALENDAR)
    opens_at: datetime | None = posted_at.astimezone(UTC)
    found: list[Rung] = []
    for index, tier in enumerate(agreement.tiers):
        length = policy.length_of(tier, index, kind)
        councils = tier.councils(opens_at) if opens_at else ()
        closes_at = calendar.deadline(opens_at, length) if opens_at and councils else None
        note = "" if closes_at else _why_none(opens_at, councils)
        found.append(
            {
                "kind": str(kind),
                "tier": index + 1,
                "audience": tier.audience,
                "councils": len(councils),
                "length": in_words(length),
                "opens_at": opens_at and opens_at.astimezone(LONDON),
                "closes_at": closes_at and closes_at.astimezone(LONDON),
                "note": note,
            }
        )
        opens_at = closes_at if councils else opens_at
    return found


def _why_none(opens_at: datetime | None, councils: tuple[Any, ...]) -> str:
    if opens_at is None:
        return "after a deadline that cannot be computed"
    return "beyond the known bank holidays" if councils else "skipped: no member on the day"


def in_words(length: Length) -> str:
    """Return a length as people say it: working days and hours, or hours that pass."""
    if length.calendar is CalendarKind.ELAPSED:
        return f"{length.seconds / 3600:g} h elapsed"
    days, rest = divmod(length.seconds, WORKING_DAY_S)
    if rest:
        return f"{length.seconds / 3600:g} working hours"
    return f"{days} working day{'s' if days > 1 else ''}"
