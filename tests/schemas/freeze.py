"""Write the snapshot and the example of every event version that has none: `python -m tests.schemas.freeze`.

What is frozen is never overwritten: a version that has been released does not change, its successor gets a number of
its own. Before a release, delete the two files of a type to freeze it again.
"""

from pathlib import Path

from schemas.registry import by_type
from tests.schemas.contracts import EXAMPLES, SNAPSHOTS, Json, contract_of, example_of, path_of, text_of


def freeze() -> list[Path]:
    """Return the files that were written."""
    written = []
    for each in by_type().values():
        parts: tuple[tuple[Path, Json], ...] = (
            (path_of(SNAPSHOTS, each), contract_of(each.model)),
            (path_of(EXAMPLES, each), example_of(each.model)),
        )
        for path, value in parts:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text_of(value), encoding="utf-8")
                written.append(path)
    return written


if __name__ == "__main__":
    for file in freeze():
        print(file)  # noqa: T201 - a command says what it wrote
