"""Generated decisions, as wild as the schemas allow: what is said of them holds nothing that it must not."""

from typing import Any

import msgspec
import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.log import Entry
from runtime.records import UNMARKED, decision_headers
from schemas import offer_facts, placements
from schemas.words import Role
from services.notifier import translate
from services.notifier.domain.board import Hold, Nomination
from services.notifier.domain.messages import Message
from services.notifier.domain.news import RULES, news
from services.notifier.domain.referral_news import referral_news
from services.notifier.domain.text import Text, text
from tests.notifier.stage import BARNET, CAMDEN, HARINGEY, START, VACANCY, WINDOW, setting, window
from tests.schemas.strategies import values_of

CANARY = "canary-of-a-name"


def record(topic: str, value: dict[str, Any]) -> Any:
    headers = decision_headers(
        "key", UNMARKED, source="/hearth/matcher", record_type=f"hearth.{topic}.decision.v1", decided_at=START,
        cause_id="cause", position=0, log_id="log",
    )  # fmt: skip
    return Entry(topic, "key", orjson.dumps(value), headers)


def councils_in(value: Any) -> set[str]:
    """Every council that is named anywhere in a decision."""
    if isinstance(value, dict):
        return set().union(*(councils_in(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(councils_in(each) for each in value))
    is_council = isinstance(value, str) and len(value) == 9 and value.startswith("E") and value[1:].isdigit()
    return {value} if is_council else set()


def whole(said: Text) -> str:
    return said.subject + said.body("http://127.0.0.1:8000")


def check(messages: tuple[Message, ...], decision: dict[str, Any]) -> None:
    named = councils_in(decision)
    for message in messages:
        said = text(message, lambda kind, id: CANARY if kind == "council" else f"{kind} {id}")  # noqa: A006
        others = named - {message.about.setting_id, message.recipient.id}
        words = set(whole(said).replace(":", " ").replace("/", " ").split())
        assert not others & words
        assert CANARY not in whole(said)
        if message.recipient.role is Role.TEAM:
            own = {message.about.referral_id} - {""}
            assert {each for each in words if each.startswith("R-")} <= {
                f"{each}{end}" for each in own for end in ("", ".", ",")
            }


HOLD = Hold(hold_id=f"{VACANCY}:h1", council=CAMDEN, referral_id="R-9", until=START)
NOMINATION = Nomination(
    nomination_id=f"{VACANCY}:n1", window_id=WINDOW, council=BARNET, referral_id="R-8", is_vouched=True
)
BUSY = setting(window=window(members=(HARINGEY, BARNET, CAMDEN)), nominations=(NOMINATION,), hold=HOLD)
STATE = orjson.loads(msgspec.json.encode(BUSY))
OURS = {"vacancy_id": VACANCY, "window_id": WINDOW}


FACTS = {name: values_of(getattr(offer_facts, name)) for name in RULES}


@st.composite
def told_facts(draw: st.DrawFn) -> dict[str, Any]:
    """Any fact that somebody is told of, about the vacancy that there is."""
    fact = draw(FACTS[draw(st.sampled_from(sorted(RULES)))])
    return {name: OURS.get(name, value) for name, value in fact.items()}


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(st.lists(told_facts(), min_size=1, max_size=4))
def test_nothing_said_of_a_setting_names_another_council_or_another_referral(
    facts: list[dict[str, Any]],
) -> None:
    decision = {"answer": "accepted", "facts": facts, "state": STATE, "deadline": None}
    decided = translate.read_offers(record("offers", decision), BUSY)
    assert decided is not None
    check(news(decided), decision)


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(values_of(placements.Decision))
def test_nothing_said_of_a_referral_holds_what_it_needs(decision: dict[str, Any]) -> None:
    decided = translate.read_placements(record("placements", decision))
    if decided is not None:
        messages = referral_news(decided)
        check(messages, decision)
        assert all(each.recipient.id == decided.after.council for each in messages)
