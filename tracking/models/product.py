"""What a store sells, as far as pages and recommendations need it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracking.platform import clock
from tracking.platform.db import Base, BigId, Json, UtcDateTime


class Product(Base):
    """A product.

    ref        the shop's own id or SKU
    group_ref  products that are the same thing in another size or colour share it
    stock      pieces; None: not counted
    cost_minor what one costs the shop, in `currency`; None: not known. Never shown to a shopper
    consumable used up and bought again; None: the shop does not say
    parts      references of the products that this one is a bundle of
    """

    __tablename__ = "products"
    __table_args__ = (UniqueConstraint("store_id", "ref"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    ref: Mapped[str] = mapped_column(String(120))
    group_ref: Mapped[str | None] = mapped_column(String(120))
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
