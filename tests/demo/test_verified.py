"""A second opinion: the verifier, which shares no rule with the deciders, finds no promise broken in the six weeks."""

import pytest

from services.verifier.verify import verify
from tests.demo.conftest import Done

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_every_promise_is_kept_in_the_log_of_the_six_weeks(done: Done) -> None:
    verdict = verify(done.log)
    assert verdict.tally.is_kept
    assert verdict.records > 10_000
