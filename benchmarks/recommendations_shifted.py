"""Where the recommendations do worse than one of their own simple parts: shops of other kinds than those tuned on.

    python benchmarks/recommendations_shifted.py [--data FOLDER] [--before TIME] [--json FILE]

A shop's settings are learnt from its own past, so they must suit shops nobody has seen. Invented ones: small baskets of
things bought again and again, fashion with short seasons, orders of one product, a catalogue full of newcomers, sixty
things and nobody known, a supermarket's weekly baskets, many thousands of things sold once or twice
(`rig/invented.py`). Derived ones, with FOLDER: half of its customers, customers without guests, small orders only, rare
products only, its first month, its last month, many shops of 200 and of 50 orders. Only orders before TIME are used, or
before the protocol's cut where none is given: nothing here sees the test part.

Each shop is split at its own 80 % by time; shops of 50 and 200 orders are asked together, as one is too little to tell.
The best simple part, popularity to dense EASE, is chosen with hindsight and compared case by case (paired bootstrap):
"below" means that chance does not explain it at 5 %. Of 20 comparisons without any difference, one would say so.
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.rig import report
from benchmarks.rig.invented import KINDS, invent
from benchmarks.rig.shop_files import BESIDE, TRAINED, read_folder
from recommendations import fit
from recommendations.baselines import linear
from recommendations.evaluation import Task, cases_after, compare, ranked_by
from recommendations.history import History, PastOrder
from recommendations.history_files import seconds
from recommendations.trial import OURS, judge, rules

MONTH_S = 30 * 86400.0
ORDERS, PRODUCTS = 5_000, 800
SMALL_ORDER = 5
CASES = 600
COLUMNS = ("shop", "orders", "task", "cases", "waypost", "best part", "its", "difference", "low", "high", "p", "says")


@dataclass(frozen=True)
class Shifted:
    """A shop of some kind: one history, or many small ones that are asked together."""

    name: str
    histories: Sequence[History]


def invented() -> Iterator[Shifted]:
    """A shop of each kind, and a young one of each."""
    for number, (name, kind) in enumerate(KINDS.items()):
        products = round(PRODUCTS * kind.assortment)
        history = invent(kind, orders=ORDERS, products=products, seed=100 + number).history()
        yield Shifted(f"invented: {name}", [history])
        young = [_part(history, begin, 300) for begin in range(0, ORDERS - 300, ORDERS // 6)]
        yield Shifted(f"invented: {name}, 300 orders", young)


def derived(history: History) -> Iterator[Shifted]:
    """Other shops that this one could have been."""
    random = np.random.default_rng(3)
    customers = sorted(history.of_customer)
    half = {customer for customer in customers if random.random() < 0.5}
    yield Shifted("half of the customers", [_those(history, lambda order: order.customer in half)])
    yield Shifted("customers, no guests", [_those(history, lambda order: bool(order.customer))])
    yield Shifted("small orders", [_those(history, lambda order: len(order.products) <= SMALL_ORDER)])
    yield Shifted("rare products", [_rare(history)])
    first, last = history.orders[0].placed_at, history.orders[-1].placed_at
    yield Shifted("first month", [_those(history, lambda order: order.placed_at < first + MONTH_S)])
    yield Shifted("last month", [_those(history, lambda order: order.placed_at >= last - MONTH_S)])
    yield Shifted("first 200 orders", [_part(history, 0, 200)])
    for size, count in ((200, 12), (50, 40)):
        begins = np.linspace(0, max(0, len(history) - size), count).astype(int).tolist()
        yield Shifted(f"{count} shops of {size} orders", [_part(history, begin, size) for begin in begins])


def _those(history: History, wanted: Any) -> History:
    return History([order for order in history.orders if wanted(order)], history.products)


def _part(history: History, begin: int, count: int) -> History:
    return History(history.orders[begin : begin + count], history.products)


def _rare(history: History) -> History:
    """Without the fifth of the products that sells best."""
    sold = Counter(product for order in history.orders for product in order.products)
    common = {product for product, _ in sold.most_common(len(sold) // 5)}
    orders = [
        PastOrder(order.id, order.customer, order.placed_at, kept)
        for order in history.orders
        if (kept := tuple(product for product in order.products if product not in common))
    ]
    return History(orders, history.products)


def measured(shop: Shifted) -> Iterator[list[Any]]:
    """A row a task, for tasks that have cases."""
    hits: dict[Task, dict[str, list[Any]]] = {task: {} for task in Task}
    for history in shop.histories:
        cut = history.time_at(TRAINED)
        past = history.before(cut)
        model = ranked_by(fit(past.columns(), catalogue=past.products, as_of=cut))
        ease = linear(past.columns())
        for task in Task:
            cases = list(cases_after(history, task, cut))
            some = cases[:: max(1, len(cases) // CASES)]
            verdict = judge({OURS: model, "EASE": ease, **rules(past, cut, task)}, task, some, len(past.products))
            for name, answers in verdict.answers.items():
                hits[task].setdefault(name, []).append(answers.hit)
    orders = sum(map(len, shop.histories))
    for task, by_name in hits.items():
        joined = {name: np.concatenate(parts) for name, parts in by_name.items()}
        if len(joined[OURS]):
            yield _row(shop.name, orders, task, joined)


def _row(name: str, orders: int, task: Task, hits: dict[str, Any]) -> list[Any]:
    best = max((rule for rule in hits if rule != OURS), key=lambda rule: float(hits[rule].mean()))
    told = compare(hits[OURS], hits[best])
    says = ("above" if told.difference > 0 else "BELOW") if told.is_sure else "draw"
    figures = [float(hits[OURS].mean()), best, float(hits[best].mean())]
    return [name, orders, str(task), len(hits[OURS]), *figures, told.difference, told.low, told.high, told.p, says]


def main() -> None:
    """Print a row a shop and task, and where the whole is worse than its part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=BESIDE if (BESIDE / "retail").is_dir() else None)
    parser.add_argument("--before", type=seconds, help="use orders before this time only, ISO 8601")
    parser.add_argument("--json", type=Path, help="also write the rows there")
    given = parser.parse_args()
    shops = invented()
    if given.data is not None:
        history = read_folder(given.data)
        cut = min(history.time_at(TRAINED), given.before or float("inf"))
        shops = chain(shops, derived(history.before(cut)))
    rows = []
    for shop in shops:
        print(f"{shop.name} …", file=sys.stderr)
        rows += list(measured(shop))
    below = [f"{row[0]}, {row[2]}: {row[7]:+.3f} beside {row[5]}" for row in rows if row[-1] == "BELOW"]
    report.show("recommendations-shifted", COLUMNS, rows, below=below)
    counts = Counter(row[-1] for row in rows)
    print(f"\nabove {counts['above']}, draw {counts['draw']}, below {counts['BELOW']} of {len(rows)}")
    print("\n".join(["Below its best part:", *(f"  {line}" for line in below)]) if below else "Nowhere below.")
    if given.json:
        document = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        given.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
