"""Rounds that take turns, so that a noisy machine is noisy for everybody, and a table and JSON of what came of it."""

import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

RESULTS = Path(__file__).resolve().parents[1] / "results"


def interleaved(rounds: int, runs: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Each run once a round, in turn; the values of all rounds."""
    values: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            values[name].append(run())
    return values


def ratio(values: Mapping[str, Sequence[float]], name: str, baseline: str) -> float:
    """The median of the rounds' own ratios: what slowed a round down, slowed both."""
    return median(a / b for a, b in zip(values[name], values[baseline], strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def show(name: str, columns: Sequence[str], rows: Sequence[Sequence[object]], **more: object) -> None:
    """Print a table, and write it with `more` to results/<name>.json."""
    texts = [[_text(cell) for cell in row] for row in rows]
    widths = [max(len(line[place]) for line in [list(columns), *texts]) for place in range(len(columns))]
    print(f"\n{name}")
    for line in [list(columns), *texts]:
        first, *rest = (cell.ljust(width) if place == 0 else cell.rjust(width)
                        for place, (cell, width) in enumerate(zip(line, widths, strict=True)))  # fmt: skip
        print("  ".join([first, *rest]).rstrip())
    RESULTS.mkdir(exist_ok=True)
    document = {
        "benchmark": name,
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "rows": [dict(zip(columns, row, strict=True)) for row in rows],
        **more,
    }
    file = RESULTS / f"{name}.json"
    file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"(load {document['load']} on {document['cores']} cores; {file.relative_to(RESULTS.parents[1])})")


def _text(cell: object) -> str:
    return f"{cell:,.3g}" if isinstance(cell, float) and abs(cell) < 100 else f"{cell:,.0f}" if isinstance(
        cell, int | float
    ) else str(cell)  # fmt: skip
