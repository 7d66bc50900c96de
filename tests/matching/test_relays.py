from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from runtime.clock import VirtualClock
from runtime.log import Entry, Log
from runtime.memory_log import MemoryLog
from runtime.records import Chain, decision_headers
from runtime.relay import Relay
from services.matcher.domain.referral import Referral
from services.matcher.domain.setting import Setting
from services.matcher.listings import SOURCES
from services.matcher.matching import LISTINGS, MATCHES, Matching
from services.matcher.remembering import RebuiltRelay, Remembering
from tests.matching.states import NOW, decided, listings, referrals_, settings_
from tests.matching.worlds import FEWER, MAP

States = Sequence[Setting | Referral]
states = st.lists(settings_() | referrals_(), min_size=1, max_size=8)


class Decisions:
    """Appends decisions, each the next of its key."""

    def __init__(self, log: Log) -> None:
        self._log, self._chain = log, Chain()

    def append(self, each: Setting | Referral) -> None:
        record = decided(each, 1)
        headers = decision_headers(
            record.key,
            self._chain.mark(record.key),
            source="/t",
            record_type="t",
            decided_at=NOW,
            cause_id=f"c{self._log.end(record.topic)}",
            position=0,
            log_id=self._log.log_id,
        )
        entry = Entry(record.topic, record.key, record.value, headers)
        assert self._chain.accepts(entry)
        self._log.append([entry])


def started(log: Log) -> list[Relay]:
    """Both relays as a fresh process starts them."""
    relays: list[Relay] = []
    for name, sources, carry in (
        ("listings", SOURCES, listings().carry),
        ("fit", (LISTINGS,), Matching(MAP).carry),
    ):
        relays.append(RebuiltRelay(log, name, sources, Remembering(carry)))
    for relay in relays:
        relay.start()
    return relays


def after(given_states: States, restarts: set[int]) -> list[tuple[str, str, bytes, str]]:
    """Everything that both relays wrote, one decision after the other, with a new process where asked."""
    log = MemoryLog(VirtualClock(NOW))
    decisions, relays = Decisions(log), started(log)
    for number, each in enumerate(given_states):
        if number in restarts:
            relays = started(log)
        decisions.append(each)
        while sum(relay.step() for relay in relays):
            pass
    written = [record for topic in (LISTINGS, MATCHES) for record in log.read(topic, 0, 10_000)]
    return [(record.topic, record.key, record.value, record.headers["ce_id"]) for record in written]


@FEWER
@given(states, st.sets(st.integers(0, 7)))
def test_a_restart_at_any_point_changes_nothing_that_is_said(
    given_states: States, restarts: set[int]
) -> None:
    assert after(given_states, restarts) == after(given_states, set())


@FEWER
@given(states)
def test_no_two_records_of_one_topic_have_the_same_id(given_states: States) -> None:
    ids = [(topic, name) for topic, _, _, name in after(given_states, set())]
    assert len(ids) == len(set(ids))
