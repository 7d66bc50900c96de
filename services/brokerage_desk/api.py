"""The team's edge: submits referrals, reads what is listed to the council, answers windows, takes places.

Moves bytes and decides nothing. What is another council's is not found, before anything is appended.
"""

import itertools
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from runtime.clock import new_id
from schemas.values import Party
from schemas.words import Role
from services.directory import Caller
from services.edge.access import CallerNow
from services.edge.answers import Answer, Decided, refusal, told
from services.edge.app import Part
from services.edge.documents import Documents, path_parameter
from services.edge.domain.visibility import Thing, Viewer, show
from services.edge.inputs import Said
from services.edge.paging import PageAsked
from services.edge.problems import FieldProblem, Problem, Refused, documented, not_found
from services.edge.reading import optional_body
from services.edge.saying import Sentence, Speaking, idempotency_key
from services.edge.views import HoldView, MatchView, ReferralView, VacancyView

from .addresses import ADDRESSES, DEFAULTED, NEW_REFERRALS, UNSAID_OF_NEW, Address
from .naming import referral_id_of
from .own import Ownership
from .picture import Picture, order_of_listed, order_of_matches
from .ports import Explainer, Explanation

TEAMS = frozenset({Role.TEAM, Role.OPS})
TEAM_ONLY = frozenset({Role.TEAM})
EVERY_SPEAKER = frozenset({Role.TEAM, Role.PROVIDER, Role.OPS})
WRITE_ERRORS = documented(400, 409, 413, 415, 422)


Body = Annotated[bytes, Depends(optional_body)]
Key = Annotated[str | None, Depends(idempotency_key)]


class TeamEdge:
    """The routes of this edge over one way to speak, one picture and one explainer."""

    def __init__(self, speaking: Speaking, picture: Picture, explainer: Explainer | None) -> None:
        self._speaking, self._picture, self._explainer = speaking, picture, explainer
        self._ownership = Ownership(speaking.answers, picture)
        self._documents = Documents()
        self._router = APIRouter(tags=["teams"])
        self._access: dict[tuple[str, str], frozenset[Role]] = {}

    def part(self) -> Part:
        for address in (*NEW_REFERRALS, *ADDRESSES):
            self._address(address)
        self._reads()
        return Part(self._router, self._access, self._documents)

    # --- saying ------------------------------------------------------------------------------------------

    def say(self, guard: str, sentence: Sentence) -> Answer:
        """Say one thing and return its answer; 404 if what it names is not there for this council."""
        found = self._give(guard, self._speaking.hold(sentence))
        return told(found, self._picture.facts_for(sentence.caller, found))

    def _give(self, guard: str, said: Said) -> Decided:
        is_repeat = self._speaking.answers.find(said.id) is not None
        if not is_repeat and not self._ownership.may_say(guard, said):
            raise not_found()
        return self._speaking.give(said)

    def _address(self, address: Address) -> None:
        is_new = address in NEW_REFERRALS
        names = () if address.named is None else (address.named,)
        unsaid = UNSAID_OF_NEW if is_new else (*names, *(["council"] if address.is_council_said else []))

        def route(request: Request, caller: CallerNow, key: Key, body: Body) -> Answer:
            fields = self._speaking.read(caller, body)
            named = {name: request.path_params[name] for name in names}
            if is_new:
                key = key or new_id()
                named["referral_id"] = referral_id_of(caller, key)
            if address.is_council_said:
                named["council"] = council_of(caller, fields)
            return self.say(address.guard, Sentence(caller, address.model, fields, named, key, body))

        extra = self._documents.body(address.model, named=unsaid, defaulted=DEFAULTED)
        if names:
            extra["parameters"] = [path_parameter(name) for name in names]
        name = "".join(char if char.isalnum() else "_" for char in address.path)
        self._router.post(
            address.path,
            summary=address.summary,
            responses=WRITE_ERRORS,
            openapi_extra=extra,
            name=f"say{name}",
        )(route)
        self._access["POST", address.path] = TEAMS

    # --- reading -----------------------------------------------------------------------------------------

    def _get(self, path: str, view: Any, route: Callable[..., Any], roles: frozenset[Role]) -> None:
        self._router.get(path, response_model=view, response_model_exclude_unset=True)(route)
        self._access["GET", path] = roles

    def _reads(self) -> None:
        self._get("/v1/referrals", list[ReferralView], self.referrals, TEAMS)
        self._get("/v1/referrals/{referral_id}", ReferralView, self.referral, TEAMS)
        self._get("/v1/vacancies", list[VacancyView], self.vacancies, TEAM_ONLY)
        self._get("/v1/matches", list[MatchView], self.matches, TEAM_ONLY)
        self._get("/v1/holds", list[HoldView], self.holds, TEAMS)
        self._get("/v1/answers/{id}", Answer | Problem, self.answer, EVERY_SPEAKER)
        if self._explainer is not None:
            self._get("/v1/explain", list[Explanation], self.explain, TEAM_ONLY)

    def referrals(self, caller: CallerNow, page: PageAsked) -> list[dict[str, Any]]:
        """Own referrals; to ops their outline alone."""
        own = page.of(self._picture.referrals_of(own_id(caller)), lambda each: (each["referral_id"],))
        return [show(viewer_of(caller), Thing.REFERRAL, each) for each in own]

    def referral(self, referral_id: str, caller: CallerNow) -> dict[str, Any]:
        found = self._picture.referral(referral_id)
        if found is None or own_id(caller) not in {None, found["council"]}:
            raise not_found()
        return show(viewer_of(caller), Thing.REFERRAL, found)

    def vacancies(self, caller: CallerNow, page: PageAsked) -> list[dict[str, Any]]:
        """What is listed to this council now: to answer, with its countdown, or to stand by for."""
        listed = page.of(self._picture.listed_to(caller.id), order_of_listed)
        return [show(listing_viewer(each), Thing.VACANCY, each) for each in listed]

    def matches(self, caller: CallerNow, page: PageAsked) -> list[dict[str, Any]]:
        """Which of these fit which of the council's referrals, why, and whose approval each needs."""
        own = page.of(self._picture.matches_of(caller.id), order_of_matches)
        return [show(Viewer.OWN_TEAM, Thing.MATCH, each) for each in own]

    def holds(self, caller: CallerNow, page: PageAsked) -> list[dict[str, Any]]:
        """Places that are held or reserved for the council's referrals."""
        own = page.of(self._picture.holds_of(own_id(caller)), lambda each: (each["vacancy_id"],))
        return [show(viewer_of(caller), Thing.HOLD, each) for each in own]

    def answer(self, id: str, caller: CallerNow) -> Answer | Problem:  # noqa: A002 - the API's own word
        """How an input was answered that this caller sent; not found also while it is not decided yet."""
        found = self._speaking.answers.find(id)
        if found is None or not self._has_sent(caller, found):
            raise not_found()
        if found.answer != "accepted":
            return refusal(found)
        return Answer.of(found, self._picture.facts_for(caller, found))

    def _has_sent(self, caller: Caller, found: Decided) -> bool:
        answers, own = self._speaking.answers, Party(role=caller.role, id=caller.id)
        return caller.role is Role.OPS or own in {answers.speaker(found), answers.recorder(found)}

    def explain(
        self,
        caller: CallerNow,
        page: PageAsked,
        vacancy_id: Annotated[str | None, Query(max_length=64)] = None,
        referral_id: Annotated[str | None, Query(max_length=64)] = None,
    ) -> list[Explanation]:
        """Why a place fits a referral, or every constraint that says no. One id alone: against all of the other."""
        assert self._explainer is not None
        listed = {each["vacancy_id"] for each in self._picture.listed_to(caller.id)}
        own = {each["referral_id"] for each in self._picture.referrals_of(caller.id)}
        if not own.issuperset([referral_id] if referral_id else []):
            raise not_found()
        if not listed.issuperset([vacancy_id] if vacancy_id else []) or not (vacancy_id or referral_id):
            raise not_found()
        pairs = itertools.product(
            [vacancy_id] if vacancy_id else listed, [referral_id] if referral_id else own
        )
        found = [self._explainer.explain(*pair) for pair in page.of(pairs, lambda pair: pair)]
        return [each for each in found if each is not None]


def council_of(caller: Caller, fields: dict[str, Any]) -> str:
    """Return the council that speaks: the token's, or the one that ops writes down."""
    if caller.role is Role.TEAM:
        return caller.id
    named = fields.get("on_behalf_of")
    if not isinstance(named, dict) or not isinstance(named.get("id"), str):
        problem = FieldProblem(field="on_behalf_of", rule="the council whose word it is must be named")
        raise Refused(422, "invalid", errors=(problem,))
    return str(named["id"])


def own_id(caller: Caller) -> str | None:
    """Return the council that a caller reads as; None: all, for ops."""
    return caller.id if caller.role is Role.TEAM else None


def viewer_of(caller: Caller) -> Viewer:
    return Viewer.OWN_TEAM if caller.role is Role.TEAM else Viewer.OPS


def listing_viewer(listed: dict[str, Any]) -> Viewer:
    return Viewer.ANSWERING if listed["listing"] == "answer" else Viewer.STANDING_BY
