from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from schemas.words import CalendarKind, Channel, DeliveryOutcome, Freshness, ReferralStatus
from services.notifier.domain.board import Length, Nomination, Place, Referral, Setting, Vacancy, Window
from services.notifier.domain.messages import Inbox
from services.notifier.domain.telling import Patience
from services.notifier.ports import Letter
from tests.notifier.stage import (
    BARNET,
    CAMDEN,
    HARINGEY,
    PROVIDER,
    START,
    VACANCY,
    WINDOW,
    Fact,
    Post,
    Stage,
    ended,
    opened,
    setting,
    window,
)

SENT, FAILED = DeliveryOutcome.SENT, DeliveryOutcome.FAILED


def stage_with_window(**changes: object) -> Stage:
    stage = Stage()
    stage.notifier.start()
    whole = window(**changes)
    stage.write.offers(setting(window=whole), opened(whole))
    return stage


def test_each_member_of_a_window_is_told_at_its_opening() -> None:
    stage = stage_with_window(members=(BARNET, CAMDEN))
    stage.run()
    assert stage.post.said() == [("window_opened", BARNET), ("window_opened", CAMDEN)]


def test_what_is_sent_stands_in_the_log_as_begun_before_and_as_ended_after() -> None:
    stage = stage_with_window()
    seen: list[int] = []

    def answer(_letter: Letter, _key: str) -> DeliveryOutcome:
        seen.append(len(stage.records("deliveries")))
        return SENT

    stage.post.answer = answer
    stage.run()
    assert seen == [1]
    begun, end = stage.values("deliveries", "delivery_begun"), stage.values("deliveries", "delivery_ended")
    assert [(each["attempt"], each["channel"]) for each in begun] == [(1, "outbox")]
    assert [(each["message_key"], each["outcome"]) for each in end] == [(begun[0]["message_key"], "sent")]


def test_a_council_that_was_told_is_reported_to_the_setting_once() -> None:
    stage = stage_with_window()
    stage.pass_time(hours=4)
    told = stage.values("vacancies", "window_told")
    assert [(each["window_id"], each["council"], each["by"]["role"]) for each in told] == [
        (WINDOW, HARINGEY, "notifier")
    ]
    assert told[0]["told_at"] == told[0]["observed_at"] == "2026-11-23T09:00:00Z"


def test_reminders_come_at_half_and_four_fifths_the_last_also_to_the_duty_manager() -> None:
    stage = stage_with_window()
    stage.pass_time(hours=5)
    found = [(each.message.kind.value, each.message.recipient.inbox) for _, each in stage.post.arrived]
    assert found == [
        ("window_opened", Inbox.TEAM),
        ("window_unacknowledged", Inbox.TEAM),
        ("window_nearly_over", Inbox.TEAM),
        ("window_nearly_over", Inbox.DUTY_MANAGER),
    ]


def test_an_acknowledged_window_is_reminded_of_no_more() -> None:
    stage = stage_with_window()
    stage.pass_time(hours=1)
    stage.write.offers(setting(window=window(acknowledged=(HARINGEY,))))
    stage.pass_time(hours=4)
    assert stage.post.said() == [("window_opened", HARINGEY)]


def test_a_moved_deadline_moves_the_reminders() -> None:
    stage = stage_with_window()
    stage.pass_time(hours=1)
    later = window(closes_at=START + timedelta(hours=10))
    moved = {"type": "WindowExtended", "window_id": WINDOW, "closes_at": later.closes_at, "reason": "visit"}
    stage.write.offers(setting(window=later), moved)
    stage.run_until(START + timedelta(hours=4, minutes=59))
    assert stage.post.said() == [("window_opened", HARINGEY), ("window_moved", HARINGEY)]
    stage.run_until(START + timedelta(hours=5))
    assert stage.post.said()[2:] == [("window_unacknowledged", HARINGEY)]


def test_a_reminder_that_was_given_is_not_given_again_when_the_deadline_moves() -> None:
    stage = stage_with_window()
    stage.pass_time(hours=2)
    later = window(closes_at=START + timedelta(hours=10))
    stage.write.offers(setting(window=later))
    stage.run_until(START + timedelta(hours=6))
    stage.restart()
    stage.run_until(START + timedelta(hours=7))
    assert [kind for kind, _ in stage.post.said()].count("window_unacknowledged") == 1


def test_of_two_reminders_due_at_once_only_the_later_is_sent_and_the_other_is_accounted_for() -> None:
    stage = stage_with_window()
    stage.run()
    stage.clock.advance(timedelta(hours=3, minutes=30))
    stage.restart()
    stage.run()
    assert [kind for kind, _ in stage.post.said()[1:]] == ["window_nearly_over"] * 2
    assert ("window_unacknowledged", HARINGEY, "superseded") in stage.outcomes()


def test_a_lapse_is_told_to_team_and_provider() -> None:
    stage = stage_with_window()
    stage.run()
    stage.clock.advance(timedelta(hours=4))
    stage.write.offers(setting(), ended(window(), "lapsed"))
    stage.run()
    assert stage.post.said()[1:] == [("window_ended", HARINGEY), ("window_ended", PROVIDER)]


def test_news_of_a_window_that_has_ended_is_dropped_and_accounted_for() -> None:
    stage = stage_with_window()
    stage.write.offers(setting(), ended(window(), "rejudged"))
    with capture_logs() as logs:
        stage.run()
    assert stage.post.said() == [("window_ended", HARINGEY)]
    assert stage.outcomes()[0] == ("window_opened", HARINGEY, "superseded")
    assert [each["reason"] for each in logs if each["event"] == "message_superseded"] == ["window_ended"]


def test_news_whose_deadline_has_passed_is_dropped_though_the_window_stands_open_in_the_log() -> None:
    stage = stage_with_window()
    stage.clock.advance(timedelta(hours=4))
    stage.run()
    assert stage.post.tried == 0
    assert ("window_opened", HARINGEY, "superseded") in stage.outcomes()


def test_what_is_too_old_is_dropped() -> None:
    stage = stage_with_window()
    stage.run()
    stage.write.offers(setting(), ended(window(), "lapsed"))
    stage.clock.advance(timedelta(days=4))
    stage.run()
    assert stage.outcomes()[1:] == [
        ("window_ended", HARINGEY, "superseded"),
        ("window_ended", PROVIDER, "superseded"),
    ]


def test_a_void_decision_is_news_to_nobody() -> None:
    stage = stage_with_window()
    stage.write.void(setting(window=window(members=(BARNET,))), opened(window(members=(BARNET,))))
    stage.run()
    assert stage.post.said() == [("window_opened", HARINGEY)]


def test_a_send_that_fails_is_tried_again_later_and_later_under_the_same_key() -> None:
    stage = stage_with_window()
    tried: list[timedelta] = []
    keys: set[str] = set()

    def answer(_: Letter, key: str) -> DeliveryOutcome:
        tried.append(stage.clock.now() - START)
        keys.add(key)
        return SENT if len(tried) == 4 else FAILED

    stage.post.answer = answer
    stage.run_until(START + timedelta(minutes=30))
    assert [each.total_seconds() for each in tried] == [0, 30, 90, 210]
    assert len(keys) == 1
    assert [each["attempt"] for each in stage.values("deliveries", "delivery_begun")] == [1, 2, 3, 4]


def test_tries_are_bounded_and_the_last_failure_is_the_end() -> None:
    stage = Stage(Patience(attempts_max=3))
    stage.notifier.start()
    stage.post.answer = lambda _letter, _key: FAILED
    stage.write.offers(setting(), ended(window(), "lapsed"))
    stage.pass_time(hours=10)
    assert stage.post.tried == 3
    assert stage.notifier.next_due_at() is None
    assert stage.notifier.ended == {("window_ended", "failed"): 1}


def test_a_team_of_which_every_channel_failed_is_reported_as_not_told_once() -> None:
    stage = stage_with_window()
    stage.post.answer = lambda _letter, _key: FAILED
    stage.pass_time(hours=5)
    assert [each["council"] for each in stage.values("vacancies", "window_not_told")] == [HARINGEY]
    assert stage.values("vacancies", "window_told") == []


def test_a_team_that_is_told_late_is_reported_as_told_then() -> None:
    stage = stage_with_window()
    stage.post.answer = lambda _letter, _key: (
        SENT if stage.clock.now() >= START + timedelta(hours=1) else FAILED
    )
    stage.pass_time(hours=4)
    assert len(stage.values("vacancies", "window_not_told")) == 1
    [told] = stage.values("vacancies", "window_told")
    assert told["told_at"] >= "2026-11-23T10:00:00Z"


def test_one_channel_that_works_is_enough_to_be_told() -> None:
    stage = Stage()
    stage.book.ways[HARINGEY, Inbox.TEAM] = (Channel.SMTP, Channel.OUTBOX)
    smtp = Post(lambda _letter, _key: DeliveryOutcome.REFUSED)
    stage.notifier = stage.another(channels={Channel.OUTBOX: stage.post, Channel.SMTP: smtp})
    stage.notifier.start()
    stage.write.offers(setting(window=window()), opened(window()))
    stage.run()
    assert len(stage.values("vacancies", "window_told")) == 1
    assert stage.values("vacancies", "window_not_told") == []
    assert smtp.tried == 1


@pytest.mark.parametrize("ways", [(), (Channel.SMTP,)], ids=["no channel", "a channel that is not set up"])
def test_a_recipient_that_no_channel_reaches_is_accounted_for_and_not_told(ways: tuple[Channel, ...]) -> None:
    stage = Stage()
    stage.book.ways[HARINGEY, Inbox.TEAM] = ways
    stage.notifier.start()
    stage.write.offers(setting(window=window()), opened(window()))
    stage.run()
    assert stage.outcomes() == [("window_opened", HARINGEY, "refused")]
    assert len(stage.values("vacancies", "window_not_told")) == 1


def test_an_outage_that_was_credited_is_told_to_the_team_and_to_ops_and_reminded_of_afresh() -> None:
    stage = stage_with_window()
    stage.post.answer = lambda _letter, _key: FAILED
    stage.pass_time(hours=4)
    stage.post.answer = lambda _letter, _key: SENT
    again = window(closes_at=START + timedelta(hours=8), is_credited=True)
    credit = {"type": "WindowCredited", "window_id": WINDOW, "closes_at": again.closes_at}
    stage.write.offers(setting(window=again), credit)
    stage.pass_time(hours=4)
    assert stage.post.said() == [
        ("window_credited", HARINGEY),
        ("window_credited", "ops"),
        ("window_unacknowledged", HARINGEY),
        ("window_nearly_over", HARINGEY),
        ("window_nearly_over", HARINGEY),
    ]
    assert stage.post.arrived[2][1].message.at == START + timedelta(hours=6)


def test_a_nomination_is_told_to_the_provider_only_while_it_is_pending() -> None:
    stage = stage_with_window()
    stage.run()
    nomination = Nomination(
        nomination_id=f"{VACANCY}:n1", window_id=WINDOW, council=HARINGEY, referral_id="R-1", is_vouched=True
    )
    vouched = {"type": "NominationVouched", "nomination_id": f"{VACANCY}:n1", "vacancy_id": VACANCY,
               "council": HARINGEY, "referral_id": "R-1"}  # fmt: skip
    stage.write.offers(setting(window=window(), nominations=(nomination,)), vouched)
    stage.run()
    assert stage.post.said()[1:] == [("nomination_received", PROVIDER)]


def two_windows() -> tuple[Setting, Window]:
    other = window(window_id="SC012345:2:1:w1")
    vacancy = Vacancy(vacancy_id="SC012345:2:1", place=2, window=other)
    first = setting(window=window())
    return replace(first, places=(*first.places, Place(number=2, vacancy=vacancy))), other


def told_matches(stage: Stage) -> list[tuple[str, int]]:
    found = [each.message for _, each in stage.post.arrived if each.message.kind == "match_found"]
    return [(each.about.referral_id, each.number) for each in found]


def test_matches_of_a_referral_found_at_once_are_one_message() -> None:
    stage = Stage()
    stage.notifier.start()
    both, other = two_windows()
    stage.write.offers(both)
    for referral_id in ("R-1", "R-2"):
        stage.write.match(referral_id)
        stage.write.match(referral_id, other.window_id)
    stage.write.match("R-3", near_miss="age")
    stage.run()
    assert told_matches(stage) == [("R-1", 2), ("R-2", 2)]


def test_a_match_that_is_found_again_is_no_news_and_hides_none_that_is_new() -> None:
    stage = Stage()
    stage.notifier.start()
    both, other = two_windows()
    stage.write.offers(both)
    stage.write.match("R-1")
    stage.run()
    stage.restart()
    stage.write.match("R-1")
    stage.write.match("R-1", other.window_id)
    stage.write.match("R-2")
    stage.run()
    assert told_matches(stage) == [("R-1", 1), ("R-1", 1), ("R-2", 1)]


def test_a_match_whose_window_is_over_is_not_told() -> None:
    stage = stage_with_window()
    stage.write.match("R-1")
    stage.write.offers(setting(), ended(window(), "withdrawn"))
    stage.run()
    assert ("match_found", HARINGEY, "superseded") in stage.outcomes()


def test_an_ageing_vacancy_is_asked_about_by_links_with_ids_only() -> None:
    stage = Stage()
    stage.notifier.start()
    stage.write.offers(setting(freshness=Freshness.AGEING), {"type": "VacancyAged", "vacancy_id": VACANCY})
    stage.run()
    body = stage.post.arrived[0][1].body
    assert f"No change: http://127.0.0.1:8000/confirm/{VACANCY}/no-change\n" in body
    assert f"/confirm/{VACANCY}/still-vacant" in body
    assert f"/confirm/{VACANCY}/filled" in body


def test_a_referral_that_was_confirmed_meanwhile_is_not_asked_about() -> None:
    stage = Stage()
    stage.notifier.start()
    due = Referral(referral_id="R-1", council=HARINGEY, status=ReferralStatus.OPEN, is_confirmation_due=True)
    stage.write.placements(due, {"type": "ReferralConfirmationDue"})
    stage.write.placements(Referral(referral_id="R-1", council=HARINGEY, status=ReferralStatus.OPEN))
    stage.run()
    assert stage.outcomes() == [("referral_confirmation_due", HARINGEY, "superseded")]


def test_a_window_in_working_time_is_reminded_of_in_working_time() -> None:
    stage = Stage()
    stage.clock.set(START + timedelta(days=4, hours=4))
    stage.notifier.start()
    friday = window(
        opened_at=stage.clock.now(),
        closes_at=stage.clock.now() + timedelta(days=3),
        length=Length(CalendarKind.WORKING, 8 * 3600),
    )
    stage.write.offers(setting(window=friday), opened(friday))
    stage.pass_time(days=2)
    assert [kind for kind, _ in stage.post.said()] == ["window_opened"]


def backlog(stage: Stage, *first: Fact) -> None:
    """News, and more decisions after it than are read in one go."""
    stage.write.offers(setting(window=window()), *first)
    for _ in range(600):
        stage.write.offers(setting(window=window()))


def test_news_is_judged_only_when_everything_is_read() -> None:
    stage = Stage()
    stage.notifier.start()
    backlog(stage, opened(window()))
    stage.write.offers(setting(), ended(window(), "released"))
    stage.run()
    assert stage.post.said() == []
    assert stage.outcomes() == [("window_opened", HARINGEY, "superseded")]


def test_news_that_is_read_and_not_yet_written_down_is_read_again_after_a_crash() -> None:
    stage = Stage()
    stage.notifier.start()
    stage.write.offers(setting(), ended(window(), "lapsed"))
    assert stage.notifier.step() > 0
    assert stage.post.tried == 1
    backlog(stage, opened(window()))
    stage.notifier.step()
    assert len(stage.outcomes()) == 1
    stage.restart()
    stage.run()
    assert stage.post.said() == [("window_ended", PROVIDER), ("window_opened", HARINGEY)]
