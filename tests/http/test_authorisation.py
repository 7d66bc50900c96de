"""The matrix of roles, routes and objects, generated from the app's routes.

A route that is added without an entry, or that forgets to ask whose an object is, fails here by itself.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from schemas.words import Role
from services.edge.access import Access
from services.edge.app import Part, make_app
from tests.http.world import ALMOND, BIRCH, HARINGEY, HOME, NEEDS, OTHER_HOME, World, bearer, directory, home

ROLES = {Role.PROVIDER: "almond", Role.TEAM: "haringey", Role.COMMISSIONER: "commissioner", Role.OPS: "ops"}
STRANGERS = {Role.PROVIDER: "birch", Role.TEAM: "hackney"}
"""Who has the same role and nothing to do with Almond's home or Haringey's referral."""
PAGES = {
    "/",
    "/static/{name}",
    "/sign-in",
    "/sign-out",
    "/act/{act}",
    "/confirm/{about}/{word}",
    *(f"/{each}/{{about}}" for each in ("windows", "vacancies", "nominations", "referrals", "settings")),
}
"""What a browser asks: the page itself asks whose cookie it is, and tests of its own prove it (`test_links.py`)."""
OPEN_TO_ALL = PAGES | {"/health/live"}
OWN_BY_TOKEN = {
    "/v1/settings",
    "/v1/offers",
    "/v1/nominations",
    "/v1/reservations",
    "/v1/referrals",
    "/v1/referrals:anticipate",
    "/v1/vacancies",
    "/v1/matches",
    "/v1/holds",
    "/v1/availability",
    "/v1/capacity",
    "/v1/conformance",
    "/v1/dead-letters",
    "/v1/doings",
    "/v1/events",
    "/v1/events:batch",
    "/v1/explain",
    "/v1/corrections",
}
"""Routes whose path names no object: what they show or say is judged by the canary and by tests of their own."""

Route = tuple[str, str]


@dataclass(slots=True)
class Objects:
    """One of everything, Almond's and Haringey's."""

    ids: dict[str, str]
    answer_of: dict[Role, str]

    def path(self, template: str, role: Role) -> str:
        named = {**self.ids, "id": self.answer_of.get(role, "none")}
        return re.sub(r"\{(\w+)\}", lambda found: named[found[1]], template)


@pytest.fixture
def objects(world: World) -> Objects:
    """A world in which Almond and Haringey have everything, and Birch and Hackney have a little of their own."""
    world.register()
    world.register(setting_id="H-11", provision="foster_household", registered_places=2)
    world.register("birch", OTHER_HOME, borough="E09000012")
    window_id = world.post()
    referral_id = world.refer()
    other_referral = world.refer("hackney", home_borough="E09000012")
    answers = {Role.TEAM: world.say("haringey", f"/v1/referrals/{referral_id}/confirm")["id"]}
    answers[Role.PROVIDER] = world.say("almond", f"/v1/settings/{HOME}/no-change")["id"]
    answers[Role.OPS] = answers[Role.PROVIDER]
    nomination_id = world.nominate("haringey", window_id, referral_id)
    ids = {
        "setting_id": HOME,
        "vacancy_id": window_id.rpartition(":")[0],
        "window_id": window_id,
        "nomination_id": nomination_id,
        "referral_id": referral_id,
        "provider_id": ALMOND,
        "other_referral": other_referral,
    }
    return Objects(ids, answers)


def routes(app: object) -> set[Route]:
    """Return every route of the app, however it came there."""
    return set(_routes(getattr(app, "routes")))  # noqa: B009 - the framework's own list


def _routes(found: list[object]) -> Iterator[Route]:
    for route in found:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _routes(inner.routes)
        else:
            yield from ((method, route.path) for method in route.methods if method != "HEAD")  # type: ignore[attr-defined] # a route of its router


def access(world: World) -> Access:
    found: Access = world.system.app.state.access
    return found


def body_for(path: str, objects: Objects) -> dict[str, object]:
    """Return a body that the schema lets through, so that only the question whose it is decides."""
    bodies: dict[str, dict[str, object]] = {
        "vacancies": {"kind": "planned", "available_from": "2026-11-09"},
        "numbers": {"vacant": 1, "kind": "planned"},
        "decline": {"reason": "staffing_or_skills"},
        "release": {"reason": "price"},
        "withdraw": {"reason": "price"} if "nominations" in path else {},
        "nominate": {"referral_id": objects.ids["other_referral"]},
        "standby": {"referral_id": objects.ids["other_referral"]},
        "extend": {"seconds": 3600, "reason": "visit"},
        "fell-through": {"reason": "plan_changed"},
        "take": {"hold_id": objects.ids["vacancy_id"] + ":h1", "starts_on": "2026-11-10"},
        "close": {"reason": "plan_changed"},
        "amend": {"needs": NEEDS},
        "submit": {"needs": NEEDS},
        "judgement": {"judgement": "good"},
    }
    return bodies.get(path.rpartition("/")[2], {})


def test_every_route_has_an_entry_and_every_entry_a_route(world: World) -> None:
    assert routes(world.system.app) - {("GET", "/openapi.json")} == set(access(world))


def test_every_route_is_in_the_matrix(world: World) -> None:
    for _, path in access(world):
        assert "{" in path or path in OWN_BY_TOKEN | OPEN_TO_ALL, path


def test_nobody_calls_without_a_token_that_the_directory_knows(world: World, objects: Objects) -> None:
    for (method, path), roles in access(world).items():
        if roles and path not in PAGES:
            named = objects.path(path, Role.OPS)
            for headers in (
                {},
                {"authorization": "Bearer hearth_00000001_guessed"},
                {"authorization": "Basic x"},
            ):
                answer = world.client.request(method, named, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), path
                assert answer.headers["www-authenticate"] == "Bearer"


def test_a_role_that_a_route_does_not_name_is_refused(world: World, objects: Objects) -> None:
    for ((method, path), roles), (role, who) in itertools.product(access(world).items(), ROLES.items()):
        if roles and role not in roles and path not in PAGES:
            answer = world.call(who, method, objects.path(path, role), {})
            assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role"), (path, role)


def test_anothers_object_is_not_found_and_nothing_is_appended(world: World, objects: Objects) -> None:
    topics = ("vacancies", "referrals", "offers", "placements")
    before = [world.system.log.end(topic) for topic in topics]
    asked = 0
    for ((method, path), roles), (role, who) in itertools.product(access(world).items(), STRANGERS.items()):
        if role in roles and "{" in path and path not in PAGES:
            body = body_for(path, objects) if method == "POST" else None
            answer = world.call(who, method, objects.path(path, role), body)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (
                method,
                path,
                answer.text,
            )
            asked += 1
    assert asked > 20
    assert [world.system.log.end(topic) for topic in topics] == before


def test_no_object_at_all_looks_just_like_anothers(world: World, objects: Objects) -> None:
    nobodys = {
        "setting_id": "SC999999",
        "vacancy_id": "SC999999:1:1",
        "window_id": "SC999999:1:1:w1",
        "nomination_id": "SC999999:1:1:n1",
        "referral_id": "R-999",
        "provider_id": "P-00000000ff",
        "other_referral": objects.ids["other_referral"],
    }
    none = Objects(nobodys, {})
    for ((method, path), roles), (role, who) in itertools.product(access(world).items(), STRANGERS.items()):
        if role in roles and "{" in path and path not in PAGES:
            body = body_for(path, objects) if method == "POST" else None
            anothers = world.call(who, method, objects.path(path, role), body)
            nobody = world.call(who, method, none.path(path, role), body)
            assert (nobody.status_code, nobody.json()) == (anothers.status_code, anothers.json()), path


def test_ones_own_object_is_found(world: World, objects: Objects) -> None:
    for ((method, path), roles), (role, who) in itertools.product(access(world).items(), ROLES.items()):
        if role in roles and "{" in path and path not in PAGES:
            body = body_for(path, objects) if method == "POST" else None
            own = {**objects.ids, "other_referral": objects.ids["referral_id"]}
            body = body_for(path, Objects(own, {})) if method == "POST" else body
            answer = world.call(who, method, objects.path(path, role), body)
            is_needed = role is Role.OPS and path.endswith("/submit")
            assert answer.status_code in ({422} if is_needed else {200, 409}), (
                method,
                path,
                role,
                answer.text,
            )


def test_no_answer_names_what_is_anothers(world: World, objects: Objects) -> None:
    """The canary: whatever a stranger reads or says, no id of Almond's or Haringey's comes back."""
    canaries = {HOME, ALMOND, objects.ids["referral_id"], "Larch House", "Almond"}
    for ((method, path), roles), (role, who) in itertools.product(access(world).items(), STRANGERS.items()):
        if role in roles and path not in PAGES:
            body = body_for(path, objects) if method == "POST" else None
            answer = world.call(who, method, objects.path(path, role), body)
            found = {canary for canary in canaries if canary in answer.text}
            assert not found, (method, path, role, found)


def test_a_council_of_a_lower_tier_never_learns_who_considers_the_place(
    world: World, objects: Objects
) -> None:
    for path in ("/v1/vacancies", "/v1/matches", "/v1/holds", "/v1/referrals"):
        answer = world.call("camden", "GET", path)
        assert objects.ids["referral_id"] not in answer.text
        assert "nomination" not in answer.text
    [listed] = world.get("camden", "/v1/vacancies")
    assert not {"closes_at", "seconds_left", "window_id", "fee", "own_nominations"} & listed.keys()


def test_a_provider_never_learns_of_a_nomination_that_nobody_vouched_for(world: World) -> None:
    world.register()
    window_id = world.post()
    anticipated = world.say("haringey", "/v1/referrals:anticipate", {"needs": NEEDS})["about"]
    world.nominate("haringey", window_id, anticipated)
    assert world.get("almond", "/v1/nominations") == []
    [offer] = world.get("almond", "/v1/offers")
    assert offer["nominations_vouched"] == 0
    assert anticipated not in world.call("almond", "GET", "/v1/offers").text


@pytest.mark.parametrize(
    ("who", "body"),
    [
        (
            "birch",
            {"type": "VacancyPosted", "setting_id": HOME, "kind": "planned", "available_from": "2026-11-09"},
        ),
        ("birch", {"type": "SettingRegistered", **home(HOME, BIRCH), "policy": "p-1", "calendar": "c-1"}),
    ],
)
def test_an_event_about_anothers_setting_is_not_found(
    world: World, who: str, body: dict[str, object]
) -> None:
    world.register()
    answer = world.call(who, "POST", "/v1/events", body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_provider_registers_nothing_for_another(world: World) -> None:
    answer = world.call("birch", "POST", "/v1/settings", home(HOME, ALMOND))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "provider_id")


def test_a_provider_attaches_no_agreement(world: World) -> None:
    world.register()
    attached = {"type": "AgreementAttached", "setting_id": HOME, "agreement": {}}
    answer = world.call("almond", "POST", "/v1/events", attached)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "type")


def test_a_correction_names_what_the_same_council_said(world: World) -> None:
    world.register()
    said = world.say("haringey", f"/v1/windows/{world.post()}/release", {"reason": "price"})["id"]
    correction = {"setting_id": HOME, "corrects": said, "mistake": "wrong_release"}
    assert world.call("camden", "POST", "/v1/corrections", correction).status_code == 404
    assert world.call("haringey", "POST", "/v1/corrections", correction).status_code == 200


def test_by_comes_from_the_token_alone(world: World) -> None:
    world.register()
    for field in ("by", "recorded_by", "id"):
        spoken = {field: {"role": "provider", "id": ALMOND}}
        answer = world.call("almond", "POST", f"/v1/settings/{HOME}/no-change", spoken)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


def test_a_route_without_an_entry_is_denied_to_everybody() -> None:
    router = APIRouter()
    router.get("/forgotten")(lambda: "all there is")
    client = TestClient(make_app(directory(), [Part(router, {})]))
    for who in ROLES.values():
        assert client.get("/forgotten", headers=bearer(who)).status_code == 403
    assert client.get("/forgotten").status_code == 401


def test_a_commissioner_sees_no_council_s_child(world: World, objects: Objects) -> None:
    for path in ("/v1/availability", "/v1/capacity", "/v1/conformance"):
        assert objects.ids["referral_id"] not in world.call("commissioner", "GET", path).text
    assert HARINGEY in world.call("commissioner", "GET", "/v1/conformance").text
