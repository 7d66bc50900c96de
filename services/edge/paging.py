"""A long list, a page at a time: what stands behind the last thing of the page before.

Knows an order and a place in it. Must not know what is listed. A page begins behind a key and not at a number, so that
what comes and goes meanwhile shifts nothing: whatever stands from the first page to the last is shown once.
"""

import base64
import binascii
import heapq
from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Depends, Query, Request, Response

from .problems import FieldProblem, Refused

PAGE_MAX = 1000
"""How much one answer lists at the most; also how much where nobody says less."""
AFTER_MAX = 1000

SortKey = tuple[str | int, ...]
Listed = TypeVar("Listed")


class Page:
    """The page that a request asks for. `of` takes it from a list, and says in a header where the next one begins.

    Source of the header: RFC 8288, relation `next`.
    """

    def __init__(
        self,
        request: Request,
        response: Response,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX, description="how many at the most")] = PAGE_MAX,
        after: Annotated[
            str | None, Query(max_length=AFTER_MAX, description="from the `next` link of the page before")
        ] = None,
    ) -> None:
        self._request, self._response = request, response
        self._limit, self._after = limit, None if after is None else key_of(after)

    def of(self, items: Iterable[Listed], order: Callable[[Listed], SortKey]) -> list[Listed]:
        """Return the page in its order. Refused (422) if `after` is no place in an order such as this."""
        keyed = [(order(each), number, each) for number, each in enumerate(items)]
        if self._after is not None and keyed:
            if not is_like(self._after, keyed[0][0]):
                raise unknown_place()
            keyed = [each for each in keyed if each[0] > self._after]
        found = heapq.nsmallest(self._limit, keyed)
        if len(keyed) > len(found):
            self._link(found[-1][0])
        return [each for _, _, each in found]

    def _link(self, last: SortKey) -> None:
        following = self._request.url.include_query_params(after=text_of(last))
        self._response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'


PageAsked = Annotated[Page, Depends()]


def is_like(key: SortKey, other: SortKey) -> bool:
    return [type(each) for each in key] == [type(each) for each in other]


def text_of(key: SortKey) -> str:
    """Return a place in an order as an address can hold it."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def key_of(text: str) -> SortKey:
    """Read such a place back, or refuse it."""
    try:
        found: Any = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        raise unknown_place() from None
    if not isinstance(found, list) or not all(isinstance(each, str | int) for each in found):
        raise unknown_place()
    return tuple(found)


def unknown_place() -> Refused:
    rule = "the `after` of a page's `next` link"
    return Refused(422, errors=(FieldProblem(field="query.after", rule=rule),))
