"""What the advised order of nominations is made from: matches, needs, and whom a provider served last.

Knows the read model. The order itself stands in `domain/advice.py`; who may see it, in the table of visibility.
"""

from collections.abc import Callable, Mapping
from typing import Any

from runtime.records import instant
from schemas.words import DistanceBand, Urgency

from .domain.advice import Advice, Candidate, advise
from .projection import Fields, ReadModel

Band = Callable[[str, str | None, str | None], DistanceBand]
"""How far a home borough lies from a setting's borough and outward code."""

UNMATCHED = (2,)
"""Comes after every fit (0, …) and near miss (1, …)."""


class Advising:
    """Advises a provider. Take the model's lock before asking."""

    def __init__(self, model: ReadModel, band: Band) -> None:
        self._model, self._band = model, band

    def advise(self, state: Mapping[str, Any], vacancy: Mapping[str, Any]) -> tuple[Advice, ...]:
        """Return the vouched nominations of one vacancy in the advised order."""
        vouched = (each for each in vacancy["nominations"] if each["is_vouched"])
        return advise(self._candidate(state, vacancy["vacancy_id"], each) for each in vouched)

    def _candidate(self, state: Mapping[str, Any], vacancy_id: str, nomination: Fields) -> Candidate:
        picture, referral_id = self._model.picture, nomination["referral_id"]
        referral = picture.referrals.get(referral_id)
        needs = referral["state"]["needs"] if referral else {}
        home = needs.get("home_borough")
        fit = picture.standings.get(vacancy_id, {}).get(referral_id, UNMATCHED)
        served_at = picture.served.get(state["provider_id"], {}).get(nomination["council"])
        return Candidate(
            nomination_id=nomination["nomination_id"],
            referral_id=referral_id,
            fit=tuple(fit),
            urgency=Urgency(needs.get("urgency", Urgency.WEEKS)),
            band=self._band(home, state["borough"], state["outward_code"]) if home else DistanceBand.UNKNOWN,
            served_at=None if served_at is None else instant(served_at),
        )
