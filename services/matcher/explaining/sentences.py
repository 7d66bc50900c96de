"""One sentence for each type of fact, and the law that it comes from.

A sentence names only fields that ops may see: no need of a child, no reason that a side gave for declining one. What is
in braces is a field of the fact, or one of the few phrases that `phrases` adds.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from schemas.words import Blocker, DeadlineKind
from services.matcher.domain import facts, referral_facts
from services.matcher.domain.facts import Fact

from . import laws
from .laws import Law
from .wording import Names, in_words, words


class Sentence(NamedTuple):
    text: str
    law: Law


OF_SETTINGS: Final[Mapping[type[Fact], Sentence]] = {
    # --- the setting
    facts.SettingRegistered: Sentence(
        "The setting was registered: {provision}, {registration}, {registered_places} places.", laws.PLACES
    ),
    facts.SettingAmended: Sentence(
        "The setting was amended: {registration}, {registered_places} places.", laws.OBSERVED
    ),
    facts.SettingJudged: Sentence("The setting's judgement became {judgement} (was {was}).", laws.GATE),
    facts.AgreementAttached: Sentence(
        "Agreement {agreement_id} version {version} was attached.", laws.AGREEMENTS
    ),
    facts.AgreementCameIntoForce: Sentence(
        "Agreement {agreement_id} version {version} came into force.", laws.AGREEMENTS
    ),
    facts.AgreementEnded: Sentence("Agreement {agreement_id} version {version} ended.", laws.AGREEMENTS),
    facts.MembershipEnded: Sentence(
        "{council} is no longer a member of {audience}; a running window keeps its members.", laws.AGREEMENTS
    ),
    facts.PolicyAdopted: Sentence(
        "Policy {policy} and calendar {calendar} hold from now on; running windows keep their terms.",
        laws.DEADLINES,
    ),
    facts.SettingPaused: Sentence("The setting takes nobody for now.", laws.MAY_OPEN),
    facts.SettingResumed: Sentence("The setting takes children again.", laws.MAY_OPEN),
    facts.SettingClosing: Sentence("The setting will close: {closes_at}.", laws.MAY_OPEN),
    facts.SettingClosed: Sentence("The setting closed.", laws.MAY_OPEN),
    facts.SettingConfirmed: Sentence("All of the setting was confirmed as of {confirmed_at}.", laws.NIL),
    facts.NumbersReconciled: Sentence(
        "{stated} vacancies were stated and {known} known: {posted} posted, {withdrawn} withdrawn.",
        laws.NUMBERS,
    ),
    facts.ConflictFound: Sentence(
        "A person must look: {kind} ({stated} stated, {known} known).", laws.NUMBERS
    ),
    facts.CapacityExceeded: Sentence(
        "{over} more places are in use than are registered; nothing opens.", laws.NUMBERS
    ),
    # --- places
    facts.PlaceBecameUnusable: Sentence(
        "Place {place} became unusable ({reason}); to be looked at again {review_at}.", laws.PLACES
    ),
    facts.PlaceBecameUsable: Sentence("Place {place} became usable.", laws.PLACES),
    facts.PlaceReviewDue: Sentence(
        "Whether place {place} is still unusable is to be said again.", laws.PLACES
    ),
    facts.PlaceCameOnNotice: Sentence(
        "Place {place} is on notice and will be free {vacant_from}.", laws.PLACES
    ),
    facts.PlaceBecameOccupied: Sentence("Place {place} became occupied.", laws.PLACES),
    facts.PlaceRetired: Sentence("Place {place} is no longer registered.", laws.PLACES),
    facts.PlaceNeedsReview: Sentence("Place {place} is to be reviewed with the provider.", laws.DECLINES),
    facts.ProfileNeedsCorrection: Sentence("The setting's profile is to be corrected.", laws.DECLINES),
    # --- vacancies
    facts.VacancyPosted: Sentence(
        "Place {place} became vacancy {vacancy_id}: {kind} fill, from {available_from}, {fee} a week.",
        laws.PLACES,
    ),
    facts.VacancyAmended: Sentence(
        "The vacancy was amended: from {available_from}, {fee} a week.", laws.OBSERVED
    ),
    facts.VacancyConfirmed: Sentence("The vacancy was confirmed as of {confirmed_at}.", laws.FRESHNESS),
    facts.VacancyAged: Sentence("The vacancy is ageing: the provider is reminded.", laws.FRESHNESS),
    facts.VacancyBecameStale: Sentence(
        "The vacancy is stale: no new window, no match, call first.", laws.FRESHNESS
    ),
    facts.VacancyFilled: Sentence("Place {place} was filled outside the windows.", laws.BYPASS),
    facts.VacancyWithdrawn: Sentence("The vacancy was withdrawn: {reason}.", laws.PLACES),
    facts.BlockPlaceLetGo: Sentence("{council}, an owner, let the block place go.", laws.BLOCK),
    facts.BypassRecorded: Sentence("The order was bypassed {with_code}.", laws.BYPASS),
    # --- windows
    facts.OpeningBlocked: Sentence("No window opens: {why_blocked}.", laws.MAY_OPEN),
    facts.TierSkipped: Sentence(
        "Tier {tier} {audience} was passed over: it has no member on this day.", laws.ONE_WINDOW
    ),
    facts.WindowOpened: Sentence(
        "Window {window_id} opened for tier {tier} {audience} ({members}) until {closes_at}, under {terms}{returned}.",
        laws.ONE_WINDOW,
    ),
    facts.WindowAcknowledged: Sentence("{council} acknowledged window {window_id}.", laws.ACKNOWLEDGE),
    facts.WindowReleased: Sentence("{council} let window {window_id} go.", laws.RELEASE),
    facts.WindowExtensionAsked: Sentence(
        "{council} asked the provider to extend window {window_id}: {reason}.", laws.EXTEND
    ),
    facts.WindowExtended: Sentence("Window {window_id} was extended to {closes_at}: {reason}.", laws.EXTEND),
    facts.WindowToppedUp: Sentence(
        "A nomination was declined late; window {window_id} keeps its minimum remainder, until {closes_at}.",
        laws.CLOCK_GOES_ON,
    ),
    facts.WindowPaused: Sentence(
        "More information is needed; window {window_id} was moved, once, to {closes_at}.", laws.DECLINES
    ),
    facts.WindowTold: Sentence("{council} was told of window {window_id}: {told_at}.", laws.TOLD),
    facts.WindowNotTold: Sentence("No channel reached {council} about window {window_id}.", laws.TOLD),
    facts.WindowMoved: Sentence(
        "Told late: window {window_id} was moved by the delay, to {closes_at}.", laws.TOLD
    ),
    facts.WindowCredited: Sentence(
        "Nobody was told of window {window_id}: it has one more full length, until {closes_at}.", laws.TOLD
    ),
    facts.WindowEnded: Sentence(
        "Window {window_id} of tier {tier} {audience} ended: {outcome}{because}.", laws.TOO_LATE
    ),
    facts.LadderEnded: Sentence(
        "Every tier has had its window; a confirmation offers the vacancy to the last tier again.",
        laws.ONE_WINDOW,
    ),
    # --- nominations, choice, standby
    facts.StandbyRegistered: Sentence(
        "{council} stands by with referral {referral_id} until its own tier opens.", laws.RELEASE
    ),
    facts.NominationMade: Sentence(
        "{council} nominated referral {referral_id} in window {window_id}: {nomination_id}{from_standby}.",
        laws.COLLECT,
    ),
    facts.NominationVouched: Sentence(
        "Nomination {nomination_id} was vouched for: the provider may see it.", laws.VOUCHED
    ),
    facts.NominationEnded: Sentence("Nomination {nomination_id} ended: {end}.", laws.COLLECT),
    facts.ChoiceOpened: Sentence(
        "The provider may choose among the nominations until {closes_at}.", laws.CHOICE
    ),
    facts.ChoiceEnded: Sentence(
        "The time to choose is over; {unanswered} nominations had no answer from the provider.", laws.CHOICE
    ),
    facts.PairBlocked: Sentence(
        "This setting and referral {referral_id} are not put together again{for_how_long}.", laws.DECLINES
    ),
    # --- holds, takes, moving in
    facts.PlaceHeld: Sentence(
        "The provider accepted {nomination_id}: the place is held for referral {referral_id} of {council} until {until}"
        " ({hold_id}).",
        laws.HOLD,
    ),
    facts.HoldEnded: Sentence("Hold {hold_id} ended: {end}.", laws.HOLD),
    facts.TakeAgreed: Sentence(
        "The vacancy agreed to {take_id}: reserved for referral {referral_id} from {starts_on}.",
        laws.THREE_STEPS,
    ),
    facts.TakeRefused: Sentence(
        "The vacancy refused {take_id}: hold {hold_id} stands no more.", laws.THREE_STEPS
    ),
    facts.MoveInOverdue: Sentence("The day of the reserved start has passed without a word.", laws.HOLD),
    facts.MovedIn: Sentence("The child of referral {referral_id} moved in.", laws.HOLD),
    facts.FellThrough: Sentence(
        "The placement of referral {referral_id} fell through; the vacancy goes back to the tier that it left.",
        laws.HOLD,
    ),
    facts.Corrected: Sentence("Input {corrects} was a mistake ({mistake}) and was put right.", laws.MISTAKES),
}

OF_REFERRALS: Final[Mapping[type[Fact], Sentence]] = {
    referral_facts.ReferralAnticipated: Sentence(
        "{council} expects this need from a date on.", laws.ANTICIPATED
    ),
    referral_facts.ReferralOpened: Sentence("{council}'s referral is open.", laws.THREE_STEPS),
    referral_facts.ReferralAmended: Sentence("What the referral asks for was amended.", laws.OBSERVED),
    referral_facts.ReferralConfirmed: Sentence(
        "The referral was confirmed as of {confirmed_at}.", laws.REFERRALS
    ),
    referral_facts.ReferralConfirmationDue: Sentence(
        "The referral was not confirmed in time: not matched until it is.", laws.REFERRALS
    ),
    referral_facts.ReferralClosed: Sentence("The referral was closed.", laws.THREE_STEPS),
    referral_facts.ReferralClosing: Sentence(
        "The referral will be closed as soon as its take or placement has ended.", laws.THREE_STEPS
    ),
    referral_facts.NominationVouched: Sentence(
        "Nomination {nomination_id} was vouched for: the referral is open and that council's own.",
        laws.VOUCHED,
    ),
    referral_facts.NominationDenied: Sentence(
        "Nomination {nomination_id} was not vouched for: {code}.", laws.VOUCHED
    ),
    referral_facts.NominationSettled: Sentence(
        "The referral knows that nomination {nomination_id} ended.", laws.VOUCHED
    ),
    referral_facts.HoldKnown: Sentence(
        "Vacancy {vacancy_id} is held for the referral until {until} ({hold_id}).", laws.HOLD
    ),
    referral_facts.HoldGone: Sentence("Hold {hold_id} is no more.", laws.HOLD),
    referral_facts.TakeAsked: Sentence(
        "The council takes hold {hold_id}: the referral is locked for it ({take_id}, from {starts_on}).",
        laws.THREE_STEPS,
    ),
    referral_facts.Placed: Sentence("The referral is placed in {vacancy_id} ({take_id}).", laws.THREE_STEPS),
    referral_facts.TakeFailed: Sentence(
        "Take {take_id} was refused ({code}): the referral is open again.", laws.THREE_STEPS
    ),
    referral_facts.NominationLetGo: Sentence(
        "Nomination {nomination_id} was let go: another place was taken, or the referral ended.", laws.HOLD
    ),
    referral_facts.HoldLetGo: Sentence(
        "Hold {hold_id} was let go: another place was taken, or the referral ended.", laws.HOLD
    ),
    referral_facts.ChildMovedIn: Sentence("The child moved in to {vacancy_id}.", laws.HOLD),
    referral_facts.ReferralReopened: Sentence(
        "The placement fell through ({take_id}): the referral is open again.", laws.HOLD
    ),
}

BY_TOPIC: Final[Mapping[str, Mapping[str, Sentence]]] = {
    "offers": {each.__name__: sentence for each, sentence in OF_SETTINGS.items()},
    "placements": {each.__name__: sentence for each, sentence in OF_REFERRALS.items()},
}

BLOCKED: Final[Mapping[Blocker, str]] = {
    Blocker.NOT_REGISTERED: "the setting is not registered",
    Blocker.CLOSING: "the setting is closing",
    Blocker.PAUSED: "the setting takes nobody for now",
    Blocker.OVER_CAPACITY: "more places are in use than are registered",
    Blocker.JUDGEMENT_UNKNOWN: "the setting's judgement is unknown and waits for a person",
    Blocker.JUDGEMENT: "the setting's judgement does not satisfy the policy for its provision type",
    Blocker.STALE: "the vacancy is stale: the provider has not confirmed it for too long",
    Blocker.FEE_UNKNOWN: "the agreement has a highest fee and the vacancy has none",
    Blocker.FEE_OVER_AGREEMENT: "the vacancy's fee is over the agreement's",
    Blocker.BLOCK_PLACE: "it is a block place that its owner has not let go",
    Blocker.SECURE: "a secure place goes through the national unit and never along a ladder",
    Blocker.CONNECTED_PERSON: "a connected-person place is for one named child",
    Blocker.LADDER_ENDED: "every tier has had its window, until the provider confirms the vacancy",
    Blocker.BEYOND_KNOWN_HOLIDAYS: "its deadline would lie beyond the holidays that the calendar knows",
}

DUE: Final[Mapping[DeadlineKind, tuple[str, Law]]] = {
    DeadlineKind.WINDOW_DUE: ("the window ends", laws.TOO_LATE),
    DeadlineKind.CHOICE_DUE: ("the provider's time to choose ends and the next tier opens", laws.CHOICE),
    DeadlineKind.HOLD_DUE: (
        "the hold lapses and the vacancy goes back to its tier (the grace for a take included)",
        laws.HOLD,
    ),
    DeadlineKind.RESERVATION_DUE: ("the child should have moved in; both sides are reminded", laws.HOLD),
    DeadlineKind.NOTICE_DUE: ("the place on notice becomes vacant", laws.PLACES),
    DeadlineKind.REVIEW_DUE: ("whether the place is unusable is asked again", laws.PLACES),
    DeadlineKind.FRESHNESS_DUE: ("the vacancy's freshness changes unless it is confirmed", laws.FRESHNESS),
    DeadlineKind.AGREEMENT_DUE: ("an agreement or a membership begins or ends", laws.AGREEMENTS),
    DeadlineKind.CLOSURE_DUE: ("the setting closes", laws.MAY_OPEN),
    DeadlineKind.REFERRAL_CONFIRMATION_DUE: (
        "the referral is matched no more unless it is confirmed",
        laws.REFERRALS,
    ),
}


def phrases(fact: Mapping[str, Any]) -> dict[str, str]:
    """What a sentence says only sometimes."""
    code, reason, agreement = fact.get("code"), fact.get("reason"), fact.get("agreement_id")
    return {
        "with_code": f"with the code {words(code)}" if code else "without a code: unexplained",
        "because": f" ({words(reason)})" if reason else "",
        "terms": f"agreement {agreement} version {fact.get('agreement_version')}"
        if agreement
        else "the default ladder",
        "returned": ", with what the tier had left" if fact.get("is_returned") else "",
        "from_standby": ", from its standby" if fact.get("is_from_standby") else "",
        "for_how_long": " until the group there changes" if fact.get("is_until_group_changes") else "",
        "why_blocked": BLOCKED[Blocker(reason)] if reason in set(Blocker) else "",
    }


def tell(topic: str, fact: Mapping[str, Any], names: Names) -> tuple[str, Law]:
    """One fact of a topic in plain words, with its law; KeyError for a type that has no sentence."""
    sentence = BY_TOPIC[topic][fact["type"]]
    fields = {name: in_words(name, value, names) for name, value in fact.items()}
    return sentence.text.format_map({**fields, **phrases(fact)}), sentence.law
