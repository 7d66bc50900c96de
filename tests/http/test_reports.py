import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.brokerage_desk.reports import OF_CHILDREN, SMALL, SUPPRESSED, availability, capacity
from tests.http.world import CAMDEN, HARINGEY, HOME, START, World

STATUSES = ["occupied", "on_notice", "unreported", "vacant", "unusable"]


def setting(setting_id: str, statuses: list[str], borough: str = HARINGEY) -> dict[str, Any]:
    places = [
        {"number": number, "status": status, "vacancy": None}
        for number, status in enumerate(statuses, start=1)
    ]
    state = {
        "setting_id": setting_id,
        "provision": "childrens_home",
        "borough": borough,
        "registered_places": len(statuses),
        "places": places,
    }
    return {"state": state, "lived_in": {}}


def test_used_vacant_unusable_and_unreported_are_told_apart() -> None:
    statuses = ["occupied"] * 6 + ["on_notice"] + ["unreported"] * 2 + ["vacant"] * 3 + ["unusable"]
    [row] = capacity([setting(HOME, statuses)], START).rows
    assert (row.used, row.unreported, row.vacant, row.unusable, row.registered) == (7, 2, 3, 1, 13)
    assert row.use == round(7 / 13, 3)


def test_who_uses_a_place_is_told_apart_where_it_is_known() -> None:
    entry = setting(HOME, ["occupied"] * 20)
    entry["lived_in"] = {
        **{str(number): HARINGEY for number in range(1, 6)},
        **{str(number): CAMDEN for number in range(6, 11)},
        **{str(number): "E10000012" for number in range(11, 16)},
    }
    [row] = capacity([entry], START).rows
    own, london, outside = row.used_by_own_borough, row.used_by_other_london, row.used_from_outside_london
    assert (own, london, outside, row.used_by_unknown) == (5, 5, 5, 5)


def test_one_to_four_children_are_suppressed_with_all_of_their_row() -> None:
    rows = capacity(
        [setting("SC000001", ["occupied"] * 4), setting("SC000002", ["occupied"] * 5, CAMDEN)], START
    ).rows
    by_borough = {row.borough: row for row in rows}
    hidden, shown = by_borough[HARINGEY], by_borough[CAMDEN]
    assert hidden.is_suppressed
    assert all(getattr(hidden, name) is None for name in SUPPRESSED)
    assert hidden.registered == 4
    assert (shown.used, shown.is_suppressed) == (5, False)


@given(st.lists(st.lists(st.sampled_from(STATUSES), min_size=1, max_size=12), min_size=1, max_size=6))
def test_no_row_tells_of_fewer_than_five_children_and_every_place_counts_once(homes: list[list[str]]) -> None:
    boroughs = [HARINGEY, CAMDEN]
    entries = [setting(f"SC{n:06}", each, boroughs[n % 2]) for n, each in enumerate(homes)]
    for row in capacity(entries, START).rows:
        numbers = [getattr(row, name) for name in OF_CHILDREN]
        assert not any(number and 0 < number < SMALL for number in numbers)
        if not row.is_suppressed:
            columns = (row.used, row.vacant, row.held, row.reserved, row.unusable, row.unreported)
            assert sum(column or 0 for column in columns) == row.registered + (row.over or 0)


def test_what_is_vacant_is_told_by_what_happens_with_it(world: World) -> None:
    world.register()
    world.post()
    world.register("birch", "SC067890", borough=CAMDEN)
    world.say(
        "birch", "/v1/events", {"type": "SettingPaused", "setting_id": "SC067890", "reason": "staffing"}
    )
    world.call(
        "birch",
        "POST",
        "/v1/settings/SC067890/vacancies",
        {"kind": "planned", "available_from": "2026-11-09"},
    )
    rows = {row["borough"]: row for row in world.get("commissioner", "/v1/availability")["rows"]}
    assert (rows[HARINGEY]["vacant"], rows[HARINGEY]["in_window"], rows[HARINGEY]["by_tier"]) == (
        1,
        1,
        {"1": 1},
    )
    assert (rows[CAMDEN]["vacant"], rows[CAMDEN]["in_window"], rows[CAMDEN]["blocked"]) == (
        1,
        0,
        {"paused": 1},
    )


def test_availability_of_nothing_is_empty() -> None:
    assert availability([], START).rows == []


def test_conformance_says_who_was_first_for_how_long_and_what_came_of_it(world: World) -> None:
    world.register()
    first = world.post()
    world.say("haringey", f"/v1/windows/{first}/release", {"reason": "price"})
    windows = world.get("commissioner", "/v1/conformance")
    assert [(each["tier"], each["audience"], each.get("outcome")) for each in windows] == [
        (1, HARINGEY, "released"),
        (2, "NCL", None),
    ]
    assert [each["is_first_tier"] for each in windows] == [True, False]


def test_an_unexplained_bypass_stands_in_the_conformance_report(world: World) -> None:
    world.register()
    window_id = world.post()
    world.say("almond", f"/v1/vacancies/{window_id.rpartition(':')[0]}/fill")
    [window] = world.get("commissioner", "/v1/conformance")
    assert (window["bypass"], window["outcome"]) == ("unexplained", "bypassed")


def test_ops_is_told_how_much_was_done_and_of_nobody(world: World) -> None:
    referral_id, _ = world.hold()
    found = world.get("ops", "/v1/doings")
    assert found["settings"] == found["referrals"] == 1
    assert found["answers"]["accepted"] > 5
    assert referral_id not in json.dumps(found)
