"""Where boroughs and outward codes lie, and which boroughs adjoin. Knows no file; the facts come in as data.

Points are British National Grid eastings and northings in metres, so that distance is plain Pythagoras.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot

from schemas.words import DistanceBand

from .values import CouncilId

BANDS_KM: tuple[tuple[float, DistanceBand], ...] = (
    (5, DistanceBand.WITHIN_5_KM),
    (10, DistanceBand.WITHIN_10_KM),
    (20, DistanceBand.WITHIN_20_KM),
    (32, DistanceBand.WITHIN_32_KM),
    (80, DistanceBand.WITHIN_80_KM),
)


@dataclass(frozen=True, slots=True)
class Point:
    easting: int
    northing: int


@dataclass(frozen=True, slots=True)
class Geography:
    """Centroids of boroughs and of outward codes, and the boroughs that each borough adjoins."""

    boroughs: Mapping[CouncilId, Point]
    outward_codes: Mapping[str, Point]
    adjacency: Mapping[CouncilId, frozenset[CouncilId]]

    def adjoins(self, one: CouncilId, other: CouncilId) -> bool:
        """Whether two boroughs share a boundary, the middle of the Thames included. None adjoins itself."""
        return other in self.adjacency.get(one, frozenset())

    def point(self, borough: CouncilId | None, outward_code: str | None) -> Point | None:
        """The centroid of the outward code if it is known, else of the borough; None for an unknown area."""
        if outward_code is not None and outward_code in self.outward_codes:
            return self.outward_codes[outward_code]
        return None if borough is None else self.boroughs.get(borough)

    def band(self, home: CouncilId, borough: CouncilId | None, outward_code: str | None) -> DistanceBand:
        """How far an area lies from the centroid of the home borough. A band's upper end belongs to it."""
        from_, to = self.point(home, None), self.point(borough, outward_code)
        if from_ is None or to is None:
            return DistanceBand.UNKNOWN
        distance_km = hypot(from_.easting - to.easting, from_.northing - to.northing) / 1000
        return next((band for km, band in BANDS_KM if distance_km <= km), DistanceBand.BEYOND_80_KM)
