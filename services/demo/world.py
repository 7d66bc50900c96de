"""Who and what there is in the demo: the real register, and what is made up around it.

Knows the shipped extracts and samples. Real homes keep to what everybody does every week; whatever would speak ill of a
home (a downgrade, a suspension, a bypass) happens only in homes that are made up themselves, `T-` and a number.
"""

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from runtime.log import Log
from schemas import vacancies
from schemas.values import Party
from schemas.words import Provision
from services.demo.stage import OPS, Stage, provider
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
from services.matcher.adapters.terms_files import CALENDAR, POLICY
from services.shipped import shipped
from services.vacancy_ingest.domain.register_take import Taking
from services.vacancy_ingest.register_events import Terms
from services.vacancy_ingest.register_import import import_register

REGISTER_FILES: Final = (
    "Providers_places_at_31_Aug_2023.csv",
    "Providers_places_at_31_Aug_2024.csv",
    "Closed_childrens_homes_31Mar24.csv",
    "Provider_level_at_31_Aug_2023.csv",
    "Provider_level_in_year_2023-24.csv",
)
REGION: Final = "London"
HARINGEY, BARNET, CAMDEN, ENFIELD, HACKNEY, ISLINGTON = (
    "E09000014",
    "E09000003",
    "E09000007",
    "E09000010",
    "E09000012",
    "E09000019",
)
FIRST: Final[Mapping[str, str]] = {
    HARINGEY: "haringey-first",
    BARNET: "barnet-first",
    CAMDEN: "camden-first",
    ENFIELD: "enfield-first",
    ISLINGTON: "islington-first",
}
"""The sample agreement of the real homes of a borough; the others have the default ladder."""
ON_LADDER: Final = frozenset({Provision.CHILDRENS_HOME, Provision.PARENT_AND_CHILD})
MADE_UP: Final = ("T-", "H-", "P-")
"""How the ids of made-up homes, households and planned homes begin."""
COMMISSIONER, OPS_TOKEN = "c", "ops"
"""What the tokens of a commissioner and of ops are made from."""
SHOWN_PROVIDER: Final = "P-d000000001"
"""The made-up provider whose token is printed."""
NEEDS: Final = ("ebd", "ld", "asd", "semh", "physical", "sensory")


@dataclass(frozen=True, slots=True)
class Home:
    """A setting as the people of the demo know it."""

    setting_id: str
    provider_id: str
    provision: str
    borough: str | None
    places: int

    @property
    def by(self) -> Party:
        return provider(self.provider_id)

    @property
    def is_made_up(self) -> bool:
        return self.setting_id.startswith(MADE_UP)


def boroughs() -> dict[str, str]:
    """London's boroughs: GSS code -> name."""
    text = shipped("geo_london", "boroughs.csv").read_text(encoding="utf-8").splitlines()
    return {row["gss_code"]: row["name"] for row in csv.DictReader(text)}


def load_register(log: Log) -> Taking:
    """Import London's register as `hearth import ofsted-register` does."""
    paths = [Path(str(shipped("ofsted_register", name))) for name in REGISTER_FILES]
    return import_register(log, paths, Terms(POLICY, CALENDAR), region=REGION)[0]


def agreement(name: str) -> dict[str, Any]:
    """Read a sample agreement, made up."""
    body = shipped("samples", "agreements", f"{name}.json").read_bytes()
    found: dict[str, Any] = msgspec.json.decode(body)
    return found


def homes(log: Log) -> list[Home]:
    """Every setting that the log has and that is not closed, in the order of its id."""
    found = []
    for record in log.latest_of_each("offers"):
        state = msgspec.json.decode(record.value)["state"]
        if state is not None and state["registration"] != "closed":
            found.append(
                Home(
                    setting_id=state["setting_id"],
                    provider_id=state["provider_id"],
                    provision=state["provision"],
                    borough=state["borough"],
                    places=state["registered_places"],
                )
            )
    return found


def furnish(stage: Stage, real: Iterable[Home]) -> None:
    """Say for the real homes what the register does not: made-up profiles, and agreements in North Central London."""
    for home in real:
        if home.provision not in ON_LADDER:
            continue
        youngest = stage.rng.choice((0, 5, 8, 10, 12))
        needs = sorted(stage.rng.sample(NEEDS, stage.rng.choice((2, 3, 4))))
        profile = {"age_min": youngest, "age_max": 17, "needs": needs}
        stage.say(home.by, vacancies.SettingAmended, setting_id=home.setting_id, profile=profile)
        if home.borough is not None and home.borough in FIRST and home.provision == Provision.CHILDRENS_HOME:
            attach(stage, home, FIRST[home.borough])


def attach(stage: Stage, home: Home, name: str, **more: Any) -> str:
    """Attach a sample agreement to a setting."""
    said: dict[str, Any] = {"setting_id": home.setting_id, "agreement": agreement(name) | more}
    return stage.say(OPS, vacancies.AgreementAttached, **said)


# --- the directory ------------------------------------------------------------------------------------------


def token_of(name: str) -> tuple[str, TokenHash]:
    """A token of the demo: the same in every run, printed for everybody, good for nothing but made-up data."""
    digest = hashlib.sha256(f"hearth demo: {name}".encode()).hexdigest()
    return token_with(digest[:8], digest[8:40], digest[32:64])


INBOX: Final = (Channel(kind="outbox"),)


def directory(settings: Iterable[Home], made_up_names: Mapping[str, str]) -> Directory:
    """A team in every borough and a desk for every provider, all made up; real homes are named by borough and URN."""
    names = boroughs()
    known = list(settings)
    provider_ids = sorted({home.provider_id for home in known})
    return Directory(
        is_made_up=True,
        providers=tuple(_provider(each) for each in provider_ids),
        teams=tuple(
            TeamEntry(id=code, name=name, tokens=(token_of(code)[1],), inbox=INBOX, duty_manager=INBOX)
            for code, name in names.items()
        ),
        commissioners=(
            CommissionerEntry(
                id="commissioner-1", name="Made-up commissioner", tokens=(token_of(COMMISSIONER)[1],)
            ),
        ),
        ops=(OpsEntry(id="ops", name="Made-up ops", tokens=(token_of(OPS_TOKEN)[1],), inbox=INBOX),),
        settings={
            home.setting_id: made_up_names.get(home.setting_id) or _named(home, names) for home in known
        },
    )


def _provider(provider_id: str) -> ProviderEntry:
    is_made_up = provider_id.startswith("P-d0000000")
    name = f"Made-up provider {int(provider_id[-2:])}" if is_made_up else f"Provider {provider_id}"
    return ProviderEntry(
        id=provider_id, name=name, tokens=(token_of(provider_id)[1],), inbox=INBOX, duty_manager=INBOX
    )


def _named(home: Home, names: Mapping[str, str]) -> str:
    kind = home.provision.replace("_", " ").replace("childrens home", "home")
    return f"{names.get(home.borough or '', 'London')} {kind} {home.setting_id}"
