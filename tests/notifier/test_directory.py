from schemas.words import Channel, Role
from services.directory import Directory
from services.notifier.adapters.directory import FileDirectory
from services.notifier.domain.messages import OPS, Inbox, Recipient, duty_manager, provider, team
from services.notifier.ports import Way
from tests.notifier.stage import HARINGEY

DIRECTORY = FileDirectory(
    Directory.model_validate_json(
        b"""{"teams": [{"id": "E09000014", "name": "Team Haringey",
        "inbox": [{"kind": "smtp", "address": "a@hearth.invalid"}, {"kind": "smtp", "address": "b@hearth.invalid"},
                  {"kind": "outbox"}],
        "duty_manager": [{"kind": "smtp", "address": "c@hearth.invalid"}]}],
        "ops": [{"id": "ops-1", "name": "One", "inbox": [{"kind": "console"}]},
                {"id": "ops-2", "name": "Two", "inbox": [{"kind": "console"}]}],
        "settings": {"SC012345": "The Elms"}}"""
    )
)


def test_each_channel_is_named_once_with_all_its_addresses() -> None:
    assert list(DIRECTORY.channels_of(team(HARINGEY))) == [
        Way(Channel.SMTP, ("a@hearth.invalid", "b@hearth.invalid")),
        Way(Channel.OUTBOX, ()),
    ]


def test_a_duty_manager_has_channels_of_its_own() -> None:
    assert list(DIRECTORY.channels_of(duty_manager(HARINGEY))) == [Way(Channel.SMTP, ("c@hearth.invalid",))]


def test_ops_are_everybody_in_that_role() -> None:
    assert list(DIRECTORY.channels_of(OPS)) == [Way(Channel.CONSOLE, ())]


def test_nobody_is_reached_who_is_not_in_it() -> None:
    unknown = (provider("P-01234567"), team("E09000003"), Recipient(Role.PROVIDER, HARINGEY, Inbox.TEAM))
    assert [list(DIRECTORY.channels_of(each)) for each in unknown] == [[], [], []]


def test_what_has_no_name_is_called_by_its_id() -> None:
    assert DIRECTORY.display_name("setting", "SC012345") == "The Elms"
    assert DIRECTORY.display_name("council", HARINGEY) == "Team Haringey"
    assert DIRECTORY.display_name("setting", "SC999999") == "SC999999"
    assert DIRECTORY.display_name("", "ops") == "ops"
