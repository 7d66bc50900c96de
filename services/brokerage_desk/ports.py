"""What the desk asks of matching: why a place fits a referral, or why not."""

from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from schemas.words import Badge, Misfit, RankReason


class CheckView(BaseModel):
    """One hard constraint: what the place says, what the referral says, whether it holds."""

    model_config = ConfigDict(frozen=True)

    misfit: Misfit
    holds: bool
    vacancy: dict[str, Any]
    referral: dict[str, Any]


class Explanation(BaseModel):
    """Why this place fits this referral, or every constraint that says no; the same read from either side."""

    model_config = ConfigDict(frozen=True)

    vacancy_id: str
    referral_id: str
    is_fit: bool
    is_for_answer: bool
    """Whether the council may answer the vacancy now; not for standby and for places that are to come."""
    is_confirmation_due: bool
    """Whether the referral is not matched because its council has not confirmed it."""
    misfits: list[Misfit]
    checks: list[CheckView]
    reasons: list[RankReason]
    badge: Badge | None
    """Null where the two are not matched at all, not even as a near miss."""


class Explainer(Protocol):
    def explain(self, vacancy_id: str, referral_id: str) -> Explanation | None:
        """Explain a pair; None where either is unknown now."""
        ...
