import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, ROOT, Source, imported_modules, parse, sources

# The shared vocabulary: plain enumerations (docs/decisions/0002).
SHARED_WORDS = "schemas.words"


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=120)


def beyond_the_rules(source: Source) -> set[str]:
    """Return what a domain module imports and may not: all but the standard library, itself, the words."""
    own = ".".join(Path(source.path).parts[:3])
    allowed = (own, SHARED_WORDS)
    return {
        name
        for name in imported_modules(source)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not any(name == module or name.startswith(f"{module}.") for module in allowed)
    }


def test_every_import_contract_is_kept() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("schemas/anything.py", "import services.notifier"),
        ("schemas/anything.py", "import runtime"),
        ("runtime/anything.py", "import schemas"),
        ("runtime/anything.py", "import services.matcher"),
        ("services/matcher/anything.py", "import services.notifier"),
        ("services/notifier/anything.py", "import services.standalone"),
        ("services/matcher/domain/anything.py", "import pydantic"),
        ("services/matcher/domain/anything.py", "import runtime"),
        ("services/brokerage_desk/domain/anything.py", "import schemas.other"),
    ],
)
def test_an_import_against_a_contract_is_refused(module: str, line: str, tmp_path: Path) -> None:
    for package in PACKAGES:
        for init in (ROOT / package).rglob("__init__.py"):
            copy = tmp_path / init.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.touch()
    for name in ("schemas/other.py", "services/standalone.py"):
        (tmp_path / name).touch()
    shutil.copy(ROOT / ".importlinter", tmp_path)
    assert lint_imports(tmp_path).returncode == 0

    (tmp_path / module).write_text(f"{line}\n", encoding="utf-8")

    assert lint_imports(tmp_path).returncode == 1


def test_the_rules_import_the_standard_library_and_the_shared_words_alone() -> None:
    rules = list(sources("services/*/domain/*"))
    assert rules
    assert {source.path: found for source in rules if (found := beyond_the_rules(source))} == {}


@pytest.mark.parametrize(
    "line",
    [
        "import numpy",
        "from pydantic import BaseModel",
        "import runtime.clock",
        "from schemas import offers",
        "from services.matcher import translate",
        "from services.notifier.domain import ladder",
        "from .. import translate",
        "from ..adapters.files import read",
    ],
)
def test_a_rule_that_imports_anything_else_is_found(line: str) -> None:
    assert beyond_the_rules(parse(line, "services/matcher/domain/invented.py"))


@pytest.mark.parametrize(
    "line", ["from datetime import datetime", "from schemas.words import Need", "from .window import lapse"]
)
def test_a_rule_may_import_its_siblings_the_words_and_the_standard_library(line: str) -> None:
    assert not beyond_the_rules(parse(line, "services/matcher/domain/invented.py"))


def test_the_shared_words_import_the_standard_library_alone() -> None:
    words = list(sources("schemas/words.py"))
    found = {name for source in words for name in imported_modules(source)}
    assert words
    assert {name.split(".")[0] for name in found} <= sys.stdlib_module_names


def test_importing_the_shared_words_loads_nothing_but_the_standard_library() -> None:
    # A package's __init__ runs before its modules: one import too many there would reach the rules.
    show = "import sys, schemas.words; print(*{name.split('.')[0] for name in sys.modules})"
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {show}"]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.split()
    assert set(loaded) - sys.stdlib_module_names <= {"__main__", "schemas"}


@pytest.mark.parametrize(
    ("process", "others"),
    [
        ("deciding", {"fastapi", "numpy", "redis", "jinja2"}),
        ("relaying", {"fastapi", "faust", "redis", "jinja2"}),
        ("telling", {"fastapi", "faust", "redis", "numpy"}),
        ("feeding", {"faust", "redis", "jinja2", "numpy"}),
    ],
)
def test_a_process_on_kafka_imports_nothing_that_only_another_is_made_of(
    process: str, others: set[str]
) -> None:
    show = f"import sys, services.on_kafka.{process}; print(*{{name.split('.')[0] for name in sys.modules}})"
    command = [sys.executable, "-c", show]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    loaded = set(told.stdout.split())
    assert not loaded & others
