"""Knows where the extracts in `data/` are, in a checkout and in an installed wheel. Knows no format."""

from importlib.resources import files
from importlib.resources.abc import Traversable

_IN_A_WHEEL = "_data"
_IN_A_CHECKOUT = "data"


def shipped(*parts: str) -> Traversable:
    """Return a file or folder of `data/` by its path in there.

    Raises FileNotFoundError for what was not shipped: that is a broken installation, not bad input.
    """
    package = files("services")
    roots = (package.joinpath(_IN_A_WHEEL), package.joinpath("..", _IN_A_CHECKOUT))
    for root in roots:
        found = root.joinpath(*parts)
        if found.is_dir() or found.is_file():
            return found
    raise FileNotFoundError("/".join((_IN_A_CHECKOUT, *parts)))
