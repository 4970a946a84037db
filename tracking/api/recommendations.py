"""/api/v1/recommendations: what to show beside an order, as its page would, to a customer, or beside a basket."""

from typing import Any

import marshmallow as ma
from flask.views import MethodView
from marshmallow import fields
from marshmallow.validate import Length, OneOf, Range
from sqlalchemy import select

from recommendations import Strategy
from tracking import suggestions
from tracking.api import _auth
from tracking.api._lookup import get_order
from tracking.api._shown import amount
from tracking.api._spec import Resource, Schema
from tracking.models import Customer, Order, Shipment
from tracking.platform import i18n
from tracking.platform.db import db
from tracking.platform.errors import NotFound
from tracking.platform.web import settings
from tracking.suggestions import SuggestedProduct, exposure

blueprint = Resource("recommendations", __name__, "What goes with what was bought.")

MOST_ABOUT = 20
MOST_IN_BASKET = 100


class RecommendationsQuery(Schema):
    """Beside which order or basket, or to whom."""

    order = fields.String(validate=Length(1, 64), metadata={"description": "the order's id or number"})
    customer = fields.String(
        validate=Length(1, 64),
        metadata={
            "description": "instead of an order: the customer's id, as orders tell it; with a basket: whose it is"
        },
    )
    parcel = fields.String(
        validate=Length(1, 64), metadata={"description": "only what is in this parcel: its id or number"}
    )
    basket = fields.List(
        fields.String(validate=Length(1, 120)),
        validate=Length(1, MOST_IN_BASKET),
        metadata={"description": "instead of an order: refs of what is in the cart, once for each"},
    )
    strategy = fields.String(
        validate=OneOf([*Strategy]),
        metadata={
            "description": "what is asked for; goes_with beside an order, next to a customer, together beside a basket"
        },
    )
    about = fields.List(
        fields.String(validate=Length(1, 120)),
        load_default=(),
        validate=Length(max=MOST_ABOUT),
        metadata={"description": "refs of the products that similar and step_up speak of; all that were bought"},
    )
    limit = fields.Integer(load_default=3, validate=Range(1, 20))
    language = fields.String(
        validate=OneOf(i18n.available()), metadata={"description": "of the reason; the shopper's if absent"}
    )

    @ma.validates_schema
    def _is_about_one(self, data: dict[str, Any], **_: Any) -> None:
        if ("order" in data) == ("customer" in data or "basket" in data):
            raise ma.ValidationError("Name an order, or a customer, a basket, or both.", "order")
        if "parcel" in data and "order" not in data:
            raise ma.ValidationError("A parcel is one of an order.", "parcel")


class SuggestionOut(ma.Schema):
    """A product worth showing, and why."""

    ref = fields.String(required=True)
    title = fields.String(required=True)
    variant = fields.String(required=True, allow_none=True)
    price = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)
    image_url = fields.String(required=True, allow_none=True)
    url = fields.String(required=True)
    kind = fields.String(required=True)
    reason = fields.String(required=True, metadata={"description": "a true sentence, for the shopper to read"})
    anchor = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "ref of the product that was bought and that the reason is about"},
    )
    people = fields.Integer(required=True, metadata={"description": "different customers behind the reason"})
    orders = fields.Integer(required=True, metadata={"description": "different orders behind the reason"})


class SuggestionsOut(ma.Schema):
    """What to show, best first; empty while the order is in trouble, or when nothing is good enough."""

    heading = fields.String(required=True, metadata={"description": "what may stand above them without saying more"})
    model = fields.String(required=True, metadata={"description": "version of what was learnt; empty without any"})
    data = fields.List(fields.Nested(SuggestionOut), required=True)


@blueprint.route("")
class Recommendations(MethodView):
    """What to show beside an order or a basket, or to a customer."""

    @blueprint.errors(404, 422)
    @blueprint.arguments(RecommendationsQuery, location="query")
    @blueprint.response(200, SuggestionsOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Get recommendations for an order, a parcel, a customer or a basket, best first, each with its reason.

        A basket of a known customer is completed from what they bought before, too.
        """
        if "order" in query:
            order = get_order(query["order"])
            return _answer(_beside(order, query), order, query.get("language") or order.locale)
        if "customer" not in query:
            return _answer(_with(query, None), None, query.get("language"))
        customer = _get_customer(query["customer"])
        found = _with(query, customer) if "basket" in query else _to(customer, query)
        return _answer(found, _newest_order(customer), query.get("language") or customer.locale)


def _beside(order: Order, query: dict[str, Any]) -> tuple[SuggestedProduct, ...]:
    strategy = Strategy(query.get("strategy", Strategy.GOES_WITH))
    found = suggestions.for_order(
        db.session(),
        order,
        state_dir=settings().state_dir,
        limit=query["limit"],
        strategy=strategy,
        about=query["about"],
        shipment=_get_parcel(order, query["parcel"]) if "parcel" in query else None,
    )
    return () if _sees_none(order, strategy) else found


def _to(customer: Customer, query: dict[str, Any]) -> tuple[SuggestedProduct, ...]:
    strategy = Strategy(query.get("strategy", Strategy.NEXT))
    found = suggestions.for_shopper(
        db.session(),
        customer,
        state_dir=settings().state_dir,
        limit=query["limit"],
        strategy=strategy,
        about=query["about"],
    )
    return () if _sees_none(_newest_order(customer), strategy) else found


def _with(query: dict[str, Any], customer: Customer | None) -> tuple[SuggestedProduct, ...]:
    strategy = Strategy(query.get("strategy", Strategy.TOGETHER))
    found = suggestions.for_basket(
        db.session(),
        _auth.store(),
        query["basket"],
        state_dir=settings().state_dir,
        limit=query["limit"],
        strategy=strategy,
        about=query["about"],
        customer=customer,
    )
    return () if customer and _sees_none(_newest_order(customer), strategy) else found


def _sees_none(order: Order | None, strategy: Strategy) -> bool:
    """The shopper is held out for the comparison; what is asked in place of something is no advertising."""
    return order is not None and strategy not in suggestions.IN_TROUBLE and exposure.is_held_out(db.session(), order)


def _answer(found: tuple[SuggestedProduct, ...], order: Order | None, language: str | None) -> dict[str, Any]:
    store = _auth.store()
    with i18n.speaking(language or store.locale, order.time_zone if order else store.time_zone):
        return {
            "heading": suggestions.heading(found, store.name) if found else "",
            "model": suggestions.model_version(settings().state_dir, store),
            "data": [_shown(one) for one in found],
        }


def _shown(one: SuggestedProduct) -> dict[str, Any]:
    return {
        "ref": one.ref,
        "title": one.title,
        "variant": one.variant,
        "price": amount(one.price_minor, one.currency),
        "currency": one.currency,
        "image_url": one.image_url,
        "url": one.url,
        "kind": one.kind,
        "reason": suggestions.reason_sentence(one),
        "anchor": one.anchor_ref,
        "people": one.people,
        "orders": one.orders,
    }


def _get_parcel(order: Order, key: str) -> Shipment:
    for shipment in order.shipments:
        if key in (shipment.public_id, shipment.number):
            return shipment
    raise NotFound("This order has no such parcel.")


def _get_customer(key: str) -> Customer:
    mine = select(Customer).where(Customer.store_id == _auth.store_id(), Customer.public_id == key)
    found = None if "\x00" in key else db.session.scalar(mine)
    if found is None:
        raise NotFound("This store has no such customer.")
    return found


def _newest_order(customer: Customer) -> Order | None:
    return db.session.scalar(
        select(Order).where(Order.customer_id == customer.id).order_by(Order.placed_at.desc(), Order.id.desc()).limit(1)
    )
