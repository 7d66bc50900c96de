"""The rules' own `replace` makes what the standard library's would."""

import dataclasses
from typing import Any

import pytest

from schemas.words import Freshness, Judgement
from services.matcher.domain import inputs, replacing
from services.matcher.domain.agreement import Member
from services.matcher.domain.setting import Place, Setting, Vacancy
from services.matcher.domain.values import Group
from tests.rules.offers_story import HARINGEY, Story, agreement


def _setting() -> Setting:
    story = Story()
    story.do(inputs.SettingRegistered)
    story.do(inputs.SettingJudged, judgement=Judgement.GOOD)
    story.do(inputs.AgreementAttached, agreement=agreement())
    story.do(inputs.VacancyPosted)
    assert story.state is not None
    return story.state


SETTING = _setting()
[VACANCY] = SETTING.vacancies()
PLACE = SETTING.places[VACANCY.place - 1]


@pytest.mark.parametrize(
    ("value", "changes"),
    [
        (SETTING, {}),
        (SETTING, {"is_paused": True, "over": 3}),
        (PLACE, {"vacancy": None}),
        (VACANCY, {"freshness": Freshness.STALE, "served": ()}),
        (VACANCY.window, {"topped_up_s": 60}),
        (Member(HARINGEY), {"council": HARINGEY}),
        (Group(), {"youngest": 11}),
    ],
)
def test_a_changed_value_is_what_the_standard_library_makes_of_it(
    value: Any, changes: dict[str, Any]
) -> None:
    before = repr(value)
    changed = replacing.replace(value, **changes)
    assert changed == dataclasses.replace(value, **changes)
    assert type(changed) is type(value)
    assert repr(value) == before


@pytest.mark.parametrize("value", [SETTING, PLACE, VACANCY])
def test_a_field_that_there_is_not_is_refused(value: Setting | Place | Vacancy) -> None:
    with pytest.raises(KeyError):
        replacing.replace(value, no_such_field=1)  # type: ignore[call-arg]
