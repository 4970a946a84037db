"""Orders of any sales channel, and their lines."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tracking.models.customer import Customer
from tracking.models.product import Product
from tracking.models.store import Store
from tracking.platform import clock
from tracking.platform.db import Base, BigId, Json, UtcDateTime, one_of, random_id

if TYPE_CHECKING:
    from tracking.models.shipment import Shipment


class OrderState(StrEnum):
    """What the shop says of an order as a whole; where its parcels are is derived from them."""

    # paid or to be paid as agreed; to be sent
    OPEN = "open"
    # the shopper or the shop asked to cancel, not decided yet
    CANCELLING = "cancelling"
    # cancelled as a whole
    CANCELLED = "cancelled"


class LineState(StrEnum):
    """What becomes of a line."""

    # to be sent, or sent
    OPEN = "open"
    # not in stock, waiting
    BACKORDERED = "backordered"
    # not wanted any more
    CANCELLED = "cancelled"
    # sent back
    RETURNED = "returned"


# what was in a line did not stay with the customer
NOT_KEPT = (LineState.CANCELLED, LineState.RETURNED)


class Order(Base):
    """An order.

    token         the secret of its tracking link
    number        as the shopper knows it; unique in the store
    ref           the shop's own id
    sales_channel "web", "shopify", "marketplace:…"; rules may differ by it
    email, phone  as given with this order, normalised
    promised_*    the store's own promise for the whole order, in the destination's local days
    send_by       the day until which the store means to hand everything over
    frozen_at     business time at which its page stands still, for demonstrations; None: it lives
    version       grows with every change that its page shows
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("store_id", "number"),
        Index("ix_orders_store_id_placed_at", "store_id", "placed_at", "id"),
        Index("ix_orders_store_id_id", "store_id", "id"),
        Index("ix_orders_customer_id_placed_at", "customer_id", "placed_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=random_id)
    token: Mapped[str] = mapped_column(String(22), unique=True, default=random_id)
    number: Mapped[str] = mapped_column(String(64))
    ref: Mapped[str | None] = mapped_column(String(120))
    sales_channel: Mapped[str] = mapped_column(String(64), default="web")
    state: Mapped[OrderState] = mapped_column(one_of(OrderState), default=OrderState.OPEN)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id", ondelete="SET NULL"))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))
    locale: Mapped[str] = mapped_column(String(16), default="en")
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int | None] = mapped_column(BigInteger)
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recipient: Mapped[str | None] = mapped_column(String(200))
    address1: Mapped[str | None] = mapped_column(String(200))
    address2: Mapped[str | None] = mapped_column(String(200))
    city: Mapped[str | None] = mapped_column(String(120))
    region: Mapped[str | None] = mapped_column(String(120))
    postal_code: Mapped[str | None] = mapped_column(String(20))
    country: Mapped[str | None] = mapped_column(String(2))
    # IANA zone of the destination: local days and quiet hours
    time_zone: Mapped[str] = mapped_column(String(64))
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    send_by: Mapped[date | None] = mapped_column(Date)
    promised_earliest: Mapped[date | None] = mapped_column(Date)
    promised_latest: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str | None] = mapped_column(Text)
    extra: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)

    store: Mapped[Store] = relationship()
    customer: Mapped[Customer | None] = relationship()
    lines: Mapped[list["OrderLine"]] = relationship(
        back_populates="order", order_by="OrderLine.position", cascade="all, delete-orphan"
    )
    shipments: Mapped[list["Shipment"]] = relationship(back_populates="order", order_by="Shipment.id")


class OrderLine(Base):
    """Some pieces of one product. `ref` is the shop's id of the line or its SKU; unique in the order."""

    __tablename__ = "order_lines"
    __table_args__ = (UniqueConstraint("order_id", "ref"), Index("ix_order_lines_product_id", "product_id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    ref: Mapped[str] = mapped_column(String(120))
    sku: Mapped[str | None] = mapped_column(String(120))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id", ondelete="SET NULL"))
    title: Mapped[str] = mapped_column(String(300))
    variant: Mapped[str | None] = mapped_column(String(200))
    quantity: Mapped[int] = mapped_column(Integer)
    unit_price_minor: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[LineState] = mapped_column(one_of(LineState), default=LineState.OPEN)
    image_url: Mapped[str | None] = mapped_column(String(1000))
    url: Mapped[str | None] = mapped_column(String(1000))
    order: Mapped[Order] = relationship(back_populates="lines")
    product: Mapped[Product | None] = relationship()


def find_order_by_token(session: Session, token: str) -> Order | None:
    """The order of a tracking link, or None."""
    return session.scalar(select(Order).where(Order.token == token))


def find_order_by_number(session: Session, store_id: int, number: str) -> Order | None:
    """The store's order of that number, or None."""
    return session.scalar(select(Order).where(Order.store_id == store_id, Order.number == number))


def touch_order(session: Session, order_id: int) -> None:
    """Say that something its page shows has changed."""
    session.execute(update(Order).where(Order.id == order_id).values(version=Order.version + 1, updated_at=clock.now()))


def touch_orders(session: Session, orders: Iterable[Order]) -> None:
    """The same for orders that are loaded, in one statement."""
    by_id = {order.id: order for order in orders}
    if not by_id:
        return
    session.execute(
        update(Order)
        .where(Order.id.in_(by_id))
        .values(version=Order.version + 1, updated_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    for order in by_id.values():
        session.expire(order, ["version", "updated_at"])
