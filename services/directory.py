"""The directory: who may call Hearth, by which token, where they are told, and what things are called.

One JSON file beside the log and never in it. Knows parties, token hashes, channels and display names. Must
not know a rule, a log or a server. A token is never kept: only its salted hash is (docs/directory.md).
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from runtime.clock import new_id
from schemas.base import CouncilId, ProviderId, SettingId
from schemas.words import Role

BRAND = "hearth"
Hex8 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{8}$")]
Hex32 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]
Hex64 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
PartyId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
OpsId = Annotated[str, StringConstraints(pattern=r"^ops(?:-[0-9]{1,4})?$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Address = Annotated[str, StringConstraints(min_length=1, max_length=254, pattern=r"^\S+$")]


class Part(BaseModel):
    """Strict, frozen, and closed: a field that is not known is a mistake, not an extension."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class TokenHash(Part):
    """What is kept of a token: its public first part, and SHA-256 over salt and token.

    A token has 128 bits of chance, so a slow hash would protect nothing more.
    """

    token_id: Hex8
    salt: Hex32
    sha256: Hex64

    def fits(self, token: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.sha256, hashed(self.salt, token))


class Channel(Part):
    """One way to tell somebody. `smtp` needs an address; `outbox` and `console` may have one."""

    kind: Literal["smtp", "outbox", "console"]
    address: Address | None = None

    @model_validator(mode="after")
    def _has_where_to(self) -> "Channel":
        if self.kind == "smtp" and (self.address is None or "@" not in self.address):
            raise ValueError("an smtp channel needs a mail address")
        return self


class Entry(Part):
    """A party: its name for people, its tokens, and where it is told.

    `inbox` is the team's shared inbox or the provider's desk; `duty_manager` is told besides when an answer
    is late. Every channel is used: whoever can be told in two ways is told in both.
    """

    id: PartyId
    name: Name
    tokens: tuple[TokenHash, ...] = ()
    inbox: tuple[Channel, ...] = ()
    duty_manager: tuple[Channel, ...] = ()


class ProviderEntry(Entry):
    """An organisation that runs settings; `id` is the provider id of its settings."""

    id: ProviderId


class TeamEntry(Entry):
    """The brokerage team of one council; `id` is the council's GSS code."""

    id: CouncilId


class CommissionerEntry(Entry):
    pass


class OpsEntry(Entry):
    id: OpsId


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a token belongs to."""

    role: Role
    id: str
    name: str


class Directory(Part):
    """All parties and display names. Ids are unique within a role, token ids over all."""

    is_made_up: bool = False
    providers: tuple[ProviderEntry, ...] = ()
    teams: tuple[TeamEntry, ...] = ()
    commissioners: tuple[CommissionerEntry, ...] = ()
    ops: tuple[OpsEntry, ...] = ()
    settings: dict[SettingId, Name] = Field(default_factory=dict)
    """Display names of settings, by setting id."""
    councils: dict[CouncilId, Name] = Field(default_factory=dict)
    """Display names of councils that have no team here."""

    @model_validator(mode="after")
    def _names_nobody_twice(self) -> "Directory":
        entries = list(self.entries())
        twice = _repeated(f"{role} {entry.id}" for role, entry in entries)
        twice += _repeated(f"token_id {token.token_id}" for _, entry in entries for token in entry.tokens)
        if twice:
            raise ValueError("named twice: " + ", ".join(twice))
        return self

    def entries(self) -> Iterator[tuple[Role, Entry]]:
        """Every party with its role."""
        lists: tuple[tuple[Role, tuple[Entry, ...]], ...] = (
            (Role.PROVIDER, self.providers),
            (Role.TEAM, self.teams),
            (Role.COMMISSIONER, self.commissioners),
            (Role.OPS, self.ops),
        )
        for role, entries in lists:
            for entry in entries:
                yield role, entry

    @cached_property
    def _by_party(self) -> dict[tuple[Role, str], Entry]:
        return {(role, entry.id): entry for role, entry in self.entries()}

    @cached_property
    def _by_token(self) -> dict[str, tuple[TokenHash, Caller]]:
        return {
            token.token_id: (token, Caller(role, entry.id, entry.name))
            for role, entry in self.entries()
            for token in entry.tokens
        }

    def entry(self, role: Role, party_id: str) -> Entry | None:
        """Return a party, or None if the directory does not have it."""
        return self._by_party.get((role, party_id))

    def caller(self, token: str) -> Caller | None:
        """Tell whose token this is; None for any other text. An unknown one takes as long as a wrong one."""
        known = self._by_token.get(token_id_of(token))
        token_hash, caller = known or (NOBODYS, None)
        return caller if token_hash.fits(token) else None

    def provider_name(self, provider_id: str) -> str:
        return self._name(Role.PROVIDER, provider_id)

    def council_name(self, council: str) -> str:
        return self.councils.get(council) or self._name(Role.TEAM, council)

    def setting_name(self, setting_id: str) -> str:
        """Return the display name, or the id itself where there is none."""
        return self.settings.get(setting_id, setting_id)

    def _name(self, role: Role, party_id: str) -> str:
        entry = self.entry(role, party_id)
        return party_id if entry is None else entry.name


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def hashed(salt: str, token: str) -> str:
    """Return SHA-256 over salt and token, in hex."""
    return hashlib.sha256(f"{salt}:{token}".encode()).hexdigest()


def token_id_of(token: str) -> str:
    """Return the public part of a token, by which its hash is found; empty for what has no such part."""
    parts = token.split("_")
    return parts[1] if len(parts) == 3 and parts[0] == BRAND else ""


def new_token() -> tuple[str, TokenHash]:
    """Make a token, to be shown once, and what the directory keeps of it."""
    token_id, salt, secret = new_id()[:8], new_id(), new_id()
    return token_with(token_id, salt, secret)


def token_with(token_id: str, salt: str, secret: str) -> tuple[str, TokenHash]:
    """Make the token of these parts; for made-up directories, whose tokens are the same in every run."""
    token = f"{BRAND}_{token_id}_{secret}"
    return token, TokenHash(token_id=token_id, salt=salt, sha256=hashed(salt, token))


NOBODYS = TokenHash(token_id="0" * 8, salt="0" * 32, sha256="0" * 64)


class DirectoryUnusable(Exception):
    """The file is not a directory; `problems` has one line for each thing that is wrong with it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def load_directory(path: Path) -> Directory:
    """Read a directory file, or raise DirectoryUnusable. No value from the file is repeated in a problem."""
    try:
        return Directory.model_validate_json(path.read_bytes())
    except OSError as error:
        raise DirectoryUnusable([f"cannot be read: {error.strerror}"]) from error
    except ValidationError as error:
        raise DirectoryUnusable(problems_of(error)) from None


def problems_of(error: ValidationError) -> list[str]:
    """Return one line for each thing that is wrong: where, and which rule."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [f"{'.'.join(map(str, each['loc'])) or 'directory'}: {each['msg']}" for each in found]
