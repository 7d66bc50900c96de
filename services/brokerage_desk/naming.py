"""The pseudonym of a new referral. Knows a caller and the caller's key; must not know what the referral says."""

import hashlib

from services.directory import Caller
from services.edge.inputs import input_id


def referral_id_of(caller: Caller, key: str) -> str:
    """Return the pseudonym of a new referral: twelve digits that the caller's key decides, and no caller chooses."""
    digest = hashlib.sha256(input_id(caller, key).encode()).digest()
    return f"R-{int.from_bytes(digest[:8]) % 10**12}"
