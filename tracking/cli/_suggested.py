"""What `waypost recommend for` tells: suggestions for an order of a store, or of files, each with its reason."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import click
from flask import Flask

from recommendations import Model, Product, Request, Strategy, Suggestion, candidates
from recommendations import recommend as choose
from recommendations.history import History
from tracking import suggestions
from tracking.cli._opened import get_store, opened
from tracking.models.order import find_order_by_number
from tracking.platform import i18n
from tracking.platform.db import db, reading
from tracking.platform.errors import NotFound
from tracking.platform.web import settings
from tracking.suggestions import SuggestedProduct, reason_sentence


@dataclass(frozen=True, slots=True)
class Row:
    """One suggestion."""

    product: str
    title: str
    kind: str
    because_of: str | None
    people: int
    orders: int
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What to suggest. `why_nothing` is a sentence where there is nothing."""

    order: str | None
    suggestions: tuple[Row, ...]
    why_nothing: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)

    def as_text(self) -> str:
        """For people."""
        if not self.suggestions:
            return self.why_nothing or "Nothing is worth showing."
        return "\n".join(f"{row.product}  {row.title or '(no title)'}\n    {row.reason}" for row in self.suggestions)


def for_order_of(slug: str, number: str, strategy: Strategy, *, limit: int, language: str) -> Answer:
    """What the page of a store's order shows, or what another strategy would. raises NotFound"""
    with opened(), reading(), i18n.speaking(language):
        store = get_store(slug)
        session = db.session()
        order = find_order_by_number(session, store.id, number)
        if order is None:
            raise NotFound(f"The store “{slug}” has no order “{number[:60]}”.")
        if strategy not in suggestions.IN_TROUBLE and suggestions.is_in_trouble(session, order):
            return Answer(number, (), "Nothing: the order is late, in trouble or being cancelled.")
        state_dir = settings().state_dir
        if not suggestions.model_version(state_dir, store):
            return Answer(number, (), f"Nothing was learnt yet. Run: waypost recommend fit --store {slug}")
        found = suggestions.for_order(session, order, state_dir=state_dir, limit=limit, strategy=strategy, wait=True)
        return Answer(number, tuple(_row(each) for each in found))


def for_basket(
    model: Model,
    history: History,
    wanted: str | Sequence[str],
    strategy: Strategy,
    *,
    limit: int,
    language: str,
) -> Answer:
    """What fits an order of `history`, or a basket of product ids. Everything is taken to be in stock."""
    request = _request(history, wanted, strategy, limit)
    named = {each.product for each in candidates(model, request)} | request.owned()
    shelf = {product: history.products.get(product, Product(product)) for product in named}
    found = choose(model, request, shelf)
    with _speaking(language):
        rows = tuple(_row(_told(each, shelf, request)) for each in found)
    return Answer(wanted if isinstance(wanted, str) else None, rows, None if rows else _why_nothing(model, request))


def _request(history: History, wanted: str | Sequence[str], strategy: Strategy, limit: int) -> Request:
    if not isinstance(wanted, str):
        now = list(dict.fromkeys(history.became.get(product, product) for product in wanted))
        return Request(basket=now, strategy=strategy, limit=limit)
    place = history.places.get(wanted)
    if place is None:
        raise click.ClickException(f"There is no order {wanted!r} in the files.")
    order = history.orders[place]
    own = [history.orders[each] for each in reversed(history.of_customer.get(order.customer, [])) if each != place]
    times = (order.placed_at, *(each.placed_at for each in own))
    older = [each.products for each in own]
    return Request(order.products, older, times, max(times), strategy=strategy, limit=limit)


def _why_nothing(model: Model, request: Request) -> str:
    known = sum(model.products.find(product) is not None for product in request.owned())
    if not known:
        return "Nothing is worth showing: the model knows none of these products."
    return "Nothing is worth showing."


def _bought_at(product: str, request: Request) -> datetime | None:
    """When the shopper last bought it, where the files tell."""
    bought = zip((request.basket, *request.history), request.times, strict=False)
    times = [at for products, at in bought if product in products]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _told(found: Suggestion, shelf: dict[str, Product], request: Request) -> SuggestedProduct:
    anchor = found.reason.anchor
    product = shelf[found.product]
    return SuggestedProduct(
        ref=found.product,
        title=product.title,
        variant=None,
        price_minor=product.price_minor,
        currency=None,
        image_url=None,
        url="",
        kind=found.reason.kind,
        anchor_title=None if anchor is None else shelf[anchor].title or anchor,
        people=found.reason.people,
        orders=found.reason.orders,
        bought_at=_bought_at(found.product, request),
    )


def _row(found: SuggestedProduct) -> Row:
    reason = reason_sentence(found)
    return Row(found.ref, found.title, found.kind, found.anchor_title, found.people, found.orders, reason)


@contextmanager
def _speaking(language: str) -> Iterator[None]:
    """Sentences in that language, without settings or a database."""
    app = Flask("tracking")
    i18n.init_app(app)
    with app.app_context(), i18n.speaking(language):
        yield
