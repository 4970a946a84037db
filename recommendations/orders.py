"""The store's past orders as columns: the only thing the models learn from.

Whatever order the lines come in, and however often a line is repeated, the columns are the same.
"""

import math
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recommendations.ids import Ids


class Line(NamedTuple):
    """One product of one order.

    customer   "" for an order without a known customer
    placed_at  seconds since 1970
    """

    order: str
    customer: str
    placed_at: float
    product: str


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """Orders and their products, deduplicated.

    placed_at     of each order, seconds since 1970
    buyer         of each order: a number that its customer's orders share; an order without customer has its own
    known         of each order: whether it has a customer
    line_order, line_product   of each line; an order has a product once
    """

    products: Ids
    placed_at: npt.NDArray[np.float64]
    buyer: npt.NDArray[np.int64]
    known: npt.NDArray[np.bool_]
    line_order: npt.NDArray[np.int64]
    line_product: npt.NDArray[np.int64]

    @classmethod
    def from_lines(
        cls, lines: Iterable[Line | tuple[str, str, float, str]], *, aliases: Mapping[str, str] | None = None
    ) -> "Orders":
        """Read lines as they come, for example from a database cursor; nothing but numbers is kept per line.

        An order that comes with several times or customers gets the earliest time and the last customer by name.

        aliases  product → the product that it became, which may have become another: what was sold of the old one was
                 sold of the last one. None: every product is what it was
        raises   ValueError for a time that is not finite, and for products that became each other in a circle
        """
        became = _last_of_all(aliases or {})
        orders: dict[str, int] = {}
        products: dict[str, int] = {}
        customers: list[str] = []
        times = array("d")
        line_order, line_product = array("q"), array("q")
        for order, customer, placed_at, product in lines:
            if not math.isfinite(placed_at):
                raise ValueError(f"order {order!r} has no usable time: {placed_at!r}")
            number = orders.setdefault(order, len(orders))
            if number == len(times):
                times.append(placed_at)
                customers.append(customer)
            else:
                times[number] = min(times[number], placed_at)
                customers[number] = max(customers[number], customer)
            line_order.append(number)
            line_product.append(products.setdefault(became.get(product, product), len(products)))
        columns = np.array(line_order, np.int64), np.array(line_product, np.int64)
        return _by_name(orders, products, customers, np.array(times, np.float64), columns)

    def __len__(self) -> int:
        """How many orders there are."""
        return len(self.placed_at)

    def only(self, chosen: npt.NDArray[np.bool_]) -> "Orders":
        """The `chosen` orders, of all products."""
        number = np.cumsum(chosen) - 1
        lines = chosen[self.line_order]
        return Orders(
            self.products,
            self.placed_at[chosen],
            self.buyer[chosen],
            self.known[chosen],
            number[self.line_order[lines]],
            self.line_product[lines],
        )

    def beside(self, products: Ids) -> "Orders":
        """The same orders with the products numbered as in `products`, which holds all of theirs and may hold more."""
        number = products.find_each(self.products)
        line = np.lexsort((number[self.line_product], self.line_order))
        return Orders(
            products,
            self.placed_at,
            self.buyer,
            self.known,
            self.line_order[line],
            number[self.line_product[line]],
        )

    def sizes(self) -> npt.NDArray[np.int64]:
        """How many different products each order has."""
        return np.bincount(self.line_order, minlength=len(self)).astype(np.int64)


def _last_of_all(aliases: Mapping[str, str]) -> dict[str, str]:
    """Each product of `aliases` → the one at the end of its chain."""
    became: dict[str, str] = {}
    for product in aliases:
        chain: dict[str, None] = {}
        last = product
        while last in aliases and last not in became:
            if last in chain:
                raise ValueError(f"products became each other in a circle: {' → '.join(map(repr, (*chain, last)))}")
            chain[last] = None
            last = aliases[last]
        became.update(dict.fromkeys(chain, became.get(last, last)))
    return became


def _by_name(
    orders: dict[str, int],
    products: dict[str, int],
    customers: list[str],
    times: npt.NDArray[np.float64],
    lines: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
) -> Orders:
    """Number orders, products and customers by name instead of by arrival, and the lines once each."""
    ids = Ids.of(products)
    new_product = np.empty(len(ids), np.int64)
    new_product[[products[product] for product in ids]] = np.arange(len(ids))
    arrival = np.array([orders[name] for name in sorted(orders)], np.int64)
    new_order = np.empty_like(arrival)
    new_order[arrival] = np.arange(len(arrival))
    width = max(1, len(ids))
    line = np.unique(new_order[lines[0]] * width + new_product[lines[1]])
    buyer, known = _buyers([customers[number] for number in arrival])
    return Orders(ids, times[arrival], buyer, known, line // width, line % width)


def _buyers(customers: list[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    numbers = {name: number for number, name in enumerate(sorted({name for name in customers if name}))}
    guests = iter(range(len(numbers), len(numbers) + len(customers)))
    buyer = np.array([numbers[name] if name else next(guests) for name in customers], np.int64)
    return buyer, np.array([bool(name) for name in customers], np.bool_)
