"""Changes: one commit each, and the same request again gets the same answer.

`Idempotency-Key` is reserved in a commit of its own; the answer is stored in the commit of the change, so that a crash
leaves both or none. Only answers of changes are kept: after an error the key is free again. Source: IETF draft "The
Idempotency-Key HTTP Header Field", -06.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import Response, request
from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from tracking.api._auth import store_id
from tracking.models import IdempotencyKey
from tracking.platform import clock
from tracking.platform.db import db, insert_new
from tracking.platform.errors import BadPayload, Conflict, InputError

KEPT = timedelta(hours=24)
# a reservation that old was left by a process that died
ABANDONED = timedelta(minutes=1)
_IN_PROGRESS = 0


class KeyReused(InputError):
    """This Idempotency-Key was used for another request."""

    code = "idempotency_key_reused"
    http_status = 422


class InProgress(Conflict):
    """A request with this Idempotency-Key is being carried out."""

    code = "request_in_progress"


def changing(view: Callable[..., Any]) -> Callable[..., Response]:
    """Make a view that flushes into one that commits, and that can be repeated with an Idempotency-Key."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            response: Response = view(*args, **kwargs)
            db.session.commit()
            return response
        if not 1 <= len(key) <= 255 or not all("!" <= c <= "~" for c in key):
            raise BadPayload("An Idempotency-Key has 1 to 255 visible ASCII characters.", field="Idempotency-Key")
        return _once(key, lambda: view(*args, **kwargs))

    return wrapper


def _once(key: str, carry_out: Callable[[], Response]) -> Response:
    store, request_hash = store_id(), _request_hash()
    with Session(db.engine) as session:
        known = _reserve(session, store, key, request_hash)
        session.commit()
        if known is not None:
            return _replay(known, request_hash)
    try:
        response = carry_out()
        row = db.session.scalars(_row(store, key)).one()
        row.status, row.content_type, row.body = response.status_code, response.mimetype or "", response.get_data()
        db.session.commit()
    except BaseException:
        db.session.rollback()
        with Session(db.engine) as session:
            session.execute(delete(IdempotencyKey).where(*_named(store, key), IdempotencyKey.status == _IN_PROGRESS))
            session.commit()
        raise
    return response


def _reserve(session: Session, store: int, key: str, request_hash: str) -> IdempotencyKey | None:
    """Reserve the key; the row of an earlier request if there is one."""
    now = clock.real_now()
    stale = (IdempotencyKey.created_at < now - KEPT) | (
        (IdempotencyKey.status == _IN_PROGRESS) & (IdempotencyKey.created_at < now - ABANDONED)
    )
    session.execute(delete(IdempotencyKey).where(*_named(store, key), stale))
    new = {
        "store_id": store,
        "key": key,
        "request_hash": request_hash,
        "status": _IN_PROGRESS,
        "content_type": "",
        "body": b"",
        "created_at": now,
    }
    if insert_new(session, IdempotencyKey, [new]):
        return None
    row = session.scalars(_row(store, key)).one()
    session.expunge(row)
    return row


def _replay(known: IdempotencyKey, request_hash: str) -> Response:
    if known.request_hash != request_hash:
        raise KeyReused("This Idempotency-Key was used for another request. Use a new one.", field="Idempotency-Key")
    if known.status == _IN_PROGRESS:
        raise InProgress("A request with this Idempotency-Key is being carried out. Ask again in a moment.")
    headers = {"Idempotency-Replayed": "true"}
    return Response(known.body, known.status, headers, mimetype=known.content_type or None)


def _request_hash() -> str:
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    digest.update(request.get_data(cache=True))
    return digest.hexdigest()


def _named(store: int, key: str) -> tuple[Any, Any]:
    return IdempotencyKey.store_id == store, IdempotencyKey.key == key


def _row(store: int, key: str) -> Select[IdempotencyKey]:
    return select(IdempotencyKey).where(*_named(store, key))
