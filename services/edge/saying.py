"""The way of one request into the log: read, held against its schema, appended, decided, told.

Knows callers, bodies and models. Must not know whose a setting is: the edge that offers a route says so.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from runtime.clock import Clock, new_id
from schemas.base import Event
from schemas.values import Party
from services.directory import Caller, Directory

from .answers import Answers, Decided
from .inputs import Said, digest_of, input_id, said, speaker
from .letters import Letters
from .problems import FieldProblem, Refused, not_found
from .reading import Unfit, read_object

KEY_HEADER = "idempotency-key"
KEY_FORM = re.compile(r"[\x21-\x7e]{1,255}")

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Defaults:
    """The terms that a new setting or referral is put under unless its input names others."""

    policy: str
    calendar: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One input as a caller asks for it: what, in which words, and under which key of the caller's own."""

    caller: Caller
    model: type[Event]
    fields: Fields
    """From the body."""
    named: Fields
    """From the path: what is not well formed there does not exist."""
    key: str | None = None
    body: bytes = b""


class Speaking:
    """Turns sentences into decisions."""

    def __init__(
        self, answers: Answers, directory: Directory, clock: Clock, letters: Letters, defaults: Defaults
    ) -> None:
        self.answers, self.directory, self.clock = answers, directory, clock
        self._letters, self._defaults = letters, defaults

    def hold(self, sentence: Sentence) -> Said:
        """Hold a sentence against its schema; Refused, and a dead letter, if it breaks a rule."""
        try:
            refuse_twice_named(sentence)
            return self.fit(sentence)
        except Unfit as unfit:
            if isinstance(unfit, TwiceNamed):
                raise Refused(422, "invalid", errors=unfit.errors) from None
            names = {problem.field.partition(".")[0] for problem in unfit.errors}
            if names and names <= sentence.named.keys():
                raise not_found() from None
            self._letters.write(sentence.caller, sentence.body, unfit.errors[0])
            raise Refused(422, "invalid", errors=unfit.errors) from None

    def fit(self, sentence: Sentence) -> Said:
        """Return the input that a sentence asks for; Unfit if it breaks a rule of its schema."""
        by = speaker(sentence.caller, sentence.fields, self.directory)
        return said(
            sentence.model,
            {**self.defaults(sentence.model), **sentence.fields, **sentence.named},
            by=by,
            now=self.clock.now(),
            id=new_id() if sentence.key is None else input_id(sentence.caller, sentence.key),
            request=digest_of(sentence.model.__name__, {**sentence.fields, **sentence.named}),
        )

    def defaults(self, model: type[Event]) -> dict[str, str]:
        """Return the terms that a model asks for and that need not be said."""
        if model.__name__ not in {"SettingRegistered", "ReferralSubmitted", "ReferralAnticipated"}:
            return {}
        found = {"policy": self._defaults.policy, "calendar": self._defaults.calendar}
        return {name: value for name, value in found.items() if name in model.model_fields}

    def bury(self, caller: Caller, body: bytes, wrong: FieldProblem) -> None:
        """Leave a dead letter about a message that was refused."""
        self._letters.write(caller, body, wrong)

    def give(self, found: Said) -> Decided:
        return self.answers.give(found)

    def read(self, caller: Caller, body: bytes) -> dict[str, Any]:
        """Read a request's one JSON object; no body at all is an empty one."""
        if not body:
            return {}
        try:
            return read_object(body)
        except Refused as refused:
            self._letters.write(caller, body, refused.problem.errors[0])
            raise


class TwiceNamed(Unfit):
    """The body names what the address names."""


def refuse_twice_named(sentence: Sentence) -> None:
    if twice := sorted(sentence.fields.keys() & sentence.named.keys()):
        rule = "named by the address or the token, not by the body"
        raise TwiceNamed(tuple(FieldProblem(field=name, rule=rule) for name in twice))


def party_of(found: Said) -> Party:
    """Return whose word an input is."""
    by = getattr(found.model, "by")  # noqa: B009 - every input has it, and no base of theirs says so
    assert isinstance(by, Party)
    return by


def idempotency_key(request: Request) -> str | None:
    """Return the caller's own key, if there is one (IETF draft-ietf-httpapi-idempotency-key-header)."""
    found = request.headers.getlist(KEY_HEADER)
    if not found:
        return None
    if len(found) > 1 or KEY_FORM.fullmatch(found[0]) is None:
        rule = "one header of 1 to 255 visible ASCII characters"
        raise Refused(422, errors=(FieldProblem(field="Idempotency-Key", rule=rule),))
    return found[0]
