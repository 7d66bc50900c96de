"""An edge that missed something reads everything again, and never shows what is older than it has shown."""

from dataclasses import replace

import pytest

from runtime.clock import monotonic_s
from runtime.log import Record
from tests.redis.stage import Scene, folded, following, shown, wait_until, write_all, writing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_an_edge_that_missed_changes_reads_everything_again(scene: Scene) -> None:
    """Every partition has a change that is still there, and none that joins it to what the edge has."""
    half = len(scene.records) // 2
    mirror = scene.mirror(half)
    publisher = scene.publisher(mirror)
    write_all(publisher)
    edge = scene.edge()
    edge.follower.fill()
    store = scene.store()
    mark = store.look(None).mark
    for start in range(half, len(scene.records), 20):
        scene.grow(mirror, start, start + 20)
        write_all(publisher)
    assert len(store.look(mark).changes) > 30
    scene.forget_changes(but_the_last_of_each=True)
    assert 3 < len(store.look(mark).changes) < 20
    edge.turn()
    assert edge.model.positions == folded(mirror).positions
    assert shown(edge.model) == shown(folded(mirror))


def test_an_edge_that_missed_the_last_change_of_a_partition_notices_it_too(scene: Scene) -> None:
    """Nothing comes after it in that partition: it is missing from what the store says that it holds."""
    mirror = scene.mirror(len(scene.records) - 1)
    publisher = scene.publisher(mirror)
    write_all(publisher)
    edge = scene.edge()
    edge.follower.fill()
    scene.grow(mirror, len(scene.records) - 1)
    write_all(publisher)
    scene.forget_changes()
    edge.turn()
    assert shown(edge.model) == shown(folded(mirror))


def test_an_edge_does_not_go_back_to_a_store_that_is_behind(scene: Scene) -> None:
    """The store was emptied, and whoever wrote it again has not all of the log yet."""
    mirror, behind = scene.mirror(), scene.mirror(len(scene.records) // 2)
    publisher = scene.publisher(mirror)
    write_all(publisher)
    edge = scene.edge()
    edge.follower.fill()
    latest = shown(edge.model)
    scene.flush()
    slow = scene.publisher(behind)
    write_all(slow)
    edge.turn()
    assert shown(edge.model) == latest
    scene.grow(behind, len(scene.records) // 2)
    write_all(slow)
    edge.turn()
    assert shown(edge.model) == latest


def test_who_waits_for_a_record_has_it_as_soon_as_it_is_shown(scene: Scene) -> None:
    mirror, edge = scene.mirror(), scene.edge()
    [record] = mirror.read("offers", mirror.end("offers") - 1, 1)
    with writing(scene.publisher(mirror), mirror), following(edge):
        wait_until(lambda: not edge.is_stale)
        assert edge.follower.wait_for([record], 20)
        assert not edge.follower.wait_for([next_of(record)], 0.05)


def test_nobody_waits_long_for_a_stale_picture(scene: Scene) -> None:
    mirror, edge = scene.mirror(), scene.edge()
    write_all(scene.publisher(mirror))
    edge.follower.fill()
    [record] = mirror.read("offers", mirror.end("offers") - 1, 1)
    assert edge.is_stale
    assert edge.follower.wait_for([record], 1000)
    began_s = monotonic_s()
    assert not edge.follower.wait_for([next_of(record)], 1000)
    assert monotonic_s() - began_s < 100


def next_of(record: Record) -> Record:
    """A record that is yet to come in the same partition."""
    return replace(record, headers={**record.headers, "mirrored_place": "0:1000000"})
