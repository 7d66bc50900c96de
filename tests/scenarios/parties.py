"""Who takes part: for every scenario two providers and five councils of its own, so that no two scenarios meet.

All of them are made up; their codes are nobody's. Knows the directory's form; no rule.
"""

from functools import cache
from typing import Final

from services.directory import (
    Channel,
    CommissionerEntry,
    Directory,
    OpsEntry,
    ProviderEntry,
    TeamEntry,
    TokenHash,
    token_with,
)

TOWNS: Final = 60
PROVIDERS: Final = ("provider", "rival")
COUNCILS: Final = ("first", "second", "third", "outsider", "unreachable")
"""The last has no inbox: whatever it should be told, it is not."""
WATCHERS: Final = ("commissioner", "ops")
OWN: Final = (*PROVIDERS, *COUNCILS)
OUTBOX: Final = (Channel(kind="outbox"),)


def party_id(town: int, who: str) -> str:
    """The id of a party of one town, or of those who watch over all."""
    if who in PROVIDERS:
        return f"P-{16 * town + PROVIDERS.index(who):08x}"
    if who in COUNCILS:
        return f"E09{500_000 + 10 * town + COUNCILS.index(who)}"
    return {"commissioner": "north", "ops": "ops-1"}[who]


@cache
def token_of(town: int, who: str) -> tuple[str, TokenHash]:
    """The token, and what the directory keeps of it; those who watch have one for all towns."""
    number = 1 + WATCHERS.index(who) if who in WATCHERS else 100 + 10 * town + OWN.index(who)
    return token_with(f"{number:08x}", f"{number:032x}", f"{number + 50_000:032x}")


def directory() -> Directory:
    """All parties of all towns."""
    return Directory(
        is_made_up=True,
        providers=tuple(
            ProviderEntry(id=party_id(at, who), name=f"{who} {at}", tokens=tokens(at, who), inbox=OUTBOX)
            for at in range(TOWNS)
            for who in PROVIDERS
        ),
        teams=tuple(team(at, who) for at in range(TOWNS) for who in COUNCILS),
        commissioners=(CommissionerEntry(id="north", name="north", tokens=tokens(0, "commissioner")),),
        ops=(OpsEntry(id="ops-1", name="ops", tokens=tokens(0, "ops"), inbox=OUTBOX),),
    )


def tokens(town: int, who: str) -> tuple[TokenHash]:
    return (token_of(town, who)[1],)


def team(town: int, who: str) -> TeamEntry:
    inbox = () if who == "unreachable" else OUTBOX
    return TeamEntry(id=party_id(town, who), name=f"{who} {town}", tokens=tokens(town, who), inbox=inbox)
