"""What is said about vacancies: posted, amended, confirmed, filled, withdrawn, no change; block places let go.

Laws: a place's first vacancy is a first fill unless it is an emergency; short-break and secure settings are refused on
bed ladders; filled or withdrawn during a window without a code is an unexplained bypass.
Source: domain page, a vacancy's life; offer windows, law 12, settled readings.
"""

from datetime import date, datetime

from schemas.words import Blocker, Code, Freshness, Kind, PlaceStatus, WithdrawReason

from . import facts, inputs
from .draft import Draft
from .endings import Withdrawal, fill, withdraw
from .opening import ladder_of
from .places import LIVED_IN, NOT_ON_BED_LADDERS, commitment_refusal, find_place, is_counted_since
from .replacing import replace
from .setting import Place, Vacancy
from .values import CouncilId, Pence, VacancyId


def post_vacancy(draft: Draft, order: inputs.VacancyPosted) -> Code | None:
    if draft.setting.provision in NOT_ON_BED_LADDERS:
        return Code.NOT_ON_BED_LADDER
    if is_counted_since(draft.setting, order):
        return Code.OLDER_OBSERVATION
    number = order.place if order.place is not None else _free_place(draft, order.observed_at)
    if number is None:
        return Code.NO_FREE_PLACE
    place, code = find_place(draft, number, order)
    if place is None or code is not None:
        return code
    if place.status not in LIVED_IN:
        return Code.PLACE_NOT_FREE
    post(draft, place, order.kind, order.available_from, order.fee, order.observed_at)
    return None


def _free_place(draft: Draft, observed_at: datetime) -> int | None:
    """The lowest-numbered place that may be free: nobody has said, else on notice, else occupied until now."""
    order = {PlaceStatus.UNREPORTED: 0, PlaceStatus.ON_NOTICE: 1, PlaceStatus.OCCUPIED: 2}
    candidates = [
        (order[place.status], place.number)
        for place in draft.setting.places
        if place.status in order and place.observed_at <= observed_at
    ]
    return min(candidates)[1] if candidates else None


def post(
    draft: Draft,
    place: Place,
    kind: Kind,
    available_from: date,
    fee: Pence | None,
    observed_at: datetime,
    *,
    is_counted: bool = False,
) -> Vacancy:
    """Begin an episode of this place being free."""
    vacancy = Vacancy(
        vacancy_id=VacancyId(f"{draft.setting.setting_id}:{place.number}:{place.episodes + 1}"),
        place=place.number,
        kind=_kind(place, kind),
        available_from=available_from,
        fee=fee,
        posted_at=draft.now,
        confirmed_at=observed_at,
    )
    draft.put_place(
        replace(
            place,
            status=PlaceStatus.VACANT,
            observed_at=observed_at,
            is_counted=is_counted,
            was_vacant=False,
            episodes=place.episodes + 1,
            notice=None,
            unusable=None,
            vacancy=vacancy,
            last_end=None,
        )
    )
    draft.tell(
        facts.VacancyPosted(
            vacancy_id=vacancy.vacancy_id,
            place=place.number,
            kind=vacancy.kind,
            available_from=available_from,
            fee=fee,
        )
    )
    return vacancy


def _kind(place: Place, said: Kind) -> Kind:
    """A place's first vacancy is a first fill, unless the provider says emergency or foster."""
    is_first = place.episodes == 0 and said is Kind.PLANNED
    return Kind.FIRST if is_first else said


def amend_vacancy(draft: Draft, order: inputs.VacancyAmended) -> Code | None:
    vacancy, code = _uncommitted(draft, order.vacancy_id, order)
    if vacancy is None or code is not None:
        return code
    amended = replace(
        vacancy,
        available_from=order.available_from or vacancy.available_from,
        fee=vacancy.fee if order.fee is None else order.fee,
    )
    if amended == vacancy:
        return Code.CHANGES_NOTHING
    draft.put(amended)
    _stands_by_word(draft, amended, order.observed_at)
    draft.tell(
        facts.VacancyAmended(
            vacancy_id=vacancy.vacancy_id, available_from=amended.available_from, fee=amended.fee
        )
    )
    return None


def _uncommitted(
    draft: Draft, vacancy_id: VacancyId, order: inputs.Input
) -> tuple[Vacancy | None, Code | None]:
    """A vacancy that is neither held nor reserved, and about which this order is not older news."""
    vacancy = draft.setting.vacancy(vacancy_id)
    if vacancy is None:
        return None, Code.UNKNOWN_VACANCY
    place = draft.place(vacancy.place)
    if order.observed_at < place.observed_at:
        return None, Code.OLDER_OBSERVATION
    return vacancy, commitment_refusal(place)


def confirm_vacancy(draft: Draft, order: inputs.VacancyConfirmed) -> Code | None:
    vacancy = draft.setting.vacancy(order.vacancy_id)
    if vacancy is None:
        return Code.UNKNOWN_VACANCY
    if order.observed_at < vacancy.confirmed_at:
        return Code.OLDER_OBSERVATION
    confirm(draft, vacancy, order.observed_at)
    if not vacancy.is_committed:
        _stands_by_word(draft, vacancy, order.observed_at)
    return None


def _stands_by_word(draft: Draft, vacancy: Vacancy, observed_at: datetime) -> None:
    """Somebody spoke of this very vacancy: what is older neither ends nor changes it, nor a number of the same time."""
    place = draft.place(vacancy.place)
    if observed_at > place.observed_at:
        draft.put_place(replace(place, observed_at=observed_at, is_counted=False, was_vacant=True))
    elif observed_at == place.observed_at:
        draft.put_place(replace(place, is_counted=False))


def _stands_with_all(draft: Draft, vacancy: Vacancy, observed_at: datetime) -> None:
    """Somebody said that nothing has changed: what is older neither ends nor changes this vacancy either."""
    place = draft.place(vacancy.place)
    if observed_at > place.observed_at:
        draft.put_place(replace(place, observed_at=observed_at, is_counted=True, was_vacant=True))


def confirm(draft: Draft, vacancy: Vacancy, observed_at: datetime) -> None:
    """Make the vacancy fresh again. One whose ladder has ended is offered to the last tier once more."""
    ladder = ladder_of(draft)
    is_at_its_end = {each.audience for each in ladder.tiers} <= set(vacancy.served)
    is_waiting = vacancy.window is None and vacancy.choice is None and not vacancy.is_committed
    served = vacancy.served
    if is_waiting and vacancy.ladder == ladder.name and is_at_its_end:
        last = next((each for each in reversed(ladder.tiers) if each.councils(draft.now)), ladder.tiers[-1])
        served = tuple(each for each in served if each != last.audience)
        if vacancy.blocked is not Blocker.LADDER_ENDED:
            draft.tell(facts.LadderEnded(vacancy_id=vacancy.vacancy_id))
    confirmed = replace(
        vacancy,
        confirmed_at=max(vacancy.confirmed_at, observed_at),
        freshness=Freshness.FRESH,
        served=served,
        blocked=None,
    )
    draft.put(confirmed)
    draft.tell(facts.VacancyConfirmed(vacancy_id=vacancy.vacancy_id, confirmed_at=confirmed.confirmed_at))


def confirm_setting(draft: Draft, observed_at: datetime) -> None:
    confirmed_at = max(draft.setting.confirmed_at, observed_at)
    draft.amend(confirmed_at=confirmed_at)
    draft.tell(facts.SettingConfirmed(confirmed_at=confirmed_at))


def no_change(draft: Draft, order: inputs.NoChange) -> Code | None:
    if order.observed_at < draft.setting.confirmed_at:
        return Code.OLDER_OBSERVATION
    confirm_setting(draft, order.observed_at)
    for vacancy in tuple(draft.setting.vacancies()):
        if vacancy.confirmed_at <= order.observed_at:
            confirm(draft, vacancy, order.observed_at)
            if not vacancy.is_committed:
                _stands_with_all(draft, vacancy, order.observed_at)
    return None


def fill_vacancy(draft: Draft, order: inputs.VacancyFilled) -> Code | None:
    return _filled(draft, order)


def declare_bypass(draft: Draft, order: inputs.DeclareBypass) -> Code | None:
    return _filled(draft, order)


def _filled(draft: Draft, order: inputs.VacancyFilled | inputs.DeclareBypass) -> Code | None:
    """Filled outside the windows. A held place may be lost so, and the hold's council is told; a reserved one not."""
    vacancy, code = _uncommitted(draft, order.vacancy_id, order)
    if vacancy is None or code is Code.PLACE_RESERVED:
        return code
    if is_counted_since(draft.setting, order):
        return Code.OLDER_OBSERVATION
    fill(draft, vacancy, order.code, order.observed_at)
    return None


def withdraw_vacancy(draft: Draft, order: inputs.VacancyWithdrawn) -> Code | None:
    vacancy, code = _uncommitted(draft, order.vacancy_id, order)
    if vacancy is None or code is not None:
        return code
    if is_counted_since(draft.setting, order):
        return Code.OLDER_OBSERVATION
    withdraw(
        draft,
        vacancy,
        Withdrawal(
            reason=WithdrawReason.PROVIDER_WITHDREW,
            leaves=PlaceStatus.UNREPORTED,
            observed_at=order.observed_at,
            is_own_act=True,
            code=order.code,
        ),
    )
    return None


def let_block_place_go(draft: Draft, order: inputs.LetBlockPlaceGo) -> Code | None:
    vacancy = draft.setting.vacancy(order.vacancy_id)
    if vacancy is None:
        return Code.UNKNOWN_VACANCY
    owners = draft.place(vacancy.place).owners
    if not owners:
        return Code.NOT_A_BLOCK_PLACE
    if order.by.id not in owners:
        return Code.NOT_BLOCK_OWNER
    if vacancy.is_let_go:
        return Code.CHANGES_NOTHING
    draft.put(replace(vacancy, is_let_go=True))
    draft.tell(facts.BlockPlaceLetGo(vacancy_id=vacancy.vacancy_id, council=CouncilId(order.by.id)))
    return None
