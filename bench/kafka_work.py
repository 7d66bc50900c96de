"""One worker of a bench as a process: `python -m bench.kafka_work KIND BROKERS PREFIX PARTITIONS DIRECTORY`.

It loads its code as `hearth work` does, which does not look for garbage meanwhile.
"""

import sys
from pathlib import Path

from runtime.garbage import few_collections


def main(kind: str, brokers: str, prefix: str, partitions: str, directory: str) -> None:
    """Run a worker of this kind until a signal says stop."""
    with few_collections():
        from .kafka_workers import Place, run  # noqa: PLC0415 - loaded while nobody looks for garbage
    run(kind, Place(brokers=brokers, prefix=prefix, partitions=int(partitions), directory=Path(directory)))


if __name__ == "__main__":
    main(*sys.argv[1:])
