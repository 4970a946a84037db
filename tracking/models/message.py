"""Messages: the outbox that workers empty, and the ledger that says what became of each."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracking.platform import clock
from tracking.platform.db import Base, BigId, Json, UtcDateTime, one_of, random_id


class Channel(StrEnum):
    """How a message travels."""

    # SMTP
    EMAIL = "email"
    # Twilio
    SMS = "sms"


class Meaning(StrEnum):
    """What a message says; stable names, used in API, ledger, templates and preferences."""

    # we have the order, and this is when it comes
    ORDER_CONFIRMED = "order_confirmed"
    # not in stock, and what to expect
    BACKORDERED = "backordered"
    # packed, the carrier will fetch it
    PACKED = "packed"
    # the carrier has it
    HANDED_OVER = "handed_over"
    # the carrier should have it, and has not scanned it
    NOT_PICKED_UP = "not_picked_up"
    # moving
    IN_TRANSIT = "in_transit"
    # comes tomorrow
    ARRIVING_TOMORROW = "arriving_tomorrow"
    # comes today
    OUT_FOR_DELIVERY = "out_for_delivery"
    # tried in vain
    ATTEMPT_FAILED = "attempt_failed"
    # can be collected
    READY_TO_COLLECT = "ready_to_collect"
    # collect it before it goes back
    COLLECT_REMINDER = "collect_reminder"
    # delivered, with evidence
    DELIVERED = "delivered"
    # the carrier says delivered, without evidence
    DELIVERED_UNPROVEN = "delivered_unproven"
    # every parcel is there
    ALL_DELIVERED = "all_delivered"
    # comes earlier than said
    PROMISE_EARLIER = "promise_earlier"
    # comes later than said
    PROMISE_LATER = "promise_later"
    # past its promise
    DELAYED = "delayed"
    # no news for longer than usual
    STALLED = "stalled"
    # held at customs
    CUSTOMS = "customs"
    # something is wrong
    EXCEPTION = "exception"
    # on its way back
    RETURNING = "returning"
    # back at the shop
    RETURNED = "returned"
    # we think it is lost
    LOST = "lost"
    # the order was cancelled
    CANCELLED = "cancelled"
    # money is on its way back
    REFUNDED = "refunded"
    # several of these in one
    DIGEST = "digest"


class MessageState(StrEnum):
    """Where a message is. Driven: only the moves of `notifications.ledger` are allowed; final is final."""

    # written down in the commit that caused it
    PLANNED = "planned"
    # waits for an hour at which it may go out
    HELD = "held"
    # due now, or again after a failure
    QUEUED = "queued"
    # handed to the channel; the answer is not here yet
    SENDING = "sending"
    # the provider took it
    SENT = "sent"
    # the provider says it arrived
    DELIVERED = "delivered"
    # its fate is unknown: to be reconciled, never blindly sent again
    UNCERTAIN = "uncertain"
    # said by another message
    MERGED = "merged"
    # the recipient does not want it, or may not get it
    SUPPRESSED = "suppressed"
    # not worth knowing any more
    DROPPED = "dropped"
    # the provider or the channel failed for good
    FAILED = "failed"
    # taken by the provider, and did not arrive
    UNDELIVERABLE = "undeliverable"
    # taken back by the shop before it went out
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Nothing more happens to it."""
        return self in _FINAL


_FINAL = frozenset(
    {
        MessageState.DELIVERED,
        MessageState.MERGED,
        MessageState.SUPPRESSED,
        MessageState.DROPPED,
        MessageState.FAILED,
        MessageState.UNDELIVERABLE,
        MessageState.CANCELLED,
    }
)


class Message(Base):
    """One message to one recipient on one channel.

    occasion         which of several such moments: "", "s<shipment>:<n>"
    recipient        address or E.164; "" after erasure. `subject_key` is its keyed hash
    facts            what the words need, as it was when planned (no secrets)
    why              the code of the reason for the current state (quiet_hours, opted_out, superseded …)
    next_at          business time from which a worker takes it; None: leased or nothing to do
    lease_until      real time; `lease_fence` grows with every lease and is checked when it is settled
    worth_until      business time after which nobody wants to read it
    provider_ref     the provider's id; for email the Message-ID, fixed before it is sent
    provider_rank    rank of the newest receipt, so that a late one does not take it back
    attempted_at     real time of the newest attempt whose outcome may be unknown
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("order_id", "meaning", "occasion", "subject_key", "channel"),
        Index("ix_messages_store_id_id", "store_id", "id"),
        # what a person may have to look at; few, and so small
        Index(
            "ix_messages_store_id_state",
            "store_id",
            "state",
            "id",
            sqlite_where=text("state IN ('held', 'uncertain', 'failed', 'undeliverable')"),
            postgresql_where=text("state IN ('held', 'uncertain', 'failed', 'undeliverable')"),
        ),
        Index("ix_messages_provider_ref", "provider_ref"),
        Index("ix_messages_store_id_subject_key", "store_id", "subject_key", "channel", "sent_at"),
        Index(
            "ix_messages_next_at",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
        Index(
            "ix_messages_lease_until",
            "lease_until",
            sqlite_where=text("lease_until IS NOT NULL"),
            postgresql_where=text("lease_until IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id", ondelete="CASCADE"))
    public_id: Mapped[str] = mapped_column(String(22), unique=True, default=random_id)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    shipment_id: Mapped[int | None] = mapped_column(ForeignKey("shipments.id", ondelete="SET NULL"), index=True)
    meaning: Mapped[Meaning] = mapped_column(one_of(Meaning))
    occasion: Mapped[str] = mapped_column(String(64), default="")
    channel: Mapped[Channel] = mapped_column(one_of(Channel))
    recipient: Mapped[str] = mapped_column(String(254))
    subject_key: Mapped[str] = mapped_column(String(64))
    locale: Mapped[str] = mapped_column(String(16))
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[MessageState] = mapped_column(one_of(MessageState), default=MessageState.PLANNED)
    why: Mapped[str | None] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    planned_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=clock.now)
    worth_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_fence: Mapped[int] = mapped_column(Integer, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    attempted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reconciled: Mapped[int] = mapped_column(Integer, default=0)
    title: Mapped[str | None] = mapped_column(String(300))
    body_text: Mapped[str | None] = mapped_column(Text)
    body_html: Mapped[str | None] = mapped_column(Text)
    segments: Mapped[int | None] = mapped_column(Integer)
    provider: Mapped[str | None] = mapped_column(String(40))
    provider_ref: Mapped[str | None] = mapped_column(String(254))
    provider_rank: Mapped[int] = mapped_column(Integer, default=0)
    error_code: Mapped[str | None] = mapped_column(String(40))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    arrived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    history: Mapped[list["MessageEvent"]] = relationship(order_by="MessageEvent.id", cascade="all, delete-orphan")


class MessageEvent(Base):
    """One move of a message: from where to where, why, and when. The ledger."""

    __tablename__ = "message_events"
    __table_args__ = (Index("ix_message_events_message_id", "message_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    state: Mapped[MessageState] = mapped_column(one_of(MessageState))
    why: Mapped[str] = mapped_column(String(64), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
