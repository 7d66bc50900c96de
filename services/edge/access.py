"""Who asks, and which route is whose. Everything that no table names is denied.

Knows roles, tokens and routes. Must not know what a route does.
"""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import Depends, Request

from schemas.words import Role
from services.directory import Caller, Directory

from .problems import Refused

Access = Mapping[tuple[str, str], frozenset[Role]]
"""The roles that may call a route, by method and path template. An empty set: everybody, also without a token."""

SCHEME = "bearer"
COOKIE = "hearth_token"


def guard(
    directory: Directory, access: Access, token_of: Callable[[Request], str]
) -> Callable[[Request], None]:
    """Return the dependency that lets a request pass or refuses it, and remembers who calls."""

    def check(request: Request) -> None:
        allowed = access.get((request.method, route_path(request)))
        if allowed is not None and not allowed:
            return
        caller = directory.caller(token_of(request))
        if caller is None:
            raise Refused(401)
        if allowed is None or caller.role not in allowed:
            raise Refused(403)
        request.state.caller = caller

    return check


def route_path(request: Request) -> str:
    """Return the path template of the route that was chosen."""
    return str(getattr(request.scope.get("route"), "path", ""))


def bearer(request: Request) -> str:
    """Return the token of the Authorization header; empty if there is none (RFC 6750)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == SCHEME else ""


def cookie(request: Request) -> str:
    """Return the token that the page keeps; empty if there is none."""
    return request.cookies.get(COOKIE, "")


def caller_of(request: Request) -> Caller:
    """Return who calls; a route that asks this without having been guarded is denied."""
    caller = getattr(request.state, "caller", None)
    if not isinstance(caller, Caller):
        raise Refused(401)
    return caller


CallerNow = Annotated[Caller, Depends(caller_of)]
