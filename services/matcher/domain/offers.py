"""The offers rule book: everything that can change a setting's vacancies. `decide` is its one door.

Laws:
  every first-seen input gets exactly one decision, refusals included;
  a repeat, and a deadline that finds nothing due, gets none and changes nothing, not even time;
  what is due is ended before the input is looked at, and whatever may open is opened after it;
  a refused input changes nothing but what was due anyway and the memory of its id.

Source: domain page, offer windows; design page, why it cannot go wrong.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from schemas.words import Code, Registration, Role

from . import (
    corrections,
    holding,
    inputs,
    nominating,
    numbers,
    places,
    registering,
    vacancies,
    windows,
)
from .capacity import settle_capacity
from .deadlines import deadline_of, end_what_is_due, next_due
from .decision import Decision
from .draft import Draft
from .opening import open_windows
from .policy import Terms
from .setting import Setting
from .values import InputId

Handler = Callable[[Draft, Any], Code | None]

HANDLERS: Mapping[type[inputs.Input], Handler] = {
    inputs.SettingAmended: registering.amend,
    inputs.SettingJudged: registering.judge,
    inputs.AgreementAttached: registering.attach_agreement,
    inputs.AgreementEnded: registering.end_agreement,
    inputs.PolicyAdopted: registering.adopt_policy,
    inputs.SettingPaused: registering.pause,
    inputs.SettingResumed: registering.resume,
    inputs.SettingClosing: registering.announce_closing,
    inputs.PlaceUnusable: places.unusable,
    inputs.PlaceUsable: places.usable,
    inputs.PlaceOnNotice: places.on_notice,
    inputs.PlaceOccupied: places.occupied,
    inputs.VacancyPosted: vacancies.post_vacancy,
    inputs.VacancyAmended: vacancies.amend_vacancy,
    inputs.VacancyConfirmed: vacancies.confirm_vacancy,
    inputs.VacancyFilled: vacancies.fill_vacancy,
    inputs.VacancyWithdrawn: vacancies.withdraw_vacancy,
    inputs.NoChange: vacancies.no_change,
    inputs.NilReturn: numbers.nil_return,
    inputs.NumbersStated: numbers.state_numbers,
    inputs.CorrectionMade: corrections.correct,
    inputs.AcknowledgeWindow: windows.acknowledge,
    inputs.ReleaseWindow: windows.release,
    inputs.ExtendWindow: windows.extend,
    inputs.ConsentToExtension: windows.consent,
    inputs.WindowTold: windows.told,
    inputs.WindowNotTold: windows.not_told,
    inputs.Nominate: nominating.nominate,
    inputs.WithdrawNomination: nominating.withdraw_nomination,
    inputs.RegisterStandby: nominating.register_standby,
    inputs.AcceptNomination: nominating.accept_nomination,
    inputs.DeclineNomination: nominating.decline_nomination,
    inputs.NominationVouched: nominating.nomination_vouched,
    inputs.NominationDenied: nominating.nomination_denied,
    inputs.NominationLetGo: nominating.nomination_let_go,
    inputs.DeclareBypass: vacancies.declare_bypass,
    inputs.LetBlockPlaceGo: vacancies.let_block_place_go,
    inputs.MovedIn: holding.moved_in,
    inputs.FellThrough: holding.fell_through,
    inputs.TakeAsked: holding.take_asked,
    inputs.HoldLetGo: holding.hold_let_go,
}

PROVIDER_SIDE = frozenset({Role.PROVIDER, Role.OPS, Role.REGISTER})
PEOPLE = frozenset({Role.PROVIDER, Role.TEAM, Role.COMMISSIONER, Role.OPS, Role.REGISTER})
"""Who observes for themselves. What a part of Hearth passes on was judged when it was first said."""
COUNCIL = frozenset({Role.TEAM})
EITHER_SIDE = frozenset({Role.PROVIDER, Role.TEAM})

AUTHORS: Mapping[type[inputs.Input], frozenset[Role]] = {
    inputs.AgreementAttached: frozenset({Role.OPS, Role.COMMISSIONER}),
    inputs.AgreementEnded: frozenset({Role.OPS, Role.COMMISSIONER}),
    inputs.PolicyAdopted: frozenset({Role.OPS}),
    inputs.CorrectionMade: frozenset({Role.PROVIDER, Role.TEAM, Role.OPS}),
    inputs.AcknowledgeWindow: COUNCIL,
    inputs.ReleaseWindow: COUNCIL,
    inputs.Nominate: COUNCIL,
    inputs.WithdrawNomination: COUNCIL,
    inputs.RegisterStandby: COUNCIL,
    inputs.LetBlockPlaceGo: COUNCIL,
    inputs.ExtendWindow: EITHER_SIDE,
    inputs.MovedIn: EITHER_SIDE,
    inputs.FellThrough: EITHER_SIDE,
    inputs.ConsentToExtension: frozenset({Role.PROVIDER}),
    inputs.AcceptNomination: frozenset({Role.PROVIDER}),
    inputs.DeclineNomination: frozenset({Role.PROVIDER}),
    inputs.DeclareBypass: frozenset({Role.PROVIDER}),
    inputs.WindowTold: frozenset({Role.NOTIFIER}),
    inputs.WindowNotTold: frozenset({Role.NOTIFIER}),
    inputs.NominationVouched: frozenset({Role.PLACEMENTS}),
    inputs.NominationDenied: frozenset({Role.PLACEMENTS}),
    inputs.NominationLetGo: frozenset({Role.PLACEMENTS}),
    inputs.TakeAsked: frozenset({Role.PLACEMENTS}),
    inputs.HoldLetGo: frozenset({Role.PLACEMENTS}),
}
"""Who may say what; an input that is not named here is a provider's fact."""

ALSO_WHEN_CLOSED = (inputs.SettingAmended, inputs.SettingJudged, inputs.TakeAsked)
"""What is still looked at when a setting is closed; everything else is refused."""


def decide(
    terms: Terms, state: Setting | None, order: inputs.Input, now: datetime
) -> Decision[Setting] | None:
    """Decide one input about one setting. Pure: the same state, input and time give the same decision again.

    `now` is the later of the input's time and the setting's last decision. None: nothing is to be appended.
    Raise TermsUnknown where the state names a policy or calendar that this process was not given.
    """
    if state is None:
        return _first_decision(terms, order, now)
    if isinstance(order, inputs.DeadlineDue):
        return _decide_deadline(terms, state, order, now)
    if order.id in state.memory:
        return None
    draft = Draft(terms, state, order.id, now)
    end_what_is_due(draft)
    before = len(draft.facts)
    code = _refusal(draft, order) or HANDLERS[type(order)](draft, order)
    if code is not None and not isinstance(order, inputs.TakeAsked):
        assert len(draft.facts) == before, f"{order} was refused and still decided something"
    _remember(draft, state, order.id)
    return _concluded(draft, code or Code.ACCEPTED)


def _decide_deadline(
    terms: Terms, state: Setting, order: inputs.DeadlineDue, now: datetime
) -> Decision[Setting] | None:
    draft = Draft(terms, state, order.id, now)
    end_what_is_due(draft)
    return _concluded(draft, Code.ACCEPTED) if draft.facts else None


def _first_decision(terms: Terms, order: inputs.Input, now: datetime) -> Decision[Setting] | None:
    """Decide an input about a setting of which nothing is known. A take that is asked is answered even so."""
    if isinstance(order, inputs.DeadlineDue):
        return None
    if isinstance(order, inputs.TakeAsked):
        return Decision(None, Code.UNKNOWN_SETTING, (holding.take_refused(order),), None)
    if not isinstance(order, inputs.SettingRegistered):
        return Decision(None, Code.UNKNOWN_SETTING, (), None)
    if order.by.role not in PROVIDER_SIDE:
        return Decision(None, Code.NOT_YOUR_ROLE, (), None)
    if order.by.role is Role.PROVIDER and order.by.id != order.provider_id:
        return Decision(None, Code.NOT_YOUR_SETTING, (), None)
    setting = registering.first_setting(terms, order, now)
    if isinstance(setting, Code):
        return Decision(None, setting, (), None)
    if order.observed_at > now + timedelta(seconds=terms.policy(order.policy).future_max_s):
        return Decision(None, Code.OBSERVED_IN_FUTURE, (), None)
    draft = Draft(terms, setting, order.id, now)
    draft.tell(registering.registered(order))
    _remember(draft, setting, order.id)
    return _concluded(draft, Code.ACCEPTED)


def _refusal(draft: Draft, order: inputs.Input) -> Code | None:
    """What every input is held against before its own rule looks at it."""
    setting = draft.setting
    if order.by.role not in AUTHORS.get(type(order), PROVIDER_SIDE):
        return Code.NOT_YOUR_ROLE
    if order.by.role is Role.PROVIDER and order.by.id != setting.provider_id:
        return Code.NOT_YOUR_SETTING
    ahead_max = timedelta(seconds=draft.policy.future_max_s)
    if order.by.role in PEOPLE and order.observed_at > draft.now + ahead_max:
        return Code.OBSERVED_IN_FUTURE
    if isinstance(order, inputs.SettingRegistered):
        return Code.ALREADY_REGISTERED
    is_closed = setting.registration is Registration.CLOSED
    return Code.SETTING_CLOSED if is_closed and not isinstance(order, ALSO_WHEN_CLOSED) else None


def _remember(draft: Draft, before: Setting, order_id: InputId) -> None:
    draft.amend(memory=(*before.memory, order_id)[-draft.policy.memory_max :])


def _concluded(draft: Draft, code: Code) -> Decision[Setting]:
    """Settle what the input set off: deadlines that it put in the past, registered places, openings."""
    draft.amend(looked_at=draft.now)
    due = end_what_is_due(draft)
    settled = draft.setting
    if settled.over:
        settle_capacity(draft, draft.now)
    open_windows(draft)
    if draft.setting is not settled:
        due = next_due(draft.setting, draft.policy)
    return Decision(draft.setting, code, tuple(draft.facts), deadline_of(due))
