"""A real server killed with no warning again and again: nothing acknowledged is lost, nothing is said twice."""

from collections.abc import Sequence
from random import Random
from signal import Signals

import pytest

from runtime.clock import monotonic_s
from tests.storm.served import Counts, Served, counts, verify
from tests.storm.storm import Asked, Ledger, Storm, Voice

pytestmark = pytest.mark.slow
LIVES_BETWEEN = (5, 120)
"""How much is acknowledged between two kills, at least and at most."""
CALM_S = 5.0
"""A life ends after so long also if less was acknowledged."""
ASKED_AGAIN_MAX = 400


@pytest.mark.timeout(3600)
def test_nothing_acknowledged_is_lost_however_often_the_server_is_killed(
    served: Served, storm_s: float, storm_seed: int
) -> None:
    again = f"HEARTH_STORM_SEED={storm_seed} HEARTH_STORM_S={storm_s:g}"
    print(f"storm: play it again with {again}")  # noqa: T201 - shown where the test fails, and by -s
    storm, random = Storm(served.url, storm_seed), Random(f"{storm_seed} kills")
    served.start()
    storm.begin()
    try:
        kills = rage(served, storm.ledger, random, storm_s)
    finally:
        storm.stop()
    assert not storm.ledger.faults, (again, storm.ledger.faults[:5])
    ask_again(served, storm, random)
    assert served.kill(Signals.SIGTERM) in {0, -Signals.SIGTERM}
    assert not verify(served.data), again
    must_be_once(storm.ledger.asked, counts(served.data))
    print(f"storm: {kills} kills, {storm.ledger.acknowledged} acknowledged")  # noqa: T201
    assert kills


def rage(served: Served, ledger: Ledger, random: Random, for_s: float) -> int:
    """Kill and start the server until the time is over, at times while it still starts; leave it running."""
    until_s, kills = monotonic_s() + for_s, 0
    while monotonic_s() < until_s and not ledger.faults:
        ledger.wait_for(ledger.acknowledged + random.randint(*LIVES_BETWEEN), CALM_S)
        ledger.wait_for(ledger.acknowledged + 1, random.random() / 20)
        served.kill()
        kills += 1
        while random.random() < 0.25:
            served.launch()
            ledger.wait_for(ledger.acknowledged + 1, random.random() * 2)
            served.kill()
            kills += 1
        served.start()
    return kills


def ask_again(served: Served, storm: Storm, random: Random) -> None:
    """Say again what nobody answered, and much of what was: the same key has the same answer as ever."""
    asked = storm.ledger.asked
    open_ones = [each for each in asked if not each.decisions]
    known = [each for each in asked if each.decisions]
    storm.is_over.clear()
    voices = {who: storm.voice(who) for who in {each.who for each in asked}}
    for each in open_ones + random.sample(known, min(len(known), ASKED_AGAIN_MAX)):
        say_again(voices[each.who], each)
    for voice in voices.values():
        voice.client.close()
    assert served.process is not None
    assert served.process.poll() is None


def say_again(voice: Voice, asked: Asked) -> None:
    before = len(asked.answers)
    assert voice.try_once(asked) in {200, 404, 409, 422}, asked
    assert len(asked.answers) == before + 1


def must_be_once(asked: Sequence[Asked], found: Counts) -> None:
    """Hold what everybody was told against what the log has, by the ids of the inputs."""
    assert any(each.is_acknowledged for each in asked)
    for each in asked:
        must_be_as_told(each, found)
    assert not [id_ for id_, times in found.decided.items() if times > 1]
    ids = {each.id for each in asked}
    assert {id_ for id_ in found.taken_in if id_.startswith("k-")} <= ids


def must_be_as_told(asked: Asked, found: Counts) -> None:
    """Each answer that decided is the same, and stands for one decision in the log; no other for more than one."""
    first = asked.decisions[:1]
    assert all(each == first[0] for each in asked.decisions), asked
    assert all(answer["id"] == asked.id for _, answer in first), asked
    if asked.is_acknowledged:
        assert found.taken_in[asked.id] >= 1, asked
        assert found.decided[asked.id] == 1, asked
    assert found.decided[asked.id] <= 1, asked


def test_the_check_sees_what_is_missing_or_there_twice() -> None:
    said = Asked("almond", "/v1/settings", {}, "almond-1")
    said.answers.append((200, {"id": said.id}))
    once = Counts.of({said.id: 1}, {said.id: 1})
    must_be_once([said], once)
    for wrong in (Counts.of({}, {}), Counts.of({said.id: 1}, {}), Counts.of({said.id: 1}, {said.id: 2})):
        with pytest.raises(AssertionError):
            must_be_once([said], wrong)
    said.answers.append((409, {"id": said.id}))
    with pytest.raises(AssertionError):
        must_be_once([said], once)
