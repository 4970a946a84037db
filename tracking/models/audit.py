"""What merchants did, and the rows that make requests repeatable and bounded across processes."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from tracking.platform import clock
from tracking.platform.db import Base, BigId, Json, UtcDateTime


class Audit(Base):
    """Someone did something.

    actor   "user:<public id>", "key:<prefix>", "cli", "worker"
    detail  no personal data
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_store_id_id", "store_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int | None] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(120), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class IdempotencyKey(Base):
    """The answer once given to a request, so that its repetition gets the same."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("store_id", "key"), Index("ix_idempotency_keys_created_at", "created_at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(255))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(Integer)
    content_type: Mapped[str] = mapped_column(String(80))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.real_now)


class PushDelivery(Base):
    """A push that was taken in: the same one again changes nothing."""

    __tablename__ = "push_deliveries"
    __table_args__ = (UniqueConstraint("provider", "event_id"), Index("ix_push_deliveries_received_at", "received_at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider: Mapped[str] = mapped_column(String(60))
    event_id: Mapped[str] = mapped_column(String(120))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.real_now)


class RateLimit(Base):
    """How often something was tried in a window of real time. `key` is a keyed hash, never an address."""

    __tablename__ = "rate_limits"
    __table_args__ = (Index("ix_rate_limits_window_start", "window_start"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_start: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    used: Mapped[int] = mapped_column(Integer, default=1)


def take_turn(session: Session, key: str, limit: int, per_s: int) -> float | None:
    """Count a try of `key` in the current window of `per_s` seconds of real time.

    key      64 characters at most: a keyed hash, never an address
    returns  None if it is one of the first `limit`; else the seconds until the window ends
    """
    now = clock.real_now()
    start = datetime.fromtimestamp(int(now.timestamp()) // per_s * per_s, UTC)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    counted = insert(RateLimit).values(key=key, window_start=start, used=1)
    counted = counted.on_conflict_do_update(
        index_elements=[RateLimit.key, RateLimit.window_start], set_={"used": RateLimit.used + 1}
    )
    used = session.execute(counted.returning(RateLimit.used)).scalar_one()
    return None if used <= limit else max((start + timedelta(seconds=per_s) - now).total_seconds(), 0.0)
