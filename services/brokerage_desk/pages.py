"""The plain page: sign in by token, see what is yours, answer it. In the demo: an overview of made-up data.

Moves bytes and decides nothing: a form says what the API says, by the same way. The cookie is HttpOnly and
SameSite=Strict, and a form from another origin is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from runtime.clock import new_id
from schemas.words import ChoiceReason, Code, CouncilDecline, ProviderDecline, Role
from services.directory import Caller, Directory
from services.edge.access import COOKIE, CallerNow, cookie
from services.edge.answers import Answer
from services.edge.app import Part
from services.edge.domain.visibility import Thing, Viewer, show
from services.edge.problems import CODES, Refused, not_found
from services.edge.reading import limited, media_type
from services.edge.saying import Sentence

from .acts import ACTS, Act
from .picture import Picture
from .times import in_london, in_words

Say = Callable[[Act, Sentence], Answer]
"""How a form is said: by the edge of the role that sent it."""

FORM_MAX = 16 * 1024
SESSION_S = 12 * 3600
ENDED_MAX = 30
FORM = "application/x-www-form-urlencoded"
PEOPLE = frozenset({Role.PROVIDER, Role.TEAM})
NOBODY_IN_PARTICULAR: frozenset[Role] = frozenset()
ANSWERS = frozenset({*(code.value for code in Code), *CODES.values(), "not_decided_yet"})
"""What the page repeats of its own address: codes, and nothing else."""
STATIC = {"hearth.css": "text/css", "hearth.js": "text/javascript"}
CHOICES = {
    ChoiceReason.BEST_MATCH: "it matches the place best",
    ChoiceReason.URGENCY: "it is more urgent",
    ChoiceReason.DISTANCE: "it is nearer to the child's borough",
    ChoiceReason.LEAST_RECENTLY_SERVED: "its council was served least recently",
    ChoiceReason.ALL_EQUAL: "they are equal in all of this",
}
"""Why a provider may choose one nomination of several, most weighty first."""
LISTINGS = {"answer": Viewer.ANSWERING, "standby": Viewer.STANDING_BY}


@dataclass(frozen=True, slots=True)
class Desk:
    """What the page needs."""

    picture: Picture
    directory: Directory
    sayings: Mapping[Role, Say]
    is_demo: bool = False


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form from this page's own origin."""
    if media_type(request) != FORM:
        raise Refused(415)
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if request.headers.get("origin") != own:
        raise Refused(403, "other_origin", "A form is sent from this page alone.")
    return dict(parse_qsl((await limited(request, FORM_MAX)).decode(errors="replace"), max_num_fields=20))


Form = Annotated[dict[str, str], Depends(form_of)]


class Pages:
    """Renders and takes forms."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        loader = PackageLoader("services.brokerage_desk", "templates")
        self._templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
        self._templates.filters.update(london=in_london, words=in_words, plain=plain)

    def home(self, request: Request) -> Response:
        """Show whose page it is, or the way in."""
        caller = self._desk.directory.caller(cookie(request))
        answer = request.query_params.get("answer", "")
        said = answer if answer in ANSWERS else None
        failed = {"has_failed": "failed" in request.query_params}
        if caller is not None and caller.role is Role.TEAM:
            return self._render("team.html", caller, said, self._team(caller))
        if caller is not None and caller.role is Role.PROVIDER:
            return self._render("provider.html", caller, said, self._provider(caller))
        if self._desk.is_demo:
            return self._render("overview.html", None, said, self._overview() | failed)
        return self._render("sign_in.html", None, said, failed)

    def _render(
        self, name: str, caller: Caller | None, said: str | None, found: Mapping[str, Any]
    ) -> Response:
        council_name, is_made_up = self._desk.directory.council_name, self._desk.directory.is_made_up
        text = self._templates.get_template(name).render(
            caller=caller,
            said=said,
            now=self._desk.picture.now().isoformat(),
            council_name=council_name,
            is_made_up=is_made_up or self._desk.is_demo,
            new_key=new_id,
            **found,
        )
        return HTMLResponse(text)

    def _team(self, caller: Caller) -> dict[str, Any]:
        picture = self._desk.picture
        listed = [
            show(LISTINGS[each["listing"]], Thing.VACANCY, each) for each in picture.listed_to(caller.id)
        ]
        referrals = [show(Viewer.OWN_TEAM, Thing.REFERRAL, each) for each in picture.referrals_of(caller.id)]
        return {
            "windows": [each for each in listed if each["listing"] == "answer"],
            "standbys": [each for each in listed if each["listing"] == "standby"],
            "matches": [show(Viewer.OWN_TEAM, Thing.MATCH, each) for each in picture.matches_of(caller.id)],
            "holds": [show(Viewer.OWN_TEAM, Thing.HOLD, each) for each in picture.holds_of(caller.id)],
            "referrals": [each for each in referrals if each["status"] not in {"closed", "placed"}],
            "reasons": list(CouncilDecline),
        }

    def _provider(self, caller: Caller) -> dict[str, Any]:
        picture, own = self._desk.picture, caller.id
        return {
            "settings": [show(Viewer.PROVIDER, Thing.SETTING, each) for each in picture.settings_of(own)],
            "offers": [show(Viewer.PROVIDER, Thing.OFFER, each) for each in picture.offers_of(own)],
            "nominations": [
                show(Viewer.PROVIDER, Thing.NOMINATION, each) for each in picture.nominations_of(own)
            ],
            "holds": [show(Viewer.PROVIDER, Thing.HOLD, each) for each in picture.holds_of(provider_id=own)],
            "reasons": list(ProviderDecline),
            "choices": CHOICES,
        }

    def _overview(self) -> dict[str, Any]:
        """What ops may see: nothing of a child."""
        picture = self._desk.picture
        windows = [show(Viewer.OPS, Thing.WINDOW, each) for each in picture.windows()]
        offers = [show(Viewer.OPS, Thing.OFFER, each) for each in picture.offers_of(None)]
        in_window = [each for each in offers if "window_id" in each]
        return {
            "doings": picture.doings(),
            "offers": sorted(in_window, key=lambda each: str(each["closes_at"])),
            "waiting": len(offers) - len(in_window),
            "holds": [show(Viewer.OPS, Thing.HOLD, each) for each in picture.holds_of()],
            "ended": [each for each in reversed(windows) if each.get("outcome")][:ENDED_MAX],
        }

    def sign_in(self, request: Request, form: Form) -> Response:
        """Keep the token in a cookie that no script reads and no other site sends."""
        token = form.get("token", "").strip()
        caller = self._desk.directory.caller(token)
        if caller is None or caller.role not in PEOPLE:
            return RedirectResponse("/?failed", 303)
        response = RedirectResponse("/", 303)
        is_secure = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, token, max_age=SESSION_S, httponly=True, samesite="strict", secure=is_secure, path="/"
        )
        return response

    def sign_out(self, form: Form) -> Response:
        del form
        response = RedirectResponse("/", 303)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return response

    def act(self, act: str, caller: CallerNow, form: Form) -> Response:
        """Say what a form says and show how it was answered. Each form carries a key of its own: twice is once."""
        found = ACTS[caller.role].get(act)
        if found is None:
            raise not_found()
        fields = {name: form[name] for name in found.fields if name in form}
        sentence = Sentence(caller, found.model, fields, {}, form.get("key"), b"")
        try:
            answer = self._desk.sayings[caller.role](found, sentence).answer.value
        except Refused as refused:
            answer = refused.problem.code
        return RedirectResponse(f"/?answer={answer}", 303)

    def static(self, name: str) -> Response:
        if name not in STATIC:
            raise not_found()
        body = files("services.brokerage_desk").joinpath("static", name).read_bytes()
        return Response(body, media_type=STATIC[name])


def pages_part(desk: Desk) -> Part:
    """Return the page's routes. It reads the cookie alone; the API reads the header alone."""
    pages, router = Pages(desk), APIRouter(include_in_schema=False)
    router.get("/", response_class=HTMLResponse)(pages.home)
    router.get("/static/{name}", response_class=Response)(pages.static)
    router.post("/sign-in", response_class=Response)(pages.sign_in)
    router.post("/sign-out", response_class=Response)(pages.sign_out)
    router.post("/act/{act}", response_class=Response)(pages.act)
    access = {
        ("GET", "/"): NOBODY_IN_PARTICULAR,
        ("GET", "/static/{name}"): NOBODY_IN_PARTICULAR,
        ("POST", "/sign-in"): NOBODY_IN_PARTICULAR,
        ("POST", "/sign-out"): NOBODY_IN_PARTICULAR,
        ("POST", "/act/{act}"): PEOPLE,
    }
    return Part(router, access, token_of=cookie)


def plain(word: object) -> str:
    """Return a coded word as people read it."""
    return str(word).replace("_", " ")
