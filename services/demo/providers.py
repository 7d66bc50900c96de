"""Providers in the ordinary weeks: they report, answer what they see, and let children move in."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from schemas import vacancies
from schemas.words import ChoiceReason, FallThroughReason, Kind, ProviderDecline
from services.demo.people import Known, People, setting_of
from services.demo.play import Act, Play
from services.demo.stage import Happened, Stage, team
from services.demo.world import FIRST, Home
from services.matcher.domain.calendar import LONDON

DECLINES = (
    ProviderDecline.IMPACT_ON_CURRENT_RESIDENTS,
    ProviderDecline.STAFFING_OR_SKILLS,
    ProviderDecline.INSUFFICIENT_INFORMATION,
    ProviderDecline.LOCATION_RISK,
)
FELL = (
    FallThroughReason.PLAN_CHANGED,
    FallThroughReason.CHILD_OR_FAMILY_VIEWS,
    FallThroughReason.GROUP_CHANGED,
)
AFTERNOON = time(15)
CONFIRMS = 0.6


class Providers(People):
    """All homes of the ordinary weeks."""

    def __init__(
        self, stage: Stage, play: Play, known: Known, homes: Mapping[str, Home], share_with_agreement: float
    ) -> None:
        super().__init__(stage, play, known, homes)
        self._share_with_agreement = share_with_agreement
        self._near: Sequence[Home] = [home for home in homes.values() if home.borough in FIRST]
        self._far: Sequence[Home] = [home for home in homes.values() if home.borough not in FIRST]
        self.reactions = {
            "NominationVouched": self._nomination_vouched,
            "NominationEnded": self._nomination_ended,
            "ChoiceOpened": self._choice_opened,
            "TakeAgreed": self._take_agreed,
            "VacancyAged": self._vacancy_aged,
            "LadderEnded": self._ladder_ended,
            "WindowExtensionAsked": self._extension_asked,
        }

    # --- reporting ----------------------------------------------------------------------------------------

    def posts(self) -> Act:
        """A provider posts a vacancy on a place of which it has said nothing yet."""
        rng = self.stage.rng
        home = self._home()
        busy = self.known.busy.setdefault(home.setting_id, set())
        free = [number for number in range(1, home.places + 1) if number not in busy]
        if not free:
            return
        busy.add(free[0])
        kind = Kind.EMERGENCY if rng.random() < 0.07 else Kind.PLANNED
        fee = (
            None
            if home.borough not in FIRST and rng.random() < 0.3
            else rng.randrange(380_000, 640_000, 5_000)
        )
        days = rng.choice((0, 0, 1, 3, 7))
        self.stage.say(
            home.by,
            vacancies.VacancyPosted,
            setting_id=home.setting_id,
            place=free[0],
            kind=kind,
            available_from=self.stage.today + timedelta(days=days),
            fee=fee,
        )
        yield from self._confirms_weekly(home)

    def _home(self) -> Home:
        is_near = self._near and self.stage.rng.random() < self._share_with_agreement
        return self.stage.rng.choice(self._near if is_near else self._far)

    def _confirms_weekly(self, home: Home) -> Act:
        """Most say every week that all is as it was; the others wait to be reminded."""
        while self.stage.rng.random() < CONFIRMS and self._has_vacancy(home):
            yield self.stage.after(38 + self.stage.rng.uniform(0, 4))
            if self._has_vacancy(home):
                self.stage.say(home.by, vacancies.NoChange, setting_id=home.setting_id)

    def _has_vacancy(self, home: Home) -> bool:
        record = self.stage.log.latest("offers", home.setting_id)
        return record is None or any(
            place["vacancy"] for place in self.stage.setting(home.setting_id)["places"]
        )

    def _vacancy_aged(self, happened: Happened) -> None:
        if self.is_ours(happened.key) and self.stage.rng.random() < 0.75:
            act = self._confirms(happened.key, happened.fact["vacancy_id"])
            self.play.begin(act, self.stage.after(self.stage.rng.uniform(1, 10)))

    def _ladder_ended(self, happened: Happened) -> None:
        if self.is_ours(happened.key) and self.stage.rng.random() < 0.2:
            act = self._confirms(happened.key, happened.fact["vacancy_id"])
            self.play.begin(act, self.stage.after(self.stage.rng.uniform(8, 30)))

    def _confirms(self, setting_id: str, vacancy_id: str) -> Act:
        home = self.homes[setting_id]
        if self.stage.vacancy(vacancy_id) is not None:
            self.stage.say(home.by, vacancies.VacancyConfirmed, setting_id=setting_id, vacancy_id=vacancy_id)
        yield self.stage.soon()

    # --- answering ----------------------------------------------------------------------------------------

    def _nomination_vouched(self, happened: Happened) -> None:
        fact = happened.fact
        if not self.is_ours(happened.key) or "council" not in fact:
            return
        self.known.vouched.setdefault(fact["vacancy_id"], {})[fact["nomination_id"]] = dict(fact)
        window = self.known.windows.get(self.known.window_of.get(fact["vacancy_id"], ""))
        if window is not None and len(window["members"]) == 1:
            self.play.begin(self._answers(fact["vacancy_id"]), self.pause(window["kind"], 1, 7))

    def _choice_opened(self, happened: Happened) -> None:
        if self.is_ours(happened.key):
            self.play.begin(
                self._answers(happened.fact["vacancy_id"]), self.stage.after(self.stage.rng.uniform(0.5, 6))
            )

    def _answers(self, vacancy_id: str) -> Act:
        """A provider answers what it sees: usually one is accepted, some are declined, a few stay unanswered."""
        rng, home = self.stage.rng, self.homes[setting_of(vacancy_id)]
        pending = list(self.known.vouched.get(vacancy_id, {}))
        if not pending or rng.random() < 0.08:
            return
        chosen = pending[0]
        if rng.random() < 0.7:
            said = {"nomination_id": chosen, "reason": ChoiceReason.BEST_MATCH}
            self.stage.say(home.by, vacancies.AcceptNomination, setting_id=home.setting_id, **said)
        else:
            said = {"nomination_id": chosen, "reason": rng.choice(DECLINES)}
            self.stage.say(home.by, vacancies.DeclineNomination, setting_id=home.setting_id, **said)
        yield self.stage.after(1)
        if self.known.vouched.get(vacancy_id) and chosen not in self.known.vouched[vacancy_id]:
            self.play.begin(self._answers(vacancy_id), self.stage.after(1))

    def _nomination_ended(self, happened: Happened) -> None:
        fact = happened.fact
        self.known.vouched.get(fact["vacancy_id"], {}).pop(fact["nomination_id"], None)
        referral_id = fact["referral_id"]
        if referral_id in self.known.nominated:
            self.known.nominated[referral_id] = max(0, self.known.nominated[referral_id] - 1)

    def _extension_asked(self, happened: Happened) -> None:
        if self.is_ours(happened.key) and self.stage.rng.random() < 0.7:
            self.play.begin(self._consents(happened), self.stage.after(1))

    def _consents(self, happened: Happened) -> Act:
        home, window_id = self.homes[happened.key], happened.fact["window_id"]
        if window_id in self.known.windows:
            self.stage.say(
                home.by, vacancies.ConsentToExtension, setting_id=happened.key, window_id=window_id
            )
        yield self.stage.soon()

    # --- moving in ----------------------------------------------------------------------------------------

    def _take_agreed(self, happened: Happened) -> None:
        if not self.is_ours(happened.key):
            return
        fact, rng = dict(happened.fact), self.stage.rng
        at = self._afternoon(date.fromisoformat(fact["starts_on"]))
        if rng.random() < 0.08:
            at = max(self.stage.after(1), at - timedelta(hours=20))
            self.play.begin(self._falls_through(fact), at)
        else:
            is_silent = rng.random() < 0.06
            self.play.begin(self._moves_in(fact), at + timedelta(days=2) * is_silent)

    def _afternoon(self, day: date) -> datetime:
        if self.stage.pace.hour is not None:
            return self.stage.after(self.stage.rng.uniform(6, 12))
        return max(datetime.combine(day, AFTERNOON, LONDON).astimezone(UTC), self.stage.soon())

    def _moves_in(self, fact: dict[str, Any]) -> Act:
        home = self.homes[setting_of(fact["vacancy_id"])]
        self.stage.say(home.by, vacancies.MovedIn, setting_id=home.setting_id, vacancy_id=fact["vacancy_id"])
        yield self.stage.soon()

    def _falls_through(self, fact: dict[str, Any]) -> Act:
        said = {"vacancy_id": fact["vacancy_id"], "reason": self.stage.rng.choice(FELL)}
        self.stage.say(
            team(fact["council"]), vacancies.FellThrough, setting_id=setting_of(fact["vacancy_id"]), **said
        )
        yield self.stage.soon()
