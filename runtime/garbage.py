"""How seldom a process that lives long looks for garbage: reference counts free nearly everything without."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

COLLECTED_AFTER: Final = (50_000, 20, 50)
"""New objects until a look through the young ones; such looks until one through the older, and through all."""


@contextmanager
def few_collections() -> Iterator[None]:
    """Never look for garbage inside, nor ever through what is built there, and seldom afterwards.

    What a process loads, or builds at its start on a big log, stays as long as the process does. To look through it
    again and again takes up to a fifth of the time of loading, and as long as building millions of objects takes.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*COLLECTED_AFTER)
        gc.enable()
