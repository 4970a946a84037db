"""A shop's history and its cases from a folder, as the benchmarks take them with --data."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recommendations.evaluation import Case, Task, cases_after
from recommendations.history import History
from recommendations.history_files import UnreadableFile, open_text, read_cases, read_history

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"
# by time: the share of orders that is learnt from, and the last share of those that settings are tried on
TRAINED, HELD_BACK = 0.8, 0.1
TEST_FILES = {Task.LOO: "test_cases_leave_one_out", Task.NEXT_NEW: "test_cases_next_order"}
TEST_FILES[Task.LOO_KNOWN] = TEST_FILES[Task.LOO]
TEST_FILES[Task.NEXT_ANY] = TEST_FILES[Task.NEXT_NEW]


@dataclass(frozen=True)
class Shop:
    """What is learnt from, and what is asked."""

    name: str
    past: History
    cut: float
    cases: Mapping[Task, list[Case]]


def read_folder(folder: Path) -> History:
    """The history in `folder`/retail or `folder`; ends with a message if it is not there."""
    try:
        files = [open_text(_file(folder, pattern)) for pattern in ("*_orders", "*_order_lines", "*_products")]
        history, found = read_history(*files)
    except UnreadableFile as error:
        sys.exit(str(error))
    for fault in found.faults[:10]:
        print(fault, file=sys.stderr)
    return history


def _file(folder: Path, pattern: str) -> Path:
    inside = folder / "retail" if (folder / "retail").is_dir() else folder
    files = [path for ending in (".csv", ".csv.gz") for path in sorted(inside.glob(pattern + ending))]
    if len(files) != 1:
        sys.exit(f"{inside}: expected one file like {pattern}.csv.gz, found {len(files)}")
    return files[0]


def split(name: str, history: History, share: float = TRAINED) -> Shop:
    """Learn from the first orders, ask about all others."""
    cut = history.time_at(share)
    return Shop(name, history.before(cut), cut, {task: list(cases_after(history, task, cut)) for task in Task})


def training_part(folder: Path) -> History:
    """The orders before the protocol's cut, and nothing else: what settings may be tried on."""
    history = read_folder(folder)
    return history.before(history.time_at(TRAINED))


def test_part(folder: Path) -> Shop:
    """The protocol's own cut and cases."""
    history = read_folder(folder)
    cut = history.time_at(TRAINED)
    cases: dict[Task, list[Case]] = {}
    for task, name in TEST_FILES.items():
        found, faults = read_cases(open_text(_file(folder, name)), task, history, name=name)
        cases[task] = [case for case in found if case is not None]
        for fault in faults.faults[:10]:
            print(fault, file=sys.stderr)
    return Shop(folder.name, history.before(cut), cut, cases)
