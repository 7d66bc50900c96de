"""What the facts of one setting add up to, kept apart from the rules that decided them.

A ledger reads facts alone (and, of inputs, agreements and takes). It refuses a fact that cannot follow from those
before it, and compares what it knows with the state of each decision. Knows no rule of `offers`; the working
calendar, which has its own proofs, measures lengths.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.words import Code, HoldEnd, Kind, Mistake, PlaceStatus, WindowOutcome
from services.matcher.domain import facts, inputs
from services.matcher.domain.agreement import Tier
from services.matcher.domain.decision import Decision
from services.matcher.domain.policy import Policy, Terms
from services.matcher.domain.setting import Setting, Vacancy
from services.matcher.domain.values import Length

EPOCH = datetime(1980, 1, 1, tzinfo=UTC)
SERVING = {WindowOutcome.LAPSED, WindowOutcome.UNTOLD, WindowOutcome.RELEASED, WindowOutcome.NOMINATED}
"""Ends after which the audience has had its window; after any other the vacancy goes back to it."""
STANDING = {
    PlaceStatus.OCCUPIED,
    PlaceStatus.ON_NOTICE,
    PlaceStatus.UNREPORTED,
    PlaceStatus.VACANT,
    PlaceStatus.UNUSABLE,
}


@dataclass(slots=True)
class Announced:
    """A window as its facts announce it."""

    opened: facts.WindowOpened
    length: Length
    calendar: str
    closes_at: datetime
    is_known_of: bool = False
    is_credited: bool = False
    is_extended: bool = False
    is_paused: bool = False
    topped_up_s: int = 0
    moved_s: int = 0
    has_ended: bool = False


@dataclass(slots=True)
class Episode:
    """One vacancy as its facts tell it."""

    kind: Kind
    window: str | None = None
    choice: str | None = None
    hold: str | None = None
    take: str | None = None
    left: str | None = None
    """The audience whose nomination is chosen from, held or taken."""
    must_return_to: str | None = None
    """The audience that a hold or reservation left and that is to be the next."""
    ladder: tuple[str | None, int | None] | None = None
    served: list[str] = field(default_factory=list)
    skipped_at: tuple[datetime, tuple[str, ...]] | None = None
    is_confirmed: bool = False
    is_answered_since_release: bool = False
    reason: str | None = None
    is_over: bool = False


@dataclass(slots=True)
class Ledger:
    terms: Terms
    windows: dict[str, Announced] = field(default_factory=dict)
    episodes: dict[str, Episode] = field(default_factory=dict)
    nominations: dict[str, str] = field(default_factory=dict)
    """Pending nominations and their vacancies."""
    nominations_ended: set[str] = field(default_factory=set)
    holds_ended: set[str] = field(default_factory=set)
    takes_agreed: set[str] = field(default_factory=set)
    choice_closes_at: dict[str, datetime] = field(default_factory=dict)
    hold_until: dict[str, datetime] = field(default_factory=dict)
    ladders: dict[tuple[str | None, int | None], tuple[Tier, ...]] = field(default_factory=dict)
    in_force: list[tuple[str, int]] = field(default_factory=list)
    now: datetime = EPOCH
    setting: Setting | None = None

    # --- one decision ---

    def enter(self, order: inputs.Input, now: datetime, decision: Decision[Setting]) -> None:
        """Enter the facts of one decision, then hold its state against them."""
        self.now, self.setting = now, decision.state
        if isinstance(order, inputs.AgreementAttached) and decision.answer is Code.ACCEPTED:
            attached = order.agreement
            self.ladders[attached.agreement_id, attached.version] = attached.tiers
        for fact in decision.facts:
            entry = ENTRIES.get(type(fact))
            if entry is not None:
                entry(self, fact)
        self._answered(order, decision)
        if decision.state is not None:
            self._agrees(decision.state)
            self._nothing_is_overdue(decision)

    @property
    def policy(self) -> Policy:
        assert self.setting is not None
        return self.terms.policy(self.setting.policy)

    # --- windows ---

    def opened(self, fact: facts.WindowOpened) -> None:
        episode = self.episodes[fact.vacancy_id]
        assert fact.window_id not in self.windows, "a window's id is its own"
        assert (episode.window, episode.choice, episode.hold, episode.take) == (None, None, None, None)
        assert not episode.is_over
        tiers = self.ladders.get((fact.agreement_id, fact.agreement_version), self.policy.default_ladder)
        self._in_order(fact, episode, tiers)
        length = self._length(fact, tiers)
        assert self.setting is not None
        announced = Announced(fact, length, self.setting.calendar, fact.closes_at)
        self.windows[fact.window_id] = announced
        episode.window, episode.reason = fact.window_id, None
        assert fact.opened_at == self.now
        calendar = self.terms.calendar(announced.calendar)
        runs_s = calendar.seconds_between(fact.opened_at, fact.closes_at, length.calendar)
        assert 0 < runs_s <= length.seconds, "no window is longer than its length"
        assert fact.is_returned or runs_s == length.seconds, "a full window runs its full length"
        if episode.must_return_to is not None:
            assert runs_s >= min(length.seconds, max(length.seconds // 4, 3600)), "the minimum remainder"
            episode.must_return_to = None

    def _in_order(self, fact: facts.WindowOpened, episode: Episode, tiers: tuple[Tier, ...]) -> None:
        names: list[str] = [each.audience for each in tiers]
        self._on_ladder(fact, episode)
        if fact.is_returned or self._is_last_again(fact, episode, names):
            episode.served = [each for each in episode.served if each != fact.audience]
        assert names[fact.tier - 1] == fact.audience
        skipped = [name for name in names[: fact.tier - 1] if name not in episode.served]
        assert not skipped, f"{skipped} skipped before {fact.audience}"
        assert fact.audience not in episode.served, "an audience has one window"
        assert fact.members == tiers[fact.tier - 1].councils(self.now)
        assert fact.members
        assert episode.must_return_to in (None, fact.audience)

    def _on_ladder(self, fact: facts.WindowOpened, episode: Episode) -> None:
        """Another agreement's ladder starts from the top; what it skipped just now it has skipped."""
        ladder = (fact.agreement_id, fact.agreement_version)
        if episode.ladder is not None and episode.ladder != ladder:
            episode.must_return_to = None
        if episode.ladder is not None and episode.ladder[0] != fact.agreement_id:
            assert not fact.is_returned
            just_now = episode.skipped_at is not None and episode.skipped_at[0] == self.now
            episode.served = list(episode.skipped_at[1]) if just_now and episode.skipped_at else []
        episode.ladder = ladder

    def _is_last_again(self, fact: facts.WindowOpened, episode: Episode, names: list[str]) -> bool:
        """A confirmation offers the last tier again when the ladder has ended."""
        was_confirmed, episode.is_confirmed = episode.is_confirmed, False
        return was_confirmed and fact.tier == len(names) and set(names) <= set(episode.served)

    def _length(self, fact: facts.WindowOpened, tiers: tuple[Tier, ...]) -> Length:
        own = tiers[fact.tier - 1].lengths
        if own is not None and fact.kind in own:
            return own[fact.kind]
        defaults = self.policy.lengths[fact.kind]
        return defaults[min(fact.tier, len(defaults)) - 1]

    def _running(self, window_id: str) -> Announced:
        announced = self.windows[window_id]
        assert not announced.has_ended
        return announced

    def _later(self, window_id: str, closes_at: datetime) -> tuple[Announced, int]:
        """Move the announced deadline; return by how many seconds of the window's calendar."""
        announced = self._running(window_id)
        assert closes_at > announced.closes_at, "a deadline is never brought forward"
        calendar = self.terms.calendar(announced.calendar)
        more_s = calendar.seconds_between(announced.closes_at, closes_at, announced.length.calendar)
        announced.closes_at = closes_at
        return announced, more_s

    def extended(self, fact: facts.WindowExtended) -> None:
        announced, more_s = self._later(fact.window_id, fact.closes_at)
        assert not announced.is_extended
        assert more_s <= announced.length.seconds
        announced.is_extended = True

    def topped_up(self, fact: facts.WindowToppedUp) -> None:
        announced, more_s = self._later(fact.window_id, fact.closes_at)
        announced.topped_up_s += more_s
        assert announced.topped_up_s <= announced.length.seconds

    def paused(self, fact: facts.WindowPaused) -> None:
        announced, _ = self._later(fact.window_id, fact.closes_at)
        assert not announced.is_paused
        announced.is_paused = True

    def moved(self, fact: facts.WindowMoved) -> None:
        announced, more_s = self._later(fact.window_id, fact.closes_at)
        announced.moved_s += more_s
        assert announced.moved_s <= announced.length.seconds
        assert announced.is_known_of

    def credited(self, fact: facts.WindowCredited) -> None:
        announced = self._running(fact.window_id)
        assert self.now >= announced.closes_at
        assert not announced.is_known_of
        assert not announced.is_credited
        announced.is_credited, announced.closes_at = True, fact.closes_at
        runs_s = self.terms.calendar(announced.calendar).seconds_between(
            self.now, fact.closes_at, announced.length.calendar
        )
        assert runs_s == announced.length.seconds

    def known_of(self, fact: facts.WindowTold | facts.WindowAcknowledged | facts.WindowReleased) -> None:
        announced = self._running(fact.window_id)
        assert fact.council in announced.opened.members
        announced.is_known_of = True

    def ended(self, fact: facts.WindowEnded) -> None:
        announced = self._running(fact.window_id)
        announced.has_ended = True
        episode = self.episodes[fact.vacancy_id]
        assert episode.window == fact.window_id
        assert (fact.audience, fact.tier) == (announced.opened.audience, announced.opened.tier)
        episode.window = None
        if fact.outcome in SERVING:
            episode.served.append(fact.audience)
        if fact.outcome is WindowOutcome.RELEASED:
            episode.is_answered_since_release = False
        episode.left = fact.audience if fact.outcome is WindowOutcome.NOMINATED else None
        if fact.outcome in (WindowOutcome.LAPSED, WindowOutcome.UNTOLD):
            assert self.now >= announced.closes_at, "never early"
            assert announced.is_known_of == (fact.outcome is WindowOutcome.LAPSED)

    def tier_skipped(self, fact: facts.TierSkipped) -> None:
        episode = self.episodes[fact.vacancy_id]
        episode.served.append(fact.audience)
        before = episode.skipped_at[1] if episode.skipped_at and episode.skipped_at[0] == self.now else ()
        episode.skipped_at = (self.now, (*before, fact.audience))
        if episode.must_return_to == fact.audience:
            episode.must_return_to = None

    # --- vacancies ---

    def posted(self, fact: facts.VacancyPosted) -> None:
        assert fact.vacancy_id not in self.episodes
        self.episodes[fact.vacancy_id] = Episode(fact.kind)

    def gone(self, fact: facts.VacancyFilled | facts.VacancyWithdrawn) -> None:
        episode = self.episodes[fact.vacancy_id]
        assert not episode.is_over
        assert (episode.window, episode.choice, episode.hold, episode.take) == (None, None, None, None)
        episode.is_over, episode.reason = True, None

    def corrected(self, fact: facts.Corrected) -> None:
        episode = self.episodes[fact.vacancy_id]
        if fact.mistake is Mistake.WRONG_RELEASE:
            assert not episode.is_over
            if episode.window is None:
                assert not episode.is_answered_since_release, "a lower tier has answered"
                episode.must_return_to = None
        else:
            assert episode.is_over
        episode.is_over, episode.reason = False, None

    def confirmed(self, fact: facts.VacancyConfirmed) -> None:
        episode = self.episodes[fact.vacancy_id]
        assert not episode.is_over
        episode.is_confirmed, episode.reason = True, None

    def blocked(self, fact: facts.OpeningBlocked) -> None:
        self.episodes[fact.vacancy_id].reason = fact.reason

    def ladder_ended(self, fact: facts.LadderEnded) -> None:
        self.episodes[fact.vacancy_id].reason = "ladder_ended"

    # --- nominations, choices, holds ---

    def made(self, fact: facts.NominationMade) -> None:
        assert fact.nomination_id not in self.nominations
        assert fact.nomination_id not in self.nominations_ended
        announced = self._running(fact.window_id)
        assert fact.council in announced.opened.members
        assert self.now < announced.closes_at, "at the deadline it is too late"
        self.nominations[fact.nomination_id] = fact.vacancy_id
        self.episodes[fact.vacancy_id].is_answered_since_release = True

    def nomination_ended(self, fact: facts.NominationEnded) -> None:
        assert self.nominations.pop(fact.nomination_id) == fact.vacancy_id
        self.nominations_ended.add(fact.nomination_id)

    def vouched(self, fact: facts.NominationVouched) -> None:
        assert fact.nomination_id in self.nominations

    def choice_opened(self, fact: facts.ChoiceOpened) -> None:
        episode = self.episodes[fact.vacancy_id]
        assert self.windows[fact.window_id].has_ended
        assert episode.choice is None
        assert fact.vacancy_id in self.nominations.values(), "a choice is among nominations"
        assert fact.closes_at > self.now
        episode.choice = fact.window_id
        self.choice_closes_at[fact.vacancy_id] = fact.closes_at

    def choice_ended(self, fact: facts.ChoiceEnded) -> None:
        episode = self.episodes[fact.vacancy_id]
        assert episode.choice == fact.window_id
        assert fact.unanswered == 0 or self.now >= self.choice_closes_at[fact.vacancy_id]
        episode.choice = None

    def held(self, fact: facts.PlaceHeld) -> None:
        episode = self.episodes[fact.vacancy_id]
        assert episode.hold is None
        assert fact.hold_id not in self.holds_ended
        assert fact.nomination_id in self.nominations_ended
        assert fact.vacancy_id not in self.nominations.values(), "the losers are told"
        episode.hold, episode.choice = fact.hold_id, None
        self.hold_until[fact.vacancy_id] = fact.until

    def hold_ended(self, fact: facts.HoldEnded) -> None:
        episode = self.episodes[fact.vacancy_id]
        assert episode.hold == fact.hold_id
        episode.hold = None
        self.holds_ended.add(fact.hold_id)
        if fact.end is HoldEnd.LAPSED:
            assert self.now >= self.hold_until[fact.vacancy_id]
        if fact.end is not HoldEnd.TAKEN:
            episode.must_return_to = episode.left

    def agreed(self, fact: facts.TakeAgreed) -> None:
        assert fact.take_id not in self.takes_agreed
        assert fact.hold_id in self.holds_ended
        self.takes_agreed.add(fact.take_id)
        self.episodes[fact.vacancy_id].take = fact.take_id

    def settled(self, fact: facts.MovedIn | facts.FellThrough) -> None:
        episode = self.episodes[fact.vacancy_id]
        assert episode.take == fact.take_id
        episode.take = None
        episode.must_return_to = episode.left

    def overdue(self, fact: facts.MoveInOverdue) -> None:
        assert self.episodes[fact.vacancy_id].take == fact.take_id

    # --- agreements ---

    def came_into_force(self, fact: facts.AgreementCameIntoForce) -> None:
        assert (fact.agreement_id, fact.version) not in self.in_force, "it comes into force once"
        self.in_force.append((fact.agreement_id, fact.version))

    def agreement_ended(self, fact: facts.AgreementEnded) -> None:
        self.in_force.remove((fact.agreement_id, fact.version))

    # --- against the state ---

    def _answered(self, order: inputs.Input, decision: Decision[Setting]) -> None:
        if not isinstance(order, inputs.TakeAsked) or decision.answer is Code.NOT_YOUR_ROLE:
            return
        answers = [
            each
            for each in decision.facts
            if isinstance(each, facts.TakeAgreed | facts.TakeRefused) and each.take_id == order.take_id
        ]
        if decision.answer is Code.STALE_INSTANCE:
            assert not answers
            assert order.take_id in self.takes_agreed
        else:
            assert len(answers) == 1
            is_agreed = isinstance(answers[0], facts.TakeAgreed)
            assert is_agreed == (decision.answer is Code.ACCEPTED)

    def _agrees(self, setting: Setting) -> None:
        vacancies: Mapping[str, Vacancy] = {each.vacancy_id: each for each in setting.vacancies()}
        assert set(vacancies) == {name for name, each in self.episodes.items() if not each.is_over}
        pending = {one.nomination_id: name for name, each in vacancies.items() for one in each.nominations}
        assert pending == self.nominations
        for name, vacancy in vacancies.items():
            self._vacancy_agrees(vacancy, self.episodes[name])
        _places_are_conserved(setting)

    def _vacancy_agrees(self, vacancy: Vacancy, episode: Episode) -> None:
        window, choice, hold, taken = vacancy.window, vacancy.choice, vacancy.hold, vacancy.reservation
        assert (window.window_id if window else None) == episode.window
        assert (choice.window_id if choice else None) == episode.choice
        assert (hold.hold_id if hold else None) == episode.hold
        assert (taken.take_id if taken else None) == episode.take
        running = [each for each in (window, choice, hold, taken) if each is not None]
        assert len(running) <= 1, "one thing runs"
        assert vacancy.blocked == episode.reason
        assert (vacancy.blocked is None) == bool(running), "why nothing runs is said"
        if window is not None:
            assert window.closes_at == self.windows[window.window_id].closes_at
            _may_run(self, vacancy)
        if vacancy.nominations:
            assert window is not None or choice is not None

    def _nothing_is_overdue(self, decision: Decision[Setting]) -> None:
        standing = [each.closes_at for each in self.windows.values() if not each.has_ended]
        for name, episode in self.episodes.items():
            if episode.choice is not None:
                standing.append(self.choice_closes_at[name])
            if episode.hold is not None:
                grace = timedelta(seconds=self.policy.take_grace_s)
                standing.append(self.hold_until[name] + grace)
        assert all(at > self.now for at in standing)
        assert decision.deadline is None or decision.deadline.at > self.now
        if standing:
            assert decision.deadline is not None
            assert decision.deadline.at <= min(standing)


def _places_are_conserved(setting: Setting) -> None:
    """Every standing place is in one of five; together they are the registered ones and those over."""
    statuses = [each.status for each in setting.places if each.status is not PlaceStatus.RETIRED]
    standing = [each for each in statuses if each in STANDING]
    registered = setting.registered_places - (len(statuses) - len(standing))
    assert registered + setting.over == len(standing)
    assert setting.over >= 0
    for place in setting.places:
        assert (place.vacancy is not None) == (place.status is PlaceStatus.VACANT)
        assert (place.unusable is not None) == (place.status is PlaceStatus.UNUSABLE)
        assert (place.notice is not None) == (place.status is PlaceStatus.ON_NOTICE)


def _may_run(ledger: Ledger, vacancy: Vacancy) -> None:
    """No window is open that a downgrade, suspension, closure or end of agreement has re-judged."""
    setting, window = ledger.setting, vacancy.window
    assert setting is not None
    assert window is not None
    assert setting.registration == "registered"
    assert setting.judgement in ledger.policy.judgements[setting.provision]
    assert setting.closes_at is None
    if window.agreement_id is not None:
        now_in_force = [each for each in setting.agreements if each.is_in_force(ledger.now)]
        assert [each.agreement_id for each in now_in_force] == [window.agreement_id]


ENTRIES: Mapping[type[facts.Fact], Callable[[Ledger, Any], None]] = {
    facts.WindowOpened: Ledger.opened,
    facts.WindowExtended: Ledger.extended,
    facts.WindowToppedUp: Ledger.topped_up,
    facts.WindowPaused: Ledger.paused,
    facts.WindowMoved: Ledger.moved,
    facts.WindowCredited: Ledger.credited,
    facts.WindowTold: Ledger.known_of,
    facts.WindowAcknowledged: Ledger.known_of,
    facts.WindowReleased: Ledger.known_of,
    facts.WindowEnded: Ledger.ended,
    facts.TierSkipped: Ledger.tier_skipped,
    facts.VacancyPosted: Ledger.posted,
    facts.VacancyFilled: Ledger.gone,
    facts.VacancyWithdrawn: Ledger.gone,
    facts.VacancyConfirmed: Ledger.confirmed,
    facts.Corrected: Ledger.corrected,
    facts.OpeningBlocked: Ledger.blocked,
    facts.LadderEnded: Ledger.ladder_ended,
    facts.NominationMade: Ledger.made,
    facts.NominationVouched: Ledger.vouched,
    facts.NominationEnded: Ledger.nomination_ended,
    facts.ChoiceOpened: Ledger.choice_opened,
    facts.ChoiceEnded: Ledger.choice_ended,
    facts.PlaceHeld: Ledger.held,
    facts.HoldEnded: Ledger.hold_ended,
    facts.TakeAgreed: Ledger.agreed,
    facts.MovedIn: Ledger.settled,
    facts.FellThrough: Ledger.settled,
    facts.MoveInOverdue: Ledger.overdue,
    facts.AgreementCameIntoForce: Ledger.came_into_force,
    facts.AgreementEnded: Ledger.agreement_ended,
}
"""What each fact does to the ledger; the others change nothing that is kept here."""
