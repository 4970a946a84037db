"""What a store sells, as far as pages and recommendations need it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    UniqueConstraint,
    bindparam,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from tracking.platform import clock
from tracking.platform.db import Base, BigId, Json, UtcDateTime


class Product(Base):
    """A product.

    ref        the shop's own id or SKU
    group_ref  products that are the same thing in another size or colour share it
    became_ref the reference of the product that took its place, which may come later; None: it is still sold as itself
    stock      pieces; None: not counted
    cost_minor what one costs the shop, in `currency`; None: not known. Never shown to a shopper
    consumable used up and bought again; None: the shop does not say
    parts      references of the products that this one is a bundle of
    """

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("store_id", "ref"),
        Index(
            "ix_products_store_id_ref_became",
            "store_id",
            "ref",
            sqlite_where=text("became_ref IS NOT NULL"),
            postgresql_where=text("became_ref IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    ref: Mapped[str] = mapped_column(String(120))
    group_ref: Mapped[str | None] = mapped_column(String(120))
    became_ref: Mapped[str | None] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(300))
    variant: Mapped[str | None] = mapped_column(String(200))
    category: Mapped[str | None] = mapped_column(String(200))
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    cost_minor: Mapped[int | None] = mapped_column(BigInteger)
    stock: Mapped[int | None] = mapped_column(Integer)
    available: Mapped[bool] = mapped_column(Boolean, default=True)
    consumable: Mapped[bool | None] = mapped_column(Boolean)
    parts: Mapped[list[str]] = mapped_column(Json, default=list)
    image_url: Mapped[str | None] = mapped_column(String(1000))
    url: Mapped[str | None] = mapped_column(String(1000))
    guide_url: Mapped[str | None] = mapped_column(String(1000))
    guide_title: Mapped[str | None] = mapped_column(String(200))
    attributes: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)

    @property
    def in_stock(self) -> bool:
        """It can be bought now."""
        return self.available and (self.stock is None or self.stock > 0)


# so many links of a chain are followed in one read: hardly any has more
AT_ONCE: Final = 8


class Became(NamedTuple):
    """One product that another took the place of. `is_there`: the store has that other one."""

    ref: str
    became_ref: str
    is_there: bool


def find_became(session: Session, store_id: int, refs: Collection[str] | None = None) -> list[Became]:
    """What became of these products (None: of all of the store's), and of what they became, link by link.

    Nothing of a product that is still itself, or that the store does not have. One read for each AT_ONCE links of the
    longest chain.
    """
    if refs is None:
        return [Became(row.ref, row.became_ref, row.is_there) for row in session.execute(_LINKS, {"store": store_id})]
    found: dict[str, Became] = {}
    wanted = set(refs)
    while wanted:
        rows = session.execute(_CHAINS, {"store": store_id, "refs": sorted(wanted)}).all()
        found |= {row.ref: Became(row.ref, row.became_ref, row.is_there) for row in rows}
        # where a chain was left; a circle has no such end
        wanted = {row.became_ref for row in rows if row.at == AT_ONCE} - found.keys()
    return list(found.values())


def _links() -> Select[Any]:
    after = aliased(Product)
    is_there = select(true()).where(after.store_id == bindparam("store"), after.ref == Product.became_ref).exists()
    links: Any = select(Product.ref, Product.became_ref, is_there.label("is_there"))
    return links.where(Product.store_id == bindparam("store"), Product.became_ref.is_not(None))  # type: ignore[no-any-return]


def _chains() -> Select[Any]:
    first = _links().add_columns(literal(1).label("at")).where(Product.ref.in_(bindparam("refs", expanding=True)))
    chain = first.cte("chain", recursive=True)
    is_next = (chain.c.became_ref == Product.ref) & (chain.c.at < AT_ONCE)
    links: Any = select(chain.union_all(_links().add_columns(chain.c.at + 1).join(chain, is_next)))
    return links  # type: ignore[no-any-return]


_LINKS: Final = _links()
_CHAINS: Final = _chains()
