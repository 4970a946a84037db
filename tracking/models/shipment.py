"""Parcels: which order, which carrier, where it is, and when to ask again."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracking.models.order import Order, OrderLine
from tracking.platform import clock
from tracking.platform.db import Base, BigId, Json, UtcDateTime, one_of, random_id
from tracking.platform.status import Reason, Status


class Shipment(Base):
    """A parcel.

    carrier, number  slug and normalised number (upper case, no blanks)
    status …         derived from its tracking events by `timeline`, never set by hand
    carrier_*        the carrier's own estimate: days at the destination, and instants where it gave times
    label_at         when the shop told us of it
    last_polled_at   when the carrier last answered, "checked"
    next_poll_at     business time from which it is due; None: leased, or nothing more to ask
    lease_until      real time until which a worker has it; `lease_fence` grows with every lease
    failures         failed asks in a row; `not_found_since`: the carrier does not know it since then
    answer_digest    of the last answer that was recorded whole: the same again needs no work
    pushed_at        business time at which the carrier last told us of it by itself
    push_until       real time until which the carrier was asked to do so; None: it was not, or needs no asking
    extra            facts an adapter needs beside the number
    """

    __tablename__ = "shipments"
    __table_args__ = (
        UniqueConstraint("store_id", "carrier", "number", "order_id"),
        Index("ix_shipments_order_id", "order_id"),
        Index("ix_shipments_store_id_id", "store_id", "id"),
        Index("ix_shipments_store_id_status", "store_id", "status", "id"),
        Index("ix_shipments_store_id_carrier", "store_id", "carrier", "id"),
        Index("ix_shipments_number", "number"),
        Index(
            "ix_shipments_carrier_account_id_next_poll_at",
            "carrier_account_id",
            "next_poll_at",
            sqlite_where=text("next_poll_at IS NOT NULL"),
            postgresql_where=text("next_poll_at IS NOT NULL"),
        ),
        Index(
            "ix_shipments_lease_until",
            "lease_until",
            sqlite_where=text("lease_until IS NOT NULL"),
            postgresql_where=text("lease_until IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=random_id)
    carrier: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(64))
    carrier_account_id: Mapped[int | None] = mapped_column(ForeignKey("carrier_accounts.id", ondelete="SET NULL"))
    service: Mapped[str | None] = mapped_column(String(120))
    status: Mapped[Status] = mapped_column(one_of(Status), default=Status.PENDING)
    reason: Mapped[Reason | None] = mapped_column(one_of(Reason))
    status_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    label_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    handed_over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_event_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_by: Mapped[str | None] = mapped_column(String(120))
    proof: Mapped[list[str]] = mapped_column(Json, default=list)
    carrier_earliest_on: Mapped[date | None] = mapped_column(Date)
    carrier_latest_on: Mapped[date | None] = mapped_column(Date)
    carrier_earliest_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    carrier_latest_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pickup_place: Mapped[str | None] = mapped_column(String(300))
    pickup_until: Mapped[date | None] = mapped_column(Date)
    carrier_url: Mapped[str | None] = mapped_column(String(1000))
    extra: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    last_polled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pushed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    push_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_poll_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=clock.now)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_fence: Mapped[int] = mapped_column(Integer, default=0)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    not_found_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(String(40))
    answer_digest: Mapped[str | None] = mapped_column(String(32))
    is_tracked: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    order: Mapped[Order] = relationship(back_populates="shipments")
    lines: Mapped[list["ShipmentLine"]] = relationship(back_populates="shipment", cascade="all, delete-orphan")


class ShipmentLine(Base):
    """Which pieces of the order are in a parcel. One without any holds what is in no other parcel."""

    __tablename__ = "shipment_lines"

    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipments.id", ondelete="CASCADE"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(
        ForeignKey("order_lines.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    quantity: Mapped[int] = mapped_column(Integer)
    shipment: Mapped[Shipment] = relationship(back_populates="lines")
    order_line: Mapped[OrderLine] = relationship()
