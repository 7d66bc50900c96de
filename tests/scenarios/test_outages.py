"""What was said stands, whatever ends without warning, and whatever somebody else writes to the log."""

from datetime import timedelta

import orjson
import pytest

from runtime.clock import new_id
from runtime.log import Entry
from tests.scenarios.installation import Json
from tests.scenarios.realisations import OnKafka
from tests.scenarios.town import IN_TIME_S, Tier, Town, at, lasted, posted

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    # A client whose server is killed in mid-sentence may drop its socket without closing it.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]


def vacancy_of(answer: Json) -> str:
    return next(str(each["vacancy_id"]) for each in answer["facts"] if each["type"] == "VacancyPosted")


def test_a_decider_that_is_killed_keeps_the_deadline_and_decides_once_what_was_said_meanwhile(
    town: Town,
) -> None:
    home, other = town.opens(Tier(("first",), IN_TIME_S), Tier(("second",))), town.opens()
    path, key = f"/v1/settings/{home}/vacancies", new_id()
    other_path, other_key = f"/v1/settings/{other}/vacancies", new_id()
    answer = town.say("provider", path, key, **posted())
    vacancy = vacancy_of(answer)
    [before] = town.windows(vacancy)
    town.hearth.kill_decider()
    town.says_in_vain("provider", other_path, other_key, **posted())
    town.hearth.start_decider()
    was, now = town.awaits_windows(vacancy, 2)
    assert (was["closes_at"], was["outcome"], now["tier"]) == (before["closes_at"], "lapsed", 2)
    assert lasted(was) >= timedelta(seconds=IN_TIME_S)
    assert at(now, "opened_at") == at(was, "ended_at")
    assert town.say("provider", path, key, **posted()) == answer, "the same key has the same answer as ever"
    said_again = vacancy_of(town.say("provider", other_path, other_key, **posted()))
    assert {each["vacancy_id"] for each in town.get("provider", "/v1/offers")} == {vacancy, said_again}
    assert [len(town.windows(each)) for each in (vacancy, said_again)] == [2, 1]


@pytest.mark.parametrize("hearth", ["kafka"], indirect=True)
def test_what_nobody_can_read_is_a_letter_to_ops_and_its_neighbours_are_decided(town: Town) -> None:
    assert isinstance(town.hearth, OnKafka)
    home, canary = town.opens(), f"zz-poison-{town.number}-zz"
    bad = {"setting_id": home, "kind": "planned", canary: canary}
    headers = {"ce_specversion": "1.0", "ce_id": canary, "ce_type": "hearth.vacancies.vacancy_posted.v1"}
    before = len(town.get("ops", "/v1/dead-letters"))
    town.hearth.append(
        Entry("vacancies", home, b"{half", headers),
        Entry("vacancies", home, orjson.dumps(bad), {}),
        Entry("vacancies", home, orjson.dumps(bad), headers),
    )
    vacancy = town.posts(home)
    assert town.listed("first", vacancy) is not None
    letters = town.wait_for(
        lambda: found if len(found := town.get("ops", "/v1/dead-letters")) == before + 3 else None, "letters"
    )
    assert {each["topic"] for each in letters} >= {"vacancies"}
    assert canary not in str([each["rule"] for each in letters])
    assert len(town.get("provider", "/v1/offers")) == 1
