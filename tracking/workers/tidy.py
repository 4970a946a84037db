"""Housekeeping: rows that are kept for a while only, and the count of codes nobody knows. Flushes, never commits."""

from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from tracking.carriers._codes import Unseen
from tracking.models import IdempotencyKey, PushDelivery, RateLimit, RawAnswer, UnknownCode
from tracking.platform import clock
from tracking.platform.db import changed, insert_new
from tracking.suggestions import retention

RAW_ANSWERS = timedelta(days=14)
IDEMPOTENCY_KEYS = timedelta(days=2)
PUSH_DELIVERIES = timedelta(days=30)
RATE_LIMITS = timedelta(days=1)


def tidy(session: Session) -> int:
    """Delete what is past its time; what reports need of it is added up first. Returns how many rows."""
    now, real = clock.now(), clock.real_now()
    return retention.fold(session) + sum(
        changed(session.execute(statement))
        for statement in (
            delete(RawAnswer).where(RawAnswer.received_at < now - RAW_ANSWERS),
            delete(IdempotencyKey).where(IdempotencyKey.created_at < real - IDEMPOTENCY_KEYS),
            delete(PushDelivery).where(PushDelivery.received_at < real - PUSH_DELIVERIES),
            delete(RateLimit).where(RateLimit.window_start < real - RATE_LIMITS),
        )
    )


def count_unseen(session: Session, seen: Unseen) -> None:
    """Add to the count of unseen codes what this process has met."""
    for (carrier, code), (times, text) in seen.items():
        now = clock.now()
        first = {
            "carrier": carrier,
            "code": code,
            "text": text,
            "seen": 0,
            "first_at": now,
            "last_at": now,
            "extra": {},
        }
        if not insert_new(session, UnknownCode, [first]) and text:
            silent = (UnknownCode.carrier == carrier) & (UnknownCode.code == code) & (UnknownCode.text == "")
            session.execute(update(UnknownCode).where(silent).values(text=text))
        session.execute(
            update(UnknownCode)
            .where(UnknownCode.carrier == carrier, UnknownCode.code == code)
            .values(seen=UnknownCode.seen + times, last_at=now)
        )
