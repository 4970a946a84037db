"""What carriers reported, each once, kept as they said it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from tracking.platform import clock
from tracking.platform.db import Base, UtcDateTime, one_of
from tracking.platform.facts import Zone
from tracking.platform.status import Reason, Status


class EventSource(StrEnum):
    """How we heard of it."""

    # we asked the carrier
    POLL = "poll"
    # the carrier told us
    PUSH = "push"
    # a person or a shop told us
    PERSON = "person"


class TrackingEventRow(Base):
    """A tracking event. The month (of the instant, YYYYMM) is in the key so that the table can be partitioned by it.

    fingerprint  of instant, code, description and place: the same scan reported twice is one row
    seq          the carrier's own order among events of the same instant
    offset_min   minutes east of UTC of the carrier's local time
    """

    __tablename__ = "tracking_events"
    __table_args__ = (
        Index("ix_tracking_events_shipment_id_at", "shipment_id", "at", "seq"),
        Index("ix_tracking_events_store_id_recorded_at", "store_id", "recorded_at"),
    )

    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipments.id", ondelete="CASCADE"), primary_key=True)
    month: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    fingerprint: Mapped[str] = mapped_column(String(32), primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    seq: Mapped[int] = mapped_column(Integer, default=0)
    offset_min: Mapped[int] = mapped_column(Integer, default=0)
    zone: Mapped[Zone] = mapped_column(one_of(Zone))
    code: Mapped[str] = mapped_column(String(120), default="")
    status: Mapped[Status] = mapped_column(one_of(Status))
    reason: Mapped[Reason | None] = mapped_column(one_of(Reason))
    description: Mapped[str] = mapped_column(String(1000), default="")
    city: Mapped[str | None] = mapped_column(String(200))
    region: Mapped[str | None] = mapped_column(String(120))
    postal_code: Mapped[str | None] = mapped_column(String(20))
    country: Mapped[str | None] = mapped_column(String(2))
    source: Mapped[EventSource] = mapped_column(one_of(EventSource), default=EventSource.POLL)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
