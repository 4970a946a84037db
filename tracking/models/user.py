"""People who use the console, and the API keys of stores."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tracking.models.store import Store
from tracking.platform import clock
from tracking.platform.db import Base, BigId, UtcDateTime, one_of, random_id


class Role(StrEnum):
    """What a user may do in a store."""

    # everything, users and keys included
    OWNER = "owner"
    # look, and change orders, brand and senders
    MERCHANT = "merchant"
    # only look
    VIEWER = "viewer"


class User(Base):
    """Someone who can log in. `session_epoch` changes with the password and so ends other sessions."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=random_id)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    password_hash: Mapped[str] = mapped_column(String(200))
    session_epoch: Mapped[str] = mapped_column(String(22), default=random_id)
    locale: Mapped[str | None] = mapped_column(String(16))
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stores: Mapped[list["StoreUser"]] = relationship(back_populates="user", order_by="StoreUser.id")


class StoreUser(Base):
    """Which stores a user may open."""

    __tablename__ = "store_users"
    __table_args__ = (UniqueConstraint("user_id", "store_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role] = mapped_column(one_of(Role), default=Role.MERCHANT)
    user: Mapped[User] = relationship(back_populates="stores")
    store: Mapped[Store] = relationship()


class ApiKey(Base):
    """A bearer key of a store; only its hash is kept. `prefix` lets a person recognise it."""

    __tablename__ = "api_keys"
    __table_args__ = (Index("ix_api_keys_store_id", "store_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    prefix: Mapped[str] = mapped_column(String(12))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    store: Mapped[Store] = relationship()


def find_user_by_email(session: Session, email: str) -> User | None:
    """The active user of that address (lower case), or None."""
    return session.scalar(select(User).where(User.email == email, User.is_active))


def find_api_key(session: Session, key_hash: str) -> ApiKey | None:
    """The key of that hash if it is not revoked, or None."""
    return session.scalar(select(ApiKey).where(ApiKey.key_hash == key_hash, ApiKey.revoked_at.is_(None)))
