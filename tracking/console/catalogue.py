"""Products and categories as merchants name them: by reference, by title, by some words of either."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracking.models import Product, Store

# what a person looks through without reading
MOST_FOUND: Final = 8
MOST_CATEGORIES: Final = 300


@dataclass(frozen=True, slots=True)
class Item:
    """A product in a few words."""

    ref: str
    title: str
    variant: str | None
    category: str | None
    price_minor: int | None
    currency: str | None
    image_url: str | None

    @property
    def name(self) -> str:
        """As a shelf would say it."""
        return f"{self.title}, {self.variant}" if self.variant else self.title


_COLUMNS = (
    Product.ref,
    Product.title,
    Product.variant,
    Product.category,
    Product.price_minor,
    Product.currency,
    Product.image_url,
)


@dataclass(frozen=True, slots=True)
class Found:
    """What somebody may mean, best first, one more than MOST_FOUND at most. `is_exact`: one thing bears that name."""

    items: tuple[Item, ...] = ()
    is_exact: bool = False


def find_items(session: Session, store: Store, said: str) -> Found:
    """Products by their reference, their title, or some words of either.

    A reference alone means its product, whatever else fits; so does a title that only one product has. Otherwise every
    word stands in reference, title, variant or category, whatever its case and accents.
    """
    wanted = folded(said)
    if not wanted:
        return Found()
    exact = items_of(session, store, [said.strip()])
    if exact:
        return Found(tuple(exact.values()), is_exact=True)
    words = wanted.split()
    found: list[tuple[int, str, Item]] = []
    rows = session.execute(select(*_COLUMNS).where(Product.store_id == store.id)).yield_per(1000)
    for row in rows:
        text = folded(" ".join(filter(None, (row.ref, row.title, row.variant, row.category))))
        if all(word in text for word in words):
            item = Item(*row)
            found.append((_rank(item, wanted), item.ref, item))
    found.sort(key=lambda one: one[:2])
    if found and found[0][0] <= _WHOLE and [rank for rank, *_ in found].count(found[0][0]) == 1:
        return Found((found[0][2],), is_exact=True)
    return Found(tuple(item for *_, item in found[: MOST_FOUND + 1]))


def items_of(session: Session, store: Store, refs: Iterable[str]) -> dict[str, Item]:
    """Those of the references that are in the catalogue."""
    wanted = sorted({ref for ref in refs if ref})
    found: dict[str, Item] = {}
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        rows = session.execute(select(*_COLUMNS).where(Product.store_id == store.id, Product.ref.in_(part)))
        found |= {row.ref: Item(*row) for row in rows}
    return found


def categories_of(session: Session, store: Store) -> tuple[str, ...]:
    """The catalogue's categories, by name; the MOST_CATEGORIES largest."""
    rows = session.scalars(
        select(Product.category)
        .where(Product.store_id == store.id, Product.category.is_not(None), Product.category != "")
        .group_by(Product.category)
        .order_by(func.count().desc(), Product.category)
        .limit(MOST_CATEGORIES)
    )
    return tuple(sorted((name for name in rows if name), key=folded))


def find_category(categories: Sequence[str], said: str) -> str | None:
    """The category of that name, whatever its case and accents; None if there is none, or more than one."""
    if said.strip() in categories:
        return said.strip()
    found = [name for name in categories if folded(name) == folded(said)]
    return found[0] if len(found) == 1 else None


def costs_known(session: Session, store: Store) -> tuple[int, int]:
    """How many products have a known cost, and how many there are."""
    known, all_of_them = session.execute(
        select(func.count(Product.cost_minor), func.count()).where(Product.store_id == store.id)
    ).one()
    return known, all_of_them


def folded(text: str) -> str:
    """A text without what people leave out when they look for something: case, accents, doubled blanks.

    Thai vowels and tone marks stay: without them it is another word.
    """
    apart = unicodedata.normalize("NFD", text.casefold())
    plain = "".join(mark for mark in apart if not "\u0300" <= mark <= "\u036f")
    return " ".join(unicodedata.normalize("NFC", plain).split())


_WHOLE: Final = 2


def _rank(item: Item, wanted: str) -> int:
    """0: the reference itself … 4: somewhere in it."""
    if folded(item.ref) == wanted:
        return 0
    if folded(item.name) == wanted:
        return 1
    title = folded(item.title)
    if title == wanted:
        return _WHOLE
    return 3 if title.startswith(wanted) else 4
