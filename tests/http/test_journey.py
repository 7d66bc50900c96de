from datetime import timedelta

from tests.http.world import CAMDEN, HARINGEY, HOME, NEEDS, World


def test_a_place_goes_from_registered_to_lived_in_by_the_api_alone(world: World) -> None:
    world.register()
    window_id = world.post()
    [offer] = world.get("almond", "/v1/offers")
    assert (offer["window_id"], offer["tier"], offer["audience"]) == (window_id, 1, HARINGEY)
    referral_id = world.refer()
    [match] = world.get("haringey", "/v1/matches")
    assert (match["referral_id"], match["badge"], match["misfits"]) == (referral_id, "none", [])
    world.nominate("haringey", window_id, referral_id)
    [nomination] = world.get("almond", "/v1/nominations")
    assert (nomination["council"], nomination["age"]) == (HARINGEY, 14)
    world.say("almond", f"/v1/nominations/{nomination['nomination_id']}/accept")
    [held] = world.get("haringey", "/v1/holds")
    taken = {"hold_id": held["hold_id"], "starts_on": "2026-11-10"}
    world.say("haringey", f"/v1/referrals/{referral_id}/take", taken)
    assert world.get("haringey", f"/v1/referrals/{referral_id}")["status"] == "placed"
    [reserved] = world.get("almond", "/v1/reservations")
    assert reserved["status"] == "reserved"
    world.say("almond", f"/v1/vacancies/{reserved['vacancy_id']}/moved-in")
    assert world.get("almond", f"/v1/settings/{HOME}")["counts"]["occupied"] == 4


def test_the_council_of_the_first_tier_alone_may_answer_first(world: World) -> None:
    world.register()
    window_id = world.post()
    [first] = world.get("haringey", "/v1/vacancies")
    [second] = world.get("camden", "/v1/vacancies")
    assert (first["listing"], first["window_id"]) == ("answer", window_id)
    assert second["listing"] == "standby"
    assert world.get("hackney", "/v1/vacancies") == []


def test_a_release_opens_the_next_tier_and_tells_the_releaser_nothing_of_the_others(world: World) -> None:
    world.register()
    window_id = world.post()
    camdens = world.refer("camden", home_borough=CAMDEN)
    world.say("camden", f"/v1/vacancies/{window_id.rpartition(':')[0]}/standby", {"referral_id": camdens})
    answer = world.say("haringey", f"/v1/windows/{window_id}/release", {"reason": "no_suitable_child"})
    kinds = [fact["type"] for fact in answer["facts"]]
    assert {"WindowReleased", "WindowEnded", "WindowOpened"} <= set(kinds)
    assert "NominationMade" not in kinds
    assert camdens not in str(answer)


def test_a_window_past_its_deadline_is_shown_closed_before_its_end_is_written(world: World) -> None:
    world.register()
    world.post()
    [before] = world.get("haringey", "/v1/vacancies")
    assert before["is_open_to_answers"]
    world.clock.advance(timedelta(seconds=before["seconds_left"] - 1))
    [almost] = world.get("haringey", "/v1/vacancies")
    assert (almost["is_open_to_answers"], almost["seconds_left"]) == (True, 1)
    world.clock.advance(timedelta(seconds=1))
    [after] = world.get("haringey", "/v1/vacancies")
    assert (after["window_id"], after["is_open_to_answers"], after["seconds_left"]) == (
        before["window_id"],
        False,
        0,
    )


def test_an_answer_at_the_deadline_is_too_late(world: World) -> None:
    world.register()
    window_id = world.post()
    [listed] = world.get("haringey", "/v1/vacancies")
    world.clock.advance(timedelta(seconds=listed["seconds_left"]))
    late = world.call("haringey", "POST", f"/v1/windows/{window_id}/release", {"reason": "price"})
    assert (late.status_code, late.json()["code"]) == (409, "window_not_open")


def test_ops_writes_down_what_a_provider_said_by_telephone(world: World) -> None:
    world.register()
    window_id = world.post()
    vacancy_id = window_id.rpartition(":")[0]
    said = {"on_behalf_of": {"role": "provider", "id": "P-000000000a"}}
    answer = world.say("ops", f"/v1/vacancies/{vacancy_id}/confirm", said)
    found = world.system.speaking.answers.find(answer["id"])
    assert found is not None
    by, recorder = world.system.speaking.answers.speaker(found), world.system.speaking.answers.recorder(found)
    assert by is not None
    assert recorder is not None
    assert (by.id, recorder.id) == ("P-000000000a", "ops-1")


def test_ops_submits_a_referral_that_a_team_said_by_telephone(world: World) -> None:
    said = {"on_behalf_of": {"role": "team", "id": CAMDEN}, "needs": {**NEEDS, "home_borough": CAMDEN}}
    referral_id = world.say("ops", "/v1/referrals", said)["about"]
    assert [each["referral_id"] for each in world.get("camden", "/v1/referrals")] == [referral_id]
    assert world.get("haringey", "/v1/referrals") == []


def test_nobody_but_ops_speaks_for_another(world: World) -> None:
    said = {"on_behalf_of": {"role": "team", "id": CAMDEN}, "needs": NEEDS}
    answer = world.call("haringey", "POST", "/v1/referrals", said)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "on_behalf_of")


def test_an_agencys_judgement_reaches_each_of_its_households(world: World) -> None:
    for setting_id in ("H-11", "H-12"):
        world.register(setting_id=setting_id, provision="foster_household", registered_places=2)
    world.register(setting_id=HOME)
    answer = world.say(
        "almond",
        "/v1/providers/P-000000000a/judgement",
        {"judgement": "outstanding"},
        **{"idempotency-key": "k"},
    )
    assert [each["setting_id"] for each in answer["households"]] == ["H-11", "H-12"]
    judged = {each["setting_id"]: each["judgement"] for each in world.get("almond", "/v1/settings")}
    assert judged == {"H-11": "outstanding", "H-12": "outstanding", HOME: "good"}


def test_explain_names_every_constraint_of_a_pair_from_both_sides(world: World) -> None:
    world.register()
    vacancy_id = world.post().rpartition(":")[0]
    referral_id = world.refer(age=7)
    for query in (f"referral_id={referral_id}", f"vacancy_id={vacancy_id}"):
        [found] = world.get("haringey", f"/v1/explain?{query}")
        assert (found["vacancy_id"], found["referral_id"]) == (vacancy_id, referral_id)
        assert found["misfits"] == ["age"]
        assert not found["is_fit"]
