"""Many inputs in one request, one JSON object a line, each answered on its own. A bad line stops nothing else.

A line may have an `id` of the sender's own; else its number under the request's Idempotency-Key stands for it, so that
a batch sent twice says everything once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from runtime.log import LogUnavailable
from schemas.words import Code
from services.directory import Caller
from services.edge.answers import Answer, Decided, refusal
from services.edge.inputs import Said
from services.edge.problems import FieldProblem, Problem, Refused, not_found, problem
from services.edge.reading import Malformed, Unfit, json_object
from services.edge.saying import KEY_FORM, Sentence, Speaking

from .own import Ownership
from .ports import Picture
from .words import BY_NAME, NAMES_OF

LINES_MAX = 5_000
CHUNK = 500
LINE_BYTES_MAX = 256 * 1024


class LineResult(BaseModel):
    """What became of one line, counted from 1: an answer, or the problem."""

    model_config = ConfigDict(frozen=True)

    line: int
    id: str | None
    answer: Answer | None = None
    problem: Problem | None = None


class BatchResult(BaseModel):
    model_config = ConfigDict(frozen=True)

    accepted: int
    refused: int
    invalid: int
    lines: list[LineResult]


@dataclass(frozen=True, slots=True)
class Line:
    """A line that could be said, or the problem with it."""

    number: int
    text: bytes
    said: Said | None
    problem: Problem | None = None


class Batches:
    def __init__(self, speaking: Speaking, picture: Picture) -> None:
        self._speaking, self._picture = speaking, picture

    def say(self, caller: Caller, key: str | None, body: bytes) -> BatchResult:
        """Say every line in its order; Refused if there are too many."""
        texts = [(number, text) for number, text in enumerate(body.split(b"\n"), 1) if text.strip()]
        if len(texts) > LINES_MAX:
            raise Refused(413, detail=f"A batch has at most {LINES_MAX} lines.")
        held = [self._held(caller, number, text, key) for number, text in texts]
        ownership = Ownership(self._speaking.answers)
        ownership.learn(line.said for line in held if line.said is not None)
        lines = [self._owned(caller, line, ownership) for line in held]
        results = [result for chunk in chunks(lines) for result in self._results(caller, chunk)]
        return BatchResult(
            accepted=sum(each.answer is not None for each in results),
            refused=sum(each.problem is not None and each.problem.status == 409 for each in results),
            invalid=sum(each.problem is not None and each.problem.status != 409 for each in results),
            lines=results,
        )

    def _held(self, caller: Caller, number: int, text: bytes, key: str | None) -> Line:
        """Hold a line against its schema."""
        try:
            return Line(number, text, self._speaking.hold(sentence_of(caller, number, text, key)))
        except Malformed as error:
            wrong = (FieldProblem(field="body", rule=str(error)),)
            self._speaking.bury(caller, text, wrong[0])
            return Line(number, text, None, problem(400, "malformed", errors=wrong))
        except Unfit as unfit:
            return self._unfit(caller, number, text, unfit)
        except Refused as refused:
            return Line(number, text, None, refused.problem)

    def _owned(self, caller: Caller, line: Line, ownership: Ownership) -> Line:
        """Let a line pass if its setting is there for whoever's word it is; in the order of the batch."""
        try:
            if line.said is None or ownership.may_say(line.said):
                return line
        except Unfit as unfit:
            return self._unfit(caller, line.number, line.text, unfit)
        return Line(line.number, line.text, None, not_found().problem)

    def _unfit(self, caller: Caller, number: int, text: bytes, unfit: Unfit) -> Line:
        self._speaking.bury(caller, text, unfit.errors[0])
        return Line(number, text, None, problem(422, errors=unfit.errors))

    def _results(self, caller: Caller, lines: list[Line]) -> list[LineResult]:
        good = [line.said for line in lines if line.said is not None]
        found: Sequence[Decided | Problem]
        try:
            found = self._speaking.answers.give_all(good)
        except LogUnavailable:
            found = [problem(503, "log_unavailable", id=each.id) for each in good]
        answers = iter(found)
        return [self._result(caller, line, answers) for line in lines]

    def _result(self, caller: Caller, line: Line, answers: Iterator[Decided | Problem]) -> LineResult:
        """`answers` has the answer of this line next, if it was said."""
        if line.said is None:
            return LineResult(line=line.number, id=None, problem=line.problem)
        answer = next(answers)
        if isinstance(answer, Decided) and answer.answer is Code.ACCEPTED:
            facts = self._picture.facts_for(caller, answer)
            return LineResult(line=line.number, id=answer.id, answer=Answer.of(answer, facts))
        wrong = refusal(answer) if isinstance(answer, Decided) else answer
        return LineResult(line=line.number, id=line.said.id, problem=wrong)


def sentence_of(caller: Caller, number: int, text: bytes, key: str | None) -> Sentence:
    """Read one line; Malformed or Unfit."""
    if len(text) > LINE_BYTES_MAX:
        raise Malformed("a line has at most 262,144 bytes")
    fields = json_object(text)
    kind, own_key = fields.pop("type", None), fields.pop("id", None)
    if not isinstance(kind, str) or kind not in NAMES_OF[caller.role]:
        raise Unfit((FieldProblem(field="type", rule="one of the types that this role may say"),))
    if own_key is not None and (not isinstance(own_key, str) or KEY_FORM.fullmatch(own_key) is None):
        raise Unfit((FieldProblem(field="id", rule="1 to 255 visible ASCII characters"),))
    numbered = None if key is None else f"{key}\0{number}"
    return Sentence(caller, BY_NAME[kind], fields, {}, own_key or numbered, text)


def chunks(lines: list[Line]) -> Iterator[list[Line]]:
    for start in range(0, len(lines), CHUNK):
        yield lines[start : start + CHUNK]
