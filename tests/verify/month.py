"""What happens in the made-up weeks: one function for each matter that the promises are about. Knows no promise."""

import json
from datetime import timedelta

from runtime.clock import VirtualClock
from runtime.log import Entry, Log
from runtime.records import rfc3339
from schemas.words import DeliveryOutcome
from tests.verify.story import (
    CAMDEN,
    FLATS,
    HACKNEY,
    HARINGEY,
    HOME,
    HOUR_S,
    HOUSEHOLD,
    NEW_HOME,
    OPS,
    PLANNED_HOME,
    PROVIDER,
    SECURE,
    Town,
    council,
    tier,
    working,
)

EMPTY = {"audience": "EMPTY", "members": [{"council": HACKNEY, "valid_to": "2026-06-01T00:00:00Z"}]}
"""A tier without a member on the day."""


def month(log: Log | None = None, clock: VirtualClock | None = None) -> Town:
    """Play everything and return the town."""
    town = Town(log, clock)
    begin(town)
    for matter in MATTERS:
        matter(town)
    town.wait(days=25)
    return town


def begin(town: Town) -> None:
    """Two ordinary homes, one without agreement, one secure home, and the referrals of three councils."""
    town.register()
    town.attach()
    town.register(NEW_HOME, registered_places=3, block_places=[{"number": 3, "owners": [HARINGEY]}])
    town.attach(NEW_HOME)
    town.register(FLATS, "outcome_2", provision="supported_accommodation", registered_places=2)
    town.register(SECURE, provision="secure_home", registered_places=2)
    for number, code in enumerate([HARINGEY, CAMDEN, HACKNEY] * 3, 1):
        town.refer(number, code)


def a_ladder_walked_to_its_end(town: Town) -> None:
    """Every tier lapses; a confirmation offers the last again; the provider fills the place with a code."""
    vacancy_id = town.post(kind="emergency")
    town.wait(hours=4)
    town.say("VacancyConfirmed", PROVIDER, vacancy_id=vacancy_id)
    town.say("DeclareBypass", PROVIDER, vacancy_id=vacancy_id, code="court_order")
    town.wait(hours=4)


def a_release_a_shared_tier_and_a_placement(town: Town) -> None:
    """Haringey releases; two councils nominate in the next tier; one is chosen, takes the place and moves in."""
    town.wait(hours=-4 + 5)
    vacancy_id = town.post()
    window_id = town.window(vacancy_id)
    town.say("ReleaseWindow", council(CAMDEN), window_id=window_id, reason="price")
    town.say("AcknowledgeWindow", council(HARINGEY), window_id=window_id)
    town.say("RegisterStandby", council(CAMDEN), vacancy_id=vacancy_id, referral_id="R-2")
    town.say("ReleaseWindow", council(HARINGEY), window_id=window_id, reason="no_suitable_child")
    first = town.nominate(vacancy_id, "R-1")
    town.wait(hours=1)
    hold_id = town.accept(first, reason="best_match")
    town.wait(minutes=10)
    town.take("R-1", hold_id)
    town.take("R-1", hold_id)
    town.wait(days=4)
    town.say("MovedIn", PROVIDER, vacancy_id=vacancy_id)
    town.say("ReferralClosed", council(HARINGEY), "R-1", reason="no_longer_needed")


def a_decline_an_extension_a_pause_and_a_hold_that_lapses(town: Town) -> None:
    """The clock goes on through declines, and the vacancy comes back to the tier that it left."""
    town.week(1)
    vacancy_id = town.post()
    window_id = town.window(vacancy_id)
    town.say("ExtendWindow", council(HARINGEY), window_id=window_id, seconds=2 * HOUR_S, reason="visit")
    town.say("ConsentToExtension", PROVIDER, window_id=window_id)
    declined = town.nominate(vacancy_id, "R-4")
    town.say("DeclineNomination", PROVIDER, nomination_id=declined, reason="insufficient_information")
    open_until = town.vacancy(vacancy_id)
    assert open_until is not None
    assert open_until.window is not None
    town.wait(seconds=(open_until.window.closes_at - town.clock.now()).total_seconds() - HOUR_S)
    late = town.nominate(vacancy_id, "R-7")
    town.say("DeclineNomination", PROVIDER, nomination_id=late, reason="location_risk")
    accepted = town.nominate(vacancy_id, "R-4")
    town.accept(accepted)
    town.wait(days=4)
    town.say("NoChange", PROVIDER)
    town.wait(days=6)
    town.say("VacancyWithdrawn", PROVIDER, vacancy_id=vacancy_id, code="imminent_risk")


def a_placement_that_falls_through(town: Town) -> None:
    """Two places are held for one referral; one is taken and then falls through; a late take is refused."""
    town.week(3)
    town.say("ReferralConfirmed", council(HARINGEY), "R-4")
    first, second = town.post(), town.post(NEW_HOME)
    holds = [town.accept(town.nominate(each, "R-4")) for each in (first, second)]
    town.take("R-4", holds[0])
    town.wait(hours=2)
    town.say("FellThrough", PROVIDER, vacancy_id=first, reason="plan_changed")
    town.take("R-4", holds[1])
    town.say("NoChange", PROVIDER, NEW_HOME)
    town.wait(days=1)
    town.say("SettingPaused", PROVIDER, reason="staffing")
    town.wait(hours=3)
    town.say("SettingResumed", PROVIDER)
    town.wait(hours=3)
    town.say("SettingJudged", OPS, judgement="inadequate", inspected_on="2026-11-20")
    town.wait(hours=3)
    town.say("SettingJudged", OPS, judgement="good", inspected_on="2026-11-23")


def channels_that_fail(town: Town) -> None:
    """Nobody is told: the window is credited, then lapses untold; another is told late and moved."""
    town.week(4)
    town.channel.is_down = True
    town.post(NEW_HOME, kind="emergency")
    town.wait(hours=3)
    town.channel.is_down = False
    town.channel.outcomes = [DeliveryOutcome.UNKNOWN, DeliveryOutcome.FAILED]
    town.wait(hours=5)
    town.say("NilReturn", PROVIDER, NEW_HOME)


def a_window_told_late(town: Town) -> None:
    """The mail server is away for a while: the deadline moves by the delay."""
    town.wait(hours=16)
    town.channel.outcomes = [DeliveryOutcome.FAILED] * 8
    vacancy_id = town.post(NEW_HOME, place=2)
    town.wait(hours=4)
    town.say("VacancyWithdrawn", PROVIDER, NEW_HOME, vacancy_id=vacancy_id)


def numbers_notices_and_repairs(town: Town) -> None:
    """Numbers are reconciled, places fall out of use and come back, mistakes are put right."""
    town.week(5)
    town.attach(version=2, valid_from=rfc3339(town.clock.now() + timedelta(days=2)), tiers=[
        tier("NCL", HARINGEY, CAMDEN, first=working(6)), EMPTY, tier("LONDON", HACKNEY, HARINGEY),
    ])  # fmt: skip
    town.say("NumbersStated", PROVIDER, vacant=2, kind="planned", fee=470_000)
    town.wait(hours=1)
    town.say("NumbersStated", PROVIDER, vacant=1, kind="planned", fee=470_000)
    earlier = rfc3339(town.clock.now() - timedelta(minutes=30))
    town.say("NumbersStated", PROVIDER, vacant=3, kind="planned", observed_at=earlier)
    town.say("NumbersStated", PROVIDER, vacant=3, kind="planned", observed_at="2027-05-01T09:00:00Z")
    town.say("PlaceOnNotice", PROVIDER, place=4, vacant_from=rfc3339(town.clock.now() + timedelta(days=1)),
             kind="planned", fee=450_000)  # fmt: skip
    town.wait(days=1, hours=3)
    town.say("PlaceUnusable", PROVIDER, place=3, reason="premises",
             review_at=rfc3339(town.clock.now() + timedelta(days=2)))  # fmt: skip
    town.wait(days=3)
    town.say("PlaceUsable", PROVIDER, place=3)
    for place in (1, 2, 3, 4):
        state = town.vacancy(f"{HOME}:{place}:1")
        if state is not None:
            town.say("VacancyConfirmed", PROVIDER, vacancy_id=state.vacancy_id)


def a_wrong_release_and_a_filling_in_error(town: Town) -> None:
    town.week(6)
    vacancy_id = town.post(FLATS, fee=None)
    released = [
        town.say("ReleaseWindow", council(code), FLATS, window_id=town.window(vacancy_id), reason="price")
        for code in (HARINGEY, CAMDEN)
    ]
    town.say("CorrectionMade", OPS, FLATS, corrects=released[0]["id"], mistake="wrong_release")
    filled = town.say("VacancyFilled", PROVIDER, FLATS, vacancy_id=vacancy_id)
    town.wait(minutes=20)
    town.say("CorrectionMade", OPS, FLATS, corrects=filled["id"], mistake="filled_in_error")
    second = town.post(NEW_HOME, place=2)
    window_id = town.window(second)
    wrong = town.say("ReleaseWindow", council(HARINGEY), NEW_HOME, window_id=window_id, reason="price")
    town.wait(minutes=5)
    town.say("CorrectionMade", OPS, NEW_HOME, corrects=wrong["id"], mistake="wrong_release")
    town.wait(minutes=5)


def a_block_place_and_places_that_are_never_offered(town: Town) -> None:
    vacancy_id = town.post(NEW_HOME, place=3)
    town.say("LetBlockPlaceGo", council(CAMDEN), NEW_HOME, vacancy_id=vacancy_id)
    town.say("LetBlockPlaceGo", council(HARINGEY), NEW_HOME, vacancy_id=vacancy_id)
    town.say("VacancyPosted", PROVIDER, SECURE, kind="planned", available_from="2026-12-20")
    town.say("SettingClosing", PROVIDER, FLATS, closes_at=rfc3339(town.clock.now() + timedelta(days=2)))
    town.wait(days=3)


def repeats_strangers_and_bad_records(town: Town) -> None:
    """The same id twice, a setting that nobody knows, bytes that are no input."""
    told = town.say("NoChange", PROVIDER)
    town.say("NoChange", PROVIDER, again=told["id"])
    town.say("NoChange", PROVIDER, "SC099999")
    town.say("WindowDue", {"role": "clock", "id": "clock"}, subject=f"{HOME}:1:1:w1")
    headers = {"ce_id": "story-bad", "ce_type": "hearth.vacancies.no_change.v1", "ce_source": "story"}
    whole = town.entry("NoChange", PROVIDER, HOME, "story-worse", {})
    worse = json.dumps({**json.loads(whole.value), "remark": "nothing"}).encode()
    town.log.append([
        Entry("vacancies", HOME, b"{", {**whole.headers, **headers}),
        Entry("vacancies", HOME, worse, whole.headers),
    ])  # fmt: skip
    town.system.run_until_idle()


def a_take_that_comes_too_late(town: Town) -> None:
    """The provider gives the place away while the council takes it: the take is refused, the referral open again."""
    town.week(7)
    vacancy_id = town.post(place=1)
    town.nominate(vacancy_id, "R-5", CAMDEN)
    hold_id = town.accept(town.nominate(vacancy_id, "R-4"), reason="urgency")
    starts_on = str(town.clock.now().date())
    town.say_at_once(
        ("VacancyFilled", PROVIDER, HOME, {"vacancy_id": vacancy_id, "code": "sibling_in_home"}),
        ("TakePlace", council(HARINGEY), "R-4", {"hold_id": hold_id, "starts_on": starts_on}),
    )


def a_second_placement_of_one_referral(town: Town) -> None:
    """After a fall-through and a refused take the referral is placed for good."""
    vacancy_id = town.post(NEW_HOME, place=1)
    hold_id = town.accept(town.nominate(vacancy_id, "R-4"))
    town.take("R-4", hold_id)
    town.wait(days=3)
    town.say("MovedIn", PROVIDER, NEW_HOME, vacancy_id=vacancy_id)


def choices_without_a_winner(town: Town) -> None:
    """One choice is not answered; another ends because every nomination is declined or withdrawn."""
    vacancy_id = town.post(place=3, kind="emergency")
    town.wait(hours=1, minutes=5)
    for number, code in ((4, HARINGEY), (6, HACKNEY)):
        town.nominate(vacancy_id, f"R-{number}", code)
    town.wait(hours=1, minutes=5)
    town.say("VacancyConfirmed", PROVIDER, vacancy_id=vacancy_id)
    nominations = [
        town.nominate(vacancy_id, f"R-{number}", code) for number, code in ((4, HARINGEY), (6, HACKNEY))
    ]
    town.say("DeclineNomination", PROVIDER, nomination_id=nominations[0], reason="ofsted_rating_concern")
    town.say("WithdrawNomination", council(HACKNEY), nomination_id=nominations[1], reason="plan_changed")
    town.wait(hours=3)


def an_agreement_that_ends(town: Town) -> None:
    """Its windows are re-judged and the default ladder begins at its top."""
    vacancy_id = town.post(NEW_HOME, place=1)
    town.say(
        "ExtendWindow", PROVIDER, NEW_HOME, window_id=town.window(vacancy_id), seconds=900, reason="visit"
    )
    ends_at = rfc3339(town.clock.now() + timedelta(minutes=50))
    town.say("AgreementEnded", OPS, NEW_HOME, agreement_id="haringey-first", ends_at=ends_at)
    town.wait(days=1)


def homes_to_come_and_homes_too_full(town: Town) -> None:
    """Planned places become registered ones; fewer are registered than are used; a household is fostering."""
    town.register(PLANNED_HOME, "not_yet_inspected", registration="planned", registered_places=2)
    town.say("VacancyPosted", PROVIDER, PLANNED_HOME, kind="first", available_from="2027-02-01")
    town.say("SettingAmended", OPS, PLANNED_HOME, registration="registered")
    town.post(PLANNED_HOME, fee=None)
    town.say("SettingAmended", OPS, PLANNED_HOME, registered_places=1)
    town.wait(hours=1)
    town.say("PlaceOccupied", PROVIDER, PLANNED_HOME, place=2)
    town.say("SettingAmended", OPS, PLANNED_HOME, registration="suspended")
    town.register(HOUSEHOLD, provision="foster_household", registered_places=2)
    town.post(HOUSEHOLD, kind="foster")
    town.wait(days=2)


MATTERS = (
    a_ladder_walked_to_its_end,
    a_release_a_shared_tier_and_a_placement,
    a_decline_an_extension_a_pause_and_a_hold_that_lapses,
    a_placement_that_falls_through,
    channels_that_fail,
    a_window_told_late,
    numbers_notices_and_repairs,
    a_wrong_release_and_a_filling_in_error,
    a_block_place_and_places_that_are_never_offered,
    a_take_that_comes_too_late,
    choices_without_a_winner,
    a_second_placement_of_one_referral,
    an_agreement_that_ends,
    homes_to_come_and_homes_too_full,
    repeats_strangers_and_bad_records,
)
