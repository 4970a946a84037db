"""What may be shown, whatever a model says: nothing sold out, nothing the shopper has, nothing twice."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from recommendations.request import Product, Request, Suggestion


def choose(ranked: Sequence[Suggestion], request: Request, shelf: Mapping[str, Product]) -> list[Suggestion]:
    """Pick up to `request.limit` of `ranked`, in their order.

    A first pass takes at most `request.per_category` of a category; what is then missing is filled up with the best of
    those left out. `shelf` holds what is known now: a product that is not on it is not shown.
    """
    limit = max(0, request.limit)
    share = request.per_category if request.per_category is not None else -(-limit // 2)
    fit_to_show = _fit_to_show(ranked, request, shelf)
    seen: Counter[str] = Counter()
    first: list[int] = []
    for place, candidate in enumerate(fit_to_show):
        category = shelf[candidate.product].category
        seen[category] += 1
        if not category or seen[category] <= share:
            first.append(place)
    first = first[:limit]
    taken = frozenset(first)
    rest = [place for place in range(len(fit_to_show)) if place not in taken]
    places = sorted(first + rest[: limit - len(first)])
    return [fit_to_show[place] for place in places]


def _fit_to_show(ranked: Sequence[Suggestion], request: Request, shelf: Mapping[str, Product]) -> list[Suggestion]:
    owned = request.owned()
    closed = owned.union(request.excluded)
    taken = _Taken(shelf[product] for product in owned if product in shelf)
    chosen = []
    for candidate in ranked:
        product = shelf.get(candidate.product)
        if product is None or candidate.product in closed or not _is_for_sale(product) or product in taken:
            continue
        closed.add(candidate.product)
        taken.add(product)
        chosen.append(candidate)
    return chosen


def _is_for_sale(product: Product) -> bool:
    return product.available and (product.price_minor is None or product.price_minor > 0)


class _Taken:
    """Groups and titles that are there already: a variant, or a second entry of the same name, is the same product."""

    def __init__(self, products: Iterable[Product]) -> None:
        self._groups: set[str] = set()
        self._titles: set[str] = set()
        for product in products:
            self.add(product)

    def add(self, product: Product) -> None:
        self._groups.add(product.group)
        self._titles.add(_name(product.title))

    def __contains__(self, product: Product) -> bool:
        name = _name(product.title)
        return bool((product.group and product.group in self._groups) or (name and name in self._titles))


@lru_cache(maxsize=16384)
def _name(title: str) -> str:
    return " ".join(title.casefold().split())
