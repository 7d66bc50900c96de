"""A provider's own topic as a server must have it: one partition, so that what it says is in one order."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

FORM: Final = re.compile(r"feed-[a-z](?:[a-z-]{0,25}[a-z])?")
"""Letters and hyphens, so that a dead letter can name it; never a topic of Hearth's own."""


@dataclass(frozen=True, slots=True)
class FeedTopic:
    """As `runtime.kafka_topics.Declared`. The provider's program may write it and nothing else."""

    name: str
    partitions: int = 1
    retention: timedelta | None = None
    cleanup_policy: str = "delete"

    @property
    def is_well_named(self) -> bool:
        return FORM.fullmatch(self.name) is not None
