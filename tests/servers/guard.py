"""A process that ends a run's servers if the run was killed and could not: guard PID BEGAN FOLDER."""

import shutil
import sys
from pathlib import Path

from deploy.local.processes import Mark
from tests.servers.shared import end_all


def main(pid: str, began_s: str, run: str) -> None:
    """Wait until the process is gone."""
    if (owner := Mark(int(pid), float(began_s)).find()) is not None:
        owner.wait()
    end_all(Path(run))
    shutil.rmtree(run, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
