"""Waypost beside the `implicit` library, its item-item models and its ALS: quality, fit time, memory, answers, one run.

    python benchmarks/recommendations_implicit.py [--data FOLDER [--test]] [--plot FILE.svg] [--python FILE]

`implicit` is no dependency of the project: it gets an environment of its own (.venv-implicit, some 200 MB), made when
it is first wanted. Where that cannot be, this says so, and is content. By hand it is

    python -m venv .venv-implicit
    .venv-implicit/bin/pip install implicit scipy

Shops: with FOLDER the history in it, of which only the orders before the cut are used (the first nine tenths are
learnt from, the last is asked; --test: the cut and the cases of the protocol instead); without it an invented one. Each
model is fitted and asked in a process of its own, one thread. Fitted on order × product, implicit with the settings
usual for this: K = 200, BM25 K1 = 1.2 and B = 0.75, ALS with 64 factors, 15 iterations and α = 2. A shopper's orders
count 0.8^(orders ago). What the shopper may not be recommended is filtered for all alike.
"""

import argparse
import importlib
import json
import os
import pickle
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import scipy.sparse as sp

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv-implicit"
PLOT = ROOT / "benchmarks" / "results" / "recommendations-implicit.svg"
K, OLDER, NEIGHBOURS = 10, 0.8, 200
THEIRS = ("item-item cosine", "item-item TF-IDF", "item-item BM25", "ALS")
OURS = "waypost"
ANY = "next-any"
DRAWN = ("HR@4", "fit s", "peak MB", "p99 ms")
NONE = "implicit cannot be installed here, so there is nothing to compare with."


# in implicit's environment, which has neither this project nor its other dependencies


def fit_theirs(name: str, matrix: "sp.csr_matrix") -> Callable[["sp.csr_matrix"], "np.ndarray[Any, Any]"]:
    """Fit a model; what comes back scores all products for rows of what shoppers have."""
    nearest = importlib.import_module("implicit.nearest_neighbours")
    if name == "ALS":
        als = importlib.import_module("implicit.cpu.als")
        model = als.AlternatingLeastSquares(factors=64, iterations=15, alpha=2.0, random_state=1, num_threads=1)
        model.fit(matrix, show_progress=False)

        def by_factors(rows: "sp.csr_matrix") -> "np.ndarray[Any, Any]":
            user = model.recalculate_user(np.arange(rows.shape[0]), rows)
            scores: np.ndarray[Any, Any] = np.atleast_2d(user) @ model.item_factors.T
            return scores

        return by_factors
    kinds = {
        "item-item cosine": lambda: nearest.CosineRecommender(K=NEIGHBOURS, num_threads=1),
        "item-item TF-IDF": lambda: nearest.TFIDFRecommender(K=NEIGHBOURS, num_threads=1),
        "item-item BM25": lambda: nearest.BM25Recommender(K=NEIGHBOURS, K1=1.2, B=0.75, num_threads=1),
    }
    found = kinds[name]()
    found.fit(matrix, show_progress=False)
    near = sp.csr_matrix(found.similarity)
    return lambda rows: np.asarray((rows @ near).todense())


def answer_theirs(name: str, file: Path) -> None:
    """Fit and answer all questions in `file`; the answers and figures go to stdout."""
    given = pickle.loads(file.read_bytes())
    matrix = sp.csr_matrix(given["matrix"])
    base = _peak_mb()
    begun, cpu = time.perf_counter(), time.process_time()
    score = fit_theirs(name, matrix)
    spent, cpu = time.perf_counter() - begun, time.process_time() - cpu
    ranked, ms = [], []
    for has, weights, barred in given["questions"]:
        begun = time.perf_counter()
        row = sp.csr_matrix((weights, ([0] * len(has), has)), shape=(1, matrix.shape[1]), dtype=np.float32)
        scores = score(row)[0]
        scores[barred] = -np.inf
        best = np.argpartition(-scores, min(K, len(scores) - 1))[:K]
        best = best[np.argsort(-scores[best], kind="stable")]
        ms.append((time.perf_counter() - begun) * 1000)
        ranked.append([int(place) for place in best if scores[place] > 0 or name == "ALS"])
    figures = {"fit s": spent, "cpu s": cpu, "peak MB": _peak_mb(), "base MB": base}
    json.dump({"ranked": ranked, "ms": ms, **figures}, sys.stdout)


def _peak_mb() -> float:
    """The most this process ever held; what `getrusage` says counts what its parent held."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024  # type: ignore[index]


# in the project's own environment


def _modules() -> tuple[Any, ...]:
    sys.path.insert(0, str(ROOT))
    names = ["benchmarks.rig.shop_files", "benchmarks.rig.invented", "benchmarks.rig.report", "recommendations"]
    return tuple(importlib.import_module(name) for name in (*names, "recommendations.evaluation"))


def answer_ours(file: Path) -> None:
    """As `answer_theirs`, with this project's model."""
    *_, library, evaluation = _modules()
    given = pickle.loads(file.read_bytes())
    orders = library.Orders.from_lines(given["lines"])
    catalogue = {product[0]: library.Product(*product) for product in given["products"]}
    base = _peak_mb()
    begun, cpu = time.perf_counter(), time.process_time()
    model = library.fit(orders, catalogue=catalogue, as_of=given["cut"])
    spent, cpu = time.perf_counter() - begun, time.process_time() - cpu
    ask = evaluation.ranked_by(model)
    ranked, ms = [], []
    for basket, history, times, strategy in given["requests"]:
        wanted = library.Strategy(strategy)
        request = library.Request(basket, history, times, times[0], strategy=wanted, limit=K, per_category=K)
        begun = time.perf_counter()
        ranked.append(ask(request))
        ms.append((time.perf_counter() - begun) * 1000)
    figures = {"fit s": spent, "cpu s": cpu, "peak MB": _peak_mb(), "base MB": base}
    json.dump({"ranked": ranked, "ms": ms, **figures}, sys.stdout)


def run(python: Path | str, name: str, file: Path) -> dict[str, Any]:
    """Fit and ask one model in a process of its own."""
    command = [str(python), __file__, "--answer", name, str(file)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def questions(cases: Sequence[Any], number: Mapping[str, int], closed: Callable[[Any], set[str]]) -> list[Any]:
    """What each shopper has, as columns and weights, and the columns that may not be the answer."""
    found = []
    for case in cases:
        request = case.request()
        weights: dict[int, float] = {}
        for age, order in enumerate((request.basket, *request.history)):
            for product in order:
                if product in number:
                    weights[number[product]] = weights.get(number[product], 0.0) + OLDER**age
        barred = [number[product] for product in closed(request) if product in number]
        found.append((list(weights), list(weights.values()), barred))
    return found


def compare(python: Path, shop: Any) -> tuple[list[list[Any]], list[str]]:
    """A row a model, and sentences about the differences."""
    *_, evaluation = _modules()
    orders = shop.past.columns()
    names = list(orders.products)
    number = {product: place for place, product in enumerate(names)}
    cases = {task: [case for case in asked if case.targets] for task, asked in shop.cases.items()}
    every = [case for asked in cases.values() for case in asked]
    ones = np.ones(len(orders.line_order), np.float32)
    matrix = sp.csr_matrix((ones, (orders.line_order, orders.line_product)), shape=(len(orders), len(names)))
    rows, hits = [], {}
    with TemporaryDirectory() as folder:
        theirs, ours = Path(folder) / "theirs", Path(folder) / "ours"
        asked = questions(every, number, evaluation.closed)
        theirs.write_bytes(pickle.dumps({"matrix": matrix, "questions": asked}))
        ours.write_bytes(pickle.dumps(_plain(shop, [case.request() for case in every])))
        for name in (*THEIRS, OURS):
            print(f"{name} …", file=sys.stderr)
            found = run(sys.executable, name, ours) if name == OURS else run(python, name, theirs)
            told = found["ranked"] if name == OURS else [[names[place] for place in row] for row in found["ranked"]]
            replay = iter(told)
            measured = {
                task: evaluation.measure(lambda _, rest=replay: next(rest), some, len(names))
                for task, some in cases.items()
            }
            hits[name] = {task: each.hit for task, each in measured.items()}
            means = [value for each in measured.values() for value in each.means().values()]
            costs = [found["fit s"], found["cpu s"], found["peak MB"], found["base MB"]]
            rows.append([name, *means, *costs, *np.quantile(found["ms"], [0.5, 0.99]).tolist()])
    return rows, _differences(hits, evaluation.compare)


def _differences(hits: Mapping[str, Mapping[Any, Any]], compared: Callable[[Any, Any], Any]) -> list[str]:
    told = []
    for task, ours in hits[OURS].items():
        for name in THEIRS:
            each = compared(ours, hits[name][task])
            interval = f"[{each.low:+.3f}, {each.high:+.3f}]"
            told.append(f"{task:9} less {name:17} {each.difference:+.3f}  {interval}  p = {each.p:.3f}")
    return told


def _plain(shop: Any, requests: Sequence[Any]) -> dict[str, Any]:
    """What our process needs, in types that can be pickled."""
    products = [(p.id, p.title, p.group, p.category, p.price_minor) for p in shop.past.products.values()]
    asked = [(each.basket, each.history, each.times, str(each.strategy)) for each in requests]
    lines = [tuple(line) for line in shop.past.lines()]
    return {"lines": lines, "products": products, "cut": shop.cut, "requests": asked}


def plot(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Quality, time and memory of each model as bars; an SVG that needs nothing else."""
    width, left, bar, gap = 760, 190, 18, 30
    parts, y = [], 20
    for place, column in enumerate(columns):
        if not column.endswith(DRAWN):
            continue
        most = max((row[place] for row in rows), default=1) or 1
        parts.append(f'<text x="0" y="{y + 6}" font-weight="600">{escape(column)}</text>')
        y += 20
        for row in rows:
            fill = "#2b5f8a" if row[0] == OURS else "#9aa3ab"
            long = row[place] / most * (width - left - 60)
            parts.append(
                f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{escape(row[0])}</text>'
                f'<rect x="{left}" y="{y}" width="{long:.1f}" height="{bar}" fill="{fill}"/>'
                f'<text x="{left + long + 6:.1f}" y="{y + 13}">{row[place]:.3g}</text>'
            )
            y += bar + 4
        y += gap
    frame = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" width="{width}" height="{y}"'
    style = 'font-family="sans-serif" font-size="13"'
    return f'<svg {frame} {style}><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'


def install() -> bool:
    """Make VENV with implicit in it; False if that cannot be, with the reason on stderr."""
    pip = [str(VENV / "bin" / "pip"), "install", "--quiet", "implicit", "scipy"]
    try:
        for step in ([sys.executable, "-m", "venv", str(VENV)], pip):
            subprocess.run(step, check=True)
    except subprocess.CalledProcessError as fault:
        print(fault, file=sys.stderr)
        shutil.rmtree(VENV, ignore_errors=True)
        return False
    return True


def main() -> None:
    """Measure, if there is something to compare with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a folder with a shop's history")
    parser.add_argument("--test", action="store_true", help="the cut and the cases of the protocol")
    parser.add_argument("--python", type=Path, default=VENV / "bin" / "python", help="of an environment with implicit")
    parser.add_argument("--plot", type=Path, default=PLOT, help="write a drawing there, SVG")
    parser.add_argument("--answer", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.answer:
        name, file = given.answer
        if name == OURS:
            answer_ours(Path(file))
        else:
            answer_theirs(name, Path(file))
        return
    if not (given.python.exists() or install()):
        print(NONE)
        return
    files, invented, report, *_ = _modules()
    data = given.data or (files.BESIDE if (files.BESIDE / "retail").is_dir() else None)
    if data is None:
        shop = files.split("invented", invented.invent().history())
    elif given.test:
        shop = files.test_part(data)
    else:
        shop = files.split("tuning", files.training_part(data), 1 - files.HELD_BACK)
    rows, told = compare(given.python, shop)
    figures = [f"{task} {figure}" for task in shop.cases for figure in ("HR@4", "NDCG@4", "R@10")]
    columns = ["model", *figures, "fit s", "cpu s", "peak MB", "base MB", "p50 ms", "p99 ms"]
    report.show("recommendations-implicit", columns, rows, shop=shop.name, compared=told)
    print(f"\nHitRate@4 of {OURS}:\n" + "\n".join(told))
    given.plot.write_text(plot(columns, rows), encoding="utf-8")
    print(f"\nas bars: {os.path.relpath(given.plot)}")


if __name__ == "__main__":
    main()
