"""What is said about a setting as a whole: registration, judgement, agreement, admissions, closing.

Laws: an older observation never overwrites a newer one; a downgrade, suspension, closure or end of agreement ends
every running window at once with that reason; overlapping agreements are refused.
Source: domain page, offer windows, settled readings (opening, agreements, unknown judgement).
"""

import dataclasses
from datetime import datetime

from schemas.words import (
    Blocker,
    Code,
    FallThroughReason,
    HoldEnd,
    PlaceStatus,
    Registration,
    Role,
    WithdrawReason,
)

from . import facts, inputs
from .agreement import Agreement
from .capacity import BEFORE_REGISTRATION, settle_capacity
from .draft import Draft
from .endings import close_vacancy, group_changed, rejudge
from .holding import end_commitments
from .opening import judgement_blocker
from .policy import Terms
from .replacing import replace
from .setting import Place, Setting


def first_setting(terms: Terms, order: inputs.SettingRegistered, now: datetime) -> Setting | Code:
    """The state of a setting that is told of for the first time, or the refusal."""
    if order.policy not in terms.policies:
        return Code.UNKNOWN_POLICY
    if order.calendar not in terms.calendars:
        return Code.UNKNOWN_CALENDAR
    owners = {block.number: block.owners for block in order.block_places}
    if any(not 1 <= number <= order.registered_places for number in owners):
        return Code.UNKNOWN_PLACE
    status = BEFORE_REGISTRATION.get(order.registration, PlaceStatus.UNREPORTED)
    places = tuple(
        Place(number=number, status=status, observed_at=order.observed_at, owners=owners.get(number, ()))
        for number in range(1, order.registered_places + 1)
    )
    return Setting(
        setting_id=order.setting_id,
        provider_id=order.provider_id,
        provision=order.provision,
        sector=order.sector,
        registration=order.registration,
        region=order.region,
        borough=order.borough,
        outward_code=order.outward_code,
        profile=order.profile,
        is_connected_person=order.is_connected_person,
        policy=order.policy,
        calendar=order.calendar,
        registered_places=order.registered_places,
        places=places,
        confirmed_at=order.observed_at,
        amended_at=order.observed_at,
        looked_at=now,
    )


def registered(order: inputs.SettingRegistered) -> facts.SettingRegistered:
    return facts.SettingRegistered(
        provider_id=order.provider_id,
        provision=order.provision,
        registration=order.registration,
        registered_places=order.registered_places,
    )


def amend(draft: Draft, order: inputs.SettingAmended) -> Code | None:
    setting = draft.setting
    if order.observed_at < setting.amended_at:
        return Code.OLDER_OBSERVATION
    if setting.registration is Registration.CLOSED and order.registration in (None, Registration.CLOSED):
        return Code.SETTING_CLOSED
    places_max = max(len(setting.places), order.registered_places or 0)
    if any(not 1 <= block.number <= places_max for block in order.block_places or ()):
        return Code.UNKNOWN_PLACE
    if order.by.role is Role.PROVIDER and _is_of_register(setting, order):
        return Code.NOT_YOUR_ROLE
    has_new_group = order.profile is not None and order.profile.group != setting.profile.group
    draft.amend(
        amended_at=order.observed_at,
        provider_id=order.provider_id or setting.provider_id,
        provision=order.provision or setting.provision,
        sector=order.sector or setting.sector,
        region=order.region or setting.region,
        borough=order.borough or setting.borough,
        outward_code=order.outward_code or setting.outward_code,
        profile=order.profile or setting.profile,
        needs_profile_correction=setting.needs_profile_correction and order.profile is None,
    )
    if has_new_group:
        group_changed(draft)
    _set_places(draft, order)
    if order.registration is not None and order.registration is not setting.registration:
        _set_registration(draft, order.registration, order.observed_at)
    after = draft.setting
    draft.tell(
        facts.SettingAmended(registration=after.registration, registered_places=after.registered_places)
    )
    return None


def _is_of_register(setting: Setting, order: inputs.SettingAmended) -> bool:
    """Tell whether the order changes what the register alone says of a setting.

    No provider lifts its own suspension, or opens again what was closed.
    """
    is_barred = setting.registration in (Registration.SUSPENDED, Registration.CLOSED)
    lifts = is_barred and order.registration not in (None, setting.registration)
    stated = (order.provider_id, order.provision, order.sector, order.region)
    return lifts or any(each is not None for each in stated)


def _set_places(draft: Draft, order: inputs.SettingAmended) -> None:
    if order.registered_places is not None:
        draft.amend(registered_places=order.registered_places)
        settle_capacity(draft, order.observed_at)
    if order.block_places is not None:
        owners = {block.number: block.owners for block in order.block_places}
        places = tuple(replace(place, owners=owners.get(place.number, ())) for place in draft.setting.places)
        draft.amend(places=places)


def _set_registration(draft: Draft, registration: Registration, observed_at: datetime) -> None:
    if registration is Registration.CLOSED:
        close(draft, observed_at)
        return
    draft.amend(registration=registration, closes_at=None)
    if registration is Registration.REGISTERED:
        _move_places(draft, (PlaceStatus.PLANNED, PlaceStatus.PENDING_REGISTRATION), PlaceStatus.UNREPORTED)
        return
    is_suspended = registration is Registration.SUSPENDED
    _suspend(draft, "suspended" if is_suspended else Blocker.NOT_REGISTERED)
    if registration is Registration.PENDING:
        _move_places(draft, (PlaceStatus.PLANNED,), PlaceStatus.PENDING_REGISTRATION)


def _suspend(draft: Draft, reason: str) -> None:
    """End what runs and what is held or reserved: no child can move in."""
    for vacancy in tuple(draft.setting.vacancies()):
        end_commitments(
            draft,
            rejudge(draft, vacancy, reason),
            HoldEnd.SETTING_SUSPENDED,
            FallThroughReason.SETTING_SUSPENDED,
        )


def _move_places(draft: Draft, before: tuple[PlaceStatus, ...], after: PlaceStatus) -> None:
    for place in draft.setting.places:
        if place.status in before:
            draft.put_place(replace(place, status=after))


def judge(draft: Draft, order: inputs.SettingJudged) -> Code | None:
    setting = draft.setting
    if setting.judged_at is not None and order.observed_at < setting.judged_at:
        return Code.OLDER_OBSERVATION
    draft.amend(
        judgement=order.judgement,
        inspected_on=order.inspected_on or setting.inspected_on,
        judged_at=order.observed_at,
    )
    draft.tell(facts.SettingJudged(judgement=order.judgement, was=setting.judgement))
    blocker = judgement_blocker(draft)
    if blocker is not None:
        rejudge_all(draft, blocker)
    return None


def rejudge_all(draft: Draft, reason: str) -> None:
    for vacancy in tuple(draft.setting.vacancies()):
        rejudge(draft, vacancy, reason)


def attach_agreement(draft: Draft, order: inputs.AgreementAttached) -> Code | None:
    new = order.agreement
    if new.valid_to is not None and new.valid_to <= max(new.valid_from, draft.now):
        return Code.ENDS_IN_PAST
    kept: list[Agreement] = []
    for old in draft.setting.agreements:
        if old.agreement_id != new.agreement_id and old.overlaps(new):
            return Code.AGREEMENT_OVERLAPS
        if old.agreement_id == new.agreement_id:
            if new.version <= old.version:
                return Code.AGREEMENT_VERSION_NOT_NEWER
            kept.extend(_until(old, new.valid_from, draft.now))
        else:
            kept.append(old)
    was = draft.setting.agreement(draft.now)
    draft.amend(agreements=tuple(sorted((*kept, new), key=lambda each: each.valid_from)))
    draft.tell(facts.AgreementAttached(agreement_id=new.agreement_id, version=new.version))
    if new.is_in_force(draft.now):
        draft.tell(facts.AgreementCameIntoForce(agreement_id=new.agreement_id, version=new.version))
    if was is not None and draft.setting.agreement(draft.now) is None:
        rejudge_all_of(draft, was)
    return None


def _until(old: Agreement, ends_at: datetime, now: datetime) -> list[Agreement]:
    """An older version up to the instant at which the new one begins; none of it if that has passed."""
    if ends_at <= max(now, old.valid_from):
        return []
    ends_first = old.valid_to is not None and old.valid_to < ends_at
    return [old if ends_first else dataclasses.replace(old, valid_to=ends_at)]


def end_agreement(draft: Draft, order: inputs.AgreementEnded) -> Code | None:
    named = [each for each in draft.setting.agreements if each.agreement_id == order.agreement_id]
    if not named:
        return Code.UNKNOWN_AGREEMENT
    kept: list[Agreement] = []
    for each in draft.setting.agreements:
        kept.extend([each] if each not in named else _until(each, order.ends_at, draft.now))
    if tuple(kept) == draft.setting.agreements:
        return Code.CHANGES_NOTHING
    was = draft.setting.agreement(draft.now)
    draft.amend(agreements=tuple(kept))
    if was is not None and draft.setting.agreement(draft.now) is None:
        draft.tell(facts.AgreementEnded(agreement_id=was.agreement_id, version=was.version))
        rejudge_all_of(draft, was)
    return None


def rejudge_all_of(draft: Draft, agreement: Agreement) -> None:
    """End the windows and choices that run under an agreement that is no longer in force."""
    for vacancy in tuple(draft.setting.vacancies()):
        is_of_it = vacancy.window is not None and vacancy.window.agreement_id == agreement.agreement_id
        if is_of_it or (vacancy.choice is not None and vacancy.ladder == agreement.agreement_id):
            rejudge(draft, vacancy, "agreement_ended")


def adopt_policy(draft: Draft, order: inputs.PolicyAdopted) -> Code | None:
    if order.policy not in draft.terms.policies:
        return Code.UNKNOWN_POLICY
    if order.calendar not in draft.terms.calendars:
        return Code.UNKNOWN_CALENDAR
    draft.amend(policy=order.policy, calendar=order.calendar)
    draft.policy = draft.terms.policy(order.policy)
    draft.tell(facts.PolicyAdopted(policy=order.policy, calendar=order.calendar))
    return None


def pause(draft: Draft, order: inputs.SettingPaused) -> Code | None:
    code = _admissions_refusal(draft, order, is_change=not draft.setting.is_paused)
    if code is not None:
        return code
    draft.amend(is_paused=True, admissions_at=order.observed_at)
    draft.tell(facts.SettingPaused(reason=order.reason))
    return None


def resume(draft: Draft, order: inputs.SettingResumed) -> Code | None:
    """Admit again: after a pause, or because a closing was called off."""
    is_change = draft.setting.is_paused or draft.setting.closes_at is not None
    code = _admissions_refusal(draft, order, is_change=is_change)
    if code is not None:
        return code
    draft.amend(is_paused=False, closes_at=None, admissions_at=order.observed_at)
    draft.tell(facts.SettingResumed())
    return None


def announce_closing(draft: Draft, order: inputs.SettingClosing) -> Code | None:
    """Offer nothing more. What is held or reserved stands until the day itself."""
    code = _admissions_refusal(draft, order, is_change=draft.setting.closes_at != order.closes_at)
    if code is not None:
        return code
    draft.amend(closes_at=order.closes_at, admissions_at=order.observed_at)
    draft.tell(facts.SettingClosing(closes_at=order.closes_at))
    rejudge_all(draft, Blocker.CLOSING)
    return None


def _admissions_refusal(draft: Draft, order: inputs.Input, *, is_change: bool) -> Code | None:
    setting = draft.setting
    if setting.admissions_at is not None and order.observed_at < setting.admissions_at:
        return Code.OLDER_OBSERVATION
    return None if is_change else Code.CHANGES_NOTHING


def close(draft: Draft, observed_at: datetime) -> None:
    """Close the setting: everything that runs ends, nothing opens again until it is registered anew."""
    draft.amend(registration=Registration.CLOSED, closes_at=None)
    draft.tell(facts.SettingClosed())
    for vacancy in tuple(draft.setting.vacancies()):
        ended = end_commitments(
            draft,
            rejudge(draft, vacancy, "closed"),
            HoldEnd.SETTING_CLOSED,
            FallThroughReason.SETTING_CLOSED,
        )
        draft.tell(
            facts.VacancyWithdrawn(vacancy_id=vacancy.vacancy_id, reason=WithdrawReason.SETTING_CLOSED)
        )
        close_vacancy(draft, ended, PlaceStatus.UNREPORTED, observed_at, is_correctable=False)
