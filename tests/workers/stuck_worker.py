"""`waypost worker` as it is, but for ever at one point of a fit, so that it can be killed there.

    python -m tests.workers.stuck_worker learning|writing|pointing MARK

learning  the orders are read, and are learnt from
writing   half of the model is in a file that does not have its name yet
pointing  the model is written whole, and nothing names it yet

The file MARK appears when it is there.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from tracking.cli.worker import worker
from tracking.platform import logs
from tracking.suggestions import artefacts, learning

stage, mark = sys.argv[1:] if len(sys.argv) == 3 else ("", "")


def stick(*_given: Any, **_more: Any) -> NoReturn:
    """Do nothing any more."""
    Path(mark).touch()
    while True:
        time.sleep(60)


def stick_half_way(handle: int) -> NoReturn:
    """Do nothing any more with half of a file on disk."""
    os.ftruncate(handle, os.fstat(handle).st_size // 2)
    stick()


if __name__ == "__main__":
    logs.configure()
    if stage == "learning":
        learning.fit = stick
    elif stage == "writing":
        os.fsync = stick_half_way
    else:
        artefacts._point = stick
    worker(["--threads", "4"])
