"""The directory file as the notifier reads it."""

from collections.abc import Sequence

from schemas.words import Channel, Role
from services.directory import Channel as ChannelEntry
from services.directory import Directory as DirectoryFile
from services.directory import Entry
from services.notifier.domain.messages import Inbox, Recipient
from services.notifier.ports import Way


class FileDirectory:
    """Gives each channel of a recipient once, with all its addresses there. Ops are everybody in that role."""

    def __init__(self, file: DirectoryFile) -> None:
        self._file = file

    def channels_of(self, recipient: Recipient) -> Sequence[Way]:
        addresses: dict[Channel, list[str]] = {}
        for entry in self._entries(recipient):
            for each in _channels(entry, recipient.inbox):
                found = addresses.setdefault(Channel(each.kind), [])
                found += [each.address] if each.address is not None and each.address not in found else []
        return [Way(channel, tuple(found)) for channel, found in addresses.items()]

    def _entries(self, recipient: Recipient) -> list[Entry]:
        if recipient.role is Role.OPS:
            return list(self._file.ops)
        entry = self._file.entry(recipient.role, recipient.id)
        return [] if entry is None else [entry]

    def display_name(self, kind: str, id: str) -> str:  # noqa: A002 - the word for it
        names = {
            "setting": self._file.setting_name,
            "provider": self._file.provider_name,
            "council": self._file.council_name,
        }
        return names[kind](id) if kind in names else id


def _channels(entry: Entry, inbox: Inbox) -> tuple[ChannelEntry, ...]:
    return entry.duty_manager if inbox is Inbox.DUTY_MANAGER else entry.inbox
