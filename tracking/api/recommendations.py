"""/api/v1/recommendations: what to show beside an order, as its page would."""

from typing import Any

import marshmallow as ma
from flask.views import MethodView
from marshmallow import fields
from marshmallow.validate import Length, OneOf, Range

from tracking import suggestions
from tracking.api._lookup import get_order
from tracking.api._shown import amount
from tracking.api._spec import Resource, Schema
from tracking.platform import i18n
from tracking.platform.db import db
from tracking.platform.web import settings

blueprint = Resource("recommendations", __name__, "What goes with what was bought.")


class RecommendationsQuery(Schema):
    """Beside which order."""

    order = fields.String(required=True, validate=Length(1, 64), metadata={"description": "the order's id or number"})
    limit = fields.Integer(load_default=3, validate=Range(1, 20))
    language = fields.String(
        validate=OneOf(i18n.available()), metadata={"description": "of the reason; the order's if absent"}
    )


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
    reason = fields.String(required=True)


class SuggestionsOut(ma.Schema):
    """What to show, best first; empty while the order is in trouble, or when nothing is good enough."""

    data = fields.List(fields.Nested(SuggestionOut), required=True)


@blueprint.route("")
class Recommendations(MethodView):
    """What to show beside an order."""

    @blueprint.errors(404, 422)
    @blueprint.arguments(RecommendationsQuery, location="query")
    @blueprint.response(200, SuggestionsOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Get recommendations for an order, best first, each with its reason in a sentence."""
        order = get_order(query["order"])
        found = suggestions.for_order(db.session(), order, state_dir=settings().state_dir, limit=query["limit"])
        with i18n.speaking(query.get("language") or order.locale, order.time_zone):
            return {"data": [_shown(one) for one in found]}


def _shown(one: suggestions.SuggestedProduct) -> dict[str, Any]:
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
    }
