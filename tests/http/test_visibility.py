import itertools

import pytest

from schemas import offer_facts, placements
from services.edge.domain import visibility
from services.edge.domain.visibility import SEES, Thing, Viewer, show
from services.edge.views import VIEWS
from tests.http.world import CAMDEN, HARINGEY, World

NEVER = {
    (Viewer.PROVIDER, Thing.NOMINATION): {
        "home_borough",
        "school_borough",
        "avoid_areas",
        "fee_max",
        "is_from_standby",
        "band",
        "order",
        "near_miss",
        "place_in_order",
        "served_at",
    },
    (Viewer.PROVIDER, Thing.OFFER): {
        "members",
        "standbys",
        "nominations",
        "acknowledged",
        "released",
        "council",
    },
    (Viewer.ANSWERING, Thing.VACANCY): {
        "group",
        "blocked",
        "standbys",
        "nominations",
        "acknowledged",
        "released",
    },
    (Viewer.STANDING_BY, Thing.VACANCY): {
        "fee",
        "closes_at",
        "seconds_left",
        "window_id",
        "own_nominations",
        "group",
    },
    (Viewer.OPS, Thing.REFERRAL): {"needs", "nominations", "holds", "take"},
    (Viewer.OPS, Thing.NOMINATION): {
        "age",
        "gender",
        "needs",
        "legal_route",
        "siblings",
        "urgency",
        "advised_rank",
        "advised_reason",
    },
    (Viewer.OWN_TEAM, Thing.NOMINATION): {"advised_rank", "advised_reason"},
    (Viewer.OPS, Thing.SETTING): {"group"},
    (Viewer.COMMISSIONER, Thing.WINDOW): {"referral_id", "council"},
}
"""What a viewer must not see, written down a second time from the rules and not from the table."""


def facts_of(module: object) -> set[str]:
    return {
        name
        for name, each in vars(module).items()
        if isinstance(each, type) and "type" in getattr(each, "model_fields", ())
    }


@pytest.mark.parametrize(("viewer", "thing"), NEVER)
def test_what_a_viewer_must_not_see_is_not_in_its_row(viewer: Viewer, thing: Thing) -> None:
    assert not SEES[viewer, thing] & NEVER[viewer, thing]


@pytest.mark.parametrize(("viewer", "thing"), SEES)
def test_every_field_of_the_table_can_be_given_back(viewer: Viewer, thing: Thing) -> None:
    assert SEES[viewer, thing] <= VIEWS[thing].model_fields.keys()


@pytest.mark.parametrize("thing", list(Thing))
def test_every_field_that_can_be_given_back_is_in_somebodys_row(thing: Thing) -> None:
    seen = {name for (_, each), names in SEES.items() if each is thing for name in names}
    assert VIEWS[thing].model_fields.keys() <= seen


@pytest.mark.parametrize(("viewer", "thing"), list(itertools.product(Viewer, Thing)))
def test_nothing_is_shown_that_the_table_does_not_name(viewer: Viewer, thing: Thing) -> None:
    everything = {name: 1 for view in VIEWS.values() for name in view.model_fields} | {"secret": 1}
    assert show(viewer, thing, everything).keys() == SEES.get((viewer, thing), frozenset())


def test_commissioners_see_no_referral_nomination_hold_or_match() -> None:
    assert {thing for viewer, thing in SEES if viewer is Viewer.COMMISSIONER} == {Thing.WINDOW}


def test_the_lists_of_facts_name_facts_that_exist() -> None:
    of_offers, of_placements = facts_of(offer_facts), facts_of(placements)
    assert of_offers >= visibility.EVERYBODYS | visibility.COUNCILS_OWN | visibility.HIDDEN_FROM_PROVIDER
    assert of_placements == visibility.REFERRALS_OWN


def test_a_council_is_shown_no_fact_about_another() -> None:
    facts: list[dict[str, object]] = [
        {"type": "NominationMade", "council": CAMDEN, "window_id": "w"},
        {"type": "StandbyRegistered", "council": CAMDEN},
        {"type": "WindowEnded", "window_id": "w"},
        {"type": "WindowOpened", "window_id": "v", "members": [CAMDEN]},
        {"type": "NominationMade", "council": HARINGEY, "window_id": "w"},
        {"type": "ProfileNeedsCorrection", "referral_id": "R-1"},
    ]
    shown = visibility.facts_for_team(facts, HARINGEY, frozenset({"w"}))
    assert [(each["type"], each.get("council")) for each in shown] == [
        ("WindowEnded", None),
        ("NominationMade", HARINGEY),
    ]


def test_why_a_nomination_was_chosen_is_shown_to_the_provider_and_to_no_council() -> None:
    held = {
        "type": "PlaceHeld",
        "council": HARINGEY,
        "hold_id": "h",
        "nomination_id": "n",
        "reason": "urgency",
    }
    [shown] = visibility.facts_for_team([held], HARINGEY, frozenset())
    assert shown == {name: value for name, value in held.items() if name != "reason"}
    assert visibility.facts_for_provider([held], frozenset()) == [held]


def test_what_is_hidden_from_teams_is_a_field_of_its_fact() -> None:
    for fact, names in visibility.HIDDEN_FROM_TEAM.items():
        assert names <= getattr(offer_facts, fact).model_fields.keys()


def test_a_provider_is_shown_the_end_of_a_nomination_only_if_it_knew_of_it() -> None:
    facts = [{"type": "NominationEnded", "nomination_id": each} for each in ("n1", "n2")]
    assert visibility.facts_for_provider(facts, frozenset({"n2"})) == [facts[1]]


def test_every_answer_of_the_api_keeps_to_the_viewers_row(world: World) -> None:
    referral_id, _ = world.hold()
    world.post()
    rows = {
        ("almond", "/v1/settings"): (Viewer.PROVIDER, Thing.SETTING),
        ("almond", "/v1/offers"): (Viewer.PROVIDER, Thing.OFFER),
        ("almond", "/v1/reservations"): (Viewer.PROVIDER, Thing.HOLD),
        ("ops", "/v1/settings"): (Viewer.OPS, Thing.SETTING),
        ("ops", "/v1/referrals"): (Viewer.OPS, Thing.REFERRAL),
        ("ops", "/v1/holds"): (Viewer.OPS, Thing.HOLD),
        ("haringey", "/v1/referrals"): (Viewer.OWN_TEAM, Thing.REFERRAL),
        ("haringey", "/v1/vacancies"): (Viewer.ANSWERING, Thing.VACANCY),
        ("haringey", "/v1/matches"): (Viewer.OWN_TEAM, Thing.MATCH),
        ("haringey", "/v1/holds"): (Viewer.OWN_TEAM, Thing.HOLD),
        ("camden", "/v1/vacancies"): (Viewer.STANDING_BY, Thing.VACANCY),
        ("commissioner", "/v1/conformance"): (Viewer.COMMISSIONER, Thing.WINDOW),
    }
    for (who, path), row in rows.items():
        found = world.get(who, path)
        assert found, path
        assert all(each.keys() <= SEES[row] for each in found), path
    assert referral_id
