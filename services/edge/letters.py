"""A refused message leaves a dead letter: who refused it, which field broke which rule, its hash and size.

Must not keep or log a byte of the payload.
"""

import hashlib

import orjson
import structlog

from runtime.clock import Clock, new_id
from runtime.log import DEAD_LETTERS, Entry, Log, LogUnavailable
from schemas.dead_letters import RULE_OF, DeadLetter, Refusal
from schemas.envelope import headers_of
from services.directory import Caller

from .problems import FieldProblem

TOPIC = "http"
SOURCE = "hearth/http"
CODES = (
    ("missing", Refusal.MISSING),
    ("extra_forbidden", Refusal.UNKNOWN_FIELD),
    ("a field is named twice", Refusal.DUPLICATE_FIELD),
    ("not ", Refusal.NOT_JSON),
    ("nested ", Refusal.NOT_JSON),
    ("a number ", Refusal.NOT_JSON),
    ("a line has at most", Refusal.TOO_LARGE),
    ("an input has at most", Refusal.TOO_LARGE),
    ("enum", Refusal.NOT_ALLOWED),
    ("literal_error", Refusal.NOT_ALLOWED),
    ("string_pattern_mismatch", Refusal.NOT_ALLOWED),
    ("greater_than", Refusal.OUT_OF_RANGE),
    ("less_than", Refusal.OUT_OF_RANGE),
    ("too_", Refusal.OUT_OF_RANGE),
    ("one of the types", Refusal.UNKNOWN_TYPE),
    ("set by Hearth", Refusal.NOT_ALLOWED),
    ("only ops ", Refusal.NOT_ALLOWED),
    ("a provider ", Refusal.NOT_ALLOWED),
    ("1 to 255 ", Refusal.NOT_ALLOWED),
)

logger = structlog.get_logger()


class Letters:
    """Writes dead letters about what came over HTTP. Such a letter has no offset: nothing was appended."""

    def __init__(self, log: Log, clock: Clock) -> None:
        self._log, self._clock = log, clock

    def write(self, caller: Caller, body: bytes, wrong: FieldProblem) -> None:
        """Leave a letter. If the log cannot take it the refusal is told all the same: it changed nothing."""
        digest = hashlib.sha256(body).hexdigest()
        code = code_of(wrong)
        logger.info("message_refused", role=caller.role, party=caller.id, code=code, sha256=digest)
        letter = DeadLetter(
            topic=TOPIC,
            offset=0,
            key=f"sha256:{digest}",
            code=code,
            field=path_of(wrong.field),
            rule=RULE_OF[code],
            sha256=digest,
            size=len(body),
        )
        subject = digest[:32]
        headers = headers_of(DeadLetter, id=new_id(), source=SOURCE, at=self._clock.now(), subject=subject)
        try:
            self._log.append([Entry(DEAD_LETTERS, letter.key, orjson.dumps(letter.model_dump()), headers)])
        except LogUnavailable as error:
            logger.warning("letter_not_written", reason=str(error))


def code_of(wrong: FieldProblem) -> Refusal:
    """Return the code of the rule that a field breaks."""
    return next((code for begins, code in CODES if wrong.rule.startswith(begins)), Refusal.WRONG_TYPE)


def path_of(field: str) -> str:
    """Return a field as a dead letter names it."""
    return "$" if field in {"body", ""} else field
