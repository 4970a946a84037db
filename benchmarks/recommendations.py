"""How well the store's own orders predict what people buy, against simple baselines in the same run.

    python benchmarks/recommendations.py [--data FOLDER] [--json FILE]

FOLDER holds a shop's history under `retail/` as gzipped CSV: `*_orders` (order_id, customer_id, ts), `*_order_lines`
(order_id, product_id), `*_products` (product_id, title), and the cases `test_cases_leave_one_out` (order_id,
hidden_product_id) and `test_cases_next_order` (order_id, next_order_id). The cut is the time of the order at 80 %.
Without it, an invented shop is measured, so that the benchmark runs everywhere; its figures mean little.

loo       one product of a later order is hidden; recommended from the others, which are not allowed themselves
loo small the same, for orders with at most nine products left
next new  what a customer buys next that they never bought, from all they bought so far

What a shopper has, as far as it was sold before the cut, is all a model is told.
"""

import argparse
import csv
import gzip
import json
import random
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory

import numpy as np
import scipy.sparse as sp

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from recommendations import Line, Orders, Product, Request, fit, read_model, recommend, write_model
from recommendations.metrics import coverage, hit_rate, ndcg, recall

K = 10
SHOWN = 4
SMALL = 9
DAY_S = 86400.0
OLDER = 0.8
Recommender = Callable[[Sequence[Sequence[str]]], list[str]]


@dataclass(frozen=True)
class Case:
    """What the shopper has (newest order first), and what they are known to take."""

    has: tuple[tuple[str, ...], ...]
    targets: frozenset[str]


@dataclass(frozen=True)
class Shop:
    """The orders before the cut, and cases after it."""

    name: str
    lines: list[Line]
    shelf: Mapping[str, Product]
    cases: Mapping[str, list[Case]]


def read_shop(folder: Path) -> Shop:
    """A shop from files; ends with a message if one is missing."""
    placed = {row["order_id"]: row for row in _rows(folder, "*_orders.csv.gz")}
    order_ids = sorted(placed, key=lambda order: (placed[order]["ts"], order))
    products = defaultdict(list)
    for row in _rows(folder, "*_order_lines.csv.gz"):
        products[row["order_id"]].append(row["product_id"])
    cut = placed[order_ids[len(order_ids) * 8 // 10]]["ts"]
    before = [order for order in order_ids if placed[order]["ts"] < cut]
    lines = [
        Line(order, placed[order]["customer_id"], _seconds(placed[order]["ts"]), product)
        for order in before
        for product in products[order]
    ]
    titles = {row["product_id"]: row["title"] for row in _rows(folder, "*_products.csv.gz")}
    shelf = {line.product: Product(line.product, titles.get(line.product, "")) for line in lines}
    customer_orders = defaultdict(list)
    for order in order_ids:
        customer_orders[placed[order]["customer_id"]].append(order)
    hidden = [(row["order_id"], row["hidden_product_id"]) for row in _rows(folder, "test_cases_leave_one_out.csv.gz")]
    known = {order: tuple(product for product in bought if product in shelf) for order, bought in products.items()}
    loo = [Case((tuple(p for p in known[order] if p != product),), frozenset([product])) for order, product in hidden]
    following = []
    for row in _rows(folder, "test_cases_next_order.csv.gz"):
        own = customer_orders[placed[row["order_id"]]["customer_id"]]
        so_far = own[: own.index(row["order_id"]) + 1]
        following.append(_next_case([known[order] for order in reversed(so_far)], products[row["next_order_id"]]))
    return Shop(folder.name, lines, shelf, _named(loo, following))


def invent_shop(orders: int = 12_000, seed: int = 7) -> Shop:
    """A shop in which every shopper has a taste and products go in and out of season."""
    rng = random.Random(seed)
    tastes = [[f"taste {t} thing {n}" for n in range(40)] for t in range(25)]
    now = 1_700_000_000.0
    past: list[tuple[str, float, tuple[str, ...]]] = []
    for number in range(orders):
        customer = f"customer {int(rng.paretovariate(0.6)) % 3000}"
        taste = tastes[int(md5(customer.encode()).hexdigest(), 16) % len(tastes)]
        size = min(30, int(rng.paretovariate(1.3)) + 1)
        middle = number * 40 // orders
        basket = {taste[int(rng.gauss(middle, 6)) % 40] for _ in range(size)}
        if rng.random() < 0.3:
            basket.add(f"common {int(rng.expovariate(0.2))}")
        past.append((customer, now + number * 900, tuple(sorted(basket))))
    cut = len(past) * 8 // 10
    lines = [
        Line(str(number), customer, at, product)
        for number, (customer, at, basket) in enumerate(past[:cut])
        for product in basket
    ]
    history: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    loo, following = [], []
    for number, (customer, _, basket) in enumerate(past):
        if number >= cut:
            if len(basket) > 1:
                product = basket[int(md5(str(number).encode()).hexdigest(), 16) % len(basket)]
                loo.append(Case((tuple(p for p in basket if p != product),), frozenset([product])))
            if history[customer]:
                following.append(_next_case(history[customer][::-1], basket))
        history[customer].append(basket)
    return Shop("invented", lines, {line.product: Product(line.product) for line in lines}, _named(loo, following))


def _next_case(has: Sequence[tuple[str, ...]], bought: Sequence[str]) -> Case:
    return Case(tuple(has), frozenset(bought).difference(*has))


def _named(loo: list[Case], following: list[Case]) -> dict[str, list[Case]]:
    return {
        "loo": loo,
        "loo small": [case for case in loo if len(case.has[0]) <= SMALL],
        "next new": [case for case in following if case.targets],
    }


def _rows(folder: Path, pattern: str) -> Iterator[dict[str, str]]:
    files = sorted((folder / "retail").glob(pattern))
    if len(files) != 1:
        sys.exit(f"{folder / 'retail'}: expected one file like {pattern}, found {len(files)}")
    with gzip.open(files[0], "rt", encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def fit_ours(shop: Shop) -> tuple[Recommender, float]:
    """The library as a page uses it: written, mapped, asked."""
    with TemporaryDirectory() as folder:
        write_model(fit(Orders.from_lines(shop.lines)), Path(folder) / "model")
        model, size = read_model(Path(folder) / "model"), (Path(folder) / "model").stat().st_size

    def answer(has: Sequence[Sequence[str]]) -> list[str]:
        return [found.product for found in recommend(model, Request(has[0], has[1:], limit=K), shop.shelf)]

    return answer, size / 1e6


def fit_popularity(shop: Shop, days: float | None = None) -> tuple[Recommender, float]:
    """What stood in most orders, ever or in the last days."""
    newest = max(line.placed_at for line in shop.lines)
    count: dict[str, int] = defaultdict(int)
    for line in shop.lines:
        count[line.product] += days is None or line.placed_at > newest - days * DAY_S
    ranked = sorted(count, key=lambda product: (-count[product], product))

    def answer(has: Sequence[Sequence[str]]) -> list[str]:
        owned = {product for order in has for product in order}
        found: list[str] = []
        for product in ranked:
            if product not in owned:
                found.append(product)
                if len(found) == K:
                    break
        return found

    return answer, 0.0


def fit_cosine(shop: Shop) -> tuple[Recommender, float]:
    """Plain item-item cosine over orders, 200 neighbours."""
    orders = Orders.from_lines(shop.lines)
    n = len(orders.products)
    shape = (len(orders), n)
    has = sp.csr_array((np.ones(len(orders.line_order)), (orders.line_order, orders.line_product)), shape=shape)
    norm = sp.diags_array(1 / np.sqrt(has.sum(axis=0)))
    near = (norm @ (has.T @ has) @ norm).tolil()
    near.setdiag(0)
    near = near.tocsr()
    for row in range(n):
        part = near.data[near.indptr[row] : near.indptr[row + 1]]
        if len(part) > 200:
            part[part < np.partition(part, -200)[-200]] = 0
    near.eliminate_zeros()
    number = {product: place for place, product in enumerate(orders.products)}

    def answer(history: Sequence[Sequence[str]]) -> list[str]:
        weight = np.zeros(n)
        for age, order in enumerate(history):
            for product in order:
                if product in number:
                    weight[number[product]] += OLDER**age
        score = near.T @ weight
        score[weight > 0] = -1
        best = np.argpartition(-score, K)[:K]
        return [orders.products[int(place)] for place in best[np.argsort(-score[best], kind="stable")]]

    return answer, near.nnz * 12 / 1e6


def measure(shop: Shop, fitter: Callable[[Shop], tuple[Recommender, float]]) -> dict[str, float]:
    """All figures of one model. Times in seconds and milliseconds of processor time, sizes in MB."""
    begun = time.process_time()
    answer, size = fitter(shop)
    figures = {"fit s": time.process_time() - begun, "model MB": size}
    spent: list[float] = []
    for task, cases in shop.cases.items():
        ranked = []
        for case in cases:
            begun = time.perf_counter()
            ranked.append(answer(case.has))
            spent.append((time.perf_counter() - begun) * 1000)
        pairs = [(found, case.targets) for found, case in zip(ranked, cases, strict=True)]
        figures |= {
            f"{task} HR@{SHOWN}": mean(hit_rate(*pair, SHOWN) for pair in pairs),
            f"{task} NDCG@{SHOWN}": mean(ndcg(*pair, SHOWN) for pair in pairs),
            f"{task} R@{K}": mean(recall(*pair, K) for pair in pairs),
            f"{task} cov@{SHOWN}": coverage(ranked, SHOWN, len(shop.shelf)),
        }
    figures |= {"query p50 ms": median(spent), "query p99 ms": float(np.quantile(spent, 0.99))}
    return figures


MODELS: dict[str, Callable[[Shop], tuple[Recommender, float]]] = {
    "popularity": fit_popularity,
    "popularity, last 30 days": lambda shop: fit_popularity(shop, 30),
    "item-item cosine": fit_cosine,
    "waypost": fit_ours,
}


def print_table(results: Mapping[str, Mapping[str, float]]) -> None:
    """Models as columns, figures as rows."""
    print(f"{'':22}" + "".join(f"{name:>26}" for name in results))
    for figure in next(iter(results.values())):
        print(f"{figure:22}" + "".join(f"{figures[figure]:26.3f}" for figures in results.values()))


def main() -> None:
    """Measure all models on one shop and print the figures."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=beside if (beside / "retail").is_dir() else None)
    parser.add_argument("--json", type=Path, help="also write the figures there")
    arguments = parser.parse_args()
    shop = read_shop(arguments.data) if arguments.data else invent_shop()
    counts = ", ".join(f"{len(cases)} {task}" for task, cases in shop.cases.items())
    print(f"shop: {shop.name}; {len(shop.lines)} lines, {len(shop.shelf)} products; cases: {counts}\n")
    results = {name: measure(shop, fitter) for name, fitter in MODELS.items()}
    print_table(results)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of the whole run: {peak:.0f} MB")
    if arguments.json:
        document = {"benchmark": "recommendations", "shop": shop.name, "peak_mb": peak, "models": results}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
