import json
import sqlite3

import pytest

from runtime.sqlite_log import FILE_NAME
from schemas.words import CouncilDecline, ProviderDecline
from services.matcher.explaining.wording import words
from tests.replay.conftest import ANSWERED, STANDING_BY, Json, Played, run, told

pytestmark = pytest.mark.timeout(120)

HARINGEY, CAMDEN, HACKNEY = "E09000014", "E09000007", "E09000012"
NCL = {"E09000003", CAMDEN, "E09000010", HARINGEY, "E09000019"}


def asked(found: Json) -> dict[str, set[str]]:
    """Which councils stand where."""
    groups: dict[str, set[str]] = {}
    for each in found["councils"]:
        groups.setdefault(each["asked"], set()).add(each["council"])
    return groups


def why(found: Json, council: str) -> str:
    return next(str(each["why"]) for each in found["councils"] if each["council"] == council)


def facts(found: Json) -> list[str]:
    return [says["fact"] for step in found["steps"] for says in step["says"] if says["fact"]]


def texts(found: Json) -> list[str]:
    return [says["text"] for step in found["steps"] for says in step["says"]]


# --- who is asked, and why --------------------------------------------------------------------------------------


def test_in_the_first_window_haringey_alone_is_asked_and_its_neighbours_are_told_when(played: Played) -> None:
    found = played.explained[f"{ANSWERED}:w1"]
    groups = asked(found)
    assert groups["asked"] == {HARINGEY}
    assert groups["later"] == NCL - {HARINGEY}
    assert HACKNEY in groups["not_in_ladder"]
    assert "tier 1 HARINGEY" in why(found, HARINGEY)
    assert "tier 2 NCL" in why(found, CAMDEN)
    assert "comes next: at the deadline Mon 19 Oct 2026, 09:31" in why(found, CAMDEN)
    assert "may stand by" in why(found, CAMDEN)


def test_in_the_second_window_the_whole_tier_is_asked_haringey_included(played: Played) -> None:
    groups = asked(played.explained[f"{ANSWERED}:w2"])
    assert groups["asked"] == NCL
    assert "later" not in groups


def test_who_stands_by_is_said_to(played: Played) -> None:
    found = played.explained[STANDING_BY]
    assert asked(found)["standing_by"] == {CAMDEN}
    assert "tier 2 NCL" in why(found, CAMDEN)


def test_when_all_is_over_nobody_is_asked_and_the_tiers_have_had_their_windows(played: Played) -> None:
    found = told("explain", ANSWERED, "--data", str(played.data))
    groups = asked(found)
    assert groups.keys() == {"asked_before", "not_in_ladder"}
    assert groups["asked_before"] == NCL
    assert found["now"]["text"].endswith("The vacancy was withdrawn: not confirmed.")
    assert found["next"] == []


def test_a_window_is_explained_as_it_opened(played: Played) -> None:
    found = told("explain", f"{ANSWERED}:w2", "--data", str(played.data))
    assert asked(found)["asked"] == NCL
    assert facts(found)[0] == "WindowReleased"
    assert "WindowOpened" in facts(found)
    assert facts(found).count("WindowEnded") == 2
    assert "ended: lapsed" in found["now"]["text"]


# --- terms, deadlines, what is next ----------------------------------------------------------------------------


def test_the_agreement_its_tiers_lengths_and_deadline_are_told(played: Played) -> None:
    ladder = played.explained[f"{ANSWERED}:w1"]["ladder"]
    assert (ladder["agreement_id"], ladder["version"]) == ("made-up-haringey-ncl", 1)
    assert [(each["tier"], each["audience"], each["length"], each["stands"]) for each in ladder["tiers"]] == [
        (1, "HARINGEY", "3 working days", "its window is open"),
        (2, "NCL", "1 working day", "to come"),
    ]
    opened, closes = "Wed 14 Oct 2026, 09:31", "Mon 19 Oct 2026, 09:31"
    assert ladder["deadline"] == f"opened {opened} + 3 working days of calendar england-2027-12 = {closes}"
    assert "at most £6,500 a week" in ladder["says"]


def test_what_is_due_next_is_told_with_its_instant(played: Played) -> None:
    found = played.explained[f"{ANSWERED}:w1"]
    assert found["next"][0]["at"] == "2026-10-19T08:31:00.000000Z"
    assert found["next"][0]["says"] == "the window ends"
    assert found["now"]["text"].startswith(f"Window {ANSWERED}:w1 of tier 1 HARINGEY is open until")


def test_why_no_window_is_open_is_told_in_plain_words(played: Played) -> None:
    with sqlite3.connect(played.data / FILE_NAME) as log:
        sql = "SELECT value FROM records AS r JOIN latest USING (seq) WHERE r.topic = 'offers'"
        states = [json.loads(value)["state"] for (value,) in log.execute(sql)]
    blocked = {
        place["vacancy"]["blocked"]: place["vacancy"]["vacancy_id"]
        for state in states
        for place in state["places"]
        if place["vacancy"] and place["vacancy"]["blocked"]
    }
    assert blocked
    for vacancy_id in blocked.values():
        found = told("explain", vacancy_id, "--data", str(played.data))
        assert found["now"]["text"].startswith("No window is open: ")
        assert "nothing stands against it" not in found["now"]["text"]
        assert found["now"]["law"]["source"] == "domain page, offer windows, law 2"
        assert "asked" not in asked(found)


# --- what led to it ---------------------------------------------------------------------------------------------


def test_each_step_says_who_said_what_when_and_where_it_stands(played: Played) -> None:
    found = told("explain", ANSWERED, "--data", str(played.data))
    step = next(each for each in found["steps"] if each["says"][0]["fact"] == "VacancyPosted")
    assert step["cause"]["type"] == "vacancy_posted"
    assert step["cause"]["by"] == "provider P-d000000001"
    assert step["cause"]["record"].startswith("vacancies:")
    assert step["record"].startswith("offers:")
    assert step["at"] == "2026-10-14T08:31:00.000000Z"
    assert "Mon 19 Oct 2026, 09:31" in step["says"][1]["text"], "people read London's clock"
    assert [each["at"] for each in found["steps"]] == sorted(each["at"] for each in found["steps"])


def test_a_refused_answer_is_told_with_its_reason(played: Played) -> None:
    found = told("explain", ANSWERED, "--data", str(played.data))
    refused = [step for step in found["steps"] if step["answer"] != "accepted"]
    assert {"already_released", "changes_nothing"} <= {step["answer"] for step in refused}
    assert all("Refused" in step["says"][-1]["text"] for step in refused)


def test_what_was_so_of_the_setting_before_is_told_first(played: Played) -> None:
    found = facts(told("explain", ANSWERED, "--data", str(played.data)))
    assert found[:4] == ["SettingRegistered", "SettingJudged", "AgreementAttached", "AgreementCameIntoForce"]


def fact_of(played: Played, kind: str, topic: str = "offers") -> Json:
    """The last fact of a kind on the log."""
    with sqlite3.connect(played.data / FILE_NAME) as log:
        sql = "SELECT value FROM records WHERE topic = ? ORDER BY offset DESC"
        values = [json.loads(value) for (value,) in log.execute(sql, (topic,))]
    found = (fact for value in values for fact in value["facts"] if fact["type"] == kind)
    return next(iter(found))


def test_a_referral_s_story_is_told_from_both_sides_and_causes_come_first(played: Played) -> None:
    taken = fact_of(played, "MovedIn")
    found = told("explain", taken["referral_id"], "--data", str(played.data))
    order = facts(found)
    chain = [
        "ReferralOpened",
        "NominationMade",
        "PlaceHeld",
        "HoldKnown",
        "TakeAsked",
        "TakeAgreed",
        "Placed",
    ]
    assert [each for each in order if each in chain][: len(chain)] == chain
    assert order[-1] == "ReferralClosed"
    assert found["now"]["text"] == "The referral is closed."


def test_a_nomination_a_hold_and_a_take_have_their_own_stories(played: Played) -> None:
    held = fact_of(played, "PlaceHeld")
    taken = fact_of(played, "TakeAgreed")
    nominated = told("explain", held["nomination_id"], "--data", str(played.data))
    assert facts(nominated)[0] == "NominationMade"
    assert "PlaceHeld" in facts(nominated)
    hold = told("explain", taken["hold_id"], "--data", str(played.data))
    assert facts(hold)[0] == "PlaceHeld"
    assert "TakeAgreed" in facts(hold)
    take = told("explain", taken["take_id"], "--data", str(played.data))
    assert facts(take)[:2] == ["TakeAsked", "TakeAgreed"]


def test_a_match_is_told_with_its_window_and_who_was_asked(played: Played) -> None:
    with sqlite3.connect(played.data / FILE_NAME) as log:
        rows = log.execute("SELECT value FROM records WHERE topic = 'matches' ORDER BY offset").fetchall()
    match = next(each for each in (json.loads(value) for (value,) in rows) if each.get("window_id"))
    found = told("explain", match["match_id"], "--data", str(played.data))
    assert {"WindowOpened", "MatchFound"} <= set(facts(found))
    assert match["council"] in asked(found)["asked"]


# --- what is never told, and what is refused ----------------------------------------------------------------


def test_neither_needs_nor_reasons_about_a_child_are_told(played: Played) -> None:
    declined = fact_of(played, "NominationEnded")
    said = "".join(
        run("explain", each, "--data", str(played.data), *more)[1]
        for each in (declined["referral_id"], declined["nomination_id"], declined["vacancy_id"])
        for more in ([], ["--json"])
    )
    reasons = {words(each) for each in (*ProviderDecline, *CouncilDecline) if "_" in each}
    for hidden in ("ebd", "female", "needed_by", '"age"', "avoid_areas", *reasons):
        assert hidden not in said, hidden


@pytest.mark.parametrize(
    "unknown",
    [
        "T-1:9:9",
        f"{ANSWERED}:w99",
        f"{ANSWERED}:n99",
        "R-404",
        "R-404:t1",
        "T-9000001:1:1:w1:R-404:p1",
        "a b",
    ],
)
def test_an_id_that_the_log_does_not_know_is_refused_in_one_line(played: Played, unknown: str) -> None:
    code, out, err = run("explain", unknown, "--data", str(played.data))
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert unknown in err


def test_a_setting_is_answered_with_the_vacancies_to_ask_for(played: Played) -> None:
    code, _, err = run("explain", "T-9000001", "--data", str(played.data))
    assert (code, len(err.splitlines())) == (2, 1)
    assert "setting" in err


def test_people_read_text_with_the_laws_at_its_end(played: Played) -> None:
    code, out, _ = run("explain", f"{ANSWERED}:w1", "--data", str(played.data))
    assert code == 0
    sections = ["What happened", "The ladder, as at", "The councils", "The laws"]
    assert [out.index(each) for each in sections] == sorted(out.index(each) for each in sections)
    assert texts(told("explain", f"{ANSWERED}:w1", "--data", str(played.data)))[1] in out
