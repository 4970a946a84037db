"""When a store's recommendations were learnt, from how much, and who is learning them now."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from tracking.platform import clock
from tracking.platform.db import Base, UtcDateTime


class ModelFit(Base):
    """The fits of one store. All instants are real time: they ration the machine's work, which no demo speeds up.

    orders         how many the newest model was learnt from;  whole_orders  the newest that was learnt from scratch
    whole_at       when that was; None: never
    learnt_at      when the newest model was written; None: never
    newest_order   the highest order id there was when it was learnt: what is above it is new
    as_of          business time of the newest model, as it stands in its file: products changed later are news
    not_before     no fit begins earlier: a pause after each, a growing one after those that failed
    due_at         a fit is due then, whatever was ordered
    enough         so many new orders make it due before that
    failures       fits in a row that began and did not end well
    lease_until    until when a worker has it; `lease_fence` grows with every lease
    last_error     name of what the last failed fit died of; None: it ended well, or nobody knows
    """

    __tablename__ = "model_fits"

    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"), primary_key=True)
    orders: Mapped[int] = mapped_column(Integer, default=0)
    whole_orders: Mapped[int] = mapped_column(Integer, default=0)
    whole_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    learnt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    newest_order: Mapped[int] = mapped_column(BigInteger, default=0)
    as_of: Mapped[datetime | None] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.real_now)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.real_now)
    enough: Mapped[int] = mapped_column(Integer, default=1)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_fence: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(String(80))

    def failed(self, now: datetime) -> int:
        """Fits in a row that did not end well, without one that still runs at `now` (real time)."""
        runs = self.lease_until is not None and self.lease_until >= now
        return max(0, self.failures - runs)
