import pytest

from services.verifier.domain.promises import SAYS, Promise
from services.verifier.verify import Verdict, verify
from tests.verify.altering import Drafts, clone, written


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
