"""Why a product is shown: the strongest thing that can truly be said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recommendations.content import Alike, Content
from recommendations.content import best as most_alike
from recommendations.ids import Ids
from recommendations.lending import lenders
from recommendations.neighbours import MIN_BUYERS, Links
from recommendations.popular import Popular
from recommendations.request import LEAST_ORDERS, Kind, Reason
from recommendations.signals import Shopper, Signals, Table

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Grounds:
    """What reasons are made of."""

    products: Ids
    signals: Signals
    popular: Popular
    content: Content

    @cached_property
    def lent(self) -> sp.csr_array:
        """What new products are like (`lending.py`)."""
        return lenders(self.content, self.popular)

    @cached_property
    def again(self) -> npt.NDArray[np.int32]:
        """Of each product how many people bought it again."""
        near = self.signals.neighbours
        own = np.flatnonzero(near.neighbour == np.repeat(np.arange(self.signals.n), np.diff(near.starts)))
        found = np.zeros(self.signals.n, np.int32)
        found[near.neighbour[own]] = near.followed[own]
        return found

    def reasons(self, shopper: Shopper, table: Table, chosen: Sequence[int]) -> dict[int, Reason]:
        """Of each chosen product number one reason; `table` is what the shopper was found.

        What the shopper has is bought again. Else what most people did with one of the shopper's products, those of the
        order looked at before earlier ones, or where it was never sold what they did with something it is like; else
        likeness to one of them; else how many people bought it at all.
        """
        owned = frozenset(shopper.products.tolist())
        links = table.links
        linked = self._linked(shopper, links, np.array(sorted(set(chosen) - owned), np.int64))
        rest = np.array(sorted(set(chosen) - owned - linked.keys()), np.int64)
        alike = self._alike(table.alike, rest) | self._like_bought(shopper, links, rest)
        return {
            product: self._again(product)
            if product in owned
            else linked.get(product) or alike.get(product) or self.bought(product)
            for product in chosen
        }

    def bought(self, product: int) -> Reason:
        """How many people bought it at all; 0 if that was one."""
        if self.popular.buyers[product] < MIN_BUYERS:
            return Reason(Kind.POPULAR, None)
        return Reason(Kind.POPULAR, None, int(self.popular.people[product]), int(self.popular.orders[product]))

    def _again(self, product: int) -> Reason:
        again = int(self.again[product])
        return Reason(Kind.BUY_AGAIN, self.products[product], again, again)

    def _linked(self, shopper: Shopper, links: Links, chosen: Numbers) -> dict[int, Reason]:
        near = self.signals.neighbours
        wanted = np.zeros(self.signals.n, np.bool_)
        wanted[chosen] = True
        mine = np.flatnonzero(wanted[links.product])
        place, anchor, product = links.place[mine], links.anchor[mine], links.product[mine].astype(np.int64)
        # what speaks against a product is no reason for it, however many people it is
        together = np.where(near.within[place] > 0, near.orders[place], 0)
        people = np.where(together > 0, near.people[place], 0)
        later = np.where(near.later[place] > 0, near.followed[place], 0)
        best = np.maximum(np.where(people > 0, people, np.minimum(together, 1)), later)
        some = np.flatnonzero(best > 0)
        order = np.lexsort((anchor[some], -best[some], ~shopper.in_basket[anchor[some]], product[some]))
        order = some[order]
        first = order[np.flatnonzero(np.diff(product[order], prepend=-1))]
        columns = (product[first], shopper.products[anchor[first]], people[first], together[first], later[first])
        found = {}
        for one, what, known, orders, followed in zip(*(column.tolist() for column in columns), strict=True):
            if known >= followed:
                found[one] = Reason(Kind.BOUGHT_TOGETHER, self.products[what], known, orders)
            else:
                found[one] = Reason(Kind.BOUGHT_LATER, self.products[what], followed, followed)
        return found

    def _like_bought(self, shopper: Shopper, links: Links, chosen: Numbers) -> dict[int, Reason]:
        """What was done with what a new product is like."""
        chosen = chosen[np.diff(self.lent.indptr)[chosen] > 0]
        if not len(chosen):
            return {}
        shares = self.lent[chosen].tocoo()
        linked = self._linked(shopper, links, np.unique(shares.col).astype(np.int64))
        found: dict[int, Reason] = {}
        for row, column in sorted(zip(shares.row.tolist(), shares.col.tolist(), strict=True)):
            reason = linked.get(column)
            if reason and reason.kind is Kind.BOUGHT_TOGETHER and reason.orders >= LEAST_ORDERS:
                new = Reason(Kind.LIKE_BOUGHT, reason.anchor, reason.people, reason.orders)
                found[int(chosen[row])] = max(found.get(int(chosen[row]), new), new, key=lambda one: one.people)
        return found

    def _alike(self, pairs: Alike, chosen: Numbers) -> dict[int, Reason]:
        found = most_alike(pairs, np.setdiff1d(pairs.product, chosen), len(chosen))
        return {
            int(product): Reason(Kind.SIMILAR, self.products[int(anchor)])
            for product, anchor in zip(found.product, found.anchor, strict=True)
        }
