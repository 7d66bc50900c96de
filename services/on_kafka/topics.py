"""What each process on Kafka mirrors, and so may read, by the catalogue. Knows which part is which relay."""

from collections.abc import Mapping, Sequence
from typing import Final

from schemas.topics import Part, consumed_by, produced_by

CLOCK: Final = "clock"
RELAYS: Final[Mapping[str, Part]] = {
    CLOCK: "clock",
    "courier-offers": "couriers",
    "courier-placements": "couriers",
    "listings": "listings relay",
    "fit": "fit",
}
IMPORTED: Final = "register"
"""What is followed by who imports it alone, and by the demo's people."""


def followed_by_relays(names: Sequence[str]) -> frozenset[str]:
    """What a process of these relays mirrors. The clock may say a deadline again, so it need not see what was said."""
    others = [RELAYS[name] for name in names if name != CLOCK]
    return seen_by(*others) | (consumed_by("clock") if CLOCK in names else frozenset())


def seen_by(*parts: Part) -> frozenset[str]:
    """What a process of these parts mirrors: what it follows, and what it says, so that nothing is said twice."""
    return (consumed_by(*parts) | produced_by(*parts)) - {IMPORTED}
