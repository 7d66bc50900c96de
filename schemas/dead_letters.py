"""What is said of a refused record: where it lies and which rule it breaks, never what it held.

Topic `dead-letters`, key the topic of origin's record key. Knows codes and rules as closed lists, so that no
part of a refused payload can travel in a sentence.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.base import Event, Offset, Sha256

_KEY = r"(?:SC|[HPTR]-)?[0-9]{1,12}|[HPT]-[0-9a-f]{8,16}|E[0-9]{8}|sha256:[0-9a-f]{64}"


class Refusal(StrEnum):
    """Why a record cannot be read."""

    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    DUPLICATE_FIELD = "duplicate_field"
    MISSING = "missing"
    UNKNOWN_FIELD = "unknown_field"
    WRONG_TYPE = "wrong_type"
    NOT_ALLOWED = "not_allowed"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_TYPE = "unknown_type"
    WRONG_KEY = "wrong_key"
    BAD_HEADER = "bad_header"


class Rule(StrEnum):
    """The rule that is broken, in words for a person."""

    TOO_LARGE = "a record has at most 262,144 bytes"
    NOT_JSON = "a value is one JSON object in UTF-8"
    DUPLICATE_FIELD = "a field is given once"
    MISSING = "a field without a default must be given"
    UNKNOWN_FIELD = "no field but those of the schema"
    WRONG_TYPE = "a value has the type of the schema, unconverted"
    NOT_ALLOWED = "a value has the form, or is one of the list, that the schema gives"
    OUT_OF_RANGE = "a value lies within the bounds of the schema"
    UNKNOWN_TYPE = "ce_type is one of the topic's types"
    WRONG_KEY = "a record's key is the id that its value names"
    BAD_HEADER = "a header has the form that CloudEvents 1.0 and the catalogue give"
    NAMELESS = "an input names itself"


RULE_OF = {refusal: Rule[refusal.name] for refusal in Refusal}

FieldPath = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:[a-z_-]{1,40}|[0-9]{1,6}|\*|\$)(?:\.(?:[A-Za-z_]{1,40}|[0-9]{1,6}|\*)){0,12}$"
    ),
    Field(
        examples=["needs.age"], description="names of schema fields; * stands for a name that no schema has"
    ),
]


class DeadLetter(Event):
    """A refused record: where it lies, why it was refused, its hash and size."""

    topic: Annotated[str, StringConstraints(pattern=r"^[a-z-]{1,32}$"), Field(examples=["vacancies"])]
    offset: Offset
    partition: Offset | None = None
    """Of a topic that has several; an offset counts within one."""
    key: Annotated[
        str,
        StringConstraints(pattern=f"^(?:{_KEY})$"),
        Field(examples=["SC012345"], description="the record's key, or its digest where it is no id of ours"),
    ]
    code: Refusal
    field: FieldPath
    rule: Rule
    sha256: Sha256
    size: Offset
