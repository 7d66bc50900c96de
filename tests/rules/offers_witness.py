"""A story with a witness: every decision is held against a ledger, its record read back, its refusals watched.

Knows what must be so of any decision whatever was said; chooses nothing to say.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from schemas import offers as wire
from schemas.words import Code
from services.matcher import translate
from services.matcher.domain import inputs
from services.matcher.domain.decision import Decision
from services.matcher.domain.policy import Terms
from services.matcher.domain.setting import Setting
from tests.rules.offers_ledger import Ledger
from tests.rules.offers_story import Story, forgetful


@dataclass(slots=True)
class Witness:
    terms: Terms
    story: Story = field(init=False)
    ledger: Ledger = field(init=False)
    records: list[bytes] = field(default_factory=list)
    deadline_at: datetime | None = None
    """The earliest deadline that the last decision announced."""

    def __post_init__(self) -> None:
        self.story, self.ledger = Story(terms=self.terms), Ledger(self.terms)

    def say(self, kind: type[inputs.Input], /, **given: Any) -> Decision[Setting] | None:
        return self.hear(self.story.make(kind, **given))

    def hear(self, order: inputs.Input) -> Decision[Setting] | None:
        story, before = self.story, self.story.state
        is_known = before is not None and order.id in before.memory
        only_the_clock = Story(terms=self.terms, state=before, now=story.now)
        only_the_clock.say(inputs.DeadlineDue, id=order.id)
        decision = story.hear(order)
        if is_known and not isinstance(order, inputs.DeadlineDue):
            assert decision is None, "a repeat is decided once"
        if decision is None:
            assert story.state == before
            return None
        self._read_back(decision)
        if decision.answer is not Code.ACCEPTED and before is not None:
            assert forgetful(decision.state) == forgetful(only_the_clock.state), "a refusal changes nothing"
        if isinstance(order, inputs.DeadlineDue):
            assert decision.facts, "a deadline that finds nothing due gets no decision"
        self.ledger.enter(order, story.now, decision)
        return decision

    def _read_back(self, decision: Decision[Setting]) -> None:
        record = translate.write_decision(decision)
        self.records.append(record)
        assert translate.read_setting(record) == decision.state
        wire.Decision.model_validate_json(record)
        self.deadline_at = decision.deadline.at if decision.deadline is not None else None

    def come_to_the_deadline(self, early_s: int = 0) -> None:
        """Let the clock speak at the earliest deadline, or before it, when there is nothing to say."""
        if self.deadline_at is None or self.story.state is None:
            return
        story = self.story
        story.now = max(story.now, self.deadline_at - timedelta(seconds=early_s))
        is_due = self.deadline_at <= story.now
        assert (self.say(inputs.DeadlineDue) is not None) == is_due, "what is due is ended, and nothing else"

    def see_the_same_bytes_again(self) -> None:
        """The same inputs at the same times are the same records, byte for byte."""
        again, records = Story(terms=self.terms), []
        for order, now in self.story.heard:
            again.now = now
            decision = again.hear(order)
            if decision is not None:
                records.append(translate.write_decision(decision))
        assert records == self.records
