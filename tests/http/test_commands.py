import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.directory import Directory, OpsEntry, TokenHash
from tests.http.world import AGREEMENT, directory

runner = CliRunner()


def test_help_names_every_group() -> None:
    found = runner.invoke(app, ["--help"])
    assert found.exit_code == 0
    assert all(name in found.output for name in ("serve", "directory", "agreement"))


def test_a_good_directory_is_listed_and_a_bad_one_named_line_by_line(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(directory().model_dump_json())
    bad.write_text('{"providers": [{"id": "x y"}], "teams": 3}')
    found = runner.invoke(app, ["directory", "check", str(good), "--json"])
    assert found.exit_code == 0
    assert {each["role"] for each in json.loads(found.output)["parties"]} == {
        "provider",
        "team",
        "commissioner",
        "ops",
    }
    wrong = runner.invoke(app, ["directory", "check", str(bad)])
    assert wrong.exit_code == 2
    assert len(wrong.stderr.splitlines()) == 3
    assert all(line.startswith(str(bad)) for line in wrong.stderr.splitlines())


def test_a_made_token_opens_with_the_line_that_is_kept() -> None:
    made = json.loads(runner.invoke(app, ["directory", "token", "--json"]).output)
    kept = TokenHash.model_validate_json(json.dumps(made["kept"]))
    caller = Directory(ops=(OpsEntry(id="ops-1", name="Ops", tokens=(kept,)),)).caller(made["token"])
    assert caller is not None


@pytest.fixture
def agreement(tmp_path: Path) -> Path:
    path = tmp_path / "agreement.json"
    path.write_text(json.dumps(AGREEMENT))
    return path


def test_an_agreement_is_shown_with_the_deadlines_that_it_would_give(agreement: Path) -> None:
    options = ["--on", "2026-12-23", "--kind", "planned", "--json"]
    found = runner.invoke(app, ["agreement", "check", str(agreement), *options])
    assert found.exit_code == 0
    rungs = json.loads(found.output)["rungs"]
    assert [(rung["tier"], rung["length"], rung["closes_at"]) for rung in rungs] == [
        (1, "3 working days", "2026-12-29 17:00:00+00:00"),
        (2, "1 working day", "2026-12-30 17:00:00+00:00"),
    ]


def test_a_deadline_beyond_the_known_holidays_is_said_not_guessed(agreement: Path) -> None:
    options = ["--on", "2099-01-05", "--kind", "planned", "--json"]
    found = runner.invoke(app, ["agreement", "check", str(agreement), *options])
    [first, second] = json.loads(found.output)["rungs"]
    assert (first["closes_at"], first["note"]) == (None, "beyond the known bank holidays")
    assert second["note"] == "after a deadline that cannot be computed"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"agreement_id": "Haringey First"}', '{"tiers": []}'])
def test_what_is_no_agreement_ends_with_2_and_says_why(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    found = runner.invoke(app, ["agreement", "check", str(path)])
    assert found.exit_code == 2
    assert found.stderr.startswith(str(path))


def test_a_missing_file_ends_with_2(tmp_path: Path) -> None:
    for command in (["directory", "check"], ["agreement", "check"]):
        found = runner.invoke(app, [*command, str(tmp_path / "none.json")])
        assert found.exit_code == 2
        assert "cannot be read" in found.stderr


def test_serve_refuses_a_bad_directory_before_it_opens_a_log(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("{}x")
    found = runner.invoke(app, ["serve", "--data", str(tmp_path / "data"), "--directory", str(bad)])
    assert found.exit_code == 2
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "words", [["demo", "--seed", "abc"], ["demo", "--bogus"], ["nothing"], ["serve"], ["import", "nothing"]]
)
def test_a_word_that_no_command_takes_gets_one_line_and_exit_code_2(words: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "services.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("hearth: ")
    assert ended.stderr.count("\n") == 1


def test_a_variable_that_no_setting_knows_stops_the_server_before_it_starts(tmp_path: Path) -> None:
    wrong = {"HEARTH_NOTIFIER_SMTP_HOTS": "mail.example"}
    found = runner.invoke(app, ["serve", "--data", str(tmp_path / "log"), "--port", "0"], env=wrong)
    assert found.exit_code == 2
    assert found.stderr == "settings: Value error, unknown: HEARTH_NOTIFIER_SMTP_HOTS\n"
    assert not (tmp_path / "log").exists()
