"""Two senders: one that does every job at once, and one with a few threads for each channel.

Knows jobs. Must not know what they send. The first makes a run on a virtual clock the same every time; the second
keeps a server that hangs from holding up anything but its own channel. What is in flight when the process ends has
an unknown outcome and is tried again, so it is few where a channel might tell it twice.
"""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from schemas.words import Channel, DeliveryOutcome
from services.notifier.ports import Job

THREADS = 4


class DirectSender:
    """Does every job in the caller's thread. At most `in_flight_max` may be said twice after a crash."""

    def __init__(self, in_flight_max: int = 1) -> None:
        self._in_flight_max = in_flight_max
        self._ended: list[tuple[Job, DeliveryOutcome]] = []

    def room(self, channel: Channel) -> int:
        return self._in_flight_max - sum(job.channel is channel for job, _ in self._ended)

    def submit(self, job: Job) -> None:
        self._ended.append((job, job.send()))

    def collect(self) -> list[tuple[Job, DeliveryOutcome]]:
        ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        """Nothing to let go of."""


class ThreadSender:
    """Does jobs in a few threads for each channel, as many at a time as the channel says."""

    def __init__(self, in_flight_max: Mapping[Channel, int]) -> None:
        self._in_flight_max = in_flight_max
        self._pools: dict[Channel, ThreadPoolExecutor] = {}
        self._running: dict[Channel, list[tuple[Job, Future[DeliveryOutcome]]]] = {}

    def room(self, channel: Channel) -> int:
        return self._in_flight_max[channel] - len(self._running.get(channel, ()))

    def submit(self, job: Job) -> None:
        if job.channel not in self._pools:
            name = f"notifier-{job.channel}"
            self._pools[job.channel] = ThreadPoolExecutor(THREADS, thread_name_prefix=name)
        future = self._pools[job.channel].submit(job.send)
        self._running.setdefault(job.channel, []).append((job, future))

    def collect(self) -> list[tuple[Job, DeliveryOutcome]]:
        ended = []
        for channel, running in self._running.items():
            done = [(job, future) for job, future in running if future.done()]
            ended += [(job, future.result()) for job, future in done]
            self._running[channel] = [each for each in running if each not in done]
        return ended

    def close(self) -> None:
        """Begin no other job; the ones that run end by their own time limits."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
