from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from runtime.records import instant
from services.verifier.domain.promises import Promise
from services.verifier.verify import verify
from tests.verify.altering import (
    Draft,
    Drafts,
    clone,
    confirmation_of_nothing,
    last_of,
    moved,
    set_deadline,
    shift,
    written,
)
from tests.verify.story import CAMDEN, HACKNEY, HARINGEY, HOME, HOUSEHOLD, SECURE

Alteration = Callable[[Drafts], None]


@dataclass(frozen=True)
class Case:
    """An alteration and what it breaks. Not `is_linked`: the decisions behind it are not put right."""

    alter: Alteration
    broken: set[Promise]
    is_linked: bool = True


CASES: list[Case] = []


def breaks(*promises: Promise, is_linked: bool = True) -> Callable[[Alteration], Alteration]:
    """The alteration breaks these promises and no other."""

    def keep(alter: Alteration) -> Alteration:
        CASES.append(Case(alter, set(promises), is_linked))
        return alter

    return keep


# --- windows --------------------------------------------------------------------------------------------------


@breaks(Promise.ONE_OPEN_WINDOW)
def a_second_window_opens_beside_an_open_one(drafts: Drafts) -> None:
    told = drafts.with_fact("WindowAcknowledged")
    opened = drafts.with_fact("WindowOpened", window_id=told.fact("WindowAcknowledged")["window_id"])
    fact = opened.fact("WindowOpened")
    told.value["facts"].append({**fact, "window_id": fact["window_id"][:-1] + "99"})


@breaks(Promise.ONE_OPEN_WINDOW, Promise.WINDOWS_END_ONCE)
def a_lapse_is_lost_and_the_next_tier_opens_all_the_same(drafts: Drafts) -> None:
    """Both: the former has no end, and the next opened beside it."""
    lapse = drafts.with_fact("WindowEnded", outcome="lapsed")
    assert lapse.facts("WindowOpened")
    lapse.value["facts"][0] = confirmation_of_nothing(lapse)


@breaks(Promise.WINDOWS_END_ONCE)
def a_window_ends_twice(drafts: Drafts) -> None:
    lapse = drafts.with_fact("WindowEnded", outcome="lapsed")
    lapse.value["facts"].append(lapse.fact("WindowEnded"))


@breaks(Promise.TIERS_IN_ORDER)
def a_tier_is_skipped_and_no_fact_says_so(drafts: Drafts) -> None:
    skipped = drafts.with_fact("TierSkipped")
    fact = skipped.fact("TierSkipped")
    skipped.value["facts"][skipped.value["facts"].index(fact)] = confirmation_of_nothing(skipped)


@breaks(Promise.TIERS_IN_ORDER)
def the_agreement_had_another_order(drafts: Drafts) -> None:
    attached = drafts.first("vacancies", lambda each: each.kind == "agreement_attached")
    tiers = attached.value["agreement"]["tiers"]
    tiers[0], tiers[1] = tiers[1], tiers[0]


@breaks(Promise.OPENED_BY_RIGHT)
def the_home_was_not_judged_good(drafts: Drafts) -> None:
    judged = drafts.first("vacancies", lambda each: each.kind == "setting_judged" and each.key == HOME)
    judged.value["judgement"] = "requires_improvement"


@breaks(Promise.OPENED_BY_RIGHT)
def the_fee_was_above_the_agreements(drafts: Drafts) -> None:
    for each in drafts.of("vacancies"):
        if each.kind == "agreement_attached" and each.key == HOME:
            each.value["agreement"]["fee_max"] = 400_000


@breaks(Promise.ANSWERED_BY_RIGHT)
def a_stranger_acknowledges(drafts: Drafts) -> None:
    said = drafts.first("vacancies", lambda each: each.kind == "acknowledge_window")
    said.value["by"]["id"] = HACKNEY


@breaks(Promise.NEVER_EARLY)
def a_window_lapses_ten_minutes_early(drafts: Drafts) -> None:
    over = drafts.with_fact("LadderEnded")
    shift(drafts, over, timedelta(minutes=-10))


@breaks(Promise.NEVER_LATE)
def something_is_decided_while_a_window_is_past_its_deadline(drafts: Drafts) -> None:
    over = drafts.with_fact("LadderEnded")
    same = [each for each in drafts.of("offers") if each.key == over.key]
    before = same[same.index(over) - 1]
    due_at = instant(over.headers["ce_time"])
    shift(drafts, before, due_at + timedelta(seconds=30) - instant(before.headers["ce_time"]))
    shift(drafts, over, timedelta(minutes=1))


@breaks(Promise.NEVER_LATE)
def a_deadline_is_forgotten(drafts: Drafts) -> None:
    last = last_of(drafts, HOUSEHOLD)
    at = moved(last.headers["ce_time"], timedelta(minutes=5))
    last.value["deadline"] = {"at": at, "kind": "review_due", "subject": HOUSEHOLD}


def a_deadline_is_another(fact: str) -> Alteration:
    def alter(drafts: Drafts) -> None:
        told = [each for draft in drafts.of("offers") for each in draft.facts(fact)][-1]
        set_deadline(drafts, told["window_id"], told["closes_at"], timedelta(minutes=-1))

    alter.__name__ = f"the_deadline_of_{fact}_is_a_minute_early"
    return alter


for _fact in (
    "WindowOpened",
    "WindowExtended",
    "WindowToppedUp",
    "WindowPaused",
    "WindowMoved",
    "WindowCredited",
):
    breaks(Promise.FULL_LENGTH)(a_deadline_is_another(_fact))


@breaks(Promise.FULL_LENGTH)
def a_hold_is_shorter_than_policy(drafts: Drafts) -> None:
    lapsed = drafts.with_fact("HoldEnded", end="lapsed").fact("HoldEnded")
    held = drafts.with_fact("PlaceHeld", hold_id=lapsed["hold_id"]).fact("PlaceHeld")
    held["until"] = moved(held["until"], timedelta(hours=-1))


@breaks(Promise.FULL_LENGTH)
def a_choice_is_shorter_than_policy(drafts: Drafts) -> None:
    opened = drafts.with_fact("ChoiceOpened").fact("ChoiceOpened")
    opened["closes_at"] = moved(opened["closes_at"], timedelta(minutes=-1))


@breaks(Promise.FULL_LENGTH)
def a_deadline_moves_and_no_fact_says_so(drafts: Drafts) -> None:
    draft = drafts.with_fact("WindowAcknowledged")
    window = draft.vacancy(draft.fact("WindowAcknowledged")["window_id"].rpartition(":")[0])["window"]
    window["closes_at"] = moved(window["closes_at"], timedelta(minutes=5))


# --- nominations, holds, takes --------------------------------------------------------------------------------


@breaks(Promise.NOMINATIONS_END_ONCE)
def a_nomination_ends_twice(drafts: Drafts) -> None:
    draft = drafts.with_fact("NominationEnded", end="declined")
    draft.value["facts"].append(draft.fact("NominationEnded"))


@breaks(Promise.HOLDS_END_ONCE)
def a_hold_ends_twice(drafts: Drafts) -> None:
    draft = drafts.with_fact("HoldEnded", end="lapsed")
    draft.value["facts"].append(draft.fact("HoldEnded"))


@breaks(Promise.ONE_WINNER)
def the_place_is_held_for_a_nomination_that_was_not_chosen(drafts: Drafts) -> None:
    loser = drafts.with_fact("NominationEnded", end="another_chosen")
    lost = next(each for each in loser.facts("NominationEnded") if each["end"] == "another_chosen")
    loser.fact("PlaceHeld")["nomination_id"] = lost["nomination_id"]


@breaks(Promise.ONE_WINNER)
def a_choice_among_several_has_no_reason(drafts: Drafts) -> None:
    chosen = drafts.with_fact("NominationEnded", end="another_chosen")
    chosen.fact("PlaceHeld")["reason"] = None


@breaks(Promise.LOSERS_TOLD)
def the_loser_is_never_told(drafts: Drafts) -> None:
    told = drafts.first("referrals", lambda each: each.value.get("end") == "another_chosen")
    told.value["nomination_id"] = told.value["nomination_id"][:-1] + "99"


@breaks(Promise.ONE_PLACE_PER_REFERRAL)
def a_placed_referral_is_placed_again(drafts: Drafts) -> None:
    reopened = drafts.first("placements", lambda each: bool(each.facts("ReferralReopened")))
    reopened.value["facts"].remove(reopened.fact("ReferralReopened"))


@breaks(Promise.TAKES_ANSWERED_ONCE)
def a_take_is_answered_twice(drafts: Drafts) -> None:
    refused = drafts.with_fact("TakeRefused")
    refused.value["facts"].append(refused.fact("TakeRefused"))


# --- decisions ------------------------------------------------------------------------------------------------


@breaks(Promise.REFUSED_CHANGES_NOTHING)
def a_refused_answer_changes_the_state(drafts: Drafts) -> None:
    refused = drafts.first("offers", lambda each: each.value["answer"] == "not_in_audience")
    refused.value["state"]["needs_profile_correction"] = True


@breaks(Promise.ONE_DECISION_PER_INPUT)
def an_input_is_decided_twice(drafts: Drafts) -> None:
    last = last_of(drafts, SECURE)
    drafts.after(last, clone(last))


@breaks(Promise.ONE_DECISION_PER_INPUT)
def an_input_is_never_decided(drafts: Drafts) -> None:
    drafts.drop(last_of(drafts, SECURE))


@breaks(Promise.UNBROKEN_CHAIN, is_linked=False)
def a_decision_names_a_parent_that_never_was(drafts: Drafts) -> None:
    last = last_of(drafts, SECURE)
    stray = clone(last)
    stray.headers["ce_parent"] = "0" * 32
    drafts.after(last, stray)


@breaks(Promise.UNBROKEN_CHAIN, Promise.ONE_DECISION_PER_INPUT, is_linked=False)
def a_decision_has_a_wrong_parent(drafts: Drafts) -> None:
    """Both: it is void, and so its input has no decision."""
    last_of(drafts, SECURE).headers["ce_parent"] = "0" * 32


@breaks(Promise.LOG_ORDER)
def a_decision_is_dated_an_hour_later_than_its_input(drafts: Drafts) -> None:
    last = last_of(drafts, SECURE)
    last.headers["ce_time"] = moved(last.headers["ce_time"], timedelta(hours=1))


# --- observations and places -----------------------------------------------------------------------------------


@breaks(Promise.NEWEST_OBSERVATION)
def an_older_judgement_takes_the_place_of_a_newer(drafts: Drafts) -> None:
    state = last_of(drafts, HOUSEHOLD).value["state"]
    state["judged_at"] = moved(state["judged_at"], timedelta(days=-1))


@breaks(Promise.NEWEST_OBSERVATION)
def an_observation_from_tomorrow_is_accepted(drafts: Drafts) -> None:
    said = drafts.first("vacancies", lambda each: each.kind == "no_change" and each.key == HOME)
    said.value["observed_at"] = moved(said.value["observed_at"], timedelta(days=1))


@breaks(Promise.ABSENT_IS_NOT_CLOSED)
def a_vacancy_is_gone_and_no_fact_says_so(drafts: Drafts) -> None:
    last = last_of(drafts, HOUSEHOLD)
    assert [each["type"] for each in last.value["facts"]] == ["VacancyWithdrawn"]
    last.value["facts"] = [confirmation_of_nothing(last)]


@breaks(Promise.PLACES_CONSERVED)
def a_place_is_lost(drafts: Drafts) -> None:
    last_of(drafts, HOUSEHOLD).value["state"]["registered_places"] += 1


# --- what people see ---------------------------------------------------------------------------------------------


def for_answer(each: Draft) -> bool:
    return each.kind == "vacancy_listed" and each.value["window_id"] is not None


@breaks(Promise.ONE_AUDIENCE)
def a_vacancy_is_listed_for_answer_to_the_next_tier_too(drafts: Drafts) -> None:
    listed = drafts.first("listings", for_answer)
    other = clone(listed)
    other.key = other.value["audience"] = "LONDON"
    drafts.after(listed, other)


@breaks(Promise.ONE_AUDIENCE)
def a_vacancy_stays_listed_for_answer(drafts: Drafts) -> None:
    drafts.drop(drafts.first("listings", lambda each: each.kind == "vacancy_unlisted"))


@breaks(Promise.LISTINGS_FORWARD)
def an_audience_sees_an_older_version_again(drafts: Drafts) -> None:
    listed = [each for each in drafts.of("listings") if each.kind == "need_listed"]
    last = next(each for each in reversed(listed) if each.value["version"] > 1)
    last.value["version"] = 1


@breaks(Promise.MATCHES_WHILE_OPEN)
def a_match_outlives_its_window(drafts: Drafts) -> None:
    drafts.drop(drafts.first("matches", lambda each: each.kind == "match_gone"))


@breaks(Promise.OWN_STREAM)
def a_council_reads_the_match_of_another(drafts: Drafts) -> None:
    found = drafts.first("matches", lambda each: each.key == HARINGEY and each.kind == "match_found")
    found.key = found.value["council"] = CAMDEN


@breaks(Promise.OWN_STREAM)
def a_council_is_told_of_a_window_that_is_not_its_own(drafts: Drafts) -> None:
    told = drafts.first("deliveries", lambda each: each.value["fact_id"].endswith(":w1:first"))
    assert told.key == HARINGEY
    for each in drafts.of("deliveries"):
        if each.value["message_key"] == told.value["message_key"]:
            each.key = each.value["recipient"]["id"] = HACKNEY


@breaks(Promise.MESSAGES_HAVE_FACTS)
def a_message_tells_what_no_fact_says(drafts: Drafts) -> None:
    begun = drafts.first("deliveries", lambda each: each.value["kind"] == "window_opened")
    begun.value["fact_id"] = f"{HOME}:4:99"


@breaks(Promise.MESSAGES_ONCE)
def a_message_that_was_sent_is_sent_again(drafts: Drafts) -> None:
    ended = drafts.first("deliveries", lambda each: each.value.get("outcome") == "sent")
    key = ended.value["message_key"]
    begun = drafts.first("deliveries", lambda each: each.value["message_key"] == key)
    again = clone(begun)
    again.value["attempt"] += 1
    drafts.after(ended, again)


@breaks(Promise.MESSAGES_ONCE)
def a_try_after_an_unknown_outcome_has_another_key(drafts: Drafts) -> None:
    """Three keys for what has two readers at most."""
    begun = drafts.first("deliveries", lambda each: each.value["kind"] == "window_opened")
    for number in (1, 2):
        other = clone(begun)
        other.value["message_key"] = f"{number:032x}"
        drafts.after(begun, other)


@breaks(Promise.DEAD_LETTERS_NAMED)
def a_dead_letter_names_a_record_that_is_not_there(drafts: Drafts) -> None:
    letter = drafts.of("dead-letters")[0]
    other = clone(letter)
    other.value["offset"] = 1_000_000
    drafts.after(letter, other)


@breaks(Promise.WELL_FORMED)
def a_record_has_a_field_that_no_schema_has(drafts: Drafts) -> None:
    ended = drafts.first("deliveries", lambda each: each.value.get("outcome") == "refused")
    ended.value["remark"] = "an obviously invented sentence"


@breaks(Promise.DEAD_LETTERS_NAMED, Promise.ONE_DECISION_PER_INPUT, Promise.WELL_FORMED)
def a_dead_letter_describes_another_record(drafts: Drafts) -> None:
    """All three: then nothing accounts for the record that cannot be read."""
    drafts.of("dead-letters")[0].value["sha256"] = "0" * 64


@pytest.mark.parametrize("case", CASES, ids=[case.alter.__name__ for case in CASES])
def test_one_alteration_breaks_exactly_its_promises(case: Case, drafts: Drafts) -> None:
    case.alter(drafts)
    found = verify(written(drafts, is_linked=case.is_linked))
    assert set(found.tally.broken) == case.broken, found.tally.first


def test_every_promise_is_broken_by_an_alteration_of_its_own() -> None:
    alone = {promise for case in CASES if len(case.broken) == 1 for promise in case.broken}
    assert alone == set(Promise)
