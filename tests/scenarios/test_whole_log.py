"""After all scenarios: what the whole log holds. This module's name comes last, so that its test does."""

import pytest

from tests.scenarios.realisations import Hearth, must_be_whole

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_nothing_is_broken_nothing_was_said_twice_and_all_is_decided_alike(hearth: Hearth) -> None:
    must_be_whole(hearth)
