"""Which reminders are due: looks at every setting that changed or has one to come.

Knows the board and instants. Must not know a log or a channel.
"""

import heapq
from datetime import date, datetime

from services.notifier.domain.board import Board, Vacancy, Window
from services.notifier.domain.messages import Message
from services.notifier.domain.reminders import Reminder, messages, round_fact, schedule


class Reminding:
    """Gives each reminder once; whether it has been said in an earlier life of this process is for others to see."""

    def __init__(self, board: Board, rest_days: frozenset[date] = frozenset()) -> None:
        self._board, self._rest_days = board, rest_days
        self._changed: set[str] = set(board.settings)
        self._heap: list[tuple[datetime, str]] = []
        self._next_at: dict[str, datetime] = {}
        self._given: dict[str, set[str]] = {}

    def touch(self, setting_id: str) -> None:
        """Note that the setting's state has changed."""
        self._changed.add(setting_id)

    def next_at(self) -> datetime | None:
        """When the next reminder is due; None if no window waits for one."""
        while self._heap and self._next_at.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def due(self, now: datetime) -> tuple[list[Message], list[Message]]:
        """The reminders to say at `now`, and those that a later reminder has overtaken."""
        while (at := self.next_at()) is not None and at <= now:
            self._changed.add(heapq.heappop(self._heap)[1])
        to_say: list[Message] = []
        overtaken: list[Message] = []
        for setting_id in sorted(self._changed):
            for said, is_last in self._of_setting(setting_id, now):
                (to_say if is_last else overtaken).append(said)
        self._changed.clear()
        return to_say, overtaken

    def known(self, now: datetime) -> list[Message]:
        """Every reminder that an open window may have had until `now`, for a process that takes up its work."""
        found: list[Message] = []
        for setting_id, setting in self._board.settings.items():
            for vacancy in setting.vacancies():
                if vacancy.window is not None:
                    for reminder in self._schedule(setting_id, vacancy.window):
                        if reminder.at <= now:
                            found += self._messages(setting_id, vacancy, vacancy.window, reminder)
        return found

    def _of_setting(self, setting_id: str, now: datetime) -> list[tuple[Message, bool]]:
        """What is due in one setting, each with whether it is its window's latest; and when to look again."""
        setting, found, to_come = self._board.settings.get(setting_id), [], []
        given, kept = self._given.get(setting_id, set()), set()
        for vacancy in () if setting is None else setting.vacancies():
            if vacancy.window is None or not vacancy.window.is_open_at(now):
                continue
            reminders = self._schedule(setting_id, vacancy.window)
            passed = [each for each in reminders if each.at <= now]
            to_come += [each.at for each in reminders if each.at > now]
            for each in passed:
                fact_id = self._fact_id(setting_id, vacancy.window, each)
                kept.add(fact_id)
                if fact_id not in given:
                    said = self._messages(setting_id, vacancy, vacancy.window, each)
                    found += [(message, each is passed[-1]) for message in said]
        self._given[setting_id] = kept
        self._wait(setting_id, min(to_come, default=None))
        return found

    def _wait(self, setting_id: str, at: datetime | None) -> None:
        if at is None:
            self._next_at.pop(setting_id, None)
        elif self._next_at.get(setting_id) != at:
            self._next_at[setting_id] = at
            heapq.heappush(self._heap, (at, setting_id))

    def _schedule(self, setting_id: str, window: Window) -> tuple[Reminder, ...]:
        credited_at = self._board.credited_at(setting_id, window.window_id)
        return schedule(window, credited_at or window.opened_at, self._rest_days)

    def _fact_id(self, setting_id: str, window: Window, reminder: Reminder) -> str:
        is_second_round = self._board.credited_at(setting_id, window.window_id) is not None
        return round_fact(window.window_id, reminder.step, is_second_round)

    def _messages(
        self, setting_id: str, vacancy: Vacancy, window: Window, reminder: Reminder
    ) -> tuple[Message, ...]:
        return messages(setting_id, vacancy, window, reminder, self._fact_id(setting_id, window, reminder))
