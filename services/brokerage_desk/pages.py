"""The plain page: sign in by token, see what is yours, answer it; and where the links of messages lead.

Moves bytes and decides nothing: a form says what the API says, by the same way. No GET changes anything, for mail
scanners follow links. The cookie is HttpOnly and SameSite=Lax: it goes along when somebody follows a link of a message
from a mail program on the web, and with no form of another site; such a form is refused by its origin besides.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Annotated, Any, Protocol
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from runtime.clock import new_id
from runtime.log import LogUnavailable
from runtime.records import rfc3339
from schemas.words import Role
from services.directory import Caller, Directory
from services.edge.access import COOKIE, cookie
from services.edge.answers import Answer
from services.edge.app import Part
from services.edge.domain.visibility import Viewer
from services.edge.problems import CODES, Refused, not_found
from services.edge.reading import limited, media_type
from services.edge.saying import Sentence

from .acts import ACTS, Act, fields_of, named_by
from .following import never_stale
from .outlook import VIEWERS, Outlook
from .picture import Picture
from .sights import CHOICES, SHOWN_MAX, Item, ProviderSights, Sight, TeamSights
from .times import in_london, in_words
from .wording import ANSWERS, audience, day, judged, plain, refusal

__all__ = ["CHOICES", "Desk", "Say", "pages_part"]

Say = Callable[[Act, Sentence], Answer]
"""How a form is said: by the edge of the role that sent it."""

ACCEPTED = "accepted"
PAGE_DIGITS = 6
FORM_MAX = 16 * 1024
SESSION_S = 12 * 3600
FIELDS_MAX = 60
"""The largest form asks for a referral's needs: a dozen fields, and two lists to tick."""
FORM = "application/x-www-form-urlencoded"
TEMPLATES = {
    Role.PROVIDER: "provider",
    Role.TEAM: "team",
    Role.COMMISSIONER: "outlook",
    Role.OPS: "outlook",
}
"""Who can sign in, and how the templates of each begin. The parts of Hearth call by no page."""
NOBODY_IN_PARTICULAR: frozenset[Role] = frozenset()
STATIC = {"hearth.css": "text/css", "hearth.js": "text/javascript", "hearth.svg": "image/svg+xml"}
ITEMS = ("windows", "vacancies", "nominations", "referrals", "settings")
"""What a link of a message may lead to: each a path with one id."""
CONFIRMATIONS = ("no-change", "still-vacant", "filled")
OWN_PATH = re.compile(
    rf"/(?:(?:{'|'.join(ITEMS)})/[A-Za-z0-9:-]{{1,64}}|confirm/[A-Za-z0-9:-]{{1,64}}/(?:{'|'.join(CONFIRMATIONS)}))"
)
"""Where signing in may lead besides home; any other address is left out, so that no link leads elsewhere."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the page needs."""

    picture: Picture
    directory: Directory
    sayings: Mapping[Role, Say]
    councils: Mapping[str, str]
    """Public names of councils by GSS code, to choose from: never the directory's, which tell who is a tenant."""
    is_demo: bool = False
    stale_since: Callable[[], datetime | None] = never_stale
    """Up to when the picture has everything, if that is too long ago."""


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form from this page's own origin."""
    if media_type(request) != FORM:
        raise Refused(415)
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if request.headers.get("origin") != own:
        raise Refused(403, "other_origin", "A form is sent from this page alone.")
    return read_form((await limited(request, FORM_MAX)).decode(errors="replace"))


def read_form(text: str) -> dict[str, str]:
    """Return the fields of a form; of several boxes that are ticked under one name, all, with commas between."""
    try:
        pairs = parse_qsl(text, max_num_fields=FIELDS_MAX)
    except ValueError:
        raise Refused(413) from None
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


Form = Annotated[dict[str, str], Depends(form_of)]


class Sights(Protocol):
    """What one caller has before it."""

    def everything(self) -> Sight: ...

    def listed(self, kind: str, number: int) -> Item | None:
        """Return a page of one long list; None for a list that this caller does not have."""
        ...

    def item(self, kind: str, about: str) -> Item | None:
        """Return what a link leads to; None where it leads nowhere for this caller."""
        ...


class Pages:
    """Renders and takes forms."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        loader = PackageLoader("services.brokerage_desk", "templates")
        self._templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
        self._templates.filters.update(
            london=in_london,
            words=in_words,
            plain=plain,
            day=day,
            judged=judged,
            tier=lambda number: f"tier {number}",
            audience=lambda name: audience(desk.directory.council_name(name)),
        )

    def _caller(self, request: Request) -> Caller | None:
        """Return who has signed in."""
        return self._desk.directory.caller(cookie(request))

    def _sights(self, caller: Caller) -> Sights:
        picture, directory = self._desk.picture, self._desk.directory
        if caller.role is Role.TEAM:
            return TeamSights(picture, directory, caller.id)
        if caller.role is Role.PROVIDER:
            return ProviderSights(picture, caller.id)
        return Outlook(picture, VIEWERS[caller.role])

    # --- looking ---------------------------------------------------------------------------------------------

    def home(self, request: Request) -> Response:
        """Show whose page it is, or the way in."""
        caller = self._caller(request)
        if caller is not None:
            sight = self._sights(caller).everything()
            return self._render(f"{TEMPLATES[caller.role]}.html", caller, said_of(caller, request), sight)
        way_in = {"has_failed": "failed" in request.query_params, "next": ""}
        if self._desk.is_demo:
            overview = Outlook(self._desk.picture, Viewer.OPS).overview()
            return self._render("overview.html", None, None, {**overview, **way_in})
        return self._render("sign_in.html", None, None, way_in)

    def way_in(self, request: Request) -> Response:
        """Show the way in that leads on to where a link wanted to go."""
        found = {"has_failed": "failed" in request.query_params, "next": own_path(request.query_params)}
        return self._render("sign_in.html", None, None, found)

    def item(self, kind: str) -> Callable[[Request, str], Response]:
        """Return the route of one kind of link: the sign-in page, what it leads to, or 404."""

        def route(request: Request, about: str) -> Response:
            caller = self._caller(request)
            if caller is None:
                return self._sign_in_first(request)
            found = self._sights(caller).item(kind, about)
            return self._nothing(caller) if found is None else self._item(caller, found, request)

        return route

    def listed(self, request: Request, kind: str) -> Response:
        """Show a page of one list that is longer than a page."""
        caller = self._caller(request)
        if caller is None:
            return self._sign_in_first(request)
        number = request.query_params.get("page", "1")
        is_number = number.isascii() and number.isdecimal() and len(number) < PAGE_DIGITS
        found = self._sights(caller).listed(kind, int(number) if is_number else 1)
        return self._nothing(caller) if found is None else self._item(caller, found, request, kind)

    def _item(self, caller: Caller, found: Item, request: Request, kind: str | None = None) -> Response:
        """Show a thing alone, or a page of the list of this kind."""
        context = {"about": None, **found.sight, "item": found, "section": kind}
        return self._render(f"{TEMPLATES[caller.role]}_item.html", caller, said_of(caller, request), context)

    def confirm(self, request: Request, about: str, word: str) -> Response:
        """Ask once more what a link of a message says: one question, one button."""
        caller = self._caller(request)
        if caller is None:
            return self._sign_in_first(request)
        if caller.role is not Role.PROVIDER or word not in CONFIRMATIONS:
            return self._nothing(caller)
        found = self._sights(caller).item("vacancies", about)
        if found is None:
            return self._nothing(caller)
        if not found.sight["offers"]:
            return self._item(caller, found, request)
        [offer] = found.sight["offers"]
        asked = {"word": word, "each": offer, "heading": found.heading, "codes": found.sight["codes"]}
        return self._render("confirm.html", caller, None, asked)

    def _sign_in_first(self, request: Request) -> Response:
        path = request.url.path
        return RedirectResponse(f"/sign-in?next={quote(path)}" if OWN_PATH.fullmatch(path) else "/", 303)

    def _nothing(self, caller: Caller) -> Response:
        """Somebody else's and nothing at all look the same."""
        return self._render("not_found.html", caller, None, {}, 404)

    def _render(
        self,
        name: str,
        caller: Caller | None,
        said: Mapping[str, Any] | None,
        found: Mapping[str, Any],
        status: int = 200,
    ) -> Response:
        council_name, is_made_up = self._desk.directory.council_name, self._desk.directory.is_made_up
        stale_since = self._desk.stale_since()
        text = self._templates.get_template(name).render(
            caller=caller,
            said=said,
            now=self._desk.picture.now().isoformat(),
            stale_since=stale_since and rfc3339(stale_since),
            council_name=council_name,
            councils=self._desk.councils,
            is_made_up=is_made_up or self._desk.is_demo,
            new_key=new_id,
            shown_max=SHOWN_MAX,
            **found,
        )
        return HTMLResponse(text, status)

    # --- saying ----------------------------------------------------------------------------------------------

    def sign_in(self, request: Request, form: Form) -> Response:
        """Keep the token in a cookie that no script reads and no form of another site sends."""
        token, path = form.get("token", "").strip(), own_path(form)
        caller = self._desk.directory.caller(token)
        if caller is None:
            return RedirectResponse(f"/sign-in?failed&next={quote(path)}" if path else "/?failed", 303)
        response = RedirectResponse(path or "/", 303)
        is_secure = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, token, max_age=SESSION_S, httponly=True, samesite="lax", secure=is_secure, path="/"
        )
        return response

    def sign_out(self, form: Form) -> Response:
        del form
        response = RedirectResponse("/", 303)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
        return response

    def act(self, act: str, request: Request, form: Form) -> Response:
        """Say what a form says and show how it was answered. Each form carries a key of its own: twice is once.

        A form may have two buttons, so the key counts for each act apart.
        """
        caller = self._caller(request)
        if caller is None:
            return self._render(
                "sign_in.html", None, None, {"has_failed": False, "next": "", "over": True}, 401
            )
        found = ACTS.get(caller.role, {}).get(act)
        if found is None:
            return self._nothing(caller)
        key = f"{act}:{form['key']}" if form.get("key") else new_id()
        named = named_by(found, caller, key)
        sentence = Sentence(caller, found.model, fields_of(found, form), named, key, b"")
        answer = self._answer(found, sentence)
        where = f"/referrals/{named['referral_id']}" if found.guard == "new" and answer == ACCEPTED else "/"
        return RedirectResponse(f"{where}?answer={answer}&act={act}", 303)

    def _answer(self, act: Act, sentence: Sentence) -> str:
        try:
            return self._desk.sayings[sentence.caller.role](act, sentence).answer.value
        except Refused as refused:
            return refused.problem.code
        except LogUnavailable:
            return CODES[503]

    def static(self, name: str) -> Response:
        if name not in STATIC:
            raise not_found()
        body = files("services.brokerage_desk").joinpath("static", name).read_bytes()
        return Response(body, media_type=STATIC[name])


def pages_part(desk: Desk) -> Part:
    """Return the page's routes. It reads the cookie alone; the API reads the header alone.

    The guard lets everybody in: what nobody in particular may see is the way in, and the page shows the rest to
    nobody but whom the cookie names.
    """
    pages, router = Pages(desk), APIRouter(include_in_schema=False)
    gets: dict[str, Callable[..., Response]] = {
        "/": pages.home,
        "/sign-in": pages.way_in,
        "/static/{name}": pages.static,
        **{f"/{kind}/{{about}}": pages.item(kind) for kind in ITEMS},
        "/lists/{kind}": pages.listed,
        "/confirm/{about}/{word}": pages.confirm,
    }
    posts: dict[str, Callable[..., Response]] = {
        "/sign-in": pages.sign_in,
        "/sign-out": pages.sign_out,
        "/act/{act}": pages.act,
    }
    for path, route in gets.items():
        router.get(path, response_class=HTMLResponse)(route)
    for path, route in posts.items():
        router.post(path, response_class=Response)(route)
    access = {("GET", path): NOBODY_IN_PARTICULAR for path in gets}
    access |= {("POST", path): NOBODY_IN_PARTICULAR for path in posts}
    return Part(router, access, token_of=cookie)


def own_path(fields: Mapping[str, str]) -> str:
    """Return where signing in shall lead, if that is one of this page's own paths; else nothing."""
    path = fields.get("next", "")
    return path if OWN_PATH.fullmatch(path) else ""


def said_of(caller: Caller, request: Request) -> Mapping[str, Any] | None:
    """Return how the last form was answered, in words of this page's own: nothing of its address is repeated."""
    acts, asked = ACTS.get(caller.role, {}), request.query_params
    answer, act = asked.get("answer"), acts.get(asked.get("act", ""))
    if answer not in ANSWERS:
        return None
    if answer != ACCEPTED:
        return {"is_good": False, "text": refusal(str(answer))}
    return {"is_good": True, "text": act.done if act else "Accepted."}
