"""A state that is remembered is the state that its bytes say."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.words import Code
from services.matcher.domain.decision import Decision
from services.matcher.domain.setting import Setting
from services.matcher.lately import Lately
from services.matcher.listings import Listings
from services.matcher.translate import read_setting, write_decision
from tests.matching.states import AUDIENCES, TERMS, carried, decided, listings, settings_
from tests.matching.worlds import FEWER


def kept(states: list[Setting], kept_max: int = 100) -> tuple[Lately[Setting | None], list[bytes]]:
    lately = Lately(read_setting, kept_max)
    values: list[bytes] = []
    for state in states:
        values.append(write_decision(Decision(state=state, answer=Code.ACCEPTED, facts=(), deadline=None)))
        lately.keep(values[-1], state)
    return lately, values


@FEWER
@given(st.lists(settings_(), max_size=4), st.integers(1, 3))
def test_what_is_found_is_what_reading_gives(states: list[Setting], kept_max: int) -> None:
    lately, values = kept(states, kept_max)
    assert [lately.read(value) for value in values] == [read_setting(value) for value in values] == states


@FEWER
@given(st.lists(settings_(), max_size=4))
def test_listings_are_the_same_with_and_without_it(states: list[Setting]) -> None:
    lately, _ = kept(states)
    records = [decided(state, version) for version, state in enumerate(states, start=1)]
    remembering = Listings(TERMS, AUDIENCES, {}, read_setting=lately.read)
    assert carried(remembering.carry, records) == carried(listings().carry, records)


def test_no_more_is_kept_than_there_is_room_for() -> None:
    asked: list[bytes] = []

    def read(value: bytes) -> int:
        asked.append(value)
        return int(value)

    lately = Lately(read, kept_max=2)
    for number in range(3):
        lately.keep(str(number).encode(), number)
    assert [lately.read(str(number).encode()) for number in range(3)] == [0, 1, 2]
    assert asked == [b"0"]
