"""Products that other products took the place of."""

from collections.abc import Mapping


def last_of_all(became: Mapping[str, str]) -> dict[str, str]:
    """Each product of `became` → the one at the end of its chain; what runs into a circle stays itself: not in it.

    became  product → the product that took its place, which may be in it too
    """
    last: dict[str, str | None] = {}
    for product in became:
        chain: dict[str, None] = {}
        at = product
        while at in became and at not in last and at not in chain:
            chain[at] = None
            at = became[at]
        end = None if at in chain else last.get(at, at)
        last.update(dict.fromkeys(chain, end))
    return {product: end for product, end in last.items() if end is not None}
