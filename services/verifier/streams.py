"""Holds what audiences and councils are shown against the windows that were open.

Knows listings and matches. Audiences are in no order among each other; one audience's stream is in order by version.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

from runtime.log import Record
from schemas import listings, matches, referrals
from schemas.words import Supply

from .domain.promises import Promise, Tally
from .inputs import LAG_MAX
from .reading import LogView
from .steps import input_of
from .windows import Track, Windows


@dataclass(slots=True)
class Shown:
    """A vacancy that is listed for answer to one audience, from one of its setting's versions to another."""

    audience: str
    window_id: str
    record: Record
    since: int
    until: float = inf
    """The version with which it is listed so no more."""


@dataclass(slots=True)
class Streams:
    """Folds listings and matches."""

    tally: Tally
    view: LogView
    windows: Windows
    council_of: Mapping[str, str]
    """Whose each referral is, by its submission."""
    _versions: dict[tuple[str, str], int] = field(default_factory=dict)
    _shown: defaultdict[str, list[Shown]] = field(default_factory=lambda: defaultdict(list))
    _matched: dict[str, tuple[matches.MatchFound, Record]] = field(default_factory=dict)

    # --- listings ----------------------------------------------------------------------------------------------

    def read_listings(self) -> None:
        for record in self.view.counted("listings"):
            match input_of(record):
                case listings.VacancyListed() as listed:
                    self._step(record, listed, listed.vacancy_id)
                    self._list(record, listed)
                case listings.VacancyUnlisted() as gone:
                    self._step(record, gone, gone.vacancy_id)
                    self._end(gone.vacancy_id, gone)
                case listings.NeedListed() as need:
                    self._step(record, need, need.referral_id)
                    is_its_own = self.council_of.get(need.referral_id, need.council) == need.council
                    reason = f"{need.referral_id} is listed as another council's"
                    self.tally.check(Promise.OWN_STREAM, is_its_own, record, reason)
                case listings.NeedUnlisted() as gone_need:
                    self._step(record, gone_need, gone_need.referral_id)
        for vacancy_id, shown in self._shown.items():
            self._judge_alone(vacancy_id, shown)
        self._judge_left_over()

    def _step(self, record: Record, listing: listings.Listing, subject: str) -> None:
        """Versions of one subject in one audience never go back."""
        name = (listing.audience, subject)
        is_forward = listing.version >= self._versions.get(name, 0)
        reason = f"{subject} goes back to version {listing.version} for {listing.audience}"
        self.tally.check(Promise.LISTINGS_FORWARD, is_forward, record, reason)
        self._versions[name] = max(listing.version, self._versions.get(name, 0))

    def _list(self, record: Record, listed: listings.VacancyListed) -> None:
        self._end(listed.vacancy_id, listed)
        if listed.supply is not Supply.VACANT or listed.is_standby or listed.window_id is None:
            return
        shown = Shown(listed.audience, listed.window_id, record, listed.version)
        self._shown[listed.vacancy_id].append(shown)
        self._judge_listed(record, listed, self.windows.tracks.get(listed.window_id))

    def _end(self, vacancy_id: str, listing: listings.Listing) -> None:
        """Note that what this audience was told of a vacancy before stands no more."""
        for shown in self._shown.get(vacancy_id, ()):
            if shown.audience == listing.audience and shown.until == inf:
                shown.until = listing.version

    def _judge_listed(self, record: Record, listed: listings.VacancyListed, track: Track | None) -> None:
        is_open = (
            track is not None
            and track.vacancy_id == listed.vacancy_id
            and track.opened_in <= listed.version
            and (track.ended_in is None or listed.version < track.ended_in)
        )
        reason = f"{listed.window_id} is listed for answer at version {listed.version}, and was not open"
        if not self.tally.check(Promise.ONE_AUDIENCE, is_open, record, reason) or track is None:
            return
        is_its = (
            track.audience == listed.audience
            and track.members == frozenset(listed.members)
            and track.closes_at_version(listed.version) == listed.closes_at
        )
        reason = f"{listed.window_id} is listed to another audience, or with another deadline, than it has"
        self.tally.check(Promise.ONE_AUDIENCE, is_its, record, reason)

    def _judge_alone(self, vacancy_id: str, shown: list[Shown]) -> None:
        """At every version one audience at most may answer, in whichever order the audiences' streams are read."""
        former: Shown | None = None
        for each in sorted(shown, key=lambda one: (one.since, one.until)):
            is_alone = former is None or former.until <= each.since or former.audience == each.audience
            names = " and ".join(sorted({each.audience, former.audience} if former else {each.audience}))
            reason = f"{vacancy_id} is listed for answer to {names}"
            self.tally.check(Promise.ONE_AUDIENCE, is_alone, each.record, reason)
            former = each if former is None or each.until >= former.until else former

    def _judge_left_over(self) -> None:
        """What is listed for answer at the end of the log is open, or has ended within the last minute."""
        for shown in (each for one in self._shown.values() for each in one if each.until == inf):
            track = self.windows.tracks.get(shown.window_id)
            is_over = track is not None and track.ended_at is not None and self._is_long_ago(track)
            reason = f"{shown.window_id} has ended and is still listed for answer to {shown.audience}"
            self.tally.check(Promise.ONE_AUDIENCE, not is_over, shown.record, reason)

    def _is_long_ago(self, track: Track) -> bool:
        return track.ended_at is not None and self.view.horizon - track.ended_at > LAG_MAX

    # --- matches -----------------------------------------------------------------------------------------------

    def read_matches(self) -> None:
        for record in self.view.counted("matches"):
            match input_of(record):
                case matches.MatchFound() as found:
                    self._find(record, found)
                case matches.MatchGone() as gone:
                    self._judge_owner(record, gone.referral_id, gone.council)
                    self._matched.pop(gone.match_id, None)
        for found, record in self._matched.values():
            track = self.windows.tracks.get(found.window_id or "")
            is_over = track is not None and self._is_long_ago(track)
            reason = f"{found.match_id} is matched still, and its window has ended"
            self.tally.check(Promise.MATCHES_WHILE_OPEN, not is_over, record, reason)

    def _find(self, record: Record, found: matches.MatchFound) -> None:
        self._judge_owner(record, found.referral_id, found.council)
        self._matched[found.match_id] = (found, record)
        if found.window_id is None:
            return
        track = self.windows.tracks.get(found.window_id)
        is_asked = track is not None and found.council in track.members
        reason = f"{found.match_id} is about a window that {found.council} may not answer"
        self.tally.check(Promise.OWN_STREAM, is_asked, record, reason)
        reason = f"{found.match_id} is about a window that never opened"
        self.tally.check(Promise.MATCHES_WHILE_OPEN, track is not None, record, reason)

    def _judge_owner(self, record: Record, referral_id: str, council: str) -> None:
        is_own = self.council_of.get(referral_id, council) == council == record.key
        reason = f"{referral_id} is not {record.key}'s own referral"
        self.tally.check(Promise.OWN_STREAM, is_own, record, reason)


def councils_of(view: LogView) -> dict[str, str]:
    """Return whose each referral is: the council of its first submission."""
    found: dict[str, str] = {}
    for record in view.records("referrals"):
        told = input_of(record)
        if isinstance(told, referrals.ReferralSubmitted | referrals.ReferralAnticipated):
            found.setdefault(record.key, told.council)
    return found
