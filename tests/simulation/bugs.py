"""The catalogue of seeded bugs: for each, the one part of the program that it replaces.

Every bug is one that somebody could write. The rest of the program stays the real one. `CATALOGUE` says what each is
and within how many schedules it must be found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from . import bugs_in_rules, bugs_in_runners, bugs_of_traits
from .runners import SOUND, Parts, Worker


@dataclass(frozen=True)
class Bug:
    what: str
    parts: Parts
    within: int
    """How many schedules, from seed 0 on, it may take to find it."""
    trait: str = ""
    """The trait of schedules without which it is not found within as many; "" if any may find it."""


def _rule(what: str, within: int, decide: bugs_in_rules.Decide) -> Bug:
    return Bug(what, replace(SOUND, decide_offers=decide), within)


def _referral_rule(what: str, within: int, decide: bugs_in_rules.Decide) -> Bug:
    return Bug(what, replace(SOUND, decide_placements=decide), within)


def _worker(what: str, within: int, worker: type[Worker]) -> Bug:
    return Bug(what, replace(SOUND, worker=worker), within)


def _of(trait: str, what: str, within: int, decide: bugs_in_rules.Decide) -> Bug:
    return replace(_rule(what, within, decide), trait=trait)


def _run_by(what: str, within: int, worker: type[Worker]) -> Bug:
    return replace(_worker(what, within, worker), trait="next code")


R, W, T = bugs_in_rules, bugs_in_runners, bugs_of_traits
CATALOGUE: Mapping[str, Bug] = {
    # --- the logs ---
    "no-parent-digest": Bug(
        "a record counts if its version is next, whatever it was decided from",
        replace(SOUND, worker_counts=W.counts_by_version, reader_counts=W.counts_by_version),
        2000,
    ),
    "zombie-counted": Bug(
        "couriers and clock count every record, void or not",
        replace(SOUND, reader_counts=W.counts_all),
        100,
    ),
    "courier-commits-first": Bug(
        "a courier commits its position before it has carried the record",
        replace(SOUND, courier=W.CommitsFirst),
        3000,
    ),
    "clock-forgets": Bug(
        "the clock reads only what is new after a restart", replace(SOUND, clock=W.Forgets), 100
    ),
    "clock-says-it-once": Bug(
        "the clock says each deadline once and forgets it", replace(SOUND, clock=W.SaysItOnce), 2000
    ),
    "reads-not-on": _worker("a worker that was overtaken goes on from its own state", 100, W.ReadsNotOn),
    "resumes-at-the-end": _worker("a worker resumes at the end of its inputs", 100, W.ResumesAtTheEnd),
    "decides-again": _worker("a worker resumes some inputs before its place", 100, W.DecidesAgain),
    "memory-not-restored": _worker("what was remembered is lost with the process", 100, W.LosesMemory),
    "repeat-moves-time": _worker(
        "an input that gets no append still moves the time", 2000, W.RepeatMovesTime
    ),
    "time-runs-backwards": _worker("a decision's time is its input's stamp", 100, W.TakesTheStamp),
    "not-pure": _rule("a decision hangs on what this process did before", 1000, R.not_pure),
    # --- time ---
    "one-tick-early": _rule("a deadline is honoured one tick before it", 100, R.one_tick_early),
    "answered-at-the-deadline": _rule(
        "an answer at the deadline is accepted", 100, R.answered_at_the_deadline
    ),
    "deadline-remembered": _worker(
        "a deadline that came too early is known as a repeat", 2000, W.RemembersDeadlines
    ),
    "policy-shortens": _rule("a later policy shortens a running window", 100, R.policy_shortens),
    "no-full-length": _rule("a window runs from when the last was due", 100, R.runs_from_what_was_due),
    # --- working time ---
    "works-on-holidays": _of(
        "working time", "bank holidays count", 100, T.with_calendars(T.works_on_holidays)
    ),
    "in-winter-time": _of(
        "working time", "clocks never change", 100, T.with_calendars(T.of_class(T.WinterTime))
    ),
    "ends-next-morning": _of(
        "working time", "what ends at 17:00 ends at 09:00", 100, T.with_calendars(T.of_class(T.NextMorning))
    ),
    "guesses-on": _of(
        "working time", "beyond the known holidays are none", 1000, T.with_calendars(T.guesses_on)
    ),
    "calendar-shifts": _of(
        "working time", "a later calendar moves a running window", 1000, T.calendar_shifts
    ),
    "a-day-is-a-day": _of("working time", "holds run through the night", 100, T.under(T.a_day_is_a_day)),
    "by-the-wall": _of(
        "working time", "what is left is read off the wall", 1000, T.with_calendars(T.of_class(T.ByTheWall))
    ),
    # --- late news ---
    "places-by-arrival": _of("old news", "the last word about a place stands", 100, T.of_places),
    "amendments-by-arrival": _of("old news", "the last amendment of a vacancy stands", 1000, T.of_amendments),
    "numbers-by-arrival": _of("old news", "the last number stands", 100, T.of_numbers),
    "no-change-is-no-news": _of("old news", "a no change is no observation", 1000, T.no_change_is_no_news),
    "judgements-by-arrival": _of("old news", "the last judgement stands", 100, T.of_judgements),
    "pauses-by-arrival": _of("old news", "the last pause or resumption stands", 100, T.of_pauses),
    "registrations-by-arrival": _of("old news", "the last amendment stands", 1000, T.of_registrations),
    "needs-by-arrival": replace(
        _referral_rule("the last amendment of a referral stands", 100, T.of_needs), trait="old news"
    ),
    # --- wrong times ---
    "believes-the-clock": _of(
        "wrong times", "a deadline is due when the clock says so", 100, T.believes_the_clock
    ),
    "believes-the-people": _of("wrong times", "it is as late as somebody says", 100, T.believes_the_people),
    "takes-the-future": _of(
        "wrong times", "what is observed in the future is taken", 100, T.takes_the_future
    ),
    # --- the next version of the code ---
    "another-default": _of("next code", "the next version has another default", 1000, T.another_default),
    "answers-otherwise": _of("next code", "the next version has another code", 1000, T.answers_otherwise),
    "forgets-the-rest": _run_by("key that is held no more begins anew", 100, T.ForgetsTheRest),
    "forgets-what-is-on-its-way": _run_by(
        "a key is forgotten while it is written", 100, T.ForgetsWhatIsOnItsWay
    ),
    "one-time-for-all": _run_by("what is decided together has one time", 100, T.OneTimeForAll),
    # --- windows and tiers ---
    "lost-release": _rule("after a release the next tier does not open", 100, R.lost_release),
    "tier-skipped": _rule("a release skips the next tier", 100, R.tier_skipped),
    "second-window": _rule("a confirmation opens a window beside the open one", 100, R.second_window),
    "reopened-by-an-old-fact": _rule(
        "an old let-go opens the last window again", 3000, R.reopened_by_an_old_fact
    ),
    "returns-to-the-next-tier": _rule(
        "a hold that ends goes to the tier after its own", 100, R.returns_to_the_next_tier
    ),
    "extended-again": _rule("a window may be extended more than once", 4000, R.extended_again),
    "stale-release": _rule("a release of an older window releases the open one", 1000, R.stale_release),
    # --- nominations, holds, takes ---
    "not-vouched": _rule("a provider may accept what nobody vouches for", 100, R.not_vouched),
    "loser-not-told": _rule("the nominations not chosen just vanish", 2000, R.loser_not_told),
    "hold-without-id": _rule("all holds of a vacancy have the same id", 100, R.hold_without_id),
    "any-hold-is-let-go": _rule(
        "a let-go of an old hold ends the hold that stands", 4000, R.any_hold_is_let_go
    ),
    "take-without-grace": _rule("a take is agreed after its hold and the grace", 100, R.take_without_grace),
    "take-of-any-hold": _rule("a take is agreed for whichever hold stands", 4000, R.take_of_any_hold),
    "fall-through-untold": Bug(
        "couriers leave a fall-through out", replace(SOUND, courier=W.DropsFallThrough), 100
    ),
    "answer-of-another-take": _referral_rule(
        "a referral takes an answer for its take that names another", 4000, R.answer_of_another_take
    ),
    "frees-itself": _referral_rule(
        "a referral frees itself when the hold of its take ends", 100, R.frees_itself
    ),
    "closes-while-locked": _referral_rule("a locked referral closes at once", 4000, R.closes_while_locked),
    "takes-two": _referral_rule("a locked referral may ask for another place", 100, R.takes_two),
    "vouches-for-all": _referral_rule(
        "a referral vouches for a nomination by another council", 1000, R.vouches_for_all
    ),
}


@cache
def parts_of(bug: str | None) -> Parts:
    """The parts of the sound program, or of one with this bug; KeyError for a bug that is not in the catalogue."""
    return SOUND if bug is None else CATALOGUE[bug].parts
