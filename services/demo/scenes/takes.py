"""Scenes about holding, taking, moving in and falling through."""

from datetime import timedelta

from schemas import referrals, vacancies
from schemas.words import BypassCode, CloseReason, FallThroughReason
from services.demo.play import Act
from services.demo.scenes.scene import Listed, Scene
from services.demo.stage import team
from services.demo.world import HARINGEY


def hold_lapses(scene: Scene) -> Act:
    """Nobody takes the place; the vacancy goes back to the tier that it left. A take that comes late is refused."""
    scene.registers()
    yield from scene.wait()
    _, referral_id, hold_id = yield from scene.held()
    yield scene.stage.after(9)
    yield from scene.takes(HARINGEY, referral_id, hold_id)
    yield from scene.takes(HARINGEY, referral_id, hold_id.replace(":h1", ":h5"))


def two_holds_one_take(scene: Scene) -> Act:
    """Two places are held for one child; both are taken in the same minute, and one take loses."""
    scene.registers()
    yield from scene.wait()
    first = yield from scene.posts(place=1)
    second = yield from scene.posts(place=2)
    referral_id = scene.refers(HARINGEY)
    yield from scene.wait()
    one = yield from scene.nominates(HARINGEY, first, referral_id)
    other = yield from scene.nominates(HARINGEY, second, referral_id)
    holds = ((yield from scene.accepts(one)), (yield from scene.accepts(other)))
    for hold_id in holds:
        starts_on = scene.stage.today + timedelta(days=1)
        said = {"referral_id": referral_id, "hold_id": hold_id, "starts_on": starts_on}
        scene.stage.say(team(HARINGEY), referrals.TakePlace, **said)
    yield scene.stage.after(10)
    scene.says(vacancies.MovedIn, vacancy_id=first)
    yield from scene.wait()


def taken_too_late(scene: Scene) -> Act:
    """The provider gives the held place away in the very minute in which the council takes it; the council is told."""
    scene.registers()
    yield from scene.wait()
    vacancy_id, referral_id, hold_id = yield from scene.held()
    scene.says(vacancies.VacancyFilled, vacancy_id=vacancy_id, code=BypassCode.IMMINENT_RISK)
    yield from scene.takes(HARINGEY, referral_id, hold_id)


def falls_through(scene: Scene) -> Act:
    """A held and a reserved place are not used after all; both go back to Haringey."""
    scene.registers()
    yield from scene.wait()
    vacancy_id, referral_id, _ = yield from scene.held(place=1)
    scene.says(vacancies.FellThrough, vacancy_id=vacancy_id, reason=FallThroughReason.GROUP_CHANGED)
    yield from scene.wait()
    scene.says(vacancies.FellThrough, vacancy_id=vacancy_id, reason=FallThroughReason.GROUP_CHANGED)
    scene.says(vacancies.MovedIn, vacancy_id=vacancy_id)
    nomination_id = yield from scene.nominates(HARINGEY, vacancy_id, referral_id)
    hold_id = yield from scene.accepts(nomination_id)
    yield from scene.takes(HARINGEY, referral_id, hold_id, in_days=3)
    for model in (vacancies.VacancyWithdrawn, vacancies.VacancyConfirmed):
        scene.says(model, vacancy_id=vacancy_id)
    yield scene.stage.after(4)
    said = {"vacancy_id": vacancy_id, "reason": FallThroughReason.PLAN_CHANGED}
    scene.team_says(HARINGEY, vacancies.FellThrough, **said)
    yield from scene.wait()


def moves_in_late(scene: Scene) -> Act:
    """The day passes without a word; both sides are reminded, and then the child is there."""
    scene.registers()
    yield from scene.wait()
    vacancy_id, referral_id = yield from scene.placed(in_days=1)
    yield scene.stage.after(20)
    scene.says(vacancies.MovedIn, vacancy_id=vacancy_id)
    yield from scene.wait()
    scene.stage.say(
        team(HARINGEY), referrals.ReferralClosed, referral_id=referral_id, reason=CloseReason.NO_LONGER_NEEDED
    )
    yield from scene.wait()
    scene.stage.say(team(HARINGEY), referrals.ReferralConfirmed, referral_id=referral_id)
    yield from scene.wait()


def closed_while_placed(scene: Scene) -> Act:
    """Closing waits for the vacancy's word: here the placement falls through."""
    scene.registers()
    yield from scene.wait()
    vacancy_id, referral_id = yield from scene.placed(in_days=5)
    for _ in range(2):
        said = {"referral_id": referral_id, "reason": CloseReason.PLAN_CHANGED}
        scene.stage.say(team(HARINGEY), referrals.ReferralClosed, **said)
        yield from scene.wait()
    scene.says(vacancies.FellThrough, vacancy_id=vacancy_id, reason=FallThroughReason.PROVIDER_UNABLE)
    yield from scene.wait()


def by_telephone(scene: Scene) -> Act:
    """Ops write down what Haringey and the provider say on the telephone."""
    scene.registers()
    yield from scene.wait()
    vacancy_id = yield from scene.posts()
    referral_id = scene.refers(HARINGEY)
    yield from scene.wait()
    told = {"setting_id": scene.id, "window_id": scene.window(vacancy_id), "referral_id": referral_id}
    scene.stage.say_by_telephone(team(HARINGEY), vacancies.Nominate, **told)
    yield from scene.wait(10)
    said = {"setting_id": scene.id, "nomination_id": f"{vacancy_id}:n1"}
    scene.stage.say_by_telephone(scene.home.by, vacancies.AcceptNomination, **said)
    yield from scene.wait(10)
    yield from scene.takes(HARINGEY, referral_id, f"{vacancy_id}:h1")
    yield scene.stage.after(10)
    scene.says(vacancies.MovedIn, vacancy_id=vacancy_id)
    yield from scene.wait()


SCENES = (
    Listed(hold_lapses, 2, 13, "a hold that lapses"),
    Listed(two_holds_one_take, 5, 9.5, "two places held for one child"),
    Listed(taken_too_late, 6, 9.5, "taken too late"),
    Listed(falls_through, 8, 10.5, "falls through"),
    Listed(moves_in_late, 9, 12, "moves in late"),
    Listed(closed_while_placed, 11, 9.5, "closed while placed"),
    Listed(by_telephone, 13, 10, "by telephone"),
)
