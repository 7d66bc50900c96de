"""How the nine criteria of a rank's key stand in one number of 57 bits, most weighty first. Knows no rule."""

from typing import Final

WIDTHS: Final = (1, 3, 1, 1, 1, 3, 4, 2, 41)
"""Bits of each criterion: in borough, band, school, siblings, in-house, judgement, need fit, freshness, fee."""
SHIFTS: Final = tuple(sum(WIDTHS[place + 1 :]) for place in range(len(WIDTHS)))
BOROUGH, BAND, SCHOOL, SIBLINGS, IN_HOUSE, JUDGEMENT, BEYOND, FRESHNESS, FEE = SHIFTS
