"""What the register alone may say of a setting, its provider may not."""

import pytest

from schemas.words import Code, Provision, Registration, Sector
from services.matcher.domain import inputs

from .offers_story import OPS, PROVIDER, REGISTER, Story


@pytest.mark.parametrize("registration", [Registration.SUSPENDED, Registration.CLOSED])
def test_no_provider_lifts_its_own_suspension_or_closure(registration: Registration) -> None:
    story = Story()
    story.do(inputs.SettingRegistered)
    story.do(inputs.SettingAmended, by=REGISTER, registration=registration)
    refused = story.say(inputs.SettingAmended, by=PROVIDER, registration=Registration.REGISTERED)
    assert refused is not None
    assert refused.state is not None
    assert (refused.answer, refused.state.registration) == (Code.NOT_YOUR_ROLE, registration)
    for by in (REGISTER, OPS):
        lifted = story.make(inputs.SettingAmended, by=by, registration=Registration.REGISTERED)
        decided = story.hear(lifted)
        assert decided is not None
        assert decided.answer is Code.ACCEPTED


@pytest.mark.parametrize(
    "said",
    [
        {"provider_id": "P-9999999999"},
        {"provision": Provision.SECURE_HOME},
        {"sector": Sector.VOLUNTARY},
        {"region": "North West"},
    ],
)
def test_provider_provision_sector_and_region_are_the_registers(said: dict[str, object]) -> None:
    story = Story()
    story.do(inputs.SettingRegistered)
    refused = story.say(inputs.SettingAmended, by=PROVIDER, **said)
    assert refused is not None
    assert refused.answer is Code.NOT_YOUR_ROLE
    changed = story.do(inputs.SettingAmended, by=REGISTER, **said)
    [(name, value)] = said.items()
    assert (changed.answer, getattr(changed.state, name)) == (Code.ACCEPTED, value)
