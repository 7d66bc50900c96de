"""From what a caller says to an input that can be appended: who says it, for whom, when, under which id.

Knows wire models and envelopes. Must not know a rule. `by` comes from the token alone, never from a body; ops may
write down what somebody said by telephone (`on_behalf_of`), and are then `recorded_by`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from runtime.log import Entry
from runtime.records import rfc3339
from schemas import envelope
from schemas.base import Event
from schemas.registry import topic_of
from schemas.values import Party
from schemas.words import Role
from services.directory import Caller, Directory

from .problems import FieldProblem
from .reading import Unfit, fitted

SOURCE = "hearth/http"
REQUEST_HEADER = "ce_request"
"""SHA-256 of what was asked, an extension of the envelope: the same Idempotency-Key with another request shows."""
VALUE_BYTES_MAX = 256 * 1024
SPOKEN_FOR = frozenset({"by", "recorded_by", "id"})
"""Fields that a caller cannot set."""
INSTANCES = ("vacancy_id", "window_id", "nomination_id", "hold_id")
"""Ids that begin with the id of their setting."""


@dataclass(frozen=True, slots=True)
class Said:
    """An input that may be appended. `request` is the digest of what was asked."""

    id: str
    model: Event
    value: bytes
    """The model as the log will have it."""
    key: str
    request: str
    at: datetime

    @property
    def topic(self) -> str:
        return topic_of(type(self.model))

    def entry(self) -> Entry:
        """Return the record to append."""
        headers = envelope.headers_of(
            type(self.model), id=self.id, source=SOURCE, at=self.at, subject=self.key
        )
        return Entry(self.topic, self.key, self.value, {**headers, REQUEST_HEADER: self.request})


def input_id(caller: Caller, key: str) -> str:
    """Return the id of what this caller sent under this key.

    Hashed with the caller, so that no two callers can meet, and so that no caller can write a name into it.
    """
    digest = hashlib.sha256(f"{caller.role}:{caller.id}\0{key}".encode()).hexdigest()
    return f"k-{digest[:40]}"


def speaker(caller: Caller, fields: Mapping[str, Any], directory: Directory) -> tuple[Party, Party | None]:
    """Return whose word it is and who wrote it down; Unfit if this caller may not speak for that party."""
    own = Party(role=caller.role, id=caller.id)
    if fields.get("on_behalf_of") is None:
        return own, None
    if caller.role is not Role.OPS:
        raise Unfit((FieldProblem(field="on_behalf_of", rule="only ops write down somebody else's word"),))
    party = fitted(Party, _object(fields["on_behalf_of"], "on_behalf_of"), "on_behalf_of")
    is_known = party.role in {Role.PROVIDER, Role.TEAM} and directory.entry(party.role, party.id) is not None
    if not is_known:
        raise Unfit((FieldProblem(field="on_behalf_of", rule="a provider or team of the directory"),))
    return party, own


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Unfit((FieldProblem(field=name, rule="an object"),))
    return value


def said(
    model: type[Event],
    fields: Mapping[str, Any],
    *,
    by: tuple[Party, Party | None],
    now: datetime,
    id: str,  # noqa: A002 - the envelope's own word
    request: str,
) -> Said:
    """Hold a caller's fields against the schema; raise Unfit. `observed_at` is now unless it is said."""
    given = {name: value for name, value in fields.items() if name != "on_behalf_of"}
    refuse_spoken_for(given)
    whole: dict[str, Any] = {"observed_at": rfc3339(now), **given, "by": by[0].model_dump(mode="json")}
    if by[1] is not None:
        whole["recorded_by"] = by[1].model_dump(mode="json")
    if "setting_id" in model.model_fields and "setting_id" not in whole:
        whole.update(setting_of(whole))
    found = fitted(model, whole)
    key = str(getattr(found, "setting_id" if "setting_id" in model.model_fields else "referral_id"))
    value = found.model_dump_json().encode()
    if len(value) > VALUE_BYTES_MAX:
        raise Unfit((FieldProblem(field="body", rule="an input has at most 262,144 bytes"),))
    return Said(id, found, value, key_of(found, key), request, now)


def key_of(found: Event, key: str) -> str:
    """Return the key of the input; a referral's input has its referral, whatever setting it names."""
    is_about_setting = topic_of(type(found)) == "vacancies"
    return key if is_about_setting else str(getattr(found, "referral_id", key))


def refuse_spoken_for(fields: Mapping[str, Any]) -> None:
    """Raise Unfit if the caller sets what the token says."""
    wrong = tuple(
        FieldProblem(field=name, rule="set by Hearth, not by a caller")
        for name in sorted(SPOKEN_FOR & fields.keys())
    )
    if wrong:
        raise Unfit(wrong)


def setting_of(fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the setting that an instance's id begins with, if one is named."""
    named = (fields.get(name) for name in INSTANCES)
    found = next((value for value in named if isinstance(value, str)), None)
    return {} if found is None else {"setting_id": found.partition(":")[0]}


def digest_of(kind: str, fields: Mapping[str, Any]) -> str:
    """Return SHA-256 over a request, whatever the order of its fields."""
    try:
        text = orjson.dumps([kind, fields], option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # a number beyond 64 bits, or half a character
        text = json.dumps([kind, fields], sort_keys=True).encode()
    return hashlib.sha256(text).hexdigest()
