"""The real rule books, their clock and couriers, and the notifier: who hears of what, and what comes back."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import pytest

from runtime.clock import VirtualClock
from runtime.decider import Decider
from runtime.engine import Engine, Runner
from runtime.log import Entry
from runtime.memory_log import MemoryLog
from runtime.relay import Relay
from runtime.timer import Timer
from schemas import vacancies
from schemas.base import Event
from schemas.envelope import headers_of
from schemas.values import Agreement, Length, Member, Party, Tier
from schemas.words import (
    CalendarKind,
    CouncilDecline,
    DeliveryOutcome,
    Judgement,
    Kind,
    Provision,
    Region,
    Registration,
    Role,
    Sector,
)
from services.matcher import couriers, due
from services.matcher.adapters.terms_files import CALENDAR, POLICY, load_terms
from services.matcher.rulebooks import OffersRules, PlacementsRules
from services.notifier.ports import Letter
from tests.notifier.stage import BARNET, CAMDEN, HARINGEY, PROVIDER, SETTING, START, WINDOW, Stage

LENGTHS = {Kind.PLANNED: Length(calendar=CalendarKind.ELAPSED, seconds=5 * 3600)}
TERMS = load_terms()


class Town:
    """A home in Haringey with one vacancy on a Haringey-first ladder, and everybody's notifier."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.log: MemoryLog = self.stage.log
        self.clock: VirtualClock = self.stage.clock
        self.said = 0
        runners: list[Runner] = [
            Decider(self.log, OffersRules(TERMS)),
            Decider(self.log, PlacementsRules(TERMS)),
            Timer(self.log, "clock", ["offers", "placements"], due.due_of, self.clock),
            Relay(self.log, "courier-offers", ["offers"], couriers.carry_offers),
            Relay(self.log, "courier-placements", ["placements"], couriers.carry_placements),
            self.stage.notifier,
        ]
        self.engine = Engine(self.log, runners, self.clock)
        self.engine.start()

    def say(self, model: type[Event], role: Role, party: str, **fields: Any) -> None:
        self.said += 1
        value = model.model_validate(
            {
                "setting_id": SETTING,
                "by": Party(role=role, id=party),
                "observed_at": self.clock.now(),
                **fields,
            }
        )
        headers = headers_of(
            model, id=f"said-{self.said}", source="/test", at=self.clock.now(), subject=SETTING
        )
        self.log.append([Entry("vacancies", SETTING, value.model_dump_json().encode(), headers)])
        self.engine.run_until_idle()

    def open(self) -> None:
        """Register, judge, attach the agreement, post the vacancy: the window of Haringey opens."""
        self.say(
            vacancies.SettingRegistered, Role.REGISTER, "register", provider_id=PROVIDER,
            provision=Provision.CHILDRENS_HOME, sector=Sector.PRIVATE, registration=Registration.REGISTERED,
            region=Region.LONDON, borough=HARINGEY, registered_places=2, policy=POLICY, calendar=CALENDAR,
        )  # fmt: skip
        self.say(vacancies.SettingJudged, Role.REGISTER, "register", judgement=Judgement.GOOD)
        tiers = (tier("haringey", HARINGEY), tier("ncl", HARINGEY, BARNET, CAMDEN))
        agreement = Agreement(
            agreement_id="haringey-first", version=1, valid_from=START - timedelta(days=1), valid_to=None,
            fee_max=500_000, tiers=tiers,
        )  # fmt: skip
        self.say(vacancies.AgreementAttached, Role.OPS, "ops", agreement=agreement)
        fields = {"place": 1, "kind": Kind.PLANNED, "available_from": date(2026, 11, 24), "fee": 400_000}
        self.say(vacancies.VacancyPosted, Role.PROVIDER, PROVIDER, **fields)

    def until(self, until: datetime) -> None:
        """Turn everything, moving the clock on to each deadline."""
        self.engine.run_until_idle()
        while (at := self.engine.next_due_at()) is not None and at <= until:
            self.clock.set(max(at, self.clock.now()))
            self.engine.run_until_idle()
        self.clock.set(until)
        self.engine.run_until_idle()


def tier(audience: str, *councils: str) -> Tier:
    members = tuple(Member(council=each) for each in sorted(councils))
    lengths = dict.fromkeys(Kind, LENGTHS[Kind.PLANNED])
    return Tier(audience=audience, members=members, lengths=lengths)


@pytest.fixture
def town() -> Town:
    return Town()


def facts(town: Town) -> list[str]:
    values = [orjson.loads(each.value) for each in town.stage.records("offers")]
    return [fact["type"] for value in values for fact in value["facts"]]


def test_the_council_is_told_reminded_and_told_of_the_lapse_and_then_the_next_tier(town: Town) -> None:
    town.open()
    town.until(START + timedelta(hours=5))
    assert town.stage.post.said()[:6] == [
        ("window_opened", HARINGEY),
        ("window_unacknowledged", HARINGEY),
        ("window_nearly_over", HARINGEY),
        ("window_nearly_over", HARINGEY),
        ("window_ended", HARINGEY),
        ("window_ended", PROVIDER),
    ]
    assert set(town.stage.post.said()[6:]) == {("window_opened", each) for each in (HARINGEY, BARNET, CAMDEN)}
    assert facts(town).count("WindowTold") == 4


def test_a_released_window_opens_the_next_without_a_lapse(town: Town) -> None:
    town.open()
    town.say(
        vacancies.ReleaseWindow,
        Role.TEAM,
        HARINGEY,
        window_id=WINDOW,
        reason=CouncilDecline.NO_SUITABLE_CHILD,
    )
    town.until(START + timedelta(hours=1))
    assert "window_ended" not in {kind for kind, _ in town.stage.post.said()}
    assert ("window_opened", BARNET) in town.stage.post.said()


def out_until(town: Town, until: datetime) -> Callable[[Letter, str], DeliveryOutcome]:
    return lambda _letter, _key: DeliveryOutcome.SENT if town.clock.now() >= until else DeliveryOutcome.FAILED


def test_a_window_told_late_has_its_deadline_moved_by_the_delay(town: Town) -> None:
    town.stage.post.answer = out_until(town, START + timedelta(hours=1))
    town.open()
    town.until(START + timedelta(hours=2))
    assert "WindowNotTold" in facts(town)
    assert "WindowMoved" in facts(town)


def test_a_window_of_which_nobody_was_told_is_credited_told_then_and_ops_are_alerted(town: Town) -> None:
    town.stage.post.answer = out_until(town, START + timedelta(hours=5))
    town.open()
    town.until(START + timedelta(hours=6))
    assert "WindowCredited" in facts(town)
    assert ("window_credited", "ops") in town.stage.post.said()
    assert ("window_credited", HARINGEY) in town.stage.post.said()
    assert ("window_opened", HARINGEY) not in town.stage.post.said()


def test_an_outage_that_does_not_end_leaves_a_window_that_lapsed_untold(town: Town) -> None:
    town.stage.post.answer = lambda _letter, _key: DeliveryOutcome.FAILED
    town.open()
    town.until(START + timedelta(hours=11))
    assert facts(town).count("WindowCredited") == 1
    assert "WindowEnded" in facts(town)
    assert town.stage.post.said() == []


def test_every_message_of_a_long_run_is_accounted_for(town: Town) -> None:
    town.stage.post.answer = out_until(town, START + timedelta(hours=7))
    town.open()
    town.until(START + timedelta(days=30))
    begun = {each["message_key"] for each in town.stage.values("deliveries", "delivery_begun")}
    over = {
        each.headers["ce_id"].partition(":")[0]
        for each in town.stage.records("deliveries")
        if each.headers["ce_id"].endswith(":outbox:ended")
    }
    assert begun <= over
    kinds = {kind for kind, _ in town.stage.post.said()}
    assert {"vacancy_aged", "vacancy_stale", "vacancy_withdrawn"} <= kinds
