"""Why each council is, was, or is not asked about a vacancy, and the ladder that says so.

Asks the rules' own ladder and calendar over a state of the log; decides nothing.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.matcher.domain.agreement import Agreement, Member, Tier
from services.matcher.domain.opening import DEFAULT_LADDER
from services.matcher.domain.policy import Policy, Terms
from services.matcher.domain.setting import Setting, Vacancy, Window
from services.matcher.domain.values import Length

from .sentences import BLOCKED
from .wording import in_london, lasting, pounds


class Asked(StrEnum):
    """Where a council stands with a vacancy, the nearest first."""

    ASKED = "asked"
    STANDING_BY = "standing_by"
    LATER = "later"
    ASKED_BEFORE = "asked_before"
    NOT_A_MEMBER_NOW = "not_a_member_now"
    NOT_IN_LADDER = "not_in_ladder"


@dataclass(frozen=True, slots=True)
class Answer:
    """One council, where it stands, and why in plain words."""

    council: str
    asked: Asked
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One tier as it stands: its members on the day, its length for this kind of fill, and what became of it."""

    tier: int
    audience: str
    councils: Sequence[str]
    length: Length
    is_standby_allowed: bool
    stands: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The agreement, or the policy's default, that a vacancy walks."""

    says: str
    agreement_id: str | None
    version: int | None
    calendar: str
    policy: str
    rungs: Sequence[Rung]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A vacancy at a moment of the log, and which tiers were passed over because they had no member."""

    setting: Setting
    vacancy: Vacancy
    at: datetime
    terms: Terms
    skipped: Collection[str] = ()

    @property
    def policy(self) -> Policy:
        return self.terms.policy(self.setting.policy)

    @property
    def agreement(self) -> Agreement | None:
        """The one that the open window froze, else the one in force."""
        window = self.vacancy.window
        if window is None:
            return self.setting.agreement(self.at)
        named = (window.agreement_id, window.agreement_version)
        return next(
            (each for each in self.setting.agreements if (each.agreement_id, each.version) == named), None
        )

    @property
    def tiers(self) -> tuple[Tier, ...]:
        return self.agreement.tiers if self.agreement else self.policy.default_ladder

    @property
    def served(self) -> tuple[str, ...]:
        """The audiences that have had their window on this ladder; another agreement's begins at its top."""
        name = self.agreement.agreement_id if self.agreement else DEFAULT_LADDER
        return self.vacancy.served if self.vacancy.ladder == name else ()

    @property
    def to_come(self) -> list[tuple[int, Tier]]:
        """The tiers that have not had their window, by number; not the one that is open."""
        window = self.vacancy.window
        gone = {*self.served, *({window.audience} if window else ())}
        return [(number, tier) for number, tier in enumerate(self.tiers, 1) if tier.audience not in gone]


# --- the ladder ---------------------------------------------------------------------------------------------


def ladder(scene: Scene) -> Ladder:
    agreement = scene.agreement
    return Ladder(
        says=_terms(agreement, scene),
        agreement_id=agreement.agreement_id if agreement else None,
        version=agreement.version if agreement else None,
        calendar=scene.setting.calendar,
        policy=scene.setting.policy,
        rungs=[_rung(scene, index, tier) for index, tier in enumerate(scene.tiers)],
    )


def _terms(agreement: Agreement | None, scene: Scene) -> str:
    if agreement is None:
        return f"No agreement is in force: the default ladder of policy {scene.setting.policy}."
    until = "without an end" if agreement.valid_to is None else f"until {in_london(agreement.valid_to)}"
    fee = "no highest fee" if agreement.fee_max is None else f"at most {pounds(agreement.fee_max)} a week"
    begins = in_london(agreement.valid_from)
    return f"Agreement {agreement.agreement_id} version {agreement.version}, from {begins} {until}, {fee}."


def _rung(scene: Scene, index: int, tier: Tier) -> Rung:
    window = scene.vacancy.window
    is_open = window is not None and window.audience == tier.audience
    length = scene.policy.length_of(tier, index, scene.vacancy.kind)
    return Rung(
        tier=index + 1,
        audience=tier.audience,
        councils=window.members if window is not None and is_open else tier.councils(scene.at),
        length=window.length if window is not None and is_open else length,
        is_standby_allowed=tier.is_standby_allowed,
        stands=_stands(scene, tier, is_open=is_open),
    )


def _stands(scene: Scene, tier: Tier, *, is_open: bool) -> str:
    if is_open:
        return "its window is open"
    if tier.audience in scene.skipped and tier.audience in scene.served:
        return "skipped: it had no member on the day"
    if tier.audience in scene.served:
        return "it had its window"
    return "to come"


def deadline(scene: Scene, window: Window) -> str:
    """How the window's deadline was computed from its opening; what moved it since is told by facts."""
    calendar = scene.terms.calendar(window.calendar)
    full = calendar.deadline(window.opened_at, window.length)
    length = f"{lasting(window.length)} of calendar {window.calendar}"
    if full == window.closes_at:
        return f"opened {in_london(window.opened_at)} + {length} = {in_london(window.closes_at)}"
    return (
        f"opened {in_london(window.opened_at)}; a full window has {length}; this one closes"
        f" {in_london(window.closes_at)}: it was moved, or has only what its tier had left"
    )


# --- the councils -------------------------------------------------------------------------------------------


def answers(scene: Scene, known: Collection[str]) -> list[Answer]:
    """Say of every council of the ladder, and of every other that is known, whether it is asked and why."""
    members = {member.council for tier in scene.tiers for member in tier.members}
    window = scene.vacancy.window
    asked = {*members, *known, *(window.members if window else ())}
    return [_answer(scene, council) for council in sorted(asked)]


def _answer(scene: Scene, council: str) -> Answer:
    window = scene.vacancy.window
    if window is not None and council in window.members:
        return Answer(council, Asked.ASKED, _as_member(scene, window, council))
    standby = next((each for each in scene.vacancy.standbys if each.council == council), None)
    coming = next(((n, tier) for n, tier in scene.to_come if council in tier.councils(scene.at)), None)
    if coming is not None:
        number, tier = coming
        when = _when(scene, number)
        if standby is not None:
            since = in_london(standby.registered_at)
            return Answer(
                council, Asked.STANDING_BY, f"stands by since {since}; tier {number} {tier.audience} {when}"
            )
        may = _may_stand_by(window, council)
        return Answer(council, Asked.LATER, f"in tier {number} {tier.audience}, which {when}{may}")
    if (had := _had(scene, council)) is not None:
        return Answer(council, Asked.ASKED_BEFORE, f"tier {had} has had its window")
    return _outside(scene, council)


def _may_stand_by(window: Window | None, council: str) -> str:
    if window is None:
        return ""
    return "; it may stand by meanwhile" if council in window.standby_members else "; it may not stand by"


def _as_member(scene: Scene, window: Window, council: str) -> str:
    said = [f"in the audience of tier {window.tier} {window.audience}"]
    said += ["was told" for each in window.told if each.council == council][:1]
    said += ["acknowledged"] if council in window.acknowledged else []
    said += ["let it go"] if council in window.released else []
    count = sum(each.council == council for each in scene.vacancy.nominations)
    said += [f"{count} nomination{'s' if count > 1 else ''} pending"] if count else []
    return ", ".join(said)


def _when(scene: Scene, number: int) -> str:
    """When a tier to come would open."""
    vacancy, before = scene.vacancy, [n for n, _ in scene.to_come if n < number]
    if before:
        return f"comes after tier {before[-1]}"
    if vacancy.window is not None:
        return (
            f"comes next: at the deadline {in_london(vacancy.window.closes_at)} if nobody has nominated, sooner if"
            " every member lets it go, and after the provider's choice if somebody has"
        )
    if vacancy.choice is not None:
        return f"comes next, if the provider chooses nobody by {in_london(vacancy.choice.closes_at)}"
    if vacancy.hold is not None:
        return "comes only if the hold ends and the tiers above let the vacancy go again"
    if vacancy.reservation is not None:
        return "comes only if the placement falls through and the tiers above let the vacancy go"
    reason = f" ({BLOCKED[vacancy.blocked]})" if vacancy.blocked else ""
    return f"comes next, and nothing opens now{reason}"


def _had(scene: Scene, council: str) -> str | None:
    served = (
        f"{number} {tier.audience}"
        for number, tier in enumerate(scene.tiers, 1)
        if tier.audience in scene.served and council in tier.councils(scene.at)
    )
    return next(served, None)


def _outside(scene: Scene, council: str) -> Answer:
    for tier, member in _memberships(scene.tiers, council):
        if member.valid_to is not None and member.valid_to <= scene.at:
            why = f"its membership of {tier.audience} ended {in_london(member.valid_to)}"
            return Answer(council, Asked.NOT_A_MEMBER_NOW, why)
        if member.valid_from is not None and member.valid_from > scene.at:
            why = f"its membership of {tier.audience} begins {in_london(member.valid_from)}"
            return Answer(council, Asked.NOT_A_MEMBER_NOW, why)
        return Answer(
            council, Asked.NOT_A_MEMBER_NOW, f"was no member when the window of {tier.audience} opened"
        )
    return Answer(council, Asked.NOT_IN_LADDER, "is in no tier of this ladder")


def _memberships(tiers: Sequence[Tier], council: str) -> Iterator[tuple[Tier, Member]]:
    for tier in tiers:
        yield from ((tier, member) for member in tier.members if member.council == council)


def grouped(found: Sequence[Answer]) -> Mapping[tuple[Asked, str], list[str]]:
    """Councils of the same answer together, the nearest first."""
    groups: dict[tuple[Asked, str], list[str]] = {}
    order = list(Asked)
    for each in sorted(found, key=lambda one: order.index(one.asked)):
        groups.setdefault((each.asked, each.why), []).append(each.council)
    return groups
