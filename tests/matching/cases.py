"""For every hard constraint: pairs that miss it and nothing else, and pairs just inside it."""

import pytest

from schemas.words import Freshness, Gender, LegalRoute, Misfit, Need, Provision
from services.matcher.domain.fit import ListedNeed, Offer
from services.matcher.domain.values import Group, MixLimit, SettingId
from tests.matching.worlds import HACKNEY, HARINGEY, NEED, OFFER, TODAY, need, offer

Pair = tuple[Offer, ListedNeed]
FOSTER, SUPPORTED = Provision.FOSTER_HOUSEHOLD, Provision.SUPPORTED_ACCOMMODATION
LATE = TODAY.replace(day=3)
MIX = (MixLimit(Need.EBD, Need.ASD),)
IN_FOSTER = {"provisions": (FOSTER,)}
IN_SUPPORTED = {"provisions": (SUPPORTED,)}

APPLIES: dict[Misfit, list[Pair]] = {
    Misfit.PROVISION: [(OFFER, need(provisions=(FOSTER,)))],
    Misfit.AGE: [(offer(age_min=15), NEED), (offer(age_max=13), NEED)],
    Misfit.GENDER: [(offer(genders=(Gender.MALE, Gender.NON_BINARY)), NEED)],
    Misfit.NEEDS_OUTSIDE_REGISTRATION: [
        (OFFER, need(needs=(outside,))) for outside in Need if outside not in OFFER.profile.needs
    ],
    Misfit.LEGAL_ROUTE: [
        (OFFER, need(legal_route=route))
        for route in (LegalRoute.REMAND, LegalRoute.YRO_WITH_RESIDENCE, LegalRoute.LICENCE)
    ],
    Misfit.SIBLING_GROUP: [(offer(places_vacant=1), need(siblings=2))],
    Misfit.SOLO: [(offer(children=1), need(is_solo_required=True))],
    Misfit.AVAILABLE_TOO_LATE: [(offer(available_from=LATE), NEED)],
    Misfit.FEE: [(OFFER, need(fee_max=479_999))],
    Misfit.AVOID_AREA: [
        (OFFER, need(avoid_areas=(HARINGEY,))),
        (OFFER, need(avoid_areas=("N17",))),
        (offer(borough=None, outward_code=None), need(avoid_areas=("E8",))),
    ],
    Misfit.UNDER_16_SUPPORTED_ACCOMMODATION: [(offer(provision=SUPPORTED), need(age=15, **IN_SUPPORTED))],
    Misfit.FOSTER_USUAL_LIMIT: [
        (offer(provision=FOSTER, children=3), need(**IN_FOSTER)),
        (offer(provision=FOSTER, children=1, places_vacant=3), need(siblings=3, **IN_FOSTER)),
    ],
    Misfit.GROUP_AGE_SPREAD: [
        (offer(age_spread_max=3, group=Group(youngest=10, oldest=12)), NEED),
        (offer(age_spread_max=2, group=Group(oldest=17)), NEED),
    ],
    Misfit.GROUP_MIX: [
        (offer(mix_limits=MIX, group=Group(needs=(Need.ASD,))), need(needs=(Need.EBD,))),
        (offer(mix_limits=MIX, group=Group(needs=(Need.EBD,))), need(needs=(Need.ASD,))),
    ],
    Misfit.PAIR_BLOCKED: [(OFFER, need(blocked_settings=(OFFER.setting_id,)))],
    Misfit.STALE: [(offer(freshness=Freshness.STALE), NEED)],
    Misfit.JUDGEMENT: [(offer(is_judgement_accepted=False), NEED)],
}
STAYS_AWAY: dict[Misfit, list[Pair]] = {
    Misfit.PROVISION: [(OFFER, need(provisions=(FOSTER, OFFER.provision)))],
    Misfit.AGE: [(offer(age_min=14), NEED), (offer(age_max=14), NEED)],
    Misfit.GENDER: [(offer(genders=(Gender.FEMALE,)), NEED)],
    Misfit.NEEDS_OUTSIDE_REGISTRATION: [
        *((offer(needs=(inside,)), need(needs=(inside,))) for inside in Need),
        (offer(needs=()), need(needs=())),
    ],
    Misfit.LEGAL_ROUTE: [(offer(legal_routes=(route,)), need(legal_route=route)) for route in LegalRoute],
    Misfit.SIBLING_GROUP: [(offer(places_vacant=2), need(siblings=2))],
    Misfit.SOLO: [(offer(children=0), need(is_solo_required=True)), (offer(children=1), NEED)],
    Misfit.AVAILABLE_TOO_LATE: [(OFFER, NEED), (offer(available_from=None), NEED)],
    Misfit.FEE: [(OFFER, need(fee_max=480_000)), (OFFER, NEED), (offer(fee=None), need(fee_max=0))],
    Misfit.AVOID_AREA: [
        (OFFER, need(avoid_areas=(HACKNEY, "E8"))),
        (offer(borough=None, outward_code=None), NEED),
    ],
    Misfit.UNDER_16_SUPPORTED_ACCOMMODATION: [
        (offer(provision=SUPPORTED), need(age=16, **IN_SUPPORTED)),
        (OFFER, need(age=15)),
    ],
    Misfit.FOSTER_USUAL_LIMIT: [
        (offer(provision=FOSTER, children=2), need(**IN_FOSTER)),
        (offer(provision=FOSTER, children=0, places_vacant=4), need(siblings=4, **IN_FOSTER)),
        (offer(children=6), NEED),
    ],
    Misfit.GROUP_AGE_SPREAD: [
        (offer(age_spread_max=4, group=Group(youngest=10, oldest=12)), NEED),
        (offer(age_spread_max=0), NEED),
        (offer(group=Group(youngest=8, oldest=17)), NEED),
    ],
    Misfit.GROUP_MIX: [
        (offer(mix_limits=MIX, group=Group(needs=(Need.EBD,))), need(needs=(Need.EBD,))),
        (offer(mix_limits=MIX), need(needs=(Need.EBD, Need.ASD))),
    ],
    Misfit.PAIR_BLOCKED: [(OFFER, need(blocked_settings=(SettingId("SC999999"),)))],
    Misfit.STALE: [(offer(freshness=Freshness.AGEING), NEED)],
    Misfit.JUDGEMENT: [(OFFER, NEED)],
}


def cases(table: dict[Misfit, list[Pair]]) -> list[object]:
    return [
        pytest.param(misfit, *pair, id=f"{misfit}-{number}")
        for misfit in Misfit
        for number, pair in enumerate(table[misfit])
    ]
