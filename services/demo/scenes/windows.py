"""Scenes about offer windows: answered, moved, bypassed, lapsed, and of which nobody was told."""

from datetime import timedelta

from schemas import vacancies
from schemas.words import (
    BypassCode,
    ChoiceReason,
    CouncilDecline,
    ExtendReason,
    Kind,
    Mistake,
    ProviderDecline,
)
from services.demo.play import Act
from services.demo.scenes.scene import Listed, Scene
from services.demo.stage import provider
from services.demo.world import BARNET, CAMDEN, ENFIELD, HACKNEY, HARINGEY, ISLINGTON, agreement, attach

HOUR_S = 3600
DAY_S = 8 * HOUR_S


def answered(scene: Scene) -> Act:
    """Haringey acknowledges and lets its window go; so do two neighbours, one of them twice."""
    scene.registers()
    yield from scene.wait()
    vacancy_id = yield from scene.posts()
    window_id = scene.window(vacancy_id)
    for _ in range(2):
        scene.team_says(HARINGEY, vacancies.AcknowledgeWindow, window_id=window_id)
    yield scene.stage.after(3)
    scene.team_says(
        HARINGEY, vacancies.ReleaseWindow, window_id=window_id, reason=CouncilDecline.NO_SUITABLE_CHILD
    )
    yield from scene.wait()
    shared = scene.window(vacancy_id)
    for council in (CAMDEN, ISLINGTON, CAMDEN):
        reason = CouncilDecline.DISTANCE_OR_EDUCATION
        scene.team_says(council, vacancies.ReleaseWindow, window_id=shared, reason=reason)
    yield from scene.wait()


def released_by_mistake(scene: Scene) -> Act:
    """A wrong release is put right while the lower tier has not answered, and not any more once it has."""
    scene.registers()
    yield from scene.wait()
    for has_answered in (False, True):
        vacancy_id = yield from scene.posts()
        window_id = scene.window(vacancy_id)
        reason = CouncilDecline.PLAN_CHANGED
        wrong = scene.team_says(HARINGEY, vacancies.ReleaseWindow, window_id=window_id, reason=reason)
        yield from scene.wait(20)
        if has_answered:
            yield from scene.refers_and_nominates(CAMDEN, vacancy_id)
        for _ in range(2):
            scene.team_says(HARINGEY, vacancies.CorrectionMade, corrects=wrong, mistake=Mistake.WRONG_RELEASE)
            yield from scene.wait()


def standing_by(scene: Scene) -> Act:
    """Camden stands by during Haringey's window and counts as nominated from the moment that its tier opens."""
    scene.registers()
    yield from scene.wait()
    vacancy_id = yield from scene.posts()
    referral_id = scene.refers(CAMDEN)
    yield from scene.wait()
    for council in (CAMDEN, CAMDEN, HACKNEY):
        scene.team_says(council, vacancies.RegisterStandby, vacancy_id=vacancy_id, referral_id=referral_id)
    yield scene.stage.after(2)
    reason = CouncilDecline.NO_SUITABLE_CHILD
    scene.team_says(HARINGEY, vacancies.ReleaseWindow, window_id=scene.window(vacancy_id), reason=reason)
    yield scene.stage.after(9)
    yield from scene.accepts(f"{vacancy_id}:n1")


def extended_by_the_provider(scene: Scene) -> Act:
    """Too long is refused; once is enough."""
    scene.registers()
    yield from scene.wait()
    window_id = scene.window((yield from scene.posts()))
    for seconds in (4 * DAY_S, DAY_S, DAY_S):
        scene.says(
            vacancies.ExtendWindow, window_id=window_id, seconds=seconds, reason=ExtendReason.PANEL_BOOKED
        )
        yield from scene.wait()


def extended_by_consent(scene: Scene) -> Act:
    """A council asks, the provider consents; before it asked there was nothing to consent to."""
    scene.registers()
    yield from scene.wait()
    window_id = scene.window((yield from scene.posts()))
    scene.says(vacancies.ConsentToExtension, window_id=window_id)
    yield from scene.wait()
    asked = {"window_id": window_id, "seconds": DAY_S, "reason": ExtendReason.VISIT}
    scene.team_says(HARINGEY, vacancies.ExtendWindow, **asked)
    yield from scene.wait(45)
    scene.says(vacancies.ConsentToExtension, window_id=window_id)
    yield from scene.wait()


def told_late(scene: Scene) -> Act:
    """Nothing reaches Haringey for 25 minutes; when it is told its deadline moves by the delay."""
    scene.registers()
    yield from scene.wait()
    scene.theatre.channel.cut_off(HARINGEY, scene.stage.now + timedelta(minutes=25))
    yield from scene.posts()


def told_in_the_second_round(scene: Scene) -> Act:
    """Nobody was told of an emergency until its deadline: one more full length, and then somebody is."""
    scene.registers()
    yield from scene.wait()
    scene.theatre.channel.cut_off(HARINGEY, scene.stage.now + timedelta(minutes=75))
    yield from scene.posts(Kind.EMERGENCY)


def never_told(scene: Scene) -> Act:
    """Nobody was told in the second round either: the window lapses untold, and ops hear of it."""
    scene.registers()
    yield from scene.wait()
    scene.theatre.channel.cut_off(HARINGEY, scene.stage.now + timedelta(hours=2, minutes=10))
    yield from scene.posts(Kind.EMERGENCY)


def bypassed(scene: Scene) -> Act:
    """One place is given away with a code, one without; both show."""
    scene.registers()
    yield from scene.wait()
    with_code = yield from scene.posts()
    without = yield from scene.posts()
    yield from scene.refers_and_nominates(HARINGEY, without)
    yield scene.stage.after(2)
    scene.says(vacancies.DeclareBypass, vacancy_id=with_code, code=BypassCode.COURT_ORDER)
    scene.says(vacancies.VacancyFilled, vacancy_id=without)
    yield from scene.wait()


def topped_up(scene: Scene) -> Act:
    """A decline shortly before the deadline leaves the council its minimum remainder."""
    scene.registers()
    yield from scene.wait()
    vacancy_id = yield from scene.posts()
    yield scene.stage.after(21)
    _, nomination_id = yield from scene.refers_and_nominates(HARINGEY, vacancy_id)
    yield from scene.declines(nomination_id, ProviderDecline.OFSTED_RATING_CONCERN)


def declined_for_every_reason(scene: Scene) -> Act:
    """Each reason has its consequence; a blocked pair stays apart until the group of children changes."""
    scene.registers()
    yield from scene.wait()
    vacancy_id = yield from scene.posts(place=1)
    blocked = ""
    for reason in ProviderDecline:
        referral_id, nomination_id = yield from scene.refers_and_nominates(HARINGEY, vacancy_id)
        yield from scene.declines(nomination_id, reason)
        if reason is ProviderDecline.IMPACT_ON_CURRENT_RESIDENTS:
            blocked = referral_id
    again = {"window_id": scene.window(vacancy_id), "referral_id": blocked}
    scene.team_says(HARINGEY, vacancies.Nominate, **again)
    yield from scene.wait()
    scene.says(vacancies.PlaceOccupied, place=2)
    yield from scene.wait()
    scene.team_says(HARINGEY, vacancies.Nominate, **again)
    yield from scene.wait()
    gone = {"nomination_id": f"{vacancy_id}:n9", "reason": CouncilDecline.ALTERNATIVE_FOUND}
    scene.team_says(HARINGEY, vacancies.WithdrawNomination, **gone)
    yield from scene.wait()


def left_unanswered(scene: Scene) -> Act:
    """A provider lets its time to choose pass; the next tier opens."""
    scene.registers()
    yield from scene.wait()
    vacancy_id = yield from scene.posts()
    yield scene.stage.after(2)
    yield from scene.refers_and_nominates(HARINGEY, vacancy_id)


def first_click_does_not_win(scene: Scene) -> Act:
    """In a shared tier nominations are collected until everybody answered; then the provider chooses, one loses."""
    scene.registers()
    yield from scene.wait()
    vacancy_id = yield from scene.posts()
    reason = CouncilDecline.NO_SUITABLE_CHILD
    scene.team_says(HARINGEY, vacancies.ReleaseWindow, window_id=scene.window(vacancy_id), reason=reason)
    yield from scene.wait()
    _, first = yield from scene.refers_and_nominates(CAMDEN, vacancy_id, urgency="weeks")
    _, second = yield from scene.refers_and_nominates(ISLINGTON, vacancy_id, urgency="same_day")
    scene.says(vacancies.AcceptNomination, nomination_id=first)
    yield from scene.wait()
    for council in (BARNET, ENFIELD, HARINGEY):
        scene.team_says(council, vacancies.ReleaseWindow, window_id=scene.window(vacancy_id), reason=reason)
    yield scene.stage.after(1)
    yield from scene.accepts(second, ChoiceReason.URGENCY)


def down_the_whole_ladder(scene: Scene) -> Act:
    """Nobody answers: Haringey, North Central London, London; a confirmation offers it to the last tier again."""
    scene.registers_only()
    scene.says(vacancies.SettingJudged, judgement="outstanding")
    attach(scene.stage, scene.home, "haringey-first")
    yield from scene.wait()
    vacancy_id = yield from scene.posts()
    yield scene.stage.after(8 * 6)
    scene.says(vacancies.VacancyConfirmed, vacancy_id=vacancy_id)
    yield from scene.wait()


def tier_without_members(scene: Scene) -> Act:
    """A tier that has no member on the day is passed over, and a fact says so."""
    scene.registers_only()
    scene.says(vacancies.SettingJudged, judgement="good")
    tiers = agreement("haringey-ncl")["tiers"]
    left = {"audience": "FORMER", "members": [{"council": HACKNEY, "valid_to": "2025-01-01T00:00:00Z"}]}
    attach(scene.stage, scene.home, "haringey-ncl", tiers=[left, *tiers])
    yield from scene.wait()
    yield from scene.posts()


def emergency(scene: Scene) -> Act:
    """One hour for each tier, by day or night."""
    scene.registers()
    yield from scene.wait()
    vacancy_id = yield from scene.posts(Kind.EMERGENCY)
    yield from scene.wait(70)
    _, nomination_id = yield from scene.refers_and_nominates(CAMDEN, vacancy_id, urgency="same_day")
    yield from scene.wait(60)
    yield from scene.accepts(nomination_id)


def strangers(scene: Scene) -> Act:
    """Answers by somebody else, about something else, or too late are refused and change nothing."""
    scene.registers()
    yield from scene.wait()
    vacancy_id = yield from scene.posts(place=1)
    window_id, other = scene.window(vacancy_id), provider("P-d000000099")
    scene.stage.say(other, vacancies.NoChange, setting_id=scene.id)
    scene.says(vacancies.AcknowledgeWindow, window_id=window_id)
    for council, named in (
        (HACKNEY, window_id),
        (HARINGEY, f"{vacancy_id}:w7"),
        (HARINGEY, f"{scene.id}:4:1:w1"),
    ):
        scene.team_says(council, vacancies.AcknowledgeWindow, window_id=named)
    scene.says(vacancies.AcceptNomination, nomination_id=f"{vacancy_id}:n5")
    yield scene.stage.after(24)
    scene.team_says(HARINGEY, vacancies.AcknowledgeWindow, window_id=window_id)
    yield from scene.wait()


SCENES = (
    Listed(answered, 1, 9.5, "answered in time"),
    Listed(released_by_mistake, 2, 10, "a wrong release"),
    Listed(standing_by, 3, 9.25, "standing by"),
    Listed(extended_by_the_provider, 3, 11, "extended by its provider"),
    Listed(extended_by_consent, 4, 10.5, "extended by consent"),
    Listed(told_late, 5, 11, "told late"),
    Listed(told_in_the_second_round, 6, 13, "an outage of 75 minutes"),
    Listed(never_told, 8, 9.5, "an outage of two hours"),
    Listed(bypassed, 7, 14, "given outside the order"),
    Listed(topped_up, 9, 9.5, "declined at the last minute"),
    Listed(declined_for_every_reason, 10, 9.5, "declined for every reason"),
    Listed(left_unanswered, 11, 12, "left unanswered"),
    Listed(first_click_does_not_win, 12, 10, "a shared tier"),
    Listed(down_the_whole_ladder, 4, 9, "down the whole ladder"),
    Listed(tier_without_members, 13, 15, "a tier without members"),
    Listed(emergency, 14, 21, "an emergency at night"),
    Listed(strangers, 15, 9.5, "strangers"),
)
