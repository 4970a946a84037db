"""How the prices of two products compare."""

from recommendations.request import Product


def price_ratio(product: Product, to: Product) -> float | None:
    """How many times as much `product` costs; None if either has no price above zero."""
    if not product.price_minor or not to.price_minor or min(product.price_minor, to.price_minor) <= 0:
        return None
    return product.price_minor / to.price_minor
