import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.dead_letters import Invalid
from schemas import offers as offers_wire
from schemas import placements as placements_wire
from schemas.envelope import headers_of
from schemas.registry import Registered, types_of
from services.matcher import translate
from services.matcher.adapters.terms_files import load_terms
from services.matcher.domain import offers, placements
from services.matcher.domain.referral import Referral
from services.matcher.domain.setting import Setting
from tests.schemas.contracts import Json, example_of
from tests.schemas.strategies import values_of

TERMS = load_terms()
POLICY, CALENDAR = next(iter(TERMS.policies)), next(iter(TERMS.calendars))
BEGIN = datetime(2026, 6, 1, 9, tzinfo=UTC)
KEY, REFERRAL = "SC012345", "R-104"
COUNCILS = ("E09000014", "E09000003", "E09000007")
WALK = settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    max_examples=30,
)


def stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def begun() -> Iterator[tuple[str, Json]]:
    """A registered, judged home of four places whose first is vacant and goes to one council alone."""
    yield (
        "SettingRegistered",
        {
            "provider_id": "P-0123456789",
            "provision": "childrens_home",
            "registration": "registered",
            "registered_places": 4,
            "block_places": [],
        },
    )
    yield "SettingJudged", {"judgement": "good"}
    members = [{"council": COUNCILS[0]}]
    ladder = {
        "tiers": [{"audience": "haringey", "members": members}],
        "valid_from": stamp(BEGIN),
        "valid_to": None,
    }
    yield (
        "AgreementAttached",
        {"agreement": {"agreement_id": "invented", "version": 1, "fee_max": None, **ladder}},
    )
    yield "VacancyPosted", {"place": 1, "kind": "planned", "available_from": "2026-06-01", "fee": 480_000}


def alive(state: Setting | None) -> dict[str, list[str]]:
    """The ids that an input may name and mean something."""
    vacancies = [] if state is None else list(state.vacancies())
    return {
        "vacancy_id": [each.vacancy_id for each in vacancies],
        "window_id": [each.window.window_id for each in vacancies if each.window],
        "nomination_id": [one.nomination_id for each in vacancies for one in each.nominations],
        "hold_id": [each.hold.hold_id for each in vacancies if each.hold],
        "take_id": [each.reservation.take_id for each in vacancies if each.reservation],
    }


def grounded(data: st.DataObject, value: Json, known: dict[str, list[str]], now: datetime) -> Json:
    """The value as somebody concerned would say it now: of this key, of what is alive, under known terms."""
    fixed = {
        "setting_id": KEY,
        "observed_at": stamp(now),
        "policy": POLICY,
        "calendar": CALENDAR,
        "borough": COUNCILS[0],
    }
    value = {name: fixed.get(name, each) for name, each in value.items()}
    for name, ids in known.items():
        if name in value and ids:
            value[name] = data.draw(st.sampled_from(ids))
    if "referral_id" in value:
        value["referral_id"] = data.draw(st.sampled_from(["R-1", "R-2"]))
    if "asked_at" in value:
        value["asked_at"] = stamp(now)
    for name in ("place", "number"):
        if value.get(name) is not None:
            value[name] = data.draw(st.integers(1, 4))
    value["recorded_by"] = None
    soon = stamp(now + timedelta(days=2))
    return value | {
        name: soon for name in ("closes_at", "review_at", "vacant_from", "ends_at") if name in value
    }


PROVIDER = {"role": "provider", "id": "P-0123456789"}
TEAMS = [{"role": "team", "id": council} for council in COUNCILS]
ANSWERS = ("AcknowledgeWindow", "ReleaseWindow", "Nominate", "WithdrawNomination", "RegisterStandby")
OPS = {"role": "ops", "id": "ops"}
PARTS = {"role": "placements", "id": "placements"}
# The way of one place to one referral, each step by who may say it.
APT = {
    "Nominate": TEAMS[0],
    "NominationVouched": PARTS,
    "AcceptNomination": PROVIDER,
    "TakeAsked": PARTS,
    "MovedIn": PROVIDER,
}
LIVELY = (
    "Nominate",
    "NominationVouched",
    "AcceptNomination",
    "TakeAsked",
    "MovedIn",
    "ReleaseWindow",
    "VacancyPosted",
)


def speaker(data: st.DataObject, name: str) -> Json:
    """Who says such a thing; often somebody who may."""
    if name in ANSWERS:
        return data.draw(st.sampled_from([*TEAMS, TEAMS[0], TEAMS[0]]))
    if name.endswith("Due"):
        return {"role": "clock", "id": "clock"}
    if name in {"WindowTold", "WindowNotTold"}:
        return {"role": "notifier", "id": "notifier"}
    if name.startswith(("Nomination", "Take")) or name == "HoldLetGo":
        return PARTS
    return data.draw(st.sampled_from([PROVIDER, PROVIDER, OPS, *TEAMS]))


def input_of(each: Registered, value: Json, key: str, number: int, now: datetime) -> Any:
    headers = headers_of(each.model, id=f"invented:{number}", source="hearth/tests", at=now, subject=key)
    reader = translate.read_offers_input if each.topic == "vacancies" else translate.read_placements_input
    read = reader(key, json.dumps(value).encode(), headers)
    assert not isinstance(read, Invalid), read
    return read


VACANCIES = {each.model.__name__: each for each in types_of("vacancies")}
REFERRALS = {each.model.__name__: each for each in types_of("referrals")}
VALUES = {each.ce_type: values_of(each.model) for each in (*VACANCIES.values(), *REFERRALS.values())}


def held_against_its_model(decision: Any, model: Any, read_back: Any) -> None:
    written = translate.write_decision(decision)
    model.model_validate_json(written)
    assert read_back(written) == decision.state


def said_of_setting(
    data: st.DataObject, name: str, state: Setting | None, now: datetime, is_apt: bool
) -> Json:
    """Something that is said of a setting; `is_apt`: by who may, about the first referral."""
    model = VACANCIES[name].model
    drawn = example_of(model) if is_apt else data.draw(VALUES[VACANCIES[name].ce_type])
    value = grounded(data, drawn, alive(state), now) | {"by": speaker(data, name)}
    return value | (
        {"by": APT[name]} | ({"referral_id": "R-1"} if "referral_id" in value else {}) if is_apt else {}
    )


@pytest.mark.slow
@WALK
@given(st.data())
def test_every_decision_about_a_setting_satisfies_its_model_and_reads_back(data: st.DataObject) -> None:
    state: Setting | None = None
    now, first = BEGIN, dict(begun())
    led = [*first, *list(APT)[: data.draw(st.integers(0, len(APT)))]]
    names = [*led, *data.draw(st.lists(st.sampled_from([*sorted(VACANCIES), *3 * LIVELY]), max_size=20))]
    for number, name in enumerate(names):
        is_led = number < len(led)
        now += timedelta(minutes=1 if is_led else data.draw(st.integers(0, 300)))
        value = said_of_setting(data, name, state, now, is_led and name in APT)
        if number < len(first):
            value = example_of(VACANCIES[name].model) | value | first[name] | {"by": OPS}
        decision = offers.decide(TERMS, state, input_of(VACANCIES[name], value, KEY, number, now), now)
        if decision is not None:
            held_against_its_model(decision, offers_wire.Decision, translate.read_setting)
            state = decision.state
    assert state is not None


@pytest.mark.slow
@WALK
@given(st.data())
def test_every_decision_about_a_referral_satisfies_its_model_and_reads_back(data: st.DataObject) -> None:
    state: Referral | None = None
    now = BEGIN
    names = data.draw(st.lists(st.sampled_from(sorted(REFERRALS)), max_size=15))
    for number, name in enumerate(["ReferralSubmitted", *names]):
        each = REFERRALS[name]
        now += timedelta(minutes=data.draw(st.integers(0, 3000)))
        value = data.draw(VALUES[each.ce_type]) if number else example_of(each.model)
        fixed = {"referral_id": REFERRAL, "observed_at": stamp(now), "policy": POLICY, "council": COUNCILS[0]}
        value = {field: fixed.get(field, given) for field, given in value.items()}
        value["by"] = {"role": data.draw(st.sampled_from(["team", "offers"])), "id": COUNCILS[0]}
        decision = placements.decide(TERMS, state, input_of(each, value, REFERRAL, number, now), now)
        if decision is not None:
            held_against_its_model(decision, placements_wire.Decision, translate.read_referral)
            state = decision.state


def test_a_setting_of_a_hundred_places_stays_within_a_record() -> None:
    window = example_of(offers_wire.Window) | {"standby_members": [f"E090000{each:02}" for each in range(33)]}
    vacancy = example_of(offers_wire.Vacancy) | {"window": window}
    place = example_of(offers_wire.Place) | {
        "vacancy": vacancy,
        "last_end": {"caused_by": "i" * 64, "vacancy": vacancy},
    }
    state = example_of(offers_wire.Setting) | {
        "places": [place | {"number": number} for number in range(1, 101)],
        "memory": ["m" * 64] * 200,
    }
    said = {"answer": "accepted", "facts": [], "state": state, "deadline": None}
    value = json.dumps(said, separators=(",", ":"))
    offers_wire.Decision.model_validate_json(value)
    assert len(value) < 1_000_000, "Kafka's own limit of a message is one million bytes"


def test_the_terms_that_come_with_hearth_fit_the_wire() -> None:
    said = example_of(VACANCIES["PolicyAdopted"].model) | {"policy": POLICY, "calendar": CALENDAR}
    VACANCIES["PolicyAdopted"].model.model_validate_json(json.dumps(said))
