import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.dead_letters import Invalid
from schemas import offer_facts, offers, placements, vacancies
from schemas.dead_letters import Refusal
from schemas.envelope import headers_of
from schemas.registry import Registered, types_of
from schemas.words import Code
from services.matcher import translate
from services.matcher.domain import facts, inputs, referral, referral_facts, setting
from services.matcher.domain.decision import Deadline, Decision
from tests.schemas.contracts import Json, example_of
from tests.schemas.strategies import values_of

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
OFFERS = types_of("vacancies")
PLACEMENTS = types_of("referrals")
GENEROUS = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=25)
DEADLINE = Deadline(AT, "window_due", "SC012345:1:1:w1")


def read(each: Registered, key: str, value: bytes, **headers: str) -> object:
    envelope = headers_of(each.model, id="invented:1", source="hearth/tests", at=AT, subject=key)
    reader = translate.read_offers_input if each in OFFERS else translate.read_placements_input
    return reader(key, value, {**envelope, **headers})


def of(model: type[Any]) -> Registered:
    return next(each for each in (*OFFERS, *PLACEMENTS) if each.model is model)


POSTED = of(vacancies.VacancyPosted)
EXAMPLE = example_of(vacancies.VacancyPosted)
VALUE = json.dumps(EXAMPLE).encode()


def refused(value: bytes, key: str = "SC012345", **headers: str) -> tuple[str, str]:
    answer = read(POSTED, key, value, **headers)
    assert isinstance(answer, Invalid)
    return answer.code, answer.field


def given_fields(answer: object, value: Json) -> Json:
    """What the domain understood of what was said: the fields that were given, as JSON."""
    return {name: each for name, each in json.loads(msgspec.json.encode(answer)).items() if name in value}


@pytest.mark.parametrize("each", [*OFFERS, *PLACEMENTS], ids=lambda each: each.ce_type)
def test_every_valid_input_is_read_as_it_was_said(each: Registered) -> None:
    @GENEROUS
    @given(values_of(each.model))
    def holds(value: Json) -> None:
        key = value["setting_id" if each in OFFERS else "referral_id"]
        answer = read(each, key, json.dumps(value).encode())
        assert not isinstance(answer, Invalid), answer
        said = json.loads(each.model.model_validate_json(json.dumps(value)).model_dump_json())
        assert given_fields(answer, value) == {name: said[name] for name in value if name != "subject"}

    holds()


def test_an_input_is_named_by_its_envelope() -> None:
    answer = read(POSTED, "SC012345", VALUE)
    assert isinstance(answer, inputs.VacancyPosted)
    assert answer.id == "invented:1"
    assert answer.observed_at == AT
    assert answer.recorded_by is not None


@pytest.mark.parametrize("model", vacancies.DeadlineDue.__subclasses__())
def test_every_deadline_of_a_setting_is_the_one_input_of_the_rules(
    model: type[vacancies.DeadlineDue],
) -> None:
    assert type(read(of(model), "SC012345", json.dumps(example_of(model)).encode())) is inputs.DeadlineDue


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b" ",
        b"{",
        b"[]]",
        b"nul",
        b"\xff\xfe{}",
        b"{'a': 1}",
        VALUE[:-1],
        VALUE + b"x",
        b"[" * 100_000,
        VALUE * 2,
    ],
)
def test_what_is_no_json_is_refused(value: bytes) -> None:
    assert refused(value) == (Refusal.NOT_JSON, "$")


@pytest.mark.parametrize("value", [b"NaN", b"Infinity", b"1e400", b"-0.0"])
def test_no_odd_number_stands_for_a_count(value: bytes) -> None:
    assert refused(VALUE.replace(b'"place": 1', b'"place": ' + value))[0] in {
        Refusal.WRONG_TYPE,
        Refusal.NOT_JSON,
    }


def test_a_field_that_is_given_twice_is_refused_at_any_depth() -> None:
    assert refused(b'{"place": 7, ' + VALUE[1:]) == (Refusal.DUPLICATE_FIELD, "place")
    twice = VALUE.replace(b'"role": ', b'"role": "ops", "role": ', 1)
    assert refused(twice) == (Refusal.DUPLICATE_FIELD, "role")
    escaped = b'{"\\u0070lace": 7, ' + VALUE[1:]
    assert refused(escaped) == (Refusal.DUPLICATE_FIELD, "place")


twice_named = st.recursive(
    st.none() | st.integers() | st.floats() | st.text('ab\\"\u00e9\ud800', max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(st.tuples(st.sampled_from("ab"), inner), max_size=3).map(tuple)
    ),
    max_leaves=8,
)
"""JSON values; an object is a tuple of pairs and may name a field twice."""


def text_of(value: Any, between: str) -> str:
    if isinstance(value, tuple):
        fields = (f"{json.dumps(name)}:{text_of(each, between)}" for name, each in value)
        return f"{{{between.join(fields)}}}"
    if isinstance(value, list):
        return f"[{between.join(text_of(each, between) for each in value)}]"
    return json.dumps(value, ensure_ascii=False)


@given(twice_named, st.sampled_from([",", ", "]))
def test_bytes_that_are_taken_as_plain_name_no_field_twice(value: Any, between: str) -> None:
    said = text_of(value, between).encode("utf-8", "surrogatepass")
    if translate._is_plain(said):
        json.loads(said, object_pairs_hook=translate._once)


def test_what_an_edge_writes_is_taken_as_plain() -> None:
    assert translate._is_plain(POSTED.model.model_validate_json(VALUE).model_dump_json().encode())


def test_a_record_of_another_key_is_refused() -> None:
    assert refused(VALUE, key="SC099999") == (Refusal.WRONG_KEY, "setting_id")
    assert refused(VALUE, ce_subject="SC099999") == (Refusal.WRONG_KEY, "ce_subject")


def test_too_large_a_record_is_not_even_parsed() -> None:
    padded = VALUE + b" " * (translate.VALUE_BYTES_MAX - len(VALUE))
    assert isinstance(read(POSTED, "SC012345", padded), inputs.VacancyPosted)
    assert refused(padded + b" ") == (Refusal.TOO_LARGE, "$")


@pytest.mark.parametrize(
    "name", ["hearth.vacancies.vacancy_posted.v2", "hearth.referrals.take_place.v1", "other"]
)
def test_a_type_of_another_topic_or_version_is_refused(name: str) -> None:
    assert refused(VALUE, ce_type=name) == (Refusal.UNKNOWN_TYPE, "ce_type")


def test_an_id_may_not_be_said_in_the_payload() -> None:
    assert refused(b'{"id": "other", ' + VALUE[1:]) == (Refusal.UNKNOWN_FIELD, "id")


def test_a_refusal_repeats_no_name_that_the_payload_made_up() -> None:
    assert refused(b'{"Invented Person": 1, ' + VALUE[1:]) == (Refusal.UNKNOWN_FIELD, "*")


@pytest.mark.parametrize(
    "odd", ["2026-11-02 09:00:00Z", "2026-11-02T09:00Z", "1793610000", "2026-11-02t09:00:00z"]
)
def test_an_instant_in_an_odd_form_is_understood_alike_or_refused_by_name(odd: str) -> None:
    answer = read(POSTED, "SC012345", json.dumps({**EXAMPLE, "observed_at": odd}).encode())
    is_refused = isinstance(answer, Invalid) and answer.field == "observed_at"
    assert is_refused or (isinstance(answer, inputs.VacancyPosted) and answer.observed_at == AT)


@given(st.binary(max_size=200))
def test_no_bytes_whatever_raise(value: bytes) -> None:
    assert isinstance(read(POSTED, "SC012345", value), Invalid)


@given(st.data())
def test_no_mangled_input_raises(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(VALUE)))
    end = data.draw(st.integers(start, len(VALUE)))
    mangled = VALUE[:start] + data.draw(st.binary(max_size=8)) + VALUE[end:]
    assert isinstance(read(POSTED, "SC012345", mangled), Invalid | inputs.VacancyPosted)


# --- outwards --------------------------------------------------------------------------------------------


def decided(state: Json, of_state: type[Any]) -> Any:
    return Decision(msgspec.convert(state, of_state, strict=False), Code.ACCEPTED, (), DEADLINE)


@GENEROUS
@given(values_of(offers.Setting))
def test_a_setting_survives_its_record_and_the_record_its_model(state: Json) -> None:
    decision = decided(state, setting.Setting)
    written = translate.write_decision(decision)
    assert translate.read_setting(written) == decision.state
    assert offers.Decision.model_validate_json(written).state == offers.Setting.model_validate_json(
        json.dumps(state)
    )
    assert translate.write_decision(decision) == written


@GENEROUS
@given(values_of(placements.Referral))
def test_a_referral_survives_its_record_and_the_record_its_model(state: Json) -> None:
    decision = decided(state, referral.Referral)
    written = translate.write_decision(decision)
    assert translate.read_referral(written) == decision.state
    read_back = placements.Decision.model_validate_json(written).state
    assert read_back == placements.Referral.model_validate_json(json.dumps(state))


@pytest.mark.parametrize(
    "fact", facts.Fact.__subclasses__(), ids=lambda fact: f"{fact.__module__}.{fact.__name__}"
)
def test_every_fact_is_written_as_its_model_reads_it_with_its_type_first(fact: type[facts.Fact]) -> None:
    wire: Any = {facts: offers, referral_facts: placements}[
        facts if fact.__module__ == facts.__name__ else referral_facts
    ]
    model = getattr(offer_facts if wire is offers else placements, fact.__name__)
    example = example_of(model)
    decision: Decision[Any] = Decision(
        None, Code.ACCEPTED, (msgspec.convert(example, fact, strict=False),), None
    )
    written = translate.write_decision(decision)
    assert written.startswith(b'{"answer":"accepted","facts":[{"type":"%b"' % fact.__name__.encode())
    assert json.loads(written)["facts"] == [example]
    assert type(wire.Decision.model_validate_json(written).facts[0]) is model


def test_a_refusal_of_an_unknown_key_has_no_state() -> None:
    decision: Decision[setting.Setting] = Decision(None, Code.UNKNOWN_SETTING, (), None)
    written = translate.write_decision(decision)
    assert written == b'{"answer":"unknown_setting","facts":[],"state":null,"deadline":null}'
    assert translate.read_setting(written) is None


def test_a_mapping_is_written_in_one_order_whatever_order_it_was_made_in() -> None:
    lengths = [
        {"first": {"calendar": "elapsed", "seconds": 1}},
        {"emergency": {"calendar": "elapsed", "seconds": 2}},
    ]
    ways = ({**lengths[0], **lengths[1]}, {**lengths[1], **lengths[0]})
    tiers = [example_of(offers.Setting)["agreements"][0]["tiers"][0] | {"lengths": way} for way in ways]
    states = [example_of(offers.Setting) | {"agreements": [agreement_with(tier)]} for tier in tiers]
    written = {translate.write_decision(decided(state, setting.Setting)) for state in states}
    assert len(written) == 1


def agreement_with(tier: Json) -> Json:
    return example_of(offers.Setting)["agreements"][0] | {"tiers": [tier]}


def test_a_record_of_another_program_is_a_bug_and_no_state() -> None:
    with pytest.raises(translate.Untranslatable):
        translate.read_setting(b'{"state": {"setting_id": 1}}')
    with pytest.raises(translate.Untranslatable):
        translate.read_referral(b"")
