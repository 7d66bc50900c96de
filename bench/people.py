"""Who may call in a bench's world: its providers, London's 33 teams, one of ops. All made up; tokens too."""

from hashlib import sha256

from services.directory import Channel, Directory, OpsEntry, ProviderEntry, TeamEntry, TokenHash, token_with

from .feed import BOROUGHS, SETTINGS_PER_PROVIDER, provider_id

OPS = "ops-1"
OUTBOX = (Channel(kind="outbox"),)


def _token(name: str) -> tuple[str, TokenHash]:
    digits = sha256(name.encode()).hexdigest()
    return token_with(digits[:8], digits[:32], digits[32:])


def bearer(name: str) -> dict[str, str]:
    """Return the header with which a party calls."""
    return {"authorization": f"Bearer {_token(name)[0]}"}


def provider_ids(settings: int) -> list[str]:
    """Return the providers of so many settings, whose numbers begin at 1,000."""
    first, last = 1000 // SETTINGS_PER_PROVIDER, (999 + settings) // SETTINGS_PER_PROVIDER
    return [provider_id(number) for number in range(first, last + 1)]


def directory(settings: int) -> Directory:
    """Return everybody, each with one token and an outbox."""

    def entry(name: str) -> dict[str, object]:
        return {"id": name, "name": name, "tokens": (_token(name)[1],), "inbox": OUTBOX}

    return Directory(
        is_made_up=True,
        providers=tuple(ProviderEntry.model_validate(entry(each)) for each in provider_ids(settings)),
        teams=tuple(TeamEntry.model_validate(entry(each)) for each in BOROUGHS),
        ops=(OpsEntry.model_validate(entry(OPS)),),
    )
