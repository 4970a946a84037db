"""Products as they are now, for the rules: plain columns, since a page reads dozens of them."""

import json
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Text, bindparam, cast, select
from sqlalchemy.orm import Session

from recommendations import Product as Shown
from tracking.models.product import Product

_NOTHING: Final = ("", "[]", "{}", "null")
# texts of attributes and parts that are taken apart once in a process: most products of a shop say the same few things
_READ_ONCE: Final = 4096

COLUMNS: Final = (
    Product.ref,
    Product.title,
    Product.group_ref,
    Product.category,
    Product.price_minor,
    Product.cost_minor,
    Product.available,
    Product.stock,
    Product.consumable,
    cast(Product.parts, Text).label("parts"),
    cast(Product.attributes, Text).label("attributes"),
)
_NAMED: Final = (Product.store_id == bindparam("store"), Product.ref.in_(bindparam("refs", expanding=True)))
_LINKED: Final = select(
    *COLUMNS, Product.variant, Product.currency, Product.image_url, Product.url, Product.became_ref
).where(*_NAMED)
_EACH: Final = select(*COLUMNS).where(*_NAMED)
_ALL: Final = select(*COLUMNS).where(Product.store_id == bindparam("store"))


def shown_of(row: Any, *, available: bool = True) -> Shown:
    """A row of COLUMNS in the words of the rules. `available`: False for what is there only to be recognised."""
    in_stock = row.available and (row.stock is None or row.stock > 0)
    return _shown(row, available and in_stock, parts_of(row.parts), _attributes(row.attributes))


def shown_of_product(product: Product, *, available: bool = True) -> Shown:
    """The same for a product that is loaded already."""
    attributes = {name: str(value) for name, value in product.attributes.items()}
    return _shown(product, available and product.in_stock, tuple(product.parts), attributes)


def _shown(of: Any, available: bool, parts: tuple[str, ...], attributes: Mapping[str, str]) -> Shown:
    cost, price = of.cost_minor, of.price_minor
    return Shown(
        of.ref,
        of.title,
        of.group_ref or "",
        of.category or "",
        price,
        available,
        price - cost if price is not None and cost is not None else None,
        of.consumable,
        parts,
        attributes,
    )


def parts_of(text: str | None) -> tuple[str, ...]:
    """References in a list that is kept as JSON."""
    return () if not text or text in _NOTHING else _parts(text)


def linked(session: Session, store_id: int, refs: Iterable[str]) -> dict[str, Any]:
    """Those of the products that a page can link to."""
    wanted: Collection[str] = sorted(set(refs))
    if not wanted:
        return {}
    found = session.execute(_LINKED, {"store": store_id, "refs": wanted})
    return {row.ref: row for row in found if row.url and row.url.startswith(("https://", "http://"))}


def shown_each(session: Session, store_id: int, refs: Iterable[str]) -> list[Shown]:
    """Those of the products that the store has, each once and in the order named, there only to be recognised."""
    wanted = list(dict.fromkeys(refs))
    rows = session.execute(_EACH, {"store": store_id, "refs": wanted}).all() if wanted else ()
    found = {row.ref: shown_of(row, available=False) for row in rows}
    return [found[ref] for ref in wanted if ref in found]


def catalogue_of(session: Session, store_id: int) -> dict[str, Shown]:
    """All the store's products."""
    return {row.ref: shown_of(row) for row in session.execute(_ALL, {"store": store_id})}


@lru_cache(maxsize=_READ_ONCE)
def _parts(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text) or ())


@lru_cache(maxsize=_READ_ONCE)
def _attributes(text: str | None) -> Mapping[str, str]:
    said = json.loads(text) if text and text not in _NOTHING else {}
    return MappingProxyType({name: str(value) for name, value in said.items()})
