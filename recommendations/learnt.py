"""All that is counted and solved from orders as of one instant."""

from dataclasses import dataclass

import numpy as np

from recommendations.content import Content
from recommendations.linear import (
    DENSE,
    SHORT,
    Entries,
    Memory,
    dense_products,
    fit_later,
    fit_within,
    order_weights,
    outside,
    strongest,
)
from recommendations.neighbours import Neighbours, find_neighbours
from recommendations.orders import Orders
from recommendations.popular import Popular, fit_popular
from recommendations.signals import Signals

# entries kept of each product's row: of those of one order, and of those of the next
WITHIN, LATER = 150, 80


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """What goes with each product, and how much each is bought; as of `as_of`, seconds since 1970."""

    neighbours: Neighbours
    popular: Popular
    as_of: float

    def signals(self, content: Content) -> Signals:
        """Ready to be asked, beside how the same products are described."""
        return Signals(self.neighbours, self.popular, content, self.as_of)


def learn(orders: Orders, as_of: float, *, memory: Memory = SHORT, dense: int = DENSE, counted: bool = True) -> Learnt:
    """Count and solve.

    dense    how many products are solved for all together
    counted  False leaves out the counts that only reasons need
    """
    n = len(orders.products)
    popular = fit_popular(orders, as_of)
    kept = dense_products(popular.recent[:, -1].astype(np.float64), dense)
    kept = kept[popular.orders[kept] > 0]
    within: list[Entries] = []
    later: list[Entries] = []
    if len(kept):
        weights = order_weights(orders, as_of, memory.half_life_s)
        within.append(strongest(fit_within(orders, weights, kept, memory.ridge), kept, n, WITHIN))
        if (popular.orders > 0).sum() > len(kept):
            within.append(outside(orders, weights, kept, memory.ridge))
        followed = fit_later(orders, weights, kept)
        if followed is not None:
            later.append(strongest(followed, kept, n, LATER))
    return Learnt(find_neighbours(orders, within, later, counted=counted), popular, as_of)
