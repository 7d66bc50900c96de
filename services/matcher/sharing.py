"""Equal agreements become one object: thousands of settings have the same, and each state is decoded with its own.

Knows agreements. Decides nothing: what is shared is equal, and no agreement ever changes.
"""

from collections import defaultdict
from typing import TypeAlias

from .domain.agreement import Agreement
from .domain.replacing import replace
from .domain.setting import Setting

Agreements: TypeAlias = tuple[Agreement, ...]


class Sharing:
    """For one thread. Keeps every list of agreements that a setting has or had; there are few."""

    def __init__(self) -> None:
        self._kept: defaultdict[tuple[tuple[str, int], ...], list[Agreements]] = defaultdict(list)

    def one(self, agreements: Agreements) -> Agreements:
        """The first that was seen of all that are equal to these."""
        kept = self._kept[tuple([(each.agreement_id, each.version) for each in agreements])]
        for each in kept:
            if each is agreements or each == agreements:
                return each
        kept.append(agreements)
        return agreements

    def of(self, setting: Setting | None) -> Setting | None:
        """The same state with shared agreements."""
        if setting is None or (one := self.one(setting.agreements)) is setting.agreements:
            return setting
        return replace(setting, agreements=one)
