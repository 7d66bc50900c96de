"""Councils in the ordinary weeks: they refer, look at windows, put children forward, take places."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from schemas import referrals, vacancies
from schemas.words import CloseReason, CouncilDecline, ExtendReason
from services.demo.people import Known, People, setting_of
from services.demo.play import Act, Play
from services.demo.stage import Happened, Stage, team
from services.demo.world import FIRST, NEEDS, Home
from services.matcher.adapters.terms_files import POLICY

RELEASES = tuple(each for each in CouncilDecline if each is not CouncilDecline.QUALITY_CONCERN)
STANDS_BY = 0.3
"""How often somebody stands by while one council has a window alone."""


class Councils(People):
    """The brokerage teams of all councils."""

    def __init__(
        self, stage: Stage, play: Play, known: Known, homes: Mapping[str, Home], councils: Sequence[str]
    ) -> None:
        super().__init__(stage, play, known, homes)
        self._councils = councils
        self._own: dict[str, str] = {}
        """The council of each referral of the ordinary weeks."""
        self.reactions = {
            "WindowOpened": self._window_opened,
            "WindowEnded": self._window_ended,
            "match_found": self._match_found,
            "PlaceHeld": self._place_held,
            "MovedIn": self._moved_in,
            "ReferralOpened": self._referral_opened,
            "ReferralReopened": self._referral_opened,
            "ReferralConfirmationDue": self._confirmation_due,
            "Placed": self._referral_gone,
            "ReferralClosed": self._referral_gone,
        }

    # --- offer windows ------------------------------------------------------------------------------------

    def _window_opened(self, happened: Happened) -> None:
        if not self.is_ours(happened.key):
            return
        fact = dict(happened.fact)
        self.known.windows[fact["window_id"]] = fact
        self.known.window_of[fact["vacancy_id"]] = fact["window_id"]
        rng = self.stage.rng
        members = fact["members"]
        looking = members if len(members) == 1 else rng.sample(members, min(3, len(members)))
        for council in looking:
            act = self._looks(fact["window_id"], council, is_alone=len(members) == 1)
            self.play.begin(act, self.pause(fact["kind"], 0.5, 5))
        if fact["tier"] == 1 and len(members) == 1 and rng.random() < STANDS_BY:
            self.play.begin(self._stands_by(fact["vacancy_id"]), self.pause(fact["kind"], 1, 8))

    def _looks(self, window_id: str, council: str, *, is_alone: bool) -> Act:
        """A team looks at a window: acknowledges it, then puts a child forward, lets it go, or does nothing."""
        rng, stage = self.stage.rng, self.stage
        window = self.known.windows.get(window_id)
        if window is None:
            return
        if rng.random() < 0.85:
            stage.say(
                team(council),
                vacancies.AcknowledgeWindow,
                setting_id=setting_of(window_id),
                window_id=window_id,
            )
        if is_alone and rng.random() < 0.06:
            said = {"window_id": window_id, "seconds": 8 * 3600, "reason": ExtendReason.VISIT}
            stage.say(team(council), vacancies.ExtendWindow, setting_id=setting_of(window_id), **said)
        yield self.pause(window["kind"], 1, 8)
        if window_id not in self.known.windows:
            return
        if self._puts_forward(window_id, council):
            return
        if rng.random() < (0.55 if is_alone else 0.3):
            said = {"window_id": window_id, "reason": rng.choice(RELEASES)}
            stage.say(team(council), vacancies.ReleaseWindow, setting_id=setting_of(window_id), **said)

    def _puts_forward(self, window_id: str, council: str) -> bool:
        """Nominate the council's referrals that fit, the ones that were matched first."""
        fits = self.known.fits.get(window_id, {}).get(council, [])
        fits = [each for each in fits if self.known.open_referrals.get(each) == council]
        fits = [each for each in fits if self.known.nominated.get(each, 0) < 2][
            : self.stage.rng.choice((1, 1, 2))
        ]
        for referral_id in fits:
            self.known.nominated[referral_id] = self.known.nominated.get(referral_id, 0) + 1
            said = {"window_id": window_id, "referral_id": referral_id}
            self.stage.say(team(council), vacancies.Nominate, setting_id=setting_of(window_id), **said)
        return bool(fits)

    def _match_found(self, happened: Happened) -> None:
        fact = happened.fact
        if fact["near_miss"] is not None or fact["is_anticipated"] or fact["referral_id"] not in self._own:
            return
        window_id, council = fact["window_id"], fact["council"]
        if window_id is None:
            return
        known = self.known.fits.setdefault(window_id, {}).setdefault(council, [])
        if fact["referral_id"] not in known:
            known.append(fact["referral_id"])
        window = self.known.windows.get(window_id)
        if window is not None and len(window["members"]) > 1 and self.stage.rng.random() < 0.15:
            act = self._looks(window_id, council, is_alone=False)
            self.play.begin(act, self.pause(window["kind"], 0.5, 4))

    def _stands_by(self, vacancy_id: str) -> Act:
        """A neighbour that sees the place's profile stands by with a child of its own."""
        window = self.known.windows.get(self.known.window_of.get(vacancy_id, ""))
        waiting = self.known.open_referrals.items()
        holder = window["members"] if window is not None else ()
        theirs = [each for each, council in waiting if council in FIRST and council not in holder]
        if window is not None and theirs:
            referral_id = self.stage.rng.choice(theirs)
            said = {"vacancy_id": vacancy_id, "referral_id": referral_id}
            council = team(self.known.open_referrals[referral_id])
            self.stage.say(council, vacancies.RegisterStandby, setting_id=setting_of(vacancy_id), **said)
        yield self.stage.soon()

    def _window_ended(self, happened: Happened) -> None:
        self.known.windows.pop(happened.fact["window_id"], None)
        self.known.window_of.pop(happened.fact["vacancy_id"], None)
        self.known.fits.pop(happened.fact["window_id"], None)

    # --- taking -------------------------------------------------------------------------------------------

    def _place_held(self, happened: Happened) -> None:
        if self.is_ours(happened.key) and self.stage.rng.random() < 0.88:
            self.play.begin(
                self._takes(dict(happened.fact)), self.stage.after(self.stage.rng.uniform(0.3, 5))
            )

    def _takes(self, held: dict[str, Any]) -> Act:
        starts_on = self.stage.today + timedelta(days=self.stage.rng.choice((1, 2, 3, 5)))
        said = {"referral_id": held["referral_id"], "hold_id": held["hold_id"], "starts_on": starts_on}
        self.stage.say(team(held["council"]), referrals.TakePlace, **said)
        yield self.stage.soon()

    # --- referrals ----------------------------------------------------------------------------------------

    def refers(self) -> Act:
        """A council submits a referral."""
        rng = self.stage.rng
        council = rng.choice(list(FIRST)) if rng.random() < 0.5 else rng.choice(self._councils)
        referral_id = self.stage.new_referral()
        self._own[referral_id] = council
        needs = {
            "age": rng.randint(7, 17),
            "gender": rng.choice(("female", "male")),
            "provisions": ["childrens_home"],
            "needs": sorted(rng.sample(NEEDS, rng.choice((0, 1, 1, 2)))),
            "needed_by": (self.stage.today + timedelta(days=rng.choice((2, 7, 14, 21, 28)))).isoformat(),
            "urgency": rng.choice(("same_day", "days", "weeks", "weeks")),
            "home_borough": council,
            "fee_max": rng.choice((None, None, 600_000)),
        }
        said = {"referral_id": referral_id, "council": council, "needs": needs, "policy": POLICY}
        self.stage.say(team(council), referrals.ReferralSubmitted, **said)
        yield self.stage.soon()

    def _referral_opened(self, happened: Happened) -> None:
        if happened.key in self._own:
            self.known.open_referrals[happened.key] = self._own[happened.key]

    def _referral_gone(self, happened: Happened) -> None:
        self.known.open_referrals.pop(happened.key, None)

    def _moved_in(self, happened: Happened) -> None:
        council = self._own.get(happened.fact["referral_id"])
        if council is not None:
            act = self._closes(happened.fact["referral_id"], council, CloseReason.NO_LONGER_NEEDED)
            self.play.begin(act, self.stage.after(self.stage.rng.uniform(8, 24)))

    def _confirmation_due(self, happened: Happened) -> None:
        council = self._own.get(happened.key)
        if council is None:
            return
        at = self.stage.after(self.stage.rng.uniform(1, 8))
        if self.stage.rng.random() < 0.75:
            self.play.begin(self._confirms_referral(happened.key, council), at)
        else:
            self.play.begin(self._closes(happened.key, council, CloseReason.PLACED_ELSEWHERE), at)

    def _confirms_referral(self, referral_id: str, council: str) -> Act:
        self.stage.say(team(council), referrals.ReferralConfirmed, referral_id=referral_id)
        yield self.stage.soon()

    def _closes(self, referral_id: str, council: str, reason: CloseReason) -> Act:
        self.stage.say(team(council), referrals.ReferralClosed, referral_id=referral_id, reason=reason)
        yield self.stage.soon()
