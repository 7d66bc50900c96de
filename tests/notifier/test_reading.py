"""What the notifier leaves out of a decision is what nobody would be told of."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from schemas import offer_facts
from services.notifier.domain.board import Nomination
from services.notifier.domain.messages import Message
from services.notifier.domain.news import RULES, Decided, Fact, news
from services.notifier.translate import read_fact
from tests.notifier.stage import HARINGEY, START, VACANCY, WINDOW, setting, window
from tests.schemas.strategies import values_of

NOMINATION = Nomination(
    nomination_id=f"{VACANCY}:n1", window_id=WINDOW, council=HARINGEY, referral_id="R-1", is_vouched=True
)
FACTS = offer_facts.Fact.__subclasses__()


def told_of(fact: Fact) -> tuple[Message, ...]:
    there = setting(window=window(), nominations=(NOMINATION,))
    return news(Decided(record_id="SC012345:7", at=START, before=there, after=there, facts=(fact,)))


@pytest.mark.parametrize("model", FACTS, ids=lambda model: model.__name__)
def test_a_fact_is_read_whole_unless_it_is_news_to_nobody(model: type[Any]) -> None:
    @settings(max_examples=5, suppress_health_check=list(HealthCheck))
    @given(values_of(model))
    def holds(value: dict[str, Any]) -> None:
        raw = msgspec.json.encode({"type": model.__name__, **value})
        whole, read = msgspec.json.decode(raw, type=Fact), read_fact(msgspec.Raw(raw))
        assert read == (whole if model.__name__ in RULES else Fact(type=model.__name__))
        if model.__name__ not in RULES:
            assert told_of(whole) == told_of(read) == ()

    holds()


def test_every_rule_is_among_them() -> None:
    assert {model.__name__ for model in FACTS} >= RULES.keys()
