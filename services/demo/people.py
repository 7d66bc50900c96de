"""What the people of the demo share: what they have been told so far, and where they speak.

Knows ids and facts. Everything is drawn from the stage's own chance.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.words import Kind
from services.demo.play import Play
from services.demo.stage import Happened, Stage
from services.demo.world import Home

Reaction = Callable[[Happened], None]


@dataclass(slots=True)
class Known:
    """What people have been told so far."""

    windows: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Open windows, by id."""
    window_of: dict[str, str] = field(default_factory=dict)
    """The open window of a vacancy."""
    fits: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """By window, then by council: its referrals that fit, best order first as they came."""
    vouched: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """By vacancy: the nominations that its provider may answer."""
    open_referrals: dict[str, str] = field(default_factory=dict)
    """Referrals that still seek a place, with their council."""
    nominated: dict[str, int] = field(default_factory=dict)
    busy: dict[str, set[int]] = field(default_factory=dict)
    """By setting: places of which something has been said already."""


class People:
    """One side of the ordinary weeks. `reactions`: what it does when it is told of a fact, by kind of fact."""

    reactions: Mapping[str, Reaction]

    def __init__(self, stage: Stage, play: Play, known: Known, homes: Mapping[str, Home]) -> None:
        self.stage, self.play, self.known, self.homes = stage, play, known, homes

    def is_ours(self, setting_id: str) -> bool:
        """Tell whether it is one of the homes of the ordinary weeks; the scenes have homes of their own."""
        return setting_id in self.homes

    def pause(self, kind: str, least_h: float, most_h: float) -> datetime:
        """A while in working hours; in an emergency minutes."""
        hours = self.stage.rng.uniform(least_h, most_h)
        return self.stage.later(5 + hours * 5) if kind == Kind.EMERGENCY else self.stage.after(hours)


def setting_of(instance: str) -> str:
    """The setting that an instance's id begins with."""
    return instance.partition(":")[0]
