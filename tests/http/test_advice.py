"""The advised order of a vacancy's nominations, as a pure rule: law 10's criteria, one after the other."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from schemas.words import ChoiceReason, DistanceBand, Urgency
from services.brokerage_desk.domain.advice import CRITERIA, Candidate, advise

BEGIN = datetime(2026, 11, 2, 9, tzinfo=UTC)
ORDER = (
    ChoiceReason.BEST_MATCH,
    ChoiceReason.URGENCY,
    ChoiceReason.DISTANCE,
    ChoiceReason.LEAST_RECENTLY_SERVED,
)
"""Law 10's order, written down a second time."""

times = st.none() | st.integers(0, 2).map(lambda days: BEGIN + timedelta(days=days))


@st.composite
def candidates(draw: st.DrawFn, min_size: int = 1) -> list[Candidate]:
    """Nominations of one vacancy: its referrals differ, and many are alike."""
    numbers = draw(st.lists(st.integers(1, 99), min_size=min_size, max_size=6, unique=True))
    return [
        Candidate(
            nomination_id=f"SC1:1:1:n{at}",
            referral_id=f"R-{number}",
            fit=(draw(st.integers(0, 1)), draw(st.integers(0, 1))),
            urgency=draw(st.sampled_from(Urgency)),
            band=draw(st.sampled_from([DistanceBand.WITHIN_5_KM, DistanceBand.UNKNOWN])),
            served_at=draw(times),
        )
        for at, number in enumerate(numbers, 1)
    ]


def one(referral: str = "R-1", **fields: object) -> Candidate:
    given_: dict[str, object] = {
        "fit": (0,),
        "urgency": Urgency.DAYS,
        "band": DistanceBand.WITHIN_10_KM,
        "served_at": BEGIN,
        **fields,
    }
    return Candidate(nomination_id=f"n-{referral}", referral_id=referral, **given_)  # type: ignore[arg-type] # named by the test


BETTER: dict[ChoiceReason, dict[str, object]] = {
    ChoiceReason.BEST_MATCH: {"fit": (-1,)},
    ChoiceReason.URGENCY: {"urgency": Urgency.SAME_DAY},
    ChoiceReason.DISTANCE: {"band": DistanceBand.WITHIN_5_KM},
    ChoiceReason.LEAST_RECENTLY_SERVED: {"served_at": BEGIN - timedelta(seconds=1)},
}
WORSE: dict[ChoiceReason, dict[str, object]] = {
    ChoiceReason.BEST_MATCH: {"fit": (1,)},
    ChoiceReason.URGENCY: {"urgency": Urgency.WEEKS},
    ChoiceReason.DISTANCE: {"band": DistanceBand.UNKNOWN},
    ChoiceReason.LEAST_RECENTLY_SERVED: {"served_at": BEGIN + timedelta(seconds=1)},
}


def test_the_criteria_stand_in_the_order_of_the_law() -> None:
    assert tuple(CRITERIA) == ORDER


@given(candidates())
def test_every_nomination_has_one_rank_and_no_two_the_same(found: list[Candidate]) -> None:
    advice = advise(found)
    assert sorted(each.nomination_id for each in advice) == sorted(each.nomination_id for each in found)
    assert [each.rank for each in advice] == list(range(1, len(found) + 1))


@given(st.data(), candidates())
def test_when_a_nomination_arrived_counts_for_nothing(data: st.DataObject, found: list[Candidate]) -> None:
    """Neither the order in which they are given nor the numbers in their ids say who is first."""
    by_id = {each.nomination_id: each.referral_id for each in found}
    ids = data.draw(st.permutations(list(by_id)))
    again = [
        Candidate(
            nomination_id=nomination_id,
            referral_id=each.referral_id,
            fit=each.fit,
            urgency=each.urgency,
            band=each.band,
            served_at=each.served_at,
        )
        for nomination_id, each in zip(ids, found, strict=True)
    ]
    renamed = {each.nomination_id: each.referral_id for each in again}
    first = [(by_id[each.nomination_id], each.reason) for each in advise(found)]
    second = [
        (renamed[each.nomination_id], each.reason) for each in advise(data.draw(st.permutations(again)))
    ]
    assert first == second


@given(candidates(min_size=2))
def test_no_nomination_goes_before_one_that_is_better_in_the_first_criterion_that_differs(
    found: list[Candidate],
) -> None:
    by_id = {each.nomination_id: each for each in found}
    advice = advise(found)
    assert advice[-1].reason is None
    for one_, next_ in pairwise(advice):
        better, worse = by_id[one_.nomination_id], by_id[next_.nomination_id]
        for reason in ORDER:
            if CRITERIA[reason](better) != CRITERIA[reason](worse):
                assert CRITERIA[reason](better) < CRITERIA[reason](worse)  # type: ignore[operator] # alike in kind
                assert one_.reason is reason
                break
        else:
            assert one_.reason is ChoiceReason.ALL_EQUAL


def test_each_criterion_breaks_a_tie_of_those_before_it_and_gives_way_to_each_of_them() -> None:
    for at, reason in enumerate(ORDER):
        better, worse = (
            one("R-2", **BETTER[reason]),
            one("R-1", **{k: v for r in ORDER[at + 1 :] for k, v in BETTER[r].items()}),
        )
        advice = advise([worse, better])
        assert [(each.nomination_id, each.reason) for each in advice] == [("n-R-2", reason), ("n-R-1", None)]
        for before in ORDER[:at]:
            held_back = one("R-2", **{**BETTER[reason], **WORSE[before]})
            assert advise([held_back, worse])[0].nomination_id == "n-R-1"
            assert advise([held_back, worse])[0].reason is before


def test_a_council_that_was_never_served_goes_before_every_other() -> None:
    assert advise([one("R-1"), one("R-2", served_at=None)])[0].nomination_id == "n-R-2"


def test_an_unknown_distance_goes_last() -> None:
    bands = [one(f"R-{at}", band=band) for at, band in enumerate(reversed(DistanceBand))]
    assert advise(bands)[-1].nomination_id == "n-R-0"


def test_there_is_no_advice_where_there_is_nothing_pending() -> None:
    assert advise([]) == ()


def test_the_only_nomination_is_advised_as_such() -> None:
    assert [(each.rank, each.reason) for each in advise([one()])] == [(1, ChoiceReason.ONLY_NOMINATION)]
