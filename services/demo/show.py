"""Says what happens in plain words: who, when, what.

Knows facts, names and rich; must not know how things are decided.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.demo.stage import Happened
from services.directory import Directory
from services.matcher.domain.calendar import LONDON

Fields = Mapping[str, Any]
Said = tuple[str, str]
"""Who, and what."""

AUDIENCES = {"NCL": "North Central London", "NCL-FOSTERING": "North London fostering", "LONDON": "All London"}
OFTEN = 2
"""How often each kind of thing is told while the weeks fly by; after that it is only counted."""


def day_and_time(at: datetime | str) -> str:
    """An instant as London's clocks show it."""
    whole = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{whole.astimezone(LONDON):%a %d %b %H:%M}"


def plain(word: object) -> str:
    return str(word).replace("_", " ")


class Words:
    """Turns a fact into who and what."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def of(self, happened: Happened) -> Said | None:
        """Say it; None for what people are not told here."""
        teller = TELLERS.get(happened.kind)
        return None if teller is None else teller(self, happened.key, happened.fact)

    def home(self, setting_id: str) -> str:
        return self._directory.setting_name(setting_id)

    def council(self, code: object) -> str:
        return self._directory.council_name(str(code))

    def audience(self, name: object) -> str:
        return AUDIENCES.get(str(name)) or str(name).title()


def _of_home(what: str) -> Callable[[Words, str, Fields], Said]:
    """What a home does or meets; {field} is filled from the fact."""
    return lambda words, key, fact: (words.home(key), plain(what.format(**fact)))


def _of_council(what: str) -> Callable[[Words, str, Fields], Said]:
    """What a council does about a home, {home}, or about a referral, {key}."""
    return lambda words, key, fact: (
        words.council(fact["council"]),
        plain(what.format(home=words.home(key), key=key, **{**fact, "kind": fact.get("kind", "")})),
    )


def _opened(words: Words, key: str, fact: Fields) -> Said:
    again = " again" if fact["is_returned"] else ""
    what = (
        f"is offered {words.home(key)}{again} until {day_and_time(fact['closes_at'])} (tier {fact['tier']})"
    )
    return words.audience(fact["audience"]), what


def _ended(words: Words, key: str, fact: Fields) -> Said:
    why = f", {plain(fact['reason'])}" if fact["reason"] else ""
    return words.audience(
        fact["audience"]
    ), f"window for {words.home(key)} ended: {plain(fact['outcome'])}{why}"


def _until(what: str) -> Callable[[Words, str, Fields], Said]:
    """A window that has another deadline now."""
    return lambda words, key, fact: (words.home(key), f"{what}: now until {day_and_time(fact['closes_at'])}")


def _bypass(words: Words, key: str, fact: Fields) -> Said:
    return words.home(key), f"BYPASS: given outside the order, {plain(fact['code'] or 'unexplained')}"


def _nomination_ended(words: Words, key: str, fact: Fields) -> Said | None:
    why = fact["provider_reason"] or fact["council_reason"]
    if fact["end"] == "chosen":
        return None
    reason = f" ({plain(why)})" if why else ""
    return words.council(
        fact["council"]
    ), f"nomination at {words.home(key)} ended: {plain(fact['end'])}{reason}"


def _hold_ended(words: Words, key: str, fact: Fields) -> Said | None:
    if fact["end"] == "taken":
        return None
    return words.council(fact["council"]), f"hold at {words.home(key)} ended: {plain(fact['end'])}"


def _referral(what: str) -> Callable[[Words, str, Fields], Said]:
    return lambda _, key, fact: (key, plain(what.format(**fact)))


TELLERS: Mapping[str, Callable[[Words, str, Fields], Said | None]] = {
    "WindowOpened": _opened,
    "WindowEnded": _ended,
    "TierSkipped": _of_home("tier {tier} has no member today and is passed over"),
    "LadderEnded": _of_home("nobody came: every tier has had its window"),
    "OpeningBlocked": _of_home("has a vacancy that is not offered: {reason}"),
    "WindowAcknowledged": _of_council("has seen the offer of {home}"),
    "WindowReleased": _of_council("lets {home} go early: {reason}"),
    "StandbyRegistered": _of_council("stands by for {home}"),
    "NominationMade": _of_council("puts {referral_id} forward for {home}"),
    "NominationEnded": _nomination_ended,
    "WindowExtensionAsked": _of_council("asks {home} for more time: {reason}"),
    "WindowExtended": _until("window extended"),
    "WindowToppedUp": _until("window topped up after a decline"),
    "WindowPaused": _until("clock paused for information"),
    "WindowMoved": _until("told late, so the deadline moved"),
    "WindowNotTold": _of_council("could not be told of {home}: every channel failed"),
    "WindowCredited": _until("OUTAGE: nobody was told, one more full length"),
    "BypassRecorded": _bypass,
    "ChoiceOpened": _of_home("has time to choose among the nominations"),
    "ChoiceEnded": _of_home("time to choose is over, {unanswered} unanswered"),
    "PairBlocked": _of_home("cannot take {referral_id}"),
    "PlaceNeedsReview": _of_home("place {place} is to be reviewed"),
    "ProfileNeedsCorrection": _of_home("profile is to be corrected"),
    "PlaceHeld": _of_council("has a place held for {referral_id} at {home}"),
    "HoldEnded": _hold_ended,
    "TakeAgreed": _of_council("takes the place at {home} for {referral_id}"),
    "TakeRefused": _of_home("take refused: the hold had ended"),
    "MovedIn": _of_council("{referral_id} moved in at {home}"),
    "MoveInOverdue": _of_home("no word of the move-in that was due"),
    "FellThrough": _of_council("placement at {home} fell through: {reason}"),
    "Corrected": _of_home("a mistake put right: {mistake}"),
    "SettingPaused": _of_home("takes nobody for now: {reason}"),
    "SettingResumed": _of_home("takes children again"),
    "SettingClosing": _of_home("is going to close"),
    "AgreementEnded": _of_home("agreement ended"),
    "NumbersReconciled": _of_home("says {stated} vacant: {posted} posted, {withdrawn} withdrawn"),
    "ConflictFound": _of_home("two statements cannot both be so: {kind}"),
    "CapacityExceeded": _of_home("is {over} over its registered places"),
    "VacancyPosted": _of_home("place {place} is free ({kind})"),
    "VacancyAged": _of_home("is asked whether its vacancy still stands"),
    "VacancyBecameStale": _of_home("vacancy is stale: call first"),
    "VacancyWithdrawn": _of_home("vacancy withdrawn: {reason}"),
    "PlaceBecameUnusable": _of_home("place {place} is unusable: {reason}"),
    "PlaceReviewDue": _of_home("place {place}: is it usable again?"),
    "PlaceCameOnNotice": _of_home("place {place} will be free"),
    "BlockPlaceLetGo": _of_council("lets its block place at {home} go"),
    "ReferralAnticipated": _of_council("expects a need: {key}"),
    "ReferralOpened": _of_council("seeks a place for {key}"),
    "NominationDenied": _referral("is not vouched for: {code}"),
    "ReferralReopened": _referral("seeks a place again"),
    "ReferralConfirmationDue": _referral("is it still needed?"),
    "ReferralClosing": _referral("will be closed: {reason}"),
    "TakeFailed": _referral("the take failed: {code}"),
}

STYLES = {
    "BypassRecorded": "bold red",
    "WindowCredited": "bold red",
    "WindowNotTold": "red",
    "TakeRefused": "red",
    "FellThrough": "yellow",
    "ConflictFound": "yellow",
    "PlaceHeld": "green",
    "TakeAgreed": "green",
    "MovedIn": "bold green",
    "WindowOpened": "cyan",
}
WAYS = frozenset(
    {"WindowEnded", "NominationEnded", "HoldEnded", "OpeningBlocked", "VacancyWithdrawn", "Corrected"}
)
"""Kinds whose ways to end are told apart."""


COUNTED = {
    "VacancyPosted": "vacancies",
    "WindowOpened": "windows opened",
    "NominationMade": "nominations",
    "PlaceHeld": "places held",
    "TakeAgreed": "taken",
    "MovedIn": "moved in",
}
"""What is told of each week."""
WEEK = timedelta(weeks=1)


class Show:
    """Prints highlights; the rest is counted, week by week."""

    def __init__(
        self,
        console: Console,
        directory: Directory,
        *,
        begins_at: datetime | None = None,
        often: int | None = OFTEN,
    ) -> None:
        """Without `begins_at` there are no weeks; without `often` everything is told."""
        self._console, self._words, self._often = console, Words(directory), often
        self._told: Counter[str] = Counter()
        self._week: Counter[str] = Counter()
        self._weeks, self._week_ends_at = 0, None if begins_at is None else begins_at + WEEK

    def happened(self, happened: Happened) -> None:
        """Print it, if it is among the first of its kind."""
        self._week[happened.kind] += 1
        said = self._words.of(happened)
        if said is None:
            return
        kind = happened.kind
        way = kind if kind not in WAYS else f"{kind} {way_of(happened.fact)}"
        self._told[way] += 1
        if self._often is None or self._told[way] <= (1 if kind in WAYS else self._often):
            self._console.print(line(happened, said))

    def passed(self, at: datetime) -> None:
        """Say what a week came to when it is over."""
        while self._week_ends_at is not None and at >= self._week_ends_at:
            self._weeks += 1
            self._week_ends_at += WEEK
            counts = ", ".join(f"{self._week[kind]} {name}" for kind, name in COUNTED.items())
            self._console.print(Text(f"Week {self._weeks}: {counts}", style="bold magenta"))
            self._week.clear()


def way_of(fact: Fields) -> str:
    return " ".join(
        str(fact.get(name)) for name in ("outcome", "end", "provider_reason", "reason", "mistake")
    )


def line(happened: Happened, said: Said) -> Table:
    """When, who, what; a second line is set in."""
    who, what = said
    row = Table.grid(padding=(0, 2, 0, 0))
    row.add_column(width=16, no_wrap=True, style="dim")
    row.add_column(overflow="fold")
    row.add_row(
        day_and_time(happened.at),
        Text(who, style="bold") + Text(f": {what}", style=STYLES.get(happened.kind, "not bold")),
    )
    return row
