"""/api/v1/recommendation-uses: what shoppers did with recommendations that the shop shows by itself."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import fields
from marshmallow.validate import Length, OneOf, Range

from recommendations import Kind
from tracking.api._idempotency import changing
from tracking.api._lookup import get_order
from tracking.api._spec import Resource, Schema
from tracking.models import Surface
from tracking.platform.db import db
from tracking.suggestions import recording
from tracking.suggestions.recording import Placed

blueprint = Resource("recommendation-uses", __name__, "What became of recommendations.")

MOST = 20


class UsedIn(Schema):
    """A recommendation as it was shown."""

    ref = fields.String(required=True, validate=Length(1, 120))
    kind = fields.String(required=True, validate=OneOf([*Kind]), metadata={"description": "as it was recommended"})
    place = fields.Integer(required=True, validate=Range(0, 99), metadata={"description": "0 is the first"})


class UsesIn(Schema):
    """What became of some of them."""

    order = fields.String(
        required=True, validate=Length(1, 64), metadata={"description": "beside which order: its id or number"}
    )
    what = fields.String(
        required=True,
        validate=OneOf(["shown", "followed", "dismissed", "wanted"]),
        metadata={"description": "wanted takes dismissed back"},
    )
    products = fields.List(fields.Nested(UsedIn), required=True, validate=Length(1, MOST))
    model = fields.String(load_default="", validate=Length(max=80), metadata={"description": "as it was answered"})


@blueprint.route("")
class RecommendationUses(MethodView):
    """What shoppers did."""

    @changing
    @blueprint.errors(404, change=True)
    @blueprint.arguments(UsesIn)
    @blueprint.response(204)
    def post(self, said: dict[str, Any]) -> Response:
        """Report that recommendations were really seen, followed, or sent away; products no longer sold are left out.

        Report nothing for shoppers who ask not to be tracked, except what they sent away.
        """
        session, order = db.session(), get_order(said["order"])
        placed = [Placed(one["ref"], one["kind"], one["place"]) for one in said["products"]]
        if said["what"] == "shown":
            recording.record_shown(session, order, placed, surface=Surface.API, model=said["model"])
        for one in placed:
            if said["what"] == "followed":
                recording.record_clicked(session, order, one, surface=Surface.API, model=said["model"])
            elif said["what"] == "dismissed":
                recording.dismiss(session, order, one)
            elif said["what"] == "wanted":
                recording.undo_dismissal(session, order, one.ref)
        return Response(status=204)
