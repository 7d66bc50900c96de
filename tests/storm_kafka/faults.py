"""What a storm does to Hearth on Kafka: each fault a small story, drawn and ordered by a seed.

Knows processes, signals and consumer groups. Judges nothing but that Hearth goes on afterwards.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Final

from deploy.local.processes import wait_until
from runtime.clock import monotonic_s
from tests.servers.brokers import Broker
from tests.storm.storm import Ledger
from tests.storm_kafka.cluster import Cluster
from tests.storm_kafka.parts import DECIDERS, FOLLOWING_ALL, Part, Parts

RECOVER_MAX_S: Final = 600.0
"""How long it may take, on a machine that is busy with others, until something is decided again."""
CALM_MAX_S: Final = 4.0
BETWEEN: Final = (3, 40)
"""How much is acknowledged between two faults, at least and at most, if that comes within CALM_MAX_S."""


CARRIERS: Final = ("couriers", *FOLLOWING_ALL)
READ: Final = {"couriers": "offers", "listings": "offers", "fit": "listings"}
"""A topic that each carrier follows."""
TURNS: Final = (
    ("offers-a", "placements-a", "couriers"),
    ("offers-b", "placements-b", "clock"),
    (*FOLLOWING_ALL, "notifier", "edge"),
)
"""Who is restarted at the same time."""


class Stuck(Exception):
    """Hearth did not go on."""


@dataclass
class Scene:
    """Everything that a fault may touch."""

    parts: Parts
    broker: Broker
    cluster: Cluster
    ledger: Ledger
    random: Random
    told: list[str] = field(default_factory=list)
    """Which faults were played, one after the other."""
    looks: list[int] = field(default_factory=list)
    """How many decisions counted, each time that the truth was looked at."""
    began_s: float = field(default_factory=monotonic_s)

    def say(self, words: str) -> None:
        """Tell who watches."""
        at_s = monotonic_s() - self.began_s
        print(f"storm {at_s:6.1f} s: {words}", flush=True)  # noqa: T201 - shown by -s, and where the test fails

    def one_of(self, *deciders: str) -> Part:
        """One of the two workers of a decider, whichever comes up."""
        return self.parts[f"{self.random.choice(deciders or DECIDERS)}-{self.random.choice('ab')}"]

    def await_members(self, decider: str, count: int, why: str) -> None:
        def is_met() -> bool:
            self.parts.tend()
            return self.cluster.members(decider) == count

        if not wait_until(is_met, RECOVER_MAX_S):
            raise Stuck(f"{why}: {decider} has {self.cluster.members(decider)} workers, not {count}")

    def await_mirror(self, part: Part, topic: str, end: int) -> None:
        def is_met() -> bool:
            self.parts.tend()
            return part.mirrored(topic) >= end

        if not wait_until(is_met, RECOVER_MAX_S):
            raise Stuck(f"{part.name} did not come up: {part.last_words}")

    def go_on(self, count: int = 1) -> None:
        """Wait until `count` more things are acknowledged; Stuck if that takes too long."""
        wanted, until = self.ledger.acknowledged + count, 0.0
        while self.ledger.acknowledged < wanted and not self.ledger.faults:
            self.parts.tend()
            if until > RECOVER_MAX_S:
                raise Stuck(f"nothing was decided for {RECOVER_MAX_S:g} s")
            if not self.ledger.wait_for(wanted, 1.0):
                until += 1.0

    def breathe(self) -> None:
        """Let people talk for a moment, so that no fault always meets the same instant."""
        self.ledger.wait_for(self.ledger.acknowledged + self.random.randint(*BETWEEN), CALM_MAX_S)
        self.ledger.wait_for(self.ledger.acknowledged + 1, self.random.random() / 10)


def kill(scene: Scene, part: Part) -> None:
    """Kill -9, now and then twice while it starts, now and then with all that it keeps; then start it again."""
    part.kill()
    if scene.random.random() < 0.3:
        scene.say(f"  {part.name} loses what it keeps")
        part.forget()
    while scene.random.random() < 0.25:
        scene.say(f"  {part.name} is killed again while it starts")
        part.start()
        scene.ledger.wait_for(scene.ledger.acknowledged + 1000, scene.random.random() * 4)
        part.kill()
    part.start()


def kill_all(scene: Scene) -> None:
    """The machine of all workers goes down, and comes up with all of them at once."""
    for part in scene.parts:
        part.kill()
    for part in scene.parts:
        part.start()


def lose_disks(scene: Scene) -> None:
    """Every relay and the notifier crash, and nothing of what they kept is there when they come back."""
    found = [scene.parts[name] for name in (*CARRIERS, "notifier")]
    for part in found:
        part.kill()
        part.forget()
    for part in found:
        part.start()


def roll(scene: Scene) -> None:
    """A rolling restart in good order, as a deployment does it: of each kind one, those back before the next ones."""
    for turn in TURNS:
        parts = [scene.parts[name] for name in turn]
        for part in parts:
            part.ask_to_end()
        for part in parts:
            part.stop()
            part.start()
        for part in parts:
            if (decider := part.words[0]) in DECIDERS:
                scene.await_members(decider, 2, f"after {part.name} was started again")
            if part.name == "edge":
                scene.parts.wait_for_edge()


def sleep(scene: Scene) -> None:
    """A worker stands still until the group has given its partitions to the other; then it wakes."""
    part = scene.one_of()
    decider = part.words[0]
    scene.say(f"  {part.name} falls asleep")
    scene.await_members(decider, 2, "before somebody falls asleep")
    part.pause()
    scene.await_members(decider, 1, f"while {part.name} sleeps")
    scene.go_on(scene.random.randint(5, 30))
    part.resume()
    scene.await_members(decider, 2, f"after {part.name} woke")


def doze(scene: Scene) -> None:
    """A relay or the notifier stands still for a while; it is in no group, so nobody takes over."""
    part = scene.parts[scene.random.choice([*CARRIERS, "clock", "notifier"])]
    scene.say(f"  {part.name} stands still")
    part.pause()
    scene.ledger.wait_for(scene.ledger.acknowledged + 200, 10.0)
    part.resume()


def join_and_leave(scene: Scene) -> None:
    """A third worker joins a decider; then it, or another one, leaves in good order or by a crash."""
    decider = scene.random.choice(DECIDERS)
    scene.await_members(decider, 2, "before a third joins")
    third = scene.parts.twin(scene.one_of(decider))
    scene.say(f"  {third.name} joins")
    third.start()
    scene.await_members(decider, 3, f"after {third.name} joined")
    scene.go_on(3)
    leave(scene, third)
    scene.parts.drop(third)
    scene.await_members(decider, 2, f"after {third.name} left")


def two_at_once(scene: Scene) -> None:
    """A second process of the same relays joins, knowing nothing or what it knew when it left; then it leaves again.

    At times the first one leaves before it, and comes back while the second still carries.
    """
    first = scene.parts[scene.random.choice(CARRIERS)]
    topic = READ[first.name]
    second, behind = scene.parts.twin(first), first.mirrored(topic)
    scene.say(f"  {second.name} joins {first.name}")
    second.start()
    scene.await_mirror(second, topic, behind)
    scene.go_on(scene.random.randint(3, 15))
    if scene.random.random() < 0.5:
        scene.say(f"  {first.name} leaves and comes back")
        leave(scene, first)
        scene.go_on(3)
        first.start()
        scene.await_mirror(first, topic, behind)
    leave(scene, second)
    scene.parts.drop(second)
    if scene.random.random() < 0.5:
        second.forget()


def leave(scene: Scene, part: Part) -> None:
    """In good order, or by a crash."""
    if scene.random.random() < 0.5:
        part.stop()
    else:
        part.kill()


def kill_broker(scene: Scene) -> None:
    scene.broker.kill()
    scene.ledger.wait_for(scene.ledger.acknowledged + 1000, scene.random.random() * 5)
    scene.broker.start()


def stop_broker(scene: Scene) -> None:
    scene.broker.stop()
    scene.broker.start()


def pause_broker(scene: Scene) -> None:
    """Connections stay, answers do not come: whatever was sent has an unknown outcome."""
    scene.broker.pause()
    scene.ledger.wait_for(scene.ledger.acknowledged + 1000, scene.random.choice([2.0, 12.0, 35.0]))
    scene.broker.resume()


def without_clocks(scene: Scene) -> None:
    """Neither clock runs for some seconds, so that deadlines pass unsaid; then both start at once."""
    clocks = [scene.parts["couriers"], scene.parts["clock"]]
    for part in clocks:
        part.kill()
    scene.ledger.wait_for(scene.ledger.acknowledged + 1000, 5.0)
    for part in clocks:
        part.start()


Fault = Callable[[Scene], None]


def _kill_of(name: str) -> Fault:
    return lambda scene: kill(scene, scene.parts[name])


FAULTS: Final[dict[str, Fault]] = {
    **{
        f"kill {name}": _kill_of(name)
        for name in (
            "offers-a",
            "offers-b",
            "placements-a",
            "placements-b",
            "couriers",
            "clock",
            "listings",
            "fit",
            "notifier",
            "edge",
        )
    },
    "kill all": kill_all,
    "lose the disks": lose_disks,
    "rolling restart": roll,
    "sleep past the session": sleep,
    "stand still": doze,
    "join and leave": join_and_leave,
    "two at once": two_at_once,
    "kill the broker": kill_broker,
    "restart the broker": stop_broker,
    "pause the broker": pause_broker,
    "no clock": without_clocks,
}


def drawn(random: Random) -> Iterator[str]:
    """Names of faults without end: all of them in some order, then all again in another."""
    while True:
        yield from random.sample(sorted(FAULTS), len(FAULTS))


def strike(scene: Scene, name: str, *, is_last: bool = False) -> None:
    """One fault, and Hearth going on afterwards, with time for a breath unless time is over; Stuck, Ended."""
    scene.say(name)
    scene.told.append(name)
    FAULTS[name](scene)
    scene.go_on()
    if not is_last:
        scene.breathe()
