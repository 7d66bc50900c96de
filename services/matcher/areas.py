"""The areas that vacancies lie in, numbered, and what a referral's boroughs say of each: once, not once per vacancy.

Knows what the rules say of an area (`domain/fit.py`, `ranking.py`) as numbers only.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .columns import Flags, Numbers
from .domain.geography import Geography
from .domain.ranking import BAND_ORDER
from .domain.values import CouncilId
from .packing import BAND, BOROUGH, SCHOOL

Area: TypeAlias = tuple[CouncilId | None, str | None]
"""Borough and outward code."""
Keys: TypeAlias = NDArray[np.int64]


class Areas:
    """Numbers areas from 0; what is known of them by borough grows with them."""

    def __init__(self, geography: Geography) -> None:
        self._geography = geography
        self._numbers = Numbers()
        self._areas: list[Area] = []
        self._of_name: defaultdict[str | None, list[int]] = defaultdict(list)
        self._from_home: dict[CouncilId, Keys] = {}
        self._from_school: dict[CouncilId, Keys] = {}

    def of(self, area: Area) -> int:
        number = self._numbers.of(area)
        if number == len(self._areas):
            self._areas.append(area)
            for name in {*area} - {None} or {None}:
                self._of_name[name].append(number)
        return number

    def keys(self, home: CouncilId, school: CouncilId | None) -> Keys:
        """For every area its part of a rank's key: in borough, distance band, school kept."""
        keys = self._grown(self._from_home, home, self._home_key)
        return keys if school is None else keys | self._grown(self._from_school, school, self._school_key)

    def avoided(self, names: Iterable[str]) -> Flags:
        """Every area that the names avoid; one of which nothing is known is avoided by any name."""
        flags = np.zeros(len(self._areas), np.bool_)
        for name in names:
            flags[self._of_name.get(name, [])] = True
            flags[self._of_name.get(None, [])] = True
        return flags

    def _grown(
        self, known: dict[CouncilId, Keys], borough: CouncilId, key_of: Callable[[CouncilId, Area], int]
    ) -> Keys:
        keys = known.get(borough, np.zeros(0, np.int64))
        if len(keys) < len(self._areas):
            new = [key_of(borough, area) for area in self._areas[len(keys) :]]
            keys = known[borough] = np.concatenate([keys, np.array(new, np.int64)])
        return keys

    def _home_key(self, home: CouncilId, area: Area) -> int:
        band = BAND_ORDER[self._geography.band(home, *area)]
        return (area[0] != home) << BOROUGH | band << BAND

    def _school_key(self, school: CouncilId, area: Area) -> int:
        return (area[0] != school) << SCHOOL
