"""What a message says, in short plain English, from ids, instants, closed words and display names.

Knows no channel. Display names come in when a message is sent and go nowhere else. No text names a council, and
none can name a child, for nothing here knows one.
"""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.words import MessageKind, Role, WindowOutcome

from .hours import day, london
from .messages import Inbox, Message

Names = Callable[[str, str], str]
"""The display name of a `setting`, `provider` or `council` by its id; the id itself where there is none."""


@dataclass(frozen=True, slots=True)
class Link:
    """A path with ids only, and what it does."""

    label: str
    path: str


@dataclass(frozen=True, slots=True)
class Text:
    subject: str
    lines: tuple[str, ...]
    links: tuple[Link, ...] = ()

    def body(self, base_url: str) -> str:
        """The lines, then one line for every link."""
        links = (f"{link.label}: {base_url.rstrip('/')}{link.path}" for link in self.links)
        return "\n".join((*self.lines, *links)) + "\n"


PLAIN_WORDS = {
    "lapsed": "nobody nominated before the deadline",
    "untold": "no channel reached a team during the window",
    "withdrawn": "the vacancy was withdrawn",
    "rejudged": "the setting may not be offered now",
    "bypassed": "the place went outside the order",
    "corrected": "a mistake was put right",
    "another_chosen": "the provider chose another nomination",
    "unanswered_by_provider": "the provider did not answer in time",
    "window_ended": "the window ended",
    "place_gone": "the place is no longer free",
    "referral_not_open": "the referral is not open",
    "impact_on_current_residents": "impact on the children who live there",
    "ofsted_rating_concern": "a concern about the Ofsted rating",
    "let_go": "the council let it go",
    "place_filled": "the place was filled",
    "first": "first fill",
    "planned": "planned re-fill",
    "emergency": "emergency",
    "foster": "foster vacancy",
    "not_confirmed": "it was not confirmed for too long",
    "numbers_fewer": "the number of vacancies stated was lower",
    "nil_return": "a nil return",
    "fewer_vacancies_than_held": "fewer vacancies were stated than places are held",
    "more_vacancies_than_free_places": "more vacancies were stated than there are free places",
    "already_filled": "the place was said to be filled already",
    "stale_instance": "the hold was already over",
}


def words(code: str) -> str:
    """A word of a closed list as people say it."""
    return PLAIN_WORDS.get(code, code.replace("_", " "))


def text(message: Message, names: Names) -> Text:
    """What the message says. Every kind has a text."""
    return TEXTS[message.kind](message, names)


def _place(message: Message, names: Names) -> str:
    where = names("setting", message.about.setting_id)
    return f"place {message.about.place} at {where}" if message.about.place else where


def _sentence(line: str) -> str:
    return line[0].upper() + line[1:]


def _due(message: Message) -> str:
    return london(message.until) if message.until is not None else "its deadline"


def _vacancy_line(message: Message) -> str:
    return f"Vacancy {message.about.vacancy_id}."


def _window_link(message: Message) -> Link:
    return Link("Acknowledge, nominate or release", f"/windows/{message.about.window_id}")


def _referral_link(message: Message) -> Link:
    return Link("The referral", f"/referrals/{message.about.referral_id}")


def _vacancy_link(message: Message) -> Link:
    return Link("The vacancy", f"/vacancies/{message.about.vacancy_id}")


def _setting_link(message: Message) -> Link:
    return Link("The setting", f"/settings/{message.about.setting_id}")


def _opened(message: Message, names: Names) -> Text:
    place = _place(message, names)
    lines = (
        f"You are offered {place} until {_due(message)} ({words(message.code)}).",
        _vacancy_line(message),
    )
    return Text(f"Offered to you until {_due(message)}: {place}", lines, (_window_link(message),))


def _reminder(message: Message, names: Names) -> Text:
    place = _place(message, names)
    line = f"The offer of {place} waits for your answer until {_due(message)}."
    return Text(
        f"Reminder: answer until {_due(message)}", (line, _vacancy_line(message)), (_window_link(message),)
    )


def _last_reminder(message: Message, names: Names) -> Text:
    place = _place(message, names)
    lines = [f"The offer of {place} ends at {_due(message)} and has had no answer.", _vacancy_line(message)]
    if message.recipient.inbox is Inbox.DUTY_MANAGER:
        lines.append("The team has been reminded; this goes to the duty manager too.")
    return Text(f"Last reminder: the offer ends at {_due(message)}", tuple(lines), (_window_link(message),))


def _ended(message: Message, names: Names) -> Text:
    is_team = message.recipient.role is Role.TEAM
    is_lapse = message.code in (WindowOutcome.LAPSED, WindowOutcome.UNTOLD)
    subject = f"{'Your' if is_team else 'An'} offer window has {'lapsed' if is_lapse else 'ended'}"
    line = f"The offer window for {_place(message, names)} is over: {words(message.code)}."
    return Text(subject, (line, _vacancy_line(message)), (_vacancy_link(message),))


def _extension_asked(message: Message, names: Names) -> Text:
    line = (
        f"The council whose window is open for {_place(message, names)} asks for {message.number} more hours "
        f"({words(message.code)}). It counts only if you agree before {_due(message)}."
    )
    link = Link("Agree", f"/windows/{message.about.window_id}")
    return Text("A longer offer window is asked for", (line, _vacancy_line(message)), (link,))


def _moved(message: Message, names: Names) -> Text:
    because = f" ({words(message.code)})" if message.code else ""
    line = f"The deadline of the offer of {_place(message, names)} has moved: answer until {_due(message)}{because}."
    return Text(f"New deadline: {_due(message)}", (line,), (_window_link(message),))


def _credited(message: Message, names: Names) -> Text:
    if message.recipient.role is Role.OPS:
        line = f"Nobody was told of window {message.about.window_id}. It got one more full length."
        return Text("An outage: nobody was told of a window", (line, "Check the channels of its audience."))
    line = (
        f"You could not be told of the offer of {_place(message, names)} in time. "
        f"The window has its full length once more, until {_due(message)}."
    )
    return Text(
        f"Offered to you until {_due(message)}", (line, _vacancy_line(message)), (_window_link(message),)
    )


def _choice(message: Message, names: Names) -> Text:
    line = f"Nominations for {_place(message, names)} are complete. Choose until {_due(message)}."
    return Text(
        f"Choose a nomination until {_due(message)}",
        (line, _vacancy_line(message)),
        (_vacancy_link(message),),
    )


def _received(message: Message, names: Names) -> Text:
    line = f"{message.about.referral_id} is nominated for {_place(message, names)}. Accept or decline it."
    link = Link("The nomination", f"/nominations/{message.about.nomination_id}")
    return Text("A nomination for your vacancy", (line, _vacancy_line(message)), (link,))


def _nomination_ended(message: Message, names: Names) -> Text:
    place, referral = _place(message, names), message.about.referral_id
    if message.recipient.role is Role.PROVIDER:
        line = f"{referral} is no longer nominated for {place}: {words(message.code)}."
        return Text("A nomination was withdrawn", (line, _vacancy_line(message)))
    line = f"Your nomination of {referral} for {place} has ended: {words(message.code)}."
    return Text("Your nomination has ended", (line, _vacancy_line(message)), (_referral_link(message),))


def _held(message: Message, names: Names) -> Text:
    line = (
        f"The provider holds {_place(message, names)} for {message.about.referral_id} until {_due(message)}."
    )
    return Text(
        f"A place is held until {_due(message)}: take it or let it go", (line,), (_referral_link(message),)
    )


def _hold_ended(message: Message, names: Names) -> Text:
    place, referral = _place(message, names), message.about.referral_id
    line = f"The hold of {place} for {referral} has ended: {words(message.code)}."
    return Text("A hold has ended", (line, _vacancy_line(message)))


def _taken(message: Message, names: Names) -> Text:
    start = f" from {day(message.on)}" if message.on is not None else ""
    line = _sentence(f"{_place(message, names)} is reserved for {message.about.referral_id}{start}.")
    if message.recipient.role is Role.PROVIDER:
        return Text("Your place is reserved", (line, _vacancy_line(message)), (_vacancy_link(message),))
    return Text("The place is yours", (line, _vacancy_line(message)), (_referral_link(message),))


def _take_refused(message: Message, _: Names) -> Text:
    line = f"The place could not be taken for {message.about.referral_id}: {words(message.code)}."
    lines = (line, "The referral is open again.")
    return Text("The place could not be taken", lines, (_referral_link(message),))


def _overdue(message: Message, names: Names) -> Text:
    line = f"The start at {_place(message, names)} has passed without a word. Say whether the child moved in."
    return Text("Has the child moved in?", (line, _vacancy_line(message)), (_vacancy_link(message),))


def _moved_in(message: Message, names: Names) -> Text:
    line = f"The move of {message.about.referral_id} to {_place(message, names)} is recorded."
    return Text("Moved in", (line,))


def _fell_through(message: Message, names: Names) -> Text:
    line = (
        f"The placement of {message.about.referral_id} at {_place(message, names)} fell through: "
        f"{words(message.code)}."
    )
    return Text("A placement fell through", (line, _vacancy_line(message)))


def _one_click(message: Message) -> tuple[Link, ...]:
    base = f"/confirm/{message.about.vacancy_id}"
    return (
        Link("No change", f"{base}/no-change"),
        Link("Still vacant", f"{base}/still-vacant"),
        Link("Filled", f"{base}/filled"),
    )


def _ageing(message: Message, names: Names) -> Text:
    line = f"Is {_place(message, names)} still vacant? It was last confirmed more than a week ago."
    return Text("Is it still vacant?", (line, _vacancy_line(message)), _one_click(message))


def _stale(message: Message, names: Names) -> Text:
    line = f"{_place(message, names)} is stale: it is not offered or matched until you confirm it."
    return Text(
        "Your vacancy is stale", (line[0].upper() + line[1:], _vacancy_line(message)), _one_click(message)
    )


def _withdrawn(message: Message, names: Names) -> Text:
    line = f"The vacancy of {_place(message, names)} was withdrawn: {words(message.code)}."
    return Text("Your vacancy was withdrawn", (line, _vacancy_line(message)), (_setting_link(message),))


def _review(message: Message, names: Names) -> Text:
    line = f"Is {_place(message, names)} still unusable ({words(message.code)})? Its review is due."
    return Text("Review of an unusable place is due", (line,), (_setting_link(message),))


def _profile(message: Message, names: Names) -> Text:
    line = (
        f"You declined needs outside the registration of {names('setting', message.about.setting_id)}. "
        "Correct its profile, so that such needs are not offered again."
    )
    return Text("A profile needs correction", (line,), (_setting_link(message),))


def _conflict(message: Message, names: Names) -> Text:
    where = names("setting", message.about.setting_id)
    line = f"Two statements about {where} cannot both be so: {words(message.code)}. Say what is right."
    return Text("Two statements contradict each other", (line,), (_setting_link(message),))


def _capacity(message: Message, names: Names) -> Text:
    where = names("setting", message.about.setting_id)
    lines = (
        _sentence(f"{where} has {message.number} more places in use than registered."),
        "Nothing is offered there until that is put right.",
    )
    return Text("More places in use than registered", lines, (_setting_link(message),))


def _bypass(message: Message, names: Names) -> Text:
    line = _sentence(f"{_place(message, names)} went outside the order of offers, without a reason given.")
    return Text("A vacancy went outside the order", (line, _vacancy_line(message)))


def _downgraded(message: Message, names: Names) -> Text:
    where = names("setting", message.about.setting_id)
    line = f"The judgement of {where} is {words(message.code)} now."
    lines = (line, "You have a window, a hold or a reserved place there.")
    return Text("A judgement was lowered", lines, (_setting_link(message),))


def _referral_due(message: Message, _: Names) -> Text:
    line = f"Referral {message.about.referral_id} is not matched until you confirm that it is still needed."
    return Text("Confirm your referral", (line,), (_referral_link(message),))


def _match(message: Message, names: Names) -> Text:
    if message.number > 1:
        line = f"{message.number} vacancies fit {message.about.referral_id}."
    else:
        line = f"A vacancy at {names('setting', message.about.setting_id)} fits {message.about.referral_id}."
    return Text(f"A match for {message.about.referral_id}", (line,), (_referral_link(message),))


TEXTS: dict[MessageKind, Callable[[Message, Names], Text]] = {
    MessageKind.WINDOW_OPENED: _opened,
    MessageKind.WINDOW_UNACKNOWLEDGED: _reminder,
    MessageKind.WINDOW_NEARLY_OVER: _last_reminder,
    MessageKind.WINDOW_MOVED: _moved,
    MessageKind.WINDOW_ENDED: _ended,
    MessageKind.WINDOW_CREDITED: _credited,
    MessageKind.EXTENSION_ASKED: _extension_asked,
    MessageKind.NOMINATION_RECEIVED: _received,
    MessageKind.NOMINATION_ENDED: _nomination_ended,
    MessageKind.CHOICE_OPENED: _choice,
    MessageKind.PLACE_HELD: _held,
    MessageKind.HOLD_ENDED: _hold_ended,
    MessageKind.PLACE_TAKEN: _taken,
    MessageKind.TAKE_REFUSED: _take_refused,
    MessageKind.MOVE_IN_OVERDUE: _overdue,
    MessageKind.MOVED_IN: _moved_in,
    MessageKind.FELL_THROUGH: _fell_through,
    MessageKind.VACANCY_AGED: _ageing,
    MessageKind.VACANCY_STALE: _stale,
    MessageKind.VACANCY_WITHDRAWN: _withdrawn,
    MessageKind.MATCH_FOUND: _match,
    MessageKind.REFERRAL_CONFIRMATION_DUE: _referral_due,
    MessageKind.PLACE_REVIEW_DUE: _review,
    MessageKind.PROFILE_NEEDS_CORRECTION: _profile,
    MessageKind.CONFLICT_FOUND: _conflict,
    MessageKind.CAPACITY_EXCEEDED: _capacity,
    MessageKind.BYPASS_RECORDED: _bypass,
    MessageKind.SETTING_DOWNGRADED: _downgraded,
}
