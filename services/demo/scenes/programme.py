"""All scenes, put on in the six weeks: who plays where and when."""

from datetime import date, datetime, timedelta

from services.demo.channel import MadeUpChannel
from services.demo.play import Act, Play
from services.demo.scenes import homes, takes, windows, words
from services.demo.scenes.scene import Listed, Scene, Theatre
from services.demo.stage import Stage
from services.demo.world import SHOWN_PROVIDER
from services.matcher.domain.calendar import LONDON, WorkingCalendar

SCENES: tuple[Listed, ...] = (*windows.SCENES, *takes.SCENES, *homes.SCENES, *words.SCENES)
CLEARED_AFTER_H = 64
"""Working hours after which what a scene left open is cleared away."""


def working_days(begins_at: datetime, ends_at: datetime, calendar: WorkingCalendar) -> tuple[date, ...]:
    """The working days of London that lie wholly between two instants."""
    first, last = (at.astimezone(LONDON).date() for at in (begins_at, ends_at))
    days = (first + timedelta(days=number) for number in range(1, (last - first).days))
    return tuple(day for day in days if day.weekday() < 5 and day not in calendar.holidays)


def rehearse(
    stage: Stage, channel: MadeUpChannel, ends_at: datetime
) -> tuple[Theatre, list[tuple[Listed, Scene]]]:
    """Give every scene its home; nothing is said yet."""
    theatre = Theatre(stage, channel, working_days(stage.now, ends_at, stage.pace.calendar))
    cast = []
    for number, listed in enumerate(SCENES):
        owner = SHOWN_PROVIDER if number % 4 == 0 else f"P-d0000000{2 + number % 8:02d}"
        home = theatre.new_home(
            f"Made-up home ({listed.name})", listed.prefix, listed.provision, listed.places, owner
        )
        cast.append((listed, Scene(theatre, home, listed.home)))
    return theatre, cast


def put_on(play: Play, cast: list[tuple[Listed, Scene]]) -> None:
    """Let every scene begin at its hour."""
    for listed, scene in cast:
        play.begin(_whole(listed, scene), scene.at(listed.day, listed.hour))


def _whole(listed: Listed, scene: Scene) -> Act:
    """A scene, and the clearing away after it."""
    yield from listed.script(scene)
    yield scene.stage.after(CLEARED_AFTER_H)
    scene.clears()
