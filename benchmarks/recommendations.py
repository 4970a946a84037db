"""How well the store's own orders predict what people buy, against simple baselines in the same run.

    python benchmarks/recommendations.py [--data FOLDER [--tune]] [--json FILE]

FOLDER holds a shop's history as CSV, gzipped or not: `*_orders`, `*_order_lines`, `*_products`, and the cases
`test_cases_leave_one_out` and `test_cases_next_order`; their columns stand in `recommendations/history_files.py`. The
cut is the time of the order at 80 %. With --tune the cases are not opened and no order after that cut is used: the last
tenth of the orders before it takes their place, with cases made as the protocol says (`evaluation.cases_after`).
Without FOLDER, and without data beside the repository, an invented shop is measured, so that the benchmark
runs everywhere; its figures mean little.

loo       one product of a later order is hidden; recommended from the others, which are not allowed themselves
loo small the same, for orders with at most nine products left
loo-known the cases of loo; what the order's customer had bought before is known too, and may come again
next-new  what a customer buys next that they never bought, from all they bought so far
next-any  what a customer buys next, things again included

One thread. The intervals are of a paired bootstrap over the cases: our HitRate@4 less that of the rule beside it.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

# before numpy is loaded: figures of one thread
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.rig.invented import invent
from benchmarks.rig.shop_files import BESIDE, HELD_BACK, Shop, split, test_part, training_part
from recommendations import fit, read_model, write_model
from recommendations.baselines import BASELINES, linear
from recommendations.evaluation import HIDING, SHOWN, K, Measured, Ranker, Task, compare, measure, ranked_by

NAMES = {"hit": f"HR@{SHOWN}", "ndcg": f"NDCG@{SHOWN}", "recall": f"R@{K}"}
OURS = "waypost"


def fit_ours(shop: Shop) -> tuple[Ranker, float]:
    """The library as a page uses it: written, mapped, asked. With the size of the file in MB."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model"
        write_model(fit(shop.past.columns(), catalogue=shop.past.products, as_of=shop.cut), file)
        return ranked_by(read_model(file)), file.stat().st_size / 1e6


def models(shop: Shop) -> dict[str, Callable[[], tuple[Ranker, float]]]:
    """How each is fitted."""
    simple = {
        name: (lambda fitter=fitter: (fitter(shop.past.columns(), shop.cut), 0.0))
        for name, (_, fitter) in BASELINES.items()
    }
    dense = len(shop.past.products) ** 2 * 8 / 1e6
    return {**simple, "EASE": lambda: (linear(shop.past.columns()), dense), OURS: lambda: fit_ours(shop)}


def measure_all(shop: Shop) -> tuple[dict[str, dict[str, float]], dict[tuple[str, Task], Measured]]:
    """All figures of all models, and the answers they come from."""
    figures: dict[str, dict[str, float]] = {}
    answers: dict[tuple[str, Task], Measured] = {}
    for name, fitter in models(shop).items():
        begun = time.process_time()
        ranker, size = fitter()
        figures[name] = {"fit s": time.process_time() - begun, "model MB": size}
        spent = []
        for task, cases in shop.cases.items():
            if name in BASELINES and task not in BASELINES[name][0]:
                continue
            found = answers[name, task] = measure(ranker, cases, len(shop.past.products))
            figures[name] |= _told(shop, task, found)
            spent.append(found.ms)
        ms = np.concatenate(spent)
        if len(ms):
            figures[name] |= {"query p50 ms": float(np.median(ms)), "query p99 ms": float(np.quantile(ms, 0.99))}
    return figures, answers


def _told(shop: Shop, task: Task, found: Measured) -> dict[str, float]:
    told = {f"{task} {NAMES[figure]}": value for figure, value in found.means().items()}
    told[f"{task} cov@{SHOWN}"] = found.coverage
    if task in HIDING:
        small = np.array([case.is_small for case in shop.cases[task]], np.bool_)
        told |= {f"{task} small {NAMES[figure]}": value for figure, value in found.means(small).items()}
    return told


def print_table(results: Mapping[str, Mapping[str, float]]) -> None:
    """Models as columns, figures as rows."""
    rows = list(dict.fromkeys(figure for figures in results.values() for figure in figures))
    print(f"{'':22}" + "".join(f"{name:>26}" for name in results))
    for row in sorted(rows, key=lambda row: (" " in row and row.split()[0] in set(Task), rows.index(row))):
        cells = (f"{figures[row]:.3f}" if row in figures else "–" for figures in results.values())
        print(f"{row:22}" + "".join(f"{cell:>26}" for cell in cells))


def print_comparison(answers: Mapping[tuple[str, Task], Measured]) -> list[dict[str, object]]:
    """Ours less each other, with intervals."""
    rows: list[dict[str, object]] = []
    print(f"\nHitRate@{SHOWN} of {OURS} less that of:")
    for (name, task), found in answers.items():
        if name != OURS and len(found.hit):
            told = compare(answers[OURS, task].hit, found.hit)
            print(f"  {task:9} {name:26} {told.difference:+.3f}  [{told.low:+.3f}, {told.high:+.3f}]  p = {told.p:.3f}")
            rows.append({"task": task, "beside": name, "difference": told.difference, "low": told.low,
                         "high": told.high, "p": told.p})  # fmt: skip
    return rows


def main() -> None:
    """Measure all models on one shop and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=BESIDE if (BESIDE / "retail").is_dir() else None)
    parser.add_argument("--tune", action="store_true", help="only orders before the cut; their last tenth is asked")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    arguments = parser.parse_args()
    if arguments.data is None:
        shop = split("invented", invent().history())
    elif arguments.tune:
        shop = split("tuning", training_part(arguments.data), 1 - HELD_BACK)
    else:
        shop = test_part(arguments.data)
    counts = ", ".join(f"{len(cases)} {task}" for task, cases in shop.cases.items())
    print(f"shop: {shop.name}; {len(shop.past)} orders, {len(shop.past.products)} products; cases: {counts}\n")
    results, answers = measure_all(shop)
    print_table(results)
    compared = print_comparison(answers)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of the whole run: {peak:.0f} MB")
    if arguments.json:
        document = {"benchmark": "recommendations", "shop": shop.name, "peak_mb": peak, "models": results}
        document |= {"compared": compared, "cases": {task: len(cases) for task, cases in shop.cases.items()}}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
