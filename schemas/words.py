"""The field's own words, as closed lists. Plain standard library, so that rules and wire share one vocabulary.

A word is added here once; the API, the pages, the rules and the log all use the same spelling. One file, longer than
others, because it is looked up and not read: its lists stand by subject.
"""

from enum import StrEnum

# --- who speaks, and how an input is answered ---------------------------------------------------------------


class Role(StrEnum):
    """Who speaks: the first four are people, the others parts of Hearth."""

    PROVIDER = "provider"
    TEAM = "team"
    COMMISSIONER = "commissioner"
    OPS = "ops"
    CLOCK = "clock"
    NOTIFIER = "notifier"
    OFFERS = "offers"
    PLACEMENTS = "placements"
    REGISTER = "register"


class Code(StrEnum):
    """How an input was answered: accepted, or the one rule that refused it."""

    ACCEPTED = "accepted"
    NOT_YOUR_ROLE = "not_your_role"
    NOT_YOUR_SETTING = "not_your_setting"
    NOT_YOUR_REFERRAL = "not_your_referral"
    NOT_YOUR_NOMINATION = "not_your_nomination"
    NOT_YOUR_HOLD = "not_your_hold"
    OBSERVED_IN_FUTURE = "observed_in_future"
    OLDER_OBSERVATION = "older_observation"
    UNKNOWN_SETTING = "unknown_setting"
    ALREADY_REGISTERED = "already_registered"
    UNKNOWN_POLICY = "unknown_policy"
    UNKNOWN_CALENDAR = "unknown_calendar"
    SETTING_CLOSED = "setting_closed"
    CHANGES_NOTHING = "changes_nothing"
    AGREEMENT_OVERLAPS = "agreement_overlaps"
    AGREEMENT_VERSION_NOT_NEWER = "agreement_version_not_newer"
    UNKNOWN_AGREEMENT = "unknown_agreement"
    ENDS_IN_PAST = "ends_in_past"
    UNKNOWN_PLACE = "unknown_place"
    PLACE_NOT_FREE = "place_not_free"
    PLACE_NOT_REGISTERED = "place_not_registered"
    PLACE_HELD = "place_held"
    PLACE_RESERVED = "place_reserved"
    PLACE_NOT_OCCUPIED = "place_not_occupied"
    PLACE_NOT_UNUSABLE = "place_not_unusable"
    NO_FREE_PLACE = "no_free_place"
    NOT_ON_BED_LADDER = "not_on_bed_ladder"
    UNKNOWN_VACANCY = "unknown_vacancy"
    NOT_A_BLOCK_PLACE = "not_a_block_place"
    NOT_BLOCK_OWNER = "not_block_owner"
    UNKNOWN_WINDOW = "unknown_window"
    WINDOW_NOT_OPEN = "window_not_open"
    NOT_IN_AUDIENCE = "not_in_audience"
    ALREADY_RELEASED = "already_released"
    ALREADY_NOMINATED = "already_nominated"
    NOMINATION_PENDING = "nomination_pending"
    TOO_MANY_NOMINATIONS = "too_many_nominations"
    PAIR_BLOCKED = "pair_blocked"
    STANDBY_NOT_ALLOWED = "standby_not_allowed"
    ALREADY_STANDING_BY = "already_standing_by"
    ALREADY_EXTENDED = "already_extended"
    EXTENSION_TOO_LONG = "extension_too_long"
    NO_EXTENSION_ASKED = "no_extension_asked"
    BEYOND_KNOWN_HOLIDAYS = "beyond_known_holidays"
    UNKNOWN_NOMINATION = "unknown_nomination"
    NOMINATION_NOT_VOUCHED = "nomination_not_vouched"
    STILL_COLLECTING = "still_collecting"
    NOT_RESERVED = "not_reserved"
    NOT_HELD_OR_RESERVED = "not_held_or_reserved"
    UNKNOWN_HOLD = "unknown_hold"
    HOLD_ENDED = "hold_ended"
    NOTHING_TO_CORRECT = "nothing_to_correct"
    LOWER_TIER_ANSWERED = "lower_tier_answered"
    ALREADY_SUBMITTED = "already_submitted"
    UNKNOWN_REFERRAL = "unknown_referral"
    REFERRAL_ANTICIPATED = "referral_anticipated"
    REFERRAL_LOCKED = "referral_locked"
    REFERRAL_PLACED = "referral_placed"
    REFERRAL_CLOSED = "referral_closed"
    REFERRAL_NOT_CONFIRMED = "referral_not_confirmed"
    STALE_INSTANCE = "stale_instance"
    REASON_NEEDED = "reason_needed"


# --- settings and places ------------------------------------------------------------------------------------


class Provision(StrEnum):
    """What kind of setting it is."""

    CHILDRENS_HOME = "childrens_home"
    SPECIAL_SCHOOL_HOME = "special_school_home"
    FOSTER_HOUSEHOLD = "foster_household"
    SUPPORTED_ACCOMMODATION = "supported_accommodation"
    SHORT_BREAKS = "short_breaks"
    PARENT_AND_CHILD = "parent_and_child"
    SECURE_HOME = "secure_home"
    SHELTER_PROGRAMME = "shelter_programme"


class Sector(StrEnum):
    """Who owns the setting. `local_authority` is a council's own (in-house)."""

    LOCAL_AUTHORITY = "local_authority"
    PRIVATE = "private"
    VOLUNTARY = "voluntary"
    HEALTH = "health"
    UNKNOWN = "unknown"


class Region(StrEnum):
    """The regions as the regulator's register spells them; its own regions count two of them as one."""

    EAST_MIDLANDS = "East Midlands"
    EAST_OF_ENGLAND = "East of England"
    LONDON = "London"
    NORTH_EAST = "North East"
    NORTH_WEST = "North West"
    SOUTH_EAST = "South East"
    SOUTH_WEST = "South West"
    WEST_MIDLANDS = "West Midlands"
    YORKSHIRE = "Yorkshire and The Humber"
    NORTH_EAST_YORKSHIRE = "North East, Yorkshire and the Humber"
    UNKNOWN = "unknown"


class Registration(StrEnum):
    """Where a setting stands with the regulator. Only `registered` is ever offered."""

    PLANNED = "planned"
    PENDING = "pending"
    REGISTERED = "registered"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class Judgement(StrEnum):
    """The regulator's last word. `unknown` is not `not_yet_inspected`: it waits for a person."""

    OUTSTANDING = "outstanding"
    GOOD = "good"
    REQUIRES_IMPROVEMENT = "requires_improvement"
    INADEQUATE = "inadequate"
    NOT_YET_INSPECTED = "not_yet_inspected"
    OUTCOME_1 = "outcome_1"
    OUTCOME_2 = "outcome_2"
    OUTCOME_3 = "outcome_3"
    UNKNOWN = "unknown"


class PlaceStatus(StrEnum):
    """What a place itself is. A vacant place's window, hold or reservation stand in its vacancy.

    `unreported`: registered, and nobody has said whether a child lives there; counted as occupied, never offered.
    `retired`: no longer registered; keeps its number and counts nowhere.
    """

    PLANNED = "planned"
    PENDING_REGISTRATION = "pending_registration"
    UNREPORTED = "unreported"
    OCCUPIED = "occupied"
    ON_NOTICE = "on_notice"
    VACANT = "vacant"
    UNUSABLE = "unusable"
    RETIRED = "retired"


class UnusableReason(StrEnum):
    CARER_BREAK = "carer_break"
    NEEDS_OF_CURRENT_CHILD = "needs_of_current_child"
    SOLO_REQUIRED = "solo_required"
    STAFFING = "staffing"
    PREMISES = "premises"
    SAFEGUARDING = "safeguarding"
    APPROVAL_UNDER_REVIEW = "approval_under_review"
    SIBLING_HOLD = "sibling_hold"
    REGISTRATION_CONDITION = "registration_condition"


class PauseReason(StrEnum):
    STAFFING = "staffing"
    PREMISES = "premises"
    SAFEGUARDING = "safeguarding"
    GROUP_SETTLING = "group_settling"
    OWN_DECISION = "own_decision"


class ConflictKind(StrEnum):
    """What two statements say that cannot both be so; a person resolves it."""

    MORE_VACANCIES_THAN_FREE_PLACES = "more_vacancies_than_free_places"
    FEWER_VACANCIES_THAN_HELD = "fewer_vacancies_than_held"
    ALREADY_FILLED = "already_filled"


# --- vacancies ----------------------------------------------------------------------------------------------


class Kind(StrEnum):
    """The kind of fill, said by the provider at posting. A place's first vacancy is `first` unless `emergency`."""

    FIRST = "first"
    PLANNED = "planned"
    EMERGENCY = "emergency"
    FOSTER = "foster"


class Freshness(StrEnum):
    FRESH = "fresh"
    AGEING = "ageing"
    STALE = "stale"


class Supply(StrEnum):
    """What kind of free place a match is about: offered now, or expected."""

    VACANT = "vacant"
    ON_NOTICE = "on_notice"
    PLANNED = "planned"


class WithdrawReason(StrEnum):
    """Why a vacancy is no longer offered though nobody was placed through Hearth."""

    PROVIDER_WITHDREW = "provider_withdrew"
    NIL_RETURN = "nil_return"
    NUMBERS_FEWER = "numbers_fewer"
    PLACE_UNUSABLE = "place_unusable"
    PLACE_OCCUPIED = "place_occupied"
    PLACE_RETIRED = "place_retired"
    NOT_CONFIRMED = "not_confirmed"
    SETTING_CLOSED = "setting_closed"


class BypassCode(StrEnum):
    COURT_ORDER = "court_order"
    IMMINENT_RISK = "imminent_risk"
    SIBLING_IN_HOME = "sibling_in_home"
    BLOCK_OWNER = "block_owner"


class Mistake(StrEnum):
    """What a correction says was wrong in the input that it names."""

    FILLED_IN_ERROR = "filled_in_error"
    WRONG_RELEASE = "wrong_release"
    WITHDRAWN_IN_ERROR = "withdrawn_in_error"


# --- offer windows ------------------------------------------------------------------------------------------


class Blocker(StrEnum):
    """Why a vacancy opens no window now, in the order in which the checks are made."""

    NOT_REGISTERED = "not_registered"
    CLOSING = "closing"
    PAUSED = "paused"
    OVER_CAPACITY = "over_capacity"
    JUDGEMENT_UNKNOWN = "judgement_unknown"
    JUDGEMENT = "judgement"
    STALE = "stale"
    FEE_UNKNOWN = "fee_unknown"
    FEE_OVER_AGREEMENT = "fee_over_agreement"
    BLOCK_PLACE = "block_place"
    SECURE = "secure"
    CONNECTED_PERSON = "connected_person"
    LADDER_ENDED = "ladder_ended"
    BEYOND_KNOWN_HOLIDAYS = "beyond_known_holidays"


class WindowOutcome(StrEnum):
    """How a window ended; each ends once, with one of these."""

    LAPSED = "lapsed"
    NOMINATED = "nominated"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"
    REJUDGED = "rejudged"
    BYPASSED = "bypassed"
    UNTOLD = "untold"
    CORRECTED = "corrected"


class WindowEndReason(StrEnum):
    """Why a window ended early, where it is no blocker, no withdrawal and no bypass with a code."""

    SUSPENDED = "suspended"
    CLOSED = "closed"
    AGREEMENT_ENDED = "agreement_ended"
    UNEXPLAINED = "unexplained"


class ExtendReason(StrEnum):
    ASSESSMENT = "assessment"
    VISIT = "visit"
    PANEL_BOOKED = "panel_booked"


# --- nominations, holds, placements -------------------------------------------------------------------------


class NominationEnd(StrEnum):
    CHOSEN = "chosen"
    ANOTHER_CHOSEN = "another_chosen"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REFERRAL_NOT_OPEN = "referral_not_open"
    LET_GO = "let_go"
    UNANSWERED_BY_PROVIDER = "unanswered_by_provider"
    WINDOW_ENDED = "window_ended"
    PLACE_GONE = "place_gone"


class ProviderDecline(StrEnum):
    IMPACT_ON_CURRENT_RESIDENTS = "impact_on_current_residents"
    NEEDS_OUTSIDE_REGISTRATION = "needs_outside_registration"
    STAFFING_OR_SKILLS = "staffing_or_skills"
    LOCATION_RISK = "location_risk"
    INSUFFICIENT_INFORMATION = "insufficient_information"
    OFSTED_RATING_CONCERN = "ofsted_rating_concern"
    CARER_UNAVAILABLE = "carer_unavailable"
    ALREADY_FILLED = "already_filled"


class CouncilDecline(StrEnum):
    """Why a council lets a window, a nomination or a place go."""

    DISTANCE_OR_EDUCATION = "distance_or_education"
    PRICE = "price"
    QUALITY_CONCERN = "quality_concern"
    CHILD_OR_FAMILY_VIEWS = "child_or_family_views"
    ALTERNATIVE_FOUND = "alternative_found"
    PLAN_CHANGED = "plan_changed"
    NO_SUITABLE_CHILD = "no_suitable_child"


class ChoiceReason(StrEnum):
    """Why a provider chose this nomination: the first criterion, in this order, that told it from the others.

    Source: domain page, offer windows, law 10. `ALL_EQUAL` is for nominations that none of them tells apart.
    """

    ONLY_NOMINATION = "only_nomination"
    BEST_MATCH = "best_match"
    URGENCY = "urgency"
    DISTANCE = "distance"
    LEAST_RECENTLY_SERVED = "least_recently_served"
    ALL_EQUAL = "all_equal"


class HoldEnd(StrEnum):
    TAKEN = "taken"
    LAPSED = "lapsed"
    LET_GO = "let_go"
    FELL_THROUGH = "fell_through"
    PLACE_FILLED = "place_filled"
    SETTING_CLOSED = "setting_closed"
    SETTING_SUSPENDED = "setting_suspended"


class FallThroughReason(StrEnum):
    PROVIDER_UNABLE = "provider_unable"
    GROUP_CHANGED = "group_changed"
    PLAN_CHANGED = "plan_changed"
    CHILD_OR_FAMILY_VIEWS = "child_or_family_views"
    COURT_DECISION = "court_decision"
    SETTING_CLOSED = "setting_closed"
    SETTING_SUSPENDED = "setting_suspended"
    MISTAKE = "mistake"


# --- referrals ----------------------------------------------------------------------------------------------


class ReferralStatus(StrEnum):
    ANTICIPATED = "anticipated"
    OPEN = "open"
    LOCKED = "locked"
    PLACED = "placed"
    CLOSED = "closed"


class CloseReason(StrEnum):
    PLACED_ELSEWHERE = "placed_elsewhere"
    RETURNED_HOME = "returned_home"
    PLAN_CHANGED = "plan_changed"
    NO_LONGER_NEEDED = "no_longer_needed"


class Gender(StrEnum):
    FEMALE = "female"
    MALE = "male"
    NON_BINARY = "non_binary"


class Need(StrEnum):
    EBD = "ebd"
    LD = "ld"
    ASD = "asd"
    SEMH = "semh"
    PHYSICAL = "physical"
    SENSORY = "sensory"
    COMPLEX_HEALTH = "complex_health"
    TIER_4_DISCHARGE = "tier_4_discharge"
    UASC = "uasc"
    PARENT_AND_CHILD = "parent_and_child"


class LegalRoute(StrEnum):
    """How the child comes to be looked after. The last three need a setting that takes such placements."""

    ACCOMMODATED = "accommodated"
    CARE_ORDER = "care_order"
    REMAND = "remand"
    YRO_WITH_RESIDENCE = "yro_with_residence"
    LICENCE = "licence"


class Urgency(StrEnum):
    SAME_DAY = "same_day"
    DAYS = "days"
    WEEKS = "weeks"


# --- matching -----------------------------------------------------------------------------------------------


class Misfit(StrEnum):
    """A hard constraint that a vacancy and a referral miss."""

    PROVISION = "provision"
    AGE = "age"
    GENDER = "gender"
    NEEDS_OUTSIDE_REGISTRATION = "needs_outside_registration"
    LEGAL_ROUTE = "legal_route"
    SIBLING_GROUP = "sibling_group"
    SOLO = "solo"
    AVAILABLE_TOO_LATE = "available_too_late"
    FEE = "fee"
    AVOID_AREA = "avoid_area"
    UNDER_16_SUPPORTED_ACCOMMODATION = "under_16_supported_accommodation"
    FOSTER_USUAL_LIMIT = "foster_usual_limit"
    GROUP_AGE_SPREAD = "group_age_spread"
    GROUP_MIX = "group_mix"
    PAIR_BLOCKED = "pair_blocked"
    STALE = "stale"
    JUDGEMENT = "judgement"


class RankReason(StrEnum):
    """What speaks for an option, most weighty first. It is said of the place, never of a child."""

    IN_BOROUGH = "in_borough"
    NEAR = "near"
    SCHOOL_KEPT = "school_kept"
    SIBLINGS_TOGETHER = "siblings_together"
    IN_HOUSE = "in_house"
    JUDGED_OUTSTANDING = "judged_outstanding"
    JUDGED_GOOD = "judged_good"
    NEEDS_MATCHED = "needs_matched"
    FRESH = "fresh"
    FEE_KNOWN = "fee_known"


class DistanceBand(StrEnum):
    """How far a place lies from the middle of the child's own borough, in kilometres as the crow flies.

    32 km are the 20 miles of the national statistics on children looked after.
    """

    WITHIN_5_KM = "within_5_km"
    WITHIN_10_KM = "within_10_km"
    WITHIN_20_KM = "within_20_km"
    WITHIN_32_KM = "within_32_km"
    WITHIN_80_KM = "within_80_km"
    BEYOND_80_KM = "beyond_80_km"
    UNKNOWN = "unknown"


class Badge(StrEnum):
    """Whose approval an option needs, by geography from the child's own borough."""

    NONE = "none"
    NOMINATED_OFFICER = "nominated_officer"
    DIRECTOR = "director_of_childrens_services"


# --- time ---------------------------------------------------------------------------------------------------


class CalendarKind(StrEnum):
    """`working`: Europe/London, Monday to Friday 09:00 to 17:00, less bank holidays. `elapsed`: every second counts."""

    WORKING = "working"
    ELAPSED = "elapsed"


class DeadlineKind(StrEnum):
    """What falls due. The clock's input of each has the same name in camel case."""

    WINDOW_DUE = "window_due"
    CHOICE_DUE = "choice_due"
    HOLD_DUE = "hold_due"
    RESERVATION_DUE = "reservation_due"
    NOTICE_DUE = "notice_due"
    REVIEW_DUE = "review_due"
    FRESHNESS_DUE = "freshness_due"
    AGREEMENT_DUE = "agreement_due"
    CLOSURE_DUE = "closure_due"
    REFERRAL_CONFIRMATION_DUE = "referral_confirmation_due"


# --- messages -----------------------------------------------------------------------------------------------


class MessageKind(StrEnum):
    """What a message is about."""

    WINDOW_OPENED = "window_opened"
    WINDOW_UNACKNOWLEDGED = "window_unacknowledged"
    WINDOW_NEARLY_OVER = "window_nearly_over"
    WINDOW_MOVED = "window_moved"
    WINDOW_ENDED = "window_ended"
    WINDOW_CREDITED = "window_credited"
    EXTENSION_ASKED = "extension_asked"
    NOMINATION_RECEIVED = "nomination_received"
    NOMINATION_ENDED = "nomination_ended"
    CHOICE_OPENED = "choice_opened"
    PLACE_HELD = "place_held"
    HOLD_ENDED = "hold_ended"
    PLACE_TAKEN = "place_taken"
    TAKE_REFUSED = "take_refused"
    MOVE_IN_OVERDUE = "move_in_overdue"
    MOVED_IN = "moved_in"
    FELL_THROUGH = "fell_through"
    VACANCY_AGED = "vacancy_aged"
    VACANCY_STALE = "vacancy_stale"
    VACANCY_WITHDRAWN = "vacancy_withdrawn"
    MATCH_FOUND = "match_found"
    REFERRAL_CONFIRMATION_DUE = "referral_confirmation_due"
    PLACE_REVIEW_DUE = "place_review_due"
    PROFILE_NEEDS_CORRECTION = "profile_needs_correction"
    CONFLICT_FOUND = "conflict_found"
    CAPACITY_EXCEEDED = "capacity_exceeded"
    BYPASS_RECORDED = "bypass_recorded"
    SETTING_DOWNGRADED = "setting_downgraded"


class Channel(StrEnum):
    """The ways in which the notifier can tell somebody."""

    CONSOLE = "console"
    OUTBOX = "outbox"
    SMTP = "smtp"


class DeliveryOutcome(StrEnum):
    """How a delivery ended. `unknown`: it may have arrived; it is tried again with the same key."""

    SENT = "sent"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SUPERSEDED = "superseded"


# --- the regulator's register -------------------------------------------------------------------------------


class RegisteredAs(StrEnum):
    """The register's provision types. A word that `Provision` has too means the same there."""

    CHILDRENS_HOME = "childrens_home"
    SPECIAL_SCHOOL_HOME = "special_school_home"
    SECURE_HOME = "secure_home"
    SUPPORTED_ACCOMMODATION = "supported_accommodation"
    PARENT_AND_CHILD = "parent_and_child"
    FOSTERING_AGENCY = "fostering_agency"
    LOCAL_AUTHORITY_FOSTERING = "local_authority_fostering"
    VOLUNTARY_ADOPTION_AGENCY = "voluntary_adoption_agency"
    LOCAL_AUTHORITY_ADOPTION = "local_authority_adoption"
    ADOPTION_SUPPORT_AGENCY = "adoption_support_agency"
    RESIDENTIAL_SPECIAL_SCHOOL = "residential_special_school"
    BOARDING_SCHOOL = "boarding_school"
    RESIDENTIAL_COLLEGE = "residential_college"
    HOLIDAY_SCHEME = "holiday_scheme"
    SECURE_TRAINING_CENTRE = "secure_training_centre"
    UNKNOWN_TYPE = "unknown_type"


class Standing(StrEnum):
    """What the register says of a registration."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    RESIGNED = "resigned"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    UNKNOWN = "unknown"
