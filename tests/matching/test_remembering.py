"""An index is learned again in small steps, and nothing is carried before it is whole."""

from runtime.clock import VirtualClock
from runtime.log import Entry, Record
from runtime.memory_log import MemoryLog
from services.matcher.remembering import RebuiltRelay, Remembering
from tests.matching.states import NOW


class Counting:
    """Gives each record with the number of those that it has seen."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, record: Record) -> list[Entry]:
        self.seen += 1
        return [Entry("numbered", record.key, str(self.seen).encode(), {})]


def say(log: MemoryLog, count: int) -> None:
    log.append([Entry(topic, "k", b"", {}) for topic in "st" for _ in range(count)])


def relay(log: MemoryLog, counting: Counting, learn_max: int = 2) -> RebuiltRelay:
    found = RebuiltRelay(log, "numbers", ["s", "t"], Remembering(counting), learn_max)
    found.start()
    return found


def test_it_learns_at_most_so_many_records_a_step_and_then_carries_on() -> None:
    log = MemoryLog(VirtualClock(NOW))
    say(log, 3)
    relay(log, Counting()).step()
    say(log, 1)
    counting = Counting()
    again = relay(log, counting)
    assert (counting.seen, log.end("numbered")) == (0, 6)
    steps = [(again.step(), counting.seen, log.end("numbered")) for _ in range(6)]
    assert steps == [(2, 2, 6), (1, 3, 6), (2, 5, 6), (1, 6, 6), (2, 8, 8), (0, 8, 8)]
    assert [record.value for record in log.read("numbered", 6, 9)] == [b"7", b"8"]


def test_a_void_record_is_not_learned() -> None:
    log = MemoryLog(VirtualClock(NOW))
    log.append([Entry("s", "k", b"", {"ce_parent": "not the digest of anything"}), Entry("s", "k", b"", {})])
    relay(log, Counting()).step()
    counting = Counting()
    assert relay(log, counting).step() == 2
    assert counting.seen == 1
