"""Who asks: a bearer key that belongs to one store, and how often it may."""

from datetime import timedelta
from typing import cast

from flask import current_app, g, request
from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from tracking.api._problems import Unauthorized
from tracking.models import ApiKey, Audit, Store
from tracking.models.audit import take_turn
from tracking.models.user import find_api_key
from tracking.platform import clock
from tracking.platform.db import db, reading
from tracking.platform.errors import InputError, NotFound, TooManyRequests
from tracking.platform.security import hash_api_key

# requests a key may make in so many seconds of real time; app.config["API_RATE"] has another pair
RATE = (1200, 60)
SEEN_EVERY = timedelta(minutes=5)


def authenticate() -> None:
    """Find the store of the request's key and count the request.

    raises  Unauthorized, TooManyRequests
    """
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key.strip():
        raise Unauthorized("Send a bearer key of the store: “Authorization: Bearer wp_…”.")
    with reading():
        found = find_api_key(db.session(), hash_api_key(key.strip()))
        if found is None:
            raise Unauthorized("This key is unknown or was revoked.")
        g.store_id, g.key_prefix = found.store_id, found.prefix
        key_id, key_hash = found.id, found.key_hash
        db.session.rollback()
    # a transaction of its own, before the request's: reads stay reads, and what is counted stays counted
    _count(key_id, key_hash)


def refuse_nul() -> None:
    """Refuse the one character that PostgreSQL cannot hold, before it is looked for. raises NotFound, InputError"""
    if "\x00" in request.path:
        raise NotFound("There is nothing at this address.")
    for name, value in request.args.items(multi=True):
        if "\x00" in value:
            raise InputError("This cannot hold the character NUL.", field=name[:60])


def store_id() -> int:
    """The id of the store of the request's key; asks no database."""
    return cast("int", g.store_id)


def store() -> Store:
    """The store of the request's key."""
    return db.session.get_one(Store, store_id())


def note(action: str, subject: str, **detail: object) -> None:
    """Write down what this key changed."""
    row = Audit(store_id=store_id(), actor=f"key:{g.key_prefix}", action=action, subject=subject, detail=detail)
    db.session.add(row)


def _count(key_id: int, key_hash: str) -> None:
    limit, per_s = current_app.config.get("API_RATE", RATE)
    now = clock.real_now()
    with Session(db.engine) as session:
        wait = take_turn(session, key_hash, limit, per_s)
        session.execute(
            update(ApiKey)
            .where(ApiKey.id == key_id, or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < now - SEEN_EVERY))
            .values(last_used_at=now)
        )
        session.commit()
    if wait is not None:
        raise TooManyRequests(f"A key may ask {limit} times in {per_s} seconds.", retry_after=wait)
