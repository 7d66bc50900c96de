import json
from pathlib import Path
from typing import Any

import pytest

from schemas.words import Role
from services.directory import Directory, DirectoryUnusable, load_directory, new_token, token_with
from tests.http.world import ALMOND, HARINGEY, directory, token_of

CANARY = "zz-not-a-person-zz"


def written(folder: Path, value: Any) -> Path:
    path = folder / "directory.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def test_a_directory_reads_back_as_it_was_written(tmp_path: Path) -> None:
    path = written(tmp_path, directory().model_dump_json())
    assert load_directory(path) == directory()


def test_a_token_is_its_owners_and_no_other_text_is_anybodys() -> None:
    found = directory()
    token = token_of("almond")[0]
    caller = found.caller(token)
    assert caller is not None
    assert (caller.role, caller.id) == (Role.PROVIDER, ALMOND)
    for wrong in (
        "",
        "x",
        token[:-1],
        token + "0",
        token.upper(),
        token.replace("hearth", "hearts"),
        f" {token}",
    ):
        assert found.caller(wrong) is None
    assert found.caller(token_of("birch")[0]) != caller


def test_a_directory_holds_no_token_in_any_form_that_opens() -> None:
    kept = directory().model_dump_json()
    for name in ("almond", "haringey", "ops"):
        assert token_of(name)[0].rpartition("_")[2] not in kept


def test_every_new_token_is_another_and_fits_its_hash() -> None:
    made = [new_token() for _ in range(50)]
    assert len({token for token, _ in made}) == len({kept.salt for _, kept in made}) == 50
    assert all(kept.fits(token) for token, kept in made)
    assert not made[0][1].fits(made[1][0])


def test_the_same_secret_with_another_salt_is_another_hash() -> None:
    assert (
        token_with("0" * 8, "a" * 32, "b" * 32)[1].sha256 != token_with("0" * 8, "c" * 32, "b" * 32)[1].sha256
    )


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"provider": []}, "provider: Extra inputs"),
        ({"providers": {}}, "providers: Input should be a valid array"),
        ({"providers": [{"id": ALMOND}]}, "providers.0.name: Field required"),
        ({"teams": [{"id": "haringey", "name": "x"}]}, "teams.0.id: String should match"),
        ({"is_made_up": 1}, "is_made_up: Input should be a valid boolean"),
        (
            {"teams": [{"id": HARINGEY, "name": "x", "inbox": [{"kind": "smtp"}]}]},
            "teams.0.inbox.0: Value error",
        ),
        (
            {"teams": [{"id": HARINGEY, "name": "x", "inbox": [{"kind": "fax"}]}]},
            "teams.0.inbox.0.kind: Input",
        ),
        (
            {"ops": [{"id": "ops", "name": "x"}, {"id": "ops", "name": "y"}]},
            "directory: Value error, named twice: ops ops",
        ),
        ("{", "directory: Invalid JSON"),
    ],
)
def test_what_is_wrong_with_a_directory_is_said_with_its_place(
    tmp_path: Path, value: Any, problem: str
) -> None:
    with pytest.raises(DirectoryUnusable) as error:
        load_directory(written(tmp_path, value))
    assert error.value.problems[0].startswith(problem)


def test_no_value_of_a_directory_is_repeated_in_what_is_wrong_with_it(tmp_path: Path) -> None:
    wrong = {"teams": [{"id": CANARY, "name": 3, "tokens": [{"token_id": CANARY}]}]}
    with pytest.raises(DirectoryUnusable) as error:
        load_directory(written(tmp_path, wrong))
    assert CANARY not in str(error.value)


def test_a_missing_file_is_one_problem(tmp_path: Path) -> None:
    with pytest.raises(DirectoryUnusable) as error:
        load_directory(tmp_path / "none.json")
    assert error.value.problems == ["cannot be read: No such file or directory"]


def test_what_has_no_name_is_called_by_its_id() -> None:
    empty = Directory()
    assert (empty.setting_name("SC000001"), empty.council_name(HARINGEY)) == ("SC000001", HARINGEY)
