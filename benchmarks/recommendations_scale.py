"""What recommendations cost as a shop grows: time and memory of a fit, size on disk, answers, an update.

    python benchmarks/recommendations_scale.py [--orders 1000000 --products 10000] [--seed 7]

Shops are invented (`rig/invented.py`): 10,000, 100,000 and 10^6 orders, the last of 10^4 products, which takes some
minutes; or one of the size that is named. Each shop is invented in one process and learnt from in another, so that the
peak is that of the fit: it counts all of that process, the orders included; `base` is what it held before the fit.
Times are by the clock; `cpu` leaves out what a busy machine adds. Answers are asked in a third process, as pages ask
in theirs, of the mapped file, one thread: baskets and histories of customers as they come, some of them with hundreds
of products, half with what goes with the order and half with what comes next. The update adds the last hundredth of
the orders to a model of all others, where the library can do that.

Targets for 10^6 orders: fit <= 180 s and <= 3 GB on two cores, file <= 300 MB, p99 <= 5 ms, update <= 10 s.
"""

import argparse
import importlib
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.rig import report
from benchmarks.rig.invented import Invented, invent
from recommendations import Orders, Request, Strategy, candidates, fit, read_model, write_model

SIZES = ((10_000, 1_500), (100_000, 5_000))
LARGE = (1_000_000, 10_000)
ASKED = 3_000
NEWS = 0.01
COLUMNS = ("orders", "products", "lines", "fit s", "cpu s", "peak MB", "base MB", "file MB", "p50 ms", "p99 ms",
           "cpu p50", "cpu p99", "open ms", "update s")  # fmt: skip


def peak_mb() -> float:
    """The most this process ever held; what `getrusage` says counts what its parent held."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024  # type: ignore[index]


def one(file: Path) -> dict[str, Any]:
    """All figures of the shop in a file. Run in a process of its own."""
    with np.load(file) as kept:
        shop = Invented(**kept)
    named = shop.products()
    columns = shop.columns()
    catalogue = {product: named[product] for product in columns.products}
    as_of = float(shop.placed_at[-1])
    base = peak_mb()
    begun, cpu = time.perf_counter(), time.process_time()
    model = fit(columns, catalogue=catalogue, as_of=as_of)
    spent, cpu = time.perf_counter() - begun, time.process_time() - cpu
    figures: dict[str, Any] = {"orders": len(columns), "products": len(catalogue), "lines": len(columns.line_order)}
    figures |= {"fit s": spent, "cpu s": cpu, "peak MB": peak_mb(), "base MB": base}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        write_model(model, path)
        figures["file MB"] = path.stat().st_size / 1e6
        del model
        figures |= _told("--ask", str(path), "--read", str(file))
    figures["update s"] = _update(columns, catalogue, as_of)
    return figures


def asked(file: Path, path: Path) -> dict[str, Any]:
    """How long answers of the model at `path` take about the shop in `file`. Run in a process of its own."""
    with np.load(file) as kept:
        shop = Invented(**kept)
    requests = _requests(shop, shop.columns())
    del shop
    begun = time.perf_counter()
    mapped = read_model(path)
    figures: dict[str, Any] = {"open ms": (time.perf_counter() - begun) * 1000}
    for request in requests[:50]:
        candidates(mapped, request)
    ms, cpu_ms = [], []
    for request in requests:
        begun, cpu = time.perf_counter(), time.thread_time()
        candidates(mapped, request)
        cpu_ms.append((time.thread_time() - cpu) * 1000)
        ms.append((time.perf_counter() - begun) * 1000)
    figures |= {"p50 ms": float(np.median(ms)), "p99 ms": float(np.quantile(ms, 0.99))}
    return figures | {"cpu p50": float(np.median(cpu_ms)), "cpu p99": float(np.quantile(cpu_ms, 0.99))}


def _requests(shop: Invented, columns: Orders) -> list[Request]:
    """What customers had at some of the last orders: half asked what goes with it, half what they buy next."""
    begins = np.searchsorted(columns.line_order, np.arange(len(columns) + 1)).tolist()
    names = list(columns.products)
    product = columns.line_product.tolist()
    chosen = np.linspace(len(columns) * 0.9, len(columns) - 1, ASKED).astype(int).tolist()
    wanted = {int(shop.customer[order]) for order in chosen}
    own: dict[int, list[int]] = defaultdict(list)
    for order in np.flatnonzero(np.isin(shop.customer, list(wanted))).tolist():
        own[int(shop.customer[order])].append(order)

    def bought(order: int) -> list[str]:
        return [names[each] for each in product[begins[order] : begins[order + 1]]]

    requests = []
    for number, order in enumerate(chosen):
        older = [each for each in reversed(own[int(shop.customer[order])]) if each < order]
        times = [float(shop.placed_at[each]) for each in (order, *older)]
        strategy = Strategy.NEXT if number % 2 else Strategy.GOES_WITH
        requests.append(Request(bought(order), list(map(bought, older)), times, times[0], strategy=strategy))
    return requests


def _update(columns: Orders, catalogue: Any, as_of: float) -> float | None:
    """Seconds to bring a model of all but the last orders up to date; None where the library fits whole only."""
    library: Any = importlib.import_module("recommendations")
    if not hasattr(library, "update"):
        return None
    known = int(len(columns) * (1 - NEWS))
    model = fit(_part(columns, 0, known), catalogue=catalogue, as_of=as_of)
    new = _part(columns, known, len(columns))
    begun = time.perf_counter()
    library.update(model, new, catalogue=catalogue, as_of=as_of)
    return time.perf_counter() - begun


def _part(columns: Orders, begin: int, end: int) -> Orders:
    """Some of the orders, with all the products."""
    lines = (columns.line_order >= begin) & (columns.line_order < end)
    return replace(
        columns,
        placed_at=columns.placed_at[begin:end],
        buyer=columns.buyer[begin:end],
        known=columns.known[begin:end],
        line_order=columns.line_order[lines] - begin,
        line_product=columns.line_product[lines],
    )


def measured(orders: int, products: int, seed: int) -> dict[str, Any]:
    """Invent a shop in one process, and measure it in another."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "shop.npz"
        size = ["--orders", str(orders), "--products", str(products), "--seed", str(seed)]
        subprocess.run([sys.executable, __file__, "--write", str(file), *size], check=True)
        return _told("--read", str(file))


def _told(*arguments: str) -> dict[str, Any]:
    """What a process of this file prints."""
    done = subprocess.run([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print a row a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, help="of one shop, instead of three")
    parser.add_argument("--products", type=int, default=LARGE[1])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        shop = invent(orders=given.orders, products=given.products, seed=given.seed)
        np.savez(given.write, **{field.name: getattr(shop, field.name) for field in fields(shop)})
        return
    if given.read:
        json.dump(asked(given.read, given.ask) if given.ask else one(given.read), sys.stdout)
        return
    sizes = [(given.orders, given.products)] if given.orders else [*SIZES, LARGE]
    rows = []
    for orders, products in sizes:
        print(f"{orders:,} orders …", file=sys.stderr)
        figures = measured(orders, products, given.seed)
        rows.append([figures[column] if figures[column] is not None else "–" for column in COLUMNS])
    report.show("recommendations-scale", COLUMNS, rows, threads=os.environ.get("OPENBLAS_NUM_THREADS", "all"))


if __name__ == "__main__":
    main()
