"""Tables of small numbers in numpy columns: rows by id, added and taken out one at a time. Knows no rule."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Columns = Mapping[str, Any]
"""Name to a column, or to one number where there is only one row; numpy treats both alike."""
Flags = NDArray[np.bool_]


class Table:
    """Columns that grow at the end; the last row moves into the place of one that is taken out."""

    def __init__(self, types: Mapping[str, type[np.generic]]) -> None:
        self._columns: dict[str, NDArray[Any]] = {name: np.zeros(64, kind) for name, kind in types.items()}
        self.ids: list[str] = []
        self.slots: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def put(self, row_id: str, row: Mapping[str, int]) -> None:
        """Write a row in place of the former row of the same id."""
        slot = self.slots.setdefault(row_id, len(self.ids))
        if slot == len(self.ids):
            self.ids.append(row_id)
            self._make_room()
        for name, column in self._columns.items():
            column[slot] = row[name]

    def drop(self, row_id: str) -> None:
        """Take a row out; nothing for an id that is not there."""
        slot = self.slots.pop(row_id, None)
        if slot is None:
            return
        last_id = self.ids.pop()
        if last_id != row_id:
            self.ids[slot] = last_id
            self.slots[last_id] = slot
            for column in self._columns.values():
                column[slot] = column[len(self.ids)]

    def columns(self) -> Columns:
        """The rows in use."""
        return {name: column[: len(self.ids)] for name, column in self._columns.items()}

    def _make_room(self) -> None:
        capacity = len(next(iter(self._columns.values())))
        if len(self.ids) > capacity:
            for name, column in self._columns.items():
                self._columns[name] = np.concatenate([column, np.zeros_like(column)])


class Numbers:
    """Gives every name a number, counted from 0, for ever."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def of(self, name: Any) -> int:
        return self._numbers.setdefault(name, len(self._numbers))

    def names(self) -> list[Any]:
        return list(self._numbers)


class Lookup:
    """Which rows stand under a name: blocked pairs by referral, avoided areas by area."""

    def __init__(self) -> None:
        self._rows: dict[str, set[str]] = {}

    def add(self, names: Iterable[str], row_id: str) -> None:
        for name in names:
            self._rows.setdefault(name, set()).add(row_id)

    def discard(self, names: Iterable[str], row_id: str) -> None:
        for name in names:
            rows = self._rows.get(name, set())
            rows.discard(row_id)
            if not rows:
                self._rows.pop(name, None)

    def rows_of(self, names: Iterable[str]) -> set[str]:
        """The rows under any of the names."""
        return {row_id for name in names for row_id in self._rows.get(name, ())}


def flagged(table: Table, row_ids: Iterable[str]) -> Flags:
    flags = np.zeros(len(table), np.bool_)
    flags[[table.slots[row_id] for row_id in row_ids if row_id in table.slots]] = True
    return flags
