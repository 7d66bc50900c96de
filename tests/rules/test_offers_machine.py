"""Anything that can be said of a setting, valid or not, in any order, at any time: the ledger must agree."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from schemas.words import (
    BypassCode,
    ChoiceReason,
    FallThroughReason,
    Judgement,
    Kind,
    Mistake,
    ProviderDecline,
    Provision,
    Registration,
)
from services.matcher.adapters.terms_files import CALENDAR, POLICY
from services.matcher.domain import inputs
from services.matcher.domain.agreement import Member
from services.matcher.domain.policy import FreshnessPolicy, Terms
from services.matcher.domain.setting import Vacancy
from services.matcher.domain.values import CouncilId, Party
from tests.rules.offers_moves import moves
from tests.rules.offers_story import (
    BARNET,
    CAMDEN,
    CLOCK,
    DAY,
    HACKNEY,
    HARINGEY,
    HARINGEY_FIRST,
    HOUR,
    MONDAY_10,
    NOTIFIER,
    OPS,
    OUTSIDE,
    PROVIDER,
    SHIPPED,
    SPEAKERS,
    TERMS,
    agreement,
    team,
    tier,
)
from tests.rules.offers_witness import Witness

OTHER_POLICY = "hearth-test-2"
QUICK = FreshnessPolicy(ageing_days=3, stale_days=5, withdrawn_days=9)
TWO_POLICIES = Terms(
    {POLICY: SHIPPED, OTHER_POLICY: replace(SHIPPED, version=OTHER_POLICY, freshness=QUICK)},
    TERMS.calendars,
)
COUNCILS = (HARINGEY, BARNET, CAMDEN, HACKNEY, OUTSIDE)
SMALL_NCL = (BARNET, CAMDEN, HARINGEY)
SMALL_LONDON = (BARNET, CAMDEN, HACKNEY, HARINGEY)
BEGINNINGS = (
    MONDAY_10,
    datetime(2026, 10, 23, 15, 30, tzinfo=UTC),  # the clocks go back on the Sunday after
    datetime(2026, 12, 23, 16, 0, tzinfo=UTC),
    datetime(2027, 12, 20, 9, 0, tzinfo=UTC),  # holidays are known for eleven days more
)
WAITS = (0, 1, 60, 900, 1800, 3599, 3600, 7200, 6 * 3600, 24 * 3600, 3 * 86_400, 8 * 86_400, 30 * 86_400)
SHORT_WAITS = (0, 0, 0, 0, 60, 600, 1800, 3600)
PLACES = st.integers(0, 5)
LIFE = (
    "windows",
    "nominations",
    "holds",
    "reservations",
    "standby",
    "places",
    "lengths",
    "releases",
    "mistakes",
    "vacancies",
)
REGISTRATIONS = (None,) * 6 + tuple(Registration) + (Registration.REGISTERED,) * 2


def ladders(now: datetime) -> list[Any]:
    leaving = Member(BARNET, valid_to=now + 6 * HOUR)
    gone = Member(CAMDEN, valid_from=None, valid_to=now - DAY)
    first, ncl, london = HARINGEY_FIRST[0], tier("NCL", SMALL_NCL), tier("LONDON", SMALL_LONDON)
    return [
        (first, ncl, london),
        (first, replace(ncl, members=(leaving,)), london),
        (first, replace(ncl, members=(gone,)), replace(london, is_standby_allowed=False)),
        (ncl, london),
        (first,),
    ]


class Offers(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.witness = Witness(TWO_POLICIES)
        self.story = self.witness.story
        self.ids: dict[str, list[str]] = {
            name: ["SC012345:1:9"]
            for name in ("vacancy_id", "window_id", "nomination_id", "hold_id", "take_id", "input")
        }
        self.version = 1

    # --- the setting comes to be ---

    @initialize(
        at=st.sampled_from(BEGINNINGS),
        places=st.integers(0, 4),
        provision=st.sampled_from([Provision.CHILDRENS_HOME] * 4 + [Provision.FOSTER_HOUSEHOLD]),
        registration=st.sampled_from([Registration.REGISTERED] * 5 + [Registration.PLANNED]),
        owned=st.booleans(),
        has_agreement=st.booleans(),
        data=st.data(),
    )
    def begin(
        self,
        at: datetime,
        places: int,
        provision: Provision,
        registration: Registration,
        owned: bool,
        has_agreement: bool,
        data: st.DataObject,
    ) -> None:
        self.story.now = at
        block = (inputs.BlockPlace(number=1, owners=(HARINGEY,)),) if owned and places else ()
        self.say(inputs.VacancyPosted)
        self.say(
            inputs.SettingRegistered,
            registered_places=places,
            provision=provision,
            registration=registration,
            block_places=block,
        )
        self.say(inputs.SettingJudged)
        if has_agreement:
            self.attach(data, since=DAY, lasts=None)
        for place in range(1, data.draw(st.integers(0, places)) + 1):
            kind = data.draw(st.sampled_from([Kind.EMERGENCY, Kind.EMERGENCY, Kind.PLANNED, Kind.FOSTER]))
            self.say(inputs.VacancyPosted, place=place, kind=kind, fee=500)

    # --- every decision is held against the ledger ---

    def say(self, kind: type[inputs.Input], /, **given: Any) -> None:
        self.hear(self.story.make(kind, **given))

    def hear(self, order: inputs.Input) -> None:
        if self.witness.hear(order) is not None:
            self.learn(order)

    def learn(self, order: inputs.Input) -> None:
        """Remember ids, so that what has ended can be spoken of again."""
        self.ids["input"].append(order.id)
        for vacancy in self.vacancies:
            self.ids["vacancy_id"].append(vacancy.vacancy_id)
            if vacancy.window is not None:
                self.ids["window_id"].append(vacancy.window.window_id)
            self.ids["nomination_id"] += [each.nomination_id for each in vacancy.nominations]
            if vacancy.hold is not None:
                self.ids["hold_id"].append(vacancy.hold.hold_id)
        for known in self.ids.values():
            del known[:-8]

    @property
    def vacancies(self) -> Sequence[Vacancy]:
        return [] if self.story.state is None else list(self.story.state.vacancies())

    def some(self, data: st.DataObject, name: str) -> str:
        return data.draw(st.sampled_from(self.ids[name][::-1]), label=name)

    def seen(self, data: st.DataObject) -> datetime:
        """When it was observed: mostly now, sometimes long ago, sometimes ahead."""
        ago_s = data.draw(st.sampled_from([0] * 12 + [1, 3600, 2 * 86_400, 10 * 86_400, -60, -600]))
        return self.story.now - timedelta(seconds=ago_s)

    def somebody(self, data: st.DataObject, kind: type[inputs.Input]) -> dict[str, Any]:
        """Who says it: mostly who may."""
        strangers = [Party(PROVIDER.role, "P-9999999999"), OPS, team(OUTSIDE), CLOCK, NOTIFIER]
        usual = SPEAKERS.get(kind, PROVIDER)
        by = data.draw(st.sampled_from([usual] * 12 + strangers))
        return {"by": by, "observed_at": self.seen(data)}

    # --- lives that go on ---

    def live(self, data: st.DataObject) -> None:
        """A few things that those concerned might well say, and a little time between them."""
        for _ in range(data.draw(st.integers(1, 8))):
            if self.story.state is None:
                return
            self.story.wait(seconds=data.draw(st.sampled_from(SHORT_WAITS)))
            possible = moves(self.story.state, self.story.now)
            if possible:
                theme = data.draw(st.sampled_from(sorted(possible, key=LIFE.index)), label="theme")
                kind, given = data.draw(st.sampled_from(possible[theme]), label="move")
                self.say(kind, **given)

    # Several rules of it, so that lives are longer than what disturbs them.
    live_1, live_2, live_3, live_4, live_5, live_6, live_7, live_8 = map(rule(data=st.data()), [live] * 8)

    # --- what providers say, of anything, right or wrong ---

    @rule(
        data=st.data(),
        place=st.none() | PLACES,
        kind=st.sampled_from(Kind),
        fee=st.sampled_from([None, 500, 9000]),
    )
    def post(self, data: st.DataObject, place: int | None, kind: Kind, fee: int | None) -> None:
        who = self.somebody(data, inputs.VacancyPosted)
        self.say(inputs.VacancyPosted, place=place, kind=kind, fee=fee, **who)

    @rule(data=st.data(), kind=st.sampled_from([inputs.PlaceUsable, inputs.PlaceOccupied]), place=PLACES)
    def speak_of_a_place(self, data: st.DataObject, kind: type[inputs.Input], place: int) -> None:
        self.say(kind, place=place, **self.somebody(data, kind))

    @rule(data=st.data(), place=PLACES, hours=st.integers(-30, 200))
    def unusable(self, data: st.DataObject, place: int, hours: int) -> None:
        who = self.somebody(data, inputs.PlaceUnusable)
        self.say(inputs.PlaceUnusable, place=place, review_at=self.story.now + hours * HOUR, **who)

    @rule(data=st.data(), place=PLACES, hours=st.integers(-100, 200))
    def on_notice(self, data: st.DataObject, place: int, hours: int) -> None:
        who = self.somebody(data, inputs.PlaceOnNotice)
        self.say(inputs.PlaceOnNotice, place=place, vacant_from=self.story.now + hours * HOUR, **who)

    @rule(
        data=st.data(), kind=st.sampled_from([inputs.VacancyConfirmed, inputs.VacancyAmended, inputs.MovedIn])
    )
    def speak_of_a_vacancy(self, data: st.DataObject, kind: type[inputs.Input]) -> None:
        given = {"fee": data.draw(st.sampled_from([500, 9000]))} if kind is inputs.VacancyAmended else {}
        self.say(kind, vacancy_id=self.some(data, "vacancy_id"), **given, **self.somebody(data, kind))

    @rule(
        data=st.data(),
        kind=st.sampled_from([inputs.VacancyFilled, inputs.VacancyWithdrawn, inputs.DeclareBypass]),
        code=st.sampled_from(BypassCode) | st.none(),
    )
    def take_away(self, data: st.DataObject, kind: type[inputs.Input], code: BypassCode | None) -> None:
        code = code or (BypassCode.COURT_ORDER if kind is inputs.DeclareBypass else None)
        self.say(kind, vacancy_id=self.some(data, "vacancy_id"), code=code, **self.somebody(data, kind))

    @rule(data=st.data(), kind=st.sampled_from([inputs.NoChange, inputs.NilReturn]))
    def report(self, data: st.DataObject, kind: type[inputs.Input]) -> None:
        self.say(kind, **self.somebody(data, kind))

    @rule(data=st.data(), vacant=st.integers(0, 5), whole=st.none() | st.integers(0, 5))
    def state_numbers(self, data: st.DataObject, vacant: int, whole: int | None) -> None:
        who = self.somebody(data, inputs.NumbersStated)
        self.say(inputs.NumbersStated, vacant=vacant, registered_places=whole, **who)

    @rule(data=st.data(), mistake=st.sampled_from(Mistake), council=st.none() | st.sampled_from(COUNCILS))
    def correct(self, data: st.DataObject, mistake: Mistake, council: CouncilId | None) -> None:
        by = team(council) if council else OPS
        seen = self.seen(data)
        wrong = self.some(data, "input")
        self.say(inputs.CorrectionMade, by=by, corrects=wrong, mistake=mistake, observed_at=seen)

    # --- what happens to the setting ---

    @rule(
        data=st.data(),
        registration=st.sampled_from(REGISTRATIONS),
        places=st.none() | st.integers(0, 5),
    )
    def amend(self, data: st.DataObject, registration: Registration | None, places: int | None) -> None:
        block = data.draw(st.sampled_from([None, None, (), (inputs.BlockPlace(2, (BARNET, HARINGEY)),)]))
        who = self.somebody(data, inputs.SettingAmended)
        given = {"registration": registration, "registered_places": places, "block_places": block}
        self.say(inputs.SettingAmended, **given, **who)

    @rule(data=st.data(), judgement=st.sampled_from([Judgement.GOOD] * 12 + list(Judgement)))
    def judge(self, data: st.DataObject, judgement: Judgement) -> None:
        self.say(inputs.SettingJudged, judgement=judgement, **self.somebody(data, inputs.SettingJudged))

    @rule(
        data=st.data(),
        kind=st.sampled_from([inputs.SettingPaused] + [inputs.SettingResumed] * 3),
    )
    def admissions(self, data: st.DataObject, kind: type[inputs.Input]) -> None:
        self.say(kind, **self.somebody(data, kind))

    @rule(data=st.data(), hours=st.integers(-10, 300))
    def closing(self, data: st.DataObject, hours: int) -> None:
        who = self.somebody(data, inputs.SettingClosing)
        self.say(inputs.SettingClosing, closes_at=self.story.now + hours * HOUR, **who)
        if data.draw(st.integers(0, 3)):
            self.say(inputs.SettingResumed)

    @rule(
        data=st.data(),
        since=st.sampled_from([DAY, HOUR, timedelta(), -2 * HOUR, -2 * DAY]),
        lasts=st.sampled_from([None, None, 3 * HOUR, 4 * DAY]),
    )
    def attach(self, data: st.DataObject, since: timedelta, lasts: timedelta | None) -> None:
        begins = self.story.now - since
        name = data.draw(st.sampled_from(["haringey-first"] * 3 + ["another"]))
        self.version += data.draw(st.sampled_from([1, 1, 1, 0]))
        attached = agreement(
            agreement_id=name,
            version=self.version,
            valid_from=begins,
            valid_to=None if lasts is None else self.story.now + lasts,
            fee_max=data.draw(st.sampled_from([None, None, 1000])),
            tiers=data.draw(st.sampled_from(ladders(self.story.now))),
        )
        self.say(
            inputs.AgreementAttached, agreement=attached, **self.somebody(data, inputs.AgreementAttached)
        )

    @rule(data=st.data(), hours=st.integers(-5, 60))
    def end_agreement(self, data: st.DataObject, hours: int) -> None:
        who = self.somebody(data, inputs.AgreementEnded)
        ends_at = self.story.now + hours * HOUR
        self.say(inputs.AgreementEnded, agreement_id="haringey-first", ends_at=ends_at, **who)

    @rule(policy=st.sampled_from([POLICY, OTHER_POLICY, "unheard-of"]))
    def adopt(self, policy: str) -> None:
        self.say(inputs.PolicyAdopted, policy=policy, calendar=CALENDAR)

    # --- what councils say ---

    @rule(
        data=st.data(),
        kind=st.sampled_from(
            [inputs.AcknowledgeWindow, inputs.ReleaseWindow, inputs.Nominate, inputs.Nominate]
        ),
        council=st.sampled_from(COUNCILS),
    )
    def answer(self, data: st.DataObject, kind: type[inputs.Input], council: CouncilId) -> None:
        given = {"referral_id": self.referral(data)} if kind is inputs.Nominate else {}
        seen = self.seen(data)
        window = self.some(data, "window_id")
        self.say(kind, by=team(council), window_id=window, observed_at=seen, **given)

    def referral(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(["R-1", "R-2", "R-3"]))

    @rule(data=st.data(), council=st.sampled_from(COUNCILS))
    def withdraw_nomination(self, data: st.DataObject, council: CouncilId) -> None:
        nomination = self.some(data, "nomination_id")
        self.say(inputs.WithdrawNomination, by=team(council), nomination_id=nomination)

    @rule(data=st.data(), council=st.sampled_from(COUNCILS))
    def stand_by(self, data: st.DataObject, council: CouncilId) -> None:
        vacancy = self.some(data, "vacancy_id")
        self.say(
            inputs.RegisterStandby, by=team(council), vacancy_id=vacancy, referral_id=self.referral(data)
        )

    @rule(data=st.data(), council=st.sampled_from(COUNCILS))
    def let_go_of_a_block_place(self, data: st.DataObject, council: CouncilId) -> None:
        self.say(inputs.LetBlockPlaceGo, by=team(council), vacancy_id=self.some(data, "vacancy_id"))

    @rule(
        data=st.data(),
        by=st.sampled_from([PROVIDER, team(HARINGEY), team(BARNET)]),
        seconds=st.integers(1, 400_000),
    )
    def extend(self, data: st.DataObject, by: Party, seconds: int) -> None:
        self.say(inputs.ExtendWindow, by=by, window_id=self.some(data, "window_id"), seconds=seconds)

    # --- what providers answer ---

    @rule(data=st.data())
    def consent(self, data: st.DataObject) -> None:
        who = self.somebody(data, inputs.ConsentToExtension)
        self.say(inputs.ConsentToExtension, window_id=self.some(data, "window_id"), **who)

    @rule(data=st.data(), reason=st.none() | st.sampled_from(ProviderDecline))
    def answer_a_nomination(self, data: st.DataObject, reason: ProviderDecline | None) -> None:
        nomination = self.some(data, "nomination_id")
        if reason is None:
            who, why = (
                self.somebody(data, inputs.AcceptNomination),
                data.draw(st.none() | st.sampled_from(ChoiceReason)),
            )
            self.say(inputs.AcceptNomination, nomination_id=nomination, reason=why, **who)
        else:
            self.say(inputs.DeclineNomination, nomination_id=nomination, reason=reason)

    @rule(data=st.data(), by=st.sampled_from([PROVIDER, team(HARINGEY), team(BARNET), OPS]))
    def fall_through(self, data: st.DataObject, by: Party) -> None:
        reason = data.draw(st.sampled_from(FallThroughReason))
        self.say(inputs.FellThrough, by=by, vacancy_id=self.some(data, "vacancy_id"), reason=reason)

    # --- what the other parts of Hearth say ---

    @rule(
        data=st.data(),
        council=st.sampled_from(COUNCILS),
        late_s=st.sampled_from([0, 60, 1000, 9000, 400_000]),
    )
    def tell(self, data: st.DataObject, council: CouncilId, late_s: int) -> None:
        told_at = self.story.now - timedelta(seconds=late_s)
        window = self.some(data, "window_id")
        self.say(inputs.WindowTold, window_id=window, council=council, told_at=told_at)

    @rule(data=st.data(), council=st.sampled_from(COUNCILS))
    def do_not_tell(self, data: st.DataObject, council: CouncilId) -> None:
        self.say(inputs.WindowNotTold, window_id=self.some(data, "window_id"), council=council)

    @rule(
        data=st.data(),
        kind=st.sampled_from(
            [inputs.NominationVouched] * 4 + [inputs.NominationDenied, inputs.NominationLetGo]
        ),
    )
    def speak_for_a_nomination(self, data: st.DataObject, kind: type[inputs.Input]) -> None:
        self.say(kind, nomination_id=self.some(data, "nomination_id"))

    @precondition(lambda self: any(each.hold for each in self.vacancies))
    @rule(data=st.data(), ago_s=st.sampled_from([0, 0, 0, 60, 700, 90_000]), days=st.integers(-1, 9))
    def ask_for_a_take(self, data: st.DataObject, ago_s: int, days: int) -> None:
        hold = data.draw(st.sampled_from([each.hold for each in self.vacancies if each.hold]))
        self.version += 1
        self.say(
            inputs.TakeAsked,
            vacancy_id=hold.hold_id.rpartition(":")[0],
            hold_id=data.draw(st.sampled_from([hold.hold_id] * 5 + self.ids["hold_id"])),
            take_id=f"{hold.referral_id}:t{self.version}",
            referral_id=data.draw(st.sampled_from([hold.referral_id] * 5 + ["R-7"])),
            asked_at=self.story.now - timedelta(seconds=ago_s),
            starts_on=(self.story.now + days * DAY).date(),
        )

    @rule(data=st.data())
    def let_a_hold_go(self, data: st.DataObject) -> None:
        hold = self.some(data, "hold_id")
        self.say(inputs.HoldLetGo, vacancy_id=hold.rpartition(":")[0], hold_id=hold)

    # --- time, and what comes again ---

    @rule(seconds=st.sampled_from(WAITS))
    def wait(self, seconds: int) -> None:
        self.story.wait(seconds=seconds)

    @rule(early_s=st.sampled_from([0, 0, 0, 0, 1, -1, -700]))
    def let_the_clock_speak(self, early_s: int) -> None:
        """At the earliest deadline, or a second before, when there is nothing to say."""
        self.witness.come_to_the_deadline(early_s)

    @rule(data=st.data())
    def say_again(self, data: st.DataObject) -> None:
        """A repeat within the memory is known; one beyond it is judged by the state and harms nothing."""
        order, _ = data.draw(st.sampled_from(self.story.heard))
        if not isinstance(order, inputs.SettingRegistered):
            self.hear(order)

    @invariant()
    def memory_is_bounded(self) -> None:
        if self.story.state is not None:
            assert len(self.story.state.memory) <= SHIPPED.memory_max

    def teardown(self) -> None:
        """The same inputs at the same times are the same bytes again."""
        self.witness.see_the_same_bytes_again()


def how_long(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )


def test_whatever_is_said_of_a_setting_every_promise_is_kept() -> None:
    run_state_machine_as_test(Offers, settings=how_long(examples=15, steps=40))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_whatever_is_said_of_a_setting_at_length_every_promise_is_kept() -> None:
    run_state_machine_as_test(Offers, settings=how_long(examples=300, steps=50))
