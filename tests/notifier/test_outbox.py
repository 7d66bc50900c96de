from dataclasses import replace
from pathlib import Path

import orjson
from rich.console import Console

from schemas.words import DeliveryOutcome
from services.notifier.adapters.console import ConsoleChannel
from services.notifier.adapters.outbox import OutboxChannel
from tests.notifier.test_smtp import letter


def lines(path: Path) -> list[str]:
    return [orjson.loads(line)["key"] for line in path.read_bytes().splitlines()]


def test_each_key_is_one_line_whoever_says_it_again(tmp_path: Path) -> None:
    path = tmp_path / "outbox.jsonl"
    outbox = OutboxChannel(path)
    for key in ("one", "two", "one"):
        assert outbox.send(letter(), key) is DeliveryOutcome.SENT
    OutboxChannel(path).send(letter(), "two")
    assert lines(path) == ["one", "two"]


def test_a_torn_last_line_is_cut_off_and_written_again(tmp_path: Path) -> None:
    path = tmp_path / "outbox.jsonl"
    OutboxChannel(path).send(letter(), "one")
    whole = path.read_bytes()
    for torn in range(1, len(whole), 37):
        path.write_bytes(whole + whole[:torn].replace(b"one", b"two"))
        if not path.read_bytes().endswith(b"\n"):
            OutboxChannel(path).send(letter(), "two")
            assert lines(path) == ["one", "two"]


def test_a_file_that_cannot_be_written_is_a_failure_for_now(tmp_path: Path) -> None:
    path = tmp_path / "outbox.jsonl"
    outbox = OutboxChannel(path)
    path.mkdir()
    assert outbox.send(letter(), "one") is DeliveryOutcome.FAILED
    path.rmdir()
    assert outbox.send(letter(), "one") is DeliveryOutcome.SENT
    assert lines(path) == ["one"]


def test_a_console_shows_names_as_they_are() -> None:
    console = Console(record=True, width=200, file=(Path("/dev/null")).open("w"))  # noqa: SIM115 - closed below
    ConsoleChannel(console).send(replace(letter(), to_name="[red]Team[/red]", subject="A [b]subject"), "one")
    console.file.close()
    assert console.export_text() == "Mon 23 Nov 09:00 [red]Team[/red]: A [b]subject\n"
