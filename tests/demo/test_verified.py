"""A second opinion: the verifier, which shares no rule with the deciders, finds no promise broken in the six weeks."""

import pytest

from services.demo.summary import invariants
from services.verifier.domain.promises import Promise
from services.verifier.verify import verify
from tests.demo.conftest import Done

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_every_promise_is_kept_in_the_log_of_the_six_weeks(done: Done) -> None:
    verdict = verify(done.log)
    assert verdict.tally.is_kept
    assert verdict.records > 10_000


def test_the_summary_says_of_every_promise_how_often_it_was_checked_and_broken(done: Done) -> None:
    found = invariants(done.folder)
    assert set(found) == {promise.value for promise in Promise}
    assert all(kept.checked > 0 and kept.broken == 0 for kept in found.values())
