"""The provider's edge: says what is vacant, reads what is its own, answers nominations.

Moves bytes and decides nothing. A setting that is another provider's is not found, before anything is appended.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from schemas import vacancies
from schemas.base import Event
from schemas.words import Role
from services.directory import Caller
from services.edge.access import CallerNow
from services.edge.answers import Answer, told
from services.edge.app import Part
from services.edge.documents import Documents, path_parameter
from services.edge.domain.visibility import Thing, Viewer, show
from services.edge.inputs import Said
from services.edge.paging import PageAsked, SortKey
from services.edge.problems import FieldProblem, Refused, documented, not_found
from services.edge.reading import Unfit, body_of, lines_of, optional_body
from services.edge.saying import Sentence, Speaking, idempotency_key
from services.edge.views import HoldView, NominationView, OfferView, SettingView

from .batch import Batches, BatchResult
from .judgement import Judged, JudgementResult, Judgements
from .own import Ownership
from .ports import Picture
from .words import ADDRESSES, BY_NAME, DEFAULTED, NAMES_OF, Address

WRITERS = frozenset({Role.PROVIDER, Role.OPS})
WRITE_ERRORS = documented(400, 409, 413, 415, 422)


JsonBody = Annotated[bytes, Depends(body_of)]
OptionalBody = Annotated[bytes, Depends(optional_body)]
LinesBody = Annotated[bytes, Depends(lines_of)]
Key = Annotated[str | None, Depends(idempotency_key)]


class ProviderEdge:
    """The routes of this edge over one way to speak and one picture."""

    def __init__(self, speaking: Speaking, picture: Picture) -> None:
        self._speaking, self._picture = speaking, picture
        self._documents = Documents()
        self._router = APIRouter(tags=["providers"])
        self._access: dict[tuple[str, str], frozenset[Role]] = {}

    def part(self) -> Part:
        self._events()
        for address in ADDRESSES:
            self._address(address)
        self._judgement()
        self._reads()
        return Part(self._router, self._access, self._documents)

    def _allow(self, method: str, path: str) -> None:
        self._access[method, path] = WRITERS

    # --- saying ------------------------------------------------------------------------------------------

    def say(self, sentence: Sentence) -> Answer:
        """Say one thing and return its answer; 404 if the setting is not there for this caller."""
        said = self._speaking.hold(sentence)
        self.must_own(said)
        found = self._speaking.give(said)
        return told(found, self._picture.facts_for(sentence.caller, found))

    def must_own(self, said: Said) -> None:
        try:
            if not Ownership(self._speaking.answers).may_say(said):
                raise not_found()
        except Unfit as unfit:
            raise Refused(422, errors=unfit.errors) from None

    def _events(self) -> None:
        body = self._documents.one_of(BY_NAME, DEFAULTED)
        content = {"application/json": {"schema": body}}

        def event(caller: CallerNow, key: Key, body: JsonBody) -> Answer:
            """Say one thing. `type` says which; the other fields are those of its schema."""
            fields = self._speaking.read(caller, body)
            model = self._model(caller, fields)
            rest = {name: value for name, value in fields.items() if name != "type"}
            return self.say(Sentence(caller, model, rest, {}, key, body))

        self._router.post(
            "/v1/events",
            summary="Say one thing",
            responses=WRITE_ERRORS,
            openapi_extra={"requestBody": {"required": True, "content": content}},
        )(event)
        self._allow("POST", "/v1/events")
        batches = Batches(self._speaking, self._picture)

        def events(caller: CallerNow, key: Key, body: LinesBody) -> BatchResult:
            """Say many things, one JSON object a line. A bad line stops nothing else."""
            return batches.say(caller, key, body)

        lines = {"application/x-ndjson": {"schema": {"type": "string"}}}
        self._router.post(
            "/v1/events:batch",
            summary="Say many things",
            responses=WRITE_ERRORS,
            openapi_extra={"requestBody": {"required": True, "content": lines}},
        )(events)
        self._allow("POST", "/v1/events:batch")

    def _model(self, caller: Caller, fields: dict[str, Any]) -> type[Event]:
        try:
            return model_of(caller, fields)
        except Unfit as unfit:
            raise Refused(422, errors=unfit.errors) from None

    def _address(self, address: Address) -> None:
        names = () if address.named is None else (address.named,)

        def route(request: Request, caller: CallerNow, key: Key, body: OptionalBody) -> Answer:
            named = {name: request.path_params[name] for name in names}
            fields = self._speaking.read(caller, body)
            return self.say(Sentence(caller, address.model, fields, named, key, body))

        extra = self._documents.body(address.model, named=names, defaulted=DEFAULTED)
        if names:
            extra["parameters"] = [path_parameter(name) for name in names]
        name = address.path.strip("/").replace("/", "_").replace("{", "").replace("}", "").replace("-", "_")
        self._router.post(
            address.path,
            summary=address.summary,
            responses=WRITE_ERRORS,
            openapi_extra=extra,
            name=f"say_{name}",
        )(route)
        self._allow("POST", address.path)

    def _judgement(self) -> None:
        path = "/v1/providers/{provider_id}/judgement"
        judgements = Judgements(self._speaking, self._picture)

        def judged(provider_id: str, caller: CallerNow, key: Key, body: JsonBody) -> JudgementResult:
            """A judgement of a fostering agency reaches each of its households."""
            fields = self._speaking.read(caller, body)
            return judgements.say(Judged(caller, provider_id, fields, key, body))

        extra = self._documents.body(vacancies.SettingJudged, named=["setting_id"])
        self._router.post(
            path,
            summary="Judge all households of a fostering agency",
            responses=WRITE_ERRORS,
            openapi_extra=extra,
        )(judged)
        self._allow("POST", path)

    # --- reading -----------------------------------------------------------------------------------------

    def _reads(self) -> None:
        def settings(caller: CallerNow, page: PageAsked) -> list[dict[str, Any]]:
            return seen(caller, Thing.SETTING, self._picture.settings_of(own_id(caller), page))

        def setting(setting_id: str, caller: CallerNow) -> dict[str, Any]:
            found = self._picture.one_setting(setting_id, own_id(caller))
            if found is None:
                raise not_found()
            return show(viewer_of(caller), Thing.SETTING, found)

        def offers(caller: CallerNow, page: PageAsked) -> list[dict[str, Any]]:
            """Own vacancies: which tier has each and for how long; never which council's child."""
            return seen(caller, Thing.OFFER, self._picture.offers_of(own_id(caller), page))

        def nominations(caller: CallerNow, page: PageAsked) -> list[dict[str, Any]]:
            """Only those that are vouched for: the referral is open and the council's own.

            Those of one vacancy stand in the advised order, with the reason of each: match, urgency, distance, least
            recently served council. When they came counts for nothing. The choice is the provider's.
            """
            own = page.of(self._picture.nominations_of(own_id(caller)), as_advised)
            return seen(caller, Thing.NOMINATION, own)

        def reservations(caller: CallerNow, page: PageAsked) -> list[dict[str, Any]]:
            own = page.of(self._picture.holds_of(provider_id=own_id(caller)), by_vacancy)
            return seen(caller, Thing.HOLD, own)

        self._get("/v1/settings", list[SettingView], settings)
        self._get("/v1/settings/{setting_id}", SettingView, setting)
        self._get("/v1/offers", list[OfferView], offers)
        self._get("/v1/nominations", list[NominationView], nominations)
        self._get("/v1/reservations", list[HoldView], reservations)

    def _get(self, path: str, view: Any, route: Callable[..., Any]) -> None:
        self._router.get(path, response_model=view, response_model_exclude_unset=True)(route)
        self._allow("GET", path)


def by_vacancy(each: dict[str, Any]) -> SortKey:
    return (each["vacancy_id"],)


def as_advised(each: dict[str, Any]) -> SortKey:
    """Those of one vacancy in the advised order; where none is advised, as they came."""
    number = int(each["nomination_id"].rpartition(":n")[2])
    return each["vacancy_id"], each.get("advised_rank", number), each["nomination_id"]


def model_of(caller: Caller, fields: dict[str, Any]) -> type[Event]:
    """Return the model that `type` names; Unfit for one that this caller may not say."""
    kind = fields.get("type")
    if not isinstance(kind, str) or kind not in NAMES_OF[caller.role]:
        raise Unfit((FieldProblem(field="type", rule="one of the types that this role may say"),))
    return BY_NAME[kind]


def own_id(caller: Caller) -> str | None:
    """Return the provider that a caller reads as; None: all, for ops."""
    return caller.id if caller.role is Role.PROVIDER else None


def viewer_of(caller: Caller) -> Viewer:
    return Viewer.PROVIDER if caller.role is Role.PROVIDER else Viewer.OPS


def seen(caller: Caller, thing: Thing, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [show(viewer_of(caller), thing, each) for each in found]
