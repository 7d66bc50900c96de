"""A number of registered places says nothing new of a place that somebody has spoken of later."""

from datetime import datetime, timedelta

import pytest

from schemas.words import PlaceStatus, UnusableReason
from services.matcher.domain import inputs

from .offers_story import HOUR, MONDAY_10, Story

SPOKEN_AT = MONDAY_10 + 3 * HOUR


def spoken_of() -> Story:
    """A home of four, of whose fourth place somebody has just said that it is usable again."""
    story = Story()
    story.do(inputs.SettingRegistered)
    story.now = SPOKEN_AT
    reason, review_at = UnusableReason.PREMISES, SPOKEN_AT + timedelta(days=30)
    story.do(inputs.PlaceUnusable, place=4, reason=reason, review_at=review_at)
    story.do(inputs.PlaceUsable, place=4)
    return story


@pytest.mark.parametrize("observed_at", [SPOKEN_AT - HOUR, SPOKEN_AT, SPOKEN_AT + HOUR])
def test_a_number_of_places_never_makes_a_word_about_a_place_older(observed_at: datetime) -> None:
    story = spoken_of()
    story.now = SPOKEN_AT + 2 * HOUR
    fewer = story.do(inputs.SettingAmended, registered_places=3, observed_at=observed_at)
    assert fewer.state is not None
    retired = fewer.state.places[3]
    assert (retired.status, retired.observed_at) == (PlaceStatus.RETIRED, max(observed_at, SPOKEN_AT))
    again = story.do(inputs.SettingAmended, registered_places=4, observed_at=observed_at)
    assert again.state is not None
    assert again.state.places[3].observed_at == max(observed_at, SPOKEN_AT)
