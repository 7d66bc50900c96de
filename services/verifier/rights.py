"""What is known of each setting from its accepted inputs, and whether a place may be offered at all.

Recomputed from what was said, not from the state; only freshness and capacity beyond the registration are read there.
Knows law 2 of offer windows. Must not know an order of tiers.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas import offer_facts as facts
from schemas import offers, vacancies
from schemas.values import Agreement
from schemas.words import Judgement, Provision, Registration

from .domain.hours import Hours
from .domain.promises import Promise, Tally
from .domain.terms import Ladder, Policy
from .steps import OfferStep
from .terms import hours, ladder_of, policy
from .windows import Windows, vacancies_of

NEVER_OFFERED = frozenset({Provision.SECURE_HOME, Provision.SHORT_BREAKS})


@dataclass(slots=True)
class Attached:
    """One version of an agreement, in force from an instant until another."""

    ladder: Ladder
    since: datetime
    until: datetime | None

    def is_in_force(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(slots=True)
class Known:
    """One setting, as its accepted inputs tell it."""

    provision: Provision
    registration: Registration
    is_connected_person: bool
    policy: Policy | None
    hours: Hours | None
    owners: dict[int, frozenset[str]] = field(default_factory=dict)
    judgement: Judgement = Judgement.UNKNOWN
    is_paused: bool = False
    closes_at: datetime | None = None
    attached: list[Attached] = field(default_factory=list)
    let_go: set[str] = field(default_factory=set)

    def ladder_at(self, at: datetime) -> Ladder | None:
        """Return the ladder in force: the newest version of the agreement, else policy's default."""
        found = [each for each in self.attached if each.since <= at]
        newest = {
            each.ladder.agreement_id: each
            for each in sorted(found, key=lambda each: each.ladder.version or 0)
        }
        in_force = [each.ladder for each in newest.values() if each.is_in_force(at)]
        if in_force:
            return in_force[-1]
        return None if self.policy is None else Ladder(None, None, None, self.policy.default_rungs)


class Rights:
    """Folds accepted inputs; judges openings and what stays open."""

    def __init__(self, tally: Tally) -> None:
        self._check = tally.check
        self.known: dict[str, Known] = {}

    def learn(self, step: OfferStep) -> None:
        """Take in an accepted input, before its facts are looked at."""
        cause = step.cause
        if not step.is_accepted or cause is None:
            return
        if isinstance(cause, vacancies.SettingRegistered):
            self.known[step.key] = registered(cause)
        elif (known := self.known.get(step.key)) is not None:
            amend(known, cause, step.at)

    def judge_opening(self, step: OfferStep, fact: facts.WindowOpened) -> None:
        """A window opens only for what may be offered, at the moment of opening."""
        known, state = self.known.get(step.key), step.decision.state
        if known is None or known.policy is None or state is None:
            return
        found = next((each for each in vacancies_of(state) if each.vacancy_id == fact.vacancy_id), None)
        why_not = self._why_not(known, known.policy, state, found, fact.opened_at)
        reason = f"{fact.window_id} opened, though {', '.join(why_not)}"
        self._check(Promise.OPENED_BY_RIGHT, not why_not, step.record, reason)

    def _why_not(
        self,
        known: Known,
        policy: Policy,
        state: offers.Setting,
        vacancy: offers.Vacancy | None,
        at: datetime,
    ) -> list[str]:
        found = standing_against(known, policy)
        if known.is_paused:
            found.append("admissions are paused")
        if state.over:
            found.append("more places are in use than registered")
        if known.is_connected_person or known.provision in NEVER_OFFERED:
            found.append("such places are never offered")
        if vacancy is not None:
            found += against_vacancy(known, policy, vacancy, at)
        return found

    def judge_open(self, step: OfferStep, windows: Windows) -> None:
        """What has lost its registration, judgement or agreement is in no window."""
        known, state = self.known.get(step.key), step.decision.state
        if known is None or known.policy is None or state is None:
            return
        for vacancy in vacancies_of(state):
            track = windows.open_of.get(vacancy.vacancy_id)
            if track is None:
                continue
            why_not = standing_against(known, known.policy)
            ladder = known.ladder_at(step.at)
            if track.agreement_id is not None and ladder and ladder.agreement_id != track.agreement_id:
                why_not.append("its agreement has ended")
            reason = f"{track.window_id} stays open, though {', '.join(why_not)}"
            self._check(Promise.OPENED_BY_RIGHT, not why_not, step.record, reason)


def standing_against(known: Known, policy: Policy) -> list[str]:
    """Return what ends even a running window."""
    found = []
    if known.registration is not Registration.REGISTERED:
        found.append(f"the setting is {known.registration}")
    if known.closes_at is not None:
        found.append("the setting is closing")
    if known.judgement not in policy.judgements.get(known.provision, ()):
        found.append(f"its judgement is {known.judgement}")
    return found


def against_vacancy(known: Known, policy: Policy, vacancy: offers.Vacancy, at: datetime) -> list[str]:
    """Return what speaks against one vacancy: stale, fee, a block place."""
    found = []
    if at >= vacancy.confirmed_at + policy.staleness(known.provision).stale:
        found.append("it is stale")
    ladder = known.ladder_at(at)
    if ladder is not None and ladder.fee_max is not None:
        is_within = vacancy.fee is not None and vacancy.fee <= ladder.fee_max
        found += [] if is_within else ["its fee is unknown or above the agreement's"]
    if known.owners.get(vacancy.place) and vacancy.vacancy_id not in known.let_go:
        found.append("it is a block place")
    return found


def registered(cause: vacancies.SettingRegistered) -> Known:
    return Known(
        cause.provision,
        cause.registration,
        cause.is_connected_person,
        policy(cause.policy),
        hours(cause.calendar),
        {each.number: frozenset(each.owners) for each in cause.block_places},
    )


def amend(known: Known, cause: Any, at: datetime) -> None:
    """Take in what an accepted input changes of what is known."""
    match cause:
        case vacancies.SettingAmended():
            amend_setting(known, cause)
        case vacancies.SettingJudged():
            known.judgement = cause.judgement
        case vacancies.SettingPaused() | vacancies.SettingResumed():
            known.is_paused = isinstance(cause, vacancies.SettingPaused)
        case vacancies.SettingClosing():
            known.closes_at = cause.closes_at
        case vacancies.PolicyAdopted():
            known.policy, known.hours = policy(cause.policy), hours(cause.calendar)
        case vacancies.LetBlockPlaceGo():
            let_go(known, cause)
        case _:
            amend_agreements(known, cause, at)


def amend_agreements(known: Known, cause: Any, at: datetime) -> None:
    if isinstance(cause, vacancies.AgreementAttached):
        attach(known, cause.agreement)
    elif isinstance(cause, vacancies.AgreementEnded):
        end_agreement(known, cause.agreement_id, cause.ends_at, at)


def amend_setting(known: Known, cause: vacancies.SettingAmended) -> None:
    known.provision = cause.provision or known.provision
    known.registration = cause.registration or known.registration
    if cause.block_places is not None:
        known.owners = {each.number: frozenset(each.owners) for each in cause.block_places}


def attach(known: Known, agreement: Agreement) -> None:
    known.attached.append(Attached(ladder_of(agreement), agreement.valid_from, agreement.valid_to))


def end_agreement(known: Known, agreement_id: str, ends_at: datetime, at: datetime) -> None:
    """Let an agreement end at another instant than the one that it named; what was over before stays over."""
    for each in known.attached:
        is_over = each.until is not None and each.until <= at
        if each.ladder.agreement_id == agreement_id and not is_over:
            each.until = max(ends_at, at)


def let_go(known: Known, cause: vacancies.LetBlockPlaceGo) -> None:
    """Only an owner can let a block place go."""
    place = int(cause.vacancy_id.split(":")[1])
    if cause.by.id in known.owners.get(place, ()):
        known.let_go.add(cause.vacancy_id)
