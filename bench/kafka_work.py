"""One worker of a bench as a process: `python -m bench.kafka_work KIND BROKERS PREFIX PARTITIONS DIRECTORY`.

It loads its code as `hearth work` does, which looks for garbage seldom while it does so.
"""

import sys
from pathlib import Path

from runtime.garbage import look_seldom


def main(kind: str, brokers: str, prefix: str, partitions: str, directory: str) -> None:
    """Run a worker of this kind until a signal says stop."""
    look_seldom()
    from .kafka_workers import Place, run  # noqa: PLC0415 - loaded once garbage is looked for seldom

    run(kind, Place(brokers=brokers, prefix=prefix, partitions=int(partitions), directory=Path(directory)))


if __name__ == "__main__":
    main(*sys.argv[1:])
