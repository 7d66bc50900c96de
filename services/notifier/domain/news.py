"""Which facts of a setting are news, for whom, and what the news says. Pure: same decision, same messages.

Laws: nobody is told what they did themselves; a council is told of its own nominations, holds and windows alone
and never that another council exists; a provider is told of what concerns its own settings. Facts that are in no
table here are news to nobody. Source: domain page, offer windows, laws 7, 8, 12, 13.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from schemas.words import HoldEnd, Judgement, MessageKind, NominationEnd, WindowOutcome, WithdrawReason

from .board import Setting, Vacancy
from .messages import OPS, About, Message, Recipient, message_key, provider, team

JUDGEMENT_ORDER = (
    (Judgement.OUTSTANDING, Judgement.GOOD, Judgement.REQUIRES_IMPROVEMENT, Judgement.INADEQUATE),
    (Judgement.OUTCOME_1, Judgement.OUTCOME_2, Judgement.OUTCOME_3),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact as far as anybody is told of it; what a type of fact does not have is empty."""

    type: str
    vacancy_id: str = ""
    window_id: str | None = ""
    nomination_id: str = ""
    hold_id: str = ""
    take_id: str = ""
    council: str = ""
    referral_id: str = ""
    place: int = 0
    members: tuple[str, ...] = ()
    closes_at: datetime | None = None
    until: datetime | None = None
    starts_on: date | None = None
    outcome: str = ""
    end: str = ""
    reason: str | None = None
    provider_reason: str | None = None
    kind: str = ""
    code: str | None = None
    judgement: str = ""
    was: str = ""
    over: int = 0
    seconds: int = 0
    is_from_standby: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One decision about a setting: its facts, and the state before and after it."""

    record_id: str
    at: datetime
    before: Setting | None
    after: Setting
    facts: tuple[Fact, ...] = field(default=())

    def vacancy(self, vacancy_id: str) -> Vacancy | None:
        """The vacancy as it stands, else as it stood before it went."""
        found = self.after.vacancy(vacancy_id)
        return found if found is not None or self.before is None else self.before.vacancy(vacancy_id)

    def members(self, window_id: str | None) -> tuple[str, ...]:
        """The councils of a window that is or was open, or was opened and ended by this very decision."""
        for fact in self.facts:
            if fact.type == "WindowOpened" and fact.window_id == window_id:
                return fact.members
        for setting in (self.after, self.before):
            if setting is not None and (found := setting.window(window_id)) is not None:
                return found[1].members
        return ()

    def without_released(self, window_id: str | None) -> tuple[str, ...]:
        """The members that had not let the window go."""
        found = None if self.before is None else self.before.window(window_id)
        released = () if found is None else found[1].released
        return tuple(each for each in self.members(window_id) if each not in released)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one rule gives: a kind of message and who gets it."""

    kind: MessageKind
    recipients: Sequence[Recipient]
    until: datetime | None = None
    code: str | None = ""
    number: int = 0
    on: date | None = None


Rule = Callable[[Fact, Decided], Iterator[Said]]


def news(decided: Decided) -> tuple[Message, ...]:
    """Every message that a decision gives rise to, in the order of its facts. One per fact and recipient."""
    return tuple(_messages(decided))


def _messages(decided: Decided) -> Iterator[Message]:
    for index, fact in enumerate(decided.facts):
        rule = RULES.get(fact.type)
        if rule is None:
            continue
        fact_id, about = f"{decided.record_id}:{index}", _about(fact, decided)
        for said in rule(fact, decided):
            for recipient in said.recipients:
                yield _message(said, recipient, fact_id, about, decided.at)


def _message(said: Said, recipient: Recipient, fact_id: str, about: About, at: datetime) -> Message:
    return Message(
        key=message_key(fact_id, recipient),
        kind=said.kind,
        recipient=recipient,
        fact_id=fact_id,
        about=about,
        at=at,
        until=said.until,
        code=said.code or "",
        number=said.number,
        on=said.on,
    )


def _about(fact: Fact, decided: Decided) -> About:
    vacancy_id = fact.vacancy_id or _vacancy_of(fact.window_id, decided)
    vacancy = decided.vacancy(vacancy_id)
    return About(
        setting_id=decided.after.setting_id,
        place=fact.place or (vacancy.place if vacancy is not None else 0),
        vacancy_id=vacancy_id,
        window_id=fact.window_id or "",
        nomination_id=fact.nomination_id,
        hold_id=fact.hold_id,
        take_id=fact.take_id,
        referral_id=fact.referral_id,
    )


def _vacancy_of(window_id: str | None, decided: Decided) -> str:
    for setting in (decided.after, decided.before):
        if window_id and setting is not None and (found := setting.window(window_id)) is not None:
            return found[0].vacancy_id
    return ""


def _teams(councils: Sequence[str]) -> list[Recipient]:
    return [team(council) for council in councils]


def _provider(decided: Decided) -> list[Recipient]:
    return [provider(decided.after.provider_id)]


# --- windows ------------------------------------------------------------------------------------------------


def _window_opened(fact: Fact, _: Decided) -> Iterator[Said]:
    yield Said(
        kind=MessageKind.WINDOW_OPENED, recipients=_teams(fact.members), until=fact.closes_at, code=fact.kind
    )


def _window_ended(fact: Fact, decided: Decided) -> Iterator[Said]:
    """A lapse is told to team and provider, an end from outside to the team, a release or nomination to nobody."""
    if fact.outcome not in (WindowOutcome.RELEASED, WindowOutcome.NOMINATED):
        is_lapse = fact.outcome in (WindowOutcome.LAPSED, WindowOutcome.UNTOLD)
        teams = _teams(decided.without_released(fact.window_id))
        recipients = [*teams, *_provider(decided)] if is_lapse else teams
        yield Said(kind=MessageKind.WINDOW_ENDED, recipients=recipients, code=fact.outcome)


def _extension_asked(fact: Fact, decided: Decided) -> Iterator[Said]:
    found = decided.after.window(fact.window_id)
    until = None if found is None else found[1].closes_at
    hours = max(1, round(fact.seconds / 3600))
    kind = MessageKind.EXTENSION_ASKED
    yield Said(kind=kind, recipients=_provider(decided), until=until, code=fact.reason, number=hours)


def _moved(fact: Fact, decided: Decided) -> Iterator[Said]:
    """Extended for a reason, or topped up, paused, told late: the council needs the new deadline alone."""
    teams = _teams(decided.without_released(fact.window_id))
    yield Said(kind=MessageKind.WINDOW_MOVED, recipients=teams, until=fact.closes_at, code=fact.reason)


def _credited(fact: Fact, decided: Decided) -> Iterator[Said]:
    """Whoever could not be told is told of the second length; ops is told of the outage."""
    teams = _teams(decided.without_released(fact.window_id))
    yield Said(kind=MessageKind.WINDOW_CREDITED, recipients=teams, until=fact.closes_at)
    yield Said(kind=MessageKind.WINDOW_CREDITED, recipients=[OPS])


# --- nominations, choice ------------------------------------------------------------------------------------


def _choice_opened(fact: Fact, decided: Decided) -> Iterator[Said]:
    yield Said(kind=MessageKind.CHOICE_OPENED, recipients=_provider(decided), until=fact.closes_at)


def _vouched(_: Fact, decided: Decided) -> Iterator[Said]:
    yield Said(kind=MessageKind.NOMINATION_RECEIVED, recipients=_provider(decided))


def _nomination_ended(fact: Fact, decided: Decided) -> Iterator[Said]:
    """Chosen is told as a held place. What the council let go is news to the provider that knew of it."""
    if fact.end in (NominationEnd.WITHDRAWN, NominationEnd.LET_GO):
        if _was_vouched(fact, decided):
            yield Said(kind=MessageKind.NOMINATION_ENDED, recipients=_provider(decided), code=fact.end)
    elif fact.end != NominationEnd.CHOSEN:
        code = (
            fact.provider_reason if fact.end == NominationEnd.DECLINED and fact.provider_reason else fact.end
        )
        yield Said(kind=MessageKind.NOMINATION_ENDED, recipients=[team(fact.council)], code=code)


def _was_vouched(fact: Fact, decided: Decided) -> bool:
    vacancy = None if decided.before is None else decided.before.vacancy(fact.vacancy_id)
    nominations = () if vacancy is None else vacancy.nominations
    return any(each.is_vouched for each in nominations if each.nomination_id == fact.nomination_id)


# --- holds, takes, moving in --------------------------------------------------------------------------------


def _place_held(fact: Fact, _: Decided) -> Iterator[Said]:
    yield Said(kind=MessageKind.PLACE_HELD, recipients=[team(fact.council)], until=fact.until)


def _hold_ended(fact: Fact, decided: Decided) -> Iterator[Said]:
    """A taken place and one that fell through have news of their own."""
    both = [team(fact.council), *_provider(decided)]
    recipients: dict[str, list[Recipient]] = {
        HoldEnd.LAPSED: both,
        HoldEnd.LET_GO: _provider(decided),
        HoldEnd.PLACE_FILLED: [team(fact.council)],
        HoldEnd.SETTING_CLOSED: both,
        HoldEnd.SETTING_SUSPENDED: both,
    }
    yield Said(kind=MessageKind.HOLD_ENDED, recipients=recipients.get(fact.end, []), code=fact.end)


def _take_agreed(fact: Fact, decided: Decided) -> Iterator[Said]:
    recipients = [team(fact.council), *_provider(decided)]
    yield Said(kind=MessageKind.PLACE_TAKEN, recipients=recipients, on=fact.starts_on)


def _overdue(fact: Fact, decided: Decided) -> Iterator[Said]:
    vacancy = decided.after.vacancy(fact.vacancy_id)
    reservation = None if vacancy is None else vacancy.reservation
    teams = [] if reservation is None else [team(reservation.council)]
    yield Said(kind=MessageKind.MOVE_IN_OVERDUE, recipients=[*teams, *_provider(decided)])


def _moved_in(fact: Fact, decided: Decided) -> Iterator[Said]:
    yield Said(kind=MessageKind.MOVED_IN, recipients=[team(fact.council), *_provider(decided)])


def _fell_through(fact: Fact, decided: Decided) -> Iterator[Said]:
    recipients = [team(fact.council), *_provider(decided)]
    yield Said(kind=MessageKind.FELL_THROUGH, recipients=recipients, code=fact.reason)


# --- vacancies, places, settings ----------------------------------------------------------------------------


def _to_provider(kind: MessageKind) -> Rule:
    def rule(fact: Fact, decided: Decided) -> Iterator[Said]:
        yield Said(kind=kind, recipients=_provider(decided), code=fact.reason)

    return rule


def _withdrawn(fact: Fact, decided: Decided) -> Iterator[Said]:
    """The provider is told of every end that it did not itself ask for by name."""
    if fact.reason != WithdrawReason.PROVIDER_WITHDREW:
        yield Said(kind=MessageKind.VACANCY_WITHDRAWN, recipients=_provider(decided), code=fact.reason)


def _conflict(fact: Fact, decided: Decided) -> Iterator[Said]:
    yield Said(kind=MessageKind.CONFLICT_FOUND, recipients=_provider(decided), code=fact.kind)


def _capacity(fact: Fact, decided: Decided) -> Iterator[Said]:
    yield Said(kind=MessageKind.CAPACITY_EXCEEDED, recipients=_provider(decided), number=fact.over)


def _bypass(fact: Fact, decided: Decided) -> Iterator[Said]:
    """Only an unexplained one: to ops, and to whoever's window or nominations it went past; never where to."""
    if fact.code is None:
        vacancy = None if decided.before is None else decided.before.vacancy(fact.vacancy_id)
        nominated = set() if vacancy is None else {each.council for each in vacancy.nominations}
        passed = sorted({*decided.without_released(fact.window_id), *nominated})
        yield Said(kind=MessageKind.BYPASS_RECORDED, recipients=[*_teams(passed), OPS])


def is_downgrade(was: str, judgement: str) -> bool:
    """Tell whether the second judgement is worse than the first; between different scales neither is."""
    for order in JUDGEMENT_ORDER:
        if was in order and judgement in order:
            return order.index(Judgement(judgement)) > order.index(Judgement(was))
    return False


def _judged(fact: Fact, decided: Decided) -> Iterator[Said]:
    if is_downgrade(fact.was, fact.judgement):
        kind = MessageKind.SETTING_DOWNGRADED
        yield Said(kind=kind, recipients=_teams(_concerned(decided)), code=fact.judgement)


def _concerned(decided: Decided) -> list[str]:
    """Councils that had or have an open window, a hold or a reservation in the setting."""
    councils: set[str] = set()
    for setting in (decided.before, decided.after):
        for vacancy in () if setting is None else setting.vacancies():
            councils |= {each.council for each in (vacancy.hold, vacancy.reservation) if each is not None}
            councils |= (
                set() if vacancy.window is None else {*vacancy.window.members} - {*vacancy.window.released}
            )
    return sorted(councils)


RULES: dict[str, Rule] = {
    "WindowOpened": _window_opened,
    "WindowEnded": _window_ended,
    "WindowExtensionAsked": _extension_asked,
    "WindowExtended": _moved,
    "WindowToppedUp": _moved,
    "WindowPaused": _moved,
    "WindowMoved": _moved,
    "WindowCredited": _credited,
    "ChoiceOpened": _choice_opened,
    "NominationVouched": _vouched,
    "NominationEnded": _nomination_ended,
    "PlaceHeld": _place_held,
    "HoldEnded": _hold_ended,
    "TakeAgreed": _take_agreed,
    "MoveInOverdue": _overdue,
    "MovedIn": _moved_in,
    "FellThrough": _fell_through,
    "VacancyAged": _to_provider(MessageKind.VACANCY_AGED),
    "VacancyBecameStale": _to_provider(MessageKind.VACANCY_STALE),
    "VacancyWithdrawn": _withdrawn,
    "PlaceReviewDue": _to_provider(MessageKind.PLACE_REVIEW_DUE),
    "ProfileNeedsCorrection": _to_provider(MessageKind.PROFILE_NEEDS_CORRECTION),
    "ConflictFound": _conflict,
    "CapacityExceeded": _capacity,
    "BypassRecorded": _bypass,
    "SettingJudged": _judged,
}
