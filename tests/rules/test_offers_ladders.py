"""A ladder walked back and forth: where a confirmation takes it up, what another version leaves of a rest."""

from schemas.words import CalendarKind, Kind, Mistake
from services.matcher.domain import inputs
from services.matcher.domain.values import Length

from .offers_story import (
    HARINGEY,
    HARINGEY_FIRST,
    NCL,
    Story,
    agreement,
    in_shared_window,
    in_window,
    team,
    tier,
)


def let_lapse(story: Story) -> None:
    """Let the open window run out, told at once, so that nothing but its own deadline ends it."""
    story.be_told()
    story.wait_until(story.window.closes_at)


def test_a_confirmation_offers_to_the_last_tier_though_a_correction_went_back_above_it() -> None:
    story = in_shared_window()
    for council in NCL:
        story.release(council)
    released = story.heard[-1][0].id
    correcting = team(NCL[-1])
    story.do(inputs.CorrectionMade, by=correcting, corrects=released, mistake=Mistake.WRONG_RELEASE)
    assert story.window.audience == "NCL"
    let_lapse(story)
    assert story.window.audience == "LONDON"
    let_lapse(story)
    assert not story.has_window()
    story.do(inputs.NoChange)
    assert story.window.audience == "LONDON"


def test_a_correction_below_an_ended_ladder_leaves_the_last_tier_the_last() -> None:
    story = in_shared_window()
    for council in NCL:
        story.release(council)
    released = story.heard[-1][0].id
    let_lapse(story)
    assert not story.has_window()
    correcting = team(NCL[-1])
    story.do(inputs.CorrectionMade, by=correcting, corrects=released, mistake=Mistake.WRONG_RELEASE)
    assert story.window.audience == "NCL"
    let_lapse(story)
    assert not story.has_window()
    story.do(inputs.NoChange)
    assert story.window.audience == "LONDON"


def test_what_is_left_of_a_window_is_no_longer_than_the_length_that_a_new_version_gives() -> None:
    story = in_window(Kind.PLANNED)
    story.be_held()
    shorter = dict.fromkeys(Kind, Length(CalendarKind.WORKING, 3600))
    tiers = (tier("haringey", [HARINGEY], lengths=shorter), *HARINGEY_FIRST[1:])
    story.do(inputs.AgreementAttached, agreement=agreement(version=2, tiers=tiers))
    story.wait_until(story.hold.ends_at)
    window = story.window
    calendar = story.terms.calendar(window.calendar)
    runs_s = calendar.seconds_between(window.opened_at, window.closes_at, CalendarKind.WORKING)
    assert (window.audience, window.length.seconds, runs_s) == ("haringey", 3600, 3600)


def test_a_ladder_that_ends_in_the_decision_that_confirms_it_is_told_to_have_ended() -> None:
    story = in_shared_window()
    for council in NCL:
        story.release(council)
    story.be_told()
    story.now = story.window.closes_at
    said = story.do(inputs.NoChange)
    told = [type(fact).__name__ for fact in said.facts]
    assert told.index("WindowEnded") < told.index("LadderEnded") < told.index("WindowOpened")
    assert story.window.audience == "LONDON"
