"""A judgement of a fostering agency is one input for each of its households (domain page, "Fostering").

Each input's id derives from the request's and the household, so that what is sent twice is said once.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from schemas import vacancies
from schemas.words import Code, Provision, Role
from services.directory import Caller
from services.edge.answers import Answer, Decided, refusal
from services.edge.inputs import Said
from services.edge.problems import Problem, not_found
from services.edge.saying import Sentence, Speaking

from .ports import Picture


class HouseholdResult(BaseModel):
    model_config = ConfigDict(frozen=True)

    setting_id: str
    answer: Answer | None = None
    problem: Problem | None = None


class JudgementResult(BaseModel):
    model_config = ConfigDict(frozen=True)

    provider_id: str
    households: list[HouseholdResult]


@dataclass(frozen=True, slots=True)
class Judged:
    """What was asked: whose judgement, in which words, under which key."""

    caller: Caller
    provider_id: str
    fields: dict[str, Any]
    key: str | None
    body: bytes


class Judgements:
    def __init__(self, speaking: Speaking, picture: Picture) -> None:
        self._speaking, self._picture = speaking, picture

    def say(self, judged: Judged) -> JudgementResult:
        """Judge every household; 404 for a provider without one, and for another's."""
        if judged.caller.role is Role.PROVIDER and judged.caller.id != judged.provider_id:
            raise not_found()
        households = self._households(judged.provider_id)
        if not households:
            raise not_found()
        said = [self._said(judged, setting_id) for setting_id in households]
        found = self._speaking.answers.give_all(said)
        results = [self._result(judged.caller, one, each) for one, each in zip(said, found, strict=True)]
        return JudgementResult(provider_id=judged.provider_id, households=results)

    def _households(self, provider_id: str) -> list[str]:
        settings = self._picture.settings_of(provider_id)
        return [each["setting_id"] for each in settings if each["provision"] == Provision.FOSTER_HOUSEHOLD]

    def _said(self, judged: Judged, setting_id: str) -> Said:
        key = None if judged.key is None else f"{judged.key}\0{setting_id}"
        named = {"setting_id": setting_id}
        sentence = Sentence(judged.caller, vacancies.SettingJudged, judged.fields, named, key, judged.body)
        return self._speaking.hold(sentence)

    def _result(self, caller: Caller, said: Said, found: Decided | Problem) -> HouseholdResult:
        if isinstance(found, Problem):
            return HouseholdResult(setting_id=said.key, problem=found)
        if found.answer is not Code.ACCEPTED:
            return HouseholdResult(setting_id=said.key, problem=refusal(found))
        answer = Answer.of(found, self._picture.facts_for(caller, found))
        return HouseholdResult(setting_id=said.key, answer=answer)
