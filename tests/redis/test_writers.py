"""Several who write one store: none does harm to another, however late it is, and nothing ever goes backwards."""

from collections.abc import Mapping
from random import Random

import pytest

from tests.redis.stage import Edge, Scene, folded, shown, wait_until, write_all

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def is_further(later: Mapping[str, int], earlier: Mapping[str, int]) -> bool:
    return all(later.get(place, 0) >= at for place, at in earlier.items())


class Watched:
    """An edge whose every look is held against the one before."""

    def __init__(self, edge: Edge) -> None:
        self.edge, self.looks = edge, 0
        self._positions: Mapping[str, int] = {}
        self._versions: dict[str, int] = {}

    def turn(self) -> None:
        self.edge.turn(1)
        positions, kept = self.edge.model.positions, self.edge.model.picture.settings
        versions = {setting_id: entry["version"] for setting_id, entry in kept.items()}
        assert is_further(positions, self._positions)
        assert is_further(versions, self._versions)
        self._positions, self._versions, self.looks = positions, versions, self.looks + 1


@pytest.mark.parametrize("seed", range(4))
def test_two_write_at_once_and_no_look_at_the_store_is_older_than_the_one_before(
    scene: Scene, seed: int
) -> None:
    """Each has its own mirror, in which partitions came in another order, and each now and then starts again."""
    random, length = Random(seed), len(scene.records)
    mirrors, reached = [scene.mirror(0), scene.mirror(0)], [0, 0]
    publishers = [scene.publisher(each) for each in mirrors]
    watched = Watched(scene.edge())
    while min(reached) < length:
        who = random.randrange(2)
        more = min(length, reached[who] + random.randint(1, 150))
        scene.grow(mirrors[who], reached[who], more)
        reached[who] = more
        for _ in range(random.randint(0, 3)):
            publishers[random.randrange(2)].step()
        if random.random() < 0.1:
            publishers[who] = scene.publisher(mirrors[who])
        watched.turn()
    for each in publishers:
        write_all(each)
    watched.edge.turn()
    assert shown(watched.edge.model) == shown(folded(mirrors[0]))


def test_one_that_woke_late_changes_nothing(scene: Scene) -> None:
    early, whole = scene.mirror(len(scene.records) // 2), scene.mirror()
    late = scene.publisher(early)
    late.step()
    prompt = scene.publisher(whole)
    write_all(prompt)
    edge = scene.edge()
    edge.turn()
    before = scene.store().held()
    write_all(late)
    assert scene.store().held()[::2] == before[::2]
    edge.turn()
    assert shown(edge.model) == shown(folded(whole))


def test_one_that_starts_again_from_nothing_writes_nothing_that_is_there(scene: Scene) -> None:
    write_all(scene.publisher(scene.mirror()))
    store = scene.store()
    before, mark = store.held(), store.look(None).mark
    write_all(scene.publisher(scene.mirror(seed=5)))
    assert store.held()[::2] == before[::2]
    assert store.look(mark).changes == []


def test_a_store_that_was_set_back_is_written_whole_again(scene: Scene) -> None:
    """As when a server comes back with what it had an hour ago."""
    half = len(scene.records) // 2
    mirror = scene.mirror(half)
    publisher = scene.publisher(mirror)
    write_all(publisher)
    edge = scene.edge()
    edge.follower.fill()
    with scene.kept_keys():
        scene.grow(mirror, half)
        write_all(publisher)
        edge.turn()
        latest = shown(edge.model)
    assert scene.store().held().positions != edge.model.positions
    edge.turn()
    assert shown(edge.model) == latest
    generation = scene.store().held().generation
    wait_until(lambda: scene.store().held().generation != generation, publisher.step)
    edge.turn()
    assert shown(edge.model) == latest == shown(folded(mirror))
