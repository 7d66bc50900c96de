"""What an edge shows from the store is what it would show had it folded the log itself."""

import pytest

from tests.redis.stage import Scene, folded, shown, write_all

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_an_edge_that_starts_from_the_store_shows_what_a_fold_of_the_log_shows(scene: Scene) -> None:
    mirror = scene.mirror()
    write_all(scene.publisher(mirror))
    edge = scene.edge()
    edge.follower.fill()
    assert edge.model.positions == folded(mirror).positions
    assert shown(edge.model) == shown(folded(mirror))


def test_an_edge_that_follows_shows_at_every_step_what_a_fold_to_there_shows(scene: Scene) -> None:
    half = len(scene.records) // 2
    mirror = scene.mirror(half)
    publisher = scene.publisher(mirror)
    write_all(publisher)
    edge = scene.edge()
    edge.follower.fill()
    for start in range(half, len(scene.records), 97):
        scene.grow(mirror, start, start + 97)
        write_all(publisher)
        edge.turn(2)
        assert edge.model.positions == folded(mirror).positions
    assert shown(edge.model) == shown(folded(mirror))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_in_which_partitions_come_in_changes_nothing_that_is_shown(scene: Scene, seed: int) -> None:
    assert shown(folded(scene.mirror(seed=seed))) == shown(folded(scene.mirror()))
