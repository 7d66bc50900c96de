"""The two rule books as the runner of deciders knows them: bytes in, bytes out.

Joins `translate` and the rules, decides nothing itself.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from runtime.dead_letters import Invalid
from runtime.decider import Decided
from runtime.log import Record
from services.matcher import translate
from services.matcher.domain import offers, placements
from services.matcher.domain.inputs import Input
from services.matcher.domain.policy import Terms
from services.matcher.domain.referral import Referral
from services.matcher.domain.referral_inputs import ReferralInput
from services.matcher.domain.setting import Setting
from services.matcher.lately import Lately
from services.matcher.sharing import Sharing

SOURCE: Final = "/hearth/matcher"


@dataclass(frozen=True, slots=True)
class OffersRules:
    """Everything that can change a setting's vacancies."""

    terms: Terms
    lately: Lately[Setting | None] | None = None
    """Where a relay of the same process finds what was written."""
    sharing: Sharing = field(default_factory=Sharing)
    name: str = "offers"
    inputs_topic: str = "vacancies"
    outputs_topic: str = "offers"
    record_type: str = "hearth.offers.decision.v1"
    source: str = SOURCE

    def read(self, record: Record) -> Input | Invalid:
        return translate.read_offers_input(record.key, record.value, record.headers)

    def restore(self, value: bytes) -> Setting | None:
        return self.sharing.of(translate.read_setting(value))

    def decide(self, state: Setting | None, cause: Input, now: datetime) -> Decided[Setting | None] | None:
        decision = offers.decide(self.terms, state, cause, now)
        if decision is None:
            return None
        value = translate.write_decision(decision)
        after = self.sharing.of(decision.state)
        if self.lately is not None:
            self.lately.keep(value, after)
        return Decided(after, value)


@dataclass(frozen=True, slots=True)
class PlacementsRules:
    """One referral's life."""

    terms: Terms
    name: str = "placements"
    inputs_topic: str = "referrals"
    outputs_topic: str = "placements"
    record_type: str = "hearth.placements.decision.v1"
    source: str = SOURCE

    def read(self, record: Record) -> ReferralInput | Invalid:
        return translate.read_placements_input(record.key, record.value, record.headers)

    def restore(self, value: bytes) -> Referral | None:
        return translate.read_referral(value)

    def decide(
        self, state: Referral | None, cause: ReferralInput, now: datetime
    ) -> Decided[Referral | None] | None:
        decision = placements.decide(self.terms, state, cause, now)
        return None if decision is None else Decided(decision.state, translate.write_decision(decision))
