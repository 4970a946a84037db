"""/api/v1/messages: the ledger. What was said to whom, and why or why not."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields
from marshmallow.validate import Length, OneOf
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import selectinload

from tracking.api import _auth, _paging
from tracking.api._answers import MessageOut, MessageWithHistoryOut, page_of
from tracking.api._lookup import find_order_key
from tracking.api._schemas import PageQuery
from tracking.api._shown import shown_message
from tracking.api._spec import Resource
from tracking.models import Channel, Meaning, Message, MessageState, Order, Shipment
from tracking.platform.db import db
from tracking.platform.errors import NotFound

blueprint = Resource("messages", __name__, "The ledger of messages to shoppers.")

_ID = [{"in": "path", "name": "key", "required": True, "schema": {"type": "string"}, "description": "id"}]


class MessagesQuery(PageQuery):
    """Which messages."""

    order = fields.String(validate=Length(1, 64), metadata={"description": "the order's id or number"})
    state = fields.String(validate=OneOf(list(MessageState)))
    meaning = fields.String(validate=OneOf(list(Meaning)))
    channel = fields.String(validate=OneOf(list(Channel)))


@blueprint.route("")
class Messages(MethodView):
    """All messages of the store."""

    @blueprint.errors(422)
    @blueprint.arguments(MessagesQuery, location="query")
    @blueprint.response(200, page_of(MessageOut, "MessagePage"))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List messages, newest first."""
        wanted = _mine().where(*_filters(query))
        after = _paging.load_cursor(query.get("cursor"), (_paging.whole,))
        if after:
            wanted = wanted.where(Message.id < after[0])
        limit = query["limit"]
        rows = db.session.execute(wanted.order_by(Message.id.desc()).limit(limit + 1)).all()
        messages, cursor = _paging.page(rows, limit, lambda row: (row[0].id,))
        return {"data": [shown_message(*row) for row in messages], "next_cursor": cursor}


@blueprint.route("/<key>", parameters=_ID)
class OneMessage(MethodView):
    """One message."""

    @blueprint.errors(404)
    @blueprint.response(200, MessageWithHistoryOut)
    def get(self, key: str) -> dict[str, Any]:
        """Get a message with its history."""
        wanted = _mine().where(Message.public_id == key).options(selectinload(Message.history))
        row = db.session.execute(wanted).one_or_none()
        if row is None:
            raise NotFound("This store has no such message.")
        return shown_message(*row) | {"history": row[0].history}


def _mine() -> Select[Message, Order, Shipment | None]:
    return (
        select(Message, Order, Shipment)
        .join(Order, Order.id == Message.order_id)
        .outerjoin(Shipment, Shipment.id == Message.shipment_id)
        .where(Message.store_id == _auth.store_id())
    )


def _filters(query: dict[str, Any]) -> list[ColumnElement[bool]]:
    filters = [getattr(Message, name) == query[name] for name in ("state", "meaning", "channel") if name in query]
    if "order" in query:
        filters.append(Message.order_id == (find_order_key(query["order"]) or 0))
    return filters
