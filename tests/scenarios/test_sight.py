"""Who sees what, what is shown is what was answered, and who is told."""

import pytest

from tests.scenarios.town import Town, first, posted

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_what_is_another_councils_is_not_found_and_stays_as_it_is(town: Town) -> None:
    home = town.opens()
    referral = town.refers("first")
    vacancy = town.posts(home)
    nomination, window = town.nominates("first", vacancy, referral), town.window(vacancy)
    before = town.windows(vacancy), town.referral("first", referral)
    theirs = {who: town.refers(who) for who in ("second", "outsider")}
    for who, own in theirs.items():
        assert town.call(who, "GET", f"/v1/referrals/{referral}").status_code == 404
        assert [each["referral_id"] for each in town.get(who, "/v1/referrals")] == [own]
        assert town.refused(who, f"/v1/windows/{window}/release", reason="price")[0] == 404
        assert town.refused(who, f"/v1/windows/{window}/nominate", referral_id=own)[0] == 404
        assert town.refused(who, f"/v1/nominations/{nomination}/withdraw", reason="price")[0] == 404
        assert town.refused(who, f"/v1/referrals/{referral}/close", reason="plan_changed")[0] == 404
        assert town.get(who, "/v1/holds") == []
    standby = f"/v1/vacancies/{vacancy}/standby"
    assert town.refused("outsider", standby, referral_id=theirs["outsider"])[0] == 404
    nominate = f"/v1/windows/{window}/nominate"
    assert town.refused("first", nominate, referral_id=theirs["second"])[0] == 404
    assert (town.windows(vacancy), town.referral("first", referral)) == before


def test_what_is_another_providers_is_not_found_and_stays_as_it_is(town: Town) -> None:
    home = town.opens()
    vacancy = town.posts(home)
    nomination = town.nominates("first", vacancy, town.refers())
    before = town.home(home), town.offer(vacancy)
    assert town.call("rival", "GET", f"/v1/settings/{home}").status_code == 404
    assert town.refused("rival", f"/v1/settings/{home}/vacancies", **posted())[0] == 404
    assert town.refused("rival", f"/v1/vacancies/{vacancy}/withdraw")[0] == 404
    assert town.refused("rival", f"/v1/nominations/{nomination}/accept")[0] == 404
    for path in ("/v1/settings", "/v1/offers", "/v1/nominations", "/v1/reservations"):
        assert town.get("rival", path) == []
    after = town.home(home), town.offer(vacancy)
    assert [{**each, "seconds_left": 0} for each in after if each] == [
        {**each, "seconds_left": 0} for each in before if each
    ]


def test_nobody_sees_what_its_role_may_not(town: Town) -> None:
    for who, path in (
        ("commissioner", "/v1/referrals"),
        ("commissioner", "/v1/nominations"),
        ("provider", "/v1/referrals"),
        ("provider", "/v1/conformance"),
        ("first", "/v1/settings"),
        ("first", "/v1/dead-letters"),
    ):
        assert town.call(who, "GET", path).status_code == 403, (who, path)
    assert town.call(None, "GET", "/v1/vacancies").status_code == 401


def test_what_is_shown_is_what_was_answered(town: Town) -> None:
    home = town.opens()
    answer = town.say("provider", f"/v1/settings/{home}/vacancies", **posted())
    facts = {each["type"]: each for each in answer["facts"]}
    opened, vacancy = facts["WindowOpened"], facts["VacancyPosted"]["vacancy_id"]
    offer, listed, [window] = town.offer(vacancy), town.listed("first", vacancy), town.windows(vacancy)
    assert offer is not None
    assert listed is not None
    for shown in (offer, listed, window):
        for name in ("window_id", "tier", "audience", "opened_at", "closes_at"):
            assert shown[name] == opened[name], name
    assert window["opened_at"] == answer["decided_at"]
    assert first(town.home(home)["places"], number=1, status="vacant", vacancy_id=vacancy)
    assert town.home(home)["counts"]["vacant"] == 1
    referral = town.refers()
    [match] = town.wait_for(lambda: town.get("first", "/v1/matches"), "the match")
    assert (match["referral_id"], match["vacancy_id"], match["misfits"]) == (referral, vacancy, [])
    assert town.awaits_told("first", "match_found", home)


def test_a_bad_request_leaves_a_letter_that_repeats_nothing(town: Town) -> None:
    home, canary = town.opens(), f"zz-{town.hearth.name}-{town.number}-zz"
    path = f"/v1/settings/{home}/vacancies"
    before = len(town.get("ops", "/v1/dead-letters"))
    assert town.refused("provider", path, **posted(), note=canary) == (422, "invalid")
    letters = town.wait_for(
        lambda: found if len(found := town.get("ops", "/v1/dead-letters")) > before else None, "the letter"
    )
    assert canary not in str(letters)
    assert town.get("provider", "/v1/offers") == []
