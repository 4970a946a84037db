"""Small shops for these tests: orders in one line each."""

from collections.abc import Iterable, Mapping, Sequence

from recommendations import Line, Model, Orders, Product, Request, Suggestion, fit, recommend

DAY_S = 86400.0
NOW = 1_800_000_000.0

# customer, days ago, products
Past = tuple[str, float, Sequence[str]]


def lines(past: Iterable[Past]) -> list[Line]:
    """Every order gets a number as its id."""
    return [
        Line(f"order {number}", customer, NOW - days_ago * DAY_S, product)
        for number, (customer, days_ago, products) in enumerate(past)
        for product in products
    ]


def learn(past: Iterable[Past], catalogue: Iterable[str] | None = None) -> Model:
    """A model of these orders, as of NOW."""
    return fit(Orders.from_lines(lines(past)), catalogue=None if catalogue is None else frozenset(catalogue), as_of=NOW)


def shelf(model: Model, **changes: Product) -> Mapping[str, Product]:
    """Everything the model knows, to be had; `changes` replace some."""
    return {product: Product(product) for product in model.products} | {p.id: p for p in changes.values()}


def ask(model: Model, *basket: str, **more: object) -> list[Suggestion]:
    """Suggestions for a basket when everything is in stock."""
    return recommend(model, Request(basket=basket, **more), shelf(model))  # type: ignore[arg-type]
