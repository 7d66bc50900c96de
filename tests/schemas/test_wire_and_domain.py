from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from inspect import getmembers, isclass
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

from schemas import offer_facts, offers, placements, referrals, registry, vacancies, values, words
from services.matcher.domain import (
    agreement,
    decision,
    facts,
    inputs,
    referral,
    referral_facts,
    referral_inputs,
    setting,
)
from services.matcher.domain import values as domain_values

# Dataclasses that never travel, and what each rule book's decisions and inputs have in common.
NOT_ON_THE_WIRE = {setting.Counts, decision.Decision}
BASES = {inputs.Input, referral_inputs.ReferralInput, facts.Fact}
DEADLINES = {inputs.DeadlineDue, referral_inputs.ReferralDeadlineDue}
WIRE_BASES = {
    vacancies.Input,
    vacancies.DeadlineDue,
    referrals.ReferralInput,
    referrals.ReferralDeadlineDue,
    offer_facts.Fact,
    placements.Fact,
    offers.Decision,
    placements.Decision,
}
# Where the wire form of each module of the domain stands.
WIRE: Mapping[ModuleType, tuple[ModuleType, ...]] = {
    inputs: (vacancies, values),
    referral_inputs: (referrals,),
    facts: (offer_facts,),
    referral_facts: (placements,),
    setting: (offers,),
    referral: (placements,),
    domain_values: (values,),
    agreement: (values,),
    decision: (values,),
}


def dataclasses_of(module: ModuleType) -> Iterator[type[Any]]:
    for _, each in getmembers(module, isclass):
        is_own = each.__module__ == module.__name__ and is_dataclass(each)
        if is_own and each not in NOT_ON_THE_WIRE | BASES | DEADLINES:
            yield each


def models_of(module: ModuleType) -> Iterator[type[BaseModel]]:
    for _, each in getmembers(module, isclass):
        if each.__module__ != module.__name__ or not issubclass(each, BaseModel) or each in WIRE_BASES:
            continue
        if not issubclass(each, vacancies.DeadlineDue):
            yield each


def wire_of(domain: type[Any], module: ModuleType) -> type[BaseModel]:
    for wire in WIRE[module]:
        found: type[BaseModel] | None = getattr(wire, domain.__name__, None)
        if found is not None and found.__module__ == wire.__name__:
            return found
    pytest.fail(f"{domain.__name__} has no wire model in {[wire.__name__ for wire in WIRE[module]]}")


def plain(value: object) -> object:
    """A default as JSON would have it, so that dataclass and model compare."""
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return value.value if isinstance(value, Enum) else value


def default_of(field: "Field[Any]") -> object:
    assert field.default_factory is MISSING
    return "required" if field.default is MISSING else plain(field.default)


def domain_fields(domain: type[Any]) -> dict[str, object]:
    """Fields and defaults, less the id of an input, which is the envelope's."""
    is_input = issubclass(domain, inputs.Input | referral_inputs.ReferralInput)
    return {each.name: default_of(each) for each in fields(domain) if not (is_input and each.name == "id")}


def wire_fields(model: type[BaseModel]) -> dict[str, object]:
    """Fields and defaults, less the type of a fact, which is the dataclass's name."""
    is_fact = issubclass(model, offer_facts.Fact | placements.Fact)
    return {
        name: "required" if field.is_required() else plain(field.default)
        for name, field in model.model_fields.items()
        if not (is_fact and name == "type")
    }


PAIRS = [(domain, module) for module in WIRE for domain in dataclasses_of(module)]


@pytest.mark.parametrize(("domain", "module"), PAIRS, ids=lambda each: each.__name__)
def test_a_dataclass_and_its_wire_model_have_the_same_fields_and_defaults(
    domain: type[Any], module: ModuleType
) -> None:
    assert wire_fields(wire_of(domain, module)) == domain_fields(domain)


def test_every_wire_model_of_a_rule_book_has_its_dataclass() -> None:
    paired = {wire_of(domain, module) for domain, module in PAIRS}
    wires = {wire for each in WIRE.values() for wire in each}
    found = {model for wire in wires for model in models_of(wire)}
    assert found - paired - {referrals.ReferralConfirmationDue} == set()


def test_every_deadline_has_an_input_of_its_own() -> None:
    kinds = {kind.value for kind in words.DeadlineKind}
    due = {registry.snake(each.__name__) for each in vacancies.DeadlineDue.__subclasses__()}
    due |= {registry.snake(each.__name__) for each in referrals.ReferralDeadlineDue.__subclasses__()}
    assert due == kinds


@pytest.mark.parametrize(("wire", "domain"), [(offers, facts), (placements, referral_facts)])
def test_a_decision_may_hold_every_fact_of_its_rule_book(wire: ModuleType, domain: ModuleType) -> None:
    schema = wire.Decision.model_json_schema()
    allowed = set(schema["properties"]["facts"]["items"]["discriminator"]["mapping"])
    assert allowed == {each.__name__ for each in dataclasses_of(domain)}
