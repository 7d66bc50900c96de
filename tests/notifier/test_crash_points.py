"""A notifier that breaks off anywhere and starts again loses nothing, and says nothing twice that it knows was said."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.log import LogUnavailable, Record
from schemas.words import DeliveryOutcome, ReferralStatus
from services.notifier.domain.board import Referral
from services.notifier.domain.telling import Patience
from tests.notifier.stage import (
    BARNET,
    CAMDEN,
    HARINGEY,
    START,
    WINDOW,
    Gone,
    Post,
    Stage,
    ended,
    opened,
    setting,
    window,
)
from tests.runtime.crashing import Crash, CrashingLog


class CrashingWrites(CrashingLog):
    """Breaks off at its n-th write. A read changes nothing, so breaking off there is breaking off at the next write."""

    def read(self, topic: str, start: int, limit: int) -> list[Record]:
        return self._log.read(topic, start, limit)


END = START + timedelta(hours=9)
Scene = tuple[timedelta, Callable[[Stage], None]]


def first_window(stage: Stage) -> None:
    stage.write.offers(setting(window=window()), opened(window()))
    stage.write.match("R-1")


def second_window(stage: Stage) -> None:
    shared = window(
        window_id="SC012345:1:1:w2",
        members=(BARNET, CAMDEN),
        opened_at=stage.clock.now(),
        closes_at=stage.clock.now() + timedelta(hours=4),
    )
    stage.write.offers(setting(window=shared), ended(window(), "lapsed"), opened(shared))


def referral_due(stage: Stage) -> None:
    due = Referral(referral_id="R-1", council=HARINGEY, status=ReferralStatus.OPEN, is_confirmation_due=True)
    stage.write.placements(due, {"type": "ReferralConfirmationDue"})


SCENES: list[Scene] = [
    (timedelta(), first_window),
    (timedelta(hours=1), referral_due),
    (timedelta(hours=4), second_window),
]


def flaky() -> Callable[[object, str], DeliveryOutcome]:
    """Fails the first try of every third message."""
    seen: Counter[str] = Counter()

    def answer(_: object, key: str) -> DeliveryOutcome:
        seen[key] += 1
        is_bad = int(key, 16) % 3 == 0 and seen[key] == 1
        return DeliveryOutcome.FAILED if is_bad else DeliveryOutcome.SENT

    return answer


def play(stage: Stage, scenes: list[Scene]) -> None:
    """Run through the scenes that are still to come; each is taken off once it is written."""
    while scenes:
        at, write = scenes[0]
        stage.run_until(START + at)
        write(stage)
        scenes.pop(0)
    stage.run_until(END)


def new_stage() -> Stage:
    stage = Stage(Patience(retry_after=timedelta(minutes=1)), snapshot_every=3)
    stage.post.answer = flaky()
    return stage


def undisturbed() -> Stage:
    stage = new_stage()
    stage.notifier.start()
    play(stage, list(SCENES))
    return stage


def finish(stage: Stage, scenes: list[Scene]) -> None:
    stage.post.gone_before = stage.post.gone_after = 0
    stage.notifier = stage.another()
    stage.notifier.start()
    play(stage, scenes)


def endings(stage: Stage) -> set[tuple[str, str, str]]:
    return set(stage.outcomes()) - {each for each in stage.outcomes() if each[2] == "failed"}


def told(stage: Stage) -> list[str]:
    return sorted(each.headers["ce_id"] for each in stage.records("vacancies"))


def check_accounted(stage: Stage) -> None:
    """Every message that was begun has one last end on its channel."""
    begun = {each["message_key"] for each in stage.values("deliveries", "delivery_begun")}
    over = [
        each.headers["ce_id"].partition(":")[0]
        for each in stage.records("deliveries")
        if each.headers["ce_id"].endswith("outbox:ended")
    ]
    assert begun <= set(over)
    assert len(over) == len(set(over))


WANTED = undisturbed()


def test_an_undisturbed_run_says_everything_once() -> None:
    assert len(WANTED.post.keys) == len(set(WANTED.post.keys)) == 16
    check_accounted(WANTED)


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_write_loses_nothing_and_says_nothing_twice(is_after: bool) -> None:
    for crash_at in count(1):
        stage, scenes = new_stage(), list(SCENES)
        stage.notifier = stage.another(CrashingWrites(stage.log, crash_at, is_after=is_after))
        try:
            stage.notifier.start()
            play(stage, scenes)
            break
        except Crash:
            finish(stage, scenes)
        check_same(stage, crash_at)
        repeated = [key for key, times in Counter(stage.post.keys).items() if times > 1]
        assert len(repeated) <= 1, crash_at
        assert all(was_unknown(stage, key) for key in repeated), crash_at
    assert crash_at > 40


def was_unknown(stage: Stage, key: str) -> bool:
    """Tell whether a try of this message was begun and never ended."""
    begun = [each for each in stage.values("deliveries", "delivery_begun") if each["message_key"] == key]
    ends = [each for each in stage.values("deliveries", "delivery_ended") if each["message_key"] == key]
    return len(begun) > len(ends)


def check_same(stage: Stage, crash_at: int) -> None:
    assert set(stage.post.keys) == set(WANTED.post.keys), crash_at
    assert endings(stage) == endings(WANTED), crash_at
    assert told(stage) == told(WANTED), crash_at
    check_accounted(stage)


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_send_repeats_only_that_one_and_under_the_same_key(is_after: bool) -> None:
    for crash_at in range(1, WANTED.post.tried + 1):
        stage, scenes = new_stage(), list(SCENES)
        stage.post = Post(flaky())
        if is_after:
            stage.post.gone_after = crash_at
        else:
            stage.post.gone_before = crash_at
        stage.notifier = stage.another()
        stage.notifier.start()
        with pytest.raises(Gone):
            play(stage, scenes)
        finish(stage, scenes)
        check_same(stage, crash_at)
        assert len(stage.post.keys) - len(set(stage.post.keys)) <= (1 if is_after else 0), crash_at


@pytest.mark.parametrize("is_after", [False, True], ids=["refused", "outcome unknown"])
def test_an_append_that_fails_is_repeated_in_place_and_nothing_is_lost_or_twice(is_after: bool) -> None:
    for fails_at in count(1):
        stage, scenes = new_stage(), list(SCENES)
        log = CrashingWrites(stage.log, fails_at, is_after=is_after, error=LogUnavailable)
        stage.notifier = stage.another(log)
        try:
            stage.notifier.start()
        except LogUnavailable:
            stage.notifier.start()
        try:
            play(stage, scenes)
        except LogUnavailable:
            play(stage, scenes)
        check_same(stage, fails_at)
        assert len(stage.post.keys) == len(set(stage.post.keys)), fails_at
        ids = [each.headers["ce_id"] for each in stage.records("deliveries")]
        assert len(ids) == len(set(ids)), fails_at
        if not log.has_crashed:
            break


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 80), st.booleans()), max_size=4))
def test_crashes_one_after_another_lose_nothing(crashes: list[tuple[int, bool]]) -> None:
    stage, scenes = new_stage(), list(SCENES)
    for crash_at, is_after in crashes:
        stage.notifier = stage.another(CrashingWrites(stage.log, crash_at, is_after=is_after))
        try:
            stage.notifier.start()
            play(stage, scenes)
        except Crash:
            continue
    finish(stage, scenes)
    assert set(stage.post.keys) == set(WANTED.post.keys)
    # Tries that broke off count as tries: a team may be reported as not told before it is told.
    assert [each for each in told(stage) if each.startswith("told:")] == told(WANTED)
    check_accounted(stage)


def test_records_that_come_again_are_no_news() -> None:
    stage = undisturbed()
    stage.log.append([], positions={f"notifier:{topic}": 0 for topic in ("offers", "placements", "matches")})
    before = len(stage.post.keys)
    stage.restart()
    stage.run()
    assert len(stage.post.keys) == before
    assert {each["window_id"] for each in stage.values("vacancies", "window_told")} == {
        WINDOW,
        "SC012345:1:1:w2",
    }
