"""The versions of the code that may run at once, and how each is run. Knows no rule.

What a next version may differ in, while the same log must still give the same bytes: it knows policies and calendars
that nobody uses yet, holds fewer keys, decides in other batches. One version writes other bytes, as a mended rule
would: what it has written and what the others write is never taken for the same.
"""

from dataclasses import dataclass, replace
from datetime import date

from runtime.decider import KEYS_MAX
from services.matcher.domain.calendar import WorkingCalendar
from services.matcher.domain.policy import Terms

from .scene import BRISK, CALENDARS, EASTER, LENGTHS, policy, terms

MEMORY_MIN = 3


@dataclass(frozen=True)
class Code:
    """`keys_max`: how many keys a worker holds in memory. `writes`: versions that share it write the same bytes."""

    terms: Terms
    batch_max: int = 1
    keys_max: int = KEYS_MAX
    writes: int = 0


def _next_terms() -> Terms:
    """The same policies and calendars in another order, and one of each that is not in use."""
    later = replace(policy(BRISK, 50), version="later", nominations_max=1, told_late_s=0)
    known = {each: policy(each, 100) for each in reversed(tuple(LENGTHS))}
    calendar = WorkingCalendar("england-later", date(2026, 1, 1), date(2027, 12, 31), EASTER)
    calendars = {calendar.version: calendar, **{name: CALENDARS[name] for name in reversed(tuple(CALENDARS))}}
    return Terms({"later": later, **known}, calendars)


FIRST, FORGETFUL, NEXT = 0, 1, 2
CODES = (
    Code(terms(100)),
    Code(terms(MEMORY_MIN), writes=1),
    Code(_next_terms(), batch_max=4, keys_max=2),
)
