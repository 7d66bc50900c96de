import pytest
import structlog

from services.verifier.domain.promises import SAYS, Promise
from services.verifier.verify import Verdict, verify
from tests.verify.altering import Drafts, clone, written
from tests.verify.story import HARINGEY, HOME, PROVIDER, Town, council


@pytest.mark.parametrize("promise", Promise)
def test_a_clean_log_keeps_every_promise_and_every_promise_is_looked_at(
    promise: Promise, verdict: Verdict
) -> None:
    assert verdict.tally.checked[promise] > 0
    assert verdict.tally.first.get(promise) is None


def test_every_promise_is_said_in_words() -> None:
    assert set(SAYS) == set(Promise)


def test_a_log_written_again_with_nothing_altered_is_clean(drafts: Drafts) -> None:
    assert verify(written(drafts)).tally.is_kept


@pytest.mark.parametrize("is_backwards", [False, True])
def test_the_streams_of_audiences_may_be_read_one_after_the_other_in_any_order(
    drafts: Drafts, is_backwards: bool
) -> None:
    """As on Kafka, where each audience lies in a partition and the partitions are in no order."""
    second = drafts.first("listings", lambda each: str(each.value.get("window_id")).endswith(":w2"))
    assert second.kind == "vacancy_listed", "a tier may answer after another could"
    so_far = [each for each in drafts.records if each.stamped_at <= second.stamped_at]
    shown = sorted(
        (each for each in so_far if each.topic == "listings"), key=lambda each: each.key, reverse=is_backwards
    )
    others = [each for each in so_far if each.topic != "listings"]
    drafts.records = [*others, *shown]
    assert verify(written(drafts)).tally.broken == {}


def test_a_decision_of_a_writer_who_lost_is_void_and_breaks_nothing(drafts: Drafts) -> None:
    draft = next(each for each in drafts.from_on(drafts.of("offers")[0])[3:] if each.facts("WindowOpened"))
    drafts.after(draft, clone(draft))
    found = verify(written(drafts, is_linked=False))
    assert found.tally.broken == {}
    assert found.records == len(drafts.records)


def test_a_log_that_is_still_being_written_is_clean(drafts: Drafts) -> None:
    """An input has come, and nothing has followed from it yet."""
    decision = drafts.with_fact("WindowEnded", outcome="nominated")
    source = drafts.of("vacancies")[int(decision.headers["ce_position"])]
    drafts.records = [
        each for each in drafts.records if each is source or each.stamped_at < decision.stamped_at
    ]
    assert verify(written(drafts)).tally.is_kept


def test_what_nobody_has_vouched_for_yet_is_nothing_to_choose_from() -> None:
    """A provider accepts while the courier is still on its way with another nomination."""
    with structlog.testing.capture_logs():
        town = Town()
        town.register()
        town.attach()
        vacancy_id, first, second = town.post(), town.refer(1), town.refer(2)
        nomination_id = town.nominate(vacancy_id, first)
        told = {"window_id": town.window(vacancy_id), "referral_id": second}
        town.say_at_once(
            ("Nominate", council(HARINGEY), HOME, told),
            ("AcceptNomination", PROVIDER, HOME, {"nomination_id": nomination_id}),
        )
        town.system.close()
    said = b"".join(each.value for each in town.log.read("offers", 0, town.log.end("offers")))
    assert b"only_nomination" in said
    assert b"another_chosen" in said
    assert verify(town.log).tally.broken == {}
