"""Every date that was ever shown to a shopper, when, and where it came from."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, Float, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from tracking.platform import clock
from tracking.platform.db import Base, BigId, UtcDateTime, one_of


class PromiseSource(StrEnum):
    """Who says so."""

    # the store's own promise
    STORE = "store"
    # the carrier's estimate
    CARRIER = "carrier"
    # learned from past deliveries
    LEARNED = "learned"


class Promise(Base):
    """A window. Days are local to the destination; instants are set where the source gave times.

    shipment_key  the shipment's id, 0 for the order as a whole
    confidence    share of such windows that were right, 0..1; None: not known, and nothing is said of it
    """

    __tablename__ = "promises"
    __table_args__ = (Index("ix_promises_order_id_shipment_key", "order_id", "shipment_key", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    shipment_key: Mapped[int] = mapped_column(BigId, default=0)
    source: Mapped[PromiseSource] = mapped_column(one_of(PromiseSource))
    earliest_on: Mapped[date] = mapped_column(Date)
    latest_on: Mapped[date] = mapped_column(Date)
    earliest_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    latest_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confidence: Mapped[float | None] = mapped_column(Float)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
