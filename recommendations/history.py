"""A shop's past as it happened: orders in time, and what its products are called.

`Orders` is what models learn from; this is what they are judged on, where one must know which order came when.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from recommendations.orders import Line, Orders
from recommendations.request import Product


class PastOrder(NamedTuple):
    """One order.

    customer   "" for an order without a known customer
    placed_at  seconds since 1970; in a history without zones, of the shop's own clock read as UTC
    products   each once, in the order of its lines
    """

    id: str
    customer: str
    placed_at: float
    products: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class History:
    """Orders by time and then by id, each id once; `products` holds what is known of each product, sold or not.

    became  product → the one that took its place, which alone is in `orders` and `products`
    """

    orders: Sequence[PastOrder]
    products: Mapping[str, Product] = field(default_factory=lambda: MappingProxyType({}))
    became: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(
        cls,
        orders: Sequence[PastOrder],
        products: Mapping[str, Product] | None = None,
        became: Mapping[str, str] | None = None,
    ) -> "History":
        """Sort `orders`."""
        return cls(sorted(orders, key=lambda order: (order.placed_at, order.id)), products or {}, became or {})

    def __len__(self) -> int:
        """How many orders there are."""
        return len(self.orders)

    @cached_property
    def places(self) -> dict[str, int]:
        """Order id → where it stands in `orders`."""
        return {order.id: place for place, order in enumerate(self.orders)}

    @cached_property
    def of_customer(self) -> dict[str, list[int]]:
        """Customer → where their orders stand, oldest first. Orders without a customer are not in it."""
        found = defaultdict(list)
        for place, order in enumerate(self.orders):
            if order.customer:
                found[order.customer].append(place)
        return dict(found)

    def time_at(self, share: float) -> float:
        """When order number ⌊share × all⌋ was placed: a cut that leaves about that share before it. 0 ≤ share < 1

        raises  ValueError for a shop without orders
        """
        if not self.orders:
            raise ValueError("there are no orders, so there is no time to cut at")
        return self.orders[int(len(self.orders) * share)].placed_at

    def before(self, cut: float) -> "History":
        """The orders placed before `cut`, and the products sold in them: what a shop knew then."""
        kept = [order for order in self.orders if order.placed_at < cut]
        sold = {product for order in kept for product in order.products}
        known = {product: self.products.get(product, Product(product)) for product in sorted(sold)}
        return History(kept, known, self.became)

    def newest(self, count: int) -> "History":
        """The last `count` orders, as if the shop had opened then, and the products sold in them."""
        kept = History(self.orders[max(0, len(self.orders) - count) :], self.products, self.became)
        return kept.before(float("inf"))

    def lines(self) -> Iterator[Line]:
        """What `Orders.from_lines` reads."""
        for order in self.orders:
            for product in order.products:
                yield Line(order.id, order.customer, order.placed_at, product)

    def columns(self) -> Orders:
        """What the models learn from."""
        return Orders.from_lines(self.lines())
