"""A series of whole counts: after each one the setting has exactly as many places and vacancies as was said."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.words import Code, Judgement, Kind, PlaceStatus, Provision, Registration, Role, Sector
from services.matcher.adapters.terms_files import CALENDAR, POLICY, load_terms
from services.matcher.domain import inputs, offers
from services.matcher.domain.decision import Decision
from services.matcher.domain.setting import Setting, counts
from services.matcher.domain.values import InputId, Party, ProviderId, SettingId

TERMS = load_terms()
T0 = datetime.fromisoformat("2022-01-01T00:00:00+00:00")
SETTING = SettingId("T-90001")
PROVIDER = Party(Role.PROVIDER, "TO-7")
DAYS_MAX = 30
"""Long enough for vacancies that nobody confirms to become stale and to be withdrawn between two counts."""


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted on a day."""

    day: int
    capacity: int
    vacant: int


@st.composite
def serieses(draw: st.DrawFn) -> list[Count]:
    days = draw(st.lists(st.integers(0, DAYS_MAX), min_size=1, max_size=7, unique=True))
    return [
        Count(day, capacity, draw(st.integers(0, capacity)))
        for day in sorted(days)
        for capacity in [draw(st.integers(0, 6))]
    ]


def at(day: int) -> datetime:
    return T0 + timedelta(days=day)


def registered(first: Count) -> Setting:
    """A setting as an import tells of it, before anybody has counted."""
    order = inputs.SettingRegistered(
        id=InputId("registered"),
        by=Party(Role.REGISTER, "register"),
        observed_at=at(first.day),
        setting_id=SETTING,
        provider_id=ProviderId(PROVIDER.id),
        provision=Provision.SHELTER_PROGRAMME,
        sector=Sector.UNKNOWN,
        registration=Registration.REGISTERED,
        region="unknown",
        registered_places=first.capacity,
        policy=POLICY,
        calendar=CALENDAR,
    )
    setting = decided(offers.decide(TERMS, None, order, at(first.day))).state
    assert setting is not None
    judged = inputs.SettingJudged(
        id=InputId("judged"),
        by=order.by,
        observed_at=order.observed_at,
        setting_id=SETTING,
        judgement=Judgement.NOT_YET_INSPECTED,
    )
    setting = decided(offers.decide(TERMS, setting, judged, at(first.day))).state
    assert setting is not None
    return setting


def decided(decision: Decision[Setting] | None) -> Decision[Setting]:
    assert decision is not None
    return decision


def told(setting: Setting, count: Count, number: int) -> tuple[Setting, Code]:
    order = inputs.NumbersStated(
        id=InputId(f"n{number}"),
        by=PROVIDER,
        observed_at=at(count.day),
        setting_id=SETTING,
        vacant=count.vacant,
        registered_places=count.capacity,
        kind=Kind.PLANNED,
    )
    now = max(setting.looked_at, at(count.day))
    decision = decided(offers.decide(TERMS, setting, order, now))
    assert decision.state is not None
    return decision.state, decision.answer


def assert_shows(setting: Setting, count: Count) -> None:
    found = counts(setting)
    assert (found.registered, found.vacant, found.over) == (count.capacity, count.vacant, 0)
    assert found.occupied == count.capacity - count.vacant
    assert not setting.conflicts
    assert all(place.status is not PlaceStatus.UNREPORTED for place in setting.places)


@given(serieses())
def test_each_count_is_shown_exactly_however_capacity_and_vacancies_move(series: list[Count]) -> None:
    setting = registered(series[0])
    for number, count in enumerate(series):
        setting, answer = told(setting, count, number)
        assert answer is Code.ACCEPTED
        assert_shows(setting, count)


@given(serieses(), st.randoms(use_true_random=False), st.booleans())
def test_the_newest_count_is_shown_in_whatever_order_and_how_often_they_arrive(
    series: list[Count],
    order: random.Random,
    is_twice: bool,
) -> None:
    arriving = series * 2 if is_twice else list(series)
    order.shuffle(arriving)
    setting, newest = registered(arriving[0]), -1
    for number, count in enumerate(arriving):
        setting, answer = told(setting, count, number)
        assert answer is (Code.OLDER_OBSERVATION if count.day < newest else Code.ACCEPTED)
        newest = max(newest, count.day)
    assert_shows(setting, series[-1])


@given(serieses(), st.integers(0, 6), st.data())
def test_a_count_of_the_same_time_that_arrives_later_stands(
    series: list[Count], capacity: int, data: st.DataObject
) -> None:
    setting = registered(series[0])
    last = series[-1]
    again = Count(last.day, capacity, data.draw(st.integers(0, capacity)))
    for number, count in enumerate([*series, again]):
        setting, _ = told(setting, count, number)
    assert_shows(setting, again)
