"""People who ordered: how to reach them, what they agreed to, and who must not be written to."""

import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, validates

from tracking.models.message import Channel
from tracking.platform import clock
from tracking.platform.db import Base, BigId, Json, UtcDateTime, one_of, random_id


class Purpose(StrEnum):
    """What a message is for; consent is kept apart for each."""

    # news of an order
    TRANSACTIONAL = "transactional"
    # anything that encourages a purchase
    MARKETING = "marketing"


class ConsentState(StrEnum):
    """What a person said."""

    # yes
    GRANTED = "granted"
    # no, or no more
    REVOKED = "revoked"


def name_key(name: str | None) -> str | None:
    """A name without letter case and Latin accents, on one line: "Zoé Müller" → "zoe muller"; None for none."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name or "") if not "\u0300" <= c <= "\u036f")
    return " ".join(plain.casefold().split())[:80] or None


def _key_of_name(context: DefaultExecutionContext) -> str | None:
    values: dict[str, Any] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return name_key(values.get("name"))


class Customer(Base):
    """A person of one store.

    email, phone   normalised (lower-case domain; E.164); None if not given or erased
    preferences    {"channels"?: ["email", "sms"], "meanings"?: [names], "trouble_only"?: bool}; absent key: the default
    time_zone      IANA, from the address; None: the store's
    name_key       the name as it is searched by its beginning: see `name_key`; follows `name`
    """

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("store_id", "email"),
        Index("ix_customers_store_id_phone", "store_id", "phone"),
        Index("ix_customers_store_id_name_key", "store_id", "name_key"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=random_id)
    ref: Mapped[str | None] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))
    name: Mapped[str | None] = mapped_column(String(200))
    # ordered by code point on both databases, so that a beginning is a range
    name_key: Mapped[str | None] = mapped_column(
        String(80).with_variant(String(80, collation="C"), "postgresql"), default=_key_of_name
    )
    locale: Mapped[str | None] = mapped_column(String(16))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    preferences: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    unsubscribe_token: Mapped[str] = mapped_column(String(22), unique=True, default=random_id)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    @validates("name")
    def _follow_name(self, _field: str, name: str | None) -> str | None:
        self.name_key = name_key(name)
        return name


class Consent(Base):
    """One statement of a person, kept for ever as it was made; the current state is the newest of them.

    method    checkout, csv import, api, reply keyword, preferences page, unsubscribe link …
    evidence  where it can be proved: the text shown and its version, the page, the raw message
    """

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_store_id_channel_subject", "store_id", "channel", "subject", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(one_of(Channel))
    # keyed hash of the address, so that it outlives the person's erasure
    subject: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[Purpose] = mapped_column(one_of(Purpose), default=Purpose.TRANSACTIONAL)
    state: Mapped[ConsentState] = mapped_column(one_of(ConsentState))
    method: Mapped[str] = mapped_column(String(40))
    shown_text: Mapped[str | None] = mapped_column(Text)
    evidence: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class Suppression(Base):
    """An address that must not be written to on a channel, whatever consent says: STOP, hard bounce, complaint.

    subject  keyed hash of the address; survives erasure
    """

    __tablename__ = "suppressions"
    __table_args__ = (UniqueConstraint("store_id", "channel", "subject"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(one_of(Channel))
    subject: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(120), default="")
    since: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
