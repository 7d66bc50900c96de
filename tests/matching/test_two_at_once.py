"""Two listings relays that read decisions in different orders, one of which may end at any time: what counts is one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runtime.copies import Mirror
from runtime.log import Entry, Record
from schemas.listings import NeedListed, VacancyListed, VacancyUnlisted
from schemas.words import ReferralStatus
from services.matcher.domain.referral import Referral
from services.matcher.domain.setting import BlockedPair, Setting
from services.matcher.domain.values import ReferralId, SettingId
from services.matcher.listings import LISTINGS, Listings
from tests.matching.states import NOW, TERMS, agreement, decided, referral, setting, validated
from tests.matching.worlds import FEWER

REFERRALS = tuple(ReferralId(f"R-{number}") for number in range(1, 4))
SETTINGS = tuple(SettingId(f"SC00000{number}") for number in range(1, 4))
State = Setting | Referral


@st.composite
def _settings(draw: st.DrawFn) -> Setting:
    blocked = draw(st.sets(st.sampled_from(REFERRALS)))
    return setting(
        setting_id=draw(st.sampled_from(SETTINGS)),
        agreements=(agreement(),) if draw(st.booleans()) else (),
        blocked_pairs=tuple(BlockedPair(each, is_until_group_changes=False) for each in sorted(blocked)),
    )


@st.composite
def _referrals(draw: st.DrawFn) -> Referral:
    status = draw(st.sampled_from([ReferralStatus.OPEN, ReferralStatus.OPEN, ReferralStatus.LOCKED]))
    return replace(referral(status=status), referral_id=draw(st.sampled_from(REFERRALS)))


def decisions_of(states: Sequence[State]) -> dict[str, list[Record]]:
    """The decisions of each key in their order."""
    found: dict[str, list[Record]] = {}
    for each in states:
        key = each.setting_id if isinstance(each, Setting) else each.referral_id
        run = found.setdefault(key, [])
        run.append(decided(each, len(run) + 1))
    return found


def mixed(runs: dict[str, list[Record]], random: Random) -> list[Record]:
    """All of them, those of a key in their order."""
    left = {key: list(run) for key, run in runs.items()}
    found: list[Record] = []
    while left:
        key = random.choice(sorted(left))
        found.append(left[key].pop(0))
        left = {each: run for each, run in left.items() if run}
    return found


def said_by(records: Sequence[Record]) -> list[Entry]:
    """What a relay says that knows no audience but by the agreements it reads of."""
    relay = Listings(TERMS, (), {})
    return [entry for each in records for entry in relay.carry(each)]


def landed(said: Sequence[Sequence[Entry]], random: Random) -> list[Entry]:
    """What each of them said, in its order, as it came to lie in the topic."""
    left, found = [list(each) for each in said if each], list[Entry]()
    while left:
        run = random.choice(left)
        found.append(run.pop(0))
        left = [each for each in left if each]
    return found


def counted(entries: Sequence[Entry]) -> dict[tuple[str, str], dict[str, Any]]:
    """What stands for who follows a mirror."""
    with TemporaryDirectory() as directory:
        mirror = Mirror(Path(directory), "log", once=(LISTINGS,))
        records = [
            Record(LISTINGS, at, each.key, each.value, each.headers, NOW, partition=0)
            for at, each in enumerate(entries)
        ]
        for at in range(0, len(records), 3):
            mirror.take_in(records[at : at + 3])
        found = [each for each in mirror.read(LISTINGS, 0, len(records)) if not each.is_void]
        mirror.close()
    return standing([validated(Entry(LISTINGS, each.key, each.value, each.headers)) for each in found])


def standing(models: Sequence[Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """What is listed once all these have been read; one that is said to be gone may not have been said to be there."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for model in models:
        is_vacancy = isinstance(model, VacancyListed | VacancyUnlisted)
        place = model.audience, model.vacancy_id if is_vacancy else model.referral_id
        found.pop(place, None)
        if isinstance(model, VacancyListed | NeedListed):
            found[place] = model.model_dump(exclude={"version"})
    return found


def blocking(number: int, *referrals: ReferralId) -> Setting:
    blocked = tuple(BlockedPair(each, is_until_group_changes=False) for each in referrals)
    return setting(setting_id=SETTINGS[number], blocked_pairs=blocked)


def test_who_knows_fewer_blocks_does_not_speak_last_because_it_read_more_of_the_referral() -> None:
    """One reads of both blocks and then of a decision that changes nothing shown; the other ends before the second."""
    own = replace(referral(status=ReferralStatus.OPEN), referral_id=REFERRALS[0])
    needs = [decided(own, 1), decided(own, 2)]
    first, second = (decided(blocking(number, REFERRALS[0]), 1) for number in range(2))
    all_read, ended = said_by([first, second, *needs]), said_by([*needs, first])
    [stands] = {tuple(each["blocked_settings"]) for each in counted([*all_read, *ended]).values()}
    assert stands == SETTINGS[:2]


def test_what_was_locked_before_an_audience_was_known_is_not_left_standing_there() -> None:
    open_, locked = (
        decided(replace(referral(status=status), referral_id=REFERRALS[0]), version)
        for version, status in enumerate([ReferralStatus.OPEN, ReferralStatus.LOCKED], 1)
    )
    joined = decided(setting(setting_id=SETTINGS[0], agreements=(agreement(),)), 1)
    all_read, ended = said_by([open_, locked, joined]), said_by([joined, open_])
    assert counted([*all_read, *ended]) == {}


def test_a_membership_that_changes_nothing_shown_is_no_block_that_was_not_read() -> None:
    """Two memberships of one council in an audience count as two changes, as a membership and a block do."""
    own = decided(replace(referral(status=ReferralStatus.OPEN), referral_id=REFERRALS[0]), 1)
    block = decided(blocking(0, REFERRALS[0]), 1)
    once, again = (
        decided(setting(setting_id=SETTINGS[number], agreements=(agreement(valid_to=valid_to),)), 1)
        for number, valid_to in ((1, None), (2, NOW + timedelta(days=9)))
    )
    all_read, ended = said_by([once, own, block, again]), said_by([once, again, own])
    for said in ([*ended, *all_read], [*all_read, *ended]):
        [stands] = {tuple(each["blocked_settings"]) for each in counted(said).values()}
        assert stands == (SETTINGS[0],)


states = st.lists(_settings() | _referrals(), min_size=1, max_size=12)


@FEWER
@given(states, st.randoms(use_true_random=False))
def test_what_two_say_at_once_counts_as_if_one_had_said_it(given_states: list[State], random: Random) -> None:
    runs = decisions_of(given_states)
    one, other = said_by(mixed(runs, random)), said_by(mixed(runs, random))
    assert counted(landed([one, other], random)) == counted(one) == counted(other)


@FEWER
@given(states, st.randoms(use_true_random=False))
def test_one_of_two_that_ends_at_any_moment_leaves_nothing_wrong_behind(
    given_states: list[State], random: Random
) -> None:
    runs = decisions_of(given_states)
    one, other = said_by(mixed(runs, random)), said_by(mixed(runs, random))
    cut = other[: random.randint(0, len(other))]
    assert counted(landed([one, cut], random)) == counted(one)


@FEWER
@given(states, st.randoms(use_true_random=False))
def test_one_that_lost_all_it_knew_and_reads_again_in_another_order_ends_where_it_was(
    given_states: list[State], random: Random
) -> None:
    runs = decisions_of(given_states)
    before = said_by(mixed(runs, random))
    ended_after = random.randint(0, len(before))
    again = said_by(mixed(runs, random))
    assert counted([*before[:ended_after], *again]) == counted(again)
