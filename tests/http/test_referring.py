from typing import Any

from tests.http.test_page import ORIGIN, signed_in
from tests.http.world import HARINGEY, World

FILLED: dict[str, Any] = {
    "key": "one",
    "age": "14",
    "gender": "female",
    "siblings": "1",
    "needed_by": "2026-11-20",
    "urgency": "weeks",
    "legal_route": "care_order",
    "home_borough": HARINGEY,
    "school_borough": "",
    "fee_max": "4,500.50",
    "avoid_areas": "n17 E09000012",
    "provisions": ["childrens_home", "foster_household"],
    "needs": ["ebd", "ld"],
    "is_solo_required": "yes",
}


def send(world: World, act: str, who: str = "haringey", **more: Any) -> str:
    answer = signed_in(world, who).post(f"/act/{act}", data={**FILLED, **more}, headers=ORIGIN)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_a_referral_is_submitted_by_form_and_leads_to_its_own_page(world: World) -> None:
    where = send(world, "refer")
    [referral] = world.get("haringey", "/v1/referrals")
    assert where == f"/referrals/{referral['referral_id']}?answer=accepted&act=refer"
    assert referral["status"] == "open"
    assert referral["council"] == HARINGEY
    assert referral["needs"] == {
        "age": 14,
        "gender": "female",
        "provisions": ["childrens_home", "foster_household"],
        "needs": ["ebd", "ld"],
        "legal_route": "care_order",
        "siblings": 1,
        "is_solo_required": True,
        "needed_by": "2026-11-20",
        "urgency": "weeks",
        "fee_max": 450_050,
        "avoid_areas": ["N17", "E09000012"],
        "home_borough": HARINGEY,
        "school_borough": None,
    }
    page = signed_in(world, "haringey").get(where).text
    assert "Submitted. Keep its pseudonym" in page
    assert referral["referral_id"] in page


def test_a_double_click_is_one_referral_and_another_form_another(world: World) -> None:
    assert send(world, "refer") == send(world, "refer")
    assert len(world.get("haringey", "/v1/referrals")) == 1
    send(world, "refer", key="two")
    assert len(world.get("haringey", "/v1/referrals")) == 2


def test_what_is_expected_is_submitted_when_it_is_needed(world: World) -> None:
    where = send(world, "anticipate")
    [expected] = world.get("haringey", "/v1/referrals")
    assert expected["status"] == "anticipated"
    assert "It is needed now" in signed_in(world, "haringey").get(where).text
    send(world, "submit", key="two", referral_id=expected["referral_id"], age="15")
    [referral] = world.get("haringey", "/v1/referrals")
    assert (referral["status"], referral["needs"]["age"]) == ("open", 15)


def test_what_it_needs_is_amended_from_what_it_needed(world: World) -> None:
    referral_id = send(world, "refer").removeprefix("/referrals/").partition("?")[0]
    page = signed_in(world, "haringey").get(f"/referrals/{referral_id}").text
    for kept in ('value="14"', 'value="4500.50"', 'value="N17 E09000012"', 'value="ld" checked'):
        assert kept in page
    send(world, "amend", key="two", referral_id=referral_id, age="16")
    assert world.get("haringey", f"/v1/referrals/{referral_id}")["needs"]["age"] == 16


def test_nobody_amends_anothers_referral(world: World) -> None:
    referral_id = world.refer()
    assert send(world, "amend", "camden", referral_id=referral_id) == "/?answer=not_found&act=amend"
    assert world.get("haringey", f"/v1/referrals/{referral_id}")["needs"]["fee_max"] is None


def test_a_form_that_names_what_has_no_field_says_nothing_of_it(world: World) -> None:
    odd: dict[str, Any] = {"avoid_areas": "zz-not-a-person-zz", "age": "zz", "provisions": [], "gender": ""}
    for name, value in odd.items():
        assert send(world, "refer", **{name: value}) == "/?answer=invalid&act=refer"
    assert world.get("haringey", "/v1/referrals") == []
    send(world, "refer", name="zz-not-a-person-zz")
    assert "zz-not-a-person-zz" not in str(world.get("haringey", "/v1/referrals"))


def test_a_form_of_too_many_fields_is_refused_and_no_fault(world: World) -> None:
    data = {f"field{number}": "1" for number in range(100)}
    answer = signed_in(world, "haringey").post("/act/refer", data=data, headers=ORIGIN)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
