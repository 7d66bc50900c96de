"""Scenes about referrals and about words that are refused, repeated, or no words at all."""

from datetime import timedelta

import orjson

from runtime.log import Entry
from schemas import referrals, vacancies
from schemas.envelope import headers_of
from schemas.words import CloseReason, CouncilDecline, Kind
from services.demo.play import Act
from services.demo.scenes.scene import Listed, Scene
from services.demo.stage import team
from services.demo.world import CAMDEN, HARINGEY


def anticipated(scene: Scene) -> Act:
    """A need that is expected is matched early and cannot be nominated until it is there."""
    scene.registers()
    referral_id = scene.refers(HARINGEY, referrals.ReferralAnticipated)
    yield from scene.wait()
    vacancy_id = yield from scene.posts()
    yield from scene.nominates(HARINGEY, vacancy_id, referral_id)
    for _ in range(2):
        scene.submits(HARINGEY, referral_id)
        yield from scene.wait()
    nomination_id = yield from scene.nominates(HARINGEY, vacancy_id, referral_id)
    yield from scene.accepts(nomination_id)


def not_vouched(scene: Scene) -> Act:
    """Another council's referral, an unknown one and a closed one are vouched for nowhere."""
    scene.registers()
    other, closed = scene.refers(CAMDEN), scene.refers(HARINGEY)
    scene.stage.say(
        team(HARINGEY), referrals.ReferralClosed, referral_id=closed, reason=CloseReason.RETURNED_HOME
    )
    yield from scene.wait()
    scene.stage.say(team(HARINGEY), referrals.ReferralConfirmed, referral_id=other)
    vacancy_id = yield from scene.posts()
    for referral_id in (other, "R-999999", closed):
        yield from scene.nominates(HARINGEY, vacancy_id, referral_id)
    window_id = scene.window(vacancy_id)
    for _ in range(6):
        referral_id = scene.refers(HARINGEY)
        scene.team_says(HARINGEY, vacancies.Nominate, window_id=window_id, referral_id=referral_id)
    scene.says(vacancies.AcceptNomination, nomination_id=f"{vacancy_id}:n4")
    yield from scene.wait()
    scene.team_says(HARINGEY, vacancies.Nominate, window_id=window_id, referral_id=referral_id)
    reason = CouncilDecline.CHILD_OR_FAMILY_VIEWS
    scene.team_says(HARINGEY, vacancies.ReleaseWindow, window_id=window_id, reason=reason)
    scene.team_says(HARINGEY, vacancies.WithdrawNomination, nomination_id=f"{vacancy_id}:n4", reason=reason)
    yield from scene.wait()


def closed_while_locked(scene: Scene) -> Act:
    """A referral is amended, then closed in the very minute in which its council takes a place: closing waits."""
    scene.registers()
    yield from scene.wait()
    vacancy_id, referral_id, hold_id = yield from scene.held()
    needs = {
        "age": 15,
        "gender": "female",
        "provisions": ["childrens_home"],
        "needs": ["ebd"],
        "needed_by": scene.stage.today.isoformat(),
        "urgency": "same_day",
        "home_borough": HARINGEY,
    }
    scene.stage.say(team(HARINGEY), referrals.ReferralAmended, referral_id=referral_id, needs=needs)
    yield from scene.wait()
    yield from scene.takes(HARINGEY, referral_id, hold_id)
    said = {"referral_id": referral_id, "reason": CloseReason.NO_LONGER_NEEDED}
    scene.stage.say(team(HARINGEY), referrals.ReferralClosed, **said)
    yield from scene.wait()
    scene.says(vacancies.MovedIn, vacancy_id=vacancy_id)
    yield from scene.wait()


def odd_reports(scene: Scene) -> Act:
    """What cannot be so is refused with its reason and changes nothing."""
    scene.registers()
    yield from scene.wait()
    vacancy_id = yield from scene.posts(place=1)
    today, now = scene.stage.today, scene.stage.now
    scene.registers_only()
    for place, more in ((1, {}), (9, {}), (2, {"observed_at": now + timedelta(minutes=20)})):
        said = {"place": place, "kind": Kind.PLANNED, "available_from": today, **more}
        scene.says(vacancies.VacancyPosted, **said)
    scene.says(vacancies.VacancyConfirmed, vacancy_id=vacancy_id.replace(":1:1", ":1:2"))
    scene.says(vacancies.VacancyConfirmed, vacancy_id=vacancy_id, observed_at=now - timedelta(days=2))
    scene.says(vacancies.PlaceUsable, place=1)
    scene.stage.say(team(HARINGEY), vacancies.NoChange, setting_id=scene.id)
    scene.stage.say(scene.home.by, vacancies.NoChange, setting_id="T-8000000")
    yield from scene.wait()
    for place in (2, 3, 4):
        yield from scene.posts(place=place)
    said = {"kind": Kind.PLANNED, "available_from": today}
    scene.says(vacancies.VacancyPosted, **said)
    scene.says(vacancies.FellThrough, vacancy_id=vacancy_id, reason="plan_changed")
    yield from scene.wait()


def said_twice(scene: Scene) -> Act:
    """The same message comes again, at once and a day later: it is known, and decided once."""
    scene.registers()
    yield from scene.wait()
    said = {"place": 1, "kind": Kind.PLANNED, "available_from": scene.stage.today, "fee": 480_000}
    posted = scene.says(vacancies.VacancyPosted, **said)
    again = {"setting_id": scene.id, "observed_at": scene.stage.now, **said}
    scene.stage.say_again(posted, scene.home.by, vacancies.VacancyPosted, **again)
    yield scene.stage.after(8)
    scene.stage.say_again(posted, scene.home.by, vacancies.VacancyPosted, **again)
    yield from scene.wait()


def no_words_at_all(scene: Scene) -> Act:
    """Broken, oversized and mistyped records become dead letters; the home goes on."""
    scene.registers()
    yield from scene.wait()
    good = headers_of(
        vacancies.NumbersStated,
        id=f"bad-{scene.id}",
        source="hearth/demo",
        at=scene.stage.now,
        subject=scene.id,
    )
    whole = {
        "setting_id": scene.id,
        "by": {"role": "provider", "id": scene.home.provider_id},
        "observed_at": "2026-01-01T00:00:00Z",
        "vacant": 1,
        "kind": "planned",
    }
    spoilt = ({"vacant": False}, {"note": "free text"}, {"kind": "sometimes"})
    bodies = (b"not JSON at all", *(orjson.dumps(whole | each) for each in spoilt))
    for number, body in enumerate(bodies):
        headers = {**good, "ce_id": f"bad-{scene.id}-{number}"}
        scene.stage.send(Entry("vacancies", scene.id, body, headers))
    scene.stage.send(
        Entry("vacancies", scene.id, b"{}", {**good, "ce_type": "hearth.vacancies.unheard_of.v1"})
    )
    scene.stage.send(Entry("vacancies", scene.id, b"{}", {}))
    yield from scene.wait()
    yield from scene.posts()


SCENES = (
    Listed(anticipated, 7, 11, "an anticipated need"),
    Listed(not_vouched, 9, 10.5, "vouched for by nobody"),
    Listed(closed_while_locked, 13, 13, "closed while taken"),
    Listed(odd_reports, 16, 13, "odd reports"),
    Listed(said_twice, 3, 10.25, "said twice"),
    Listed(no_words_at_all, 6, 12, "no words at all"),
)
