"""Accounts at carriers: credentials (encrypted), what they may still ask, and what went wrong."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracking.platform import clock
from tracking.platform.db import Base, BigId, Json, UtcDateTime, random_id

# the name of the installation's account that the environment describes
ENVIRONMENT = "environment"


class CarrierAccount(Base):
    """A store's account at a carrier, or the installation's where `store_id` is None.

    hook              unguessable part of the address at which the carrier pushes to this account
    credentials       encrypted JSON, see `platform.security`
    token             the newest access token, encrypted, and when (real time) it ends
    failures          failed calls in a row; the breaker opens at a threshold, until `open_until` (real time)
    paused_until      real time until which the carrier asked us to wait
    """

    __tablename__ = "carrier_accounts"
    __table_args__ = (
        Index("ix_carrier_accounts_store_id_carrier", "store_id", "carrier"),
        # workers that start at the same moment make one
        Index(
            "uq_carrier_accounts_environment",
            "carrier",
            unique=True,
            sqlite_where=text(f"name = '{ENVIRONMENT}'"),
            postgresql_where=text(f"name = '{ENVIRONMENT}'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=random_id)
    hook: Mapped[str] = mapped_column(String(22), unique=True, default=random_id)
    store_id: Mapped[int | None] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    carrier: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120), default="")
    credentials: Mapped[bytes] = mapped_column(LargeBinary)
    base_url: Mapped[str | None] = mapped_column(String(500))
    locale: Mapped[str] = mapped_column(String(16), default="en")
    batch_size: Mapped[int | None] = mapped_column(Integer)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    token: Mapped[bytes | None] = mapped_column(LargeBinary)
    token_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    open_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(String(40))
    last_error_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_success_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    budgets: Mapped[list["CarrierBudget"]] = relationship(
        back_populates="account", cascade="all, delete-orphan", order_by="CarrierBudget.per_s"
    )


class CarrierBudget(Base):
    """One limit of an account: `amount` calls or numbers in a window of `per_s` seconds, and how many are used.

    unit          "calls" or "numbers"
    aligned       the window starts at a full multiple of `per_s` since 1970 (a day: 00:00 UTC), else at first use
    window_start  business time
    """

    __tablename__ = "carrier_budgets"
    __table_args__ = (UniqueConstraint("account_id", "unit", "per_s"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("carrier_accounts.id", ondelete="CASCADE"))
    unit: Mapped[str] = mapped_column(String(10))
    amount: Mapped[int] = mapped_column(Integer)
    per_s: Mapped[int] = mapped_column(Integer)
    aligned: Mapped[bool] = mapped_column(Boolean, default=False)
    window_start: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used: Mapped[int] = mapped_column(Integer, default=0)
    account: Mapped[CarrierAccount] = relationship(back_populates="budgets")


class RawAnswer(Base):
    """An answer that could not be read whole, kept for a while to be replayed."""

    __tablename__ = "raw_answers"
    __table_args__ = (Index("ix_raw_answers_received_at", "received_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("carrier_accounts.id", ondelete="CASCADE"), index=True)
    carrier: Mapped[str] = mapped_column(String(40))
    http_status: Mapped[int] = mapped_column(Integer)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    numbers: Mapped[list[str]] = mapped_column(Json, default=list)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class UnknownCode(Base):
    """A code that an adapter does not know, and how often it came."""

    __tablename__ = "unknown_codes"
    __table_args__ = (UniqueConstraint("carrier", "code"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    carrier: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text, default="")
    seen: Mapped[int] = mapped_column(Integer, default=1)
    first_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    extra: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
