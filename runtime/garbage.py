"""How seldom a process that lives long looks for garbage: reference counts free nearly everything without."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

COLLECTED_AFTER: Final = (50_000, 20, 50)
"""New objects until a look through the young ones; such looks until one through the older, and through all."""


def look_seldom() -> None:
    """Look for garbage seldom from now on. Else a sixth of the time in which a process loads its code goes to it."""
    gc.set_threshold(*COLLECTED_AFTER)


@contextmanager
def few_collections() -> Iterator[None]:
    """Look for garbage seldom, and never through what is built inside, which stays as long as the process does.

    Millions of objects are built at the start on a big log; to look through them again and again takes twice as long
    as to build them.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        look_seldom()
        gc.enable()
