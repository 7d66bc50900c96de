"""Whose a referral, window, vacancy or nomination is, before anything is appended: another council's is not found.

Asks the last decision of the key, so that a window which opened a moment ago is known, and then the read model, so
that a window which has ended is answered with the rule that refuses and not as if it had never been.
"""

from typing import Any, Protocol

from schemas.values import Party
from schemas.words import Role
from services.edge.answers import Decided
from services.edge.inputs import Said
from services.edge.saying import party_of

from .picture import Picture, involved

Fields = dict[str, Any]


class States(Protocol):
    """The log, as far as it tells whose something is."""

    def state(self, topic: str, key: str) -> Fields | None: ...

    def find(self, id: str) -> Decided | None:  # noqa: A002 - the envelope's own word
        ...

    def speaker(self, found: Decided) -> Party | None: ...


class Ownership:
    """Judges whether what is named in an input is there for the council whose word it is."""

    def __init__(self, states: States, picture: Picture) -> None:
        self._states, self._picture = states, picture

    def may_say(self, guard: str, said: Said) -> bool:
        """Tell whether the council may name what it names. Ops speaks for itself about anything that exists."""
        by = party_of(said)
        if by.role is Role.OPS:
            return guard == "new" or self._exists(said)
        judge = {
            "new": self._is_new,
            "referral": self._has_referral,
            "window": self._has_window,
            "vacancy": self._has_vacancy,
            "nomination": self._has_nomination,
            "correction": self._has_said,
        }[guard]
        return judge(said, by.id)

    def _exists(self, said: Said) -> bool:
        return (
            self._states.state("placements" if said.topic == "referrals" else "offers", said.key) is not None
        )

    def _is_new(self, said: Said, council: str) -> bool:
        del council
        return self._states.state("placements", said.key) is None

    def _has_referral(self, said: Said, council: str) -> bool:
        return self._is_own_referral(said.key, council)

    def _is_own_referral(self, referral_id: str, council: str) -> bool:
        state = self._states.state("placements", referral_id)
        return state is not None and state["council"] == council

    def _has_window(self, said: Said, council: str) -> bool:
        window_id = str(getattr(said.model, "window_id", ""))
        vacancy = self._vacancy(said.key, window_id.rpartition(":")[0])
        window = vacancy and vacancy["window"]
        is_now = bool(window and window["window_id"] == window_id and council in window["members"])
        return (is_now or self._picture.was_member(window_id, council)) and self._names_own_referral(
            said, council
        )

    def _names_own_referral(self, said: Said, council: str) -> bool:
        referral_id = getattr(said.model, "referral_id", None)
        return referral_id is None or self._is_own_referral(str(referral_id), council)

    def _has_vacancy(self, said: Said, council: str) -> bool:
        vacancy_id = str(getattr(said.model, "vacancy_id", ""))
        vacancy = self._vacancy(said.key, vacancy_id)
        now = (
            set() if vacancy is None else involved(vacancy) | set(self._place(said.key, vacancy_id)["owners"])
        )
        is_listed = council in now or self._picture.was_offered(vacancy_id, council)
        return is_listed and self._names_own_referral(said, council)

    def _has_nomination(self, said: Said, council: str) -> bool:
        nomination_id = str(getattr(said.model, "nomination_id", ""))
        vacancy = self._vacancy(said.key, nomination_id.rpartition(":")[0]) or {"nominations": []}
        own = {each["nomination_id"] for each in vacancy["nominations"] if each["council"] == council}
        return nomination_id in own or self._picture.nominated_by(nomination_id) == council

    def _has_said(self, said: Said, council: str) -> bool:
        found = self._states.find(str(getattr(said.model, "corrects", "")))
        by = None if found is None else self._states.speaker(found)
        return by is not None and (by.role, by.id) == (Role.TEAM, council)

    def _place(self, setting_id: str, vacancy_id: str) -> Fields:
        state = self._states.state("offers", setting_id) or {"places": []}
        found = (
            each
            for each in state["places"]
            if each["vacancy"] and each["vacancy"]["vacancy_id"] == vacancy_id
        )
        return next(found, {"vacancy": None, "owners": []})

    def _vacancy(self, setting_id: str, vacancy_id: str) -> Fields | None:
        vacancy: Fields | None = self._place(setting_id, vacancy_id)["vacancy"]
        return vacancy
