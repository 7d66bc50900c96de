"""Whose approval an option needs. Geography from the child's own borough, never the tier of an agreement.

Source: domain page, matching; Hackney and Waltham Forest adjoin Haringey though their sub-region is another.
"""

from schemas.words import Badge

from .geography import Geography
from .values import CouncilId


def badge(home_borough: CouncilId, borough: CouncilId | None, geography: Geography) -> Badge:
    """None in the child's own borough, the nominated officer's in one that adjoins it, else the Director's.

    A place whose borough is unknown, or of which it is not known that it adjoins, needs the Director.
    """
    if borough == home_borough:
        return Badge.NONE
    if borough is not None and geography.adjoins(home_borough, borough):
        return Badge.NOMINATED_OFFICER
    return Badge.DIRECTOR
