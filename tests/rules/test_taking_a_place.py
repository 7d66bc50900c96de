"""The three steps of taking a place, with both rule books and the real couriers between them.

Two settings of two places, three referrals of two councils. Messages of one key keep their order, those of
different keys do not; they are late, they come twice, and a courier that crashed carries again what it had carried.
"""

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schemas.words import (
    BypassCode,
    ChoiceReason,
    CloseReason,
    FallThroughReason,
    ProviderDecline,
    ReferralStatus,
    Registration,
    Role,
)
from services.matcher.domain import facts, inputs, referral_facts, referral_inputs
from services.matcher.domain.referral import Referral
from services.matcher.domain.setting import Setting, Vacancy, counts
from services.matcher.domain.values import HoldId, Party, ReferralId
from tests.rules.placing import STARTS_ON, only
from tests.rules.taking import COUNCILS, PROVIDER, SETTINGS, World

LOCKED, PLACED, OPEN = ReferralStatus.LOCKED, ReferralStatus.PLACED, ReferralStatus.OPEN
seldom = st.sampled_from([False, False, False, False, True])
some = st.integers(0, 1000)


def team(referral_id: str) -> Party:
    return Party(Role.TEAM, COUNCILS[ReferralId(referral_id)])


class TakingAPlace(RuleBasedStateMachine):
    @initialize(is_held=st.booleans())
    def begin(self, is_held: bool) -> None:
        """Begin with two open windows, or with places already held for the first referral."""
        self.world = World()
        for setting_id in SETTINGS:
            self.world.register(setting_id, places=2)
            self.world.post(setting_id)
        for referral_id in COUNCILS:
            self.world.submit(referral_id)
        if is_held:
            for choice in range(len(SETTINGS)):
                self.nominate(choice, 0)
                self.drain()
                self.accept(0)
            self.drain()

    # --- looking around ---

    def setting(self, setting_id: str) -> Setting:
        state = self.world.settings[setting_id].state
        assert state is not None
        return state

    def referral(self, referral_id: str) -> Referral:
        state = self.world.referrals[referral_id].state
        assert state is not None
        return state

    def vacancies(self) -> list[tuple[str, Vacancy]]:
        return [(each, vacancy) for each in SETTINGS for vacancy in self.setting(each).vacancies()]

    # --- what people say ---

    @rule(choice=some, referral=st.integers(0, 2))
    def nominate(self, choice: int, referral: int) -> None:
        windows = [(each, vacancy.window) for each, vacancy in self.vacancies() if vacancy.window]
        if not windows:
            return
        setting_id, window = windows[choice % len(windows)]
        referral_id = list(COUNCILS)[referral]
        self.world.tell_setting(
            inputs.Nominate,
            setting_id,
            team(referral_id),
            window_id=window.window_id,
            referral_id=referral_id,
        )

    @rule(choice=some)
    def nominate_for_another_council(self, choice: int) -> None:
        """A council puts a referral forward that is not its own; placements denies it."""
        windows = [(each, vacancy.window) for each, vacancy in self.vacancies() if vacancy.window]
        if windows:
            setting_id, window = windows[choice % len(windows)]
            self.world.tell_setting(
                inputs.Nominate,
                setting_id,
                team("R-1"),
                window_id=window.window_id,
                referral_id=ReferralId("R-3"),
            )

    @precondition(lambda self: any(vacancy.nominations for _, vacancy in self.vacancies()))
    @rule(choice=some)
    def accept(self, choice: int) -> None:
        self._answer(choice, inputs.AcceptNomination, reason=ChoiceReason.BEST_MATCH)

    @precondition(lambda self: any(vacancy.nominations for _, vacancy in self.vacancies()))
    @rule(choice=some)
    def decline(self, choice: int) -> None:
        self._answer(choice, inputs.DeclineNomination, reason=ProviderDecline.OFSTED_RATING_CONCERN)

    def _answer(self, choice: int, kind: type[inputs.Input], **fields: Any) -> None:
        pending = [(each, one) for each, vacancy in self.vacancies() for one in vacancy.nominations]
        if pending:
            setting_id, nomination = pending[choice % len(pending)]
            named = {"nomination_id": nomination.nomination_id, **fields}
            self.world.tell_setting(kind, setting_id, PROVIDER, **named)

    @precondition(lambda self: self.held())
    @rule(choice=some)
    def take(self, choice: int) -> None:
        held = self.held()
        referral_id, hold_id = held[choice % len(held)]
        self.world.tell_referral(
            referral_inputs.TakePlace,
            referral_id,
            team(referral_id),
            hold_id=hold_id,
            starts_on=STARTS_ON,
        )

    def held(self) -> list[tuple[str, HoldId]]:
        """The holds that placements knows, whether or not they still stand."""
        return [(each, hold.hold_id) for each in COUNCILS for hold in self.referral(each).holds]

    @precondition(lambda self: any(vacancy.is_committed for _, vacancy in self.vacancies()))
    @rule(choice=some, has_moved_in=st.booleans())
    def end_a_commitment(self, choice: int, has_moved_in: bool) -> None:
        committed = [(each, vacancy) for each, vacancy in self.vacancies() if vacancy.is_committed]
        if not committed:
            return
        setting_id, vacancy = committed[choice % len(committed)]
        kind: type[inputs.Input] = inputs.MovedIn if has_moved_in else inputs.FellThrough
        reason = {} if has_moved_in else {"reason": FallThroughReason.GROUP_CHANGED}
        self.world.tell_setting(kind, setting_id, PROVIDER, vacancy_id=vacancy.vacancy_id, **reason)

    @rule(n=st.integers(0, 1))
    def post(self, n: int) -> None:
        self.world.post(SETTINGS[n])

    @rule(choice=some, is_meant=seldom)
    def fill_outside_the_order(self, choice: int, is_meant: bool) -> None:
        vacancies = self.vacancies() * is_meant
        if vacancies:
            setting_id, vacancy = vacancies[choice % len(vacancies)]
            named = {"vacancy_id": vacancy.vacancy_id, "code": BypassCode.IMMINENT_RISK}
            self.world.tell_setting(inputs.VacancyFilled, setting_id, PROVIDER, **named)

    @rule(
        n=st.integers(0, 1),
        registration=st.sampled_from(
            [Registration.SUSPENDED, Registration.REGISTERED, Registration.REGISTERED, Registration.CLOSED]
        ),
        is_meant=seldom,
    )
    def change_the_registration(self, n: int, registration: Registration, is_meant: bool) -> None:
        if is_meant:
            self.world.tell_setting(inputs.SettingAmended, SETTINGS[n], PROVIDER, registration=registration)

    @rule(referral=st.integers(0, 2), is_meant=seldom)
    def close(self, referral: int, is_meant: bool) -> None:
        referral_id = list(COUNCILS)[referral]
        if is_meant:
            self.world.tell_referral(
                referral_inputs.ReferralClosed,
                referral_id,
                team(referral_id),
                reason=CloseReason.PLAN_CHANGED,
            )

    @rule(minutes=st.sampled_from([1, 5, 30, 55, 65, 600]))
    def wait(self, minutes: int) -> None:
        self.world.wait(timedelta(minutes=minutes))

    @rule(minutes=st.sampled_from([-60, -5, 5, 60]))
    def put_the_clock_wrong(self, minutes: int) -> None:
        """The log's time jumps, also backwards; a key that has decided since keeps its own."""
        self.world.now += timedelta(minutes=minutes)

    # --- what happens to messages ---

    @rule(choices=st.lists(some, min_size=1, max_size=8))
    def go_on(self, choices: list[int]) -> None:
        """Some of what could be done next is done, in any order among keys."""
        for choice in choices:
            todo = self.world.busy()
            if todo:
                do, name = todo[choice % len(todo)]
                do(name)

    @rule()
    def drain(self) -> None:
        self.world.drain()

    @rule(choice=some, back=st.integers(1, 6))
    def crash_a_courier(self, choice: int, back: int) -> None:
        """It has forgotten how far it was, and carries the last decisions of a key again."""
        keys = self._keys()
        key = keys[choice % len(keys)]
        key.carried = max(0, key.carried - back)

    @precondition(lambda self: any(key.inbox for key in self._keys()))
    @rule(choice=some)
    def say_the_next_input_twice(self, choice: int) -> None:
        waiting = [key for key in self._keys() if key.inbox]
        key = waiting[choice % len(waiting)]
        key.inbox.insert(1, key.inbox[0])

    def _keys(self) -> list[Any]:
        return [*self.world.settings.values(), *self.world.referrals.values()]

    # --- what always holds ---

    @invariant()
    def a_referral_has_at_most_one_place(self) -> None:
        reserved = Counter(
            vacancy.reservation.referral_id for _, vacancy in self.vacancies() if vacancy.reservation
        )
        assert all(count == 1 for count in reserved.values())
        for referral_id in COUNCILS:
            closed = self.referral(referral_id).closed is not None
            moved_in = [each for each in self.told(facts.MovedIn) if each.referral_id == referral_id]
            assert len(moved_in) + reserved[referral_id] <= 1 or closed

    @invariant()
    def a_vacancy_has_one_winner_until_it_falls_through(self) -> None:
        for setting_id in SETTINGS:
            winners: dict[str, str] = {}
            for fact in self.world.settings[setting_id].facts:
                if isinstance(fact, facts.TakeAgreed):
                    assert fact.vacancy_id not in winners
                    winners[fact.vacancy_id] = fact.take_id
                elif isinstance(fact, facts.FellThrough):
                    assert winners.pop(fact.vacancy_id) == fact.take_id
                elif isinstance(fact, facts.MovedIn):
                    assert winners[fact.vacancy_id] == fact.take_id

    @invariant()
    def places_are_conserved(self) -> None:
        for setting_id in SETTINGS:
            n = counts(self.setting(setting_id))
            assert n.registered + n.over == n.occupied + n.vacant + n.held + n.reserved + n.unusable

    @invariant()
    def every_nomination_and_hold_ends_at_most_once(self) -> None:
        nominations = Counter(each.nomination_id for each in self.told(facts.NominationEnded))
        holds = Counter(each.hold_id for each in self.told(facts.HoldEnded))
        assert max([*nominations.values(), *holds.values()], default=0) <= 1

    def told(self, kind: Any) -> list[Any]:
        return [fact for each in SETTINGS for fact in only(self.world.settings[each].facts, kind)]

    # --- when all is quiet ---

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        self.world.drain()
        self.every_take_is_answered_and_settled()
        self.both_sides_know_the_same()
        self.the_loser_is_told()

    def every_take_is_answered_and_settled(self) -> None:
        answered = {
            each.take_id for kind in (facts.TakeAgreed, facts.TakeRefused) for each in self.told(kind)
        }
        for referral_id in COUNCILS:
            key = self.world.referrals[referral_id]
            asked = {each.take_id for each in only(key.facts, referral_facts.TakeAsked)}
            assert asked <= answered
            assert self.referral(referral_id).status is not LOCKED

    def both_sides_know_the_same(self) -> None:
        for referral_id in COUNCILS:
            referral = self.referral(referral_id)
            theirs = [
                (each, vacancy.reservation.take_id)
                for each, vacancy in self.vacancies()
                if vacancy.reservation and vacancy.reservation.referral_id == referral_id
            ]
            take = referral.take
            ours = [(take.setting_id, take.take_id)] if take and not take.has_moved_in else []
            assert ours == theirs
            assert {each.hold_id for each in referral.holds} == {
                vacancy.hold.hold_id
                for _, vacancy in self.vacancies()
                if vacancy.hold and vacancy.hold.referral_id == referral_id
            }
            assert {each.nomination_id for each in referral.nominations} == {
                each.nomination_id
                for _, vacancy in self.vacancies()
                for each in vacancy.nominations
                if each.referral_id == referral_id
            }

    def the_loser_is_told(self) -> None:
        """Every nomination that was made and is not pending has ended with a word about it."""
        pending = {each.nomination_id for _, vacancy in self.vacancies() for each in vacancy.nominations}
        assert all(each.is_vouched for _, vacancy in self.vacancies() for each in vacancy.nominations)
        made = {each.nomination_id for each in self.told(facts.NominationMade)}
        ended = {each.nomination_id for each in self.told(facts.NominationEnded)}
        assert made - pending == ended


TestTakingAPlace = TakingAPlace.TestCase
TestTakingAPlace.settings = settings(max_examples=min(100, settings().max_examples), stateful_step_count=50)


# --- worked out by hand ------------------------------------------------------------------------------------


def held_world() -> TakingAPlace:
    """The first referral has a place held for it in each setting."""
    scene = TakingAPlace()
    scene.begin(is_held=True)
    assert len(scene.referral("R-1").holds) == 2
    return scene


def test_a_take_is_settled_though_the_clock_was_ahead_when_it_was_asked() -> None:
    scene = held_world()
    scene.put_the_clock_wrong(30)
    scene.take(0)
    scene.put_the_clock_wrong(-60)
    scene.teardown()
    assert scene.referral("R-1").status is PLACED


def test_a_nomination_is_vouched_for_though_the_choice_has_begun() -> None:
    scene = TakingAPlace()
    scene.begin(is_held=False)
    scene.nominate(0, 0)
    scene.wait(65)
    scene.drain()
    (nomination,) = scene.vacancies()[0][1].nominations
    assert nomination.is_vouched
    scene.teardown()


def test_placed_in_one_setting_lets_the_place_in_the_other_go() -> None:
    scene = held_world()
    scene.take(0)
    scene.drain()
    assert scene.referral("R-1").status is PLACED
    assert sum(vacancy.is_committed for _, vacancy in scene.vacancies()) == 1
    scene.teardown()


def test_a_take_that_crosses_the_end_of_its_hold_fails_and_the_other_place_can_be_taken() -> None:
    scene = held_world()
    scene.take(0)
    scene.end_a_commitment(0, has_moved_in=False)
    scene.drain()
    assert (scene.referral("R-1").status, len(scene.referral("R-1").holds)) == (OPEN, 1)
    scene.take(0)
    scene.drain()
    assert scene.referral("R-1").status is PLACED
    scene.teardown()


def test_a_take_that_is_late_does_not_get_the_place_that_is_held_for_another_referral() -> None:
    scene = held_world()
    scene.take(0)
    scene.end_a_commitment(0, has_moved_in=False)
    scene.nominate(0, 1)
    drain_but(scene, "R-1")
    scene.accept(0)
    scene.drain()
    assert scene.referral("R-1").status is OPEN
    ((_, vacancy),) = [each for each in scene.vacancies() if each[0] == SETTINGS[0]]
    assert vacancy.hold is not None
    assert vacancy.hold.referral_id == "R-2"
    scene.teardown()


def drain_but(scene: TakingAPlace, silent: str) -> None:
    """Do everything except what one key has to do; its messages stay where they are."""
    while todo := [(do, name) for do, name in scene.world.busy() if name != silent]:
        do, name = todo[0]
        do(name)
