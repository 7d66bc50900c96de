"""The catalogue of topics: what each holds, its key and why, how long it is kept, who writes and reads.

Knows names, no server: how a topic is made is the deployment's, and a test holds it to this page.

An input topic and its output topic have the same key and the same number of partitions, so that one worker
owns both. Nothing is compacted: a key's last record does not stand for those before it. Readers begin at zero
or at a snapshot, so what a reader folds is kept for ever; a referral's profile is forgotten by destroying the
key that it is encrypted under, not by waiting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Literal

Part = Literal[
    "vacancy_ingest",
    "brokerage_desk",
    "clock",
    "couriers",
    "offers decider",
    "placements decider",
    "listings relay",
    "fit",
    "read model",
    "notifier",
]
"""The parts of Hearth that write or read topics."""

PARTITIONS: Final = 12
"""Divides evenly among 1, 2, 3, 4, 6 and 12 workers. Never changed while there are keys: they would move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic. `retention` None: for ever.

    `is_personal`: it holds what a child needs, under a pseudonym.
    """

    name: str
    holds: str
    key: str
    why_key: str
    partitions: int = PARTITIONS
    retention: timedelta | None = None
    cleanup_policy: Literal["delete"] = "delete"
    producers: tuple[Part, ...]
    consumers: tuple[Part, ...]
    owner: Part
    is_personal: bool = False


CATALOGUE: Final = (
    Topic(
        name="vacancies",
        holds="inputs of the offers rule book: provider facts, answers, deadlines, words from placements",
        key="setting_id",
        why_key="all that can change one setting's places is in one order: two answers never race",
        producers=("vacancy_ingest", "brokerage_desk", "clock", "couriers", "notifier"),
        consumers=("offers decider",),
        owner="offers decider",
    ),
    Topic(
        name="offers",
        holds="decisions of the offers rule book: answer, facts, state and next deadline",
        key="setting_id",
        why_key="the key of its inputs: a decision is appended by the worker that owns the setting",
        producers=("offers decider",),
        consumers=(
            "offers decider",
            "clock",
            "couriers",
            "listings relay",
            "read model",
            "notifier",
            "vacancy_ingest",
            "brokerage_desk",
        ),
        owner="offers decider",
    ),
    Topic(
        name="referrals",
        holds="inputs of the placements rule book: a council's words, deadlines, words from offers",
        key="referral_id",
        why_key="a referral takes one place: whatever could give it another is in one order",
        producers=("brokerage_desk", "clock", "couriers"),
        consumers=("placements decider",),
        owner="placements decider",
        is_personal=True,
    ),
    Topic(
        name="placements",
        holds="decisions of the placements rule book: answer, facts, state and next deadline",
        key="referral_id",
        why_key="the key of its inputs: a decision is appended by the worker that owns the referral",
        producers=("placements decider",),
        consumers=(
            "placements decider",
            "clock",
            "couriers",
            "listings relay",
            "read model",
            "notifier",
            "brokerage_desk",
        ),
        owner="placements decider",
        is_personal=True,
    ),
    Topic(
        name="listings",
        holds="vacancies and needs that an audience may see now, and that it may see no more",
        key="audience",
        why_key="who may see is the key, so that nothing of another audience is ever in a reader's stream",
        producers=("listings relay",),
        consumers=("fit", "brokerage_desk"),
        owner="listings relay",
        is_personal=True,
    ),
    Topic(
        name="matches",
        holds="which listed vacancies fit a council's referrals and why, and what one constraint keeps apart",
        key="council",
        why_key="a council reads its own matches and no other's",
        producers=("fit",),
        consumers=("read model", "notifier"),
        owner="fit",
    ),
    Topic(
        name="deliveries",
        holds="what the notifier has begun and ended to say, for each fact, recipient and channel",
        key="recipient",
        why_key="what a recipient has been told is in one order: superseded news is seen before it is sent",
        producers=("notifier",),
        consumers=("notifier", "read model"),
        owner="notifier",
    ),
    Topic(
        name="register",
        holds="what the regulator's register says, change by change, as the import took it",
        key="urn",
        why_key="the changes of one registration stay in order, and what is imported again is known",
        producers=("vacancy_ingest",),
        consumers=("vacancy_ingest",),
        owner="vacancy_ingest",
    ),
    Topic(
        name="dead-letters",
        holds="where a refused record lies and which rule it breaks, never what it held",
        key="the refused record's key, or its digest",
        why_key="the letters about one key stay in the order in which it was refused",
        retention=timedelta(days=400),
        producers=(
            "vacancy_ingest",
            "brokerage_desk",
            "offers decider",
            "placements decider",
            "couriers",
            "listings relay",
            "fit",
            "notifier",
        ),
        consumers=("offers decider", "placements decider", "vacancy_ingest", "read model"),
        owner="offers decider",
    ),
)

NAMING: Final = ("referrals", "vacancies")
"""The topics that say which log this is: a position in a decision counts in one of them. Were one made anew, all
positions would mean something else. Never changed while there is a log."""

TOPICS: Final[Mapping[str, Topic]] = MappingProxyType({topic.name: topic for topic in CATALOGUE})


def consumed_by(*parts: Part) -> frozenset[str]:
    """The topics that any of these parts follows."""
    return frozenset(topic.name for topic in CATALOGUE if {*parts} & {*topic.consumers})


def produced_by(*parts: Part) -> frozenset[str]:
    """The topics that any of these parts writes."""
    return frozenset(topic.name for topic in CATALOGUE if {*parts} & {*topic.producers})
