"""What the facts of one setting add up to, held against the state of each decision. Knows no rule of the matcher."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from schemas.words import Code, HoldEnd, Mistake, NominationEnd, PlaceStatus, Role
from services.matcher.domain import facts, inputs
from services.matcher.domain.agreement import Tier
from services.matcher.domain.setting import Place, Setting, Vacancy

from .broken import broken
from .hours import HOURS
from .ledger_news import News
from .ledger_vacancy import LATE, Kept, Opened, Running, VacancyBook
from .log import Record
from .scene import CHOICE, DEFAULT_LADDER, FUTURE_MAX_S, GRACE_S, HOLD, LENGTHS, NEVER, NO_CALENDAR, USUAL
from .takes import Takes

STALE = "a stale answer changes nothing"
CONSERVED, AGREES = "places are conserved", "state and facts agree"
STANDING = frozenset(
    {
        PlaceStatus.OCCUPIED,
        PlaceStatus.ON_NOTICE,
        PlaceStatus.UNREPORTED,
        PlaceStatus.VACANT,
        PlaceStatus.UNUSABLE,
    }
)


@dataclass(slots=True)
class SettingBook:
    name: str
    takes: Takes
    vacancies: dict[str, VacancyBook] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    """Of windows, nominations and holds: each is used once."""
    ladders: dict[tuple[str, int], tuple[tuple[str, int], ...]] = field(default_factory=dict)
    """Audiences of each agreement's version, and how many members each has."""
    policy: str = USUAL
    calendar: str = NO_CALENDAR
    news: News = field(default_factory=News)
    chosen: str | None = None
    now: datetime = NEVER

    def fork(self, takes: Takes) -> "SettingBook":
        vacancies = {name: book.fork() for name, book in self.vacancies.items()}
        forked = replace(
            self, takes=takes, vacancies=vacancies, ids=set(self.ids), ladders=dict(self.ladders)
        )
        forked.news, forked.chosen = self.news.fork(), None
        return forked

    # --- one decision ---

    def enter(self, order: inputs.Input, record: Record, before: Record | None) -> None:
        decision, self.now = record.decision, record.decided_at
        is_accepted = decision.answer is Code.ACCEPTED
        if is_accepted:
            self._is_meant(order, record)
            self._is_not_ahead(order)
            self._terms_of(order)
            if before is not None and before.decision.state is not None:
                self.news.enter(order, record, before)
        else:
            _changes_nothing(order, record, before)
        for fact in decision.facts:
            entry = ENTRIES.get(type(fact))
            if entry is not None:
                entry(self, fact)
        self._is_answered(order, record)
        if decision.state is not None:
            self._agrees(decision.state)
        self._nothing_is_overdue(record)

    def _terms_of(self, order: inputs.Input) -> None:
        """Policy, calendar and ladders by which what follows is judged."""
        if isinstance(order, inputs.SettingRegistered):
            self.policy, self.calendar = order.policy, order.calendar
        if isinstance(order, inputs.AgreementAttached):
            attached = order.agreement
            self.ladders[attached.agreement_id, attached.version] = tuple(
                (tier.audience, _members(tier)) for tier in attached.tiers
            )

    def _is_meant(self, order: Any, record: Record) -> None:
        """An answer that is accepted names what stood, in time and vouched for."""
        kind = type(order)
        if kind in OF_WINDOWS:
            window = self._book(order.window_id, ":w").window
            is_open = window is not None and window.window_id == order.window_id
            is_open or broken(STALE, f"{kind.__name__} about {order.window_id} was accepted")
            assert window is not None
            is_credited = any(type(each) is facts.WindowCredited for each in record.decision.facts)
            (self.now < window.closes_at or is_credited) or broken(LATE, f"{kind.__name__} at {self.now}")
        elif kind in OF_NOMINATIONS:
            pending = self._book(order.nomination_id, ":n").pending.get(order.nomination_id)
            pending or broken(STALE, f"{kind.__name__} about {order.nomination_id} was accepted")
            if kind in (inputs.AcceptNomination, inputs.DeclineNomination):
                (pending and pending[1]) or broken("only what is vouched for", order.nomination_id)
        elif kind is inputs.HoldLetGo:
            kept = self._book(order.hold_id, ":h").kept
            (kept is not None and kept.hold_id == order.hold_id) or broken(
                STALE, f"{order.hold_id} is let go"
            )

    def _is_not_ahead(self, order: inputs.Input) -> None:
        if order.by.role in PEOPLE:
            ahead_s = (order.observed_at - self.now).total_seconds()
            ahead_s <= FUTURE_MAX_S or broken("the future is refused", f"{order.id}, {ahead_s} s ahead")

    def _book(self, instance_id: str, mark: str) -> VacancyBook:
        vacancy_id = instance_id.rpartition(mark)[0]
        vacancy_id in self.vacancies or broken(STALE, f"{instance_id} is of no vacancy")
        return self.vacancies[vacancy_id]

    def _is_answered(self, order: Any, record: Record) -> None:
        """What an input must have come to, beside what its facts say."""
        kind = type(order)
        if kind is inputs.TakeAsked:
            self._take_is_answered(order, record)
        elif kind is inputs.DeclineNomination and record.decision.answer is Code.ACCEPTED:
            self._book(order.nomination_id, ":n").goes_on(self.now)
        for fact in record.decision.facts if kind is inputs.WindowTold else ():
            if type(fact) is facts.WindowMoved:
                self._book(fact.window_id, ":w").was_told_late(fact.window_id, min(order.told_at, self.now))

    def _take_is_answered(self, order: inputs.TakeAsked, record: Record) -> None:
        told = [
            each.take_id
            for each in record.decision.facts
            if isinstance(each, facts.TakeAgreed | facts.TakeRefused)
        ]
        is_known = order.take_id in self.takes.agreed
        (told == [order.take_id] or (not told and is_known)) or broken(
            "every take is answered", order.take_id
        )

    # --- facts ---

    def _new_id(self, each: str) -> None:
        each not in self.ids or broken("an id of its own", each)
        self.ids.add(each)

    def posted(self, fact: facts.VacancyPosted) -> None:
        fact.vacancy_id not in self.vacancies or broken("an id of its own", fact.vacancy_id)
        self.vacancies[fact.vacancy_id] = VacancyBook(fact.vacancy_id, fact.kind)

    def gone(self, fact: facts.VacancyFilled | facts.VacancyWithdrawn) -> None:
        book = self.vacancies[fact.vacancy_id]
        (book.is_idle and not book.is_over) or broken(CONSERVED, f"{fact.vacancy_id} ended")
        book.is_over, book.reason = True, None

    def opened(self, fact: facts.WindowOpened) -> None:
        self._new_id(fact.window_id)
        book = self.vacancies[fact.vacancy_id]
        ladder = DEFAULT if fact.agreement_id is None else self._ladder(fact)
        audiences = tuple(name for name, _ in ladder)
        lengths = LENGTHS[self.policy][fact.kind]
        length = lengths[min(fact.tier, len(lengths)) - 1]
        fact.kind is book.kind or broken("kind is frozen", fact.window_id)
        (fact.tier <= len(ladder) and fact.members) or broken("no tier skipped", fact.window_id)
        opened = Opened(fact.agreement_id or "default", audiences)
        window = Running(
            fact.window_id, fact.audience, fact.tier, length, self.calendar, self.now, fact.closes_at
        )
        book.open(window, opened, self.now, fact.opened_at, is_returned=fact.is_returned)

    def _ladder(self, fact: facts.WindowOpened) -> tuple[tuple[str, int], ...]:
        assert fact.agreement_id is not None
        assert fact.agreement_version is not None
        return self.ladders[fact.agreement_id, fact.agreement_version]

    def skipped(self, fact: facts.TierSkipped) -> None:
        known = [DEFAULT, *self.ladders.values()]
        has_none = any((fact.audience, 0) in ladder for ladder in known)
        self.vacancies[fact.vacancy_id].skip(fact.audience, not has_none)

    def window_ended(self, fact: facts.WindowEnded) -> None:
        self.vacancies[fact.vacancy_id].end_window(fact.window_id, fact.outcome, self.now)

    def deadline_moved(self, fact: Any) -> None:
        book, by = self._book(fact.window_id, ":w"), type(fact).__name__
        book.move_deadline(fact.window_id, by, fact.closes_at, self.now)

    def credited(self, fact: facts.WindowCredited) -> None:
        book = self._book(fact.window_id, ":w")
        window = book.running(fact.window_id)
        (not window.is_known_of and self.now >= window.closes_at) or broken("told is known", fact.window_id)
        is_full = fact.closes_at == HOURS[window.calendar].ends_at(self.now, window.length)
        is_full or broken("full length", f"{fact.window_id} is credited")
        book.move_deadline(fact.window_id, "WindowCredited", fact.closes_at, self.now)

    def known_of(self, fact: Any) -> None:
        book = self._book(fact.window_id, ":w")
        window = book.running(fact.window_id)
        self.now < window.closes_at or broken(LATE, f"{type(fact).__name__} at {self.now}")
        book.window = window._replace(is_known_of=True)

    def made(self, fact: facts.NominationMade) -> None:
        self._new_id(fact.nomination_id)
        book = self.vacancies[fact.vacancy_id]
        book.nominate(fact.nomination_id, fact.window_id, fact.referral_id, self.now)

    def vouched(self, fact: facts.NominationVouched) -> None:
        self.vacancies[fact.vacancy_id].vouch(fact.nomination_id, self.takes.vouched)

    def nomination_ended(self, fact: facts.NominationEnded) -> None:
        _, is_vouched = self.vacancies[fact.vacancy_id].end_nomination(fact.nomination_id)
        if fact.end is NominationEnd.CHOSEN:
            is_vouched or broken("only what is vouched for", fact.nomination_id)
            self.chosen = fact.nomination_id

    def choice_opened(self, fact: facts.ChoiceOpened) -> None:
        book = self.vacancies[fact.vacancy_id]
        length = CHOICE[self.policy][book.kind][0]
        book.open_choice(fact.window_id, length, fact.closes_at, self.now)

    def choice_ended(self, fact: facts.ChoiceEnded) -> None:
        self.vacancies[fact.vacancy_id].end_choice(fact.window_id, fact.unanswered, self.now)

    def held(self, fact: facts.PlaceHeld) -> None:
        self._new_id(fact.hold_id)
        self.chosen == fact.nomination_id or broken(STALE, f"{fact.nomination_id} was not chosen")
        book = self.vacancies[fact.vacancy_id]
        length = HOLD[self.policy][book.kind][0]
        is_full = fact.until == HOURS[self.calendar].ends_at(self.now, length)
        is_full or broken("full length", f"{fact.hold_id} until {fact.until}")
        kept = Kept(fact.hold_id, fact.referral_id, fact.until, fact.until + timedelta(seconds=GRACE_S))
        book.keep(kept, self.now)

    def hold_ended(self, fact: facts.HoldEnded) -> None:
        is_taken, is_lapsed = fact.end is HoldEnd.TAKEN, fact.end is HoldEnd.LAPSED
        book = self.vacancies[fact.vacancy_id]
        if is_taken and book.kept is not None:
            self.now < book.kept.ends_at or broken(LATE, f"{fact.hold_id} was taken at {self.now}")
        book.end_hold(fact.hold_id, is_taken=is_taken, is_lapsed=is_lapsed, now=self.now)

    def agreed(self, fact: facts.TakeAgreed) -> None:
        self.takes.agree(fact.take_id, fact.referral_id, fact.hold_id, fact.vacancy_id)
        self.vacancies[fact.vacancy_id].reserve(fact.take_id)

    def refused(self, fact: facts.TakeRefused) -> None:
        self.takes.refuse(fact.take_id)

    def moved_in(self, fact: facts.MovedIn) -> None:
        self.vacancies[fact.vacancy_id].end_take(fact.take_id)
        self.takes.moved_in.add(fact.take_id)

    def fell_through(self, fact: facts.FellThrough) -> None:
        self.vacancies[fact.vacancy_id].end_take(fact.take_id)
        self.takes.fall(fact.take_id, fact.referral_id)

    def confirmed(self, fact: facts.VacancyConfirmed) -> None:
        book = self.vacancies[fact.vacancy_id]
        book.is_confirmed, book.reason = True, None

    def blocked(self, fact: facts.OpeningBlocked) -> None:
        self.vacancies[fact.vacancy_id].reason = fact.reason

    def ladder_ended(self, fact: facts.LadderEnded) -> None:
        self.vacancies[fact.vacancy_id].reason = "ladder_ended"

    def corrected(self, fact: facts.Corrected) -> None:
        book = self.vacancies[fact.vacancy_id]
        book.reason, book.is_corrected = None, True
        if fact.mistake is Mistake.WRONG_RELEASE:
            book.must_return_to = None
            book.may_return_to = frozenset(name for ladder in self._known() for name, _ in ladder)
        else:
            book.is_over or broken(ONCE_OVER, fact.vacancy_id)
            book.is_over = False

    def _known(self) -> list[tuple[tuple[str, int], ...]]:
        return [DEFAULT, *self.ladders.values()]

    def policy_adopted(self, fact: facts.PolicyAdopted) -> None:
        self.policy, self.calendar = fact.policy, fact.calendar

    # --- against the state ---

    def _agrees(self, setting: Setting) -> None:
        alive = 0
        standing = 0
        for place in setting.places:
            vacancy = place.vacancy
            (vacancy is not None) == (place.status is PlaceStatus.VACANT) or broken(CONSERVED, place.number)
            standing += place.status in STANDING
            if vacancy is not None:
                alive += 1
                self._vacancy_agrees(vacancy, place)
        standing == setting.registered_places + setting.over or broken(CONSERVED, f"{standing} places stand")
        known = sum(not book.is_over for book in self.vacancies.values())
        alive == known or broken(CONSERVED, f"{known} vacancies by the facts, {alive} by the state")

    def _vacancy_agrees(self, vacancy: Vacancy, place: Place) -> None:
        book = self.vacancies.get(vacancy.vacancy_id)
        (book is not None and not book.is_over) or broken(CONSERVED, vacancy.vacancy_id)
        assert book is not None
        window, choice, kept, taken = vacancy.window, vacancy.choice, vacancy.hold, vacancy.reservation
        ours, theirs = book.window, window
        is_same = (ours is None) == (theirs is None)
        if is_same and ours is not None and theirs is not None:
            is_same = ours.window_id == theirs.window_id and ours.closes_at == theirs.closes_at
        is_same or broken(AGREES, ours)
        (choice.window_id if choice else None) == (book.choice[0] if book.choice else None) or broken(AGREES)
        (kept.hold_id if kept else None) == (book.kept.hold_id if book.kept else None) or broken(AGREES)
        (taken.take_id if taken else None) == book.take or broken(AGREES, book.take)
        len(vacancy.nominations) == len(book.pending) or broken(AGREES, book.pending)
        is_said = (vacancy.blocked is None) == (not book.is_idle) and vacancy.blocked == book.reason
        is_said or broken("the next tier opens at once, or why not is said", book.vacancy_id)
        place.number == vacancy.place or broken(CONSERVED)

    def _nothing_is_overdue(self, record: Record) -> None:
        deadline = record.decision.deadline
        for book in self.vacancies.values():
            at = book.next_due()
            if at is None:
                continue
            at > record.decided_at or broken("due is ended first", f"{book.vacancy_id} was due at {at}")
            is_known = deadline is not None and deadline.at <= at
            is_known or broken("the clock knows of every deadline", f"{book.vacancy_id} is due at {at}")


def _changes_nothing(order: inputs.Input, record: Record, before: Record | None) -> None:
    """A refusal changes nothing, unless something was due anyway."""
    due = before.decision.deadline if before is not None else None
    if due is not None and due.at <= record.decided_at:
        return
    if not isinstance(order, inputs.TakeAsked):
        not record.decision.facts or broken(STALE, f"{type(order).__name__} was {record.decision.answer}")
    was = before.decision.state if before is not None else None
    state = record.decision.state
    if was is not None and state is not None:
        is_same = (state.places, state.agreements, state.is_paused) == (
            was.places,
            was.agreements,
            was.is_paused,
        )
        is_same or broken(STALE, f"{type(order).__name__} was {record.decision.answer} and changed the state")


def _members(tier: Tier) -> int:
    """Here a membership either never ends or has ended before anything began."""
    return sum(member.valid_to is None for member in tier.members)


DEFAULT = tuple((str(tier.audience), _members(tier)) for tier in DEFAULT_LADDER)
PEOPLE = frozenset({Role.PROVIDER, Role.TEAM, Role.OPS})
ONCE_OVER = "a vacancy ends once"
OF_WINDOWS = frozenset(
    {
        inputs.Nominate,
        inputs.ReleaseWindow,
        inputs.AcknowledgeWindow,
        inputs.ExtendWindow,
        inputs.ConsentToExtension,
        inputs.WindowTold,
        inputs.WindowNotTold,
    }
)
OF_NOMINATIONS = frozenset(
    {
        inputs.AcceptNomination,
        inputs.DeclineNomination,
        inputs.WithdrawNomination,
        inputs.NominationVouched,
        inputs.NominationDenied,
        inputs.NominationLetGo,
    }
)
ENTRIES: Mapping[type[facts.Fact], Callable[[SettingBook, Any], None]] = {
    facts.VacancyPosted: SettingBook.posted,
    facts.VacancyFilled: SettingBook.gone,
    facts.VacancyWithdrawn: SettingBook.gone,
    facts.VacancyConfirmed: SettingBook.confirmed,
    facts.WindowOpened: SettingBook.opened,
    facts.TierSkipped: SettingBook.skipped,
    facts.WindowEnded: SettingBook.window_ended,
    facts.WindowExtended: SettingBook.deadline_moved,
    facts.WindowToppedUp: SettingBook.deadline_moved,
    facts.WindowPaused: SettingBook.deadline_moved,
    facts.WindowMoved: SettingBook.deadline_moved,
    facts.WindowCredited: SettingBook.credited,
    facts.WindowTold: SettingBook.known_of,
    facts.WindowAcknowledged: SettingBook.known_of,
    facts.WindowReleased: SettingBook.known_of,
    facts.NominationMade: SettingBook.made,
    facts.NominationVouched: SettingBook.vouched,
    facts.NominationEnded: SettingBook.nomination_ended,
    facts.ChoiceOpened: SettingBook.choice_opened,
    facts.ChoiceEnded: SettingBook.choice_ended,
    facts.PlaceHeld: SettingBook.held,
    facts.HoldEnded: SettingBook.hold_ended,
    facts.TakeAgreed: SettingBook.agreed,
    facts.TakeRefused: SettingBook.refused,
    facts.MovedIn: SettingBook.moved_in,
    facts.FellThrough: SettingBook.fell_through,
    facts.OpeningBlocked: SettingBook.blocked,
    facts.LadderEnded: SettingBook.ladder_ended,
    facts.Corrected: SettingBook.corrected,
    facts.PolicyAdopted: SettingBook.policy_adopted,
}
