"""Puts an explanation together: the steps that led to a thing, its terms, who was asked, and what is due.

Knows which parts each kind of thing has. Decides nothing; what ops may not see is never told: what a child needs, why a
side declined one, whose choice it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from runtime.log import Log
from runtime.records import instant
from services.matcher import translate
from services.matcher.domain.policy import Terms

from . import choosing, laws
from .choosing import Chosen
from .councils import Answer, Ladder, Scene, answers, deadline, ladder
from .now import Due, referral_due, referral_now, thing_due, thing_now
from .reading import (
    Decided,
    Kind,
    Named,
    Progress,
    decisions,
    in_order,
    last_word_at,
    match_id,
    named,
    records,
)
from .sentences import tell
from .steps import Says, Step, match_step, setting_in, step_of, vacancy_in
from .wording import Names


class Unknown(Exception):
    """The log does not know the id; the message is one line for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A whole story, as at the log's last word. Ladder and councils are told for one moment, `councils_at`."""

    id: str
    kind: Kind
    log_id: str
    as_at: datetime
    now: Says
    steps: Sequence[Step]
    due: Sequence[Due] = ()
    ladder: Ladder | None = None
    deadline: str | None = None
    councils_at: datetime | None = None
    councils: Sequence[Answer] = ()


@dataclass(slots=True)
class Explaining:
    """Explains ids of one log. `names` are the councils that there are, by code."""

    log: Log
    terms: Terms
    names: Names
    progress: Progress = field(default=lambda _: None)

    def explain(self, text: str) -> Explanation:
        """Tell the story of an id; Unknown, LogUnavailable, or TermsUnknown for another version's policy."""
        found = named(text)
        if found is None:
            raise Unknown(f"{text}: no id of a vacancy, window, referral, match, nomination, hold or take")
        match found.kind:
            case Kind.REFERRAL:
                return self._of_referral(found)
            case Kind.TAKE:
                return self._of_take(found)
            case Kind.MATCH:
                return self._of_match(found)
            case _:
                return self._of_vacancy(found, self._decisions(found))

    def _decisions(self, found: Named) -> list[Decided]:
        return decisions(self.log, "offers", {found.setting}, self.progress)

    def _explanation(self, found: Named, now: Says, chosen: Sequence[Chosen]) -> Explanation:
        return Explanation(
            id=found.id,
            kind=found.kind,
            log_id=self.log.log_id,
            as_at=self._as_at(),
            now=now,
            steps=[step_of(*each, self.names) for each in chosen],
        )

    def _as_at(self) -> datetime:
        at = last_word_at(self.log)
        if at is None:
            raise Unknown("the log is empty")
        return at

    # --- vacancies and what they have ---------------------------------------------------------------------

    def _of_vacancy(self, found: Named, whole: Sequence[Decided]) -> Explanation:
        chosen = choosing.of(whole, found)
        if not chosen:
            raise Unknown(_no_such(found))
        told = self._explanation(found, thing_now(whole, found, self._as_at(), self.names), chosen)
        told = replace(told, due=thing_due(whole[-1], found, self.terms))
        scene = self._scene(found, whole, chosen)
        return told if scene is None else self._staged(told, scene)

    def _scene(self, found: Named, whole: Sequence[Decided], chosen: Sequence[Chosen]) -> Scene | None:
        """The vacancy as it stood last; of anything else, as it stood when that began."""
        told = reversed(whole) if found.kind is Kind.VACANCY else (each.decided for each in chosen)
        for decided in told:
            setting, vacancy = setting_in(decided), vacancy_in(decided, found.vacancy)
            if setting is not None and vacancy is not None:
                skipped = _skipped(whole, found.vacancy)
                at = instant(decided.at)
                return Scene(setting=setting, vacancy=vacancy, at=at, terms=self.terms, skipped=skipped)
        return None

    def _staged(self, told: Explanation, scene: Scene) -> Explanation:
        window = scene.vacancy.window
        return replace(
            told,
            ladder=ladder(scene),
            deadline=None if window is None else deadline(scene, window),
            councils_at=scene.at,
            councils=answers(scene, self.names),
        )

    # --- referrals and takes ------------------------------------------------------------------------------

    def _of_referral(self, found: Named) -> Explanation:
        placed = self._placed(found)
        offered = self._offered(placed, found.referral)
        facts = {id(each.decided): each.facts for each in offered}
        both = in_order([*placed, *(each.decided for each in offered)])
        chosen = [Chosen(each, facts.get(id(each), each.facts)) for each in both]
        told = self._explanation(found, referral_now(placed[-1]), [each for each in chosen if _says(each)])
        return replace(told, due=referral_due(placed[-1]))

    def _of_take(self, found: Named) -> Explanation:
        placed = self._placed(found)
        offered = self._offered(placed, found.id)
        chosen = [*choosing.of_thing(placed, {found.id}), *offered]
        if not chosen:
            raise Unknown(_no_such(found))
        facts = {id(each.decided): each.facts for each in chosen}
        ordered = [Chosen(each, facts[id(each)]) for each in in_order([each.decided for each in chosen])]
        last = ordered[-1]
        now = Says(*tell(last.decided.record.topic, last.facts[-1], self.names)) if last.facts else None
        return self._explanation(found, now or Says("The take was refused.", laws.THREE_STEPS), ordered)

    def _placed(self, found: Named) -> list[Decided]:
        placed = decisions(self.log, "placements", {found.referral}, self.progress)
        if not placed:
            raise Unknown(self._no_referral(found))
        return placed

    def _offered(self, placed: Sequence[Decided], wanted: str) -> list[Chosen]:
        """What the settings decided that the referral was put forward to, or that hold a place for it."""
        settings = {found for each in placed if (found := each.said.get("setting_id")) is not None}
        return choosing.of_thing(decisions(self.log, "offers", settings, self.progress), {wanted})

    def _no_referral(self, found: Named) -> str:
        record = self.log.latest("offers", found.id)
        setting = None if record is None else translate.read_setting(record.value)
        if setting is None:
            return _no_such(found)
        open_now = ", ".join(each.vacancy_id for each in setting.vacancies())
        return (
            f"{found.id}: this is a setting; ask for one of its vacancies ({open_now or 'it has none now'})"
        )

    # --- matches ------------------------------------------------------------------------------------------

    def _of_match(self, found: Named) -> Explanation:
        """The match, the window or vacancy that it is about, and what became of the two together."""
        told = [each for each in records(self.log, "matches", self.progress) if match_id(each) == found.id]
        if not told:
            raise Unknown(_no_such(found))
        place = named(found.id.rsplit(":", 2)[0])
        if place is None:
            raise LookupError(found.id)
        whole = self._decisions(found)
        of_place = self._of_vacancy(place, whole)
        pair = [
            Chosen(each, facts)
            for each in whole
            if (facts := [one for one in each.facts if choosing.is_of_pair(one, found)])
        ]
        steps = [
            *(match_step(each, self.names) for each in told),
            *(step_of(*each, self.names) for each in pair),
        ]
        opened = [each for each in of_place.steps if any(one.fact == "WindowOpened" for one in each.says)][:1]
        steps = sorted([*opened, *steps], key=lambda each: instant(each.at))
        return replace(of_place, id=found.id, kind=found.kind, steps=steps)


def _says(chosen: Chosen) -> bool:
    """Whether there is anything to tell of a decision: a fact, or a refusal."""
    return bool(chosen.facts) or chosen.decided.answer != "accepted"


def _no_such(found: Named) -> str:
    return f"{found.id}: the log knows no such {found.kind}"


def _skipped(whole: Sequence[Decided], vacancy_id: str) -> frozenset[str]:
    """The audiences that were passed over because they had no member."""
    facts = (fact for each in whole for fact in each.facts if fact["type"] == "TierSkipped")
    return frozenset(fact["audience"] for fact in facts if fact["vacancy_id"] == vacancy_id)
