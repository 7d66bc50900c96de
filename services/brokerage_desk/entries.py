"""Settings as the read model keeps them: whole where there is a vacancy to show, else as bytes until somebody looks.

Knows the wire form of a state. Decides nothing. Tens of thousands of settings fit into little memory: most have no
vacancy, and an agreement that many settings have is kept once.
"""

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import orjson

Fields = dict[str, Any]
Agreements = list[Fields]


class Packed(NamedTuple):
    """An entry whose state is JSON without its agreements."""

    state: bytes
    agreements: Agreements
    version: int
    decided_at: str
    lived_in: dict[str, str]
    served: dict[str, dict[str, str]]


@dataclass(slots=True)
class _Saved:
    """A dump: each entry is a state without agreements, the number of these, and the rest of a `Packed`."""

    agreements: list[Agreements]
    settings: dict[str, tuple[msgspec.Raw, int, int, str, dict[str, str], dict[str, dict[str, str]]]]


_SAVED = msgspec.json.Decoder(_Saved)


class Entries(MutableMapping[str, Fields]):
    """By setting: `state`, `version`, `decided_at`, `lived_in`, `served`. What is got is not changed, but set anew."""

    def __init__(self) -> None:
        self._kept: dict[str, Fields | Packed] = {}
        self._agreements: dict[tuple[tuple[str, int], ...], list[Agreements]] = {}

    def __getitem__(self, setting_id: str) -> Fields:
        kept = self._kept[setting_id]
        return unpacked(kept) if isinstance(kept, Packed) else kept

    def __setitem__(self, setting_id: str, entry: Fields) -> None:
        agreements = self._one(entry["state"]["agreements"])
        if has_vacancy(entry["state"]):
            self._kept[setting_id] = {**entry, "state": {**entry["state"], "agreements": agreements}}
        else:
            self._kept[setting_id] = packed(entry, agreements)

    def kept_of(self, setting_id: str) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        """Who lives where in a setting, and whom it served when: what no state says; nothing of an unknown one."""
        kept = self._kept.get(setting_id)
        if isinstance(kept, Packed):
            return kept.lived_in, kept.served
        return ({}, {}) if kept is None else (kept["lived_in"], kept["served"])

    def __delitem__(self, setting_id: str) -> None:
        del self._kept[setting_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def _one(self, agreements: Agreements) -> Agreements:
        """The first of all agreements that are equal to these."""
        names = tuple((each["agreement_id"], each["version"]) for each in agreements)
        kept = self._agreements.setdefault(names, [])
        for each in kept:
            if each is agreements or each == agreements:
                return each
        kept.append(agreements)
        return agreements

    # --- loading and dumping ------------------------------------------------------------------------------

    def dump(self) -> Fields:
        """Everything, to be written by orjson."""
        lists = [each for named in self._agreements.values() for each in named]
        numbers = {id(each): number for number, each in enumerate(lists)}
        settings = {}
        for setting_id, kept in self._kept.items():
            each = kept if isinstance(kept, Packed) else packed(kept, kept["state"]["agreements"])
            state, number = orjson.Fragment(each.state), numbers[id(each.agreements)]
            settings[setting_id] = (state, number, *each[2:])
        return {"agreements": lists, "settings": settings}

    @classmethod
    def load(cls, body: bytes) -> "Entries":
        """What was dumped."""
        entries, saved = cls(), _SAVED.decode(body)
        lists = [entries._one(each) for each in saved.agreements]
        for setting_id, (state, number, version, decided_at, lived_in, served) in saved.settings.items():
            found = Packed(bytes(state), lists[number], version, decided_at, lived_in, served)
            whole = unpacked(found)
            entries._kept[setting_id] = whole if has_vacancy(whole["state"]) else found
        return entries


def has_vacancy(state: Fields) -> bool:
    return any(place["vacancy"] for place in state["places"])


def packed(entry: Fields, agreements: Agreements) -> Packed:
    # Copied, for what orjson returns holds all the room that it wrote in, up to ten times its length.
    state = bytes(memoryview(orjson.dumps({**entry["state"], "agreements": None})))
    return Packed(
        state, agreements, entry["version"], entry["decided_at"], entry["lived_in"], entry["served"]
    )


def unpacked(kept: Packed) -> Fields:
    """The entry as it was set."""
    state = orjson.loads(kept.state)
    state["agreements"] = kept.agreements
    return {
        "lived_in": kept.lived_in,
        "served": kept.served,
        "state": state,
        "version": kept.version,
        "decided_at": kept.decided_at,
    }
