from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from schemas import offer_facts, offers, placements, words
from schemas.words import HoldEnd, Judgement, NominationEnd, Role, WindowOutcome, WithdrawReason
from services.notifier.domain import board
from services.notifier.domain.board import Hold, Nomination, Reservation, Setting, Vacancy
from services.notifier.domain.messages import Message
from services.notifier.domain.news import RULES, Decided, Fact, is_downgrade, news
from services.notifier.domain.text import TEXTS, text
from tests.notifier.stage import (
    BARNET,
    CAMDEN,
    HARINGEY,
    PROVIDER,
    START,
    VACANCY,
    WINDOW,
    Book,
    setting,
    window,
)

NOMINATION = Nomination(
    nomination_id=f"{VACANCY}:n1", window_id=WINDOW, council=HARINGEY, referral_id="R-1", is_vouched=True
)


def told(before: Setting | None, after: Setting, *facts: dict[str, Any]) -> list[Message]:
    read = tuple(msgspec.convert(each, Fact) for each in facts)
    return list(news(Decided(record_id="SC012345:7", at=START, before=before, after=after, facts=read)))


def who(messages: list[Message]) -> list[tuple[str, str]]:
    return [(each.kind.value, each.recipient.id) for each in messages]


def of_vacancy(name: str, /, **fields: Any) -> dict[str, Any]:
    return {"type": name, "vacancy_id": VACANCY, **fields}


@pytest.mark.parametrize("outcome", WindowOutcome)
def test_the_end_of_a_window_is_told_to_whoever_did_not_bring_it_about(outcome: WindowOutcome) -> None:
    shared = setting(window=window(members=(BARNET, CAMDEN), released=(CAMDEN,)))
    found = {
        each
        for _, each in who(
            told(shared, setting(), of_vacancy("WindowEnded", window_id=WINDOW, outcome=outcome))
        )
    }
    if outcome in (WindowOutcome.LAPSED, WindowOutcome.UNTOLD):
        assert found == {BARNET, PROVIDER}
    elif outcome in (WindowOutcome.RELEASED, WindowOutcome.NOMINATED):
        assert found == set()
    else:
        assert found == {BARNET}


def test_the_members_of_a_window_that_opened_and_ended_in_one_decision_are_known() -> None:
    both = (
        of_vacancy("WindowOpened", window_id=WINDOW, members=[BARNET], closes_at=START, kind="planned"),
        of_vacancy("WindowEnded", window_id=WINDOW, outcome="withdrawn"),
    )
    assert who(told(None, setting(), *both)) == [("window_opened", BARNET), ("window_ended", BARNET)]


@pytest.mark.parametrize("end", NominationEnd)
def test_the_end_of_a_nomination_is_told_to_its_council_or_if_it_let_go_to_the_provider(
    end: NominationEnd,
) -> None:
    before = setting(nominations=(NOMINATION,))
    fact = of_vacancy(
        "NominationEnded",
        nomination_id=NOMINATION.nomination_id,
        council=HARINGEY,
        referral_id="R-1",
        end=end,
    )
    found = [each for _, each in who(told(before, setting(), fact))]
    if end in (NominationEnd.WITHDRAWN, NominationEnd.LET_GO):
        assert found == [PROVIDER]
    else:
        assert found == ([] if end is NominationEnd.CHOSEN else [HARINGEY])


def test_a_nomination_that_the_provider_never_saw_is_withdrawn_without_a_word_to_it() -> None:
    before = setting(nominations=(replace(NOMINATION, is_vouched=False),))
    fact = of_vacancy(
        "NominationEnded", nomination_id=NOMINATION.nomination_id, council=HARINGEY, end="withdrawn"
    )
    assert told(before, setting(), fact) == []


def test_a_declined_nomination_is_told_with_its_reason() -> None:
    fact = of_vacancy(
        "NominationEnded", nomination_id=NOMINATION.nomination_id, council=HARINGEY, referral_id="R-1",
        end="declined", provider_reason="location_risk",
    )  # fmt: skip
    [message] = told(setting(), setting(), fact)
    assert "location risk" in text(message, Book().display_name).lines[0]


@pytest.mark.parametrize("end", HoldEnd)
def test_every_end_of_a_hold_has_somebody_who_hears_of_it_here_or_by_its_own_fact(end: HoldEnd) -> None:
    fact = of_vacancy("HoldEnded", hold_id=f"{VACANCY}:h1", council=HARINGEY, referral_id="R-1", end=end)
    is_told_otherwise = end in (HoldEnd.TAKEN, HoldEnd.FELL_THROUGH)
    assert bool(told(setting(), setting(), fact)) is not is_told_otherwise


@pytest.mark.parametrize("kind", ["TakeAgreed", "MovedIn", "FellThrough"])
def test_both_sides_hear_of_a_place_taken_and_how_it_went(kind: str) -> None:
    fact = of_vacancy(kind, take_id="R-1:t1", council=HARINGEY, referral_id="R-1", reason="group_changed")
    assert [each for _, each in who(told(setting(), setting(), fact))] == [HARINGEY, PROVIDER]


def test_a_provider_is_not_told_of_what_it_withdrew_itself() -> None:
    for reason in WithdrawReason:
        found = told(setting(), setting(), of_vacancy("VacancyWithdrawn", reason=reason))
        assert bool(found) is (reason is not WithdrawReason.PROVIDER_WITHDREW)


def test_a_downgrade_is_told_to_councils_with_a_window_a_hold_or_a_reservation_there() -> None:
    held = Hold(hold_id=f"{VACANCY}:h1", council=BARNET, referral_id="R-2", until=START + timedelta(days=1))
    reserved = Reservation(take_id="R-3:t1", council=CAMDEN, referral_id="R-3", starts_on=START.date())
    vacancies = (
        Vacancy(vacancy_id=VACANCY, place=1, window=window()),
        Vacancy(vacancy_id="SC012345:2:1", place=2, hold=held),
        Vacancy(vacancy_id="SC012345:3:1", place=3, reservation=reserved),
    )
    places = tuple(board.Place(number=each.place, vacancy=each) for each in vacancies)
    before = replace(setting(), places=places)
    fact = {"type": "SettingJudged", "judgement": "inadequate", "was": "good"}
    assert {each for _, each in who(told(before, before, fact))} == {HARINGEY, BARNET, CAMDEN}
    assert told(before, before, fact | {"judgement": "outstanding"}) == []


@pytest.mark.parametrize(
    ("was", "judgement", "is_worse"),
    [("good", "requires_improvement", True), ("outcome_1", "outcome_3", True), ("good", "outcome_3", False),
     ("unknown", "inadequate", False), ("inadequate", "good", False)],
)  # fmt: skip
def test_only_a_worse_judgement_on_the_same_scale_is_a_downgrade(
    was: str, judgement: str, is_worse: bool
) -> None:
    assert is_downgrade(Judgement(was), Judgement(judgement)) is is_worse


def test_an_unexplained_bypass_is_told_to_those_it_went_past_and_to_ops() -> None:
    before = setting(window=window(members=(BARNET,)), nominations=(NOMINATION,))
    fact = of_vacancy("BypassRecorded", window_id=WINDOW, code=None)
    assert {each for _, each in who(told(before, setting(), fact))} == {BARNET, HARINGEY, "ops"}
    assert told(before, setting(), fact | {"code": "court_order"}) == []
    assert {each for _, each in who(told(before, setting(), fact | {"window_id": None}))} == {HARINGEY, "ops"}


def test_a_credited_window_alerts_ops() -> None:
    after = setting(window=window(is_credited=True))
    fact = {"type": "WindowCredited", "window_id": WINDOW, "closes_at": START}
    found = told(after, after, fact)
    assert [each.recipient.role for each in found] == [Role.TEAM, Role.OPS]


def test_the_same_decision_gives_the_same_messages_and_no_key_twice() -> None:
    before = setting(window=window(members=(BARNET, CAMDEN)))
    fact = of_vacancy("WindowEnded", window_id=WINDOW, outcome="lapsed")
    first, again = told(before, setting(), fact, fact), told(before, setting(), fact, fact)
    assert first == again
    assert len({each.key for each in first}) == len(first) == 6


def test_every_kind_has_a_text_and_a_word_on_the_wire() -> None:
    assert TEXTS.keys() == set(words.MessageKind)


def test_every_rule_is_about_a_fact_that_there_is() -> None:
    assert {name for name in RULES if not hasattr(offer_facts, name)} == set()


VIEWS = [
    (board.Setting, offers.Setting), (board.Place, offers.Place), (board.Vacancy, offers.Vacancy),
    (board.Window, offers.Window), (board.Nomination, offers.Nomination), (board.Choice, offers.Choice),
    (board.Hold, offers.Hold), (board.Reservation, offers.Reservation), (board.Unusable, offers.Unusable),
    (board.Conflict, offers.Conflict), (board.Told, offers.Told), (board.Referral, placements.Referral),
]  # fmt: skip


@pytest.mark.parametrize(("view", "wire"), VIEWS, ids=[view.__name__ for view, _ in VIEWS])
def test_every_field_of_a_view_is_a_field_on_the_wire(view: type, wire: type[Any]) -> None:
    assert set(view.__dataclass_fields__) <= set(wire.model_fields)  # type: ignore[attr-defined]
