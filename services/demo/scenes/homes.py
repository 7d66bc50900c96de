"""Scenes about homes and places: judged, paused, suspended, closed, counted, and places of every kind."""

from datetime import timedelta

from schemas import referrals, vacancies
from schemas.words import (
    CouncilDecline,
    Kind,
    Mistake,
    PauseReason,
    Registration,
    UnusableReason,
)
from services.demo.play import Act
from services.demo.scenes.scene import Listed, Scene
from services.demo.stage import OPS
from services.demo.world import CAMDEN, HARINGEY, agreement, attach
from services.matcher.adapters.terms_files import CALENDAR, POLICY


def downgraded(scene: Scene) -> Act:
    """A downgrade ends the window at once; when the home is good again its tier goes on with what it had left."""
    scene.registers()
    yield from scene.wait()
    vacancy_id = yield from scene.posts()
    yield from scene.refers_and_nominates(HARINGEY, vacancy_id)
    yield scene.stage.after(5)
    scene.says(vacancies.SettingJudged, judgement="requires_improvement")
    yield scene.stage.after(20)
    scene.says(vacancies.SettingJudged, judgement="good")
    yield from scene.wait()


def judged_by_nobody(scene: Scene) -> Act:
    """An unknown judgement is not the same as not yet inspected: it waits for a person."""
    scene.registers_only()
    attach(scene.stage, scene.home, "haringey-ncl")
    yield from scene.wait()
    yield from scene.posts()
    yield scene.stage.after(6)
    scene.says(vacancies.SettingJudged, judgement="not_yet_inspected")
    yield from scene.wait()


def suspended(scene: Scene) -> Act:
    """A suspension ends what runs and what is held: no child can move in."""
    scene.registers()
    yield from scene.wait()
    yield from scene.held(place=1)
    yield from scene.posts(place=2)
    yield from scene.wait(30)
    scene.says(vacancies.SettingAmended, registration=Registration.SUSPENDED)
    yield from scene.wait()


def closing(scene: Scene) -> Act:
    """A closing is announced, nothing opens; on the day the home is closed and says no more."""
    scene.registers()
    yield from scene.wait()
    yield from scene.held(place=1)
    yield from scene.posts(place=2)
    scene.says(vacancies.SettingClosing, closes_at=scene.stage.now + timedelta(hours=6))
    yield from scene.wait()
    yield from scene.posts(place=3)
    yield from scene.wait(7 * 60)
    scene.says(vacancies.NoChange)
    yield from scene.wait()


def closed_at_once(scene: Scene) -> Act:
    """A registration that is cancelled ends the open window with that reason."""
    scene.registers()
    yield from scene.wait()
    yield from scene.posts()
    yield scene.stage.after(3)
    scene.says(vacancies.SettingAmended, registration=Registration.CLOSED)
    yield from scene.wait()


def agreement_ends(scene: Scene) -> Act:
    """The agreement ends during a window; the vacancy goes on by the default ladder. Odd agreements are refused."""
    scene.registers()
    yield from scene.wait()
    yield from scene.posts()
    attach(scene.stage, scene.home, "haringey-ncl")
    attach(scene.stage, scene.home, "haringey-first")
    attach(scene.stage, scene.home, "haringey-ncl", version=2, valid_to="2024-06-01T00:00:00Z")
    for agreement_id in ("made-up-other", agreement("haringey-ncl")["agreement_id"]):
        said = {"setting_id": scene.id, "agreement_id": agreement_id, "ends_at": scene.stage.now}
        scene.stage.say(OPS, vacancies.AgreementEnded, **said)
    yield from scene.wait()
    for policy in ("made-up-1", POLICY):
        said = {"setting_id": scene.id, "policy": policy, "calendar": CALENDAR}
        scene.stage.say(OPS, vacancies.PolicyAdopted, **said)
    yield from scene.wait()


def paused(scene: Scene) -> Act:
    """A paused home opens nothing; resumed it does."""
    scene.registers()
    yield from scene.wait()
    for _ in range(2):
        scene.says(vacancies.SettingPaused, reason=PauseReason.GROUP_SETTLING)
        yield from scene.wait()
    yield from scene.posts()
    yield scene.stage.after(10)
    scene.says(vacancies.SettingResumed)
    yield from scene.wait()


def nil_return(scene: Scene) -> Act:
    """No vacancies this week, says the provider, and then that this was a mistake."""
    scene.registers()
    yield from scene.wait()
    yield from scene.posts()
    yield scene.stage.after(9)
    wrong = scene.says(vacancies.NilReturn)
    yield from scene.wait(30)
    scene.says(vacancies.CorrectionMade, corrects=wrong, mistake=Mistake.WITHDRAWN_IN_ERROR)
    yield from scene.wait()


def counted(scene: Scene) -> Act:
    """Only numbers: two vacancies, then one, then more than there are places, then fewer than are held."""
    scene.registers()
    yield from scene.wait()
    for vacant in (2, 1, 9):
        scene.says(vacancies.NumbersStated, vacant=vacant, kind=Kind.PLANNED, fee=480_000)
        yield from scene.wait(90)
    before = scene.stage.now
    yield from scene.wait()
    scene.says(vacancies.NilReturn)
    yield from scene.wait()
    vacancy_id = yield from scene.posts(observed_at=scene.stage.now)
    counted_at = scene.stage.now
    yield from scene.wait(5)
    _, nomination_id = yield from scene.refers_and_nominates(HARINGEY, vacancy_id)
    yield from scene.accepts(nomination_id)
    for observed_at in (counted_at, before):
        said = {"vacant": 0, "kind": Kind.PLANNED, "observed_at": observed_at}
        scene.says(vacancies.NumbersStated, **said)
        yield from scene.wait()


def over_capacity(scene: Scene) -> Act:
    """The registration is lowered below what is occupied: taken as said, marked over, and nothing opens."""
    scene.registers()
    yield from scene.wait()
    for place in (1, 2, 3):
        scene.says(vacancies.PlaceOccupied, place=place)
    yield from scene.posts(place=4)
    yield from scene.wait()
    scene.says(vacancies.SettingAmended, registered_places=2)
    yield from scene.wait()
    scene.says(
        vacancies.PlaceOnNotice,
        place=1,
        vacant_from=scene.stage.now + timedelta(minutes=30),
        kind=Kind.PLANNED,
    )
    yield from scene.wait(45)
    scene.says(vacancies.SettingAmended, registered_places=4)
    yield from scene.wait()


def filled_by_mistake(scene: Scene) -> Act:
    """Filled, says the provider, and takes it back: the vacancy comes back with its history."""
    scene.registers()
    yield from scene.wait()
    vacancy_id = yield from scene.posts()
    yield scene.stage.after(4)
    wrong = scene.says(vacancies.VacancyFilled, vacancy_id=vacancy_id)
    yield from scene.wait(25)
    for _ in range(2):
        scene.says(vacancies.CorrectionMade, corrects=wrong, mistake=Mistake.FILLED_IN_ERROR)
        yield from scene.wait()


def forgotten(scene: Scene) -> Act:
    """Nobody confirms: ageing, stale (no new window: call first), withdrawn."""
    scene.registers()
    yield from scene.wait()
    yield from scene.posts(fee=None)


def unusable(scene: Scene) -> Act:
    """A place becomes unusable during its window; its review falls due; it is usable again."""
    scene.registers()
    yield from scene.wait()
    yield from scene.posts(place=1)
    yield scene.stage.after(4)
    review_at = scene.stage.now + timedelta(days=3)
    said = {"place": 1, "reason": UnusableReason.NEEDS_OF_CURRENT_CHILD, "review_at": review_at}
    scene.says(vacancies.PlaceUnusable, **said)
    yield scene.stage.after(32)
    for _ in range(2):
        scene.says(vacancies.PlaceUsable, place=1)
        yield from scene.wait()


def on_notice(scene: Scene) -> Act:
    """A child will leave: matched early, offered from that day on. Another notice is taken back."""
    scene.registers()
    scene.refers(HARINGEY, referrals.ReferralAnticipated)
    yield from scene.wait()
    vacant_from = scene.stage.now + timedelta(days=4)
    for place in (1, 2):
        said = {"place": place, "vacant_from": vacant_from, "kind": Kind.PLANNED, "fee": 480_000}
        scene.says(vacancies.PlaceOnNotice, **said)
    yield scene.stage.after(8)
    scene.says(vacancies.PlaceOccupied, place=2)
    yield from scene.wait()


def block_place(scene: Scene) -> Act:
    """A block place is offered only when its owner lets it go."""
    scene.registers()
    yield from scene.wait()
    block = yield from scene.posts(place=1)
    other = yield from scene.posts(place=2)
    for council, vacancy_id in ((CAMDEN, block), (HARINGEY, other)):
        scene.team_says(council, vacancies.LetBlockPlaceGo, vacancy_id=vacancy_id)
    yield scene.stage.after(6)
    for _ in range(2):
        scene.team_says(HARINGEY, vacancies.LetBlockPlaceGo, vacancy_id=block)
        yield from scene.wait()


def fees(scene: Scene) -> Act:
    """Without a fee, then over the agreement's, then within it: only then it is offered."""
    scene.registers()
    yield from scene.wait()
    vacancy_id = yield from scene.posts(fee=None)
    for fee in (900_000, 900_000, 520_000):
        yield scene.stage.after(2)
        scene.says(vacancies.VacancyAmended, vacancy_id=vacancy_id, fee=fee)
        yield from scene.wait()


def planned_home(scene: Scene) -> Act:
    """A planned home is seen coming and never offered; registered and not yet inspected it is, for ten days first."""
    scene.registers_only(registration=Registration.PLANNED)
    scene.refers(HARINGEY, referrals.ReferralAnticipated)
    yield from scene.wait()
    scene.says(vacancies.VacancyPosted, kind=Kind.PLANNED, available_from=scene.stage.today, fee=500_000)
    scene.says(
        vacancies.VacancyPosted, place=1, kind=Kind.PLANNED, available_from=scene.stage.today, fee=500_000
    )
    yield scene.stage.after(16)
    scene.says(vacancies.SettingAmended, registration=Registration.REGISTERED)
    scene.says(vacancies.SettingJudged, judgement="not_yet_inspected")
    attach(scene.stage, scene.home, "haringey-first-new-home")
    yield from scene.wait()
    yield from scene.posts()


def foster_household(scene: Scene) -> Act:
    """A foster household: working hours, not days."""
    scene.registers_only(profile={"age_min": 0, "age_max": 17, "needs": ["ebd"]})
    scene.says(vacancies.SettingJudged, judgement="outstanding")
    attach(scene.stage, scene.home, "haringey-first-foster")
    yield from scene.wait()
    vacancy_id = yield from scene.posts(Kind.FOSTER, fee=75_000)
    _, nomination_id = yield from scene.refers_and_nominates(HARINGEY, vacancy_id, age=9)
    yield from scene.accepts(nomination_id)


def connected_person(scene: Scene) -> Act:
    """A connected person's place is for one named child and is offered to nobody."""
    scene.registers_only(is_connected_person=True)
    scene.says(vacancies.SettingJudged, judgement="good")
    attach(scene.stage, scene.home, "haringey-first-foster")
    yield from scene.wait()
    yield from scene.posts(Kind.FOSTER, fee=75_000)


def secure(scene: Scene) -> Act:
    """A secure home goes through the national unit: its places are refused on bed ladders."""
    scene.registers_only()
    yield from scene.wait()
    scene.says(vacancies.VacancyPosted, kind=Kind.PLANNED, available_from=scene.stage.today)
    yield from scene.wait()


def quality_concern(scene: Scene) -> Act:
    """A council lets its window go because of the home's quality; it is counted."""
    scene.registers()
    yield from scene.wait()
    window_id = scene.window((yield from scene.posts()))
    yield scene.stage.after(2)
    scene.team_says(
        HARINGEY, vacancies.ReleaseWindow, window_id=window_id, reason=CouncilDecline.QUALITY_CONCERN
    )
    yield from scene.wait()


BLOCK = {"block_places": [{"number": 1, "owners": [HARINGEY]}]}
SCENES = (
    Listed(downgraded, 1, 10, "downgraded during a window"),
    Listed(judged_by_nobody, 2, 9.25, "of unknown judgement"),
    Listed(suspended, 10, 13, "suspended"),
    Listed(closing, 12, 9.5, "closing"),
    Listed(closed_at_once, 14, 9.5, "closed at once"),
    Listed(agreement_ends, 16, 9.5, "an agreement that ends"),
    Listed(paused, 3, 14, "paused"),
    Listed(nil_return, 6, 15, "a nil return"),
    Listed(counted, 7, 9.5, "only numbers"),
    Listed(over_capacity, 9, 14, "over capacity"),
    Listed(filled_by_mistake, 11, 14, "filled by mistake"),
    Listed(forgotten, 1, 12, "forgotten"),
    Listed(unusable, 13, 9.5, "an unusable place"),
    Listed(on_notice, 15, 10, "on notice"),
    Listed(block_place, 5, 14, "a block place", home=BLOCK),
    Listed(fees, 8, 14, "fees"),
    Listed(planned_home, 4, 13, "a planned home", prefix="P"),
    Listed(
        foster_household, 10, 9.25, "a foster household", prefix="H", provision="foster_household", places=2
    ),
    Listed(
        connected_person, 12, 14, "a connected person", prefix="H", provision="foster_household", places=1
    ),
    Listed(secure, 14, 11, "a secure home", provision="secure_home"),
    Listed(quality_concern, 15, 14, "a concern about quality"),
)
