"""When a window opens: the checks of law 2 in their order, and the ladder walked tier by tier.

Laws: at most one open window per vacancy; tiers strictly in the agreement's order, none skipped unless a fact says
why; a deadline is computed once, at opening. Asked after every input, oldest vacancy first.
Source: domain page, offer windows, laws 1, 2 and 4, settled readings.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.words import Blocker, Judgement, Provision, Registration

from . import facts
from .agreement import Agreement, Tier
from .draft import Draft
from .nominating import nominate_standbys
from .replacing import replace
from .setting import Setting, Vacancy, Window
from .values import CouncilId, Length, WindowId

DEFAULT_LADDER = "default"


@dataclass(frozen=True, slots=True)
class Ladder:
    """The tiers that a vacancy walks now, and the agreement that says so (None: the default ladder)."""

    name: str
    tiers: tuple[Tier, ...]
    agreement: Agreement | None


def ladder_of(draft: Draft) -> Ladder:
    agreement = draft.setting.agreement(draft.now)
    if agreement is None:
        return Ladder(DEFAULT_LADDER, draft.policy.default_ladder, None)
    return Ladder(agreement.agreement_id, agreement.tiers, agreement)


def age_days(vacancy: Vacancy, now: datetime) -> int:
    """Whole days since the vacancy was last confirmed."""
    return (now - vacancy.confirmed_at) // timedelta(days=1)


def judgement_blocker(draft: Draft) -> Blocker | None:
    """The judgement gate: unknown waits for a person, the rest is the policy's table by provision type."""
    setting = draft.setting
    if setting.judgement is Judgement.UNKNOWN:
        return Blocker.JUDGEMENT_UNKNOWN
    is_good_enough = setting.judgement in draft.policy.judgements.get(setting.provision, ())
    return None if is_good_enough else Blocker.JUDGEMENT


def _fee_blocker(draft: Draft, vacancy: Vacancy) -> Blocker | None:
    agreement = draft.setting.agreement(draft.now)
    if agreement is None or agreement.fee_max is None:
        return None
    if vacancy.fee is None:
        return Blocker.FEE_UNKNOWN
    return Blocker.FEE_OVER_AGREEMENT if vacancy.fee > agreement.fee_max else None


def _setting_blocker(setting: Setting) -> Blocker | None:
    if setting.registration is not Registration.REGISTERED:
        return Blocker.NOT_REGISTERED
    if setting.closes_at is not None:
        return Blocker.CLOSING
    if setting.is_paused:
        return Blocker.PAUSED
    return Blocker.OVER_CAPACITY if setting.over else None


def _stale_blocker(draft: Draft, vacancy: Vacancy) -> Blocker | None:
    stale_days = draft.policy.freshness_of(draft.setting.provision).stale_days
    return Blocker.STALE if age_days(vacancy, draft.now) >= stale_days else None


def _never_offered(draft: Draft, vacancy: Vacancy) -> Blocker | None:
    if draft.place(vacancy.place).owners and not vacancy.is_let_go:
        return Blocker.BLOCK_PLACE
    if draft.setting.provision is Provision.SECURE_HOME:
        return Blocker.SECURE
    return Blocker.CONNECTED_PERSON if draft.setting.is_connected_person else None


CHECKS: tuple[Callable[[Draft, Vacancy], Blocker | None], ...] = (
    lambda draft, _: _setting_blocker(draft.setting),
    lambda draft, _: judgement_blocker(draft),
    _stale_blocker,
    _fee_blocker,
    _never_offered,
)
"""Law 2, in its order; the first that objects is the reason."""


def open_windows(draft: Draft) -> None:
    """Open what may open, oldest vacancy first."""
    waiting = [
        vacancy
        for vacancy in draft.setting.vacancies()
        if vacancy.window is None and vacancy.choice is None and not vacancy.is_committed
    ]
    for vacancy in sorted(waiting, key=lambda each: (each.posted_at, each.place)):
        _open(draft, vacancy)


def _open(draft: Draft, vacancy: Vacancy) -> None:
    reason = next((found for check in CHECKS if (found := check(draft, vacancy)) is not None), None)
    if reason is not None:
        _stay_closed(draft, vacancy, reason)
        return
    ladder = ladder_of(draft)
    if vacancy.ladder != ladder.name:
        vacancy = replace(vacancy, ladder=ladder.name, served=(), returns_to=None)
    vacancy, index = _next_tier(draft, vacancy, ladder)
    if index is None:
        _stay_closed(draft, vacancy, Blocker.LADDER_ENDED)
    elif not _open_tier(draft, vacancy, ladder, index):
        _stay_closed(draft, vacancy, Blocker.BEYOND_KNOWN_HOLIDAYS)


def _stay_closed(draft: Draft, vacancy: Vacancy, reason: Blocker) -> None:
    if vacancy.blocked is reason:
        return
    draft.put(replace(vacancy, blocked=reason))
    if reason is Blocker.LADDER_ENDED:
        draft.tell(facts.LadderEnded(vacancy_id=vacancy.vacancy_id))
    else:
        draft.tell(facts.OpeningBlocked(vacancy_id=vacancy.vacancy_id, reason=reason))


def _next_tier(draft: Draft, vacancy: Vacancy, ladder: Ladder) -> tuple[Vacancy, int | None]:
    """The first tier whose audience has not had its window; tiers without a member are passed over with a fact."""
    for index, tier in enumerate(ladder.tiers):
        if tier.audience in vacancy.served:
            continue
        if tier.councils(draft.now):
            return vacancy, index
        draft.tell(facts.TierSkipped(vacancy_id=vacancy.vacancy_id, audience=tier.audience, tier=index + 1))
        vacancy = draft.put(replace(vacancy, served=(*vacancy.served, tier.audience)))
    return vacancy, None


def _open_tier(draft: Draft, vacancy: Vacancy, ladder: Ladder, index: int) -> bool:
    """Open the window of one tier; False, and nothing changed, where its deadline cannot be known."""
    tier = ladder.tiers[index]
    length = draft.policy.length_of(tier, index, vacancy.kind)
    is_returned = vacancy.returns_to is not None and vacancy.returns_to.audience == tier.audience
    left_s = vacancy.returns_to.seconds if vacancy.returns_to and is_returned else length.seconds
    seconds = min(left_s, length.seconds)
    closes_at = draft.deadline(Length(length.calendar, seconds))
    if closes_at is None:
        return False
    members = tier.councils(draft.now)
    window = Window(
        window_id=WindowId(f"{vacancy.vacancy_id}:w{vacancy.openings + 1}"),
        opening=vacancy.openings + 1,
        audience=tier.audience,
        tier=index + 1,
        members=members,
        standby_members=_standby_members(draft, ladder.tiers[index + 1 :], members),
        kind=vacancy.kind,
        length=length,
        calendar=draft.setting.calendar,
        agreement_id=ladder.agreement.agreement_id if ladder.agreement else None,
        agreement_version=ladder.agreement.version if ladder.agreement else None,
        opened_at=draft.now,
        closes_at=closes_at,
    )
    draft.tell(_opened(vacancy, window, is_returned=is_returned))
    returns_to = None if is_returned else vacancy.returns_to
    opened = replace(vacancy, window=window, openings=window.opening, returns_to=returns_to, blocked=None)
    nominate_standbys(draft, draft.put(opened))
    return True


def _standby_members(
    draft: Draft, below: tuple[Tier, ...], members: tuple[CouncilId, ...]
) -> tuple[CouncilId, ...]:
    councils = {council for tier in below if tier.is_standby_allowed for council in tier.councils(draft.now)}
    return tuple(sorted(councils.difference(members)))


def _opened(vacancy: Vacancy, window: Window, *, is_returned: bool) -> facts.WindowOpened:
    return facts.WindowOpened(
        window_id=window.window_id,
        vacancy_id=vacancy.vacancy_id,
        audience=window.audience,
        tier=window.tier,
        members=window.members,
        kind=window.kind,
        opened_at=window.opened_at,
        closes_at=window.closes_at,
        agreement_id=window.agreement_id,
        agreement_version=window.agreement_version,
        is_returned=is_returned,
    )
