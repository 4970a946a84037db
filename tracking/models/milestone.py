"""The moments of an order and its parcels that people care about; each is found once."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracking.platform import clock
from tracking.platform.db import Base, BigId, UtcDateTime, one_of


class MilestoneKind(StrEnum):
    """What happened."""

    # the shop has the order
    ORDERED = "ordered"
    # a label or a number exists
    PACKED = "packed"
    # first scan by the carrier
    HANDED_OVER = "handed_over"
    # on the vehicle; one occasion a local day
    OUT_FOR_DELIVERY = "out_for_delivery"
    # tried in vain; one occasion a local day
    ATTEMPT_FAILED = "attempt_failed"
    # waits to be collected
    READY_TO_COLLECT = "ready_to_collect"
    # handed over, with or without proof
    DELIVERED = "delivered"
    # something is wrong; one occasion for each reason
    EXCEPTION = "exception"
    # on its way back
    RETURNING = "returning"
    # back at the shop
    RETURNED = "returned"
    # every parcel of the order is delivered and nothing is left to send
    ALL_DELIVERED = "all_delivered"
    # the order was cancelled
    CANCELLED = "cancelled"


class Milestone(Base):
    """A milestone of a parcel, or of the whole order where `shipment_key` is 0.

    occasion  tells moments of the same kind apart and never changes when an older event turns up later: "1", the local
              day "2026-11-24", or the reason "weather"
    at        the instant of the event it was found in
    """

    __tablename__ = "milestones"
    __table_args__ = (UniqueConstraint("order_id", "shipment_key", "kind", "occasion"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    # the shipment's id, 0 for the order as a whole: a NULL would not be unique
    shipment_key: Mapped[int] = mapped_column(BigId, default=0)
    kind: Mapped[MilestoneKind] = mapped_column(one_of(MilestoneKind))
    occasion: Mapped[str] = mapped_column(String(32), default="1")
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
