"""The offers rule book as the next version of the code has it: its settings have one optional field more.

It reads what the former version wrote, and where the field says nothing it writes the same bytes.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import msgspec

from runtime.decider import Decided
from services.matcher import translate
from services.matcher.domain import offers
from services.matcher.domain.inputs import Input
from services.matcher.domain.setting import Setting
from services.matcher.rulebooks import OffersRules


@dataclass(frozen=True, slots=True, kw_only=True)
class NextSetting(Setting):
    waiting_list_max: int | None = None


@dataclass(frozen=True, slots=True)
class _StateOf:
    state: NextSetting | None


_READ = msgspec.json.Decoder(_StateOf).decode
_NAMES = tuple(each.name for each in fields(Setting))


class NextOffersRules(OffersRules):
    """What an optional field says is written only where it says something."""

    def restore(self, value: bytes) -> Setting | None:
        return _READ(value).state

    def decide(self, state: Setting | None, cause: Input, now: datetime) -> Decided[Setting | None] | None:
        decision = offers.decide(self.terms, state, cause, now)
        if decision is None:
            return None
        written = replace(decision, state=self.written(decision.state))
        return Decided(decision.state, translate.write_decision(written))

    def written(self, state: Any) -> Any:
        if not isinstance(state, NextSetting) or state.waiting_list_max is not None:
            return state
        return Setting(**{name: getattr(state, name) for name in _NAMES})


class WritesItsField(NextOffersRules):
    """A seeded bug: the new field is written whatever it says."""

    def written(self, state: Any) -> Any:
        return state
