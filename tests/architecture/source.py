"""Reads this project's own source as syntax trees. Knows nothing of what the rules say."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("schemas", "runtime", "services")


@dataclass(frozen=True)
class Source:
    """One module: its path from the repository's root, and its tree."""

    path: str
    tree: ast.Module


def parse(text: str, path: str = "invented.py") -> Source:
    return Source(path, ast.parse(text, path))


def sources(pattern: str = "*") -> Iterator[Source]:
    """Yield every module of ours whose path from the root matches `pattern`; a star crosses folders."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if fnmatchcase(name, pattern):
                yield parse(path.read_text(encoding="utf-8"), name)


def _origin(source: Source, node: ast.ImportFrom) -> str:
    """Return the full name of the module that a `from` import reads, relative ones resolved."""
    if node.level == 0:
        return node.module or ""
    package = source.path.split("/")[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def imported_modules(source: Source) -> Iterator[str]:
    """Yield dotted names; `from a import b` gives `a.b`, since b may be a module."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{_origin(source, node)}.{alias.name}" for alias in node.names)


def _names(source: Source) -> dict[str, str]:
    """Map each local name that an import made to what it stands for."""
    known: dict[str, str] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom):
            origin = _origin(source, node)
            known |= {alias.asname or alias.name: f"{origin}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            # `import a.b` binds `a`; `import a.b as c` binds `c` to a.b.
            heads = [alias.name if alias.asname else alias.name.split(".")[0] for alias in node.names]
            known |= {alias.asname or head: head for alias, head in zip(node.names, heads, strict=True)}
    return known


def _dotted(node: ast.expr) -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            head = _dotted(value)
            return head and f"{head}.{attr}"
        case _:
            return None


def used_names(source: Source) -> Iterator[tuple[int, str]]:
    """Yield line and full dotted name of everything that the module reads from what it imports."""
    known = _names(source)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name | ast.Attribute) and (dotted := _dotted(node)):
            head, _, rest = dotted.partition(".")
            if head in known:
                yield node.lineno, f"{known[head]}.{rest}".rstrip(".")


def bare_calls(source: Source) -> Iterator[tuple[int, str]]:
    """Yield line and full dotted name of every call without any argument."""
    known = _names(source)
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Call)
            and not node.args
            and not node.keywords
            and (dotted := _dotted(node.func))
        ):
            head, _, rest = dotted.partition(".")
            yield node.lineno, f"{known.get(head, head)}.{rest}".rstrip(".")
