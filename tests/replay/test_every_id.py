import re
from collections.abc import Iterator

import pytest

from schemas.words import Blocker, DeadlineKind
from services.matcher import translate
from services.matcher.adapters.terms_files import load_terms
from services.matcher.domain.setting import Vacancy
from services.matcher.explaining.reading import Kind
from services.matcher.explaining.sentences import BLOCKED, BY_TOPIC, DUE
from services.matcher.explaining.story import Explaining, Explanation
from tests.golden.keeping import read

TERMS = load_terms()
LOG = read("takes").log()
LADDER = TERMS.policies["hearth-2026-1"].default_ladder
NAMES: dict[str, str] = {member.council: member.council for tier in LADDER for member in tier.members}
ID = re.compile(rb'"(?:vacancy|window|nomination|hold|take|referral)_id":"([^"]+)"')


def ids() -> list[str]:
    """Every id that a fact of the log names as its own."""
    found: set[str] = set()
    for topic in ("offers", "placements"):
        for record in LOG.read(topic, 0, LOG.end(topic)):
            facts = record.value.partition(b'"state":')[0]
            found.update(each.decode() for each in ID.findall(facts))
    return sorted(found)


def explain(text: str) -> Explanation:
    return Explaining(LOG, TERMS, NAMES).explain(text)


def vacancies() -> Iterator[Vacancy]:
    for record in LOG.latest_of_each("offers"):
        setting = translate.read_setting(record.value)
        yield from () if setting is None else setting.vacancies()


@pytest.mark.parametrize("text", ids())
def test_every_id_has_its_story(text: str) -> None:
    found = explain(text)
    assert found.id == text
    assert found.steps
    assert all(step.says for step in found.steps)
    councils = [each.council for each in found.councils]
    assert len(councils) == len(set(councils))
    assert set(councils) >= (set(NAMES) if found.ladder else set())


def test_who_is_asked_is_who_may_answer() -> None:
    for vacancy in vacancies():
        found = explain(vacancy.vacancy_id)
        members = set(vacancy.window.members) if vacancy.window else set()
        assert {each.council for each in found.councils if each.asked == "asked"} == members


def test_why_nothing_is_open_is_what_the_state_says() -> None:
    for vacancy in vacancies():
        if vacancy.blocked is not None:
            assert BLOCKED[vacancy.blocked] in explain(vacancy.vacancy_id).now.text


def test_every_blocker_and_every_deadline_has_its_words() -> None:
    assert set(BLOCKED) == set(Blocker)
    assert set(DUE) == {each.value for each in DeadlineKind}


def test_every_sentence_has_a_law_with_a_source() -> None:
    laws = [each.law for sentences in BY_TOPIC.values() for each in sentences.values()]
    assert all(law.source and law.text.endswith(".") for law in laws)


def test_every_kind_of_id_is_among_them() -> None:
    assert {explain(each).kind for each in ids()} == set(Kind) - {Kind.MATCH}


def test_a_tier_to_come_is_said_to_come_next_or_after_the_one_above_it() -> None:
    """In a ladder of three, as its first window opened."""
    log = read("windows").log()
    opened = re.compile(rb'"type":"WindowOpened","window_id":"([^"]+:w1)"')
    found = [
        Explaining(log, TERMS, NAMES).explain(each.decode())
        for record in log.read("offers", 0, log.end("offers"))
        for each in opened.findall(record.value)
    ]
    [story] = [each for each in found if each.ladder is not None and len(each.ladder.rungs) == 3][:1]
    assert story.ladder is not None
    first, second, third = (set(each.councils) for each in story.ladder.rungs)
    why = {each.council: each.why for each in story.councils}
    assert all("comes next" in why[each] for each in second - first)
    assert all("comes after tier 2" in why[each] for each in third - second - first)
    assert third - second - first
