"""What is shared is equal, and one."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.matcher.rulebooks import OffersRules
from services.matcher.sharing import Sharing
from services.matcher.translate import read_setting
from tests.matching.states import TERMS, agreement, decided, setting, settings_
from tests.matching.worlds import FEWER


@FEWER
@given(st.lists(settings_(), max_size=4))
def test_a_state_with_shared_agreements_is_the_same_state(states: list[object]) -> None:
    rules = OffersRules(TERMS)
    for state in states:
        value = decided(state, 1).value  # type: ignore[arg-type]
        assert rules.restore(value) == read_setting(value) == state


def test_equal_agreements_are_one_and_others_of_the_same_name_are_not() -> None:
    sharing = Sharing()
    first, same = (agreement(),), (agreement(),)
    other = (replace(agreement(), fee_max=1),)
    assert first is not same
    assert sharing.one(same) is sharing.one(first) is same
    assert sharing.one(other) is other
    states = [sharing.of(setting(agreements=each)) for each in (first, same, other)]
    assert [each and each.agreements for each in states] == [first, first, other]
    assert states[0] is not None
    assert states[1] is not None
    assert states[0].agreements is states[1].agreements
    assert sharing.of(None) is None
