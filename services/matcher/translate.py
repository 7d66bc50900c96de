"""Between wire and rules: the only file that sees both.

Inwards a value is validated whole by its wire model, then decoded into the dataclass of the same name;
outwards the dataclasses are written as they stand, a fact with its `type` in front. Decides nothing, knows no
log and no clock, and repeats nothing of a payload that it refuses: a field's name only where a schema has it,
else `*`.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Generic, TypeVar

import msgspec
import orjson
from pydantic import ValidationError

from runtime.dead_letters import Invalid
from schemas import envelope, referrals, registry, vacancies
from schemas.dead_letters import RULE_OF, Refusal, Rule
from services.matcher.domain import inputs, referral_inputs
from services.matcher.domain.decision import Decision
from services.matcher.domain.facts import Fact
from services.matcher.domain.inputs import Input
from services.matcher.domain.referral import Referral
from services.matcher.domain.referral_inputs import ReferralInput
from services.matcher.domain.setting import Setting

VALUE_BYTES_MAX: Final = 256 * 1024

AnyInput = TypeVar("AnyInput", Input, ReferralInput)
State = TypeVar("State")
Validate = Callable[[bytes], object]

_DEADLINES: Final[Mapping[str, type]] = {
    **{
        model.__name__: inputs.DeadlineDue
        for model in (
            vacancies.WindowDue,
            vacancies.ChoiceDue,
            vacancies.HoldDue,
            vacancies.ReservationDue,
            vacancies.NoticeDue,
            vacancies.ReviewDue,
            vacancies.FreshnessDue,
            vacancies.AgreementDue,
            vacancies.ClosureDue,
        )
    },
    referrals.ReferralConfirmationDue.__name__: referral_inputs.ReferralDeadlineDue,
}
_CODE_OF: Final[tuple[tuple[str, Refusal], ...]] = (
    (r"missing", Refusal.MISSING),
    (r"extra_forbidden", Refusal.UNKNOWN_FIELD),
    (r"json_invalid", Refusal.NOT_JSON),
    (r"enum|literal_error|string_pattern_mismatch|value_error", Refusal.NOT_ALLOWED),
    (
        r".*(too_long|too_short|greater_than.*|less_than.*|_from_date_inexact|int_parsing_size)",
        Refusal.OUT_OF_RANGE,
    ),
)


class Untranslatable(Exception):
    """A record that was written by this program does not read back: a bug, or another program's log."""


@dataclass(frozen=True, slots=True)
class _Reader(Generic[AnyInput]):
    """How one type of input is read."""

    validate: Validate
    decode: Callable[[bytes], AnyInput]


def invalid(code: Refusal, field: str, rule: Rule | None = None) -> Invalid:
    return Invalid(code.value, field, (rule or RULE_OF[code]).value)


# --- inwards ------------------------------------------------------------------------------------------------


def read_offers_input(key: str, value: bytes, headers: Mapping[str, str]) -> Input | Invalid:
    """An input of the offers rule book, or the field and the rule that it breaks.

    Never raises for bad bytes.
    """
    read = _read(_OFFERS, key, value, headers)
    return (
        read
        if isinstance(read, Invalid) or read.setting_id == key
        else invalid(Refusal.WRONG_KEY, "setting_id")
    )


def read_placements_input(key: str, value: bytes, headers: Mapping[str, str]) -> ReferralInput | Invalid:
    """An input of the placements rule book, or the field and the rule that it breaks.

    Never raises for bad bytes.
    """
    read = _read(_PLACEMENTS, key, value, headers)
    return (
        read
        if isinstance(read, Invalid) or read.referral_id == key
        else invalid(Refusal.WRONG_KEY, "referral_id")
    )


def _read(
    readers: Mapping[str, _Reader[AnyInput]], key: str, value: bytes, headers: Mapping[str, str]
) -> AnyInput | Invalid:
    if len(value) > VALUE_BYTES_MAX:
        return invalid(Refusal.TOO_LARGE, "$")
    if (refused := envelope.refused_header(headers)) is not None:
        return invalid(refused.code, refused.header)
    if headers["ce_subject"] != key:
        return invalid(Refusal.WRONG_KEY, "ce_subject")
    reader = readers.get(headers["ce_type"])
    if reader is None:
        return invalid(Refusal.UNKNOWN_TYPE, "ce_type")
    return _validated(reader, value) or _decoded(reader, headers["ce_id"], value)


def _validated(reader: _Reader[AnyInput], value: bytes) -> Invalid | None:
    try:
        reader.validate(value)
        if not _is_plain(value):
            json.loads(value, object_pairs_hook=_once)
    except ValidationError as errors:
        return _first(errors)
    except _GivenTwice as twice:
        return invalid(Refusal.DUPLICATE_FIELD, _shown(twice.name))
    except ValueError:
        return invalid(Refusal.NOT_JSON, "$")
    return None


def _decoded(reader: _Reader[AnyInput], input_id: str, value: bytes) -> AnyInput | Invalid:
    """Put the id in front of the validated fields and decode.

    What msgspec alone refuses is an odd form of an instant.
    """
    body = value[value.index(b"{") + 1 :]
    try:
        return reader.decode(b'{"id":"' + input_id.encode() + b'",' + body)
    except msgspec.ValidationError as error:
        path = re.search(r"`\$\.?([^`]*)`", str(error))
        return invalid(Refusal.NOT_ALLOWED, path[1] if path else "$")
    except msgspec.DecodeError:
        return invalid(Refusal.NOT_JSON, "$")


def _is_plain(value: bytes) -> bool:
    """Tell whether the bytes are what writing them again gives, as every edge writes: then no field is there twice.

    Other bytes may be as good; they are read once more, field by field, which takes twenty times as long.
    """
    try:
        return orjson.dumps(orjson.loads(value)) == value
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return False


class _GivenTwice(Exception):
    def __init__(self, name: str) -> None:
        self.name = name


def _once(pairs: list[tuple[str, Any]]) -> None:
    names = {name for name, _ in pairs}
    if len(names) != len(pairs):
        seen: set[str] = set()
        raise _GivenTwice(next(name for name, _ in pairs if name in seen or seen.add(name)))  # type: ignore[func-returns-value]


def _first(errors: ValidationError) -> Invalid:
    """The first error, without input, url or context: those could repeat the payload."""
    error = errors.errors(include_input=False, include_url=False, include_context=False)[0]
    kind = error["type"]
    code = next((code for form, code in _CODE_OF if re.fullmatch(form, kind)), Refusal.WRONG_TYPE)
    return invalid(code, ".".join(_shown(part) for part in error["loc"]) or "$")


def _shown(part: str | int) -> str:
    """A field's name where a schema has it; a payload's own invention is not repeated."""
    return str(part) if isinstance(part, int) or part in registry.field_names() else "*"


# --- outwards -----------------------------------------------------------------------------------------------

# Two and a half times as fast as orjson on dataclasses with slots. Mappings are sorted: bytes never differ.
_ENCODE: Final = msgspec.json.Encoder(order="deterministic").encode


def write_decision(decision: Decision[Any]) -> bytes:
    """The value of a decision record; the same decision is the same bytes on every machine."""
    return b'{"answer":%b,"facts":[%b],"state":%b,"deadline":%b}' % (
        _ENCODE(decision.answer),
        b",".join([_fact(fact) for fact in decision.facts]),
        _ENCODE(decision.state),
        _ENCODE(decision.deadline),
    )


def _fact(fact: Fact) -> bytes:
    fields = _ENCODE(fact)
    return _type(type(fact).__name__) + (fields[1:] if fields == b"{}" else b"," + fields[1:])


@cache
def _type(name: str) -> bytes:
    return b'{"type":"%b"' % name.encode()


@dataclass(frozen=True, slots=True)
class _StateOf(Generic[State]):
    """The part of a decision record that the next decision needs."""

    state: State | None


_SETTINGS: Final = msgspec.json.Decoder(_StateOf[Setting])
_REFERRALS: Final = msgspec.json.Decoder(_StateOf[Referral])


def read_setting(value: bytes) -> Setting | None:
    """The state within a decision of offers; Untranslatable if this program did not write it."""
    return _state(_SETTINGS, value)


def read_referral(value: bytes) -> Referral | None:
    """The state within a decision of placements; Untranslatable if this program did not write it."""
    return _state(_REFERRALS, value)


def _state(decoder: "msgspec.json.Decoder[_StateOf[State]]", value: bytes) -> State | None:
    try:
        return decoder.decode(value).state
    except msgspec.DecodeError as error:
        raise Untranslatable(str(error)) from None


# --- who reads what -----------------------------------------------------------------------------------------


def _readers(topic: str, domain: Any, base: type[AnyInput]) -> dict[str, _Reader[AnyInput]]:
    """A reader for each type of a topic, by the name that wire model and dataclass share."""
    readers: dict[str, _Reader[AnyInput]] = {}
    for each in registry.types_of(topic):
        name = each.model.__name__
        target = _DEADLINES.get(name) or getattr(domain, name)
        assert issubclass(target, base)
        readers[each.ce_type] = _Reader(
            each.model.__pydantic_validator__.validate_json, msgspec.json.Decoder(target).decode
        )
    return readers


_OFFERS: Final = _readers("vacancies", inputs, Input)
_PLACEMENTS: Final = _readers("referrals", referral_inputs, ReferralInput)
