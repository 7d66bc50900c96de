"""Whose a setting is, before anything is appended: another provider's setting does not exist."""

from collections.abc import Iterable
from typing import Protocol

from schemas import vacancies
from schemas.words import Role
from services.edge.inputs import Said
from services.edge.problems import FieldProblem
from services.edge.reading import Unfit
from services.edge.saying import party_of


class States(Protocol):
    """The settings as their last decisions left them."""

    def providers_of(self, setting_ids: Iterable[str]) -> dict[str, str | None]: ...


class Ownership:
    """Judges the inputs of one request; knows the settings that the request itself has registered."""

    def __init__(self, states: States) -> None:
        self._states = states
        self._provider_of: dict[str, str | None] = {}

    def learn(self, said: Iterable[Said]) -> None:
        """Look up at once whose the settings of these inputs are, before the first of them is judged."""
        self._provider_of |= self._states.providers_of({each.key for each in said})

    def may_say(self, said: Said) -> bool:
        """Tell whether the setting is there for whoever's word it is; Unfit if it would register for another."""
        by, found = party_of(said), self._provider(said.key)
        is_ops = by.role is Role.OPS
        if not isinstance(said.model, vacancies.SettingRegistered):
            return found is not None and (is_ops or found == by.id)
        if not is_ops and said.model.provider_id != by.id:
            raise Unfit((FieldProblem(field="provider_id", rule="a provider registers its own settings"),))
        if found is None:
            self._provider_of[said.key] = said.model.provider_id
        return found is None or is_ops or found == by.id

    def _provider(self, setting_id: str) -> str | None:
        if setting_id not in self._provider_of:
            self._provider_of |= self._states.providers_of([setting_id])
        return self._provider_of[setting_id]
