"""Hearth on a real Kafka under load and under every fault: nothing lost, nothing twice, nothing early, all alike."""

from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest

from deploy.local.processes import wait_until
from runtime.clock import monotonic_s
from runtime.kafka_link import KafkaLink
from runtime.log import LogUnavailable
from runtime.relay import UNCOMMITTED_MAX
from tests.servers.brokers import Broker
from tests.storm.storm import DECIDED, NOT_TAKEN_IN, Asked, Storm, Voice
from tests.storm.test_storm import must_be_as_told
from tests.storm_kafka import truth as truths
from tests.storm_kafka.cluster import Cluster, Ends
from tests.storm_kafka.faults import FAULTS, RECOVER_MAX_S, Scene, drawn, strike
from tests.storm_kafka.parts import Parts
from tests.storm_kafka.people import Feed, People
from tests.storm_kafka.shown import must_stand_alike
from tests.storm_kafka.watch import Watch

pytestmark = [
    pytest.mark.timeout(7200),
    # Clients whose broker is killed in mid-sentence drop their sockets without closing them.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
IDLE_MAX_S = 1800.0
QUIET_S = 10.0
"""So long nothing has changed, before it is said that nothing will."""
CARRIED = (("listings", "offers"), ("listings", "placements"), ("fit", "listings"))
"""Who may be far behind and write nothing meanwhile, and what they read."""
TOLD = ("offers", "placements", "matches", "deliveries")
"""What the notifier tells, and what it has told."""
LOOK_MAX_S = 600.0
"""How long Kafka may be out of reach for who looks at the truth."""
ASKED_AGAIN_MAX = 200


def test_whatever_happens_to_it_every_input_is_decided_once_and_as_the_embedded_runtime_decides_it(
    parts: Parts, own_kafka: Broker, link: KafkaLink, storm_s: float, storm_seed: int
) -> None:
    again = f"HEARTH_STORM_SEED={storm_seed} HEARTH_STORM_KAFKA_S={storm_s:g}"
    print(f"storm: play it again with {again}", flush=True)  # noqa: T201 - shown by -s, and where the test fails
    people, feed = People(parts.url, storm_seed), Feed(link, Random(f"{storm_seed} feed"))
    scene = Scene(parts, own_kafka, Cluster(own_kafka.address), people.ledger, Random(f"{storm_seed} faults"))
    parts.start()
    people.begin()
    feed.begin()
    try:
        rage(scene, Watch(link), feed, storm_s)
    finally:
        people.stop()
        feed.stop()
    assert not people.ledger.faults, (again, people.ledger.faults[:5])
    assert not feed.failure, (again, feed.failure)
    scene.say("asking again, the last words, then coming to rest")
    ask_again(people, scene.random)
    people.say_last()
    assert not people.ledger.faults, (again, people.ledger.faults[:5])
    come_to_rest(scene)
    parts.stop()
    hold_against_the_truth(scene, link, people.ledger.asked, feed)


def rage(scene: Scene, watch: Watch, feed: Feed, for_s: float) -> None:
    """One fault after the other, and a look at the truth after each, until time is over and all were played."""
    scene.go_on(20)
    until_s = monotonic_s() + for_s
    for name in drawn(scene.random):
        is_over = monotonic_s() > until_s
        if scene.ledger.faults or (is_over and set(scene.told) == set(FAULTS)):
            return
        strike(scene, name, is_last=is_over)
        look(scene, watch, feed)


def look(scene: Scene, watch: Watch, feed: Feed) -> None:
    """What was acknowledged is there, decided once, and alike; as soon as Kafka can be read."""

    def is_seen() -> bool:
        scene.parts.tend()
        try:
            scene.looks.append(watch.look(list(scene.ledger.asked), list(feed.acknowledged)))
        except LogUnavailable:
            return False
        return True

    assert wait_until(is_seen, LOOK_MAX_S), "Kafka cannot be read"


def ask_again(storm: Storm, random: Random) -> None:
    """Say again what nobody answered, and much of what was: the same id has the same answer as ever."""
    asked = storm.ledger.asked
    known = [each for each in asked if each.decisions]
    voices = {who: storm.voice(who) for who in {each.who for each in asked}}
    open_ones = [each for each in asked if not each.decisions]
    for each in open_ones + random.sample(known, min(len(known), ASKED_AGAIN_MAX)):
        say_again(voices[each.who], each)
    for voice in voices.values():
        voice.client.close()


def say_again(voice: Voice, asked: Asked) -> None:
    is_answered = DECIDED | NOT_TAKEN_IN
    assert wait_until(lambda: voice.try_once(asked) in is_answered, RECOVER_MAX_S), asked


def come_to_rest(scene: Scene) -> None:
    """Wait until all is acknowledged and carried, and nothing is written any more."""
    last: list[tuple[Ends, float]] = [({}, monotonic_s())]

    def is_quiet() -> bool:
        scene.parts.tend()
        ends = scene.cluster.ends()
        if ends != last[0][0]:
            last[0] = (ends, monotonic_s())
        is_still = monotonic_s() - last[0][1] > QUIET_S
        is_done = scene.cluster.is_all_acknowledged() and is_all_carried(scene.parts)
        return is_still and is_done and is_all_mirrored(scene.parts, ends)

    assert wait_until(is_quiet, IDLE_MAX_S), scene.cluster.ends()


def is_all_mirrored(parts: Parts, ends: Ends) -> bool:
    """Tell whether the notifier, which may have lost all that it had, has read everything that it tells of."""
    count = {topic: sum(end for at, end in ends.items() if at.topic == topic) for topic in TOLD}
    return all(parts["notifier"].mirrored(topic) == count[topic] for topic in TOLD)


def is_all_carried(parts: Parts) -> bool:
    """Tell whether the relays have carried everything, but for what gives nothing and is written down later."""
    return all(parts[name].left_to_carry(name, topic) < UNCOMMITTED_MAX for name, topic in CARRIED)


def hold_against_the_truth(scene: Scene, link: KafkaLink, asked: Sequence[Asked], feed: Feed) -> None:
    scene.say("verifying")
    said = truths.verify(scene.parts.brokers)
    truth = truths.read(link)
    decisions = truths.must_be_decided_alike(truth)
    shown, matched = must_stand_alike(link, truth)
    assert matched, "no match stands, so nothing was said of those that should"
    scene.say(f"{shown} listings and {matched} matches stand, as they should")
    counts = truth.counts()
    for each in asked:
        must_be_as_told(each, counts)
    for input_id in feed.acknowledged:
        assert counts.taken_in[input_id] >= 1, input_id
        assert counts.decided[input_id] == 1, input_id
    assert not truths.facts_told_twice(truth)
    assert truths.must_be_refused_once(truth) == 0
    again = [each for each in truth.refused_again() if each.startswith(("k-", "feed-"))]
    scene.say(f"came again unknown and were refused: {again}")
    tell(scene, said, asked, feed, (decisions, truth.voids))
    assert not truths.broken(said)


def tell(
    scene: Scene, said: dict[str, object], asked: Sequence[Asked], feed: Feed, found: tuple[int, int]
) -> None:
    """Say what there was, for who reads the log of a run."""
    acknowledged = sum(each.is_acknowledged for each in asked) + len(feed.acknowledged)
    scene.say(
        f"{len(scene.told)} faults, the truth looked at {len(scene.looks)} times: {Counter(scene.told)}"
    )
    scene.say(f"ended by themselves and started again: {scene.parts.ended}")
    scene.say(f"{acknowledged} acknowledged, {found[0]} decisions, {found[1]} void; divergent 0, lost 0")
    scene.say(f"answers {dict(Counter(status for each in asked for status, _ in each.answers))}")
    scene.say(f"verifier, {said['records']} records: {truths.figures(said)}")
    scene.say(f"broken: {truths.broken(said)}")
